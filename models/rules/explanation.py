"""Why a borrower stands where they stand: the facts and the steps of the rules, one after the other.

No rule is written a second time: each step asks the function that decides, and the sums are compared with the
standing before anything is shown. Sentences are message ids with slots, translated at the edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from models.rules.allocation import arrears, carried, dues_of
from models.rules.buckets import BUCKETS, Bucket
from models.rules.explanation_ledger import ledger_of, source_of
from models.rules.explanation_steps import days_of, next_of, state_of
from models.rules.explanation_words import Step, step
from models.rules.facts import BorrowerFacts, LoanFacts
from models.rules.money import from_fen
from models.rules.movements import Movement, movements, suspended
from models.rules.sentences import N_
from models.rules.standing import stand
from models.rules.standing_row import LoanStanding, Standing, StandingState, leader

__all__ = ["Explanation", "LoanExplanation", "Step", "Unexplained", "explain"]

_NOT_LIVE = frozenset({StandingState.SETTLED, StandingState.STUDYING})


class Unexplained(RuntimeError):
    """The steps do not lead to the standing: a fault of this portal, never shown as an explanation."""


@dataclass(frozen=True, slots=True)
class LoanExplanation:
    """One contract: its standing, the steps to it, and the entries whose changes add up to its amounts."""

    loan_key: int | str
    standing: LoanStanding
    steps: tuple[Step, ...]
    movements: tuple[Movement, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Explanation:
    """A borrower: the contracts one by one, then how they become one standing."""

    standing: Standing
    loans: tuple[LoanExplanation, ...]
    steps: tuple[Step, ...]


def explain(facts: BorrowerFacts, as_of: date, buckets: Sequence[Bucket] = BUCKETS) -> Explanation:
    """Explain where a borrower stands on a day; arguments as of :func:`models.rules.standing.stand`.

    Raises:
        Unexplained: the steps and the standing differ.

    """
    standing = stand(facts, as_of, buckets)
    loans = tuple(_loan(loan, its, as_of, buckets) for loan, its in zip(facts.loans, standing.loans, strict=True))
    return Explanation(standing, loans, (*_together(standing, buckets), _change(facts, standing, buckets)))


def _loan(raw: LoanFacts, standing: LoanStanding, as_of: date, buckets: Sequence[Bucket]) -> LoanExplanation:
    loan = carried(raw)
    if standing.state in _NOT_LIVE:
        return LoanExplanation(raw.loan_key, standing, (state_of(loan, standing), *next_of(standing)))
    found = movements(loan, as_of)
    owed = arrears(loan, dues_of(loan), as_of)
    shown = from_fen(owed.total)
    if owed.total and not standing.overdue_total:
        found = (*found, suspended(as_of, owed))
        shown = from_fen(0)
    _compare(loan, standing, found)
    steps = (
        source_of(loan, as_of),
        *ledger_of(raw, loan, as_of, found),
        state_of(loan, standing, was_suspended=shown != from_fen(owed.total)),
        *days_of(loan, standing, buckets),
        *next_of(standing),
    )
    return LoanExplanation(raw.loan_key, standing, steps, found)


def _compare(loan: LoanFacts, standing: LoanStanding, found: Sequence[Movement]) -> None:
    nil = from_fen(0)
    sums: tuple[Decimal, ...] = (
        sum((one.principal for one in found), nil),
        sum((one.interest for one in found), nil),
        sum((one.penalty for one in found), nil),
    )
    if sums != (standing.overdue_principal, standing.overdue_interest, standing.penalty):
        raise Unexplained(f"the entries of contract {loan.loan_key} add up to {sums}")


def _together(standing: Standing, buckets: Sequence[Bucket]) -> tuple[Step, ...]:
    """Say how several contracts become one standing: the worst rules, amounts add, all must be clear."""
    parts = tuple(
        step(
            N_("Contract"),
            N_("Contract %(number)s: %(state)s, overdue %(total)s."),
            number=place,
            state=one.state,
            total=one.overdue_total,
        )
        for place, one in enumerate(standing.loans, 1)
    )
    sums = step(
        N_("Together"),
        N_("Amounts add up: principal %(principal)s + interest %(interest)s + penalty %(penalty)s = %(total)s."),
        basis=N_("A borrower stands where the worst contract stands; only when all are clear is the borrower clear."),
        parts=parts,
        principal=standing.overdue_principal,
        interest=standing.overdue_interest,
        penalty=standing.penalty,
        total=standing.overdue_total,
    )
    if not standing.is_overdue:
        return (
            replace(
                sums,
                sentence=N_("Nothing is overdue under any contract; the borrower counts as: %(state)s."),
                values=(("state", standing.state),),
            ),
        )
    worst = leader(standing.loans)
    number = 1 + next(place for place, one in enumerate(standing.loans) if one is worst)
    if standing.bucket is None:
        return (
            sums,
            step(
                N_("Days of the borrower"),
                N_("The most days are counted under contract %(number)s: %(counted)s; that is no range of days yet."),
                number=number,
                counted=standing.days_counted,
            ),
        )
    return (
        sums,
        step(
            N_("Days of the borrower"),
            N_(
                "%(past)s days past due since %(since)s, the earliest of all contracts; the most days are counted "
                "under contract %(number)s: %(counted)s, range %(bucket)s."
            ),
            past=standing.days_past_due,
            since=standing.overdue_since or standing.as_of,
            number=number,
            counted=standing.days_counted,
            bucket=next(one for one in buckets if one.key == standing.bucket),
        ),
    )


def _change(facts: BorrowerFacts, standing: Standing, buckets: Sequence[Bucket]) -> Step:
    """Say when time alone changes something, and what."""
    title = N_("What changes next")
    day = standing.next_change_on
    if day is None:
        return step(title, N_("If nothing is paid and no list comes, nothing but the days changes any more."))
    later = stand(facts, day, buckets)
    if later.state is not standing.state:
        return step(
            title,
            N_("If nothing is paid and no list comes, the borrower will be “%(state)s” from %(day)s on."),
            state=later.state,
            day=day,
        )
    if later.overdue_total != standing.overdue_total:
        return step(
            title,
            N_("If nothing is paid and no list comes, %(total)s will be overdue from %(day)s on."),
            total=later.overdue_total,
            day=day,
        )
    if standing.next_due_on == day and standing.next_due_amount:
        return step(
            title,
            N_("%(amount)s falls due on %(day)s; what is not paid then is overdue from the day after."),
            amount=standing.next_due_amount,
            day=day,
        )
    bucket = next((one for one in buckets if one.key == later.bucket), None)
    if later.bucket != standing.bucket and bucket is not None:
        return step(
            title,
            N_("If nothing is paid and no list comes, the days reach the range %(bucket)s on %(day)s."),
            bucket=bucket,
            day=day,
        )
    return step(
        title,
        N_("On %(day)s a fact takes effect (something falls due, study or a relief ends, a season begins)."),
        day=day,
    )
