"""An import's way: received, read and compared, confirmed or discarded.

Reading and comparing write nothing, so they need no lock. What they found is put down in one transaction, and applied
in another; whoever else was applied or taken back in between is noticed by a count that only grows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select, text, tuple_
from sqlalchemy.orm import Session

from models.imports import ImportBatch, ImportImage, ImportRow
from models.rules.imports import KIND_IS_OPEN, ImportKind, ImportState, Phase, RowOutcome
from models.rules.refusals import NotVisible, Refused, StaleData, packed
from portal.actors import Act
from portal.queries.import_images import SUPPLEMENTED, VANISHED
from portal.queries.import_images import kept as kept_ids
from portal.services import backdatings, reconciliations, standing_batches, standings
from portal.services.imports import (
    aftermath,
    arrears,
    bulk,
    contact_lists,
    layouts,
    organisation,
    originals,
    reliefs,
    repayments,
    roster,
    roster_apply,
    school_rosters,
    store,
)
from portal.services.imports.arrears_lines import ArrearsLine
from portal.services.imports.contact_lines import ContactLine
from portal.services.imports.forecast import foretell
from portal.services.imports.holdings import PIECE, chunks, pieces
from portal.services.imports.mending import mended_by, supplement
from portal.services.imports.relief_lines import ReliefLine
from portal.services.imports.repayments import RepaymentLine
from portal.services.imports.roster_rows import RosterRow
from portal.services.imports.rows import Staged
from portal.services.imports.school_rosters import Suggestion
from portal.services.imports.spool import Spool
from portal.services.imports.trail import Trail
from portal.services.imports.watching import UNWATCHED, Watch
from portal.services.standing_history import Learnt
from portal.sheets.limits import DEFAULT, Limits
from portal.sheets.reading import Sheet, read

WAITING = (ImportState.RECEIVED, ImportState.STAGED)
_ROW = ("batch_id", "sheet", "row_number", "outcome", "label", "content", "changes", "problems")
_FILE_NAME = 120
_AT_A_TIME = 5_000
_DENSE, _DENSE_SPREAD = 500, 3
_ALONE = 7_311_004  # any number: the lock that keeps one list at a time on PostgreSQL
_LONGEST_REFUSAL = 500

Stage = Callable[..., Staged]

_STAGES: dict[ImportKind, Stage] = {
    ImportKind.ORGANISATION: organisation.stage,
    ImportKind.ROSTER: roster.stage,
    ImportKind.ARREARS: arrears.stage,
    ImportKind.REPAYMENTS: repayments.stage,
    ImportKind.RELIEFS: reliefs.stage,
    ImportKind.CONTACTS: contact_lists.stage,
    ImportKind.SCHOOL_ROSTER: school_rosters.stage,
}


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is compared: what it is said to be, its hash, and the data date given with it."""

    kind: ImportKind
    sha256: str
    data_on: date | None
    layout: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compared:
    """What reading and comparing a list has found, not yet put down."""

    staged: Staged
    with_lists: int
    applied_before: int | None
    mends: int | None


def register(
    session: Session,
    *,
    act: Act,
    kind: ImportKind,
    file_name: str,
    content: bytes,
    data_dir: Path,
    copy_dir: Path | None = None,
    data_on: date | None = None,
    is_strict: bool = False,
    planned: layouts.Planned | None = None,
    kind_is_open: bool = False,
) -> ImportBatch:
    """Keep a list in two sealed copies; it is not read yet.

    Args:
        session: a writing session.
        act: who brings the list.
        kind: what kind of list it is.
        file_name: as the clerk named it; shown, never used as a path.
        content: the file.
        data_dir: where the installation keeps its files.
        copy_dir: where the second copies go, when not beside the first.
        data_on: the data date, where the list itself names none.
        is_strict: one wrong row keeps the whole list out.
        planned: how it is to be read, where its top was looked at.
        kind_is_open: the kind is only what the file seems to be.

    """
    sha256 = store.hash_of(content)
    batch = ImportBatch(
        kind=kind,
        state=ImportState.RECEIVED,
        file_name=_plain_name(file_name),
        sha256=sha256,
        size=len(content),
        data_on=data_on,
        is_strict=is_strict,
        received_at=act.at,
        received_by_id=act.user_id,
        facts={KIND_IS_OPEN: True} if kind_is_open else {},
        layout=planned.layout if planned else {},
        head=planned.head if planned else None,
    )
    session.add(batch)
    session.flush()
    act.record(session, "import:received", subject=f"import/{batch.id}", kind=kind.value, size=batch.size)
    store.keep(store.Places.of(data_dir, copy_dir), sha256, content)
    return batch


def receive(
    session: Session,
    *,
    act: Act,
    kind: ImportKind,
    file_name: str,
    content: bytes,
    data_dir: Path,
    copy_dir: Path | None = None,
    data_on: date | None = None,
    is_strict: bool = False,
) -> ImportBatch:
    """Keep a list, read it, and stage its rows for confirmation, all in the caller's transaction; see ``register``.

    Raises:
        Refused: the list as a whole cannot be used; the sentence says why and what would mend it.

    """
    found = _compared(session, act, _File(kind, store.hash_of(content), data_on), read(content), UNWATCHED)
    batch = register(
        session,
        act=act,
        kind=kind,
        file_name=file_name,
        content=content,
        data_dir=data_dir,
        copy_dir=copy_dir,
        data_on=data_on,
        is_strict=is_strict,
    )
    return put(session, act=act, batch_id=batch.id, found=found)


def stage_again(
    session: Session, *, act: Act, batch_id: int, data_dir: Path, copy_dir: Path | None = None
) -> ImportBatch:
    """Compare a waiting list anew with what we hold now, in the caller's transaction.

    Raises:
        NotVisible: there is no such import.
        Refused: it waits no longer, or the list cannot be used any more.

    """
    found = compare(session, act=act, batch_id=batch_id, data_dir=data_dir, copy_dir=copy_dir)
    return put(session, act=act, batch_id=batch_id, found=found)


def compare(
    session: Session,
    *,
    act: Act,
    batch_id: int,
    data_dir: Path,
    copy_dir: Path | None = None,
    watch: Watch = UNWATCHED,
    limits: Limits = DEFAULT,
) -> Compared:
    """Read a list and compare it with what we hold; writes nothing that stays.

    Args:
        session: a reading session; for an organisation a writing one, whose writes are taken back.
        act: who asked.
        batch_id: the list.
        data_dir: where the installation keeps its files.
        copy_dir: where the second copies are.
        watch: told how far it is.
        limits: what the file may ask for.

    Raises:
        NotVisible: there is no such import.
        Refused: it waits no longer, or cannot be used as a whole.

    """
    batch = session.get(ImportBatch, batch_id)
    if batch is None:
        raise NotVisible
    _must_wait(batch)
    watch.at(Phase.READ)
    file = _File(batch.kind, batch.sha256, batch.data_on, batch.layout)
    sheets = read(store.open_kept(store.Places.of(data_dir, copy_dir), file.sha256), limits)
    return _compared(session, act, file, sheets, watch)


def put(session: Session, *, act: Act, batch_id: int, found: Compared, watch: Watch = UNWATCHED) -> ImportBatch:
    """Put down what a comparison found, in place of what an earlier one did.

    Raises:
        NotVisible: there is no such import.
        Refused: it waits no longer.

    """
    batch = locked(session, batch_id)
    _must_wait(batch)
    _drop_rows(session, batch_id)
    staged = found.staged
    spool = Spool(staged.rows) if isinstance(staged.rows, list) else staged.rows
    connection = session.connection()
    for number, records in enumerate(pieces(spool.records())):
        watch.at(Phase.WRITE, number * PIECE, len(spool))
        bulk.insert_stored(connection, ImportRow, _ROW, [(batch_id, *record) for record in records])
    batch.state = ImportState.STAGED
    batch.staged_at = act.at
    batch.compared_with = found.with_lists
    batch.lender_id = staged.lender_id
    batch.data_on = staged.data_on
    batch.rows = len(staged.rows)
    batch.new = staged.count(RowOutcome.NEW)
    batch.changed = staged.count(RowOutcome.CHANGED)
    batch.unchanged = staged.count(RowOutcome.UNCHANGED)
    batch.rejected = staged.count(RowOutcome.REJECTED)
    batch.vanished = staged.vanished
    batch.facts = staged.facts | {
        "headings": list(staged.headings),
        "applied_before": found.applied_before,
        "mends": found.mends,
    }
    batch.refusal, batch.refusal_values = "", {}
    session.execute(
        delete(ImportImage).where(ImportImage.batch_id == batch_id).execution_options(synchronize_session=False)
    )
    for name, ids in ((VANISHED, staged.vanished_ids), (SUPPLEMENTED, staged.supplemented)):
        if ids:
            Trail(session, batch_id).ids(name, ids)
    session.flush()
    return batch


def refuse(session: Session, *, batch_id: int, refusal: Refused) -> None:
    """Write down why the newest step with a list was refused; one never compared cannot be used as it is."""
    batch = locked(session, batch_id)
    pack = packed(refusal)
    batch.refusal, batch.refusal_values = pack["reason"][:_LONGEST_REFUSAL], pack["values"]
    if batch.state is ImportState.RECEIVED:
        batch.state = ImportState.UNREADABLE


def check_applicable(session: Session, batch: ImportBatch) -> None:
    """Say whether a list may be applied as it was compared.

    Raises:
        Refused: it waits no longer, or nothing in it can be used, or it is to go in whole and has wrong rows.
        StaleData: another list was applied, or taken back, since this one was compared.

    """
    if batch.state is not ImportState.STAGED:
        raise Refused("This import no longer waits for confirmation.")
    if batch.compared_with != generation(session):
        raise StaleData("Another list was applied after this one was compared: compare it again, then confirm.")
    if batch.rows and batch.rejected == batch.rows:
        raise Refused("No row of this list can be used: mend the rows that are named and send the list again.")
    if batch.is_strict and batch.rejected:
        raise Refused(
            "%(rows)s rows are wrong, and this list is to go in whole: mend it and send it again.", rows=batch.rejected
        )


def apply(
    session: Session,
    *,
    act: Act,
    batch_id: int,
    data_dir: Path,
    copy_dir: Path | None = None,
    watch: Watch = UNWATCHED,
) -> ImportBatch:
    """Write the good rows of a waiting list in the caller's transaction, and let standings follow.

    Raises:
        NotVisible: there is no such import.
        Refused: it waits no longer, nothing in it can be used, or an arrears list is older than the newest.
        StaleData: another list was applied, or taken back, after this one was compared.

    """
    one_at_a_time(session)
    batch = locked(session, batch_id)
    check_applicable(session, batch)
    watch.at(Phase.WRITE)
    if batch.kind is ImportKind.ORGANISATION:
        content = store.open_kept(store.Places.of(data_dir, copy_dir), batch.sha256)
        organisation.write(session, act=act, sheets=read(content))
        touched: set[int] = set()
    else:
        touched = _write(session, act, batch, watch)
    batch_id, counts = batch.id, _counts(batch)
    was = aftermath.before(session, batch, touched)
    learnt = backdatings.learnt_by_import(session, batch=batch)
    judge(session, act, touched, watch, learnt)
    batch = session.get_one(ImportBatch, batch_id)
    aftermath.follow(session, act=act, batch=batch, touched=touched, was=was)
    batch.state = ImportState.APPLIED
    batch.applied_at = act.at
    batch.applied_by_id = act.user_id
    batch.head = None
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
    batch = locked(session, batch_id)
    _must_wait(batch)
    _drop_rows(session, batch_id)
    batch.state = ImportState.DISCARDED
    if batch.kind is ImportKind.SCHOOL_ROSTER:
        originals.not_kept(session, act=act, batch=batch)
    batch.head = None
    act.record(session, "import:discarded", subject=f"import/{batch.id}", kind=batch.kind.value)


def locked(session: Session, batch_id: int) -> ImportBatch:
    """Return an import, its row locked.

    Raises:
        NotVisible: there is none.

    """
    batch = session.scalars(
        select(ImportBatch)
        .where(ImportBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if batch is None:
        raise NotVisible
    return batch


def generation(session: Session) -> int:
    """Return how many lists were ever applied or taken back; it grows with each."""
    return session.execute(select(func.count(ImportBatch.applied_at) + func.count(ImportBatch.undone_at))).scalar_one()


def one_at_a_time(session: Session) -> None:
    """Wait until no other list is being applied or taken back; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL lock_timeout = '10min'"))
        session.execute(select(func.pg_advisory_xact_lock(_ALONE)))
        session.execute(text("SET LOCAL lock_timeout = DEFAULT"))


def judge(
    session: Session, act: Act, borrower_ids: Collection[int], watch: Watch, learnt: Learnt | None = None
) -> None:
    """Let the standings of whom a list touched follow, and their histories from the day it takes effect on."""
    ids = sorted(borrower_ids)
    for number, piece in enumerate(chunks(ids, _AT_A_TIME)):
        watch.at(Phase.STANDINGS, number * _AT_A_TIME, len(ids))
        first, last = piece[0], piece[-1]
        if len(piece) >= _DENSE and last - first < _DENSE_SPREAD * len(piece):
            # Most of those between are touched: the database judges all of them faster than the rules judge some.
            standing_batches.rebuild_range(session, act=act, first=first, last=last, as_of=act.today, learnt=learnt)
        else:
            standings.recompute(session, act=act, borrower_ids=piece, learnt=learnt)


def _compared(session: Session, act: Act, file: _File, sheets: tuple[Sheet, ...], watch: Watch) -> Compared:
    with_lists = generation(session)  # before anything is looked at: what is applied meanwhile is noticed
    before = session.scalars(
        select(ImportBatch.id)
        .where(
            ImportBatch.sha256 == file.sha256,
            ImportBatch.kind == file.kind,
            ImportBatch.state == ImportState.APPLIED,
        )
        .order_by(ImportBatch.id.desc())
    ).first()
    mends = mended_by(sheets)
    sheets = layouts.as_told(session, kind=file.kind, layout=file.layout, sheets=sheets)
    watch.at(Phase.CHECK)
    staged = _STAGES[file.kind](session, act=act, sheets=sheets, data_on=file.data_on, watch=watch)
    if mends is not None and file.kind is ImportKind.ARREARS:
        supplement(session, staged, mends)
    staged.facts |= foretell(session, act=act, kind=file.kind, staged=staged, watch=watch)
    return Compared(staged, with_lists, before, mends)


def _must_wait(batch: ImportBatch) -> None:
    if batch.state not in WAITING:
        raise Refused("This import no longer waits for confirmation.")


def _drop_rows(session: Session, batch_id: int) -> None:
    session.execute(
        delete(ImportRow).where(ImportRow.batch_id == batch_id).execution_options(synchronize_session=False)
    )


def _write(session: Session, act: Act, batch: ImportBatch, watch: Watch) -> set[int]:
    if batch.kind is ImportKind.ROSTER:
        listed = ([RosterRow.from_content(one) for one in clean] for clean, _ in _contents(session, batch.id))
        return roster_apply.apply(session, act=act, batch=batch, pieces=listed, watch=watch)
    clean: list[dict[str, Any]] = []
    kept: list[int] = list(kept_ids(session, batch.id, SUPPLEMENTED))
    for good, keeps in _contents(session, batch.id):
        clean += good
        kept += keeps
    if batch.kind is ImportKind.ARREARS:
        lines = [ArrearsLine.from_content(one) for one in clean]
        return arrears.apply(session, act=act, batch=batch, lines=lines, kept=kept)
    if batch.kind is ImportKind.RELIEFS:
        return reliefs.apply(session, act=act, batch=batch, lines=[ReliefLine.from_content(one) for one in clean])
    if batch.kind is ImportKind.CONTACTS:
        ways = [ContactLine.from_content(one) for one in clean]
        return contact_lists.apply(session, act=act, batch=batch, lines=ways)
    if batch.kind is ImportKind.SCHOOL_ROSTER:
        told = [Suggestion.from_content(one) if one else None for one in clean]
        found = school_rosters.apply(session, act=act, batch=batch, suggestions=told)
        originals.not_kept(session, act=act, batch=batch)
        return found
    payments = [RepaymentLine.from_content(one) for one in clean]
    return repayments.apply(session, act=act, batch=batch, lines=payments)


def _contents(session: Session, batch_id: int) -> Iterator[tuple[list[dict[str, Any]], list[int]]]:
    """Go through a staged list in pieces: the clean values of good rows, and what wrong rows keep."""
    behind = ("", 0)
    query = (
        select(ImportRow.sheet, ImportRow.row_number, ImportRow.content, ImportRow.outcome)
        .where(ImportRow.batch_id == batch_id)
        .order_by(ImportRow.sheet, ImportRow.row_number)
        .limit(PIECE)
    )
    while rows := session.execute(query.where(tuple_(ImportRow.sheet, ImportRow.row_number) > behind)).all():
        behind = (rows[-1].sheet, rows[-1].row_number)
        found = [(outcome, json.loads(content)) for _, _, content, outcome in rows]
        yield (
            [one["clean"] for outcome, one in found if outcome is not RowOutcome.REJECTED],
            [one["keeps"] for outcome, one in found if outcome is RowOutcome.REJECTED and "keeps" in one],
        )


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
