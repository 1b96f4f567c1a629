"""The published rates and spreads we hold: as the rules use them, and as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.interest_rates import RateSpread, ReferenceRate
from models.rules.interest_rates import RateTable, Reference, Spread, YearRate, interest_year
from models.rules.refusals import NotVisible, Refused

_YEARS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Years:
    """The rates of some interest years, newest first, side by side for each group of contracts.

    Attributes:
        signed_from: first day of signing of each group, the youngest first.
        rows: (interest year, rate of each group; ``None`` where nobody knows it).

    """

    signed_from: tuple[date, ...]
    rows: tuple[tuple[int, tuple[YearRate | None, ...]], ...]


def rate_table(session: Session) -> RateTable:
    """Return all published rates and spreads."""
    references = session.scalars(select(ReferenceRate).order_by(ReferenceRate.basis, ReferenceRate.from_on.desc()))
    spreads = session.scalars(select(RateSpread).order_by(RateSpread.signed_from.desc(), RateSpread.ends_from.desc()))
    return RateTable(
        references=tuple(
            Reference(row.basis, row.from_on, row.rate_percent, row.source, row.is_confirmed) for row in references
        ),
        spreads=tuple(
            Spread(row.signed_from, row.ends_from, row.basis, row.spread_percent, row.source, row.is_confirmed)
            for row in spreads
        ),
    )


def reference(table: RateTable, basis: str, from_on: str) -> Reference:
    """Return one published rate by what its address names.

    Raises:
        NotVisible: there is none.

    """
    for row in table.references:
        if (row.basis.value, row.from_on.isoformat()) == (basis, from_on):
            return row
    raise NotVisible


def spread(table: RateTable, signed_from: str, ends_from: int) -> Spread:
    """Return one spread by what its address names.

    Raises:
        NotVisible: there is none.

    """
    for row in table.spreads:
        if (row.signed_from.isoformat(), row.ends_from) == (signed_from, ends_from):
            return row
    raise NotVisible


def years(table: RateTable, today: date) -> Years:
    """Return what the tables come to, up to the next interest year."""
    groups = tuple(sorted({row.signed_from for row in table.spreads}, reverse=True))
    newest = interest_year(today) + 1
    rows = tuple(
        (ends, tuple(_known(table, ends, signed_from) for signed_from in groups))
        for ends in range(newest, newest - _YEARS_SHOWN, -1)
    )
    return Years(groups, rows)


def _known(table: RateTable, ends: int, signed_from: date) -> YearRate | None:
    try:
        return table.year(ends, signed_from)
    except Refused:
        return None
