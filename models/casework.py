"""The work with a borrower: the case, each contact, promises, questions and tasks."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.casework import CaseStage, PromiseState, TaskKind
from models.rules.claims import ClaimState
from models.rules.contacts import Cause, ContactMethod, NextStep, Outcome, Reached
from models.types import Instant, Yuan, one_of


class Case(Base):
    """One stretch of arrears of one borrower; at most one open."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "uq_cases_open",
            "borrower_id",
            unique=True,
            sqlite_where=text("closed_on IS NULL"),
            postgresql_where=text("closed_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    stage: Mapped[CaseStage] = mapped_column(one_of(CaseStage), default=CaseStage.NEW)
    cause: Mapped[Cause | None] = mapped_column(one_of(Cause))
    last_contact_at: Mapped[datetime | None] = mapped_column(Instant)
    next_step_on: Mapped[date | None]


class Contact(Base):
    """A call, visit, message or letter, with what came of it."""

    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_borrower_id_at", "borrower_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    contact_point_id: Mapped[int | None] = mapped_column(ForeignKey("contact_points.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    logged_at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    second_visitor: Mapped[str] = mapped_column(String(40), default="")
    method: Mapped[ContactMethod] = mapped_column(one_of(ContactMethod))
    reached: Mapped[Reached] = mapped_column(one_of(Reached))
    outcome: Mapped[Outcome] = mapped_column(one_of(Outcome))
    cause: Mapped[Cause | None] = mapped_column(one_of(Cause))
    next_step: Mapped[NextStep | None] = mapped_column(one_of(NextStep))
    next_step_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    breaches: Mapped[list[Any]] = mapped_column(JSON, default=list)  # codes of limits passed on a stated reason
    breach_reason: Mapped[str] = mapped_column(String(300), default="")


class Promise(Base):
    """A promise to pay, judged by the nightly job after its day."""

    __tablename__ = "promises"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_promises_state_promised_for", "state", "promised_for"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    made_on: Mapped[date]
    promised_for: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(Yuan)
    state: Mapped[PromiseState] = mapped_column(one_of(PromiseState), default=PromiseState.OPEN)
    judged_on: Mapped[date | None]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Question(Base):
    """A question asked by a family, written down until it is answered."""

    __tablename__ = "questions"

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    asked_on: Mapped[date]
    asked_text: Mapped[str] = mapped_column(Text)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    answered_on: Mapped[date | None]
    answer_text: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Task(Base):
    """Something one person has to do by a day."""

    __tablename__ = "tasks"
    __table_args__ = (Index("ix_tasks_borrower_id_kind", "borrower_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"))
    kind: Mapped[TaskKind] = mapped_column(one_of(TaskKind))
    due_on: Mapped[date] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class PaymentClaim(Base):
    """Somebody who owes said that it is paid: kept until a list of the bank answers it."""

    __tablename__ = "payment_claims"
    __table_args__ = (Index("ix_payment_claims_state", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    claimed_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[ClaimState] = mapped_column(one_of(ClaimState), default=ClaimState.OPEN)
    answered_on: Mapped[date | None]
    listed_on: Mapped[date | None]  # data date of the list that answered
    repayment_id: Mapped[int | None] = mapped_column(ForeignKey("repayments.id"))  # the payment found
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"))
