"""The default rate, for scripts and for checking the page."""

from __future__ import annotations

import json
from datetime import datetime

import click
from flask.cli import with_appcontext

from models.rules.default_rate import DEFINITIONS, OFFICIAL, Rate
from models.rules.refusals import NotVisible, Refused
from portal import current
from portal.queries import rates


@click.command()
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day; today when not given.")
@click.option("--area", default="", help="Code of a township, village or school; the district when not given.")
@click.option("--definition", type=click.Choice(sorted(DEFINITIONS)), default=OFFICIAL, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def rate(as_of: datetime | None, area: str, definition: str, *, as_json: bool) -> None:
    """Print the default rate by heads and by money against the target."""
    day = as_of.date() if as_of else current.today()
    try:
        heads, money = rates.rate_on(current.session(), as_of=day, area=area, definition=DEFINITIONS[definition])
    except NotVisible as error:
        raise click.ClickException(f"there is no area with the code {area}") from error
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    found = {
        "as_of": day.isoformat(),
        "area": area,
        "definition": definition,
        "heads": _facts(heads),
        "money": _facts(money),
    }
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for name, unit in (("heads", "people"), ("money", "fen")):
        facts = _facts(heads if name == "heads" else money)
        mark = "above" if facts["exceeds"] else "inside"
        print(f"{name}: {facts['shown']} % ({facts['bad']} of {facts['all']} {unit}), {mark} the target on {day}")


def _facts(found: Rate) -> dict[str, object]:
    """Return a rate's figures; counts are people, or fen."""
    return {
        "bad": found.bad,
        "all": found.all,
        "shown": found.shown,
        "exceeds": found.exceeds(),
        "cures_needed": found.cures_needed(),
    }


COMMANDS = (rate,)
