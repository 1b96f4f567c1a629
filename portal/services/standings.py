"""Where borrowers stand: kept in step with every fact, and with time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from sqlalchemy import BindParameter, Row, Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from models.casework import Case
from models.events import Entry, record_many
from models.rules.standing import Standing, StandingState, stand
from models.standings import BorrowerStanding, StandingChange
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.loan_facts import facts_of
from portal.services import cures
from portal.services.standing_history import Learnt, tell_anew

CHUNK = 500  # borrowers judged at a time: bounds memory and the length of an IN list

# Built once: putting a statement together costs as much as running it for one borrower.
_TABLE = cast("Table", BorrowerStanding.__table__)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_BEFORE = select(_TABLE).where(_TABLE.c.borrower_id.in_(_IDS)).order_by(_TABLE.c.borrower_id).with_for_update()
_KEEP = update(_TABLE).where(_TABLE.c.borrower_id == bindparam("key"))
_ADD = insert(_TABLE)
_ADD_MOVES = insert(cast("Table", StandingChange.__table__))
_HAVE_CASES = select(Case.borrower_id).where(Case.borrower_id.in_(_IDS), Case.closed_on.is_(None))


@dataclass(slots=True)
class _Found:
    """What judging some borrowers anew has found."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    moves: list[dict[str, Any]] = field(default_factory=list)  # from one state or bucket to another
    overdue: list[int] = field(default_factory=list)
    cured: list[int] = field(default_factory=list)
    changed: int = 0

    def add(self, old: Row[Any] | None, row: dict[str, Any], day: date, *, is_told: bool = False) -> None:
        """Take in one borrower's new row beside the one kept so far; who is told of has the day's move told with it."""
        self.rows.append(row)
        state, bucket = (old.state, old.bucket) if old is not None else (None, "")
        self.changed += old is None or _differs(old, row)
        if not is_told and (state, bucket) != (row["state"], row["bucket"]):
            self.moves.append(
                {
                    "borrower_id": row["borrower_id"],
                    "changed_on": day,
                    "recorded_on": day,
                    "from_state": state,
                    "from_bucket": bucket,
                    "to_state": row["state"],
                    "to_bucket": row["bucket"],
                    "overdue_total": row["overdue_total"],
                }
            )
        if row["state"] is not StandingState.OVERDUE:
            if state is StandingState.OVERDUE:
                self.cured.append(row["borrower_id"])
        elif row["data_on"] is not None:  # nobody is chased on our own estimate before a lender's first list
            self.overdue.append(row["borrower_id"])


def recompute(
    session: Session,
    *,
    act: Act,
    borrower_ids: Collection[int],
    as_of: date | None = None,
    learnt: Learnt | None = None,
) -> int:
    """Judge borrowers anew from their facts; call it in the transaction that changed a fact.

    A standing that changes is kept in history; a borrower who falls into arrears gets a case, and for one who is
    cured everything under way ends. A fact that takes effect before the day, or a day that nobody judged when it came,
    has the history told anew from there.

    Args:
        session: a writing session.
        act: what changed the facts.
        borrower_ids: whom it touched.
        as_of: the day to judge for; the act's day when not given.
        learnt: the fact, if it may take effect earlier.

    Returns:
        How many standings changed.

    """
    day = as_of or act.today
    return sum(_recompute(session, act, ids, day, learnt) for ids in chunks(sorted(set(borrower_ids)), CHUNK))


def catch_up(session: Session, *, act: Act, kept: Mapping[int, Row[Any]], judged: Mapping[int, Standing]) -> None:
    """Hold kept standings against ones judged just now, and judge anew those that differ.

    Args:
        session: a writing session.
        act: what needs the standings; its day is the day they were judged for.
        kept: see ``locked``.
        judged: by borrower, from facts read after the kept ones were locked.

    """
    late = [
        borrower_id
        for borrower_id, standing in judged.items()
        if borrower_id not in kept or _differs(kept[borrower_id], row_of(borrower_id, standing))
    ]
    recompute(session, act=act, borrower_ids=late)


def locked(session: Session, borrower_ids: Collection[int]) -> dict[int, Row[Any]]:
    """Lock what is kept of borrowers until the transaction ends, and return it.

    A list or a payment that judges one of them meanwhile waits for us, or we for it.
    """
    rows = session.connection().execute(_BEFORE, {"ids": list(borrower_ids)})
    return {row.borrower_id: row for row in rows}


def due_for_sweep(session: Session, as_of: date) -> Sequence[int]:
    """Return ids of borrowers whose standing time alone changes on or before a day."""
    # Sorted here: asked for the order, SQLite would rather walk all borrowers than the index of the day.
    due = select(BorrowerStanding.borrower_id).where(BorrowerStanding.next_change_on <= as_of)
    return sorted(session.scalars(due))


def _recompute(session: Session, act: Act, ids: Sequence[int], day: date, learnt: Learnt | None) -> int:
    session.flush()  # the facts are read by queries: what the caller added must be there
    before = locked(session, ids)
    connection = session.connection()
    next_days = {borrower_id: row.next_change_on for borrower_id, row in before.items()}
    is_told = tell_anew(session, act=act, next_days=next_days, until=day, learnt=learnt)
    found = _Found()
    for borrower_id, facts in facts_of(session, ids, day).items():
        row = row_of(borrower_id, stand(facts, day))
        found.add(before.get(borrower_id), row, day, is_told=borrower_id in is_told)
    kept = [{**row, "key": row["borrower_id"]} for row in found.rows if row["borrower_id"] in before]
    fresh = [row for row in found.rows if row["borrower_id"] not in before]
    for statement, rows in ((_KEEP, kept), (_ADD, fresh), (_ADD_MOVES, found.moves)):
        if rows:
            connection.execute(statement, rows)
    open_cases(session, act, found.overdue, day)
    if found.cured:
        cures.end_for_cured(session, act=act, borrower_ids=found.cured)
    for held in session.identity_map.values():
        if isinstance(held, BorrowerStanding):
            session.expire(held)  # rewritten above, behind the session's back
    return found.changed


def _differs(old: Row[Any], row: dict[str, Any]) -> bool:
    """Say whether a fresh row says anything that the kept one does not."""
    passed_over = {"as_of"}
    if old.clock_stopped and row["clock_stopped"]:
        passed_over.add("days_removed")  # grows with the calendar while the clock stands still
    return any(getattr(old, name) != value for name, value in row.items() if name not in passed_over)


def row_of(borrower_id: int, standing: Standing) -> dict[str, Any]:
    """Return a standing as its row is kept."""
    return {
        "borrower_id": borrower_id,
        "as_of": standing.as_of,
        "state": standing.state,
        "bucket": standing.bucket or "",
        "overdue_since": standing.overdue_since,
        "days_removed": standing.days_removed,
        "clock_stopped": standing.clock_stopped,
        "overdue_principal": standing.overdue_principal,
        "overdue_interest": standing.overdue_interest,
        "penalty": standing.penalty,
        "overdue_total": standing.overdue_total,
        "overdue_this_season": standing.overdue_this_season,
        "due_this_season": standing.due_this_season,
        "due_cumulative": standing.due_cumulative,
        "has_anything_due": standing.has_anything_due,
        "data_on": standing.data_on,
        "is_estimated": standing.is_estimated,
        "next_due_on": standing.next_due_on,
        "next_due_amount": standing.next_due_amount,
        "next_change_on": standing.next_change_on,
        "next_fact_on": standing.next_fact_on,
    }


def open_cases(session: Session, act: Act, overdue_ids: Sequence[int], day: date) -> None:
    """Open a case for each borrower in arrears who has none."""
    if not overdue_ids:
        return
    have = set(session.connection().scalars(_HAVE_CASES, {"ids": overdue_ids}))
    new = [borrower_id for borrower_id in overdue_ids if borrower_id not in have]
    if new:
        session.execute(insert(Case), [{"borrower_id": borrower_id, "opened_on": day} for borrower_id in new])
        record_many(session, "case:opened", map(Entry, new), at=act.at)
