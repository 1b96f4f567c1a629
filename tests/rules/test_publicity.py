"""What may be written down about publicity, and when a school is asked for it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.calendar import season_of, season_start
from models.rules.publicity import MOST_LEAFLETS, MOST_PEOPLE, asked_from, check_counts, check_day, season_days
from models.rules.refusals import Refused

DAYS = st.dates(date(2015, 1, 1), date(2060, 12, 31))


@given(today=DAYS, back=st.integers(-400, 400), late_days=st.integers(0, 200))
def test_a_day_is_taken_from_today_back_to_the_limit_and_no_other(today: date, back: int, late_days: int) -> None:
    held_on = today - timedelta(days=back)
    if 0 <= back <= late_days:
        check_day(held_on, today=today, late_days=late_days)
    else:
        with pytest.raises(Refused):
            check_day(held_on, today=today, late_days=late_days)


@given(people=st.integers(-5, MOST_PEOPLE + 5), leaflets=st.integers(-5, MOST_LEAFLETS + 5))
def test_counts_are_taken_when_somebody_was_reached_and_no_finger_slipped(people: int, leaflets: int) -> None:
    if 0 <= people <= MOST_PEOPLE and 0 <= leaflets <= MOST_LEAFLETS and people + leaflets:
        check_counts(people, leaflets)
    else:
        with pytest.raises(Refused):
            check_counts(people, leaflets)


@pytest.mark.parametrize("counts", [(0, 0), (-1, 3), (MOST_PEOPLE + 1, 0), (3, -1), (1, MOST_LEAFLETS + 1)])
def test_these_counts_are_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(Refused):
        check_counts(*counts)


@given(today=DAYS, month=st.integers(1, 12))
def test_a_school_is_asked_from_a_day_of_the_same_season(today: date, month: int) -> None:
    day = asked_from(today, month)
    assert season_of(day) == season_of(today)
    assert day.month == month
    assert day == season_start(today) or day.day == 1


@given(day=DAYS)
def test_every_day_lies_in_its_season_and_seasons_follow_each_other(day: date) -> None:
    first, last = season_days(season_of(day))
    assert first <= day <= last
    assert season_days(season_of(day) + 1)[0] == last + timedelta(days=1)


def test_the_usual_month_is_may() -> None:
    assert asked_from(date(2026, 11, 23)) == date(2026, 5, 1)
    assert asked_from(date(2026, 12, 20)) == date(2027, 5, 1)
