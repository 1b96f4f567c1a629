"""What may be written down about a contract after it was signed: reliefs, changes, payments taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from models.rules.clock import checked_pauses
from models.rules.facts import PauseCause, ReliefFact, ReliefKind, ReliefScope
from models.rules.refusals import Refused

_LAST_YEAR = 2200
_FURTHEST_YEARS = 30
_SHORTEST_REASON, _LONGEST_REASON = 2, 200


def check_relief(
    relief: ReliefFact,
    others: Sequence[ReliefFact],
    *,
    cause: PauseCause | None,
    signed_on: date,
    settled_on: date | None,
    today: date,
) -> None:
    """Refuse a relief that cannot stand beside the others of its contract.

    Args:
        relief: the one to be entered, or what a correction makes of one.
        others: those in force without it.
        cause: of a pause.
        signed_on: day of the contract.
        settled_on: day everything was paid off, if so.
        today: the day it is entered.

    Raises:
        Refused: with what is wrong.

    """
    if settled_on is not None:
        raise Refused("This contract is paid off since %(day)s: there is nothing left to relieve.", day=settled_on)
    for day in (relief.from_on, relief.to_on):
        if day is not None:
            check_not_far(day, today)
    if relief.kind is ReliefKind.PAUSE:
        if relief.scope is not ReliefScope.ALL:
            raise Refused("A pause stops the days of the whole contract: it cannot cover a part.")
        if cause is None:
            raise Refused("Say why the count of days is paused.")
        checked_pauses([one for one in (*others, relief) if one.kind is ReliefKind.PAUSE], signed_on)
        return
    _check_other(relief, others, cause, signed_on)


def _check_other(relief: ReliefFact, others: Sequence[ReliefFact], cause: PauseCause | None, signed_on: date) -> None:
    if cause is not None:
        raise Refused("Only a pause has a cause; write others as the reason.")
    if relief.from_on < signed_on:
        raise Refused("A relief cannot start before the contract was signed.")
    if relief.to_on is not None and relief.to_on <= relief.from_on:
        raise Refused("A relief must end after the day it starts.")
    if relief in others:
        raise Refused("This relief has been entered already.")


def check_reversal(paid_on: date, reversed_on: date, held: date | None, today: date) -> None:
    """Refuse to take a payment back twice, before it was made, or on a day that has not come.

    Raises:
        Refused: with what is wrong.

    """
    if held is not None:
        raise Refused("This payment was taken back already, on %(day)s.", day=held)
    if reversed_on < paid_on:
        raise Refused("This payment was made on %(day)s: it cannot be taken back before.", day=paid_on)
    check_happened(reversed_on, today)


def check_happened(day: date, today: date) -> None:
    """Refuse a day in the future for something that is written down after it happened.

    Raises:
        Refused: the day has not come.

    """
    if day > today:
        raise Refused("This day has not come yet: it is written down after it has happened.")


def check_not_far(day: date, today: date) -> None:
    """Refuse a day so far ahead that it must be a typing mistake.

    Raises:
        Refused: after 2200, or more than 30 years ahead.

    """
    if day.year > _LAST_YEAR or day.year > today.year + _FURTHEST_YEARS:
        raise Refused("%(day)s lies too far in the future: correct the year.", day=day)


def checked_reason(reason: str) -> str:
    """Return a reason in its written form.

    Raises:
        Refused: there is none, or it is too long.

    """
    reason = " ".join(reason.split())
    if len(reason) < _SHORTEST_REASON:
        raise Refused("Say in a few words why.")
    if len(reason) > _LONGEST_REASON:
        raise Refused("The reason is too long: at most %(most)s characters.", most=_LONGEST_REASON)
    return reason
