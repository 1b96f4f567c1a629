"""The history of standings: what holds now, what held until something was learnt late, and which facts those were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models.accounts import User
from models.rules.standing import StandingState
from models.rules.standing_history import Stretch
from models.standings import BorrowerStanding, HistoryCorrection, StandingChange, SupersededChange
from portal.queries.late_facts import Cause
from portal.queries.plain_contracts import Whose
from portal.queries.plain_telling import PlainDays


@dataclass(frozen=True, slots=True)
class ShownMove(Stretch):
    """A move as it stands in the history that holds now."""

    id: int


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One move of the history: from one state and range of days to another; yuan.

    Args:
        superseded_by: the correction that replaced it; ``None`` while it holds.
        correction: the correction that wrote it; ``None`` for what was seen as it happened.

    """

    changed_on: date
    recorded_on: date
    from_state: StandingState | None
    from_bucket: str
    to_state: StandingState
    to_bucket: str
    overdue_total: Decimal
    correction: int | None
    superseded_by: int | None


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A history told anew: because of what, by whom, and the moves it took out of force and put in their place."""

    id: int
    from_on: date
    recorded_at: datetime
    by: str | None
    cause: Cause
    superseded: tuple[MoveRow, ...]
    instead: tuple[MoveRow, ...]


@dataclass(frozen=True, slots=True)
class History:
    """A borrower's history, newest first: the moves that hold, and every correction of it."""

    moves: tuple[MoveRow, ...]
    corrections: tuple[CorrectionRow, ...]


def shown(session: Session, borrower_ids: Collection[int]) -> dict[int, list[ShownMove]]:
    """Return, by borrower, the moves that hold now, in order."""
    move = StandingChange
    rows = session.execute(
        select(move.borrower_id, move.changed_on, move.to_state, move.to_bucket, move.overdue_total, move.id)
        .outerjoin(SupersededChange, SupersededChange.change_id == move.id)
        .where(move.borrower_id.in_(borrower_ids), SupersededChange.change_id.is_(None))
        .order_by(move.borrower_id, move.changed_on, move.id)
    )
    found: dict[int, list[ShownMove]] = defaultdict(list)
    for borrower_id, changed_on, state, bucket, total, move_id in rows:
        found[borrower_id].append(ShownMove(changed_on, state, bucket, total, move_id))
    return found


def late(session: Session, whose: Whose, day: date) -> set[int]:
    """Return those whose standing changed on a day nobody judged them for."""
    row = BorrowerStanding
    return set(session.scalars(select(row.borrower_id).where(whose.holds(row.borrower_id), row.next_change_on < day)))


def steady(
    session: Session, whose: Whose, days: PlainDays, first: date, last: date, *, only_payments: bool
) -> set[int]:
    """Return those whose history of some days reads as it was told, without telling it again.

    They are new; or they stand as they were shown to before the first day and nothing may change that by the last; or
    only money came in and they were not in arrears. Who is not among them may be steady too, and is told of to be sure:
    above all who was shown to move on the first day itself, since a move also says what was overdue that day.

    Args:
        session: any session.
        whose: the borrowers; the standings kept are from before what was learnt.
        days: where they stand by what is known now.
        first: the day it takes effect on.
        last: the day judged for.
        only_payments: nothing but money that came in was learnt.

    """
    row, move = BorrowerStanding, StandingChange
    held = (
        select(move.borrower_id, func.min(move.changed_on).label("first"), func.max(move.changed_on).label("last"))
        .outerjoin(SupersededChange, SupersededChange.change_id == move.id)
        .where(whose.holds(move.borrower_id), SupersededChange.change_id.is_(None))
        .group_by(move.borrower_id)
        .subquery("held")
    )
    told_of = set(session.scalars(select(held.c.borrower_id).where(held.c.first < last)))
    found = set(session.scalars(whose.ids())) - told_of
    if not told_of:
        return found
    is_still = or_(row.next_change_on.is_(None), row.next_change_on >= last)
    kept = select(row.borrower_id).join(held, held.c.borrower_id == row.borrower_id).where(is_still)
    if only_payments:
        clear = and_(held.c.last <= first, row.state != StandingState.OVERDUE)
        return found | set(session.scalars(kept.where(clear)))
    then = days.on(first)
    rows = session.execute(kept.add_columns(row.state, row.bucket).where(held.c.last < first))
    for borrower_id, state, bucket in rows:
        if borrower_id in then:
            here, next_change_on = then[borrower_id]
            if here.place == (state, bucket) and (next_change_on is None or next_change_on >= last):
                found.add(borrower_id)
    return found


def history(session: Session, borrower_id: int) -> History:
    """Return a borrower's history; the caller has found the borrower to be in reach."""
    move, gone = StandingChange, SupersededChange
    rows = [
        MoveRow(*row)
        for row in session.execute(
            select(
                move.changed_on,
                move.recorded_on,
                move.from_state,
                move.from_bucket,
                move.to_state,
                move.to_bucket,
                move.overdue_total,
                move.correction_id,
                gone.correction_id.label("superseded_by"),
            )
            .outerjoin(gone, gone.change_id == move.id)
            .where(move.borrower_id == borrower_id)
            .order_by(move.changed_on.desc(), move.id.desc())
        )
    ]
    made = session.execute(
        select(
            HistoryCorrection.id,
            HistoryCorrection.from_on,
            HistoryCorrection.recorded_at,
            User.name,
            HistoryCorrection.subject,
        )
        .outerjoin(User, User.id == HistoryCorrection.by_id)
        .where(HistoryCorrection.borrower_id == borrower_id)
        .order_by(HistoryCorrection.id.desc())
    )
    return History(
        tuple(row for row in rows if row.superseded_by is None),
        tuple(
            CorrectionRow(
                correction_id,
                from_on,
                recorded_at,
                by,
                Cause.of(subject),
                superseded=tuple(row for row in rows if row.superseded_by == correction_id),
                instead=tuple(row for row in rows if row.correction == correction_id),
            )
            for correction_id, from_on, recorded_at, by, subject in made
        ),
    )
