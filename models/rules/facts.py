"""The facts a standing is judged from: plain frozen rows, no tables behind them.

Days of a relief are half-open: it runs from ``from_on`` and the clock runs again on ``to_on``, so a pause
from the 6th to the 10th stops four days. Whatever is dated after the day asked about is not known yet and
has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.rules.interest import PENALTY_FACTOR, DayCount


class Part(StrEnum):
    """What an amount is made of."""

    PENALTY = "penalty"
    INTEREST = "interest"
    PRINCIPAL = "principal"


ALLOCATION = (Part.PENALTY, Part.INTEREST, Part.PRINCIPAL)
"""The order a payment is used in unless the lender's profile says otherwise (Civil Code 561)."""


class ReliefKind(StrEnum):
    """What a relief does.

    WAIVER: what falls due inside it need not be paid at all.
    DEFERRAL: what falls due inside it falls due on its last day instead.
    PAUSE: the money is owed, the days are not counted ("I have paid already", dispute, hardship review).
    """

    WAIVER = "waiver"
    DEFERRAL = "deferral"
    PAUSE = "pause"


class PauseCause(StrEnum):
    """Why the clock of a contract stands still while nothing is taken off what is owed."""

    CLAIMS_PAID = "claims_paid"  # "I have paid already": until the next list shows it
    DISPUTE = "dispute"
    HARDSHIP_REVIEW = "hardship_review"
    OTHER = "other"


class RepaymentKind(StrEnum):
    """Where money came from, and what it is for."""

    PAYMENT = "payment"
    EARLY = "early"  # ahead of the plan, on application: lowers the principal still to come
    COMPENSATION = "compensation"  # the state pays for service (army, grass roots): falls due all the same until paid
    RELIEF_PAYOUT = "relief_payout"  # the lender's relief fund pays, once and for all or for one year
    WAIVED = "waived"  # the lender lets this much go and books it like a payment: no money came in


class ContractChangeKind(StrEnum):
    """What may change under a contract."""

    ACCELERATED = "accelerated"  # called due as a whole: limitation runs from here
    WRITTEN_OFF = "written_off"  # in the lender's books only: the debt stands
    STUDY_EXTENDED = "study_extended"  # the subsidy and the plan move


class ReliefScope(StrEnum):
    """Which part of an instalment a waiver or deferral covers; a pause always covers all."""

    ALL = "all"
    INTEREST = "interest"
    PRINCIPAL = "principal"


@dataclass(frozen=True, slots=True)
class InstalmentFact:
    """One line of the repayment plan, in yuan."""

    due_on: date
    principal: Decimal
    interest: Decimal


@dataclass(frozen=True, slots=True)
class RepaymentFact:
    """Money that came in (yuan). It counts from ``paid_on`` until, if ever, the day it is reversed.

    What was paid early counts from the day the lender settles it. Early and reversed, it never lowered anything: it
    is money that came and went.
    """

    paid_on: date
    amount: Decimal
    reversed_on: date | None = None
    kind: RepaymentKind = RepaymentKind.PAYMENT

    @property
    def lowers_plan(self) -> bool:
        """Say whether the money takes principal off what is still to come."""
        return self.kind is RepaymentKind.EARLY and self.reversed_on is None


@dataclass(frozen=True, slots=True)
class StatementFact:
    """What the lender's complete list says of this loan on its data date, in yuan.

    All zero means the loan is not on the list: not overdue on that day. ``overdue_since`` is the due day
    that was missed (day 0); the list may leave it out.
    """

    data_on: date
    overdue_principal: Decimal
    overdue_interest: Decimal
    penalty: Decimal
    overdue_since: date | None = None


@dataclass(frozen=True, slots=True)
class ReliefFact:
    """A waiver, deferral or pause: from ``from_on`` until all runs again on ``to_on`` (``None``: open)."""

    kind: ReliefKind
    from_on: date
    to_on: date | None = None
    scope: ReliefScope = ReliefScope.ALL

    def in_force(self, day: date) -> bool:
        """Say whether the relief holds on the day."""
        return self.from_on <= day and (self.to_on is None or day < self.to_on)


@dataclass(frozen=True, slots=True)
class LoanFacts:
    """One contract, as far as it is known.

    Args:
        loan_key: whatever names the contract for the caller; returned with its standing.
        signed_on: day of the contract.
        matures_on: last due day.
        subsidy_ends_on: last day the state pays the interest (31 August of the graduation year).
        settled_on: day everything was paid off, if so.
        rate_pct: contract rate, per cent a year.
        day_count: convention of the lender's profile.
        penalty_factor: penalty rate over contract rate.
        allocation: order a payment is used in; each part once.
        instalments: repayment plan.
        repayments: money received, reversed or not.
        statement: newest complete list of the lender at or before the day asked about.
        reliefs: waivers, deferrals, pauses.
        grace_days: days after the due day that are not counted (the calendar days past due ignore them).
        accelerated_on: day the lender called everything due, if it did. A write-off is no fact here: the debt stands.

    """

    loan_key: int | str
    signed_on: date
    matures_on: date
    subsidy_ends_on: date
    settled_on: date | None = None
    rate_pct: Decimal = Decimal(0)
    day_count: DayCount = DayCount.HYBRID_360
    penalty_factor: Decimal = PENALTY_FACTOR
    allocation: tuple[Part, ...] = ALLOCATION
    instalments: tuple[InstalmentFact, ...] = ()
    repayments: tuple[RepaymentFact, ...] = ()
    statement: StatementFact | None = None
    reliefs: tuple[ReliefFact, ...] = ()
    grace_days: int = 0
    accelerated_on: date | None = None


@dataclass(frozen=True, slots=True)
class BorrowerFacts:
    """All contracts of one person."""

    loans: tuple[LoanFacts, ...]
