"""The lender's list against our own ledger: where they differ by more than the tolerance, and why.

The ledger is carried from the list before to the data date of the new one, penalty included; then each cause is
tried in turn: what would our figure be if this were so? The first that comes within the tolerance explains it. What
we hold a fact for (a payment, a relief, a convention) is tried before a payment nobody told us of is supposed. The
first list that speaks of a contract opens its ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.rules.allocation import Arrears, dues_of
from models.rules.difference_causes import (
    Case,
    as_counted_otherwise,
    as_paid_unreported,
    as_penalised_otherwise,
    as_posted_late,
    as_relieved,
)
from models.rules.facts import LoanFacts, StatementFact
from models.rules.ledger_forward import carry
from models.rules.lenders import DEFAULT, Profile
from models.rules.money import from_fen, to_fen


class DifferenceCause(StrEnum):
    """Why a list and the ledger carried forward to its data date differ; the first that explains it holds."""

    LATE_POSTING = "late_posting"  # a payment we hold is not in the list yet
    UNREPORTED_PAYMENT = "unreported_payment"  # the list has less: a payment that was not reported to us
    WAIVER = "waiver"  # the list leaves out what a waiver or deferral takes away, or the other way round
    DAY_COUNT = "day_count"  # the interest agrees under another day count
    PENALTY = "penalty"  # only the penalty differs
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Amounts:
    """What is overdue under one contract, yuan."""

    principal: Decimal
    interest: Decimal
    penalty: Decimal

    @property
    def total(self) -> Decimal:
        """Everything overdue."""
        return self.principal + self.interest + self.penalty


@dataclass(frozen=True, slots=True)
class Terms:
    """What the lender's profile says of comparing.

    Args:
        tolerance: yuan; a principal, interest or penalty that differs by no more agrees.
        posting: when a payment can be seen in a list.

    """

    tolerance: Decimal
    posting: Profile = DEFAULT


@dataclass(frozen=True, slots=True)
class Difference:
    """One contract on which list and ledger do not agree."""

    cause: DifferenceCause
    ours: Amounts
    theirs: Amounts


def compare(loan: LoanFacts, theirs: StatementFact, terms: Terms) -> Difference | None:
    """Hold a list's line against our ledger on its data date.

    Args:
        loan: the contract with the statement of the list *before* (or none), and everything else known now.
        theirs: the line of the new list; all zero for a contract that is not on it.
        terms: tolerance and posting days.

    Returns:
        What differs and the first cause that explains it; ``None`` where all three amounts agree.

    """
    return explain(loan, theirs, carried(loan, theirs.data_on), terms)


def carried(loan: LoanFacts, data_on: date) -> Amounts:
    """Return what our ledger, carried forward from the list before, says is overdue on a data date.

    Unlike a standing, which shows the lender's penalty until the next list, this lets it grow: the penalty rate of
    the profile on overdue principal, simple, from the list before on.
    """
    owed = carry(loan, dues_of(loan), data_on)
    return Amounts(from_fen(owed.principal), from_fen(owed.interest), from_fen(owed.penalty))


def explain(loan: LoanFacts, theirs: StatementFact, ours: Amounts, terms: Terms) -> Difference | None:
    """Name the cause of a difference, given what :func:`carried` says; see :func:`compare`."""
    tolerance = to_fen(terms.tolerance)
    listed = Arrears(to_fen(theirs.overdue_principal), to_fen(theirs.overdue_interest), to_fen(theirs.penalty))
    owed = Arrears(to_fen(ours.principal), to_fen(ours.interest), to_fen(ours.penalty))
    if _agree(owed, listed, tolerance):
        return None
    case = Case(loan, dues_of(loan), theirs.data_on, owed, listed, tolerance, terms.posting)
    shown = Amounts(theirs.overdue_principal, theirs.overdue_interest, theirs.penalty)
    return Difference(_cause(case), ours, shown)


def is_opening(loan: LoanFacts, found: Difference) -> bool:
    """Say whether a line that asks for less than our ledger opens the ledger of its contract, and is no difference.

    No list spoke of the contract before, so nobody told us what was paid in earlier years: the lender's figure is
    where our ledger begins. A list that asks for *more* than we know of is a difference from the first, and so is
    one that a fact we hold explains.
    """
    unknown_to_us = {DifferenceCause.UNREPORTED_PAYMENT, DifferenceCause.UNKNOWN}
    return loan.statement is None and found.cause in unknown_to_us and found.theirs.total < found.ours.total


def _cause(case: Case) -> DifferenceCause:
    ways: tuple[tuple[DifferenceCause, Callable[[Case], Iterable[Arrears]]], ...] = (
        (DifferenceCause.LATE_POSTING, as_posted_late),
        (DifferenceCause.WAIVER, as_relieved),
        (DifferenceCause.DAY_COUNT, as_counted_otherwise),
        (DifferenceCause.UNREPORTED_PAYMENT, as_paid_unreported),
        (DifferenceCause.PENALTY, as_penalised_otherwise),
    )
    for cause, guesses in ways:
        if any(_agree(guess, case.theirs, case.tolerance) for guess in guesses(case)):
            return cause
    # Where principal and interest are explained, a penalty counted a little otherwise does not make it a riddle.
    for cause, guesses in ways[:2]:
        if any(
            _agree(replace(guess, penalty=case.theirs.penalty), case.theirs, case.tolerance) for guess in guesses(case)
        ):
            return cause
    return DifferenceCause.UNKNOWN


def _agree(ours: Arrears, theirs: Arrears, tolerance: int) -> bool:
    return (
        abs(ours.principal - theirs.principal) <= tolerance
        and abs(ours.interest - theirs.interest) <= tolerance
        and abs(ours.penalty - theirs.penalty) <= tolerance
    )
