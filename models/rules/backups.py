"""Which backups are kept, and when the newest is too old.

Of each of the last days, weeks and months that have a backup the newest is kept. A machine that was off loses none of
the older ones by it: days without a backup are not counted. One made by hand before a risky step is not pushed out by
the next one: all of the last day are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class Span(StrEnum):
    """For what a backup is kept: as a recent one, as its day's, its week's or its month's."""

    RECENT = "recent"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Fault(StrEnum):
    """What may be found when a backup is opened again."""

    STORAGE = "storage"
    CONTENT = "content"
    ROWS = "rows"
    CHAIN = "chain"
    LISTS = "lists"


KEPT: Mapping[Span, int] = {Span.DAY: 7, Span.WEEK: 4, Span.MONTH: 12}
"""How many days, weeks and months have theirs kept."""
RECENT = timedelta(days=1)
"""How far before the newest one all are kept."""
OLD_AFTER = timedelta(days=2)
"""A night missed may happen; after two nobody looked."""

_FORMATS = {Span.DAY: "%Y-%m-%d", Span.WEEK: "%G-W%V", Span.MONTH: "%Y-%m"}


def kept(moments: Mapping[str, datetime]) -> dict[str, tuple[Span, ...]]:
    """Say which backups are kept, and for what; the others may go.

    Args:
        moments: when each was made, by its name, all in the county's time.

    """
    newest_first = sorted(moments, key=lambda name: (moments[name], name), reverse=True)
    found: dict[str, tuple[Span, ...]] = {
        name: (Span.RECENT,) for name in newest_first if moments[newest_first[0]] - moments[name] < RECENT
    }
    for span, count in KEPT.items():
        newest_of: dict[str, str] = {}
        for name in newest_first:
            newest_of.setdefault(moments[name].strftime(_FORMATS[span]), name)
        for name in list(newest_of.values())[:count]:
            found[name] = (*found.get(name, ()), span)
    return found


def is_old(newest: datetime | None, now: datetime) -> bool:
    """Say whether there is no backup, or the newest is older than anybody should rest on."""
    return newest is None or now - newest > OLD_AFTER
