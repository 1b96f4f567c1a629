"""What our figure would be if a certain cause were behind a difference: guesses, to be held against the list.

Each function yields what our ledger would say on the data date, in fen, were that cause true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from models.rules.allocation import Arrears, Due, allocate, dues_of
from models.rules.facts import LoanFacts, Part, ReliefKind, RepaymentFact
from models.rules.interest import DayCount, days, simple
from models.rules.ledger_forward import carry, opened_on, taken_off
from models.rules.lenders import Profile, visible_from
from models.rules.money import from_fen, round_fen, to_fen

_DAY = timedelta(days=1)
_FULL_YEAR = 365
_MOST_TRIED = 5  # payments that may or may not be posted yet; more than that is no longer late posting
_WHOLE = Decimal(1_000_000_000)  # shares of a year are compared on an amount large enough for fen not to matter


@dataclass(frozen=True, slots=True)
class Case:
    """One contract that does not agree; amounts in fen."""

    loan: LoanFacts
    dues: tuple[Due, ...]
    data_on: date
    ours: Arrears
    theirs: Arrears
    tolerance: int
    posting: Profile

    @property
    def opened(self) -> date:
        """Return the data date of the list before; the beginning of time when there is none."""
        return opened_on(self.loan, self.data_on)


def as_posted_late(case: Case) -> Iterator[Arrears]:
    """Suppose payments not posted yet are missing from the new list, and others were missing from the one before."""
    opened = case.opened
    payments = case.loan.repayments
    known = [
        number
        for number, one in enumerate(payments)
        if one.paid_on <= case.data_on and (one.reversed_on is None or one.reversed_on > case.data_on)
    ]
    missing = [
        number
        for number in known
        if payments[number].paid_on > opened and visible_from(payments[number].paid_on, case.posting) > case.data_on
    ]
    posted = [
        number
        for number in known
        if payments[number].paid_on <= opened < visible_from(payments[number].paid_on, case.posting)
    ]
    for left_out in _choices(missing, payments):
        for moved in _choices(posted, payments):
            if left_out or moved:
                supposed = tuple(
                    replace(one, paid_on=opened + _DAY) if number in moved else one
                    for number, one in enumerate(payments)
                    if number not in left_out
                )
                yield carry(replace(case.loan, repayments=supposed), case.dues, case.data_on)


def _choices(numbers: Sequence[int], payments: Sequence[RepaymentFact]) -> list[tuple[int, ...]]:
    """Return none, the newest so many, and each alone: banks post in order, or miss one."""
    newest = sorted(numbers, key=lambda number: payments[number].paid_on, reverse=True)[:_MOST_TRIED]
    found = [tuple(newest[:count]) for count in range(len(newest) + 1)]
    return found + [(number,) for number in newest[1:]]


def as_relieved(case: Case) -> Iterator[Arrears]:
    """Suppose the list does not know a relief we hold, or, for what the list before had counted, that it does."""
    reliefs = taken_off(case.loan)
    for relief in reliefs:
        without = replace(case.loan, reliefs=tuple(one for one in case.loan.reliefs if one is not relief))
        dues = dues_of(without)
        owed = carry(without, dues, case.data_on)
        yield owed
        principal = _sum_until(dues, case.opened)[0] - _sum_until(case.dues, case.opened)[0]
        interest = _sum_until(dues, case.opened)[1] - _sum_until(case.dues, case.opened)[1]
        if principal or interest:
            yield replace(owed, principal=owed.principal + principal, interest=owed.interest + interest)
            yield replace(
                case.ours,
                principal=max(0, case.ours.principal - principal),
                interest=max(0, case.ours.interest - interest),
            )
    if len(reliefs) > 1:
        pauses = tuple(one for one in case.loan.reliefs if one.kind is ReliefKind.PAUSE)
        without = replace(case.loan, reliefs=pauses)
        yield carry(without, dues_of(without), case.data_on)


def _sum_until(dues: Iterable[Due], day: date) -> tuple[int, int]:
    held = [due for due in dues if due.on <= day]
    return sum(due.principal for due in held), sum(due.interest for due in held)


def as_counted_otherwise(case: Case) -> Iterator[Arrears]:
    """Suppose another day count, or one end of a broken period counted more or less."""
    if abs(case.ours.interest - case.theirs.interest) <= case.tolerance:
        return
    for day_count in DayCount:
        for shift in (0, -1, 1):
            if day_count is case.loan.day_count and not shift:
                continue
            dues = _recounted(case.loan, case.dues, day_count, shift)
            owed = carry(replace(case.loan, day_count=day_count), dues, case.data_on)
            yield owed
            yield replace(owed, penalty=case.ours.penalty)


def _recounted(loan: LoanFacts, dues: tuple[Due, ...], day_count: DayCount, shift: int) -> tuple[Due, ...]:
    """Return what falls due with its interest counted otherwise: of the same yearly interest, another share."""
    begins = loan.subsidy_ends_on + _DAY
    found = []
    for due in dues:
        length = days(begins, due.on)
        other = length + shift if length < _FULL_YEAR else length
        own = simple(_WHOLE, Decimal(100), length, loan.day_count)
        share = simple(_WHOLE, Decimal(100), max(0, other), day_count) / own
        found.append(replace(due, interest=to_fen(round_fen(from_fen(due.interest) * share))))
        begins = due.on + _DAY
    return tuple(found)


def as_paid_unreported(case: Case) -> Iterator[Arrears]:
    """Suppose a payment we were not told of: it settled whole instalments, oldest first, or reached the principal."""
    gap = case.ours.total - case.theirs.total
    if gap <= case.tolerance:
        return
    # Paid earlier than today it would have stopped the penalty: any that is not above ours will do.
    charged = min(case.theirs.penalty, case.ours.penalty)
    kept = Arrears(penalty=charged)
    for due in sorted(case.dues, key=lambda one: one.on, reverse=True):
        if kept.due + case.tolerance >= case.ours.due:
            break
        yield kept
        if due.on < case.data_on:
            kept = replace(kept, principal=kept.principal + due.principal, interest=kept.interest + due.interest)
    owed = {Part.PENALTY: case.ours.penalty, Part.INTEREST: case.ours.interest, Part.PRINCIPAL: case.ours.principal}
    left, _ = allocate(gap, owed, case.loan.allocation)
    if case.ours.principal - left[Part.PRINCIPAL] > case.tolerance:
        yield Arrears(left[Part.PRINCIPAL], left[Part.INTEREST], left[Part.PENALTY])


def as_penalised_otherwise(case: Case) -> Iterator[Arrears]:
    """Suppose nothing but another penalty."""
    yield replace(case.ours, penalty=case.theirs.penalty)
