"""An installation with the demo district in it and a folder for its backups, for tests of both."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from config import Settings
from models.database import Database
from models.tables import METADATA
from portal.demo import books, fates, load
from portal.jobs import backups
from portal.queries import backups as queries
from portal.queries.backups import Listed, Manifest
from tests.conftest import NOW

AS_OF = date(2026, 11, 23)
PASSWORD = "a village school of paper"


@dataclass
class Home:
    """One installation, its database and its backups."""

    database: Database
    settings: Settings

    @property
    def folder(self) -> Path:
        return queries.folder_of(self.settings)

    @property
    def key(self) -> bytes:
        return self.settings.backup_key()

    def fill(self, borrowers: int = 30) -> None:
        """Load the demo district through the imports, so that sealed lists lie beside the database."""
        demo = fates.invent(borrowers, 7, AS_OF)
        files = self.settings.data_dir / "demo"
        books.write_all(demo, files, load.logins(demo))
        with self.database.write() as session:
            load.load_all(
                session, demo=demo, folder=files, data_dir=self.settings.data_dir, password=PASSWORD, latest=NOW
            )

    def make(self, at: datetime = NOW, night: date | None = None) -> Manifest:
        return backups.make(self.database, self.settings, now=at, night=night)[0]

    def listed(self) -> tuple[Listed, ...]:
        return queries.listed(self.folder, self.key)

    def names(self) -> list[str]:
        return queries.names(self.folder)


def home(database: Database, settings: Settings, tmp_path: Path) -> Home:
    """Return an installation that makes backups."""
    url = database.engine.url.render_as_string(hide_password=False)
    return Home(database, replace(settings, database_url=url, backup_dir=tmp_path / "backups"))


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table."""
    with database.reader() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in METADATA.sorted_tables
        }


def flip(path: Path, place: int) -> None:
    """Change one byte of a file."""
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1]))


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def in_a_child(work: Callable[[], object]) -> int:
    """Start work in a process of its own that can be killed; returns its number."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:  # noqa: BLE001  # a fork of the test's own process must never go on as it
        os._exit(1)
    os._exit(0)
