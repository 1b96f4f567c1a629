"""Sealed values open again and nowhere else; the index of a number is HMAC-SHA-256 under the column's own key."""

from __future__ import annotations

import hmac
import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import crypto


@pytest.fixture(scope="module", autouse=True)
def _keys() -> None:
    crypto.use_keys(crypto.KeyRing(values=b"v" * 32, index=b"i" * 32))


@given(st.text())
def test_the_index_is_the_one_of_the_standard(plain: str) -> None:
    key = crypto._derive(b"i" * 32, "borrowers.id_number")
    expected = hmac.digest(key, plain.encode(), "sha256")[:16].hex()
    assert crypto.blind_index(plain, "borrowers.id_number") == expected
    assert crypto.blind_index(plain, "contact_points.value") != expected


@given(st.text())
def test_what_is_sealed_opens_for_its_column_alone(plain: str) -> None:
    sealed = crypto.encrypt(plain, "borrowers.address")
    version, nonce, rest = sealed.split(".")
    assert (version, len(crypto._bytes(nonce)), len(crypto._bytes(rest))) == ("v1", 12, len(plain.encode()) + 16)
    assert crypto.decrypt(sealed, "borrowers.address") == plain
    with pytest.raises(crypto.NotReadable):
        crypto.decrypt(sealed, "borrowers.id_number")


_PURPOSE = "imports.file"
_FROM_BEFORE = (  # sealed as a whole, as files were before they were sealed in pieces
    "8dceeece3ce2b3c955cd9e6a75cefd5c84e36af1fc0e16eae1cce33f45d6011f3069f59e5dac28417e2a699cf85f1e7e"
)
_PIECE = 12 + crypto.FILE_PIECE + 16  # nonce, content, tag
_HEAD = 24


def _sealed(content: bytes, purpose: str = _PURPOSE) -> bytes:
    return b"".join(crypto.seal_file([content], purpose))


def _opened(sealed: bytes, purpose: str = _PURPOSE) -> bytes:
    return b"".join(crypto.open_file(io.BytesIO(sealed), purpose))


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("pieces", [0, 1, 2])
def test_a_file_of_any_length_opens_for_its_purpose_alone(pieces: int, more: int) -> None:
    content = os.urandom(max(0, pieces * crypto.FILE_PIECE + more))
    cut = [content[:7], content[7:7], content[7:]]  # wherever the one who brings it cuts it
    sealed = b"".join(crypto.seal_file(cut, _PURPOSE))
    assert _opened(sealed) == content
    count = max(1, -(-len(content) // crypto.FILE_PIECE))
    assert len(sealed) == _HEAD + len(content) + 28 * count
    with pytest.raises(crypto.NotReadable):
        _opened(sealed, "scans.file")


def _pieces_of(sealed: bytes) -> tuple[bytes, list[bytes]]:
    return sealed[:_HEAD], [sealed[at : at + _PIECE] for at in range(_HEAD, len(sealed), _PIECE)]


_CONTENT = bytes(3 * crypto.FILE_PIECE + 5)  # alike in every piece, so that nothing but what is bound tells them apart


@pytest.mark.parametrize(
    "order",
    [
        [0, 1, 2],  # the last is missing
        [0, 1],
        [],
        [1, 2, 3],  # the first is missing
        [0, 2, 1, 3],  # two have changed places
        [0, 1, 1, 2, 3],  # one stands twice
        [0, 1, 2, 3, 3],  # something stands behind the last
        [0, 1, 2, 3, 0],
    ],
)
def test_pieces_missing_moved_or_added_are_noticed(order: list[int]) -> None:
    head, pieces = _pieces_of(_sealed(_CONTENT))
    with pytest.raises(crypto.NotReadable):
        _opened(head + b"".join(pieces[one] for one in order))


def test_pieces_of_another_file_are_noticed() -> None:
    head, mine = _pieces_of(_sealed(_CONTENT))
    other_head, others = _pieces_of(_sealed(_CONTENT))
    assert _opened(head + b"".join(mine)) == _opened(other_head + b"".join(others)) == _CONTENT
    for mixed in (head + b"".join([*mine[:3], others[3]]), other_head + b"".join(mine)):
        with pytest.raises(crypto.NotReadable):
            _opened(mixed)


@given(st.data())
def test_a_file_cut_short_or_with_a_bit_changed_is_noticed(data: st.DataObject) -> None:
    sealed = _sealed("合同编号,金额\n".encode() * 9)
    cut = data.draw(st.integers(0, len(sealed) - 1))
    with pytest.raises(crypto.NotReadable):
        _opened(sealed[:cut])
    damaged = bytearray(sealed)
    damaged[cut] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(crypto.NotReadable):
        _opened(bytes(damaged))


def test_files_from_before_still_open() -> None:
    old = bytes.fromhex(_FROM_BEFORE)
    assert _opened(old).decode() == "合同编号,金额\n"
    with pytest.raises(crypto.NotReadable):
        _opened(old[:-1])


def test_a_file_sealed_with_another_key_opens_with_that_key_alone() -> None:
    content = os.urandom(100)
    sealed = b"".join(crypto.seal_file([content], _PURPOSE, b"b" * 32))
    assert b"".join(crypto.open_file(io.BytesIO(sealed), _PURPOSE, b"b" * 32)) == content
    for key in (b"v" * 32, None):
        with pytest.raises(crypto.NotReadable):
            b"".join(crypto.open_file(io.BytesIO(sealed), _PURPOSE, key))
    with pytest.raises(crypto.NotReadable, match="begin"):
        b"".join(crypto.open_file(io.BytesIO(b"x" + sealed[1:]), _PURPOSE, b"b" * 32))


def test_a_mark_tells_keys_apart() -> None:
    marks = {crypto.key_mark(key, of) for key in (b"a" * 32, b"b" * 32) for of in ("backups", "other")}
    assert len(marks) == 4
    assert {len(mark) for mark in marks} == {16}
    assert crypto.data_keys_mark() == crypto.data_keys_mark()
