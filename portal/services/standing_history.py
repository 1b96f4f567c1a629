"""History told anew after a fact learnt late; nothing told before is changed or removed.

The history that holds is what the facts known now say of each day since the borrower was first judged here: what came
before that day nobody here has seen, and it is not made up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.rules.standing import StandingState
from models.rules.standing_history import Stretch, by_day, first_difference, told
from models.standings import HistoryCorrection, StandingChange, SupersededChange
from portal.actors import Act
from portal.queries.loan_facts import facts_of, lists_of
from portal.queries.plain_contracts import Whose
from portal.queries.standing_history import ShownMove, late, shown, steady


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


@dataclass(slots=True)
class _Pages:
    """The rows that some histories told anew come to."""

    changes: list[dict[str, Any]] = field(default_factory=list)
    superseded: list[dict[str, Any]] = field(default_factory=list)


def to_tell(session: Session, whose: Whose, *, until: date, learnt: Learnt | None) -> set[int]:
    """Return whose history may have to be told anew, by few statements for some ten thousands.

    Args:
        session: any session; the facts are written, the standings kept are from before.
        whose: the borrowers.
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
        concerned -= steady(session, whose, learnt.effective_on, until, only_payments=learnt.only_payments)
    return found | concerned


def tell_anew(
    session: Session, *, act: Act, next_days: Mapping[int, date | None], until: date, learnt: Learnt | None = None
) -> set[int]:
    """Tell histories anew, where they read otherwise, from the day of a fact or a day that nobody judged when it came.

    Args:
        session: a writing session; the facts are written, the borrowers' standings locked.
        act: who brought the fact.
        next_days: by borrower, on which day time alone was to change the standing kept; at most some hundreds.
        until: the day the borrowers are judged for.
        learnt: the fact; ``None`` when nothing but time has passed.

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
    facts = facts_of(session, list(first_days), until)
    lists = lists_of(session, list(first_days), min(first_days.values()), until)
    pages = _Pages()
    for borrower_id, first in first_days.items():
        true = told(facts[borrower_id], lists, first, until)
        day = first_difference(by_day(held[borrower_id]), true, first)
        if day is None:
            continue
        gone = [move.id for move in held[borrower_id] if move.on >= day]
        if learnt is not None and learnt.day(borrower_id) is not None:
            correction_id = _correction(session, act, borrower_id, day, learnt.subject)
        elif gone:  # nights run in another order than they came
            correction_id = _correction(session, act, borrower_id, day, f"nightly/{until.isoformat()}")
        else:
            correction_id = None
        pages.superseded += [{"change_id": move_id, "correction_id": correction_id} for move_id in gone]
        told_before = [move for move in held[borrower_id] if move.on < day]
        pages.changes += [
            {"borrower_id": borrower_id, "recorded_on": until, "correction_id": correction_id} | move
            for move in _moves(told_before, true, day)
        ]
    if pages.superseded:
        session.execute(insert(SupersededChange), pages.superseded)
    if pages.changes:
        session.execute(insert(StandingChange), pages.changes)
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


def _correction(session: Session, act: Act, borrower_id: int, day: date, subject: str) -> int:
    made = HistoryCorrection(
        borrower_id=borrower_id, from_on=day, recorded_at=act.at, by_id=act.user_id, subject=subject
    )
    session.add(made)
    session.flush()
    return made.id
