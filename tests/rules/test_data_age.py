"""A list is relied on to chase somebody only while it is fresh and late enough to show who paid."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.data_age import judge, posted_from
from models.rules.lenders import DEFAULT, Profile, visible_from

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
PROFILES = st.builds(
    Profile,
    settlement_day=st.integers(1, 31),
    unsettled_month=st.one_of(st.none(), st.integers(1, 12)),
    posting_days=st.integers(0, 90),
)


@pytest.mark.parametrize(
    ("overdue_since", "shown"),
    [
        (date(2026, 12, 20), date(2027, 1, 4)),
        (date(2026, 12, 21), date(2027, 1, 4)),  # the day after the due day, as some lenders write it
        (date(2027, 9, 20), date(2027, 10, 5)),
        (date(2027, 8, 31), date(2027, 10, 5)),  # settled on 20 September
    ],
)
def test_the_published_practice(overdue_since: date, shown: date) -> None:
    """Settled on the 20th, seen early in the next month (domain.md 1.6)."""
    assert posted_from(overdue_since, DEFAULT) == shown


@pytest.mark.parametrize(
    ("data_on", "today", "stale", "settled_on", "shown_from"),
    [
        (date(2026, 12, 1), date(2026, 12, 19), False, None, None),
        (date(2026, 12, 1), date(2026, 12, 20), False, date(2026, 12, 20), date(2027, 1, 4)),
        (date(2026, 12, 21), date(2026, 12, 28), False, date(2026, 12, 20), date(2027, 1, 4)),
        (date(2027, 1, 4), date(2027, 1, 10), False, None, None),
        (date(2026, 11, 4), date(2026, 12, 9), False, None, None),  # November is not settled
        (date(2026, 11, 4), date(2026, 12, 10), True, None, None),
        (date(2026, 11, 1), date(2026, 11, 2), False, date(2026, 10, 20), date(2026, 11, 4)),
        (date(2026, 11, 1), date(2027, 2, 1), True, date(2027, 1, 20), date(2027, 2, 4)),
    ],
)
def test_which_settlement_a_list_does_not_show(
    data_on: date, today: date, *, stale: bool, settled_on: date | None, shown_from: date | None
) -> None:
    found = judge(data_on, today, 35, DEFAULT)
    assert (found.is_stale, found.settled_on, found.shown_from) == (stale, settled_on, shown_from)


def test_without_a_list_nothing_may_be_relied_on() -> None:
    assert judge(None, date(2026, 12, 1), 35, DEFAULT).is_stale


@given(data_on=DAYS, later=st.integers(0, 200), profile=PROFILES)
def test_what_is_not_shown_was_settled_by_today_and_is_shown_later(data_on: date, later: int, profile: Profile) -> None:
    today = data_on + timedelta(days=later)
    found = judge(data_on, today, 35, profile)
    if found.settled_on is not None and found.shown_from is not None:
        assert found.settled_on <= today
        assert found.shown_from > data_on
        assert judge(found.shown_from, max(today, found.shown_from), 35, profile).settled_on != found.settled_on


@given(overdue_since=DAYS, profile=PROFILES)
def test_a_list_that_may_be_relied_on_shows_what_was_paid_in_time(overdue_since: date, profile: Profile) -> None:
    day_before = overdue_since - timedelta(days=1)
    assert posted_from(overdue_since, profile) >= visible_from(day_before, profile)
