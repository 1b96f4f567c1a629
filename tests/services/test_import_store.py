"""Lists are kept, and read again, in pieces: whole or not at all, and never held in memory as a whole."""

from __future__ import annotations

import io
import os
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from models import crypto
from portal.services.imports import store
from portal.sheets import reading
from portal.sheets.sources import OnDisk, Sent, whole

_LINE = "HT{:07d},张三,2026-01-05,1000.00\n"
_TEXT = "合同编号,姓名,还款日期,还款金额\n" + "".join(map(_LINE.format, range(80_000)))


@pytest.fixture(autouse=True)
def _keys() -> None:
    crypto.use_keys(crypto.KeyRing(values=b"v" * 32, index=b"i" * 32))


@pytest.fixture
def places(tmp_path: Path) -> store.Places:
    return store.Places.of(tmp_path)


def test_what_is_kept_in_pieces_is_read_again_as_often_as_asked(places: store.Places) -> None:
    content = _TEXT.encode()
    sha256 = store.hash_of(content)
    store.keep(places, sha256, Sent(io.BytesIO(content)))
    kept = store.open_kept(places, sha256)
    assert kept.size == len(content) > 2 * crypto.FILE_PIECE
    assert whole(kept) == whole(kept) == content
    (sheet,) = reading.read(kept)
    assert [row.cells for row in sheet.rows] == [row.cells for row in reading.read(content)[0].rows]
    assert len(sheet.rows) == 80_001


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-le", "utf-8-sig"])
def test_text_is_told_apart_piece_by_piece(places: store.Places, encoding: str) -> None:
    """What says how it is encoded, and what may not stand in it, may lie far behind the first piece."""
    content = ("甲,乙\n" + "a,b\n" * 300_000 + '="0123",张三\n').encode(encoding)
    sha256 = store.hash_of(content)
    store.keep(places, sha256, content)
    kept = store.open_kept(places, sha256)
    book = reading.opened(kept)
    assert book.facts["encoding"] == encoding.removesuffix("-sig")
    *_, last = book.sheets[0].rows
    assert last.cells == ("0123", "张三")


def test_a_copy_cut_short_or_changed_gives_way_to_the_other(places: store.Places) -> None:
    content = os.urandom(2 * crypto.FILE_PIECE)
    sha256 = store.hash_of(content)
    store.keep(places, sha256, content)
    first = places.first / sha256
    sealed = first.read_bytes()
    for damaged in (sealed[: -crypto.FILE_PIECE], sealed[:-1], sealed + b"x", b""):
        first.write_bytes(damaged)
        assert len(list(store.faults(places, sha256))) == 1
        assert store.open_kept(places, sha256).path == places.second / sha256
    store.keep(places, sha256, content)  # the same file sent again mends it
    assert list(store.faults(places, sha256)) == []


def test_a_file_of_another_name_is_not_taken_for_this_one(places: store.Places) -> None:
    mine, other = store.hash_of(b"mine"), store.hash_of(b"other")
    for sha256, content in ((mine, b"mine"), (other, b"other")):
        store.keep(places, sha256, content)
    for _, folder in places.named:
        (folder / mine).write_bytes((folder / other).read_bytes())
    with pytest.raises(FileNotFoundError):
        store.open_kept(places, mine)


@dataclass(frozen=True)
class _Stopping:
    """A file that cannot be read to its end."""

    size: int = 2 * crypto.FILE_PIECE

    def pieces(self) -> Iterator[bytes]:
        yield b"1," * crypto.FILE_PIECE
        raise OSError("the disk does not answer")


def test_what_cannot_be_kept_whole_leaves_nothing_behind(places: store.Places) -> None:
    with pytest.raises(OSError, match="does not answer"):
        store.keep(places, "0" * 64, _Stopping())
    with pytest.raises(OSError, match="changed while"):
        store.keep(places, store.hash_of(b"as it was"), b"as it is")
    assert [list(folder.iterdir()) for _, folder in places.named] == [[], []]


def test_a_source_that_fails_while_it_is_read_says_so() -> None:
    with pytest.raises(OSError, match="does not answer"):
        reading.read(_Stopping())


def test_memory_does_not_grow_with_what_is_kept(places: store.Places, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    line = _TEXT.encode()[:60_000]
    path.write_bytes(line * 500)  # 30 MB
    tracemalloc.start()
    try:
        sha256 = store.hash_of(OnDisk(path))
        store.keep(places, sha256, OnDisk(path))
        assert sum(map(len, store.open_kept(places, sha256).pieces())) == 30_000_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 * crypto.FILE_PIECE
