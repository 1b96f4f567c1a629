"""The days on which published rates are looked at again when a fact is learnt late.

No source names such days: they are this project's recommendation, and a setting. The day after the due day opens a
season, the last day of the year is what the district reports, and the 21st of each month follows the settlement of
the 20th.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ObservationDays:
    """Days of a year worth putting right.

    Args:
        of_month: a day of every month (the 21st: 20 December + 1 is among them).
        of_year: further days as (month, day).

    """

    of_month: int = 21
    of_year: tuple[tuple[int, int], ...] = ((12, 31),)

    def includes(self, day: date) -> bool:
        """Say whether a day is one of them."""
        return day.day == self.of_month or (day.month, day.day) in self.of_year


RECOMMENDED = ObservationDays()
