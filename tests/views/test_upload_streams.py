"""What is sent is never on the disk as it came."""

from __future__ import annotations

import io
import os
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal import upload_streams
from portal.upload_streams import SealedStream

_PIECES = st.lists(st.binary(max_size=100), max_size=8)


@given(pieces=_PIECES, reads=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 300)), max_size=8))
def test_what_was_written_is_read_from_anywhere(pieces: list[bytes], reads: list[tuple[int, int]]) -> None:
    plain = io.BytesIO(b"".join(pieces))
    with SealedStream() as stream:
        for piece in pieces:
            assert stream.write(piece) == len(piece)
        assert stream.seek(0, os.SEEK_END) == len(plain.getvalue())
        for place, size in reads:
            plain.seek(stream.seek(place))
            assert stream.read(size) == plain.read(size)
            assert stream.tell() == plain.tell()
        stream.seek(0)
        assert stream.read() == plain.getvalue()


def test_what_was_written_is_not_written_over() -> None:
    with SealedStream() as stream:
        stream.write(b"the first words")
        stream.seek(3)
        with pytest.raises(io.UnsupportedOperation):
            stream.write(b"others")
        stream.seek(0, os.SEEK_END)
        stream.write(b", and more")
        stream.seek(0)
        assert stream.read() == b"the first words, and more"


def test_a_file_that_is_sent_is_never_on_the_disk_as_it_came(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    files: list[Any] = []

    class Watched(SpooledTemporaryFile[bytes]):
        def __init__(self, in_memory: int) -> None:
            super().__init__(in_memory)
            files.append(self)

    monkeypatch.setattr(upload_streams, "SpooledTemporaryFile", Watched)
    monkeypatch.setattr(upload_streams, "_IN_MEMORY", 1_000)
    content = b"HT0000001,110101199003070000\n" * 1_000
    with app.test_request_context("/", method="POST", data={"file": (io.BytesIO(content), "list.csv")}) as context:
        sent = context.request.files["file"]
        assert sent.read() == content
        (on_disk,) = files
        assert isinstance(on_disk.name, int)  # it was too long for memory, and lies in a file without a name
        on_disk.seek(0)
        found = on_disk.read()
    assert len(found) == len(content)
    assert b"11010119900307" not in found
