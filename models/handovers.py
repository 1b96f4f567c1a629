"""Handovers: a village's open matters given on with the village, and accepted by who receives it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.handovers import HandoverState
from models.types import Instant, Sealed, one_of


class Handover(Base):
    """One handover; at most one open for a village. Both sides are assignments: a school and a member's seat."""

    __tablename__ = "handovers"
    __table_args__ = (
        CheckConstraint("(state = 'accepted') = (accepted_at IS NOT NULL)", name="accepted_at_a_moment"),
        CheckConstraint("(accepted_at IS NULL) = (accepted_by_id IS NULL)", name="accepted_by_somebody"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_at_a_moment"),
        Index(
            "uq_handovers_open",
            "village_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    village_id: Mapped[int] = mapped_column(ForeignKey("villages.id"), index=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("area_assignments.id"), unique=True)  # to whom
    from_assignment_id: Mapped[int | None] = mapped_column(ForeignKey("area_assignments.id"))  # NULL: from nobody
    state: Mapped[HandoverState] = mapped_column(one_of(HandoverState), default=HandoverState.OPEN)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # NULL: the portal itself, by a list
    accept_by: Mapped[date] = mapped_column(index=True)  # after this day the heads of the school are reminded
    summary: Mapped[dict[str, Any]] = mapped_column(JSON)  # what was open then, in numbers; no names
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    on_paper: Mapped[bool] = mapped_column(default=False)  # who accepted has seen the receiver's signed copy
    remarks: Mapped[str] = mapped_column(Sealed("handovers.remarks"), default="")  # of the receiver
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
