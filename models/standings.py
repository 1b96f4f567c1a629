"""Where each borrower stands today, kept and not recomputed, and how it came to be so.

History is append-only. A fact learnt late tells it anew from its day on: the moves that no longer hold stay, marked as
superseded by the correction that replaced them.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.standing import StandingState
from models.types import Instant, Yuan, one_of


class BorrowerStanding(Base):
    """One row per borrower. Days past due are derived: they grow every day without a change of the row."""

    __tablename__ = "borrower_standings"
    __table_args__ = (
        Index("ix_borrower_standings_next_change_on", "next_change_on"),
        Index("ix_borrower_standings_state_bucket", "state", "bucket"),
    )

    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), primary_key=True)
    as_of: Mapped[date]
    state: Mapped[StandingState] = mapped_column(one_of(StandingState))
    bucket: Mapped[str] = mapped_column(String(20), default="")  # "" unless overdue
    overdue_since: Mapped[date | None]  # the due day missed: day 0
    days_removed: Mapped[int] = mapped_column(default=0)  # days past due that are not counted
    clock_stopped: Mapped[bool] = mapped_column(default=False)
    overdue_principal: Mapped[Decimal] = mapped_column(Yuan)
    overdue_interest: Mapped[Decimal] = mapped_column(Yuan)
    penalty: Mapped[Decimal] = mapped_column(Yuan)
    overdue_total: Mapped[Decimal] = mapped_column(Yuan)
    overdue_this_season: Mapped[Decimal] = mapped_column(Yuan)
    due_this_season: Mapped[Decimal] = mapped_column(Yuan)
    due_cumulative: Mapped[Decimal] = mapped_column(Yuan)
    has_anything_due: Mapped[bool]
    data_on: Mapped[date | None]
    is_estimated: Mapped[bool]
    next_due_on: Mapped[date | None]
    next_due_amount: Mapped[Decimal | None] = mapped_column(Yuan)
    next_change_on: Mapped[date | None]  # the first day on which time alone may change this row
    next_fact_on: Mapped[date | None]  # the first day on which a fact may; before it only the range of days moves


class StandingChange(Base):
    """A borrower moved from one standing to another, as it was known on ``recorded_on``.

    ``overdue_total`` is what was overdue as the move was written; what came in later on that very day is not in it.
    """

    __tablename__ = "standing_changes"
    __table_args__ = (Index("ix_standing_changes_borrower_id_changed_on", "borrower_id", "changed_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"))
    changed_on: Mapped[date]
    recorded_on: Mapped[date]
    from_state: Mapped[StandingState | None] = mapped_column(one_of(StandingState, "from_state"))
    from_bucket: Mapped[str] = mapped_column(String(20))
    to_state: Mapped[StandingState] = mapped_column(one_of(StandingState, "to_state"))
    to_bucket: Mapped[str] = mapped_column(String(20))
    overdue_total: Mapped[Decimal] = mapped_column(Yuan)
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("history_corrections.id"), index=True)


class HistoryCorrection(Base):
    """A borrower's history told anew, because a fact was learnt after the day it takes effect on."""

    __tablename__ = "history_corrections"

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    from_on: Mapped[date]  # the first day that reads otherwise now
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    subject: Mapped[str] = mapped_column(String(60))  # the fact: "relief/7", "import/12"


class SupersededChange(Base):
    """A move that no longer holds, and the correction that replaced it."""

    __tablename__ = "superseded_changes"

    change_id: Mapped[int] = mapped_column(ForeignKey("standing_changes.id"), primary_key=True)
    correction_id: Mapped[int] = mapped_column(ForeignKey("history_corrections.id"), index=True)
