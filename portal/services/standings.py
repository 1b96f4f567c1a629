"""Where borrowers stand: kept in step with every fact, and with time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.orm import Session

from models.casework import Case
from models.rules.standing import Standing, StandingState, stand
from models.standings import BorrowerStanding, StandingChange
from portal.actors import Act
from portal.queries.loan_facts import facts_of
from portal.services import cures
from portal.services.standing_history import Learnt, tell_anew

CHUNK = 500  # borrowers judged at a time: bounds memory and the length of an IN list


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
        passed_over = {"as_of"}
        if old is not None and old.clock_stopped and row["clock_stopped"]:
            passed_over.add("days_removed")  # grows with the calendar while the clock stands still
        if old is None or any(getattr(old, name) != value for name, value in row.items() if name not in passed_over):
            self.changed += 1
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
    return sum(_recompute(session, act, ids, day, learnt) for ids in chunks(sorted(set(borrower_ids))))


def due_for_sweep(session: Session, as_of: date) -> Sequence[int]:
    """Return ids of borrowers whose standing time alone changes on or before a day."""
    return session.scalars(
        select(BorrowerStanding.borrower_id)
        .where(BorrowerStanding.next_change_on <= as_of)
        .order_by(BorrowerStanding.borrower_id)
    ).all()


def _recompute(session: Session, act: Act, ids: Sequence[int], day: date, learnt: Learnt | None) -> int:
    session.flush()  # the facts are read by queries: what the caller added must be there
    before = {
        row.borrower_id: row
        for row in session.execute(
            select(BorrowerStanding.__table__).where(BorrowerStanding.borrower_id.in_(ids)).with_for_update()
        )
    }
    next_days = {borrower_id: row.next_change_on for borrower_id, row in before.items()}
    is_told = tell_anew(session, act=act, next_days=next_days, until=day, learnt=learnt)
    found = _Found()
    for borrower_id, facts in facts_of(session, ids, day).items():
        row = row_of(borrower_id, stand(facts, day))
        found.add(before.get(borrower_id), row, day, is_told=borrower_id in is_told)
    session.execute(delete(BorrowerStanding).where(BorrowerStanding.borrower_id.in_(ids)))
    if found.rows:
        session.execute(insert(BorrowerStanding), found.rows)
    if found.moves:
        session.execute(insert(StandingChange), found.moves)
    open_cases(session, act, found.overdue, day)
    if found.cured:
        cures.end_for_cured(session, act=act, borrower_ids=found.cured)
    for held in session.identity_map.values():
        if isinstance(held, BorrowerStanding):
            session.expire(held)  # rewritten above, behind the session's back
    return found.changed


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
    have = set(
        session.scalars(select(Case.borrower_id).where(Case.borrower_id.in_(overdue_ids), Case.closed_on.is_(None)))
    )
    for borrower_id in overdue_ids:
        if borrower_id not in have:
            session.add(Case(borrower_id=borrower_id, opened_on=day))
            Act(None, act.at).record(session, "case:opened", borrower_id=borrower_id)


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut ids into pieces small enough for one judgement by the rules."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
