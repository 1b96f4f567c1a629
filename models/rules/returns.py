"""What a teacher brings back from a walk, one key a notice: how it went, and what that says about service."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from models.rules import verification
from models.rules.notices import FailureReason
from models.rules.service_of_notice import ServiceMethod, SignerRelation

MOST_ENTRIES = 100
"""Notices in one round of returns: more than anybody walks in a day, and few enough to be filed in one go."""

LONGEST_TEXT = 400
"""Characters of one typed or scanned line."""


class ReturnOutcome(StrEnum):
    """How it went with one notice; each has a key of its own."""

    SIGNED_SELF = "signed_self"
    SIGNED_CO_BORROWER = "signed_co_borrower"
    SIGNED_RELATIVE = "signed_relative"
    LEFT = "left"
    REFUSED = "refused"
    MOVED = "moved"
    NOBODY_HOME = "nobody_home"
    WRONG_PERSON = "wrong_person"
    SAYS_PAID = "says_paid"
    CAME_BACK = "came_back"


KEYS: dict[str, ReturnOutcome] = {
    "1": ReturnOutcome.SIGNED_SELF,
    "2": ReturnOutcome.SIGNED_CO_BORROWER,
    "3": ReturnOutcome.SIGNED_RELATIVE,
    "4": ReturnOutcome.LEFT,
    "5": ReturnOutcome.REFUSED,
    "6": ReturnOutcome.MOVED,
    "7": ReturnOutcome.NOBODY_HOME,
    "8": ReturnOutcome.WRONG_PERSON,
    "9": ReturnOutcome.SAYS_PAID,
    "0": ReturnOutcome.CAME_BACK,
}
"""The key of each outcome, in the order a page and a route sheet show them."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an outcome says about service.

    Attributes:
        was_served: whether the paper was handed over or left.
        method: how.
        relation: who signed, or refused to.
        failure: why not, when it was not served.
        flags: yes-or-no proofs that the outcome itself states.

    """

    was_served: bool
    method: ServiceMethod
    relation: SignerRelation | None = None
    failure: FailureReason | None = None
    flags: frozenset[str] = frozenset()


MEANINGS: dict[ReturnOutcome, Meaning] = {
    ReturnOutcome.SIGNED_SELF: Meaning(
        was_served=True, method=ServiceMethod.DIRECT, relation=SignerRelation.SELF, flags=frozenset({"signed"})
    ),
    ReturnOutcome.SIGNED_CO_BORROWER: Meaning(
        was_served=True, method=ServiceMethod.DIRECT, relation=SignerRelation.CO_BORROWER, flags=frozenset({"signed"})
    ),
    ReturnOutcome.SIGNED_RELATIVE: Meaning(
        was_served=True,
        method=ServiceMethod.CO_RESIDENT_ADULT,
        relation=SignerRelation.ADULT_RELATIVE,
        flags=frozenset({"signed", "lives_together"}),
    ),
    ReturnOutcome.LEFT: Meaning(was_served=True, method=ServiceMethod.LEFT_WITH_WITNESS),
    ReturnOutcome.REFUSED: Meaning(was_served=False, method=ServiceMethod.DIRECT, failure=FailureReason.REFUSED),
    ReturnOutcome.MOVED: Meaning(was_served=False, method=ServiceMethod.DIRECT, failure=FailureReason.MOVED),
    ReturnOutcome.NOBODY_HOME: Meaning(
        was_served=False, method=ServiceMethod.DIRECT, failure=FailureReason.NOBODY_HOME
    ),
    ReturnOutcome.WRONG_PERSON: Meaning(
        was_served=False, method=ServiceMethod.DIRECT, failure=FailureReason.WRONG_PERSON
    ),
    ReturnOutcome.SAYS_PAID: Meaning(was_served=False, method=ServiceMethod.DIRECT, failure=FailureReason.SAYS_PAID),
    ReturnOutcome.CAME_BACK: Meaning(was_served=False, method=ServiceMethod.POST, failure=FailureReason.RETURNED),
}


class Misread(StrEnum):
    """Why a line names no paper."""

    EMPTY = "empty"
    NOT_A_CODE = "not_a_code"  # neither six nor twelve characters, or signs no code of ours has
    MISTYPED = "mistyped"  # the check characters do not fit


@dataclass(frozen=True, slots=True)
class Line:
    """One line as understood.

    Attributes:
        code: the twelve-character code in its printed form, or the six characters of a short one.
        year, number: of a short code; 0 for a long one.
        outcome: what the key after the code says; none when there is no key or an unknown one.
        key: what was typed in the key's place.
        note: what follows the key.
        misread: why it names no paper; none when it does.

    """

    code: str = ""
    year: int = 0
    number: int = 0
    outcome: ReturnOutcome | None = None
    key: str = ""
    note: str = ""
    misread: Misread | None = None


_ADDRESS = re.compile(r"^\s*https?://\S*?/check/(\S+)", re.IGNORECASE)
_BETWEEN = "-‐‑‒–—―−_.·"


def read_line(text: str, this_year: int) -> Line:
    """Understand one line: a code, scanned or typed, then the key of an outcome, then perhaps a remark.

    A scanned QR code holds the address of the public check page; its end is the code.
    """
    text = text[:LONGEST_TEXT].strip()
    if not text:
        return Line(misread=Misread.EMPTY)
    scanned = _ADDRESS.match(text)
    if scanned is not None:
        text = f"{scanned[1]} {text[scanned.end() :]}".strip()
    best = Line(misread=Misread.NOT_A_CODE)
    for length in (verification.CODE_LENGTH, verification.short_length(text)):
        code, rest = _take(text, length)
        if not code:
            continue
        found = _named(code, this_year)
        if found is None:
            if best.misread is Misread.NOT_A_CODE and _looks_whole(rest):
                best = Line(code=code, misread=Misread.MISTYPED)
            continue
        key, note = unicodedata.normalize("NFKC", rest[:1]), rest[1:]
        if note[:1].isascii() and note[:1].isalnum():  # the key is not one sign: not a key, or a longer code mistyped
            if length != verification.CODE_LENGTH:
                best = Line(code=code, misread=Misread.MISTYPED)
                continue
            return Line(found.code, key=rest.split()[0])
        note = note.strip()
        return Line(found.code, found.year, found.number, KEYS.get(key), key, note)
    return best


def _named(code: str, this_year: int) -> Line | None:
    if len(code) == verification.CODE_LENGTH:
        return Line(code=verification.normalise(code)) if verification.is_well_formed(code) else None
    found = verification.read_short_code(code, this_year)
    return Line(code=code, year=found[0], number=found[1]) if found else None


def _take(text: str, length: int) -> tuple[str, str]:
    """Return so many characters of the code's alphabet from the start, separators left out, and what follows."""
    taken = ""
    for place, typed in enumerate(text):
        if len(taken) == length:
            return taken, text[place:].strip()
        sign = unicodedata.normalize("NFKC", typed)  # full-width signs of a Chinese keyboard
        if sign.isspace() or sign in _BETWEEN:
            continue
        if sign.upper() not in verification.ALPHABET:
            return "", ""
        taken += sign.upper()
    return (taken, "") if len(taken) == length else ("", "")


def _looks_whole(rest: str) -> bool:
    """Say whether what follows can be a key and a remark, so that what stands before was meant as the code."""
    return not rest or rest[0].isdigit() or not rest[0].isascii()
