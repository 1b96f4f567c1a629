"""Check that the data is whole."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date, datetime

import click
from flask.cli import with_appcontext

from portal import current
from portal.services import fsck
from portal.services.imports.store import Places


@click.command("fsck")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day standings are judged for; today if not given."
)
@with_appcontext
def fsck_command(as_of: datetime | None) -> None:
    """Check the rules that hold between rows; prints JSON, and ends with 1 when one is broken."""
    today: date = as_of.date() if as_of else current.today()
    with current.database().reader() as session:
        found = fsck.check(session, today)
        settings = current.settings()
        found["copies"] = fsck.copies(session, Places.of(settings.data_dir, settings.copy_dir))
    broken = [asdict(finding) for findings in found.values() for finding in findings]
    print(json.dumps({"as_of": today.isoformat(), "rules": list(found), "findings": broken}))
    if broken:
        sys.exit(1)


COMMANDS = (fsck_command,)
