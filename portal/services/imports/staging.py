"""An import's way: received, read and compared, confirmed or discarded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.imports import ImportBatch, ImportRow
from models.rules.imports import ImportKind, ImportState, RowOutcome
from models.rules.refusals import NotVisible, Refused, StaleData
from portal.actors import Act
from portal.services import backdatings, reconciliations, standings
from portal.services.imports import arrears, organisation, repayments, roster, roster_apply, store
from portal.services.imports.arrears_lines import ArrearsLine
from portal.services.imports.holdings import insert_all
from portal.services.imports.repayments import RepaymentLine
from portal.services.imports.roster_rows import RosterRow
from portal.services.imports.rows import Staged
from portal.sheets.reading import Sheet, read

_FILE_NAME = 120

Stage = Callable[..., Staged]

_STAGES: dict[ImportKind, Stage] = {
    ImportKind.ORGANISATION: organisation.stage,
    ImportKind.ROSTER: roster.stage,
    ImportKind.ARREARS: arrears.stage,
    ImportKind.REPAYMENTS: repayments.stage,
}


def receive(
    session: Session,
    *,
    act: Act,
    kind: ImportKind,
    file_name: str,
    content: bytes,
    data_dir: Path,
    data_on: date | None = None,
) -> ImportBatch:
    """Keep a list in two sealed copies, read it, and stage its rows for confirmation.

    Args:
        session: a writing session.
        act: who brings the list.
        kind: what kind of list it is.
        file_name: as the clerk named it; shown, never used as a path.
        content: the file.
        data_dir: where the installation keeps its files.
        data_on: the data date, where the list itself names none.

    Raises:
        Refused: the list as a whole cannot be used; the sentence says why and what would mend it.

    """
    sheets = read(content)
    sha256 = hashlib.sha256(content).hexdigest()
    batch = ImportBatch(
        kind=kind,
        state=ImportState.RECEIVED,
        file_name=_plain_name(file_name),
        sha256=sha256,
        size=len(content),
        data_on=data_on,
        received_at=act.at,
        received_by_id=act.user_id,
        facts={},
    )
    session.add(batch)
    session.flush()
    _stage(session, act, batch, sheets)
    store.keep(data_dir, sha256, content)
    act.record(session, "import:received", subject=f"import/{batch.id}", **_counts(batch))
    return batch


def stage_again(session: Session, *, act: Act, batch_id: int, data_dir: Path) -> ImportBatch:
    """Compare a waiting list anew with what we hold now.

    Raises:
        NotVisible: there is no such import.
        Refused: it waits no longer, or the list cannot be used any more.

    """
    batch = _waiting(session, batch_id)
    session.execute(
        delete(ImportRow).where(ImportRow.batch_id == batch.id).execution_options(synchronize_session=False)
    )
    _stage(session, act, batch, read(store.open_kept(data_dir, batch.sha256)))
    return batch


def apply(session: Session, *, act: Act, batch_id: int, data_dir: Path) -> ImportBatch:
    """Write the good rows of a waiting list in the caller's transaction, and let standings follow.

    Raises:
        NotVisible: there is no such import.
        Refused: it waits no longer, nothing in it can be used, or an arrears list is older than the newest.
        StaleData: another list was applied after this one was compared.

    """
    batch = _waiting(session, batch_id)
    later = session.scalars(
        select(ImportBatch.id).where(ImportBatch.state == ImportState.APPLIED, ImportBatch.applied_at > batch.staged_at)
    ).first()
    if later is not None:
        raise StaleData("Another list was applied after this one was compared: compare it again, then confirm.")
    if batch.rows and batch.rejected == batch.rows:
        raise Refused("No row of this list can be used: mend the rows that are named and send the list again.")
    if batch.kind is ImportKind.ORGANISATION:
        organisation.write(session, act=act, sheets=read(store.open_kept(data_dir, batch.sha256)))
        touched: set[int] = set()
    else:
        touched = _write(session, act, batch)
    batch_id, counts = batch.id, _counts(batch)
    standings.recompute(session, act=act, borrower_ids=touched)
    batch = session.get_one(ImportBatch, batch_id)
    batch.state = ImportState.APPLIED
    batch.applied_at = act.at
    batch.applied_by_id = act.user_id
    backdatings.note_import(session, act=act, batch=batch, touched=touched)
    reconciliations.ask_after_import(session, act=act, batch=batch)
    act.record(session, "import:applied", subject=f"import/{batch.id}", borrowers=len(touched), **counts)
    session.flush()
    return batch


def discard(session: Session, *, act: Act, batch_id: int) -> None:
    """Drop a waiting list; its rows go, the kept file and the record that it came stay.

    Raises:
        NotVisible: there is no such import.
        Refused: it waits no longer.

    """
    batch = _waiting(session, batch_id)
    session.execute(
        delete(ImportRow).where(ImportRow.batch_id == batch.id).execution_options(synchronize_session=False)
    )
    batch.state = ImportState.DISCARDED
    act.record(session, "import:discarded", subject=f"import/{batch.id}", kind=batch.kind.value)


def _waiting(session: Session, batch_id: int) -> ImportBatch:
    batch = session.scalars(select(ImportBatch).where(ImportBatch.id == batch_id).with_for_update()).one_or_none()
    if batch is None:
        raise NotVisible
    if batch.state is not ImportState.STAGED:
        raise Refused("This import no longer waits for confirmation.")
    return batch


def _stage(session: Session, act: Act, batch: ImportBatch, sheets: tuple[Sheet, ...]) -> None:
    batch_id, kind, sha256 = batch.id, batch.kind, batch.sha256
    before = session.scalars(
        select(ImportBatch.id)
        .where(ImportBatch.sha256 == sha256, ImportBatch.kind == kind, ImportBatch.state == ImportState.APPLIED)
        .order_by(ImportBatch.id.desc())
    ).first()
    staged = _STAGES[kind](session, act=act, sheets=sheets, data_on=batch.data_on)
    insert_all(
        session,
        ImportRow,
        [
            {
                "batch_id": batch_id,
                "sheet": row.sheet,
                "row_number": row.row_number,
                "outcome": row.outcome,
                "label": row.label,
                "content": json.dumps(row.content, ensure_ascii=False),
                "changes": row.changes,
                "problems": row.problems,
            }
            for row in staged.rows
        ],
    )
    batch.state = ImportState.STAGED
    batch.staged_at = act.at
    batch.lender_id = staged.lender_id
    batch.data_on = staged.data_on
    batch.rows = len(staged.rows)
    batch.new = staged.count(RowOutcome.NEW)
    batch.changed = staged.count(RowOutcome.CHANGED)
    batch.unchanged = staged.count(RowOutcome.UNCHANGED)
    batch.rejected = staged.count(RowOutcome.REJECTED)
    batch.vanished = staged.vanished
    batch.facts = staged.facts | {"headings": list(staged.headings), "applied_before": before}
    session.flush()


def _write(session: Session, act: Act, batch: ImportBatch) -> set[int]:
    clean: list[dict[str, Any]] = []
    kept: list[int] = []
    rows = session.execute(
        select(ImportRow.content, ImportRow.outcome)
        .where(ImportRow.batch_id == batch.id)
        .order_by(ImportRow.row_number)
    )
    for content, outcome in rows:
        found = json.loads(content)
        if outcome is not RowOutcome.REJECTED:
            clean.append(found["clean"])
        elif "keeps" in found:
            kept.append(found["keeps"])
    if batch.kind is ImportKind.ROSTER:
        return roster_apply.apply(session, act=act, batch=batch, rows=[RosterRow.from_content(one) for one in clean])
    if batch.kind is ImportKind.ARREARS:
        lines = [ArrearsLine.from_content(one) for one in clean]
        return arrears.apply(session, act=act, batch=batch, lines=lines, kept=kept)
    payments = [RepaymentLine.from_content(one) for one in clean]
    return repayments.apply(session, act=act, batch=batch, lines=payments)


def _counts(batch: ImportBatch) -> dict[str, Any]:
    return {
        "kind": batch.kind.value,
        "rows": batch.rows,
        "new": batch.new,
        "changed": batch.changed,
        "unchanged": batch.unchanged,
        "rejected": batch.rejected,
        "vanished": batch.vanished,
        "data_on": batch.data_on.isoformat() if batch.data_on else None,
    }


def _plain_name(file_name: str) -> str:
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(one for one in name if one.isprintable())[-_FILE_NAME:] or "list.xlsx"
