"""A backup opened again: all of it, as a database."""

from __future__ import annotations

from pathlib import Path

from config import Settings
from models.database import Database
from models.rules.backups import Fault
from portal.queries.backups import DATABASE, Manifest, purpose
from portal.services.backups import lists, postgres, shelf, sqlite
from portal.services.backups.contents import Contents


def database_of(
    database: Database, settings: Settings, path: Path, manifest: Manifest, key: bytes
) -> tuple[Fault, ...]:
    """Open the copy of a database and compare it with what its manifest says.

    Args:
        database: this installation's; a PostgreSQL server's version says which programs can look into a dump.
        settings: of the installation.
        path: of the sealed copy.
        manifest: what it should be.
        key: the key of backups.

    """
    sealed_for = purpose(manifest.name, DATABASE)
    said = Contents(manifest.revision, dict(manifest.rows), manifest.head)
    if manifest.engine != "sqlite":
        return postgres.verify(database, path, sealed_for, key, manifest.sha256, said)
    with shelf.plain_draft(settings) as plain:
        return sqlite.verify(path, sealed_for, key, manifest.sha256, said, plain)


def whole(database: Database, settings: Settings, folder: Path, manifest: Manifest, key: bytes) -> tuple[Fault, ...]:
    """Open a backup with all its lists; returns what is wrong with it."""
    found = database_of(database, settings, folder / manifest.name / DATABASE, manifest, key)
    return (*found, Fault.LISTS) if lists.damaged(folder, manifest.files) else found
