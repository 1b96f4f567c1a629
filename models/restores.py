"""Restores: which backup was brought back, and what the database therefore cannot know."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.papers import PaperKind
from models.types import Instant, one_of


class Restore(Base):
    """A backup brought back. Papers issued between ``made_at`` and ``at`` are in the world and not in the database.

    ``bound`` is the highest number of ``year`` that may have been given until then, by whichever life of the database:
    none up to it is given again. Rows are only added.
    """

    __tablename__ = "restores"

    id: Mapped[int] = mapped_column(primary_key=True)
    backup: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Instant)
    at: Mapped[datetime] = mapped_column(Instant)
    year: Mapped[int]
    bound: Mapped[int]


class PassedNumbers(Base):
    """Numbers of a kind passed over after a restore, both ends included: the one kind of gap a register may have."""

    __tablename__ = "passed_numbers"

    kind: Mapped[PaperKind] = mapped_column(one_of(PaperKind), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
