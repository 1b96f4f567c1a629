"""Limitation: Civil Code 188, 189, 192, 195, 202 by example, and laws."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.calendar import add_years
from models.rules.limitation import (
    Effect,
    Interruption,
    InterruptionKind,
    LimitationFacts,
    Mend,
    cap_window,
    check,
    days_left,
    ends_on,
    judge,
    mend,
    window,
)
from models.rules.refusals import Refused

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


def test_a_payment_restarts_a_running_period_and_revives_none() -> None:
    paid_in_time = Interruption(date(2027, 9, 20), ACK, is_proven=True, is_payment=True)
    paid_too_late = Interruption(date(2027, 9, 21), ACK, is_proven=True, is_payment=True)
    assert ends_on(LimitationFacts(MATURES, (paid_in_time,))) == date(2030, 9, 20)
    assert ends_on(LimitationFacts(MATURES, (paid_too_late,))) == date(2027, 9, 20)  # Article 192


def test_nothing_counts_after_twenty_years() -> None:
    """Article 188: not even a signed promise lengthens the longest period."""
    assert ends_on(facts((date(2044, 9, 21), ACK, True))) == date(2027, 9, 20)
    capped = judge(facts((date(2027, 9, 20), ACK, True), (date(2044, 9, 20), ACK, True)))
    assert (capped.ends_on, capped.is_capped) == (date(2044, 9, 20), True)


def test_each_interruption_says_what_it_did() -> None:
    found = judge(
        facts(
            (date(2024, 9, 20), DEMAND, True),  # on the last due day: not yet late
            (date(2024, 9, 21), DEMAND, True),
            (date(2025, 1, 1), DEMAND, False),
            (date(2027, 9, 22), SUIT, True),
        )
    )
    assert [one.effect for one in found.history] == [
        Effect.TOO_EARLY,
        Effect.RESTARTED,
        Effect.UNPROVEN,
        Effect.TOO_LATE,
    ]
    assert found.last == Interruption(date(2024, 9, 21), DEMAND, is_proven=True)
    assert found.ends_on == date(2027, 9, 21)
    assert judge(facts()).last is None


def test_a_leap_day_demand_ends_on_the_28th() -> None:
    assert ends_on(LimitationFacts(date(2023, 9, 20), (Interruption(date(2024, 2, 29), DEMAND, True),))) == date(
        2027, 2, 28
    )


@pytest.mark.parametrize(
    ("held", "way"),
    [
        ({}, Mend.ACKNOWLEDGE),
        ({"is_overdue": True}, Mend.NOTIFY),
        ({"is_overdue": True, "has_weak_service": True}, Mend.PROVE),
        ({"is_overdue": True, "has_notice_to_serve": True, "has_weak_service": True}, Mend.SERVE),
        ({"is_overdue": True, "is_out_of_touch": True}, Mend.ANNOUNCE),
    ],
)
def test_what_mends_it(held: dict[str, bool], way: Mend) -> None:
    known = {"has_notice_to_serve": False, "has_weak_service": False, "is_overdue": False, "is_out_of_touch": False}
    assert mend(judge(facts()), date(2027, 9, 20), **known | held) is way
    assert mend(judge(facts()), date(2027, 9, 21), **known | held) is Mend.LENDER
    capped = judge(facts((date(2027, 9, 20), ACK, True), (date(2044, 1, 1), ACK, True)))
    assert mend(capped, date(2044, 1, 2), **known | held) is Mend.SUE


@pytest.mark.parametrize(
    ("on", "proof", "words"),
    [
        (date(2026, 11, 24), "binder", "future"),
        (date(2019, 8, 31), "binder", "2019-09-01"),
        (date(2026, 11, 1), "  ", "proves"),
    ],
)
def test_what_cannot_be_written_down(on: date, proof: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        check(on, signed_on=date(2019, 9, 1), today=date(2026, 11, 23), proof=proof)


def test_what_can_be_written_down() -> None:
    assert check(date(2026, 11, 23), signed_on=date(2026, 11, 23), today=date(2026, 11, 23), proof=" a  b ") == "a b"


@given(INTERRUPTIONS)
def test_history_tells_the_end(interruptions: list[Interruption]) -> None:
    found = judge(LimitationFacts(MATURES, tuple(interruptions)))
    ends = [one.ends_on for one in found.history]
    assert ends == sorted(ends)
    assert (ends or [found.ends_on])[-1] == found.ends_on
    restarted = [one for one in found.history if one.effect is Effect.RESTARTED]
    alone = LimitationFacts(MATURES, tuple(one.interruption for one in restarted))
    assert ends_on(alone) == found.ends_on
    assert all(one.interruption.is_proven and one.interruption.on > MATURES for one in restarted)


@given(INTERRUPTIONS, st.dates(date(2026, 1, 1), date(2047, 1, 1)), st.integers(0, 400))
def test_the_window_misses_nothing(interruptions: list[Interruption], as_of: date, days: int) -> None:
    """Whatever ends in the time asked about began in the window the database is asked for."""
    known = tuple(one for one in interruptions if one.on <= as_of)
    found = judge(LimitationFacts(MATURES, known))
    if as_of <= found.ends_on <= as_of + timedelta(days=days):
        first, last = window(as_of, days)
        capped_first, capped_last = cap_window(as_of, days)
        begun = [MATURES, *(one.on for one in known if one.is_proven)]
        assert any(first <= day <= last for day in begun) or capped_first <= MATURES <= capped_last
        assert last >= MATURES
