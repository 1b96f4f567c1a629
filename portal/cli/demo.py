"""Make the fictional district and load it into an empty database."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from time import perf_counter

import click
from flask.cli import with_appcontext

from models.rules.refusals import Refused
from portal import current
from portal.demo import books, fates, load
from portal.services.backups import finishing
from portal.services.notices import Terms

BORROWERS = 3_900
SEED = 2026
_EARLIEST = date(2025, 1, 1)  # before, the oldest contracts would lie outside the table of rates


@click.command()
@click.option("--borrowers", type=click.IntRange(1, 200_000), default=BORROWERS, show_default=True)
@click.option("--seed", type=int, default=SEED, show_default=True, help="The same seed makes the same district.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day the district is shown on; today when absent.")
@click.option(
    "--files-only",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the bank's files into this folder and load nothing.",
)
@click.option("--if-empty", is_flag=True, help="Do nothing, and say nothing of it, where there are data already.")
@click.option("--migrate", is_flag=True, help="Make or update the tables first.")
@with_appcontext
def demo(
    borrowers: int, seed: int, as_of: datetime | None, files_only: Path | None, *, if_empty: bool, migrate: bool
) -> None:
    """Make the fictional district: write the bank's files and load them through the imports that people use."""
    settings = current.settings()
    day = as_of.date() if as_of else current.today()
    if day < _EARLIEST:
        raise click.ClickException(f"The demo district can be shown from {_EARLIEST} on.")
    if files_only is not None:
        made = fates.invent(borrowers, seed, day)
        books.write_all(made, files_only, load.logins(made))
        print(f"files of {borrowers} fictional borrowers written for {day}")
        return
    if not settings.is_demo:
        raise click.ClickException("Fictional people belong into a demo only: set PORTAL_PROFILE=demo.")
    if migrate:
        finishing.finish(current.database(), current.now)
    with current.database().reader() as reader:
        if not load.is_empty(reader):
            if if_empty:
                return
            raise click.ClickException("There are data already: the demo is loaded into an empty database only.")
    print(f"making a fictional district of {borrowers} borrowers; once, about a minute", flush=True)
    started = perf_counter()
    folder = settings.data_dir / "demo"
    made = fates.invent(borrowers, seed, day)
    books.write_all(made, folder, load.logins(made))
    try:
        with current.database().write() as session:
            done = load.load_all(
                session,
                demo=made,
                folder=folder,
                data_dir=settings.data_dir,
                password=settings.demo_password,
                latest=current.now(),
                terms=Terms.from_settings(settings),
            )
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    for name, counts in done.items():
        print(f"{name}: {counts.rows} rows, {counts.new} new, {counts.rejected} rejected")
    print(f"loaded in {perf_counter() - started:.0f} s for {day}; the bank's list is of {made.days.data_on}")


COMMANDS = (demo,)
