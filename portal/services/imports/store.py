"""Where what came in is kept: sealed, named by its hash, in two copies apart."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from models.crypto import NotReadable, decrypt_bytes, encrypt_bytes

_PURPOSE = "imports.file"
_FIRST = "imports"
SECOND = "imports-second"


@dataclass(frozen=True, slots=True)
class Places:
    """The two folders: the second may be on another disk."""

    first: Path
    second: Path

    @classmethod
    def of(cls, data_dir: Path, copy_dir: Path | None = None) -> Places:
        """Return the folders of an installation; without a setting the second stands beside the first."""
        return cls(data_dir / _FIRST, copy_dir or data_dir / SECOND)

    @property
    def named(self) -> tuple[tuple[str, Path], ...]:
        """Both, with what a finding calls them."""
        return (("first", self.first), ("second", self.second))


def hash_of(content: bytes) -> str:
    """Return the name a file is kept under."""
    return hashlib.sha256(content).hexdigest()


def keep(places: Places, sha256: str, content: bytes) -> None:
    """Write both copies, each complete or not at all; one that is there and whole stays, a damaged one does not.

    They are there before the transaction that names them commits. A machine that stops in between leaves copies of no
    import: ``strangers``. The same file sent again takes them over.
    """
    for _, folder in places.named:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / sha256
        if _whole(target, sha256) is not None:
            continue
        draft = folder / f".{sha256}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(encrypt_bytes(content, _PURPOSE))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        place = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(place)  # the name, too, must outlast a power cut
        finally:
            os.close(place)


def open_kept(places: Places, sha256: str) -> bytes:
    """Return the content of a kept file, from the second copy where the first is gone or damaged.

    Raises:
        FileNotFoundError: neither copy is there and whole.

    """
    for _, folder in places.named:
        content = _whole(folder / sha256, sha256)
        if content is not None:
            return content
    raise FileNotFoundError(f"no copy of the import {sha256[:12]} is there")


def faults(places: Places, sha256: str) -> Iterator[str]:
    """Say which copies are not there or not what came in."""
    for name, folder in places.named:
        path = folder / sha256
        if not path.exists():
            yield f"the {name} copy of its file is missing"
        elif _whole(path, sha256) is None:
            yield f"the {name} copy of its file is not the file that came in"


def strangers(places: Places, known: Collection[str], before: float) -> Iterator[tuple[str, Path]]:
    """Name files that belong to no import: of an upload that a stopped machine never completed.

    Args:
        places: the two folders.
        known: hashes of all imports.
        before: only files last written before this instant, so that none is taken for one that is just coming in.

    Yields:
        Which folder, and the file.

    """
    for name, folder in places.named:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_file() and path.name not in known and path.stat().st_mtime < before:
                yield name, path


def destroy(places: Places, sha256: str) -> None:
    """Remove both copies for good."""
    for _, folder in places.named:
        (folder / sha256).unlink(missing_ok=True)


def _whole(path: Path, sha256: str) -> bytes | None:
    try:
        content = decrypt_bytes(path.read_bytes(), _PURPOSE)
    except (FileNotFoundError, NotReadable):
        return None
    return content if hash_of(content) == sha256 else None
