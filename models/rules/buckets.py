"""Ranges of days overdue, as a table that a district may replace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.rules.refusals import Refused


@dataclass(frozen=True, slots=True)
class Bucket:
    """Days counted from ``first`` to ``last``, both included; ``None`` has no end. ``key`` is stored."""

    key: str
    first: int
    last: int | None

    def holds(self, days: int) -> bool:
        """Say whether the number of days falls in the range."""
        return self.first <= days and (self.last is None or days <= self.last)


BUCKETS = (
    Bucket("1-30", 1, 30),
    Bucket("31-90", 31, 90),
    Bucket("91-180", 91, 180),
    Bucket("181-365", 181, 365),
    Bucket("365+", 366, None),
)
"""The default ranges: what suits yearly instalments."""


def checked(buckets: Sequence[Bucket]) -> tuple[Bucket, ...]:
    """Return the table if it covers every day from 1 on exactly once.

    Raises:
        Refused: no ranges, a gap, an overlap, an empty range, a name used twice, or an end to the last range.

    """
    if not buckets or buckets[0].first != 1:
        raise Refused("The first range of days must start at day 1.")
    if buckets[-1].last is not None:
        raise Refused("The last range of days must have no end.")
    if len({bucket.key for bucket in buckets}) != len(buckets):
        raise Refused("Two ranges of days have the same name.")
    for this, following in pairwise(buckets):
        if this.last is None or this.last < this.first:
            raise Refused("The range “%(name)s” ends before it starts.", name=this.key)
        if following.first > this.last + 1:
            raise Refused("There is a gap between “%(a)s” and “%(b)s”.", a=this.key, b=following.key)
        if following.first <= this.last:
            raise Refused("The ranges “%(a)s” and “%(b)s” overlap.", a=this.key, b=following.key)
    return tuple(buckets)


def bucket_of(days: int, buckets: Sequence[Bucket] = BUCKETS) -> Bucket | None:
    """Return the range the days fall in; ``None`` for 0 days."""
    return next((bucket for bucket in buckets if bucket.holds(days)), None)
