"""What a school's roster of former pupils may say of a borrower, until a person has said whether it is the same one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.roster_matches import MatchedBy, MatchState
from models.types import Instant, Sealed, one_of


class RosterMatch(Base):
    """One row of a roster that fits a borrower. Refused, its words are wiped; of other pupils nothing is kept."""

    __tablename__ = "roster_matches"
    __table_args__ = (Index("ix_roster_matches_borrower_id_state", "borrower_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"), index=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"))
    matched_by: Mapped[MatchedBy] = mapped_column(one_of(MatchedBy))
    state: Mapped[MatchState] = mapped_column(one_of(MatchState), default=MatchState.SUGGESTED)
    school: Mapped[str] = mapped_column(String(80))
    class_name: Mapped[str] = mapped_column(String(40), default="")
    teacher: Mapped[str] = mapped_column(String(40), default="")
    phone: Mapped[str | None] = mapped_column(Sealed("roster_matches.phone"))  # a parent's
    masked_phone: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
