"""Where what came in is kept: sealed, named by its hash, in two copies apart; written and read in pieces."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from config import Settings
from models.crypto import NotReadable, open_file, seal_file
from portal.sheets.sources import Source, source_of

_PURPOSE = "imports.file"
_FIRST = "imports"
SECOND = "imports-second"


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept file that was found whole; each time it is gone through it is opened anew."""

    path: Path
    size: int

    def pieces(self) -> Iterator[bytes]:
        """Go through the content from its start.

        Raises:
            NotReadable: it was damaged since it was found whole.

        """
        with self.path.open("rb") as file:
            yield from filter(None, open_file(file, _PURPOSE))


@dataclass(frozen=True, slots=True)
class Places:
    """The two folders: the second may be on another disk."""

    first: Path
    second: Path

    @classmethod
    def of(cls, data_dir: Path, copy_dir: Path | None = None) -> Places:
        """Return the folders of an installation; without a setting the second stands beside the first."""
        return cls(data_dir / _FIRST, copy_dir or data_dir / SECOND)

    @classmethod
    def from_settings(cls, settings: Settings) -> Places:
        """Return the folders that the settings name."""
        return cls.of(settings.data_dir, settings.copy_dir)

    @property
    def named(self) -> tuple[tuple[str, Path], ...]:
        """Both, with what a finding calls them."""
        return (("first", self.first), ("second", self.second))


def hash_of(content: Source | bytes) -> str:
    """Return the name a file is kept under."""
    digest = hashlib.sha256()
    for piece in source_of(content).pieces():
        digest.update(piece)
    return digest.hexdigest()


def keep(places: Places, sha256: str, content: Source | bytes) -> None:
    """Write both copies, each complete or not at all; one that is there and whole stays, a damaged one does not.

    They are there before the transaction that names them commits. A machine that stops in between leaves copies of no
    import: ``strangers``. The same file sent again takes them over.

    Raises:
        OSError: there is no room for them, or the content is not what the hash names: it changed meanwhile.

    """
    for _, folder in places.named:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    wanting = [folder for _, folder in places.named if whole(folder / sha256, sha256) is None]
    drafts = [folder / f".{sha256}.{os.getpid()}" for folder in wanting]
    try:
        _write(drafts, sha256, source_of(content))
    except BaseException:
        for draft in drafts:
            draft.unlink(missing_ok=True)
        raise
    for folder, draft in zip(wanting, drafts, strict=True):
        draft.replace(folder / sha256)
        place = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(place)  # the name, too, must outlast a power cut
        finally:
            os.close(place)


def are_there(places: Places, sha256: str) -> bool:
    """Say whether there are two copies; they are not looked into."""
    return all((folder / sha256).exists() for _, folder in places.named)


def open_kept(places: Places, sha256: str) -> Kept:
    """Return a kept file, the second copy where the first is gone or damaged.

    Raises:
        FileNotFoundError: neither copy is there and whole.

    """
    for _, folder in places.named:
        kept = whole(folder / sha256, sha256)
        if kept is not None:
            return kept
    raise FileNotFoundError(f"no copy of the import {sha256[:12]} is there")


def faults(places: Places, sha256: str) -> Iterator[str]:
    """Say which copies are not there or not what came in."""
    for name, folder in places.named:
        path = folder / sha256
        if not path.exists():
            yield f"the {name} copy of its file is missing"
        elif whole(path, sha256) is None:
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


def _write(drafts: Sequence[Path], sha256: str, source: Source) -> None:
    """Write the same sealed content into all drafts, gone through once."""
    if not drafts:
        return
    digest = hashlib.sha256()

    def hashed() -> Iterator[bytes]:
        for piece in source.pieces():
            digest.update(piece)
            yield piece

    with contextlib.ExitStack() as opened:
        descriptors = [os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) for draft in drafts]
        files = [opened.enter_context(os.fdopen(one, "wb")) for one in descriptors]
        for sealed in seal_file(hashed(), _PURPOSE):
            for file in files:
                file.write(sealed)
        if digest.hexdigest() != sha256:
            raise OSError("the file changed while it was being kept")
        for file in files:
            file.flush()
            os.fsync(file.fileno())


def whole(path: Path, sha256: str) -> Kept | None:
    """Return a kept file when it is there and what came in."""
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as file:
            for piece in open_file(file, _PURPOSE):
                digest.update(piece)
                size += len(piece)
    except (FileNotFoundError, NotReadable):
        return None
    return Kept(path, size) if digest.hexdigest() == sha256 else None
