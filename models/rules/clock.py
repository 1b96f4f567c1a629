"""The two counters: calendar days past due, and days counted (reliefs, pauses and grace days taken out)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from models.rules.facts import ReliefFact, ReliefKind, ReliefScope
from models.rules.refusals import Refused


def days_past_due(overdue_since: date, as_of: date) -> int:
    """Return the calendar days past due: the day after the due day that was missed is day 1."""
    return max(0, (as_of - overdue_since).days)


def counted_days(overdue_since: date, as_of: date, reliefs: Iterable[ReliefFact] = (), grace_days: int = 0) -> int:
    """Return the days counted: those past due without grace days and without days the clock stood still.

    Only what overlaps the time from the end of grace up to (not including) ``as_of`` is taken out, and a
    day stopped twice only once. Negative while grace still runs.
    """
    begins = overdue_since + timedelta(days=grace_days)
    stopped = sum(max(0, (min(end, as_of) - max(start, begins)).days) for start, end in _merged(_stops(reliefs)))
    return (as_of - begins).days - stopped


def is_stopped(day: date, reliefs: Iterable[ReliefFact]) -> bool:
    """Say whether the clock stands still on the day."""
    return any(start <= day < end for start, end in _stops(reliefs))


def checked_pauses(pauses: Sequence[ReliefFact], signed_on: date) -> tuple[ReliefFact, ...]:
    """Return the pauses in order of time, if they can stand together.

    One may start on the day another ends, and may start in the past.

    Raises:
        Refused: a pause before the contract, one that ends before or on the day it starts, or two that
            overlap.

    """
    ordered = sorted(pauses, key=lambda pause: (pause.from_on, pause.to_on or date.max))
    for pause in ordered:
        if pause.from_on < signed_on:
            raise Refused("A pause cannot start before the contract was signed.")
        if pause.to_on is not None and pause.to_on <= pause.from_on:
            raise Refused("A pause must end after the day it starts.")
    for this, following in pairwise(ordered):
        if this.to_on is None or following.from_on < this.to_on:
            raise Refused("Two pauses overlap: end the first one before the next starts.")
    return tuple(ordered)


def _stops(reliefs: Iterable[ReliefFact]) -> list[tuple[date, date]]:
    """Return the times the clock stands still: pauses, and deferrals or waivers of everything."""
    return [
        (relief.from_on, relief.to_on or date.max)
        for relief in reliefs
        if relief.kind is ReliefKind.PAUSE or relief.scope is ReliefScope.ALL
    ]


def _merged(spans: list[tuple[date, date]]) -> list[tuple[date, date]]:
    """Join spans that overlap or touch."""
    joined: list[tuple[date, date]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return joined
