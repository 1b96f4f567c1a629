"""Simple interest and penalty, and how days are counted.

The sources disagree on day count, so it is a setting of the lender's profile; computed interest is a check
with a tolerance, the bank's list is the figure of record.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.rules.money import round_fen
from models.rules.refusals import Refused

PENALTY_FACTOR = Decimal("1.3")
"""Penalty rate over contract rate, on overdue principal only (State lender's published terms; a setting)."""

_YEAR = 365
_MONEY_YEAR = 360


class DayCount(StrEnum):
    """How a number of days becomes part of a year.

    HYBRID_360: a full interest year is exactly the yearly rate, a shorter period is days over 360.
    ACT_360: days over 360 always. ACT_365: days over 365 always.
    """

    HYBRID_360 = "hybrid_360"
    ACT_360 = "act_360"
    ACT_365 = "act_365"


def days(start: date, end: date, inclusive: bool = True) -> int:  # noqa: FBT001, FBT002 - published name
    """Count the days from start to end, both ends counted unless told otherwise.

    1 September to 20 December is 111 days inclusive, 110 counting one end.

    Raises:
        Refused: the end lies before the start.

    """
    if end < start:
        raise Refused("A period cannot end before it starts.")
    return (end - start).days + (1 if inclusive else 0)


def simple(principal: Decimal, annual_rate_pct: Decimal, days: int, day_count: DayCount) -> Decimal:
    """Return simple interest, yuan rounded half up to fen.

    Args:
        principal: yuan, 0 or more.
        annual_rate_pct: per cent a year (``Decimal("2.80")``), 0 or more.
        days: length of the period; 365 or 366 is a full year under HYBRID_360.
        day_count: the convention.

    Raises:
        Refused: a negative principal, rate or number of days.

    """
    if principal < 0:
        raise Refused("A principal cannot be negative.")
    if annual_rate_pct < 0:
        raise Refused("An interest rate cannot be negative.")
    if days < 0:
        raise Refused("A number of days cannot be negative.")
    part, whole = _share_of_year(days, day_count)
    return round_fen(principal * annual_rate_pct * part / (100 * whole))


def penalty(
    overdue_principal: Decimal,
    annual_rate_pct: Decimal,
    days: int,
    day_count: DayCount,
    factor: Decimal = PENALTY_FACTOR,
) -> Decimal:
    """Return the penalty on overdue principal, yuan: simple, at ``factor`` times the contract rate.

    It replaces the ordinary interest on that part and is never compounded; overdue interest bears none.
    Arrears have no interest year, so HYBRID_360 is days over 360 here.

    Raises:
        Refused: a negative principal, rate, factor or number of days.

    """
    if factor < 0:
        raise Refused("A penalty factor cannot be negative.")
    if day_count is DayCount.HYBRID_360:
        day_count = DayCount.ACT_360
    return simple(overdue_principal, annual_rate_pct * factor, days, day_count)


def _share_of_year(days: int, day_count: DayCount) -> tuple[int, int]:
    """Return the part of a year as a fraction (numerator, denominator)."""
    if day_count is DayCount.ACT_365:
        return days, _YEAR
    if day_count is DayCount.ACT_360:
        return days, _MONEY_YEAR
    years, rest = divmod(days, _YEAR)
    leap_days = (years + 3) // 4  # at most one for each four years begun
    if rest <= leap_days:
        rest = 0
    return years * _MONEY_YEAR + min(rest, _MONEY_YEAR), _MONEY_YEAR
