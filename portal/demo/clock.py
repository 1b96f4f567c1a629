"""Moments at which things in the demo district are said to have happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from config import COUNTY_TIME

_NINE = time(9, 0)


@dataclass(slots=True)
class Clock:
    """Moments of the district's days in order, none after ``latest``: what is loaded has happened already."""

    latest: datetime
    steps: int = field(default=0)

    def at(self, day: date) -> datetime:
        """Return the next moment of a day, a few minutes after the one given before."""
        self.steps += 1
        moment = datetime.combine(day, _NINE, COUNTY_TIME) + timedelta(minutes=2 * self.steps)
        return min(moment, self.latest)
