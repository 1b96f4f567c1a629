"""Make a backup, list what is there, bring one back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from config import COUNTY_TIME, SettingsError
from models.rules.refusals import Refused
from portal import current
from portal.jobs import backups
from portal.queries import backups as queries
from portal.queries.backups import Manifest

_MEGABYTE = 1_000_000


@click.command("backup")
@with_appcontext
def backup_command() -> None:
    """Copy the database and the lists into BACKUP_DIR, sealed; open the copy again; let old ones go."""
    settings = current.settings()
    has_key = settings.backup_key_file.exists()
    with _said():
        manifest, gone = backups.make(current.database(), settings, now=current.now())
    if not has_key:
        print(f"a key of backups was made: {settings.backup_key_file.name}; keep a copy of it elsewhere", flush=True)
    print(f"{manifest.name}: {manifest.sealed_size / _MEGABYTE:.1f} MB, {sum(manifest.rows.values())} rows")
    if manifest.missing:
        print(f"{len(manifest.missing)} lists are not in it: no whole copy of them is there; see fsck")
    if gone:
        print(f"let go: {', '.join(gone)}")
    if not manifest.is_good:
        print(f"opened again it was found to be faulty: {', '.join(manifest.faults)}; older ones are all kept")
        sys.exit(1)
    print("opened again and found to be good")


@click.command("backups")
@click.option("--check", is_flag=True, help="Open each of them again, with all its lists: as long as making it.")
@with_appcontext
def backups_command(*, check: bool) -> None:
    """List the backups: when made, how large, whether good, and for what each is kept."""
    settings = current.settings()
    with _said():
        folder = queries.folder_of(settings)
        found = queries.listed(folder, settings.backup_key()) if queries.names(folder) else ()
    is_good = all(one.fault is None for one in found)
    for one in found:
        if one.manifest is None:
            print(f"{one.name}  {one.fault}")
            continue
        made = one.manifest.made_at.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M")
        why = f"kept for its {', '.join(one.spans)}" if one.spans else "not kept"
        size = f"{one.manifest.sealed_size / _MEGABYTE:.1f} MB"
        faults = backups.check(current.database(), settings, one.manifest) if check else ()
        is_good = is_good and not faults
        print(f"{one.name}  {made}  {size}  {', '.join(faults) or one.fault or 'good'}  {why}")
    if not found:
        print("there is no backup yet")
    if not is_good:
        sys.exit(1)


@click.command("restore")
@click.argument("name")
@click.option("--over", is_flag=True, help="Put it in the place of the data that are there, without asking.")
@with_appcontext
def restore_command(name: str, *, over: bool) -> None:
    """Bring a backup back, after all of it was looked at; stop the portal and its workers first."""
    with _said():
        done = backups.restore(
            current.database(),
            current.settings(),
            name,
            now=current.now,
            may_go_on=lambda manifest: over or _is_meant(manifest),
        )
    made = done.manifest.made_at.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M")
    print(f"brought back as of {made}: {sum(done.manifest.rows.values())} rows, {len(done.manifest.files)} lists")
    until = done.finished.at.astimezone(COUNTY_TIME)
    print(
        f"papers issued between then and {until:%Y-%m-%d %H:%M} are in the world and not in it: the check page says so"
    )
    print(
        f"so that none is given twice, numbers of {until.year} go on after {done.finished.bound}, some more each minute"
    )
    print("everybody signs in again; accounts stopped since then are open again; the worker makes up for the nights")
    if done.set_aside:
        print("the damaged database lies beside it, under the name ….damaged: remove it when nobody needs it")
    for finding in done.findings:
        print(f"{finding.rule}: {finding.subject} {finding.what}")
    if done.findings:
        print(f"it is in place, and fsck finds {len(done.findings)} faults: see above")
        sys.exit(1)
    print("fsck finds nothing")


def _is_meant(manifest: Manifest) -> bool:
    made = manifest.made_at.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M")
    print(f"There are data already. What happened after {made} will be gone for good.")
    return bool(click.prompt("Type the name of the backup to go on", default="", show_default=False) == manifest.name)


@contextmanager
def _said() -> Iterator[None]:
    """Tell a refusal as a command does."""
    try:
        yield
    except (Refused, SettingsError) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    except DBAPIError as fault:  # its own words may quote a row
        raise click.ClickException(
            "the database does not answer, or has no schema: see whether it runs, and run flask --app wsgi migrate"
        ) from fault


COMMANDS = (backup_command, backups_command, restore_command)
