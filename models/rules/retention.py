"""How long what came in is kept: five years after the relation ends, counted for the last of those it is about.

The relation with a borrower ends when every contract is paid off. While one is open the clock does not run. A list
used later than that, applied, taken back or only received, is kept from that day on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from models.rules.calendar import add_months

YEARS = 5
_MONTHS = 12


def relation_ended(settled: Iterable[date | None]) -> date | None:
    """Return the day the last contract was paid off; ``None`` while one is open, or for no contract at all."""
    days = list(settled)
    if not days or any(day is None for day in days):
        return None
    return max(day for day in days if day is not None)


def earliest(last_used_on: date, years: int = YEARS) -> date:
    """Return the first day on which a record may end at all."""
    return add_months(last_used_on, years * _MONTHS)


def kept_until(last_used_on: date, ended_on: date | None, *, is_about_people: bool, years: int = YEARS) -> date | None:
    """Return the last day of keeping; ``None`` while the clock does not run.

    Args:
        last_used_on: the day the record was last received, applied or taken back.
        ended_on: the day the relation ended with the last of those it is about.
        is_about_people: whether it is about borrowers at all; a list of villages is not.
        years: how long.

    """
    if not is_about_people:
        return earliest(last_used_on, years)
    if ended_on is None:
        return None
    return earliest(max(last_used_on, ended_on), years)
