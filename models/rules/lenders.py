"""A lender's profile: when repayments are settled, when a list can show them, what a payment is used for first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from models.rules.calendar import add_months
from models.rules.facts import ALLOCATION, Part
from models.rules.refusals import Refused

_FIRST = 1
_LAST_DAY = 31
_MONTHS = 12
_LONGEST_POSTING = 90
_LOWEST_PENALTY, _HIGHEST_PENALTY = 100, 200


@dataclass(frozen=True, slots=True)
class Profile:
    """When money that was paid is booked and seen.

    Args:
        settlement_day: day of the month on which what was paid is settled; the month's last day where it is shorter.
        unsettled_month: the month without a settlement (1–12), if there is one.
        posting_days: days from a settlement until a list of the lender shows its result.

    """

    settlement_day: int = 20
    unsettled_month: int | None = 11
    posting_days: int = 15


DEFAULT = Profile()
"""The state lender's published practice: settled on the 20th, not in November; seen early in the next month."""


def settlement_on_or_after(day: date, profile: Profile) -> date:
    """Return the settlement that books what is paid on a day."""
    found = _settlement(day, profile)
    while found < day or found.month == profile.unsettled_month:
        day = add_months(day.replace(day=_FIRST), 1)
        found = _settlement(day, profile)
    return found


def visible_from(paid_on: date, profile: Profile) -> date:
    """Return the first day on which a list of the lender can show a payment."""
    return settlement_on_or_after(paid_on, profile) + timedelta(days=profile.posting_days)


def settled_before(data_on: date, profile: Profile) -> date:
    """Return the newest settlement that a list of this data date shows: what was paid later may be missing from it."""
    newest = data_on - timedelta(days=profile.posting_days)
    found = _settlement(newest, profile)
    while found > newest or found.month == profile.unsettled_month:
        newest_month = add_months(found.replace(day=_FIRST), -1)
        found = _settlement(newest_month, profile)
    return found


def allocation_order(text: str) -> tuple[Part, ...]:
    """Return the order a payment is used in, from a profile's ``penalty,interest,principal``.

    Raises:
        Refused: a part is missing, unknown or named twice.

    """
    names = [name.strip() for name in text.split(",")]
    if sorted(names) != sorted(part.value for part in Part):
        raise Refused("A payment's order names penalty, interest and principal, each once.")
    return tuple(Part(name) for name in names)


def allocation_text(order: tuple[Part, ...] = ALLOCATION) -> str:
    """Return an order as a profile keeps it; raises as :func:`allocation_order` does."""
    text = ",".join(part.value for part in order)
    allocation_order(text)
    return text


def check(profile: Profile, penalty_percent: int) -> None:
    """Refuse a profile that cannot be.

    Raises:
        Refused: with what is wrong.

    """
    if not _FIRST <= profile.settlement_day <= _LAST_DAY:
        raise Refused("A settlement day lies between 1 and 31.")
    if profile.unsettled_month is not None and not _FIRST <= profile.unsettled_month <= _MONTHS:
        raise Refused("A month lies between 1 and 12.")
    if not 0 <= profile.posting_days <= _LONGEST_POSTING:
        raise Refused("A settlement is seen within 0 to 90 days.")
    if not _LOWEST_PENALTY <= penalty_percent <= _HIGHEST_PENALTY:
        raise Refused("A penalty rate lies between 100 and 200 per cent of the contract rate.")


def _settlement(day: date, profile: Profile) -> date:
    """Return the settlement day of a day's month."""
    last = add_months(day.replace(day=_FIRST), 1) - timedelta(days=1)
    return last.replace(day=min(profile.settlement_day, last.day))
