"""Limitation: Civil Code 188, 189, 192, 195, 202 by example, and laws."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.calendar import add_years
from models.rules.limitation import Interruption, InterruptionKind, LimitationFacts, days_left, ends_on

DEMAND, ACK, SUIT = InterruptionKind.DEMAND, InterruptionKind.ACKNOWLEDGEMENT, InterruptionKind.SUIT
MATURES = date(2024, 9, 20)


def facts(*interruptions: tuple[date, InterruptionKind, bool], **kwargs: Any) -> LimitationFacts:
    return LimitationFacts(MATURES, tuple(Interruption(*one) for one in interruptions), **kwargs)


@pytest.mark.parametrize(
    ("given_facts", "expected"),
    [
        (facts(), date(2027, 9, 20)),  # Article 189: from the last instalment
        (
            facts((date(2020, 1, 5), DEMAND, True)),
            date(2027, 9, 20),
        ),  # no period runs before the last due day
        (facts((date(2026, 3, 1), DEMAND, True)), date(2029, 3, 1)),  # Article 195
        (facts((date(2026, 3, 1), DEMAND, False)), date(2027, 9, 20)),  # not provable
        (facts((date(2027, 9, 20), DEMAND, True)), date(2030, 9, 20)),  # on the last day
        (facts((date(2027, 9, 21), DEMAND, True)), date(2027, 9, 20)),  # too late: a demand revives nothing
        (
            facts((date(2028, 1, 1), ACK, True)),
            date(2031, 1, 1),
        ),  # Article 192: a promise gives up the defence
        (facts((date(2027, 1, 1), SUIT, True), (date(2029, 1, 1), DEMAND, True)), date(2032, 1, 1)),
        (facts(accelerated_on=date(2022, 2, 28)), date(2025, 2, 28)),
    ],
)
def test_ends_on(given_facts: LimitationFacts, expected: date) -> None:
    assert ends_on(given_facts) == expected


def test_twenty_years_are_the_end() -> None:
    every_two_years = [(add_years(MATURES, n), DEMAND, True) for n in range(2, 30, 2)]
    assert ends_on(facts(*every_two_years)) == date(2044, 9, 20)


def test_leap_day_and_days_left() -> None:
    assert ends_on(LimitationFacts(date(2024, 2, 29))) == date(2027, 2, 28)
    assert days_left(facts(), date(2027, 9, 10)) == 10
    assert days_left(facts(), date(2027, 9, 21)) == -1


INTERRUPTIONS = st.lists(
    st.builds(
        Interruption,
        st.dates(date(2018, 1, 1), date(2050, 1, 1)),
        st.sampled_from(InterruptionKind),
        st.booleans(),
    ),
    max_size=6,
)


@given(INTERRUPTIONS, st.randoms())
def test_laws(interruptions: list[Interruption], random: Random) -> None:
    end = ends_on(LimitationFacts(MATURES, tuple(interruptions)))
    assert add_years(MATURES, 3) <= end <= add_years(MATURES, 20)
    shuffled = list(interruptions)
    random.shuffle(shuffled)
    assert ends_on(LimitationFacts(MATURES, tuple(shuffled))) == end
    assert ends_on(LimitationFacts(MATURES, tuple(one for one in interruptions if one.is_proven))) == end
    timely = Interruption(end - timedelta(days=1), DEMAND, is_proven=True)
    assert ends_on(LimitationFacts(MATURES, (*interruptions, timely))) >= end
