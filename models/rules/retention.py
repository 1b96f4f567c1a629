"""How long what is on record of a borrower is kept: five years after the relation ends."""

from __future__ import annotations

from datetime import date

KEPT_YEARS = 5


def kept_until(settled_on: date | None) -> date | None:
    """Return the last day on which the record must be kept; ``None`` while any contract stands.

    Args:
        settled_on: day the last contract was paid off; none while one stands.

    """
    if settled_on is None:
        return None
    try:
        return settled_on.replace(year=settled_on.year + KEPT_YEARS)
    except ValueError:  # 29 February
        return settled_on.replace(year=settled_on.year + KEPT_YEARS, day=28)
