"""Which published days are looked at again."""

from __future__ import annotations

from datetime import date, timedelta

from models.rules.observation import RECOMMENDED, ObservationDays


def test_the_recommended_days_of_a_year() -> None:
    days = [date(2026, 1, 1) + timedelta(days=offset) for offset in range(365)]
    found = [day for day in days if RECOMMENDED.includes(day)]
    assert found == [*(date(2026, month, 21) for month in range(1, 13)), date(2026, 12, 31)]


def test_the_days_are_a_setting() -> None:
    assert ObservationDays(of_month=1, of_year=()).includes(date(2026, 3, 1))
    assert not ObservationDays(of_month=1, of_year=()).includes(date(2026, 12, 31))
