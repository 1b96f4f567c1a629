"""Versions of the wording of papers: written by one person of the centre, approved by another, then never changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.papers import MOST_VERSION_NAME, PaperKind
from models.rules.workflows import WordingState
from models.types import Instant, one_of

_OPEN = text("state IN ('draft', 'proposed')")


class WordingVersion(Base):
    """One version of one kind's wording; version one of each comes with the portal and has no row.

    The database refuses that its author approves it, and that anything changes once it is approved.
    """

    __tablename__ = "wording_versions"
    __table_args__ = (
        UniqueConstraint("kind", "name"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> drafted_by_id", name="author_does_not_approve"),
        CheckConstraint(
            "state <> 'approved' OR (approved_by_id IS NOT NULL AND approved_at IS NOT NULL AND from_on IS NOT NULL)",
            name="approved_by_somebody",
        ),
        Index("uq_wording_versions_open", "kind", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PaperKind] = mapped_column(one_of(PaperKind))
    name: Mapped[str] = mapped_column(String(MOST_VERSION_NAME))
    state: Mapped[WordingState] = mapped_column(one_of(WordingState), default=WordingState.DRAFT)
    texts: Mapped[dict[str, Any]] = mapped_column(JSON)  # passage by name
    reason: Mapped[str] = mapped_column(String(300))  # why the wording changes
    from_on: Mapped[date | None]  # papers issued from this day on take it
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    drafted_at: Mapped[datetime] = mapped_column(Instant)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    returned_reason: Mapped[str] = mapped_column(String(300), default="")
