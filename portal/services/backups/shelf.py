"""The folder of backups, as it is written: one at a time, each complete under its name or not there at all."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import OperationalError

from config import Settings
from models.database import is_out_of_room
from models.rules.refusals import Refused
from portal.queries import backups as queries

_LOCK = ".lock"
_DATA_LOCK = "backup.lock"
_DRAFTS = "drafts"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LEFT = re.compile(r"\.\d{8}T\d{6}Z(-\d+)?\.(draft|gone)")


@contextmanager
def alone(settings: Settings) -> Iterator[Path]:
    """Hold the folder for this process, clear away what a killed one left, and return it.

    The kernel lets go of it when the process ends, however it ends.

    Raises:
        Refused: another process makes or brings back a backup, or no folder is set.

    """
    folder = queries.folder_of(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as held:
        for path in (settings.data_dir / _DATA_LOCK, folder / _LOCK):
            file = held.enter_context(path.open("w"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Refused("A backup is being made or brought back at this moment: try again later.") from error
        _clear_away(folder)
        yield folder


@contextmanager
def plain_draft(settings: Settings) -> Iterator[Path]:
    """Give a path in the data folder for a copy that is not sealed; it is gone at the end.

    It stands beside the database, never in the folder of backups: that may be a disk that is carried away.
    """
    folder = settings.data_dir / _DRAFTS
    shutil.rmtree(folder, ignore_errors=True)  # of a process that was killed
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder / "copy.sqlite3"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def room(sentence: str) -> Iterator[None]:
    """Turn a full disk into a refusal with a sentence.

    Raises:
        Refused: the disk is full, or the file may not grow any more.

    """
    try:
        yield
    except OSError as fault:
        if fault.errno in _NO_ROOM:
            raise Refused(sentence) from fault
        raise
    except OperationalError as fault:
        if is_out_of_room(fault):
            raise Refused(sentence) from fault
        raise


def free_name(folder: Path, now: datetime) -> str:
    """Return the name of a backup of this moment."""
    name = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    taken, place, found = set(queries.names(folder)), 1, name
    while found in taken:
        place += 1
        found = f"{name}-{place}"
    return found


def draft(folder: Path, name: str) -> Path:
    """Make the folder a backup is written into before it gets its name."""
    path = folder / f".{name}.draft"
    path.mkdir(mode=0o700)
    return path


def finish(folder: Path, name: str) -> None:
    """Give a draft its name: from here on it is a backup, also after a power cut."""
    path = folder / f".{name}.draft"
    sync(path)
    path.rename(folder / name)
    sync(folder)


def remove(folder: Path, gone: Iterable[str]) -> None:
    """Remove backups; none is ever half there under its name."""
    for name in gone:
        path = folder / f".{name}.gone"
        (folder / name).rename(path)
        shutil.rmtree(path)
    sync(folder)


def write(path: Path, pieces: Iterable[bytes]) -> int:
    """Write a file that only this account may read, down to the disk; returns its size."""
    size = 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for piece in pieces:
            size += file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return size


def sync(folder: Path) -> None:
    """Bring the names in a folder down to the disk."""
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


def _clear_away(folder: Path) -> None:
    for path in folder.iterdir():
        if _LEFT.fullmatch(path.name):
            shutil.rmtree(path)
    files = folder / queries.FILES
    for path in files.glob(".*") if files.is_dir() else ():
        path.unlink()
