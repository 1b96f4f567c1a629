"""History told anew after a fact learnt late; nothing told before is changed or removed.

The history that holds is what the facts known now say of each day since the borrower was first judged here: what came
before that day nobody here has seen, and it is not made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.rules.standing import StandingState
from models.rules.standing_history import Stretch, by_day, first_difference, told
from models.standings import HistoryCorrection, StandingChange, SupersededChange
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.loan_facts import facts_of, lists_of
from portal.queries.plain_contracts import Whose
from portal.queries.plain_telling import PlainDays, plainly_told
from portal.queries.standing_history import ShownMove, late, shown, steady

_AT_A_TIME = 500  # borrowers told of by the rules at a time


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt: from which day on it takes effect, and what it is.

    Args:
        effective_on: the first day anything changes on.
        subject: without personal data: ``relief/7``, ``import/12``.
        days: a day of its own for each borrower; who is not in it has nothing to be told anew. ``None``: all alike.
        only_payments: nothing but money that came in: it never puts anybody in arrears.

    """

    effective_on: date
    subject: str
    days: Mapping[int, date] | None = None
    only_payments: bool = False

    def day(self, borrower_id: int) -> date | None:
        """Return from which day on a borrower is concerned."""
        return self.effective_on if self.days is None else self.days.get(borrower_id)


@dataclass(frozen=True, slots=True)
class _Difference:
    """A history that reads otherwise than it was told, from a day on."""

    borrower_id: int
    day: date
    true: Sequence[Stretch]


def to_tell(session: Session, whose: Whose, days: PlainDays, *, until: date, learnt: Learnt | None) -> set[int]:
    """Return whose history may have to be told anew, by few statements for some ten thousands.

    Args:
        session: any session; the facts are written, the standings kept are from before.
        whose: the borrowers.
        days: where the plain ones among them stand.
        until: the day they are judged for.
        learnt: what was learnt, if anything.

    """
    found = late(session, whose, until)
    if learnt is None or learnt.effective_on >= until:
        return found
    concerned = set(session.scalars(whose.ids()))
    if learnt.days is not None:
        concerned &= learnt.days.keys()
    if concerned:
        concerned -= steady(session, whose, days, learnt.effective_on, until, only_payments=learnt.only_payments)
    return found | concerned


def tell_anew(
    session: Session,
    *,
    act: Act,
    next_days: Mapping[int, date | None],
    until: date,
    learnt: Learnt | None = None,
    plain_days: PlainDays | None = None,
) -> set[int]:
    """Tell histories anew, where they read otherwise, from the day of a fact or a day that nobody judged when it came.

    Args:
        session: a writing session; the facts are written, the borrowers' standings locked.
        act: who brought the fact.
        next_days: by borrower, on which day time alone was to change the standing kept; at most some
            thousands.
        until: the day the borrowers are judged for.
        learnt: the fact; ``None`` when nothing but time has passed.
        plain_days: where they stand, if the database judges them on the last day; it may be able to on days before.

    Returns:
        The borrowers told of; their move of the day ``until`` is told with the rest.

    """
    first_days = _first_days(next_days, until, learnt)
    if not first_days:
        return set()
    held = shown(session, first_days)
    first_days = {
        borrower_id: max(first, held[borrower_id][0].on)
        for borrower_id, first in first_days.items()
        if borrower_id in held and held[borrower_id][0].on < until
    }
    if learnt is not None and learnt.only_payments:
        first_days = {
            borrower_id: first
            for borrower_id, first in first_days.items()
            if _is_late(next_days[borrower_id], until)
            or any(move.on > first for move in held[borrower_id])
            or held[borrower_id][-1].state is StandingState.OVERDUE
        }
    if not first_days:
        return set()
    plain = plainly_told(session, plain_days, first_days, until) if plain_days is not None else {}
    found: list[_Difference] = []
    for borrower_id, true in _all_told(session, first_days, until, plain):
        day = first_difference(by_day(held[borrower_id]), true, first_days[borrower_id])
        if day is not None:
            found.append(_Difference(borrower_id, day, true))
    _write(session, act, found, held, until, learnt)
    return set(first_days)


def _first_days(next_days: Mapping[int, date | None], until: date, learnt: Learnt | None) -> dict[int, date]:
    """Return, by borrower, the day before the last one from which history may read otherwise than it was told."""
    found = {}
    for borrower_id, next_day in next_days.items():
        days = (next_day, learnt.day(borrower_id) if learnt else None)
        first = min((one for one in days if one is not None), default=until)
        if first < until:
            found[borrower_id] = first
    return found


def _is_late(next_day: date | None, until: date) -> bool:
    return next_day is not None and next_day < until


def _moves(before: Sequence[ShownMove], true: Sequence[Stretch], day: date) -> list[dict[str, Any]]:
    """Return the moves of the true telling from a day on, following what stays of the one before."""
    here: tuple[StandingState | None, str] = before[-1].place if before else (None, "")
    found = []
    for stretch in true:
        if stretch.on < day or stretch.place == here:
            continue
        found.append(
            {
                "changed_on": stretch.on,
                "from_state": here[0],
                "from_bucket": here[1],
                "to_state": stretch.state,
                "to_bucket": stretch.bucket,
                "overdue_total": stretch.overdue_total,
            }
        )
        here = stretch.place
    return found


def _all_told(
    session: Session, first_days: Mapping[int, date], until: date, plain: Mapping[int, Sequence[Stretch]]
) -> Iterator[tuple[int, Sequence[Stretch]]]:
    """Tell all histories: as the database did where it could, by the rules where not."""
    yield from plain.items()
    rest = [borrower_id for borrower_id in first_days if borrower_id not in plain]
    for piece in chunks(rest, _AT_A_TIME):
        facts = facts_of(session, piece, until)
        lists = lists_of(session, piece, min(first_days[borrower_id] for borrower_id in piece), until)
        for borrower_id in piece:
            yield borrower_id, told(facts[borrower_id], lists, first_days[borrower_id], until)


def _write(
    session: Session,
    act: Act,
    found: Sequence[_Difference],
    held: Mapping[int, Sequence[ShownMove]],
    until: date,
    learnt: Learnt | None,
) -> None:
    """Write the moves that hold now, and the corrections that take others out of force."""
    subjects: dict[int, str] = {}
    for one in found:
        if learnt is not None and learnt.day(one.borrower_id) is not None:
            subjects[one.borrower_id] = learnt.subject
        elif held[one.borrower_id][-1].on >= one.day:  # nights run in another order than they came
            subjects[one.borrower_id] = f"nightly/{until.isoformat()}"
    corrections = _corrections(session, act, [one for one in found if one.borrower_id in subjects], subjects)
    superseded: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for one in found:
        correction_id = corrections.get(one.borrower_id)
        moves = held[one.borrower_id]
        superseded += [{"change_id": move.id, "correction_id": correction_id} for move in moves if move.on >= one.day]
        told_before = [move for move in moves if move.on < one.day]
        changes += [
            {"borrower_id": one.borrower_id, "recorded_on": until, "correction_id": correction_id} | move
            for move in _moves(told_before, one.true, one.day)
        ]
    if superseded:
        session.execute(insert(SupersededChange), superseded)
    if changes:
        session.execute(insert(StandingChange), changes)


def _corrections(
    session: Session, act: Act, found: Sequence[_Difference], subjects: Mapping[int, str]
) -> dict[int, int]:
    """Write a correction for each borrower whose history is replaced; returns them by borrower."""
    if not found:
        return {}
    rows = session.execute(
        insert(HistoryCorrection).returning(HistoryCorrection.borrower_id, HistoryCorrection.id),
        [
            {
                "borrower_id": one.borrower_id,
                "from_on": one.day,
                "recorded_at": act.at,
                "by_id": act.user_id,
                "subject": subjects[one.borrower_id],
            }
            for one in found
        ],
    )
    return {row.borrower_id: row.id for row in rows}
