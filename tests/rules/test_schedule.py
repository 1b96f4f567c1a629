"""The repayment plan: the derived rule with its example, published instalments, laws."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.rules import schedule
from models.rules.interest import DayCount, days, simple
from models.rules.interest_rates import interest_year
from models.rules.money import FEN
from models.rules.refusals import Refused
from models.rules.schedule import Terms

# Graduate 2024, signed 2020, four years of study, maturity 2039-09-20: first principal 2029-12-20, 11 parts.
TERMS = Terms(
    principal=Decimal("8000.00"),
    signed_on=date(2020, 8, 20),
    graduation_year=2024,
    subsidy_ends_on=date(2024, 8, 31),
    matures_on=date(2039, 9, 20),
    grace_years=5,
    rate_pct=Decimal("2.80"),
)


def test_the_worked_example_of_the_rule() -> None:
    lines = schedule.plan(TERMS)
    assert [line.due_on for line in lines] == [
        *(date(year, 12, 20) for year in range(2024, 2039)),
        date(2039, 9, 20),
    ]
    assert [line.principal for line in lines[:5]] == [Decimal(0)] * 5
    parts = [line.principal for line in lines if line.principal]
    assert len(parts) == 11
    assert parts == [Decimal("727.27")] * 10 + [Decimal("727.30")]
    assert lines[0].interest == Decimal("69.07")  # 8,000 at 2.80 %, 111 days over 360
    assert [line.interest for line in lines[1:6]] == [Decimal("224.00")] * 5
    assert lines[-1].interest == Decimal("15.50")  # 727.30, 21 December to 20 September: 274 days over 360


def test_published_example_x1() -> None:
    # 6,000 at 5.65 %, grace 2, four principal years: 1,839.00 in the first of them, 1,754.25 in the next.
    lines = schedule.plan(
        Terms(Decimal(6000), date(2010, 9, 1), 2014, date(2014, 8, 31), date(2019, 12, 20), 2, Decimal("5.65"))
    )
    assert [line.due_on.year for line in lines] == [2014, 2015, 2016, 2017, 2018, 2019]
    assert lines[1].interest == Decimal("339.00")
    assert lines[2].principal + lines[2].interest == Decimal("1839.00")
    assert lines[3].principal + lines[3].interest == Decimal("1754.25")


def test_published_example_x2_in_a_plan() -> None:
    # 24,000 at 4.90 %: 1,176.00 a full year; the second half, 12,000, for the 275 days to 20 September of a leap
    # year: 449.17 (449.1667; the source cuts it off at 449.16). Its first period is 111 days: 362.60, not 81.
    lines = schedule.plan(
        Terms(Decimal(24000), date(2019, 9, 1), 2022, date(2022, 8, 31), date(2028, 9, 20), 5, Decimal("4.90"))
    )
    assert [line.interest for line in lines[:5]] == [Decimal("362.60"), *[Decimal("1176.00")] * 4]
    assert [line.interest for line in lines[5:]] == [Decimal("1176.00"), Decimal("449.17")]
    assert [line.principal for line in lines[5:]] == [Decimal(12000)] * 2


def test_published_example_x4_first_year() -> None:
    # 8,000 at 3.25 %: 80.17 for the first 111 days, 260.00 a full year.
    lines = schedule.plan(replace(TERMS, rate_pct=Decimal("3.25")))
    assert [lines[0].interest, lines[1].interest] == [Decimal("80.17"), Decimal("260.00")]


def test_rates_change_by_interest_year() -> None:
    lines = schedule.plan(replace(TERMS, rates={2024: Decimal("3.60"), 2025: Decimal("2.90")}))
    assert lines[0].interest == Decimal("88.80")
    assert lines[1].interest == Decimal("232.00")
    assert lines[2].interest == Decimal("224.00")


def test_day_count_of_the_profile() -> None:
    lines = schedule.plan(replace(TERMS, principal=Decimal(48000), day_count=DayCount.ACT_360))
    assert [lines[0].interest, lines[1].interest] == [Decimal("414.40"), Decimal("1362.67")]


@pytest.mark.parametrize(
    ("signed_on", "grace", "longest"),
    [
        (date(2014, 12, 31), 2, 14),
        (date(2015, 1, 1), 3, 20),
        (date(2019, 12, 31), 3, 20),
        (date(2020, 1, 1), 5, 22),
        (date(2026, 8, 1), 5, 22),
    ],
)
def test_terms_by_signing_year(signed_on: date, grace: int, longest: int) -> None:
    assert schedule.grace_years(signed_on) == grace
    assert schedule.longest_term(signed_on) == longest


def test_latest_maturity() -> None:
    assert schedule.latest_maturity(date(2020, 8, 20), 2024) == date(2039, 9, 20)
    assert schedule.latest_maturity(date(2016, 8, 20), 2020) == date(2033, 9, 20)
    assert schedule.latest_maturity(date(2012, 8, 20), 2017) == date(2026, 9, 20)  # the longest term ends first


@pytest.mark.parametrize(
    "wrong",
    [
        {"principal": Decimal(0)},
        {"principal": Decimal(-1)},
        {"principal": Decimal("0.001")},
        {"rate_pct": Decimal(-1)},
        {"rate_pct": Decimal(280)},
        {"rates": {2026: Decimal(-1)}},
        {"grace_years": -1},
        {"matures_on": date(2020, 8, 20)},
        {"matures_on": date(2024, 8, 31)},
        {"matures_on": date(2028, 9, 20)},
        {"matures_on": date(9039, 9, 20)},
        {"subsidy_ends_on": date(2020, 8, 19)},
        {"graduation_year": 2019},
    ],
)
def test_refuses_terms_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        schedule.plan(replace(TERMS, **wrong))


RATE = st.integers(0, 1500).map(lambda points: Decimal(points).scaleb(-2))


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    signed = date(draw(st.integers(2009, 2026)), 9, 1)
    graduation = signed.year + draw(st.integers(1, 5))
    grace = schedule.grace_years(signed)
    matures = draw(st.dates(date(graduation + grace, 1, 1), date(graduation + 15, 12, 31)))
    return Terms(
        principal=draw(st.integers(1, 10_000_000).map(lambda fen: Decimal(fen).scaleb(-2))),
        signed_on=signed,
        graduation_year=graduation,
        subsidy_ends_on=date(graduation, 8, 31),
        matures_on=matures,
        grace_years=grace,
        rate_pct=draw(st.integers(0, 1500).map(lambda bp: Decimal(bp).scaleb(-2))),
        day_count=draw(st.sampled_from(DayCount)),
    )


@given(terms())
def test_laws_of_a_plan(given_terms: Terms) -> None:
    lines = schedule.plan(given_terms)
    due_days = [line.due_on for line in lines]
    assert due_days == sorted(set(due_days))
    assert due_days[-1] == given_terms.matures_on
    assert all(day > given_terms.subsidy_ends_on for day in due_days)
    assert sum(line.principal for line in lines) == given_terms.principal
    first_year = given_terms.graduation_year + given_terms.grace_years
    parts = [line.principal for line in lines if line.due_on.year >= first_year]
    assert len(parts) == given_terms.matures_on.year - first_year + 1
    assert all(not line.principal for line in lines if line.due_on.year < first_year)
    assert sum(day.year < first_year for day in due_days) == given_terms.grace_years
    assert max(parts) - min(parts) < FEN * len(parts)
    assert all(line.interest >= 0 for line in lines)


@given(terms())
def test_laws_of_interest_in_a_plan(given_terms: Terms) -> None:
    lines = schedule.plan(given_terms)
    balance, begins = given_terms.principal, given_terms.subsidy_ends_on + timedelta(days=1)
    for number, line in enumerate(lines):
        count = days(begins, line.due_on)
        if number == 0 and line.due_on.month == 12 and line.due_on.day == 20:
            assert count == 111 + 365 * (line.due_on.year - given_terms.graduation_year)  # 1 September to 20 December
        assert line.interest == simple(balance, given_terms.rate_pct, count, given_terms.day_count)
        assert line.principal >= 0
        balance -= line.principal
        begins = line.due_on + timedelta(days=1)
    assert balance == 0


@given(terms(), st.dictionaries(st.integers(2010, 2041), RATE), st.integers(2010, 2041), RATE)
def test_a_years_rate_moves_that_years_interest_only(
    given_terms: Terms, rates: dict[int, Decimal], year: int, rate: Decimal
) -> None:
    before = schedule.plan(replace(given_terms, rates=rates))
    after = schedule.plan(replace(given_terms, rates=rates | {year: rate}))
    assert [(line.due_on, line.principal) for line in before] == [(line.due_on, line.principal) for line in after]
    moved = {interest_year(a.due_on) for a, b in zip(before, after, strict=True) if a.interest != b.interest}
    assert moved <= {year}


@given(terms())
def test_interest_of_given_lines_is_the_plans(given_terms: Terms) -> None:
    lines = schedule.plan(given_terms)
    assert schedule.with_interest([(line.due_on, line.principal) for line in lines], given_terms) == lines


@pytest.mark.parametrize(
    "lines",
    [
        [(date(2025, 12, 20), Decimal(0)), (date(2024, 12, 20), Decimal(0))],
        [(date(2025, 12, 20), Decimal(0)), (date(2025, 12, 20), Decimal(0))],
        [(date(2024, 8, 31), Decimal(0))],
        [(date(2025, 12, 20), Decimal(8001))],
    ],
)
def test_refuses_lines_that_cannot_be(lines: list[tuple[date, Decimal]]) -> None:
    with pytest.raises(Refused):
        schedule.with_interest(lines, TERMS)


@pytest.mark.parametrize(("matures_on", "count"), [(date(2039, 9, 20), 274), (date(2040, 9, 20), 275)])
def test_the_last_period_runs_to_maturity(matures_on: date, count: int) -> None:
    last = schedule.plan(replace(TERMS, matures_on=matures_on))[-1]
    assert last.interest == simple(last.principal, TERMS.rate_pct, count, TERMS.day_count)


@given(terms(), terms())
def test_more_principal_never_costs_less_interest(a: Terms, b: Terms) -> None:
    assume(a.principal < b.principal)
    cheaper, dearer = schedule.plan(a), schedule.plan(replace(a, principal=b.principal))
    assert all(x.interest <= y.interest for x, y in zip(cheaper[: a.grace_years], dearer[: a.grace_years], strict=True))
