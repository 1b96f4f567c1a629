"""What registers of serial numbers have in common: a counter for each year, and what became of each number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.notices import NumberState
from models.types import Instant, one_of


class SerialCounter:
    """The last number used in a year; its row is locked by whoever takes the next."""

    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


class SerialNumber:
    """What became of a number: reserved while the paper is rendered, then used, or void with the reason.

    A reservation is claimed by its check code: whoever reserves for the same holder again takes the number over, and
    the former claim is worth nothing.
    """

    year: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    check_code: Mapped[str] = mapped_column(String(16), unique=True)  # printed where the kind has one to check
    state: Mapped[NumberState] = mapped_column(one_of(NumberState), default=NumberState.RESERVED)
    reserved_at: Mapped[datetime] = mapped_column(Instant)
    void_reason: Mapped[str] = mapped_column(String(300), default="")
