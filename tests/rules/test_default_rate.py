"""The default rate: published figures (truncated, not rounded), the 5 % line as integers, laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.default_rate import NOT_MEASURABLE, Rate, pooled


@pytest.mark.parametrize(
    ("bad", "all_", "shown"),
    [
        (8, 90, "8.8"),
        (50, 5_199, "0.9"),
        (99, 374, "26.4"),
        (125, 584, "21.4"),
        (126, 584, "21.5"),
        (99, 610, "16.2"),
        (99, 608, "16.2"),
        (600_545, 4_082_570, "14.7"),
        (1_097, 5_020, "21.8"),
        (34_811, 165_921, "20.9"),
        (0, 7, "0.0"),
        (7, 7, "100.0"),
        (505, 10_099, "5.0"),
        (0, 0, NOT_MEASURABLE),
    ],
)
def test_shown_published_federal_figures(bad: int, all_: int, shown: str) -> None:
    assert Rate(bad, all_).shown == shown


def test_small_schools_pool_years_published_example() -> None:
    assert pooled((Rate(2, 29), Rate(7, 44), Rate(3, 50))) == Rate(12, 123)
    assert Rate(12, 123).shown == "9.7"


@pytest.mark.parametrize(
    ("bad", "all_", "exceeds", "most", "cures"),
    [
        (5, 100, False, 5, 0),
        (51, 1_000, True, 50, 1),
        (1, 19, True, 0, 1),
        (8, 90, True, 4, 4),
        (12, 123, True, 6, 6),
        (24, 60, True, 3, 21),
        (505, 10_099, True, 504, 1),
        (504, 10_099, False, 504, 0),
        (0, 0, False, 0, 0),
    ],
)
def test_target_of_5(bad: int, all_: int, exceeds: bool, most: int, cures: int) -> None:
    rate = Rate(bad, all_)
    assert rate.exceeds(5) is exceeds
    assert rate.most_allowed(5) == most
    assert rate.cures_needed(5) == cures
    assert rate.exceeds() is exceeds


ALL = st.integers(0, 10**12)
RATES = ALL.flatmap(lambda n: st.builds(Rate, st.integers(0, n), st.just(n)))
TARGET = st.integers(0, 100)


@given(RATES, TARGET)
def test_laws_of_the_target(rate: Rate, target: int) -> None:
    assert rate.exceeds(target) == (rate.bad > rate.most_allowed(target)) == (rate.cures_needed(target) > 0)
    cured = Rate(rate.bad - rate.cures_needed(target), rate.all)
    assert not cured.exceeds(target)
    if rate.cures_needed(target):
        assert Rate(cured.bad + 1, cured.all).exceeds(target)


@given(RATES)
def test_shown_is_never_above_the_rate(rate: Rate) -> None:
    if not rate.is_measurable:
        assert rate.shown == NOT_MEASURABLE
        return
    tenths = int(rate.shown.replace(".", ""))
    assert tenths * rate.all <= 1000 * rate.bad < (tenths + 1) * rate.all


@given(RATES)
def test_one_cure_never_raises_the_rate(rate: Rate) -> None:
    assert rate.without_one().bad == max(0, rate.bad - 1)
    assert rate.without_one().all == rate.all


@pytest.mark.parametrize(("bad", "all_"), [(-1, 5), (0, -1)])
def test_refuses_negative_counts(bad: int, all_: int) -> None:
    with pytest.raises(ValueError, match="counts"):
        Rate(bad, all_)
