"""A repayment plan line by line: what became of each instalment by a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.rules.allocation import Due, arrears, carried, dues_of, falls_on
from models.rules.facts import InstalmentFact, LoanFacts, ReliefKind, ReliefScope
from models.rules.money import from_fen, to_fen
from models.rules.standing import StandingState, stand_loan


class LineState(StrEnum):
    """What became of an instalment."""

    OVERDUE = "overdue"
    MET = "met"  # nothing of it is owed: paid, or the lender's list says so
    PAID_AHEAD = "paid_ahead"
    WAIVED = "waived"
    DEFERRED = "deferred"
    SUBSIDISED = "subsidised"  # inside the subsidy: not the borrower's to pay
    TO_COME = "to_come"


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One instalment, yuan.

    Args:
        due_on: as planned.
        principal: as planned, early repayments and a calling due worked in.
        interest: the same.
        state: what became of it.
        overdue: how much of it is overdue; payments go to the oldest first.
        waived: how much of it need not be paid.
        deferred: how much of it falls due on another day.
        deferred_to: that day; ``None`` when none is, or the deferral is open.

    """

    due_on: date
    principal: Decimal
    interest: Decimal
    state: LineState
    overdue: Decimal
    waived: Decimal
    deferred: Decimal
    deferred_to: date | None


@dataclass(slots=True)
class _Way:
    """Where the parts of an instalment go, fen."""

    falls: list[tuple[date, int]]
    waived: int = 0
    deferred: int = 0
    deferred_to: date | None = None
    is_open: bool = False


def plan_lines(loan: LoanFacts, as_of: date) -> tuple[PlanLine, ...]:
    """Return the plan of a contract as it stands on a day, oldest instalment first.

    Penalty is no part of an instalment, nor is what a list says is overdue beyond all that fell due by the plan.
    """
    dues = dues_of(loan)
    standing = stand_loan(loan, dues, as_of)
    is_live = standing.state not in {StandingState.SETTLED, StandingState.STUDYING}
    owed = arrears(loan, dues, as_of)
    late = _spread_back(owed.due if is_live else 0, [due for due in dues if due.on < as_of])
    credit = owed.credit if is_live else 0
    late_state = LineState.OVERDUE if standing.state is StandingState.OVERDUE else LineState.DEFERRED
    lines = []
    for one in sorted(carried(loan).instalments, key=lambda one: one.due_on):
        way = _way(one, loan)
        overdue = 0
        for on, fen in way.falls:
            taken = min(fen, late.get(on, 0))
            late[on] = late.get(on, 0) - taken
            overdue += taken
        state = late_state if overdue else _state(one, way, loan, as_of)
        if state is LineState.TO_COME and standing.state is StandingState.SETTLED:
            state = LineState.MET
        if state is LineState.TO_COME and sum(fen for _, fen in way.falls) <= credit:
            state = LineState.PAID_AHEAD
            credit -= sum(fen for _, fen in way.falls)
        elif state is LineState.TO_COME:
            credit = 0
        lines.append(
            PlanLine(
                one.due_on,
                one.principal,
                one.interest,
                state,
                from_fen(overdue if state is LineState.OVERDUE else 0),
                from_fen(way.waived),
                from_fen(way.deferred),
                way.deferred_to,
            )
        )
    return tuple(lines)


def _way(one: InstalmentFact, loan: LoanFacts) -> _Way:
    """Follow both parts of an instalment through the reliefs."""
    way = _Way([])
    unwaived = tuple(relief for relief in loan.reliefs if relief.kind is not ReliefKind.WAIVER)
    for scope, yuan in ((ReliefScope.PRINCIPAL, one.principal), (ReliefScope.INTEREST, one.interest)):
        fen = to_fen(yuan)
        on = falls_on(one.due_on, scope, loan.reliefs)
        if on is None and falls_on(one.due_on, scope, unwaived) is None:
            way.deferred += fen
            way.is_open = True
        elif on is None:
            way.waived += fen
        else:
            if on != one.due_on and fen:
                way.deferred += fen
                way.deferred_to = max(on, way.deferred_to or on)
            if on > loan.subsidy_ends_on and fen:
                way.falls.append((on, fen))
    return way


def _state(one: InstalmentFact, way: _Way, loan: LoanFacts, as_of: date) -> LineState:
    """Return the state of an instalment of which nothing is overdue."""
    total = to_fen(one.principal) + to_fen(one.interest)
    last = max((on for on, _ in way.falls), default=one.due_on)
    if one.due_on <= loan.subsidy_ends_on and not way.falls:
        return LineState.SUBSIDISED
    if total and way.waived == total:
        return LineState.WAIVED
    if way.is_open or (way.deferred and last >= as_of):
        return LineState.DEFERRED
    return LineState.MET if not total or last < as_of else LineState.TO_COME


def _spread_back(fen: int, fallen: list[Due]) -> dict[date, int]:
    """Lay what is overdue over what has fallen due, newest first: payments went to the oldest."""
    late: dict[date, int] = {}
    for due in reversed(fallen):
        late[due.on] = min(fen, due.total)
        fen -= late[due.on]
    return late
