"""What is under way with borrowers: the open case, promises, tasks, questions.

The callers have found the borrowers to be in reach, and ask for some hundreds of them at a time at most.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
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
    return cases_of(session, (borrower_id,)).get(borrower_id)


def cases_of(session: Session, borrower_ids: Collection[int]) -> dict[int, CaseRow]:
    """Return the open case of each borrower who has one."""
    rows = session.execute(
        select(Case.borrower_id, Case.stage, Case.opened_on, Case.cause, Case.last_contact_at, Case.next_step_on).where(
            Case.borrower_id.in_(borrower_ids), Case.closed_on.is_(None)
        )
    )
    return {row[0]: CaseRow(*row[1:]) for row in rows}


def promises_of(session: Session, borrower_id: int) -> tuple[PromiseRow, ...]:
    """Return a borrower's promises, newest first."""
    return promises_of_many(session, (borrower_id,)).get(borrower_id, ())[:10]


def promises_of_many(session: Session, borrower_ids: Collection[int]) -> dict[int, tuple[PromiseRow, ...]]:
    """Return the promises of each borrower who made any, newest first."""
    found: dict[int, list[PromiseRow]] = defaultdict(list)
    for row in session.execute(
        select(Promise.borrower_id, Promise.id, Promise.made_on, Promise.promised_for, Promise.amount, Promise.state)
        .where(Promise.borrower_id.in_(borrower_ids))
        .order_by(Promise.id.desc())
    ):
        found[row[0]].append(PromiseRow(*row[1:]))
    return {borrower_id: tuple(rows) for borrower_id, rows in found.items()}


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
    return questions_of_many(session, (borrower_id,)).get(borrower_id, ())[:20]


def questions_of_many(session: Session, borrower_ids: Collection[int]) -> dict[int, tuple[QuestionRow, ...]]:
    """Return the questions that wait for an answer, of each borrower with any, oldest first."""
    found: dict[int, list[QuestionRow]] = defaultdict(list)
    for row in session.execute(
        select(Question.borrower_id, Question.id, Question.asked_on, Question.asked_text)
        .where(Question.borrower_id.in_(borrower_ids), Question.answered_on.is_(None))
        .order_by(Question.id)
    ):
        found[row[0]].append(QuestionRow(*row[1:]))
    return {borrower_id: tuple(rows) for borrower_id, rows in found.items()}


def open_claims(session: Session, borrower_ids: Collection[int]) -> dict[int, date]:
    """Return since when each borrower who says that all is paid waits for the bank's list."""
    rows = session.execute(
        select(PaymentClaim.borrower_id, PaymentClaim.claimed_on)
        .where(PaymentClaim.borrower_id.in_(borrower_ids), PaymentClaim.state == ClaimState.OPEN)
        .order_by(PaymentClaim.id)
    )
    return {borrower_id: day for borrower_id, day in rows}  # noqa: C416  # dict() of rows is untyped
