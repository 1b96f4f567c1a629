"""Content on its way into a sealed file and out of it, in pieces: hashed, pressed together, sealed."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from models.crypto import NotReadable, open_file, seal_file
from portal.services.backups import shelf

_PIECE = 1024 * 1024
_QUICK = 1  # most of the gain for a third of the time
_GZIP = 31


class Counted:
    """Pieces that pass by, with their size and hash in the end."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self._digest = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._digest.update(piece)
            self.size += len(piece)
            yield piece

    @property
    def sha256(self) -> str:
        """Return the hash of what has passed."""
        return self._digest.hexdigest()


def pressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Press content together."""
    press = zlib.compressobj(_QUICK, wbits=_GZIP)
    for piece in pieces:
        yield press.compress(piece)
    yield press.flush()


def unpressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Undo ``pressed``; however far a piece expands, it comes in pieces.

    Raises:
        NotReadable: it does not end as it should.

    """
    press = zlib.decompressobj(_GZIP)
    try:
        for piece in pieces:
            rest = piece
            while rest:
                yield press.decompress(rest, _PIECE)
                rest = press.unconsumed_tail
        while more := press.decompress(press.unconsumed_tail, _PIECE):
            yield more
    except zlib.error as error:
        raise NotReadable("A copy does not unpack.") from error
    if not press.eof:
        raise NotReadable("A copy is cut off.")


def seal(path: Path, pieces: Iterable[bytes], purpose: str, key: bytes) -> int:
    """Write content sealed; returns how many bytes that took."""
    return shelf.write(path, seal_file(pieces, purpose, key))


def opened(path: Path, purpose: str, key: bytes) -> Iterator[bytes]:
    """Go through the content of a sealed file.

    Raises:
        NotReadable: it does not open.

    """
    with path.open("rb") as file:
        yield from open_file(file, purpose, key)
