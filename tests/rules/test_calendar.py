"""Working days and months: published deadlines of a correspondence-tracking service, Chinese swaps, laws."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.calendar import WorkingDays, add_months, add_years, due_day, season_of, season_start
from models.rules.refusals import Refused

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("received", "holidays", "n", "expected"),
    [
        (date(2017, 5, 18), {date(2017, 5, 29)}, 3, date(2017, 5, 23)),
        (date(2017, 5, 18), {date(2017, 5, 29)}, 10, date(2017, 6, 2)),
        (date(2017, 5, 18), {date(2017, 5, 29)}, 20, date(2017, 6, 16)),
        (date(2017, 5, 18), {date(2017, 5, 29)}, 30, date(2017, 6, 30)),
        (date(2021, 7, 3), set(), 3, date(2021, 7, 7)),
        (date(2021, 7, 3), set(), 10, date(2021, 7, 16)),
        (date(2021, 7, 3), set(), 20, date(2021, 7, 30)),
        (date(2021, 5, 1), {date(2021, 5, 3), date(2021, 5, 31)}, 3, date(2021, 5, 6)),
        (date(2021, 5, 1), {date(2021, 5, 3), date(2021, 5, 31)}, 10, date(2021, 5, 17)),
        (date(2021, 5, 1), {date(2021, 5, 3), date(2021, 5, 31)}, 20, date(2021, 6, 1)),
        (date(2023, 11, 27), {date(2023, 11, 30)}, 3, date(2023, 12, 1)),
        (date(2023, 11, 27), {date(2023, 11, 30)}, 10, date(2023, 12, 12)),
        (
            date(2023, 11, 27),
            {date(2023, 11, 30), date(2023, 12, 25), date(2023, 12, 26)},
            20,
            date(2023, 12, 28),
        ),
    ],
)
def test_published_working_day_deadlines(received: date, holidays: set[date], n: int, expected: date) -> None:
    assert WorkingDays(holidays).add(received, n) == expected


def test_published_counts_between() -> None:
    assert WorkingDays().between(date(2017, 5, 18), date(2017, 5, 23)) == 4
    assert WorkingDays().between(date(2017, 5, 23), date(2017, 5, 18)) == 0


@pytest.mark.parametrize(
    ("day", "n", "holidays", "expected"),
    [
        (date(2019, 9, 27), 1, set(), date(2019, 10, 28)),
        (date(2019, 4, 6), 1, {date(2019, 5, 6)}, date(2019, 5, 7)),
        (date(2019, 8, 27), 2, set(), date(2019, 10, 28)),
        (date(2019, 9, 26), 3, {date(2019, 12, 26)}, date(2019, 12, 27)),
    ],
)
def test_published_month_deadlines(day: date, n: int, holidays: set[date], expected: date) -> None:
    assert WorkingDays(holidays).add_months(day, n) == expected


def test_a_weekend_worked_in_exchange_counts() -> None:
    # A made-up long holiday: 1 to 5 October off, Saturday the 10th worked.
    calendar = WorkingDays({date(2026, 10, d) for d in range(1, 8)}, {date(2026, 10, 10)})
    assert not calendar.is_working(date(2026, 10, 5))
    assert calendar.is_working(date(2026, 10, 10))
    assert calendar.add(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert WorkingDays({date(2026, 10, 10)}, {date(2026, 10, 10)}).is_working(date(2026, 10, 10))


@pytest.mark.parametrize(
    ("seed", "expected"),
    [
        (
            date(2023, 1, 31),
            {
                1: date(2023, 2, 28),
                2: date(2023, 3, 31),
                3: date(2023, 4, 30),
                5: date(2023, 6, 30),
                13: date(2024, 2, 29),
            },
        ),
        (date(2023, 1, 30), {1: date(2023, 2, 28), 2: date(2023, 3, 30), 13: date(2024, 2, 29)}),
        (date(2023, 1, 28), {1: date(2023, 2, 28), 2: date(2023, 3, 28), 13: date(2024, 2, 28)}),
    ],
)
def test_published_month_ends_keep_the_seed(seed: date, expected: dict[int, date]) -> None:
    assert {n: add_months(seed, n) for n in expected} == expected


def test_leap_day() -> None:
    assert add_years(date(2024, 2, 29), 3) == date(2027, 2, 28)
    assert add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert add_months(date(2024, 12, 31), 0) == date(2024, 12, 31)


CALENDARS = st.builds(
    WorkingDays,
    st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=30),
    st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=10),
)
IN_2026 = st.dates(date(2026, 1, 1), date(2026, 10, 31))


@given(CALENDARS, IN_2026, st.integers(1, 30))
def test_add_counts_exactly_n_working_days(calendar: WorkingDays, day: date, n: int) -> None:
    end = calendar.add(day, n)
    assert calendar.is_working(end)
    assert calendar.between(day + timedelta(days=1), end) == n


@given(CALENDARS, IN_2026, st.integers(0, 10), st.integers(0, 10))
def test_add_in_two_steps_is_add_in_one(calendar: WorkingDays, day: date, a: int, b: int) -> None:
    if a and b:
        assert calendar.add(calendar.add(day, a), b) == calendar.add(day, a + b)
    assert calendar.add(day, a + 1) > calendar.add(day, a) or a == 0


@given(CALENDARS, IN_2026)
def test_no_days_is_the_day_or_the_next_working_one(calendar: WorkingDays, day: date) -> None:
    rolled = calendar.add(day, 0)
    assert rolled >= day
    assert calendar.is_working(rolled)
    assert calendar.between(day, rolled) == 1


def test_refusals() -> None:
    with pytest.raises(Refused):
        WorkingDays().add(date(2026, 1, 1), -1)
    never = WorkingDays({date(2026, 1, 1) + timedelta(days=n) for n in range(800)})
    with pytest.raises(Refused):
        never.add(date(2026, 1, 1), 1)


@given(DAYS)
def test_a_season_runs_from_due_day_to_due_day(day: date) -> None:
    season = season_of(day)
    assert due_day(season) <= day < due_day(season + 1)
    assert season_start(day) == due_day(season)


def test_seasons_by_example() -> None:
    assert season_of(date(2025, 12, 19)) == 2024
    assert season_of(date(2025, 12, 20)) == 2025
    assert season_of(date(2026, 9, 20)) == 2025
