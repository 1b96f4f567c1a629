"""What a fact would do to a borrower's standing if it were written down: worked out by the rules, written nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from models.loans import Loan
from models.rules.facts import LoanFacts
from models.rules.standing import LoanStanding, Standing, stand
from portal.queries.loan_facts import facts_of


@dataclass(frozen=True, slots=True)
class Preview:
    """Where the borrower and the contract stand today, and where they would stand."""

    before: Standing
    after: Standing
    loan_before: LoanStanding
    loan_after: LoanStanding

    @property
    def changes_nothing_today(self) -> bool:
        """Say whether neither amounts, days nor the next due day of the contract would change."""
        kept = ("state", "overdue_total", "days_counted", "next_due_on", "next_due_amount", "clock_stopped")
        return all(getattr(self.loan_before, name) == getattr(self.loan_after, name) for name in kept)


def preview(session: Session, today: date, loan: Loan, change: Callable[[LoanFacts], LoanFacts]) -> Preview:
    """Judge a borrower with and without a change of one contract's facts.

    Args:
        session: any session; nothing is written.
        today: the day to judge for.
        loan: the contract, found to be in reach.
        change: makes the new facts of the contract from the old.

    """
    facts = facts_of(session, [loan.borrower_id], today)[loan.borrower_id]
    loans = tuple(change(one) if one.loan_key == loan.id else one for one in facts.loans)
    before, after = stand(facts, today), stand(replace(facts, loans=loans), today)
    return Preview(before, after, _of(before, loan.id), _of(after, loan.id))


def _of(standing: Standing, loan_id: int) -> LoanStanding:
    return next(one for one in standing.loans if one.loan_key == loan_id)
