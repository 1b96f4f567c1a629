"""Amounts, days, years and rates as cells of spreadsheets write them.

As in ``cells``, a function takes what a reader of spreadsheets hands over and returns a clean value, or raises
``Refused`` with a sentence that names what is wrong and what mends it; the caller adds row and column.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from models.rules.cells import SHEET_DIGITS, half_width, is_blank, is_finite, text
from models.rules.refusals import Refused
from models.rules.sentences import N_

MAX_YUAN = Decimal(1_000_000_000)
"""No amount in these lists is larger; a larger one is a shifted column."""
MAX_RATE_PCT = Decimal(20)
"""No student loan costs more per year; a larger figure is a shifted column."""
YEARS = range(1950, 2100)

_SHOWN = 20
_AMOUNT = re.compile(r"(?P<minus>[-(]?)(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)\)?", re.ASCII)
_CURRENCY = re.compile(r"^(?:人民币|RMB|CNY)?¥?|(?:元整?|RMB|CNY)$", re.IGNORECASE)
_DAY = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))"
    r"(?:[T ]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?",
    re.ASCII,
)
_SERIAL_TEXT = re.compile(r"[1-9]\d{4}(?:\.\d+)?", re.ASCII)
_COMPACT_DAYS = range(YEARS.start * 10_000, YEARS.stop * 10_000)
# The system counts a 29 February 1900 that never was; every day we accept lies behind it.
_SERIAL_START = date(1899, 12, 30)
_FIRST_SERIAL = (date(YEARS.start, 1, 1) - _SERIAL_START).days
_LAST_SERIAL = (date(YEARS.stop, 1, 1) - _SERIAL_START).days - 1
_YEAR = re.compile(r"(\d{4})(?:年|届|级|学年)?", re.ASCII)
_RATE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(%?)", re.ASCII)
_PERCENT_FORMAT_BELOW = Decimal("0.2")
_RATE_PLACES = 4


def amount(cell: object) -> Decimal:
    """Return yuan with two decimals, zero or more.

    Raises:
        Refused: blank, not an amount, negative, fractions of a fen, or absurdly large.

    """
    written = _number_text(cell, N_("The amount is missing: write 0 if nothing is owed."))
    bare = _CURRENCY.sub("", _CURRENCY.sub("", written))
    found = _AMOUNT.fullmatch(bare)
    if not found:
        raise Refused(
            "“%(value)s” is not an amount: write it in yuan with digits, such as 1234.50.", value=_short(cell)
        )
    yuan = Decimal(found["number"].replace(",", ""))
    if found["minus"] and yuan:
        raise Refused("The amount is negative: write what is owed or paid as a figure of 0 or more.")
    if yuan > MAX_YUAN:
        raise Refused("The amount is larger than any student loan: check whether a column has shifted.")
    exact = yuan.quantize(Decimal("0.01"))
    if exact != yuan:
        raise Refused(
            "“%(value)s” has fractions of a fen: round it to two decimals in the bank's list.",
            value=_short(cell),
        )
    return exact


def day(cell: object) -> date:
    """Return the calendar day of a date cell, a date as text, or a day number of the 1900 system.

    Raises:
        Refused: blank, not a date, a day that does not exist, or a year outside 1950 to 2099.

    """
    if isinstance(cell, datetime):
        return _plausible(cell.date())
    if isinstance(cell, date):
        return _plausible(cell)
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        return _day_of_number(cell)
    written = half_width(cell)
    if not written:
        raise Refused("The date is missing.")
    if _SERIAL_TEXT.fullmatch(written):
        return _day_of_number(Decimal(written))
    found = _DAY.fullmatch(written)
    if not found:
        raise Refused("“%(value)s” is not a date: write year, month and day, such as 2026-12-20.", value=_short(cell))
    year_digits, month_digits, day_digits = (part for part in found.groups() if part is not None)
    return _existing(int(year_digits), int(month_digits), int(day_digits))


def year(cell: object) -> int:
    """Return a year such as 2026, also as ``2026年``, ``2026届``, ``2026级`` or a date.

    Raises:
        Refused: blank, not a year, or outside 1950 to 2099.

    """
    if isinstance(cell, date):
        return _plausible(cell.date() if isinstance(cell, datetime) else cell).year
    found = _YEAR.fullmatch(_number_text(cell, N_("The year is missing.")))
    if not found or int(found[1]) not in YEARS:
        raise Refused("“%(value)s” is not a year: write four digits, such as 2026.", value=_short(cell))
    return int(found[1])


def rate_pct(cell: object) -> Decimal:
    """Return an interest rate in per cent a year, at most four decimals: ``2.8%`` is ``Decimal("2.8")``.

    A figure below 0.2 comes from a cell formatted as a percentage (0.028 is shown as 2.8 %) and is
    multiplied by 100; the same as text could mean either and is refused.

    Raises:
        Refused: blank, not a rate, or not plausible.

    """
    found = _RATE.fullmatch(_number_text(cell, N_("The interest rate is missing.")))
    if not found:
        raise Refused("“%(value)s” is not an interest rate: write per cent a year, such as 2.8.", value=_short(cell))
    rate = Decimal(found[1])
    if not found[2] and rate < _PERCENT_FORMAT_BELOW and rate:
        if isinstance(cell, str):
            raise Refused(
                "It is not clear whether “%(value)s” is in per cent: add the percent sign.",
                value=_short(cell),
            )
        rate *= 100
    if rate > MAX_RATE_PCT:
        raise Refused("The interest rate is higher than any student loan's: check whether a column has shifted.")
    if rate != round(rate, _RATE_PLACES):
        raise Refused("The interest rate has more than four decimals: write it as in the contract.")
    return rate


def _number_text(cell: object, missing: str) -> str:
    """Write a number cell as text without losing or inventing digits; refuse what is no number."""
    if is_blank(cell):
        raise Refused(missing)
    if isinstance(cell, bool) or (isinstance(cell, float | Decimal) and not is_finite(cell)):
        raise Refused("The cell holds no number: correct the formula or type the figure.")
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float | Decimal):
        # The sheet shows 15 digits; what lies behind them is binary noise (0.1 + 0.2).
        return format(Decimal(format(cell, SHEET_DIGITS)) if isinstance(cell, float) else cell, "f")
    return half_width(cell).replace(" ", "").replace("−", "-")


def _day_of_number(cell: float | Decimal) -> date:
    if not is_finite(cell):
        raise Refused("The cell holds no date: correct the formula or type the date.")
    whole = int(cell)
    if whole == cell and whole in _COMPACT_DAYS:
        return _existing(whole // 10_000, whole // 100 % 100, whole % 100)
    if not _FIRST_SERIAL <= whole <= _LAST_SERIAL:
        raise Refused("“%(value)s” is not a date: write year, month and day, such as 2026-12-20.", value=_short(cell))
    return _SERIAL_START + timedelta(days=whole)


def _existing(year_number: int, month: int, day_of_month: int) -> date:
    try:
        found = date(year_number, month, day_of_month)
    except ValueError:
        raise Refused(
            "There is no day %(year)s-%(month)s-%(day)s: correct it.",
            year=year_number,
            month=f"{month:02d}",
            day=f"{day_of_month:02d}",
        ) from None
    return _plausible(found)


def _plausible(found: date) -> date:
    if found.year not in YEARS:
        raise Refused("The year %(year)s cannot be right: correct the date.", year=found.year)
    return found


def _short(cell: object) -> str:
    """Quote a cell briefly; a long run of digits may be somebody's number, so it is hidden."""
    return re.sub(r"\d{7,}[\dXx]?", lambda run: run[0][:3] + "…", text(cell))[:_SHOWN]
