"""Reports of suspected malicious default (疑似恶意欠款报告): proposal, the person's reply, the centre's decision."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.workflows import SuspicionState
from models.types import Instant, Sealed, one_of

_OPEN = text("state IN ('proposed', 'returned', 'signed', 'upheld')")


class Suspicion(Base):
    """One report. Whoever proposes neither signs nor decides: the database refuses it."""

    __tablename__ = "suspicions"
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="proposer_does_not_decide"),
        CheckConstraint("signed_by_id IS NULL OR signed_by_id <> proposed_by_id", name="proposer_does_not_sign"),
        CheckConstraint(
            "decided_by_id IS NULL OR signed_by_id IS NULL OR decided_by_id <> signed_by_id",
            name="signer_does_not_decide",
        ),
        CheckConstraint(
            "state NOT IN ('signed', 'upheld') OR (signed_by_id IS NOT NULL AND reply_by IS NOT NULL)",
            name="signed_by_somebody",
        ),
        CheckConstraint("state <> 'upheld' OR decided_by_id IS NOT NULL", name="upheld_by_somebody"),
        Index("uq_suspicions_open", "borrower_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    state: Mapped[SuspicionState] = mapped_column(one_of(SuspicionState), default=SuspicionState.PROPOSED)
    grounds: Mapped[list[Any]] = mapped_column(JSON)  # [{"ground", "evidence"}]
    answers: Mapped[list[Any]] = mapped_column(JSON)  # [{"question", "answer", "evidence"}]
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    returned_reason: Mapped[str] = mapped_column(Text, default="")
    reply_by: Mapped[date | None]  # the person may answer until this day; no decision before, unless they replied
    reply_text: Mapped[str] = mapped_column(Text, default="")
    replied_on: Mapped[date | None]
    reply_recorded_at: Mapped[datetime | None] = mapped_column(Instant)
    reply_recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    earlier_replies: Mapped[list[Any]] = mapped_column(JSON, default=list)  # [{"on", "text"}], kept when one is added
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    lapses_on: Mapped[date]  # without a decision, or a renewed one, it is gone on this day
    ended_on: Mapped[date | None]


class SuspicionSlip(Base):
    """The paper by which the person is heard, with its reply slip; one for each signing. Rows are only added."""

    __tablename__ = "suspicion_slips"
    __table_args__ = (UniqueConstraint("year", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    suspicion_id: Mapped[int] = mapped_column(ForeignKey("suspicions.id"), index=True)
    year: Mapped[int]
    number: Mapped[int]
    serial: Mapped[str] = mapped_column(String(60), unique=True)
    check_code: Mapped[str] = mapped_column(String(16), unique=True)
    issued_on: Mapped[date]
    content: Mapped[str] = mapped_column(Sealed("suspicion_slips.content"))  # JSON of the frozen content
    sha256: Mapped[str] = mapped_column(String(64))
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
