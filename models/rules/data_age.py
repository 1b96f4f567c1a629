"""How far the lender's lists may be relied on to chase somebody: not too old, and late enough to show who paid.

A payment is settled on the lender's day and shown some days after. A list made sooner may still name somebody who
paid on the due day itself, so nobody is written to on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from models.rules.lenders import Profile, settled_before, settlement_on_or_after, visible_from

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DataAge:
    """How old a lender's newest list is.

    Attributes:
        data_on: its data date; ``None`` before the first list.
        days: days since; ``None`` before the first list.
        is_stale: too old, or not there.
        settled_on: the newest settlement whose result it cannot show yet; ``None`` when it shows them all.
        shown_from: the data date from which a list shows that settlement.

    """

    data_on: date | None
    days: int | None
    is_stale: bool
    settled_on: date | None = None
    shown_from: date | None = None


def judge(data_on: date | None, today: date, fresh_days: int, profile: Profile) -> DataAge:
    """Say how old a list is on a day, and which settlement it does not show.

    Args:
        data_on: data date of the newest list.
        today: the day asked about.
        fresh_days: how old a list may be.
        profile: the lender's settlement and posting days.

    """
    if data_on is None:
        return DataAge(None, None, is_stale=True)
    days = (today - data_on).days
    settled_on = settlement_on_or_after(settled_before(data_on, profile) + _DAY, profile)
    if settled_on > today:
        return DataAge(data_on, days, days > fresh_days)
    newest = settled_before(today + timedelta(days=profile.posting_days), profile)
    return DataAge(data_on, days, days > fresh_days, newest, newest + timedelta(days=profile.posting_days))


def posted_from(overdue_since: date, profile: Profile) -> date:
    """Return the first data date of a list that shows whether what was due was paid in time.

    ``overdue_since`` is the due day that was missed; lenders who name the day after it mean the same.
    """
    return visible_from(overdue_since - _DAY, profile)
