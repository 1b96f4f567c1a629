"""Import a list from the command line, through the same check and the same transaction as the page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.rules.imports import ImportKind
from models.rules.refusals import Refused
from portal import current
from portal.actors import Act
from portal.cli.import_folder import pick_up, summary
from portal.services.imports import applying, staging
from portal.sheets.sources import OnDisk

_KINDS = [kind.value for kind in ImportKind]


@click.command("import-list")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--kind", type=click.Choice(_KINDS), help="What the list is.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Take in every list of this folder's folders, one for each kind of list, instead of one file.",
)
@click.option("--quiet-seconds", default=10, show_default=True, help="Leave files of a folder changed more recently.")
@click.option("--strict", is_flag=True, help="One wrong row keeps the whole list out.")
@click.option("--data-on", type=click.DateTime(["%Y-%m-%d"]), help="The data date, where the list names none.")
@click.option("--gone", type=int, help="How many contracts of an arrears list before are really gone, where most are.")
@click.option("--dry-run", is_flag=True, help="Check and compare; change nothing.")
@click.option("--yes", is_flag=True, help="Apply without asking.")
@with_appcontext
def import_list(  # a command's options
    file: Path | None,
    kind: str | None,
    folder: Path | None,
    quiet_seconds: int,
    data_on: datetime | None,
    gone: int | None,
    *,
    strict: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Check a list, show what it would change, and apply its good rows; or those of a folder, without asking.

    Prints one JSON object, or one a line for a folder. Ends with 1 when a list as a whole is refused; then nothing of
    it was changed. A folder's files move to its "processed" or "rejected", each with a report beside it.
    """
    if folder is not None:
        _pick_up(folder, quiet_seconds, is_strict=strict)
        return
    if file is None or kind is None:
        raise click.UsageError("Name a file and its --kind, or a --folder.")
    act = Act(None, current.now())
    brought = _Brought(act, ImportKind(kind), file, data_on.date() if data_on else None, strict, gone)
    found: dict[str, Any] = {"kind": kind}
    try:
        if dry_run:
            with TemporaryDirectory() as elsewhere, current.database().writer() as session:
                found |= summary(session, brought.receive(session, Path(elsewhere)))
                session.rollback()
            found["applied"] = False
        else:
            found |= _import(brought, yes=yes)
    except Refused as refusal:
        refused = {"applied": False, "refused": str(refusal)}
        click.echo(json.dumps(found | refused, ensure_ascii=False, indent=2))
        raise SystemExit(1) from refusal
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@dataclass(frozen=True, slots=True)
class _Brought:
    """A file somebody brings."""

    act: Act
    kind: ImportKind
    file: Path
    data_on: date | None
    is_strict: bool
    gone: int | None

    def receive(self, session: Session, data_dir: Path) -> ImportBatch:
        return staging.receive(
            session,
            act=self.act,
            kind=self.kind,
            file_name=self.file.name,
            content=OnDisk(self.file),
            data_dir=data_dir,
            data_on=self.data_on,
            copy_dir=None if data_dir != current.settings().data_dir else current.settings().copy_dir,
            is_strict=self.is_strict,
        )


def _pick_up(folder: Path, quiet_seconds: int, *, is_strict: bool) -> None:
    settings, now = current.settings(), current.now()
    were_taken = True
    for one in pick_up(current.database(), settings, folder, now=now, quiet_seconds=quiet_seconds, is_strict=is_strict):
        were_taken = were_taken and one.was_taken
        click.echo(json.dumps(one.report, ensure_ascii=False))
    if not were_taken:
        raise SystemExit(1)


def _import(brought: _Brought, *, yes: bool) -> dict[str, Any]:
    """Receive and apply in one transaction; with a question between, in two, so that nobody waits for the answer."""
    data_dir = current.settings().data_dir
    with current.database().write() as session:
        batch = brought.receive(session, data_dir)
        batch_id = batch.id
        found = summary(session, batch)
        if brought.gone is not None:
            applying.agree_gone(session, act=brought.act, batch_id=batch_id, gone=brought.gone)
        elif applying.asks(batch):
            applying.check_applicable(session, batch)  # refused before anybody is asked whether to apply it
        if yes:
            applying.apply(session, act=brought.act, batch_id=batch_id, data_dir=data_dir)
    if not yes:
        agreed = _confirmed(found)
        with current.database().write() as session:
            if agreed:
                applying.apply(session, act=brought.act, batch_id=batch_id, data_dir=data_dir)
            else:
                staging.discard(session, act=brought.act, batch_id=batch_id)
        return found | {"applied": agreed}
    return found | {"applied": True}


def _confirmed(found: dict[str, Any]) -> bool:
    words = f"{found['new']} new, {found['changed']} changed, {found['rejected']} left out, {found['vanished']} gone"
    return click.confirm(f"{words}. Apply?", err=True)


COMMANDS = (import_list,)
