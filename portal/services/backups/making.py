"""A backup: made, opened again, given its name; then those whose time is over go."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

from config import Settings
from models.crypto import data_keys_mark
from models.database import Database
from models.rules.sentences import N_
from portal.queries import backups as queries
from portal.queries.backups import DATABASE, MANIFEST, Listed, Manifest, purpose
from portal.services.backups import checking, lists, postgres, shelf, sqlite
from portal.services.backups.contents import Copy
from portal.services.imports.store import Places

_NO_ROOM = N_("There is no room left for a backup: make room, or name another folder.")


def make(database: Database, settings: Settings, folder: Path, *, now: datetime, night: date | None) -> Manifest:
    """Make a backup and open it again. Nobody waits for it; what is written meanwhile is not in it.

    Args:
        database: to be copied.
        settings: of the installation.
        folder: of backups, held by this process alone.
        now: the moment.
        night: the night it belongs to, if any.

    Returns:
        Its manifest; a faulty one is kept as well, for want of a better one, and says so.

    Raises:
        Refused: it cannot be made; nothing of it is left.
        SettingsError: the key is not there although there are backups made with it, or cannot be used.

    """
    key = settings.backup_key(makes=not queries.names(folder))
    name = shelf.free_name(folder, now)
    draft = shelf.draft(folder, name)
    try:
        with shelf.room(_NO_ROOM):
            copy = _take(database, settings, draft / DATABASE, purpose(name, DATABASE), key)
            there, missing = lists.put_by(folder, Places.from_settings(settings), copy.lists)
            manifest = Manifest(
                name=name,
                made_at=now,
                engine=database.engine.dialect.name,
                revision=copy.contents.revision,
                version=version("repayment-portal"),
                data_keys=data_keys_mark(),
                size=copy.size,
                sha256=copy.sha256,
                sealed_size=copy.sealed_size,
                rows=copy.contents.rows,
                head=copy.contents.head,
                files=tuple(there),
                missing=tuple(missing),
                night=night,
            )
            found = checking.database_of(database, settings, draft / DATABASE, manifest, key)
            manifest = replace(manifest, faults=(*copy.faults, *found))
            shelf.write(draft / MANIFEST, [manifest.sealed(key)])
            shelf.finish(folder, name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return queries.read_manifest(folder, name, key)


def let_go(folder: Path, key: bytes) -> list[str]:
    """Remove the backups whose time is over, once the newest is a good one, and lists that belong to none.

    One that does not open is left alone: it may have been made with another key.

    Returns:
        The names of the removed ones.

    """
    found = queries.listed(folder, key)
    if not found or found[0].manifest is None or found[0].fault is not None:
        return []
    gone = [one.name for one in found if _may_go(one)]
    shelf.remove(folder, gone)
    left = [one.manifest for one in found if one.name not in gone]
    if all(one is not None for one in left):
        lists.forget(folder, {sha256 for one in left if one is not None for sha256 in one.files})
    return gone


def _may_go(one: Listed) -> bool:
    """Say whether a backup's time is over; one that lacks a list, or does not open, is never let go by itself."""
    if one.manifest is None or one.spans:
        return False
    return one.fault is None or not one.manifest.is_good


def _take(database: Database, settings: Settings, path: Path, sealed_for: str, key: bytes) -> Copy:
    if not database.is_sqlite:
        return postgres.take(database, path, sealed_for, key)
    with shelf.plain_draft(settings) as plain:
        return sqlite.take(database, path, sealed_for, key, plain)
