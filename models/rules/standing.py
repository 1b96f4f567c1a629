"""Where a borrower stands on a day: facts and a date in, a decision out.

The bank's complete list is the figure of record on its data date; our ledger carries it forward and says so
(``is_estimated``). The day after the due day is day 1. Days are not stored: a row keeps ``overdue_since``,
``days_removed`` and ``clock_stopped``, and on any day before ``next_change_on`` :meth:`Standing.on` works
them out.

A loan that is being studied for, waived or deferred as a whole, or settled is never overdue, whatever a
list says. The worst contract rules the borrower; amounts add up; only when all are clear is a borrower
clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from models.rules.allocation import NOTHING, Arrears, Due, arrears, dues_of, overdue_since
from models.rules.buckets import BUCKETS, Bucket, bucket_of
from models.rules.calendar import due_day, season_of, season_start
from models.rules.clock import counted_days, days_past_due, is_stopped
from models.rules.facts import (
    BorrowerFacts,
    InstalmentFact,
    LoanFacts,
    Part,
    ReliefFact,
    ReliefKind,
    ReliefScope,
    RepaymentFact,
    StatementFact,
)
from models.rules.money import from_fen, to_fen
from models.rules.standing_row import (
    NIL,
    LoanStanding,
    Standing,
    StandingState,
    leader,
    raw_days,
    together,
)

__all__ = [
    "BorrowerFacts",
    "InstalmentFact",
    "LoanFacts",
    "LoanStanding",
    "Part",
    "ReliefFact",
    "ReliefKind",
    "ReliefScope",
    "RepaymentFact",
    "Standing",
    "StandingState",
    "StatementFact",
    "days_past_due",
    "next_unpaid",
    "stand",
    "stand_loan",
]

_DAY = timedelta(days=1)


def stand(facts: BorrowerFacts, as_of: date, buckets: Sequence[Bucket] = BUCKETS) -> Standing:
    """Judge where a borrower stands on a day.

    Args:
        facts: all contracts; what is dated after ``as_of`` has no effect (the statement of each loan must
            be the newest at or before ``as_of``).
        as_of: the day.
        buckets: the ranges of days, see :func:`models.rules.buckets.checked`.

    """
    prepared = tuple((loan, dues_of(loan)) for loan in facts.loans)
    here = _snapshot(prepared, as_of, buckets)
    turns = [day for loan, dues in prepared for day in _turns(loan, dues, as_of)]
    if here.due_this_season or here.overdue_this_season:
        turns.append(due_day(season_of(as_of) + 1))
    next_fact_on = min((day for day in turns if day > as_of), default=None)
    days = [*_edges(here, buckets), *([next_fact_on] if next_fact_on else [])]
    return replace(
        here, next_fact_on=next_fact_on, next_change_on=min((day for day in days if day > as_of), default=None)
    )


def stand_loan(
    loan: LoanFacts, dues: tuple[Due, ...], as_of: date, buckets: Sequence[Bucket] = BUCKETS
) -> LoanStanding:
    """Judge one contract; ``dues`` is :func:`models.rules.allocation.dues_of` of it."""
    last_day = as_of if loan.settled_on is None else min(as_of, loan.settled_on)
    fallen = [due for due in dues if due.on <= last_day]
    opened = season_start(as_of)
    season = sum(due.total for due in fallen if due.on >= opened)
    cumulative = sum(due.total for due in fallen)
    is_settled = loan.settled_on is not None and loan.settled_on <= as_of
    is_studying = as_of <= loan.subsidy_ends_on
    is_live = not (is_settled or is_studying)
    owed = arrears(loan, dues, as_of) if is_live else NOTHING
    cumulative = max(cumulative, owed.due)
    season_overdue = min(owed.due, sum(due.total for due in fallen if opened <= due.on < as_of))
    if _is_suspended(loan, as_of):
        cumulative -= owed.due
        season -= season_overdue
        season_overdue = 0
        shown = replace(NOTHING, credit=owed.credit)
    else:
        shown = owed
    ahead = [] if is_settled else [due for due in dues if due.on >= as_of]
    statement = loan.statement if loan.statement and loan.statement.data_on <= as_of else None
    if is_settled:
        state = StandingState.SETTLED
    elif is_studying:
        state = StandingState.STUDYING
    else:
        state = _state(loan, as_of, shown, has_fallen=bool(fallen))
    standing = LoanStanding(
        loan_key=loan.loan_key,
        as_of=as_of,
        state=state,
        overdue_principal=from_fen(shown.principal),
        overdue_interest=from_fen(shown.interest),
        penalty=from_fen(shown.penalty),
        due_this_season=from_fen(season),
        overdue_this_season=from_fen(season_overdue),
        due_cumulative=from_fen(cumulative),
        data_on=statement.data_on if statement else None,
        is_estimated=is_live and _is_estimated(statement, owed, has_fallen=bool(fallen)),
        next_due_on=ahead[0].on if ahead else None,
        next_due_amount=from_fen(max(0, ahead[0].total - owed.credit)) if ahead else NIL,
    )
    if state is not StandingState.OVERDUE:
        return standing
    since = overdue_since(loan, dues, as_of)
    past = days_past_due(since, as_of)
    counted = counted_days(since, as_of, loan.reliefs, loan.grace_days)
    bucket = bucket_of(counted, buckets)
    return replace(
        standing,
        overdue_since=since,
        days_past_due=past,
        days_counted=max(0, counted),
        days_removed=past - counted,
        clock_stopped=counted >= 0 and is_stopped(as_of, loan.reliefs),  # grace runs through a pause
        bucket=bucket.key if bucket else None,
    )


def next_unpaid(loan: LoanFacts, as_of: date) -> tuple[Due, int] | None:
    """Return the first due, today's included, that what was paid ahead does not hold whole, and the fen of it paid.

    ``None`` when nothing more is to be paid.
    """
    if loan.settled_on is not None and loan.settled_on <= as_of:
        return None
    dues = dues_of(loan)
    ahead = 0 if as_of <= loan.subsidy_ends_on else arrears(loan, dues, as_of).credit
    for due in dues:
        if due.on < as_of:
            continue
        if due.total > ahead:
            return due, ahead
        ahead -= due.total
    return None


def _state(loan: LoanFacts, as_of: date, owed: Arrears, *, has_fallen: bool) -> StandingState:
    if owed.total:
        return StandingState.OVERDUE
    if any(one.kind is ReliefKind.DEFERRAL and one.in_force(as_of) for one in loan.reliefs):
        return StandingState.DEFERRED
    return StandingState.CURRENT if has_fallen else StandingState.NOT_DUE


def _is_suspended(loan: LoanFacts, as_of: date) -> bool:
    """Say whether a waiver or deferral of everything is in force: then nothing is overdue."""
    return any(
        one.kind is not ReliefKind.PAUSE and one.scope is ReliefScope.ALL and one.in_force(as_of)
        for one in loan.reliefs
    )


def _is_estimated(statement: StatementFact | None, owed: Arrears, *, has_fallen: bool) -> bool:
    if statement is None:
        return has_fallen
    figures = (statement.overdue_principal, statement.overdue_interest, statement.penalty)
    return (owed.principal, owed.interest, owed.penalty) != tuple(to_fen(one) for one in figures)


def _snapshot(
    prepared: Iterable[tuple[LoanFacts, tuple[Due, ...]]], as_of: date, buckets: Sequence[Bucket]
) -> Standing:
    """Judge all contracts for a day, without looking ahead."""
    loans = tuple(stand_loan(loan, dues, as_of, buckets) for loan, dues in prepared)
    order = [bucket.key for bucket in buckets]
    held = [order.index(loan.bucket) for loan in loans if loan.bucket is not None]
    return together(loans, as_of, order[max(held)] if held else None)


def _turns(loan: LoanFacts, dues: tuple[Due, ...], as_of: date) -> Iterable[date]:
    """Yield every day on which the facts themselves may change a loan's standing; one settled only gets new data."""
    if loan.statement is not None:
        yield loan.statement.data_on
    if loan.settled_on is not None and loan.settled_on <= as_of:
        return
    yield loan.subsidy_ends_on + _DAY
    if loan.settled_on is not None:
        yield loan.settled_on
    for due in dues:
        yield due.on
        yield due.on + _DAY
    for relief in loan.reliefs:
        yield relief.from_on
        if relief.to_on is not None:
            yield relief.to_on
    for repayment in loan.repayments:
        yield repayment.paid_on
        if repayment.reversed_on is not None:
            yield repayment.reversed_on


def _edges(here: Standing, buckets: Sequence[Bucket]) -> Iterable[date]:
    """Yield the days a standing changes on by ageing: an edge of the range, grace over, another worst contract."""
    worst = leader(here.loans)
    if worst is None:
        return
    if worst.clock_stopped:
        for loan in here.loans:
            if loan.overdue_since and not loan.clock_stopped:
                yield here.as_of + timedelta(days=raw_days(worst) - raw_days(loan))
        return
    raw = raw_days(worst)
    yield here.as_of + timedelta(days=max(0, -raw))
    following = next((bucket.first for bucket in buckets if bucket.first > raw), None)
    if following is not None:
        yield here.as_of + timedelta(days=following - raw)
