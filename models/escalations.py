"""Requests for help (提请协助) from a leader to a township or another body: one stated help, one clock, one answer."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.escalations import Help
from models.rules.organisation import Body
from models.rules.workflows import EscalationState
from models.types import Instant, Sealed, one_of

_OPEN = text("state IN ('sent', 'accepted', 'returned')")


class Escalation(Base):
    """One request. While it is open and until ``view_expires_on`` the township sees this one borrower, no amounts."""

    __tablename__ = "escalations"
    __table_args__ = (
        CheckConstraint("(body = 'township') = (township_id IS NOT NULL)", name="township_is_named"),
        Index("uq_escalations_open", "borrower_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_escalations_township_id_state", "township_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id"), index=True)
    state: Mapped[EscalationState] = mapped_column(one_of(EscalationState), default=EscalationState.SENT)
    body: Mapped[Body] = mapped_column(one_of(Body))
    township_id: Mapped[int | None] = mapped_column(ForeignKey("townships.id"))
    help_asked: Mapped[Help] = mapped_column(one_of(Help))
    what_was_tried: Mapped[str] = mapped_column(Text)
    untried_reason: Mapped[str] = mapped_column(Text, default="")  # why help is asked for before enough was tried
    request: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(Instant)
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sent_on: Mapped[date]
    due_on: Mapped[date]  # working days after sending
    view_expires_on: Mapped[date]
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    returned_reason: Mapped[str] = mapped_column(Text, default="")
    report: Mapped[str] = mapped_column(Text, default="")
    reported_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class EscalationLetter(Base):
    """The letter that goes with a request; one each time it is sent. Rows are only added."""

    __tablename__ = "escalation_letters"
    __table_args__ = (UniqueConstraint("year", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    escalation_id: Mapped[int] = mapped_column(ForeignKey("escalations.id"), index=True)
    year: Mapped[int]
    number: Mapped[int]
    serial: Mapped[str] = mapped_column(String(60), unique=True)
    issued_on: Mapped[date]
    content: Mapped[str] = mapped_column(Sealed("escalation_letters.content"))  # JSON of the frozen content
    sha256: Mapped[str] = mapped_column(String(64))
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
