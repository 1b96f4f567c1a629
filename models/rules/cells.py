"""Cleaning of spreadsheet cells, one function for one kind of column: words, names, numbers of people.

A cell is what a reader of spreadsheets hands over: text, float, int, bool, date, datetime or nothing. Each
function returns a clean value or raises ``Refused`` with a sentence that names what is wrong and what mends
it; the caller adds row and column. No sentence holds an identity number or a telephone number. Amounts, days
and rates are in ``figures``.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from models.rules import identity
from models.rules.refusals import Refused
from models.rules.sentences import N_

SHEET_DIGITS = ".15g"
"""A spreadsheet keeps 15 digits of a number and turns the rest into zeros."""
_PRECISE_BELOW = 10**15
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Cn"})
"""Characters that nobody sees. Private ones are seen by who has the font, so they stay, and are named in a name."""
_DOTS = re.compile(r"(?<=\w)[•‧∙⋅・･●．](?=\w)")
_DAMAGED = re.compile(r"[\ufffd?？]|锟斤|斤拷|烫烫|屯屯")
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|#{2,})|Err:\d{3}")
_SPACE = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")
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
        return format(cell, SHEET_DIGITS) if abs(cell) < _PRECISE_BELOW else repr(cell)
    if isinstance(cell, date):
        return cell.isoformat(sep=" ", timespec="seconds") if isinstance(cell, datetime) else cell.isoformat()
    return "" if cell is None else _one_line(str(cell))


def _one_line(written: str) -> str:
    if written.isprintable():  # most cells: no control character, no space but the plain one
        return _SPACE.sub(" ", written).strip() if "  " in written else written.strip()
    visible = "".join(one for one in written if one.isspace() or unicodedata.category(one) not in _INVISIBLE)
    return _SPACE.sub(" ", visible).strip()


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
        if not is_finite(cell) or not -_PRECISE_BELOW < cell < _PRECISE_BELOW:
            raise Refused(lost)
        return identity.check_resident_id(text(cell))
    written = half_width(cell).lstrip("'")
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


def is_finite(cell: float | Decimal) -> bool:
    """Say whether a figure is a number, not infinite and not the lack of one."""
    return cell.is_finite() if isinstance(cell, Decimal) else math.isfinite(cell)


def half_width(cell: object) -> str:
    """Return the words of a cell with full-width digits, letters and signs in their plain form.

    Raises:
        Refused: as ``words``.

    """
    return unicodedata.normalize("NFKC", words(cell)).strip()
