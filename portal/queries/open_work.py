"""What is under way with one borrower: the open case, promises, tasks, questions.

The callers have found the borrower to be in reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.casework import Case, PaymentClaim, Promise, Question, Task
from models.loans import Lender, Loan, Repayment
from models.rules.casework import CaseStage, PromiseState, TaskKind
from models.rules.claims import ClaimState
from models.rules.contacts import Cause
from models.rules.lenders import Profile, visible_from


@dataclass(frozen=True, slots=True)
class CaseRow:
    """The open case."""

    stage: CaseStage
    opened_on: date
    cause: Cause | None
    last_contact_at: datetime | None
    next_step_on: date | None


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A promise to pay."""

    id: int
    made_on: date
    promised_for: date
    amount: Decimal
    state: PromiseState


@dataclass(frozen=True, slots=True)
class TaskRow:
    """Something still to do."""

    id: int
    kind: TaskKind
    due_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """The newest word that all is paid, and what the bank's lists answered.

    ``shown_from`` is the first day on which a list can show a payment made on the day of the claim.
    """

    state: ClaimState
    claimed_on: date
    listed_on: date | None
    amount: Decimal | None
    paid_on: date | None
    shown_from: date | None


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question that waits for its answer."""

    id: int
    asked_on: date
    asked_text: str


def case_of(session: Session, borrower_id: int) -> CaseRow | None:
    """Return a borrower's open case; ``None`` for none."""
    row = session.execute(
        select(Case.stage, Case.opened_on, Case.cause, Case.last_contact_at, Case.next_step_on).where(
            Case.borrower_id == borrower_id, Case.closed_on.is_(None)
        )
    ).one_or_none()
    return CaseRow(*row) if row else None


def promises_of(session: Session, borrower_id: int) -> tuple[PromiseRow, ...]:
    """Return a borrower's promises, newest first."""
    rows = session.execute(
        select(Promise.id, Promise.made_on, Promise.promised_for, Promise.amount, Promise.state)
        .where(Promise.borrower_id == borrower_id)
        .order_by(Promise.id.desc())
        .limit(10)
    )
    return tuple(PromiseRow(*row) for row in rows)


def tasks_of(session: Session, borrower_id: int) -> tuple[TaskRow, ...]:
    """Return what is still to be done about a borrower, by day."""
    rows = session.execute(
        select(Task.id, Task.kind, Task.due_on, Task.reason)
        .where(Task.borrower_id == borrower_id, Task.done_at.is_(None))
        .order_by(Task.due_on, Task.id)
        .limit(20)
    )
    return tuple(TaskRow(*row) for row in rows)


def claim_of(session: Session, borrower_id: int) -> ClaimRow | None:
    """Return the newest claim of having paid; ``None`` for none."""
    row = session.execute(
        select(PaymentClaim.state, PaymentClaim.claimed_on, PaymentClaim.listed_on, Repayment.amount, Repayment.paid_on)
        .outerjoin(Repayment, Repayment.id == PaymentClaim.repayment_id)
        .where(PaymentClaim.borrower_id == borrower_id)
        .order_by(PaymentClaim.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    profiles = session.execute(
        select(Lender.settlement_day, Lender.unsettled_month, Lender.posting_days)
        .join(Loan, Loan.lender_id == Lender.id)
        .where(Loan.borrower_id == borrower_id)
        .distinct()
    )
    shown = [
        visible_from(row.claimed_on, Profile(one.settlement_day, one.unsettled_month, one.posting_days))
        for one in profiles
    ]
    return ClaimRow(row.state, row.claimed_on, row.listed_on, row.amount, row.paid_on, max(shown, default=None))


def questions_of(session: Session, borrower_id: int) -> tuple[QuestionRow, ...]:
    """Return a borrower's questions that wait for an answer, oldest first."""
    rows = session.execute(
        select(Question.id, Question.asked_on, Question.asked_text)
        .where(Question.borrower_id == borrower_id, Question.answered_on.is_(None))
        .order_by(Question.id)
        .limit(20)
    )
    return tuple(QuestionRow(*row) for row in rows)
