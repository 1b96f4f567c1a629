"""Lists picked up from a folder: each goes the way a clerk's would, and moves on with a report beside it.

The folder has one folder for each kind of list (``organisation``, ``roster``, ``reliefs``, …: ``ORDER``), taken in
this order. What went in moves to ``processed``, what could not to ``rejected``. A file is moved after its list is
applied: after a machine that stopped in between it is recognised and moved, not applied twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import COUNTY_TIME, Settings
from models.database import Database
from models.imports import ImportBatch
from models.rules.imports import ImportKind, ImportState
from models.rules.refusals import Refused
from portal.actors import Act
from portal.queries import import_rows
from portal.services.imports import applying, comparing, mending, originals, staging, store
from portal.sheets.limits import Limits
from portal.sheets.sources import OnDisk

ORDER = (
    ImportKind.ORGANISATION,
    ImportKind.ROSTER,
    ImportKind.RELIEFS,
    ImportKind.REPAYMENTS,
    ImportKind.ARREARS,
    ImportKind.CONTACTS,
    ImportKind.SCHOOL_ROSTER,
)
PROCESSED, REJECTED = "processed", "rejected"


@dataclass(frozen=True, slots=True)
class Picked:
    """What became of one file."""

    file: Path
    was_taken: bool
    report: dict[str, Any]


def pick_up(
    database: Database, settings: Settings, folder: Path, *, now: datetime, quiet_seconds: int, is_strict: bool
) -> Iterator[Picked]:
    """Take in every list of the folder.

    Args:
        database: of the portal.
        settings: of this installation.
        folder: with one folder for each kind.
        now: the moment.
        quiet_seconds: a file changed less than so long ago may still be arriving and is left for the next round.
        is_strict: one wrong row keeps its whole list out.

    Yields:
        Each file as it is done.

    """
    for kind in ORDER:
        place = folder / kind.value
        if not place.is_dir():
            continue
        for file in sorted(place.iterdir()):
            is_list = file.is_file() and not file.name.startswith((".", "~")) and file.suffix not in {".part", ".tmp"}
            if is_list and now.timestamp() - file.stat().st_mtime >= quiet_seconds:
                yield _Round(database, settings, folder, now, is_strict).take(file, kind)


@dataclass(frozen=True, slots=True)
class _Round:
    database: Database
    settings: Settings
    folder: Path
    now: datetime
    is_strict: bool

    def take(self, file: Path, kind: ImportKind) -> Picked:
        content = OnDisk(file)
        report: dict[str, Any] = {"file": file.name, "kind": kind.value}
        held = self._in_use(kind, content)
        if held is not None:
            report |= {"import": held, "applied": False, "reason": "This very list is in use already."}
            return self._move(file, report, was_taken=True, wrong=None)
        act = Act(None, self.now)
        places = store.Places.from_settings(self.settings)
        with originals.arriving(self.database, places, content) as sha256, self.database.write() as session:
            batch_id = staging.register(
                session,
                act=act,
                kind=kind,
                file_name=file.name,
                content=content,
                data_dir=self.settings.data_dir,
                copy_dir=self.settings.copy_dir,
                kept_as=sha256,
                is_strict=self.is_strict,
            ).id
        report["import"] = batch_id
        try:
            self._compare(act, batch_id, kind)
            with self.database.write() as session:
                applying.apply(
                    session,
                    act=act,
                    batch_id=batch_id,
                    data_dir=self.settings.data_dir,
                    copy_dir=self.settings.copy_dir,
                )
            report["applied"] = True
        except Refused as refusal:
            with self.database.write() as session:
                staging.refuse(session, batch_id=batch_id, refusal=refusal)
            report |= {"applied": False, "reason": str(refusal)}
        with self.database.reader() as session:
            report |= summary(session, session.get_one(ImportBatch, batch_id))
            wrong = self._wrong_rows(session, batch_id)
        return self._move(file, report, was_taken=report["applied"], wrong=wrong)

    def _in_use(self, kind: ImportKind, content: OnDisk) -> int | None:
        with self.database.reader() as session:
            return session.scalars(
                select(ImportBatch.id).where(
                    ImportBatch.sha256 == store.hash_of(content),
                    ImportBatch.kind == kind,
                    ImportBatch.state == ImportState.APPLIED,
                )
            ).first()

    def _compare(self, act: Act, batch_id: int, kind: ImportKind) -> None:
        is_organisation = kind is ImportKind.ORGANISATION
        with self.database.writer() if is_organisation else self.database.reader() as session:
            found = comparing.compare(
                session,
                act=act,
                batch_id=batch_id,
                data_dir=self.settings.data_dir,
                copy_dir=self.settings.copy_dir,
                limits=Limits.from_settings(self.settings),
            )
            session.rollback()
        with self.database.write() as session:
            staging.put(session, act=act, batch_id=batch_id, found=found)

    def _wrong_rows(self, session: Session, batch_id: int) -> bytes | None:
        lines = import_rows.wrong_rows(session, batch_id)
        if not lines:
            return None
        batch = session.get_one(ImportBatch, batch_id)
        headings = batch.facts.get("headings_by_sheet") or {"": batch.facts.get("headings") or ()}
        rows: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for line in lines:
            why = "；".join(f"{one.column}：{one.refusal}" for one in line.problems)
            rows.setdefault(line.sheet, []).append((line.written, f"{line.row_number}：{why}"))
        sheets = [mending.WrongSheet(name, headings.get(name, ()), its) for name, its in rows.items()]
        return mending.error_book(batch_id, batch.data_on, sheets)

    def _move(self, file: Path, report: dict[str, Any], *, was_taken: bool, wrong: bytes | None) -> Picked:
        place = self.folder / (PROCESSED if was_taken else REJECTED)
        place.mkdir(exist_ok=True)
        stamp = self.now.astimezone(COUNTY_TIME).strftime("%Y%m%d-%H%M%S")
        target = place / f"{stamp}-{file.name}"
        number = 1
        while target.exists():
            number += 1
            target = place / f"{stamp}-{number}-{file.name}"
        target.with_name(f"{target.name}.json").write_text(
            json.dumps(report, ensure_ascii=False, indent=2), encoding="utf-8"
        )
        if wrong is not None:
            target.with_name(f"{target.stem}-{mending.FILE_NAME}").write_bytes(wrong)
        file.replace(target)
        return Picked(target, was_taken, report)


def summary(session: Session, batch: ImportBatch) -> dict[str, Any]:
    """Return what a list would do, with every rejected row: row, column, value, reason. No number in full."""
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
                "sheet": row.sheet,
                "row": row.row_number,
                "column": problem.column,
                "value": problem.value,
                "reason": str(problem.refusal),
            }
            for row in import_rows.wrong_rows(session, batch.id)
            for problem in row.problems
            if problem.is_fatal
        ],
    }
