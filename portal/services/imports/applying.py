"""A waiting list applied: its good rows written, and the standings of whom it touches brought up to date."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.rules.imports import MOST_GONE_PCT, ImportKind, ImportState, Phase, RowOutcome, asks_about_gone
from models.rules.refusals import Refused, StaleData
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.import_contents import clean_values, kept_by_wrong_rows
from portal.queries.import_images import SUPPLEMENTED
from portal.queries.import_images import kept as kept_ids
from portal.queries.plain_contracts import Whose
from portal.services import backdatings, reconciliations, standing_batches, standings
from portal.services.imports import (
    aftermath,
    arrears,
    contact_lists,
    layouts,
    organisation,
    originals,
    reliefs,
    repayments,
    roster_apply,
    school_rosters,
    store,
)
from portal.services.imports.arrears_lines import ArrearsLine
from portal.services.imports.collecting import seldom_collected
from portal.services.imports.contact_lines import ContactLine
from portal.services.imports.holdings import PIECE, pieces
from portal.services.imports.relief_lines import ReliefLine
from portal.services.imports.repayment_lines import RepaymentLine
from portal.services.imports.roster_rows import RosterRow
from portal.services.imports.school_rosters import Suggestion
from portal.services.imports.waiting import generation, locked, one_at_a_time
from portal.services.imports.watching import UNWATCHED, Watch
from portal.services.standing_history import Learnt
from portal.sheets.reading import read

GONE_AGREED = "gone_agreed"  # among the facts of a list: for how many contracts somebody said that they are gone
_AT_A_TIME = 5_000
_FEW = 20  # a guess, not measured: fewer are left to the rules
_DENSE_SPREAD = 3


def check_applicable(session: Session, batch: ImportBatch) -> None:
    """Say whether a list may be applied as it was compared.

    Raises:
        Refused: it waits no longer, or nothing in it can be used, or it is to go in whole and has wrong rows, or most
            of the list before is not on it and nobody said that this is so.
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
    if asks(batch) and batch.facts.get(GONE_AGREED) != batch.vanished:
        raise Refused(
            "%(gone)s of the %(before)s contracts of the list before are not on this one, more than %(percent)s %%: "
            "check with the bank that the list is whole, and confirm the number of those gone.",
            gone=batch.vanished,
            before=batch.facts["previous_rows"],
            percent=MOST_GONE_PCT,
        )


def asks(batch: ImportBatch) -> bool:
    """Say whether a person has to confirm how many contracts of the list before are gone."""
    return batch.kind is ImportKind.ARREARS and asks_about_gone(batch.vanished, batch.facts.get("previous_rows") or 0)


def agree_gone(session: Session, *, act: Act, batch_id: int, gone: int) -> None:
    """Note that somebody says that so many contracts of the list before are really gone; a new comparison forgets it.

    Raises:
        NotVisible: there is no such import.
        Refused: it waits no longer.
        StaleData: so many are not gone, as it is compared now.

    """
    batch = locked(session, batch_id)
    if batch.state is not ImportState.STAGED:
        raise Refused("This import no longer waits for confirmation.")
    if gone != batch.vanished:
        raise StaleData(
            "%(gone)s contracts of the list before are not on this one, not %(said)s: look at the list again.",
            gone=batch.vanished,
            said=gone,
        )
    batch.facts = {**batch.facts, GONE_AGREED: gone}
    act.record(session, "import:gone_agreed", subject=f"import/{batch.id}", vanished=gone)


@seldom_collected()
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
        sheets = layouts.as_told(session, kind=batch.kind, layout=batch.layout, sheets=read(content))
        organisation.write(session, act=act, sheets=sheets)
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


def judge(
    session: Session, act: Act, borrower_ids: Collection[int], watch: Watch, learnt: Learnt | None = None
) -> None:
    """Let the standings of whom a list touched follow, and their histories from the day it takes effect on."""
    ids = sorted(borrower_ids)
    for number, piece in enumerate(chunks(ids, _AT_A_TIME)):
        watch.at(Phase.STANDINGS, number * _AT_A_TIME, len(ids))
        first, last = piece[0], piece[-1]
        if len(piece) < _FEW:
            standings.recompute(session, act=act, borrower_ids=piece, learnt=learnt)
            continue
        is_dense = last - first < _DENSE_SPREAD * len(piece)  # most of those between are touched: judge all of them
        whose = Whose(first, last) if is_dense else Whose.of(piece)
        standing_batches.judge(session, act=act, whose=whose, as_of=act.today, learnt=learnt)


def _write(session: Session, act: Act, batch: ImportBatch, watch: Watch) -> set[int]:
    if batch.kind is ImportKind.ROSTER:
        does_something = (RowOutcome.NEW, RowOutcome.CHANGED)
        clean_rows = (RosterRow.from_content(one) for one in clean_values(session, batch.id, does_something) if one)
        listed = pieces(clean_rows, PIECE)
        return roster_apply.apply(session, act=act, batch=batch, pieces=listed, watch=watch)
    found = list(clean_values(session, batch.id))
    clean = [one for one in found if one]
    if batch.kind is ImportKind.ARREARS:
        kept = [*kept_ids(session, batch.id, SUPPLEMENTED), *kept_by_wrong_rows(session, batch.id)]
        lines = [ArrearsLine.from_content(one) for one in clean]
        return arrears.apply(session, act=act, batch=batch, lines=lines, kept=kept)
    if batch.kind is ImportKind.RELIEFS:
        return reliefs.apply(session, act=act, batch=batch, lines=[ReliefLine.from_content(one) for one in clean])
    if batch.kind is ImportKind.CONTACTS:
        ways = [ContactLine.from_content(one) for one in clean]
        return contact_lists.apply(session, act=act, batch=batch, lines=ways)
    if batch.kind is ImportKind.SCHOOL_ROSTER:
        told = [Suggestion.from_content(one) if one else None for one in found]
        touched = school_rosters.apply(session, act=act, batch=batch, suggestions=told)
        originals.not_kept(session, act=act, batch=batch)
        return touched
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
