"""What interrupted the limitation of a contract besides served notices: acknowledgements and suits, with the proof."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.limitation import InterruptionKind
from models.types import Instant, one_of


class LimitationInterruption(Base):
    """An interruption recorded by hand; never changed, a wrong one is voided by another that names it."""

    __tablename__ = "limitation_interruptions"

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"), index=True)
    on: Mapped[date]
    kind: Mapped[InterruptionKind] = mapped_column(one_of(InterruptionKind))
    proof: Mapped[str] = mapped_column(String(200))  # where the paper is kept, what it is
    is_proven: Mapped[bool]
    voids_id: Mapped[int | None] = mapped_column(ForeignKey("limitation_interruptions.id"), unique=True)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
