"""How a borrower came to stand where they stand: the moves between states and ranges of days, told from the facts.

What is told of a day follows from all that is known now and takes effect by that day, so facts entered late tell the
same as facts entered in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from models.rules.buckets import BUCKETS, Bucket
from models.rules.facts import BorrowerFacts, LoanFacts, StatementFact
from models.rules.standing import StandingState, stand

Lists = Mapping[Any, Sequence[StatementFact]]
"""By contract (its ``loan_key``), what each list of its lender says of it, the oldest first."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From a day on a borrower stood so; ``overdue_total`` (yuan) is what was overdue on that first day."""

    on: date
    state: StandingState
    bucket: str
    overdue_total: Decimal

    @property
    def place(self) -> tuple[StandingState, str]:
        """State and range of days: what a move leads from and to."""
        return self.state, self.bucket


AnyStretch = TypeVar("AnyStretch", bound=Stretch)


def told(
    facts: BorrowerFacts, lists: Lists, first: date, last: date, buckets: Sequence[Bucket] = BUCKETS
) -> tuple[Stretch, ...]:
    """Tell where a borrower stood from a day to another, a stretch for each change of state or range of days.

    Args:
        facts: all that is known now; the statements in it are not used.
        lists: what the lenders' lists say, by contract.
        first: the first day told of.
        last: the last one.
        buckets: the ranges of days.

    """
    found: list[Stretch] = []
    for here in _days(facts, lists, first, last, buckets):
        if not found or found[-1].place != here.place:
            found.append(here)
    return tuple(found)


def by_day(moves: Sequence[AnyStretch]) -> tuple[AnyStretch, ...]:
    """Leave out what did not outlast its day and what changed nothing, in moves given in order."""
    found: list[AnyStretch] = []
    for move, following in zip(moves, [*moves[1:], None], strict=True):
        if (following is None or following.on > move.on) and (not found or found[-1].place != move.place):
            found.append(move)
    return tuple(found)


def first_difference(shown: Sequence[Stretch], true: Sequence[Stretch], first: date) -> date | None:
    """Return the first day from ``first`` on that two tellings differ on; ``None`` if they agree.

    Args:
        shown: one telling, as :func:`by_day` leaves it.
        true: another, from ``first`` on.
        first: what lies before is left alone.

    """
    before = [one for one in shown if one.on <= first]
    held = [*(replace(one, on=first) for one in before[-1:]), *(one for one in shown if one.on > first)]
    began_earlier = bool(before) and before[-1].on < first  # the amount is then that of another day
    for place, (one, other) in enumerate(zip(held, true, strict=False)):
        if (one.on, one.place) != (other.on, other.place):
            return min(one.on, other.on)
        if one.overdue_total != other.overdue_total and not (began_earlier and place == 0):
            return one.on
    if len(held) == len(true):
        return None
    return max(held, true, key=len)[min(len(held), len(true))].on


def _days(facts: BorrowerFacts, lists: Lists, first: date, last: date, buckets: Sequence[Bucket]) -> Iterator[Stretch]:
    """Yield where the borrower stands on every day on which that may change."""
    data_days = sorted({one.data_on for loan in facts.loans for one in lists.get(loan.loan_key, ())})
    day: date | None = first
    while day is not None and day <= last:
        here = stand(BorrowerFacts(tuple(_as_listed(loan, lists, day) for loan in facts.loans)), day, buckets)
        yield Stretch(day, here.state, here.bucket or "", here.overdue_total)
        listed = next((one for one in data_days if one > day), None)
        day = min((one for one in (here.next_change_on, listed) if one is not None), default=None)


def _as_listed(loan: LoanFacts, lists: Lists, day: date) -> LoanFacts:
    """Return a contract with what the newest list by a day says of it."""
    known = [one for one in lists.get(loan.loan_key, ()) if one.data_on <= day]
    return replace(loan, statement=known[-1] if known else None)
