"""Monthly statements with lenders, as signed: frozen, each version beside the one before."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.monthly_statements import StatementState
from models.types import Instant, Sealed, one_of


class MonthlyStatement(Base):
    """One signed version of one school's statement (``school_id`` NULL: villages of no school)."""

    __tablename__ = "monthly_statements"
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> signed_by_id", name="two_people"),
        UniqueConstraint("lender_id", "month", "school_id", "version"),
        Index(
            "uq_monthly_statements_no_school",
            "lender_id",
            "month",
            "version",
            unique=True,
            sqlite_where=text("school_id IS NULL"),
            postgresql_where=text("school_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lender_id: Mapped[int] = mapped_column(ForeignKey("lenders.id"))
    month: Mapped[date]  # its first day
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"), index=True)
    version: Mapped[int]
    state: Mapped[StatementState] = mapped_column(one_of(StatementState))
    content: Mapped[str] = mapped_column(Sealed("monthly_statements.content"))
    sha256: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime] = mapped_column(Instant)
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    returned_reason: Mapped[str] = mapped_column(String(200), default="")
