"""The file as the parent gives it: on standard input, from its start again and again, until this process ends.

So text can be gone through to tell its encoding and then once more to be read, and is never held as a whole.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, cast

PIECE = 1024 * 1024


class Given:
    """A file of a known size that comes on a stream, over and over."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self.size = size
        self._rest = 0  # of the pass that was begun last

    def read(self, most: int) -> bytes:
        """Read on in this pass; nothing at its end.

        Raises:
            EOFError: the parent gives no more.

        """
        if not self._rest:
            return b""
        piece = self._stream.read(min(most, self._rest))
        if not piece:
            raise EOFError
        self._rest -= len(piece)
        return piece

    def begin(self) -> None:
        """Begin a pass; what is left of the one before is passed over."""
        while self.read(PIECE):
            pass
        self._rest = self.size

    def pieces(self) -> Iterator[bytes]:
        """Go through the file in a pass of its own."""
        self.begin()
        while piece := self.read(PIECE):
            yield piece

    def whole(self) -> bytes:
        """Return all of it."""
        return b"".join(self.pieces())

    def opened(self) -> BinaryIO:
        """Return the file opened for a pass of its own."""
        self.begin()
        return io.BufferedReader(cast("io.RawIOBase", _Pass(self)), PIECE)


class _Pass(io.RawIOBase):
    """What is left of a pass, as a stream."""

    def __init__(self, given: Given) -> None:
        super().__init__()
        self._given = given

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        piece = self._given.read(len(into))
        into[: len(piece)] = piece
        return len(piece)
