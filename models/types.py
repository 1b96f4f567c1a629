"""Column types of this project: money, instants, enums, encrypted text."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Text
from sqlalchemy.types import TypeDecorator

from models.crypto import decrypt, encrypt

_FEN_PER_YUAN = 100


class Yuan(TypeDecorator[Decimal]):
    """Decimal yuan in Python, whole fen in the column. Rounding is a decision and belongs to rules/money."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002  # its signature
        """Turn yuan into fen; refuse fractions of a fen."""
        if value is None:
            return None
        fen = Decimal(value) * _FEN_PER_YUAN
        if fen != fen.to_integral_value():
            raise ValueError(f"{value} has fractions of a fen")
        return int(fen)

    def process_result_value(self, value: int | Decimal | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002  # same
        """Turn fen into yuan with two decimals; sums come back through here too."""
        return None if value is None else Decimal(int(value)).scaleb(-2)


class Instant(TypeDecorator[datetime]):
    """A moment, stored in UTC, aware in Python."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; refuse a moment that does not say where it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # same
        """Return an aware moment in UTC."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sealed(TypeDecorator[str]):
    """Text that only this installation's key opens; the column's name is bound into it."""

    impl = Text
    cache_ok = True

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # same
        """Encrypt."""
        return None if value is None else encrypt(value, self.column)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # same
        """Decrypt."""
        return None if value is None else decrypt(value, self.column)


def one_of(enum: type[StrEnum], name: str = "") -> Enum:
    """Store an enum by its value in a VARCHAR, with a CHECK named after it; a second one in a table needs a name."""
    return Enum(
        enum,
        name=name or enum.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )
