"""The schema as migrations make it: bring a database up to date, and say what up to date is."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from models.database import Database
from models.tables import METADATA

_MIGRATIONS = Path(__file__).parent.parent / "migrations"


def _config(database: Database | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["database"] = database
    config.attributes["metadata"] = METADATA
    return config


@cache
def head_revision() -> str | None:
    """Return the newest revision this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


@cache
def known_revisions() -> frozenset[str]:
    """Return every revision this code can bring up to date."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def migrate(database: Database, revision: str = "head") -> None:
    """Bring the database to a revision, the newest by default."""
    command.upgrade(_config(database), revision)


def go_back(database: Database, revision: str) -> None:
    """Take the database back to an older revision."""
    command.downgrade(_config(database), revision)


def draft(database: Database, revision: str, message: str) -> None:
    """Write a migration from the difference between tables and database, to be read and mended by hand."""
    command.revision(_config(database), message=message, rev_id=revision, autogenerate=True)
