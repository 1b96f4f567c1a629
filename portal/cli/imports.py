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
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.imports import ImportBatch, ImportRow
from models.rules.imports import ImportKind, RowOutcome
from models.rules.refusals import Refused
from portal import current
from portal.actors import Act
from portal.services.imports import staging

_KINDS = [kind.value for kind in ImportKind]


@click.command("import-list")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(_KINDS), required=True, help="What the list is.")
@click.option("--data-on", type=click.DateTime(["%Y-%m-%d"]), help="The data date, where the list names none.")
@click.option("--dry-run", is_flag=True, help="Check and compare; change nothing.")
@click.option("--yes", is_flag=True, help="Apply without asking.")
@with_appcontext
def import_list(file: Path, kind: str, data_on: datetime | None, *, dry_run: bool, yes: bool) -> None:
    """Check a list, show what it would change, and apply its good rows.

    Prints one JSON object. Ends with 1 when the list as a whole is refused; then nothing was changed.
    """
    act = Act(None, current.now())
    brought = _Brought(act, ImportKind(kind), file, data_on.date() if data_on else None)
    found: dict[str, Any] = {"kind": kind}
    try:
        if dry_run:
            with TemporaryDirectory() as folder, current.database().writer() as session:
                found |= summary(session, brought.receive(session, Path(folder)))
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

    def receive(self, session: Session, data_dir: Path) -> ImportBatch:
        return staging.receive(
            session,
            act=self.act,
            kind=self.kind,
            file_name=self.file.name,
            content=self.file.read_bytes(),
            data_dir=data_dir,
            data_on=self.data_on,
        )


def _import(brought: _Brought, *, yes: bool) -> dict[str, Any]:
    """Receive and apply in one transaction; with a question between, in two, so that nobody waits for the answer."""
    data_dir = current.settings().data_dir
    with current.database().write() as session:
        batch = brought.receive(session, data_dir)
        batch_id = batch.id
        found = summary(session, batch)
        if yes:
            staging.apply(session, act=brought.act, batch_id=batch_id, data_dir=data_dir)
    if not yes:
        agreed = _confirmed(found)
        with current.database().write() as session:
            if agreed:
                staging.apply(session, act=brought.act, batch_id=batch_id, data_dir=data_dir)
            else:
                staging.discard(session, act=brought.act, batch_id=batch_id)
        return found | {"applied": agreed}
    return found | {"applied": True}


def summary(session: Session, batch: ImportBatch) -> dict[str, Any]:
    """Return what a list would do, with every rejected row: row, column, value, reason. No number in full."""
    rejected = session.execute(
        select(ImportRow.sheet, ImportRow.row_number, ImportRow.problems)
        .where(ImportRow.batch_id == batch.id, ImportRow.outcome == RowOutcome.REJECTED)
        .order_by(ImportRow.sheet, ImportRow.row_number)
    )
    return {
        "kind": batch.kind.value,
        "data_on": batch.data_on.isoformat() if batch.data_on else None,
        "rows": batch.rows,
        "new": batch.new,
        "changed": batch.changed,
        "unchanged": batch.unchanged,
        "rejected": batch.rejected,
        "vanished": batch.vanished,
        "rejected_rows": [
            {
                "sheet": sheet,
                "row": number,
                "column": problem["column"],
                "value": problem["value"],
                "reason": problem["reason"] % problem["values"] if problem["values"] else problem["reason"],
            }
            for sheet, number, problems in rejected
            for problem in problems
            if problem["fatal"]
        ],
    }


def _confirmed(found: dict[str, Any]) -> bool:
    words = f"{found['new']} new, {found['changed']} changed, {found['rejected']} left out, {found['vanished']} gone"
    return click.confirm(f"{words}. Apply?", err=True)


COMMANDS = (import_list,)
