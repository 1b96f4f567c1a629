"""Cleaning of spreadsheet cells, one function for one kind of column.

A cell is what a reader of spreadsheets hands over: text, float, int, bool, date, datetime or nothing. Each
function returns a clean value or raises ``Refused`` with a sentence that names what is wrong and what mends
it; the caller adds row and column. No sentence holds an identity number or a telephone number.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from models.rules import identity
from models.rules.refusals import Refused
from models.rules.sentences import N_

MAX_YUAN = Decimal(1_000_000_000)
"""No amount in these lists is larger; a larger one is a shifted column."""
MAX_RATE_PCT = Decimal(20)
"""No student loan costs more per year; a larger figure is a shifted column."""
YEARS = range(1950, 2100)

_PRECISE_BELOW = 10**15
"""A spreadsheet keeps 15 digits of a number and turns the rest into zeros."""
_SHEET_DIGITS = ".15g"
_SHOWN = 20
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Cn"})
"""Characters that nobody sees. Private ones are seen by who has the font, so they stay, and are named in a name."""
_DOTS = re.compile(r"(?<=\w)[•‧∙⋅・･●．](?=\w)")
_DAMAGED = re.compile(r"[\ufffd?？]|锟斤|斤拷|烫烫|屯屯")
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|#{2,})|Err:\d{3}")
_SPACE = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")
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
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE | re.ASCII)
_BETWEEN_PHONES = re.compile(r"[,，、;；/|\n]+|\s{2,}|(?<=\d{11})\s+(?=1)")


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell without a value: a formula never computed (``=``), one merged with a cell above (``merged``), an error."""

    shown: str


def words(cell: object) -> str:
    """Return the words of a cell as ``text`` does.

    Raises:
        Refused: it shows an error, or is a formula without a value.

    """
    written = text(cell)
    if isinstance(cell, float) and abs(cell) >= _PRECISE_BELOW:
        raise Refused(
            "The number was stored as a figure and its last digits are lost: "
            "set the column to text in the sheet and enter the number again."
        )
    if isinstance(cell, Fault) and written == "=":
        raise Refused(
            "The cell holds a formula without a result: open the file in your spreadsheet program, save it, "
            "and send it again."
        )
    if isinstance(cell, Fault) and written == "merged":
        raise Refused("The cell is merged with the one above it: write the figure in every row it is meant for.")
    if isinstance(cell, Fault) or _ERROR.fullmatch(written):
        raise Refused("The cell shows the error %(error)s: correct the formula or type the value.", error=written)
    return written


def person_name(cell: object) -> str:
    """Return a person's name without spaces; the dot within a name of several parts in its one form.

    Raises:
        Refused: it shows an error, or characters were damaged on their way.

    """
    name = _DOTS.sub("·", words(cell).replace(" ", ""))
    if _DAMAGED.search(name):
        raise Refused("A character of the name was damaged on its way: type the name as on the identity card.")
    return name


def is_blank(cell: object) -> bool:
    """Say whether nothing is written in the cell; a lone dash or slash is how clerks write nothing."""
    return cell is None or (isinstance(cell, str) and text(cell) in {"", "-", "—", "/", "\\"})


def text(cell: object) -> str:
    """Return the words of a cell on one line, trimmed, without invisible characters."""
    if isinstance(cell, str):
        return _one_line(cell)
    if isinstance(cell, bool | Fault):
        return cell.shown if isinstance(cell, Fault) else str(cell).upper()
    if isinstance(cell, float):
        return format(cell, _SHEET_DIGITS) if abs(cell) < _PRECISE_BELOW else repr(cell)
    if isinstance(cell, date):
        return cell.isoformat(sep=" ", timespec="seconds") if isinstance(cell, datetime) else cell.isoformat()
    return "" if cell is None else _one_line(str(cell))


def _one_line(written: str) -> str:
    if written.isprintable():  # most cells: no control character, no space but the plain one
        return _SPACE.sub(" ", written).strip() if "  " in written else written.strip()
    visible = "".join(one for one in written if one.isspace() or unicodedata.category(one) not in _INVISIBLE)
    return _SPACE.sub(" ", visible).strip()


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
    written = _half_width(cell)
    if not written:
        raise Refused("The date is missing.")
    if _SERIAL_TEXT.fullmatch(written):
        return _day_of_number(Decimal(written))
    found = _DAY.fullmatch(written)
    if not found:
        raise Refused("“%(value)s” is not a date: write year, month and day, such as 2026-12-20.", value=_short(cell))
    year_digits, month_digits, day_digits = (part for part in found.groups() if part is not None)
    return _existing(int(year_digits), int(month_digits), int(day_digits))


def resident_id(cell: object) -> str:
    """Return a checked identity number.

    Raises:
        Refused: as ``identity.check_resident_id``; or the sheet kept a figure and its last digits are lost.

    """
    lost = N_(
        "The identity number was stored as a figure and its last digits are lost: "
        "set the column to text in the sheet and enter the number again."
    )
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        if not _finite(cell) or not -_PRECISE_BELOW < cell < _PRECISE_BELOW:
            raise Refused(lost)
        return identity.check_resident_id(text(cell))
    written = _half_width(cell).lstrip("'")
    if _SCIENTIFIC.fullmatch(written):
        raise Refused(lost)
    try:
        return identity.check_resident_id(written)
    except Refused:
        if len(written) == identity.ID_LENGTH and written.isdigit() and written.endswith("00"):
            raise Refused(lost) from None
        raise


def phone(cell: object) -> str:
    """Return one checked telephone number.

    Raises:
        Refused: as ``identity.check_phone``; or several numbers in one cell (``phones`` takes them).

    """
    several = phones(cell)
    if len(several) > 1:
        raise Refused("There are several telephone numbers in one cell: keep one, or give each its own column.")
    return several[0]


def phones(cell: object) -> tuple[str, ...]:
    """Return the checked telephone numbers of a cell, in order, each once; at least one.

    Raises:
        Refused: as ``identity.check_phone``, for the first that is wrong.

    """
    if isinstance(cell, float) and not math.isfinite(cell):
        raise Refused("The telephone number is missing.")
    written = words(cell) and str(cell) if isinstance(cell, str) else words(cell)
    parts = [part for part in _BETWEEN_PHONES.split(written.strip().lstrip("'")) if part.strip()] or [""]
    return tuple(dict.fromkeys(identity.check_phone(part) for part in parts))


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


def _finite(cell: float | Decimal) -> bool:
    return cell.is_finite() if isinstance(cell, Decimal) else math.isfinite(cell)


def _half_width(cell: object) -> str:
    return unicodedata.normalize("NFKC", words(cell)).strip()


def _number_text(cell: object, missing: str) -> str:
    """Write a number cell as text without losing or inventing digits; refuse what is no number."""
    if is_blank(cell):
        raise Refused(missing)
    if isinstance(cell, bool) or (isinstance(cell, float | Decimal) and not _finite(cell)):
        raise Refused("The cell holds no number: correct the formula or type the figure.")
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float | Decimal):
        # The sheet shows 15 digits; what lies behind them is binary noise (0.1 + 0.2).
        return format(Decimal(format(cell, _SHEET_DIGITS)) if isinstance(cell, float) else cell, "f")
    return _half_width(cell).replace(" ", "").replace("−", "-")


def _day_of_number(cell: float | Decimal) -> date:
    if not _finite(cell):
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
