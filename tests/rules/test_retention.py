"""Five years after the relation ends."""

from __future__ import annotations

from datetime import date

from models.rules.retention import kept_until


def test_the_clock_starts_when_the_last_contract_is_paid_off() -> None:
    assert kept_until(None) is None
    assert kept_until(date(2026, 12, 20)) == date(2031, 12, 20)
    assert kept_until(date(2028, 2, 29)) == date(2033, 2, 28)
