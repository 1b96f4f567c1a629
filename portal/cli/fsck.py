"""Check that the data is whole."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date, datetime, timedelta

import click
from flask.cli import with_appcontext

from portal import current
from portal.services import fsck
from portal.services.imports.store import Places

_COMING_IN = timedelta(hours=1)  # longer than any upload takes
_A_DAY = timedelta(days=1)


@click.command("fsck")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day standings are judged for; today if not given."
)
@click.option(
    "--remove-strangers",
    is_flag=True,
    help="Remove sealed files that no import names and that are older than a day, instead of naming them. "
    "After a restore, make sure first that no newer backup is to come.",
)
@with_appcontext
def fsck_command(as_of: datetime | None, *, remove_strangers: bool) -> None:
    """Check the rules that hold between rows; prints JSON, and ends with 1 when one is broken."""
    today: date = as_of.date() if as_of else current.today()
    with current.database().reader() as session:
        found = fsck.check(session, today)
        settings = current.settings()
        places = Places.from_settings(settings)
        found["copies"] = fsck.copies(session, places)
        before = current.now() - (_A_DAY if remove_strangers else _COMING_IN)
        found["strangers"] = fsck.strangers(session, places, before, removes=remove_strangers)
    broken = [asdict(finding) for findings in found.values() for finding in findings]
    print(json.dumps({"as_of": today.isoformat(), "rules": list(found), "findings": broken}))
    if broken:
        sys.exit(1)


COMMANDS = (fsck_command,)
