"""Five years after the relation ends, counted for the last of those a record is about."""

from __future__ import annotations

from datetime import date

from models.rules.retention import kept_until, relation_ended

_DAY = date(2026, 12, 20)


def test_the_relation_ends_when_the_last_contract_is_paid_off() -> None:
    assert relation_ended([_DAY, date(2025, 9, 20)]) == _DAY
    assert relation_ended([_DAY, None]) is None
    assert relation_ended([]) is None


def test_the_clock_starts_at_the_end_of_the_relation_or_at_the_last_use() -> None:
    assert kept_until(date(2026, 1, 1), _DAY, is_about_people=True) == date(2031, 12, 20)
    assert kept_until(date(2027, 1, 1), _DAY, is_about_people=True) == date(2032, 1, 1)
    assert kept_until(date(2026, 1, 1), None, is_about_people=True) is None
    assert kept_until(date(2028, 2, 29), None, is_about_people=False) == date(2033, 2, 28)
