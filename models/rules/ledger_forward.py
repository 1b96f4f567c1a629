"""Our ledger carried from one list of the lender to the data date of the next, penalty included, in whole fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from models.rules.allocation import NOTHING, Arrears, Due, allocate, arrears, paid_by
from models.rules.facts import LoanFacts, Part, ReliefFact, ReliefKind, ReliefScope
from models.rules.interest import penalty
from models.rules.money import from_fen, to_fen


def carry(loan: LoanFacts, dues: tuple[Due, ...], data_on: date) -> Arrears:
    """Walk from the list before to the data date, letting the penalty grow between the days anything happens."""
    if not _can_be_overdue(loan, data_on):
        return NOTHING
    opened = opened_on(loan, data_on)
    owed = NOTHING
    if opened > date.min:
        before = replace(loan, repayments=tuple(one for one in loan.repayments if one.paid_on <= opened))
        owed = arrears(before, tuple(due for due in dues if due.on <= opened), data_on)
    entries: list[tuple[date, int, int, int]] = [
        (due.on, 0, due.principal, due.interest) for due in dues if opened < due.on < data_on
    ]
    entries += [(on, 1, fen, 0) for on, fen in paid_by(loan, data_on) if on > opened]
    left = {Part.PENALTY: owed.penalty, Part.INTEREST: owed.interest, Part.PRINCIPAL: owed.principal}
    credit = owed.credit
    last = opened
    for on, is_payment, amount, interest in sorted(entries):
        left[Part.PENALTY] += _penalty(loan, left[Part.PRINCIPAL], last, on)
        last = on
        if is_payment:
            credit += amount
        else:
            left[Part.PRINCIPAL] += amount
            left[Part.INTEREST] += interest
        left, credit = allocate(credit, left, loan.allocation)
    left[Part.PENALTY] += _penalty(loan, left[Part.PRINCIPAL], last, data_on)
    return Arrears(left[Part.PRINCIPAL], left[Part.INTEREST], left[Part.PENALTY], credit)


def opened_on(loan: LoanFacts, data_on: date) -> date:
    """Return the data date of the list the ledger is carried from; the beginning of time when there is none."""
    statement = loan.statement
    return statement.data_on if statement is not None and statement.data_on < data_on else date.min


def taken_off(loan: LoanFacts) -> Sequence[ReliefFact]:
    """Return the waivers and deferrals: a pause takes nothing off what is owed."""
    return [one for one in loan.reliefs if one.kind is not ReliefKind.PAUSE]


def _can_be_overdue(loan: LoanFacts, day: date) -> bool:
    """Say whether the contract is past its study, not settled, and not waived or deferred as a whole."""
    if day <= loan.subsidy_ends_on or (loan.settled_on is not None and loan.settled_on <= day):
        return False
    return not any(one.scope is ReliefScope.ALL and one.in_force(day) for one in taken_off(loan))


def _penalty(loan: LoanFacts, principal: int, start: date, end: date) -> int:
    if not principal:
        return 0
    return to_fen(penalty(from_fen(principal), loan.rate_pct, (end - start).days, loan.day_count, loan.penalty_factor))
