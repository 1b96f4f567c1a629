"""Working days, months, and the seasons of repayment. Holidays are data: the State sets them each year."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta

from models.rules.refusals import Refused

_DAY = timedelta(days=1)
_SATURDAY = 5
_LONGEST_WAIT = 366  # days in a row without a working day: the holiday table is wrong


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """A calendar of working days.

    Args:
        holidays: weekdays nobody works.
        extra_workdays: Saturdays and Sundays worked in exchange; they win over ``holidays``.

    """

    holidays: Collection[date] = field(default_factory=frozenset)
    extra_workdays: Collection[date] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        """Say whether offices work that day."""
        if day in self.extra_workdays:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def roll(self, day: date) -> date:
        """Return the day itself, or the next working day after it.

        Raises:
            Refused: no working day for a year: the holiday table is wrong.

        """
        for _ in range(_LONGEST_WAIT):
            if self.is_working(day):
                return day
            day += _DAY
        raise Refused("No working day was found within a year. Please check the holiday table.")

    def add(self, day: date, n: int) -> date:
        """Return the n-th working day after the day; the day itself is day 0 (Civil Code 201).

        With n of 0 it is the day itself, or the next working day.

        Raises:
            Refused: n is negative, or the holiday table has no working days.

        """
        if n < 0:
            raise Refused("A deadline cannot lie in the past.")
        if n == 0:
            return self.roll(day)
        for _ in range(n):
            day = self.roll(day + _DAY)
        return day

    def add_months(self, day: date, n: int) -> date:
        """Return the same day n months later, or the next working day (Civil Code 202, 203)."""
        return self.roll(add_months(day, n))

    def between(self, start: date, end: date) -> int:
        """Count the working days from start to end, both included; 0 when end lies before start."""
        return sum(self.is_working(start + timedelta(days=offset)) for offset in range((end - start).days + 1))


def add_months(seed: date, n: int) -> date:
    """Return the seed day n months later, clamped to the end of a short month.

    Always count from the seed: 31 January, 28 February, 31 March; adding month by month would drift to the
    28th.
    """
    year, month = divmod(seed.year * 12 + seed.month - 1 + n, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(seed.day, (first_of_next - _DAY).day))


def add_years(seed: date, n: int) -> date:
    """Return the same day n years later; 29 February becomes the 28th (Civil Code 202)."""
    return add_months(seed, 12 * n)


def due_day(year: int) -> date:
    """Return the yearly due day, 20 December; holidays do not move it."""
    return date(year, 12, 20)


def season_of(day: date) -> int:
    """Return the season a day belongs to: the year of the last 20 December at or before it.

    20 December 2025 to 19 December 2026 is season 2025; a last instalment on 20 September belongs to the
    season that began the December before.
    """
    return day.year if day >= due_day(day.year) else day.year - 1


def season_start(day: date) -> date:
    """Return the first day of the season the day belongs to."""
    return due_day(season_of(day))
