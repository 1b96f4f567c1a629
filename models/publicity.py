"""Publicity: what was done so that people know the loan's policy, where, by whom, and how many it reached."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.attempts import ReceiptPicture
from models.database import Base
from models.rules.publicity import PublicityKind
from models.types import Instant, one_of


class PublicityEvent(Base):
    """One talk, stall or walk. Never edited: a wrong one is made void with a reason and stays readable."""

    __tablename__ = "publicity_events"
    __table_args__ = (
        CheckConstraint("village_id IS NOT NULL OR place <> ''", name="is_somewhere"),
        CheckConstraint("people >= 0 AND leaflets >= 0 AND people + leaflets > 0", name="reached_somebody"),
        CheckConstraint(
            "(voided_at IS NULL) = (void_reason = '') AND (voided_at IS NULL) = (voided_by_id IS NULL)",
            name="void_has_a_reason",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"), index=True)  # NULL: the aid centre's own
    held_on: Mapped[date] = mapped_column(index=True)
    kind: Mapped[PublicityKind] = mapped_column(one_of(PublicityKind))
    village_id: Mapped[int | None] = mapped_column(ForeignKey("villages.id"), index=True)
    place: Mapped[str] = mapped_column(String(80), default="")
    held_by: Mapped[str] = mapped_column(String(80))  # seats or names, as written
    people: Mapped[int]
    leaflets: Mapped[int]
    topics: Mapped[list[Any]] = mapped_column(JSON)  # codes of PublicityTopic, in its order
    note: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    void_reason: Mapped[str] = mapped_column(String(200), default="")


class PublicityPhoto(ReceiptPicture, Base):
    """A photo of the occasion, kept as receipts are; at most one each."""

    __tablename__ = "publicity_photos"

    event_id: Mapped[int] = mapped_column(ForeignKey("publicity_events.id"), unique=True)
