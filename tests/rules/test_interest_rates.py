"""Published rates: the table of years as the lender's policy makes it, its edges, and laws of any table."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import interest_rates as rates
from models.rules.interest_rates import DEFAULTS, RateBasis, RateTable, Reference, Spread
from models.rules.refusals import Refused

SIGNED_2020 = date(2020, 8, 20)
SIGNED_2016 = date(2016, 8, 20)
TODAY = date(2026, 11, 23)
LPR = RateBasis.LPR_5Y


@pytest.mark.parametrize(
    ("signed_on", "year", "rate", "source"),
    [
        (SIGNED_2016, 2016, "4.90", "central bank's benchmark over five years"),
        (SIGNED_2016, 2017, "4.90", "central bank's benchmark over five years"),
        (SIGNED_2016, 2018, "4.90", "central bank's benchmark over five years"),
        (SIGNED_2016, 2019, "4.90", "central bank's benchmark over five years"),
        (SIGNED_2020, 2020, "4.35", "state lender, 2020: about 0.55 points less than the year before"),
        (SIGNED_2020, 2021, "4.35", "LPR 4.65 less 30 points"),
        (SIGNED_2020, 2022, "4.35", "LPR 4.65 less 30 points"),
        (SIGNED_2020, 2023, "4.00", "LPR 4.30 less 30 points; published example X3"),
        (SIGNED_2020, 2024, "3.60", "LPR 4.20 less 60 points, circular of September 2023"),
        (SIGNED_2020, 2025, "2.90", "LPR 3.60 less 70 points"),
        (SIGNED_2020, 2026, "2.80", "LPR 3.50 less 70 points"),
        (date(2011, 9, 1), 2012, "7.05", "benchmark of July 2011"),
        (date(2011, 9, 1), 2013, "6.55", "benchmark of July 2012"),
        (date(2011, 9, 1), 2014, "6.55", "benchmark of July 2012"),
        (date(2011, 9, 1), 2015, "6.15", "benchmark of November 2014"),
        (SIGNED_2016, 2023, "4.90", "earlier contracts keep the benchmark until the reduced spread is opened to them"),
        (SIGNED_2016, 2024, "3.60", "circular of September 2023: open to holders of existing loans"),
        (SIGNED_2016, 2026, "2.80", "LPR 3.50 less 70 points"),
    ],
)
def test_the_rates_of_the_years(signed_on: date, year: int, rate: str, source: str) -> None:
    assert DEFAULTS.rate_pct(year, signed_on) == Decimal(rate), source


def test_a_first_year_has_the_rate_of_the_day_of_signing() -> None:
    # On 21 December 2019 the LPR stood at 4.80; contracts of August 2020 began with 4.65.
    assert DEFAULTS.year(2020, date(2020, 1, 2)).reference.rate_pct == Decimal("4.80")
    assert DEFAULTS.year(2020, SIGNED_2020).reference.rate_pct == Decimal("4.65")


def test_the_last_known_rate_holds_on_and_says_so() -> None:
    later = DEFAULTS.year(2031, SIGNED_2020)
    assert (later.rate_pct, later.is_extrapolated) == (Decimal("2.80"), True)
    assert not DEFAULTS.year(2025, SIGNED_2020).is_extrapolated  # set on 21 December 2024, we know May 2025
    assert DEFAULTS.year(2026, SIGNED_2020).is_extrapolated  # set on 21 December 2025
    assert not DEFAULTS.year(2023, SIGNED_2016).is_extrapolated  # the benchmark stands, the table is kept up


def test_years_before_the_tables_are_refused_or_left_out() -> None:
    with pytest.raises(Refused, match="No rate is known for the interest year 2010"):
        DEFAULTS.rate_pct(2010, date(2008, 9, 1))
    with pytest.raises(Refused, match="No spread"):
        DEFAULTS.rate_pct(2026, date(1999, 9, 1))
    with pytest.raises(Refused, match="not signed"):
        DEFAULTS.rate_pct(2019, SIGNED_2020)
    assert DEFAULTS.over(range(2009, 2013), date(2008, 9, 1)) == {2012: Decimal("7.05")}


def test_interest_year() -> None:
    assert rates.interest_year(date(2025, 12, 20)) == 2025
    assert rates.interest_year(date(2025, 12, 21)) == 2026
    assert rates.interest_year(date(2039, 9, 20)) == 2039
    assert rates.reset_day(2026) == date(2025, 12, 21)


def test_the_lenders_own_figure_overrides_and_holds_on() -> None:
    years = range(2024, 2029)
    cheaper = replace(DEFAULTS, references=(*DEFAULTS.references, Reference(LPR, date(2026, 12, 20), Decimal("3.40"))))
    asked = {"signed_on": SIGNED_2020, "years": years}
    follows = rates.contract_rates(cheaper, given={2026: Decimal("2.80")}, **asked)
    own = rates.contract_rates(cheaper, given={2026: Decimal("4.10")}, **asked)
    nothing = rates.contract_rates(cheaper, given={}, **asked)
    assert [follows[year] for year in years] == [Decimal(x) for x in ("3.60", "2.90", "2.80", "2.70", "2.70")]
    assert [own[year] for year in years] == [Decimal(x) for x in ("3.60", "2.90", "4.10", "4.10", "4.10")]
    assert nothing == follows
    steps = rates.contract_rates(DEFAULTS, given={2024: Decimal("5.00"), 2026: Decimal("2.80")}, **asked)
    assert [steps[year] for year in years] == [Decimal(x) for x in ("5.00", "5.00", "2.80", "2.80", "2.80")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate_pct": Decimal("-0.1")},
        {"rate_pct": Decimal("36.01")},
        {"rate_pct": Decimal("3.12345")},
        {"rate_pct": Decimal("NaN")},
        {"rate_pct": Decimal("Infinity")},
        {"from_on": date(2025, 5, 20)},
        {"from_on": date(2028, 1, 1)},
        {"from_on": date(1990, 1, 1)},
    ],
)
def test_refuses_a_reference_rate_that_cannot_be(wrong: dict[str, object]) -> None:
    right = Reference(LPR, date(2026, 12, 20), Decimal("3.40"))
    rates.check_reference(right, DEFAULTS.references, TODAY)
    with pytest.raises(Refused):
        rates.check_reference(replace(right, **wrong), DEFAULTS.references, TODAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"spread_pct": Decimal("-36.5")},
        {"spread_pct": Decimal("36.5")},
        {"spread_pct": Decimal("-0.70001")},
        {"signed_from": date(2020, 1, 1), "ends_from": 2025},
        {"signed_from": date(2029, 1, 1), "ends_from": 2029},
        {"signed_from": date(1990, 1, 1)},
        {"ends_from": 2026},
        {"ends_from": 2099},
    ],
)
def test_refuses_a_spread_that_cannot_be(wrong: dict[str, object]) -> None:
    right = Spread(date(2027, 1, 1), 2027, LPR, Decimal("-0.80"))
    rates.check_spread(right, DEFAULTS.spreads, TODAY)
    with pytest.raises(Refused):
        rates.check_spread(replace(right, **wrong), DEFAULTS.spreads, TODAY)


DAYS = st.dates(date(2010, 1, 1), date(2035, 12, 31))
PERCENT = st.integers(0, 1500).map(lambda points: Decimal(points).scaleb(-2))


@st.composite
def tables(draw: st.DrawFn) -> RateTable:
    days = draw(st.lists(DAYS, min_size=1, max_size=8, unique=True))
    groups = draw(st.lists(st.integers(2011, 2030), max_size=3, unique=True))
    return RateTable(
        references=tuple(Reference(LPR, day, draw(PERCENT)) for day in (date(2009, 1, 1), *days)),
        spreads=(
            Spread(date(2000, 1, 1), 2000, LPR, Decimal("-0.30")),
            *(Spread(date(year, 1, 1), year, LPR, -draw(PERCENT)) for year in groups),
        ),
    )


@given(tables(), DAYS, st.integers(2011, 2040), st.randoms())
def test_laws_of_a_table(table: RateTable, signed_on: date, year: int, order: object) -> None:
    year = max(year, rates.interest_year(signed_on))
    found = table.year(year, signed_on)
    set_on = max(rates.reset_day(year), signed_on)
    assert found.rate_pct >= 0
    assert found.reference.from_on <= set_on
    assert not [row for row in table.references if found.reference.from_on < row.from_on <= set_on]  # the newest
    assert found.spread.signed_from <= signed_on
    assert found.spread.ends_from <= year
    assert found.is_extrapolated == (set_on > table.known_until)
    shuffled = list(table.references)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis's own Random
    assert RateTable(tuple(shuffled), table.spreads[::-1]).year(year, signed_on) == found  # the order does not matter


@given(tables(), DAYS, PERCENT, st.integers(2011, 2040))
def test_a_later_publication_changes_no_earlier_year(
    table: RateTable, signed_on: date, rate: Decimal, year: int
) -> None:
    year = max(year, rates.interest_year(signed_on))
    published = Reference(LPR, date(2036, 1, 1), rate)
    more = replace(table, references=(*table.references, published))
    if rates.reset_day(year) < published.from_on:
        assert more.rate_pct(year, signed_on) == table.rate_pct(year, signed_on)
    else:
        assert more.year(year, signed_on).reference == published
