"""Published reference rates and the spreads that loan contracts carry over them: dated, editable, with their source."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.interest_rates import RateBasis
from models.types import Instant, one_of


class ReferenceRate(Base):
    """A reference rate from the day it was published."""

    __tablename__ = "reference_rates"
    __table_args__ = (CheckConstraint("rate_percent >= 0 AND rate_percent <= 36", name="rate_plausible"),)

    basis: Mapped[RateBasis] = mapped_column(one_of(RateBasis), primary_key=True)
    from_on: Mapped[date] = mapped_column(primary_key=True)
    rate_percent: Mapped[Decimal] = mapped_column(Numeric(6, 4))
    source: Mapped[str] = mapped_column(String(200), default="")
    is_confirmed: Mapped[bool] = mapped_column(default=False)  # somebody held it against the publication
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class RateSpread(Base):
    """How contracts signed from a day on follow a reference rate, from an interest year on."""

    __tablename__ = "rate_spreads"
    __table_args__ = (CheckConstraint("spread_percent >= -36 AND spread_percent <= 36", name="spread_plausible"),)

    signed_from: Mapped[date] = mapped_column(primary_key=True)
    ends_from: Mapped[int] = mapped_column(primary_key=True)  # interest year: the year its 20 December lies in
    basis: Mapped[RateBasis] = mapped_column(one_of(RateBasis))
    spread_percent: Mapped[Decimal] = mapped_column(Numeric(6, 4))  # added to the reference rate; mostly negative
    source: Mapped[str] = mapped_column(String(200), default="")
    is_confirmed: Mapped[bool] = mapped_column(default=False)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
