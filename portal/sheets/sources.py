"""A file as it is gone through: in pieces, as often as needed, so that a long list is never held as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

PIECE = 1024 * 1024


class Source(Protocol):
    """What a file is read from."""

    @property
    def size(self) -> int:
        """Return how many bytes it has."""

    def pieces(self) -> Iterator[bytes]:
        """Go through the content from its start; none of the pieces is empty."""


@dataclass(frozen=True, slots=True)
class Held:
    """A file that is held in memory."""

    content: bytes

    @property
    def size(self) -> int:
        """Return how many bytes it has."""
        return len(self.content)

    def pieces(self) -> Iterator[bytes]:
        """Go through the content from its start."""
        view = memoryview(self.content)
        return (bytes(view[start : start + PIECE]) for start in range(0, len(view), PIECE))


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A file on the disk, opened anew each time it is gone through."""

    path: Path

    @property
    def size(self) -> int:
        """Return how many bytes it has."""
        return self.path.stat().st_size

    def pieces(self) -> Iterator[bytes]:
        """Go through the content from its start."""
        with self.path.open("rb") as file:
            yield from Sent(file).pieces()


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that is open already, as an upload is. It is gone through by one reader at a time."""

    stream: BinaryIO

    @property
    def size(self) -> int:
        """Return how many bytes it has."""
        return self.stream.seek(0, os.SEEK_END)

    def pieces(self) -> Iterator[bytes]:
        """Go through the content from its start."""
        self.stream.seek(0)
        while piece := self.stream.read(PIECE):
            yield piece


def source_of(content: Source | bytes) -> Source:
    """Return bytes as a source; a source as it is."""
    return Held(content) if isinstance(content, bytes) else content


def whole(source: Source) -> bytes:
    """Return all of it: only for what the gate keeps small."""
    return b"".join(source.pieces())


def start_of(source: Source, most: int) -> bytes:
    """Return its first bytes."""
    found = b""
    for piece in source.pieces():
        found += piece
        if len(found) >= most:
            break
    return found[:most]
