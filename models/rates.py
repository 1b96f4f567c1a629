"""Published default rates: frozen with their definition; a later finding is a correction, never an edit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.types import Instant


class RateSnapshot(Base):
    """The rates of every area on one day, as they were known then."""

    __tablename__ = "rate_snapshots"
    __table_args__ = (UniqueConstraint("as_of", "definition", "area_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    as_of: Mapped[date] = mapped_column(index=True)
    definition: Mapped[str] = mapped_column(String(40))
    area_code: Mapped[str] = mapped_column(String(20))  # district, township, village or school code
    taken_at: Mapped[datetime] = mapped_column(Instant)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    heads_bad: Mapped[int]
    heads_all: Mapped[int]
    fen_bad: Mapped[int] = mapped_column(BigInteger)
    fen_all: Mapped[int] = mapped_column(BigInteger)
    basis: Mapped[dict[str, Any]] = mapped_column(JSON)  # data dates and import ids


class Backdating(Base):
    """A fact that was learnt after the day it takes effect on: what was published since may have to be put right."""

    __tablename__ = "backdatings"

    id: Mapped[int] = mapped_column(primary_key=True)
    effective_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    borrowers: Mapped[int]  # how many it touched
    subject: Mapped[str] = mapped_column(String(60))  # what it was: "import/12", "relief/7"
    checked_on: Mapped[date | None] = mapped_column(index=True)  # the night the snapshots since were held against it


class RateCorrection(Base):
    """What a published snapshot would say if it were taken with what is known now; the snapshot stays."""

    __tablename__ = "rate_corrections"
    __table_args__ = (UniqueConstraint("snapshot_id", "found_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("rate_snapshots.id"))
    found_on: Mapped[date] = mapped_column(index=True)
    heads_bad: Mapped[int]
    heads_all: Mapped[int]
    fen_bad: Mapped[int] = mapped_column(BigInteger)
    fen_all: Mapped[int] = mapped_column(BigInteger)
    causes: Mapped[list[str]] = mapped_column(JSON)  # subjects of the backdated facts
