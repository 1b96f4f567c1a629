"""Interest: published worked examples (they prove the arithmetic, not a bank's convention) and laws."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import interest
from models.rules.interest import DayCount
from models.rules.refusals import Refused

HYBRID, ACT_360, ACT_365 = DayCount.HYBRID_360, DayCount.ACT_360, DayCount.ACT_365


@pytest.mark.parametrize(
    ("source", "principal", "rate", "days", "day_count", "expected"),
    [
        ("published example X1b", "6000", "5.65", 365, HYBRID, "339.00"),
        ("published example X1d", "4500", "5.65", 365, HYBRID, "254.25"),
        ("published example X2a", "24000", "4.90", 81, HYBRID, "264.60"),
        ("published example X2b", "24000", "4.90", 366, HYBRID, "1176.00"),
        ("published example X2c", "12000", "4.90", 275, HYBRID, "449.17"),
        ("published example X4a", "8000", "3.25", 111, HYBRID, "80.17"),
        ("published example X4b", "8000", "3.25", 365, HYBRID, "260.00"),
        ("derived vector", "48000", "2.80", 111, HYBRID, "414.40"),
        ("derived vector", "48000", "2.80", 111, ACT_360, "414.40"),
        ("derived vector", "48000", "2.80", 110, HYBRID, "410.67"),
        ("derived vector", "48000", "2.80", 365, HYBRID, "1344.00"),
        ("derived vector", "48000", "2.80", 365, ACT_360, "1362.67"),
        ("derived vector", "24000", "4.90", 111, HYBRID, "362.60"),
        ("derived vector", "24000", "4.90", 110, HYBRID, "359.33"),
        ("ERPNext dunning test", "100", "10", 15, ACT_365, "0.41"),
        ("Frappe lending test", "1000000", "13.5", 30, ACT_365, "11095.89"),
        ("Frappe lending test, penalty", "11095.89", "25", 5, ACT_365, "38.00"),
        ("Frappe lending test, half outstanding", "5547.95", "25", 26, ACT_365, "98.80"),
        ("Frappe lending test", "100000", "14.5", 2, ACT_365, "79.45"),
        ("Frappe lending test", "100000", "14.5", 30, ACT_365, "1191.78"),
        ("Fineract equal principal, month 1", "10000", "24", 30, ACT_360, "200.00"),
        ("Fineract equal principal, month 2", "9166.67", "24", 30, ACT_360, "183.33"),
        ("Fineract, 1,000 at 7 %, month 1", "1000", "7", 30, ACT_360, "5.83"),
        ("Fineract day factor, 31 of 365", "100000000", "9.4822", 31, ACT_365, "805337.53"),
        ("Fineract day factor, 30 of 365", "100000000", "9.4822", 30, ACT_365, "779358.90"),
        ("Fineract day factor, 29 of 365", "100000000", "9.4822", 29, ACT_365, "753380.27"),
    ],
)
def test_simple_published(
    source: str, principal: str, rate: str, days: int, day_count: DayCount, expected: str
) -> None:
    assert interest.simple(Decimal(principal), Decimal(rate), days, day_count) == Decimal(expected), source


def test_instalments_of_published_example_x1() -> None:
    # 6,000 at 5.65 %, principal in quarters: 1,839.00 in the first principal year, 1,754.25 in the next.
    assert 1500 + interest.simple(Decimal(6000), Decimal("5.65"), 365, HYBRID) == Decimal("1839.00")
    assert 1500 + interest.simple(Decimal(4500), Decimal("5.65"), 365, HYBRID) == Decimal("1754.25")


def test_penalty_vector() -> None:
    # 3,000 overdue, 2.80 % x 1.3 = 3.64 %, 31 days over 360.
    assert interest.penalty(Decimal(3000), Decimal("2.80"), 31, HYBRID) == Decimal("9.40")
    assert interest.penalty(Decimal(3000), Decimal("2.80"), 365, HYBRID) == interest.penalty(
        Decimal(3000), Decimal("2.80"), 365, ACT_360
    )
    assert interest.penalty(Decimal(3000), Decimal("2.80"), 31, ACT_360, Decimal("1.5")) == Decimal("10.85")


@pytest.mark.parametrize(
    ("start", "end", "inclusive", "expected"),
    [
        (date(2025, 9, 1), date(2025, 12, 20), True, 111),
        (date(2025, 9, 1), date(2025, 12, 20), False, 110),
        (date(2025, 10, 1), date(2025, 12, 20), True, 81),
        (date(2024, 12, 21), date(2025, 12, 20), True, 365),
        (date(2023, 12, 21), date(2024, 12, 20), True, 366),
        (date(2024, 12, 21), date(2025, 9, 20), True, 274),
        (date(2023, 12, 21), date(2024, 9, 20), True, 275),
    ],
)
def test_days(start: date, end: date, inclusive: bool, expected: int) -> None:
    assert interest.days(start, end, inclusive=inclusive) == expected


def test_days_refuses_a_period_backwards() -> None:
    with pytest.raises(Refused):
        interest.days(date(2025, 1, 2), date(2025, 1, 1))


@pytest.mark.parametrize(("principal", "rate", "days"), [("-1", "1", 1), ("1", "-1", 1), ("1", "1", -1)])
def test_refuses_negative(principal: str, rate: str, days: int) -> None:
    with pytest.raises(Refused):
        interest.simple(Decimal(principal), Decimal(rate), days, HYBRID)


def test_refuses_a_negative_factor() -> None:
    with pytest.raises(Refused):
        interest.penalty(Decimal(1), Decimal(1), 1, HYBRID, Decimal(-1))


YUAN = st.integers(0, 10**8).map(lambda fen: Decimal(fen).scaleb(-2))
RATE = st.integers(0, 3600).map(lambda bp: Decimal(bp).scaleb(-2))


@given(YUAN, RATE, st.integers(0, 4000), st.sampled_from(DayCount))
def test_more_days_never_cost_less(principal: str, rate: str, days: int, day_count: DayCount) -> None:
    assert interest.simple(principal, rate, days + 1, day_count) >= interest.simple(principal, rate, days, day_count)


@given(YUAN, RATE, st.sampled_from([365, 366]))
def test_a_hybrid_year_is_the_yearly_rate(principal: str, rate: str, days: int) -> None:
    assert abs(interest.simple(principal, rate, days, HYBRID) - principal * rate / 100) <= Decimal("0.005")


@given(YUAN, RATE, st.integers(0, 360))
def test_hybrid_within_a_year_is_days_over_360(principal: str, rate: str, days: int) -> None:
    assert interest.simple(principal, rate, days, HYBRID) == interest.simple(principal, rate, days, ACT_360)
