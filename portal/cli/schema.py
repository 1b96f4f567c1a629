"""Bring the database to the schema this code wants."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from models import schema
from portal import current
from portal.services.backups import finishing


@click.command()
@with_appcontext
def migrate() -> None:
    """Make or update the tables, and finish a restore that was cut off; safe to run again."""
    finished = finishing.finish(current.database(), current.now)
    print(f"schema: {schema.head_revision()}")
    if finished is not None:
        print(f"the restore of {finished.backup} is finished; see fsck")


@click.command("draft-migration")
@click.argument("revision")
@click.argument("message")
@with_appcontext
def draft_migration(revision: str, message: str) -> None:
    """Write a migration from the difference between tables and database, for a developer to read and mend."""
    schema.draft(current.database(), revision, message)


COMMANDS = (migrate, draft_migration)
