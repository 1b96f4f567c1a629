"""Returns of a walk: what is noted code by code, until the round is filed as attempts to serve."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.returns import ReturnOutcome
from models.types import Instant, one_of


class ReturnRound(Base):
    """One walk: when, in whose company, before which witnesses. One open round a person."""

    __tablename__ = "return_rounds"
    __table_args__ = (
        Index(
            "uq_return_rounds_open",
            "by_id",
            unique=True,
            sqlite_where=text("filed_at IS NULL"),
            postgresql_where=text("filed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    walked_at: Mapped[datetime] = mapped_column(Instant)
    second_visitor: Mapped[str] = mapped_column(String(40), default="")
    witness_1: Mapped[str] = mapped_column(String(40), default="")
    witness_2: Mapped[str] = mapped_column(String(40), default="")
    filed_at: Mapped[datetime | None] = mapped_column(Instant)


class ReturnEntry(Base):
    """How it went with one notice of a round, or with the paper of one of its co-borrowers (``paper_id``).

    ``service_id`` or ``paper_service_id`` once it is filed, ``refusal`` when it could not be.
    """

    __tablename__ = "return_entries"
    __table_args__ = (
        Index(
            "uq_return_entries_notice",
            "round_id",
            "notice_id",
            unique=True,
            sqlite_where=text("paper_id IS NULL"),
            postgresql_where=text("paper_id IS NULL"),
        ),
        Index(
            "uq_return_entries_paper",
            "round_id",
            "paper_id",
            unique=True,
            sqlite_where=text("paper_id IS NOT NULL"),
            postgresql_where=text("paper_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("return_rounds.id"), index=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"), index=True)
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("issued_papers.id"))
    outcome: Mapped[ReturnOutcome] = mapped_column(one_of(ReturnOutcome))
    note: Mapped[str] = mapped_column(String(300), default="")
    entered_at: Mapped[datetime] = mapped_column(Instant)
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"))
    paper_service_id: Mapped[int | None] = mapped_column(ForeignKey("paper_services.id"))
    refusal: Mapped[str] = mapped_column(String(300), default="")  # English sentence with slots
    refusal_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what fills its slots, as text
