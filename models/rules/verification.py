"""The code on a notice by which anybody can ask whether it is genuine, and the serial number of a paper.

The alphabet has 23 characters: digits and capital letters without every pair that is mistaken for one
another in print, handwriting or on the telephone (0 O, 1 I L, 2 Z, 5 S, 8 B, U V). 23 is prime, so two
check characters can make both the plain sum and the position-weighted sum of all twelve zero modulo 23. Two
different codes then differ in at least three places: any one or two wrong characters, and any two
exchanged, are noticed. Ten characters are random: 23**10, about 45 bits; the check page is throttled, so
codes cannot be guessed.
"""

from __future__ import annotations

import re
import unicodedata

from models.rules.refusals import Refused
from models.rules.serials import MOST, SIX_DIGITS

ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
CODE_LENGTH = 12
RANDOM_BYTES = 16
"""Bytes of randomness asked for; far more than 45 bits, so that the remainder below is even."""

SHORT_LENGTH = 6
"""Characters of the short code on a route sheet: five that say which paper, one that notices a slip."""

LONGER_LENGTH = 8
"""Characters of the short code of a number with seven digits: a sign that it is one, six, one that notices a slip."""

_BASE = len(ALPHABET)
_DATA_LENGTH = CODE_LENGTH - 2
_GROUP = 4
_NOISE = re.compile(r"[\s\-‐‑‒–—―−_.·]+")
_YEARS = range(2000, 2100)
_SHORT_YEARS = 6  # times a million numbers is less than 22 times 23 to the fourth, times ten millions less than 23**6
_LONGER = ALPHABET[-1]  # no code of six characters begins with it


def make_code(random_bytes: bytes) -> str:
    """Make a check code ``XXXX-XXXX-XXXX`` from at least ``RANDOM_BYTES`` random bytes.

    Raises:
        ValueError: too few random bytes.

    """
    if len(random_bytes) < RANDOM_BYTES:
        message = f"make_code needs {RANDOM_BYTES} random bytes"
        raise ValueError(message)
    rest = int.from_bytes(random_bytes)
    data: list[int] = []
    for _ in range(_DATA_LENGTH):
        rest, digit = divmod(rest, _BASE)
        data.append(digit)
    plain = sum(data)
    weighted = sum(place * digit for place, digit in enumerate(data, start=1))
    # plain + a + b = 0 and weighted + 11 a + 12 b = 0 (mod 23), solved for a and b
    last = (11 * plain - weighted) % _BASE
    last_but_one = (-plain - last) % _BASE
    return _grouped("".join(ALPHABET[digit] for digit in (*data, last_but_one, last)))


def normalise(text: str) -> str:
    """Bring what somebody typed into the printed form: width, case, spaces and dashes do not matter.

    Text of another length comes back in capitals without separators; ``is_well_formed`` then says no.
    """
    bare = _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()
    return _grouped(bare) if len(bare) == CODE_LENGTH else bare


def is_well_formed(code: str) -> bool:
    """Say whether the code, as printed or typed, can be one of ours; not that it was issued."""
    bare = normalise(code).replace("-", "")
    if len(bare) != CODE_LENGTH or any(character not in ALPHABET for character in bare):
        return False
    digits = [ALPHABET.index(character) for character in bare]
    plain = sum(digits)
    weighted = sum(place * digit for place, digit in enumerate(digits, start=1))
    return plain % _BASE == 0 and weighted % _BASE == 0


def serial(prefix: str, year: int, number: int) -> str:
    """Write a document number as an office does: ``X助催〔2026〕000123号``.

    Args:
        prefix: the issuing office's mark (a setting), for example ``X助催``.
        year: year of issue.
        number: 1 to 9,999,999, counted anew each year; of more than six digits only after a restore.

    Raises:
        Refused: the mark is empty, or the year's numbers are used up.
        ValueError: a year or a number that cannot be.

    """
    mark = prefix.strip()
    if not mark:
        raise Refused("Set the issuing office's mark before papers are numbered.")
    if year not in _YEARS or number < 1:
        message = f"no document number for year {year}, number {number}"
        raise ValueError(message)
    if number > MOST:
        raise Refused("This year's document numbers are used up: change the issuing office's mark.")
    return f"{mark}〔{year}〕{number:06d}号"


def short_code(year: int, number: int) -> str:
    """Write a document number as six characters for typing: any one wrong character and any swap is noticed.

    One of seven digits has eight. A code tells year and number and nothing else, so it is used only by people who are
    signed in. Years repeat after six: by then the work with a paper is long done.

    Raises:
        ValueError: a year or a number that cannot be.

    """
    if year not in _YEARS or not 1 <= number <= MOST:
        message = f"no short code for year {year}, number {number}"
        raise ValueError(message)
    is_longer = number > SIX_DIGITS
    rest = year % _SHORT_YEARS * _numbers(is_longer=is_longer) + number
    digits: list[int] = []
    for _ in range(LONGER_LENGTH - 2 if is_longer else SHORT_LENGTH - 1):
        rest, digit = divmod(rest, _BASE)
        digits.append(digit)
    if is_longer:
        digits.append(_BASE - 1)
    digits.reverse()
    return "".join(ALPHABET[digit] for digit in (*digits, _short_check(digits)))


def short_length(text: str) -> int:
    """Return how many characters the short code has that a text begins with; its first character says so."""
    return LONGER_LENGTH if normalise(text)[:1] == _LONGER else SHORT_LENGTH


def read_short_code(text: str, this_year: int) -> tuple[int, int] | None:
    """Return year and number of a short code; ``None`` when a character is wrong or two are swapped.

    Args:
        text: as typed; width, case, spaces and dashes do not matter.
        this_year: the code is of this year or one of the five before.

    """
    bare = normalise(text)
    if len(bare) != short_length(bare) or any(character not in ALPHABET for character in bare):
        return None
    *digits, check = (ALPHABET.index(character) for character in bare)
    if check != _short_check(digits):
        return None
    is_longer = len(bare) == LONGER_LENGTH
    value = 0
    for digit in digits[1:] if is_longer else digits:
        value = value * _BASE + digit
    year_rest, number = divmod(value, _numbers(is_longer=is_longer))
    if year_rest >= _SHORT_YEARS or number < 1 or is_longer != (number > SIX_DIGITS):
        return None
    return this_year - (this_year - year_rest) % _SHORT_YEARS, number


def _numbers(*, is_longer: bool) -> int:
    return (MOST if is_longer else SIX_DIGITS) + 1


def _short_check(digits: list[int]) -> int:
    # Weights from 2 on with the check's own of 1: no two alike, none divisible by 23.
    return -sum(place * digit for place, digit in enumerate(digits, start=2)) % _BASE


def _grouped(bare: str) -> str:
    return "-".join(bare[start : start + _GROUP] for start in range(0, len(bare), _GROUP))
