"""The sealed lists that belong to a backup: copied when they are new, brought back into both folders."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from models.rules.refusals import Refused
from portal.queries import backups as queries
from portal.services.backups import shelf
from portal.services.imports import store
from portal.services.imports.store import Places
from portal.sheets.sources import OnDisk


def put_by(folder: Path, places: Places, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """Copy what is not in the folder of backups yet, as it is sealed already.

    Args:
        folder: of backups.
        places: the installation's two folders of lists.
        wanted: hashes of the lists that belong to the database.

    Returns:
        The hashes that are in the folder now, and those of which there is no whole copy.

    """
    files = folder / queries.FILES
    files.mkdir(exist_ok=True, mode=0o700)
    there, missing = [], []
    for sha256 in wanted:
        path = files / sha256
        if not path.exists():
            try:
                kept = store.open_kept(places, sha256)
            except FileNotFoundError:
                missing.append(sha256)
                continue
            draft = files / f".{sha256}"
            shelf.write(draft, OnDisk(kept.path).pieces())
            draft.replace(path)
        there.append(sha256)
    shelf.sync(files)
    return there, missing


def damaged(folder: Path, wanted: Iterable[str]) -> list[str]:
    """Return the hashes of lists in the folder of backups that are missing or not what came in."""
    return [sha256 for sha256 in wanted if store.whole(folder / queries.FILES / sha256, sha256) is None]


def bring_back(folder: Path, places: Places, wanted: Iterable[str]) -> None:
    """Put lists back into both folders; those that are there and whole stay.

    Raises:
        Refused: one is damaged.

    """
    for sha256 in wanted:
        kept = store.whole(folder / queries.FILES / sha256, sha256)
        if kept is None:
            raise Refused("A list that belongs to it is missing.")
        store.keep(places, sha256, kept)


def forget(folder: Path, still_wanted: Collection[str]) -> int:
    """Remove lists that no backup needs any more; returns how many."""
    gone = [path for path in (folder / queries.FILES).iterdir() if path.name not in still_wanted]
    for path in gone:
        path.unlink()
    return len(gone)
