"""Take an applied list back, as long as nobody has acted on its rows.

Rows the list changed become what they were; rows it brought go, but for a person of whom something else is known by
now. Money is never unwritten: a repayment is taken back by a reversal that names it, from the day it was paid on, and
one the list had reversed is entered anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.borrowers import Borrower, CoBorrower, ContactPoint
from models.imports import ImportBatch
from models.loans import (
    ArrearsList,
    Lender,
    Loan,
    Relief,
    ReliefCorrection,
    Repayment,
    Reversal,
    Statement,
)
from models.reconciliations import Difference, Reconciliation
from models.roster_matches import RosterMatch
from models.rules.imports import ImportKind, ImportState, Phase
from models.rules.refusals import Refused
from models.standings import BorrowerStanding, HistoryCorrection, StandingChange, SupersededChange
from models.tables import METADATA
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.import_images import TOUCHED, kept, obstacles
from portal.services import backdatings, reconciliations
from portal.services.imports import aftermath, applying, undone_plans, waiting
from portal.services.imports.holdings import insert_all
from portal.services.imports.repayments import entered_again
from portal.services.imports.trail import typed
from portal.services.imports.watching import UNWATCHED, Watch

_WITH_THE_PERSON = {
    "loans", "co_borrowers", "contact_points", "borrower_standings", "standing_changes", "history_corrections",
}  # fmt: skip
_WITH_THE_CONTRACT = {"reliefs"}


def check_undoable(session: Session, batch_id: int) -> None:
    """Say whether a list can be taken back.

    Raises:
        Refused: it is not in use, or not of a kind that can be, or somebody or a later list acted on its rows.

    """
    found = obstacles(session, batch_id)
    if not found.is_possible:
        raise Refused("This list cannot be taken back: send a corrected list instead.")
    if found.later is not None:
        raise Refused(
            "Import %(id)s came later and touches the same borrowers: take that one back first.", id=found.later
        )
    if found.borrowers:
        raise Refused(
            "Somebody has already acted on %(borrowers)s borrowers of this list: send a corrected list instead.",
            borrowers=found.borrowers,
        )


def undo(session: Session, *, act: Act, batch_id: int, watch: Watch = UNWATCHED) -> ImportBatch:
    """Put back what a list changed, in the caller's transaction, and let standings follow.

    Raises:
        NotVisible: there is no such import.
        Refused: see ``check_undoable``.

    """
    waiting.one_at_a_time(session)
    batch = waiting.locked(session, batch_id)
    check_undoable(session, batch_id)
    watch.at(Phase.WRITE)
    touched = set(kept(session, batch_id, TOUCHED))
    if batch.kind is ImportKind.ROSTER:
        gone = _undo_roster(session, batch_id)
    elif batch.kind is ImportKind.ARREARS:
        gone = set()
        _undo_arrears(session, batch_id)
        # A complete list also said something of every contract that was not on it.
        touched |= set(session.scalars(select(Loan.borrower_id).where(Loan.lender_id == batch.lender_id)))
    elif batch.kind is ImportKind.REPAYMENTS:
        gone = set()
        _undo_repayments(session, act, batch_id)
    else:
        gone = set()
        _undo_additions(session, batch_id)
    touched |= aftermath.take_back(session, act=act, batch=batch)
    batch.state = ImportState.DISCARDED
    batch.undone_at = act.at
    session.flush()
    learnt = backdatings.learnt_by_undoing(session, batch=batch)
    applying.judge(session, act, touched - gone, watch, learnt)
    backdatings.note_import(session, act=act, batch=batch, touched=touched - gone)
    reconciliations.ask_after_import(session, act=act, batch=batch, again="undone")
    act.record(
        session, "import:undone", subject=f"import/{batch_id}", kind=batch.kind.value, borrowers=len(touched - gone)
    )
    session.flush()
    return batch


def _undo_roster(session: Session, batch_id: int) -> set[int]:
    loans = kept(session, batch_id, "#new loans")
    _must_be_free("loans", loans, session, _WITH_THE_CONTRACT)
    _delete(session, ReliefCorrection, ReliefCorrection.import_batch_id, [batch_id])
    _delete(session, Relief, Relief.import_batch_id, [batch_id])
    _delete(session, Relief, Relief.loan_id, loans)
    _put_back(session, Relief, batch_id)  # of lists from before rosters corrected reliefs
    _put_back(session, Loan, batch_id)
    undone_plans.put_back(session, batch_id)
    _delete(session, Loan, Loan.id, loans)
    _delete(session, ContactPoint, ContactPoint.id, kept(session, batch_id, "#new contact_points"))
    _delete(session, CoBorrower, CoBorrower.id, kept(session, batch_id, "#new co_borrowers"))
    _put_back(session, Borrower, batch_id)
    people = kept(session, batch_id, "#new borrowers")
    gone = set(people) - _referred_to("borrowers", people, session, _WITH_THE_PERSON)
    _delete(session, BorrowerStanding, BorrowerStanding.borrower_id, gone)
    _delete_history(session, gone)
    _delete(session, Borrower, Borrower.id, gone)
    lenders = kept(session, batch_id, "#new lenders")
    _delete(session, Lender, Lender.id, set(lenders) - _referred_to("lenders", lenders, session, set()))
    return gone


def _undo_arrears(session: Session, batch_id: int) -> None:
    lists = session.scalars(select(ArrearsList.id).where(ArrearsList.import_batch_id == batch_id)).all()
    _delete(session, Difference, Difference.arrears_list_id, lists)  # what a clerk wrote of one counts as an act
    _delete(session, Reconciliation, Reconciliation.arrears_list_id, lists)
    _delete(session, Statement, Statement.arrears_list_id, lists)
    before = kept(session, batch_id, "arrears_lists")
    if before:
        _put_back(session, ArrearsList, batch_id)
        insert_all(session, Statement, [typed(Statement, row) for row in kept(session, batch_id, "statements")])
    else:
        _must_be_free("arrears_lists", lists, session, {"statements"})
        _delete(session, ArrearsList, ArrearsList.id, lists)


def _undo_repayments(session: Session, act: Act, batch_id: int) -> None:
    taken_back = session.execute(
        select(Repayment)
        .join(Reversal, Reversal.repayment_id == Repayment.id)
        .where(Reversal.import_batch_id == batch_id, Repayment.import_batch_id.is_distinct_from(batch_id))
    ).scalars()
    again = [entered_again(one, batch_id) for one in taken_back]
    mine = session.execute(
        select(Repayment.id, Repayment.paid_on)
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .where(Repayment.import_batch_id == batch_id, Reversal.repayment_id.is_(None))
    ).all()
    insert_all(
        session,
        Reversal,
        [
            {
                "repayment_id": repayment_id,
                "reversed_on": paid_on,
                "import_batch_id": batch_id,
                "recorded_at": act.at,
                "by_id": act.user_id,
            }
            for repayment_id, paid_on in mine
        ],
    )
    insert_all(session, Repayment, again)


def _undo_additions(session: Session, batch_id: int) -> None:
    """Take away what a list only added: newest first, since a correction names what it corrects."""
    for table in (ReliefCorrection, Relief, ContactPoint, RosterMatch):
        _delete(session, table, table.id, kept(session, batch_id, f"#new {table.__tablename__}"))


def _put_back(session: Session, table: type[Any], batch_id: int) -> None:
    """Give rows the values they had before."""
    rows = [typed(table, row) for row in kept(session, batch_id, table.__tablename__)]
    if not rows:
        return
    plain = cast("Table", table.__table__)
    values: dict[str, Any] = {name: bindparam(f"old_{name}") for name in rows[0] if name != "id"}
    if "version" in plain.columns:  # an open form notices
        values["version"] = plain.c.version + 1
    statement = update(plain).where(plain.c.id == bindparam("row_id")).values(values)
    session.execute(
        statement,
        [{"row_id": row["id"]} | {f"old_{name}": value for name, value in row.items() if name != "id"} for row in rows],
    )


def _delete(session: Session, table: type[Any], column: InstrumentedAttribute[Any], ids: Iterable[int]) -> None:
    for piece in chunks(sorted(set(ids))):
        session.execute(delete(table).where(column.in_(piece)).execution_options(synchronize_session=False))


def _delete_history(session: Session, borrower_ids: Iterable[int]) -> None:
    for piece in chunks(sorted(set(borrower_ids))):
        moves = select(StandingChange.id).where(StandingChange.borrower_id.in_(piece))
        for statement in (
            delete(SupersededChange).where(SupersededChange.change_id.in_(moves)),
            delete(StandingChange).where(StandingChange.borrower_id.in_(piece)),
            delete(HistoryCorrection).where(HistoryCorrection.borrower_id.in_(piece)),
        ):
            session.execute(statement.execution_options(synchronize_session=False))


def _referred_to(name: str, ids: Sequence[int], session: Session, passed_over: set[str]) -> set[int]:
    """Return which rows of a table another table points to."""
    found: set[int] = set()
    for table in METADATA.sorted_tables:
        if table.name in passed_over:
            continue
        for key in table.foreign_keys:
            if key.column.table.name != name:
                continue
            for piece in chunks(ids):
                found |= set(session.scalars(select(key.parent).where(key.parent.in_(piece)).distinct()))
    return found


def _must_be_free(name: str, ids: Sequence[int], session: Session, passed_over: set[str]) -> None:
    if _referred_to(name, ids, session, passed_over):
        raise Refused("What this list brought is in use by now: send a corrected list instead.")
