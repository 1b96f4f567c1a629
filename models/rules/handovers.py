"""Handover of a village's cases to the member who looks after it from now on: read what is open, then accept.

Who gives a village does not accept for the one who receives it. A receiver without an account accepts on paper, and a
head of the school who has seen the signed copy says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Self

from models.rules.refusals import Refused

ACCEPT_WORKING_DAYS = 3
"""Working days to read and accept before the heads of the school see that it was not done.

No law sets it: it is our own term. The day of giving is day 0 (Civil Code 201).
"""

ENDING_DAYS = 30
"""A pause or deferral that ends within so many days is told to the receiver; our own number, a month's work ahead."""

REMARKS_MOST = 1_000


class HandoverState(StrEnum):
    """Where a handover stands."""

    OPEN = "open"  # given, and not accepted yet
    ACCEPTED = "accepted"
    ENDED = "ended"  # the village went on to somebody else before it was accepted


class HandoverStep(StrEnum):
    """What can happen to a handover."""

    ACCEPT = "accept"  # the receiver, signed in
    ACCEPT_ON_PAPER = "accept_on_paper"  # a head of the school has seen the signed copy
    END = "end"


class Risk(StrEnum):
    """What the receiver would not see from a list of arrears."""

    NO_NUMBER = "no_number"  # no number at all, or each one failed last
    OUT_OF_TOUCH = "out_of_touch"  # every known way was tried
    MOVED = "moved"  # said to have moved, and the borrower was not reached since
    LIMITATION = "limitation"  # a contract becomes too old to sue on within the days of the limitation watch


@dataclass(frozen=True, slots=True)
class Counts:
    """What is open in a village, in numbers; nobody is named. All but ``borrowers`` and ``people`` count things.

    ``people`` are the borrowers with something open, ``risks`` those of them with a hidden risk.
    """

    borrowers: int = 0
    people: int = 0
    overdue: int = 0
    promises: int = 0
    notices: int = 0
    questions: int = 0
    claims: int = 0
    pauses: int = 0
    suspicions: int = 0
    escalations: int = 0
    risks: int = 0

    def to_json(self) -> dict[str, int]:
        """Return the numbers as they are stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, held: Mapping[str, int]) -> Self:
        """Read what was stored; a number that was not counted then is 0, one no longer counted is left out."""
        return cls(**{field.name: held.get(field.name, 0) for field in fields(cls)})


def check_receiver(*, actor_id: int, receiver_id: int | None) -> None:
    """Refuse to accept for somebody else.

    Args:
        actor_id: the account that accepts.
        receiver_id: the account of the member who receives; ``None`` when that person has none that works.

    Raises:
        Refused: the village was given to somebody else.

    """
    if actor_id != receiver_id:
        raise Refused("Only the person who received the village accepts its handover.")


def check_paper(*, receiver_id: int | None) -> None:
    """Refuse to file a signed copy for somebody who can sign in.

    Raises:
        Refused: the receiver has an account.

    """
    if receiver_id is not None:
        raise Refused("The person who received the village has an account and accepts there: remind them.")


def checked_remarks(text: str) -> str:
    """Return the receiver's words, trimmed.

    Raises:
        Refused: they are too long.

    """
    words = text.strip()
    if len(words) > REMARKS_MOST:
        raise Refused("Please keep to %(most)s characters.", most=REMARKS_MOST)
    return words


def is_moved(*, moved_on: date | None, reached_on: date | None) -> bool:
    """Say whether the last that is known is that the borrower moved away.

    Args:
        moved_on: the last day on which somebody said so.
        reached_on: the last day on which the borrower was reached in person.

    """
    return moved_on is not None and (reached_on is None or reached_on < moved_on)
