"""The shape of a standing, and how those of several contracts become the one of a borrower."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.rules.buckets import BUCKETS, Bucket, bucket_of
from models.rules.clock import days_past_due
from models.rules.money import from_fen

NIL = from_fen(0)
"""No money."""


class StandingState(StrEnum):
    """Where a loan or a borrower stands, most pressing first."""

    OVERDUE = "overdue"
    DEFERRED = "deferred"
    CURRENT = "current"  # something has fallen due and nothing is overdue
    NOT_DUE = "not_due"  # study is over, nothing has fallen due yet
    STUDYING = "studying"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class LoanStanding:
    """Where one contract stands on ``as_of``; amounts in yuan, fields as in :class:`Standing`."""

    loan_key: int | str
    as_of: date
    state: StandingState
    overdue_principal: Decimal = NIL
    overdue_interest: Decimal = NIL
    penalty: Decimal = NIL
    overdue_since: date | None = None
    days_past_due: int = 0
    days_counted: int = 0
    days_removed: int = 0
    clock_stopped: bool = False
    bucket: str | None = None
    due_this_season: Decimal = NIL
    overdue_this_season: Decimal = NIL
    due_cumulative: Decimal = NIL
    data_on: date | None = None
    is_estimated: bool = False
    next_due_on: date | None = None
    next_due_amount: Decimal = NIL

    @property
    def overdue_total(self) -> Decimal:
        """Everything overdue, penalty included, yuan."""
        return self.overdue_principal + self.overdue_interest + self.penalty

    def on(self, day: date, buckets: Sequence[Bucket] = BUCKETS) -> LoanStanding:
        """Return the same standing with its days worked out for a day before the borrower's next change."""
        since = self.overdue_since
        if since is None:
            return replace(self, as_of=day)
        past = days_past_due(since, day)
        if self.clock_stopped:
            removed = self.days_removed + (day - self.as_of).days
            return replace(self, as_of=day, days_past_due=past, days_removed=removed)
        counted = max(0, past - self.days_removed)
        bucket = bucket_of(counted, buckets)
        return replace(self, as_of=day, days_past_due=past, days_counted=counted, bucket=bucket.key if bucket else None)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a borrower stands on ``as_of``; amounts in yuan.

    Args:
        as_of: the day asked about.
        state: the most pressing state of any contract.
        overdue_principal: sum over contracts.
        overdue_interest: sum over contracts.
        penalty: sum over contracts, as the bank last gave it.
        overdue_since: the due day missed (day 0) of the contract longest overdue.
        days_past_due: calendar days since that day.
        days_counted: the most days of any contract, without pauses, deferrals and grace days.
        days_removed: days past due that are not counted; with a running clock days_counted = past due -
            removed.
        clock_stopped: the days counted stand still today.
        bucket: key of the range the worst contract's days counted fall in; ``None`` for none.
        due_this_season: principal and interest fallen due since the last 20 December, net of waived and
            deferred.
        overdue_this_season: the part of it that is overdue (payments go to the oldest first).
        due_cumulative: principal and interest ever fallen due, net of waived and deferred; at least what is
            overdue.
        has_anything_due: belongs in the denominator by heads: something fell due on a live contract or this
            season.
        data_on: oldest data date among the lists used; ``None`` when there was none.
        is_estimated: our ledger has changed, or is, the figure of some contract.
        next_due_on: next due day of any contract, today included.
        next_due_amount: what falls due on it, less what was paid ahead.
        next_change_on: first day on which time alone may change anything here but the days; ``None`` for never.
        next_fact_on: first day on which a fact may (something falls due, study or a relief ends, a season begins);
            before it only the range of days moves.
        loans: the contracts, in the order given.

    """

    as_of: date
    state: StandingState
    overdue_principal: Decimal
    overdue_interest: Decimal
    penalty: Decimal
    overdue_since: date | None
    days_past_due: int
    days_counted: int
    days_removed: int
    clock_stopped: bool
    bucket: str | None
    due_this_season: Decimal
    overdue_this_season: Decimal
    due_cumulative: Decimal
    has_anything_due: bool
    data_on: date | None
    is_estimated: bool
    next_due_on: date | None
    next_due_amount: Decimal
    next_change_on: date | None
    next_fact_on: date | None
    loans: tuple[LoanStanding, ...]

    @property
    def overdue_total(self) -> Decimal:
        """Everything overdue, penalty included, yuan."""
        return self.overdue_principal + self.overdue_interest + self.penalty

    @property
    def is_overdue(self) -> bool:
        """Say whether any contract is overdue."""
        return self.state is StandingState.OVERDUE

    def on(self, day: date, buckets: Sequence[Bucket] = BUCKETS) -> Standing:
        """Return the same standing with its days worked out for a later day before ``next_change_on``."""
        loans = tuple(loan.on(day, buckets) for loan in self.loans)
        later = together(loans, day, self.bucket)
        return replace(later, next_change_on=self.next_change_on, next_fact_on=self.next_fact_on)


def together(loans: tuple[LoanStanding, ...], as_of: date, bucket: str | None) -> Standing:
    """Make one standing of the contracts, without a look ahead: the worst rules, amounts add."""
    worst = leader(loans)
    since = min((loan.overdue_since for loan in loans if loan.overdue_since), default=None)
    past = days_past_due(since, as_of) if since else 0
    next_due_on = min((loan.next_due_on for loan in loans if loan.next_due_on), default=None)
    states = {loan.state for loan in loans}
    season = sum((loan.due_this_season for loan in loans), NIL)
    overdue_total = sum((loan.overdue_total for loan in loans), NIL)
    live_due = any(loan.state is not StandingState.SETTLED and loan.due_cumulative for loan in loans)
    return Standing(
        as_of=as_of,
        state=next((state for state in StandingState if state in states), StandingState.NOT_DUE),
        overdue_principal=sum((loan.overdue_principal for loan in loans), NIL),
        overdue_interest=sum((loan.overdue_interest for loan in loans), NIL),
        penalty=sum((loan.penalty for loan in loans), NIL),
        overdue_since=since,
        days_past_due=past,
        days_counted=worst.days_counted if worst else 0,
        days_removed=past - raw_days(worst) if worst else 0,
        clock_stopped=bool(worst and worst.clock_stopped),
        bucket=bucket,
        due_this_season=season,
        overdue_this_season=sum((loan.overdue_this_season for loan in loans), NIL),
        due_cumulative=sum((loan.due_cumulative for loan in loans), NIL),
        has_anything_due=bool(overdue_total or season or live_due),
        data_on=min((loan.data_on for loan in loans if loan.data_on), default=None),
        is_estimated=any(loan.is_estimated for loan in loans),
        next_due_on=next_due_on,
        next_due_amount=sum(
            (loan.next_due_amount for loan in loans if next_due_on and loan.next_due_on == next_due_on), NIL
        ),
        next_change_on=None,
        next_fact_on=None,
        loans=loans,
    )


def raw_days(loan: LoanStanding) -> int:
    """Return the days counted before they are cut off at 0 (grace days can make them negative)."""
    return loan.days_past_due - loan.days_removed


def leader(loans: Iterable[LoanStanding]) -> LoanStanding | None:
    """Return the contract with the most days counted; among equals one whose clock runs: it leads soon."""
    overdue = [loan for loan in loans if loan.overdue_since]
    return max(overdue, key=lambda loan: (raw_days(loan), not loan.clock_stopped), default=None)
