"""The days the demo district's bank works by, found from the day it is shown on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from models.rules.buckets import BUCKETS, bucket_of
from models.rules.calendar import due_day, season_start

_MIDDLE = {"1-30": 24, "31-90": 60, "91-180": 130, "181-365": 270, "365+": 500}  # days overdue, inside each range
_DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Missed:
    """A due day that was missed; ``is_put_off``: principal put off from December until then."""

    on: date
    is_put_off: bool = False


@dataclass(frozen=True, slots=True)
class Days:
    """What follows from the day the district is shown on.

    Args:
        as_of: that day.
        data_on: data date of the bank's newest list: the 1st of the month, or 21 December.
        window_from: first day of the repayments the bank's file holds.
        studying_until: the first graduation year whose students still study.
        missed: for each range of days overdue, the due days that fall in it.

    """

    as_of: date
    data_on: date
    window_from: date
    studying_until: int
    missed: dict[str, tuple[Missed, ...]]

    @property
    def last_december(self) -> date:
        """The last yearly due day before the list."""
        day = due_day(self.data_on.year)
        return day if day < self.data_on else due_day(self.data_on.year - 1)

    @property
    def next_december(self) -> date:
        """The yearly due day after the list."""
        return due_day(self.last_december.year + 1)


def find(as_of: date) -> Days:
    """Find the days for a day the district is shown on."""
    data_on = as_of.replace(day=1)
    if as_of > due_day(as_of.year):
        data_on = due_day(as_of.year) + timedelta(days=1)
    study_year = as_of.year if as_of <= date(as_of.year, 8, 31) else as_of.year + 1
    known = [due_day(as_of.year - back) for back in range(4)] + [date(as_of.year - back, 9, 20) for back in range(2)]
    missed = {}
    for bucket in BUCKETS:
        fitting = tuple(
            Missed(day)
            for day in sorted(known, reverse=True)
            if day < data_on and bucket_of((as_of - day).days) is bucket
        )
        missed[bucket.key] = fitting or (_put_off(as_of, data_on, bucket.key),)
    return Days(
        as_of=as_of,
        data_on=data_on,
        window_from=season_start(data_on - timedelta(days=1)).replace(month=11, day=1),
        studying_until=study_year,
        missed=missed,
    )


def _put_off(as_of: date, data_on: date, bucket: str) -> Missed:
    """Return a day until which principal was put off, so that it is overdue by as much as the range wants."""
    on = as_of - timedelta(days=_MIDDLE[bucket])
    if bucket == "1-30":
        on = min(on, data_on - timedelta(days=2)) if (as_of - data_on).days <= 25 else as_of - timedelta(days=10)  # noqa: PLR2004
    return Missed(on, is_put_off=True)
