"""Limits on contacting people: each at its edge, then properties."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.contact_policy import COUNTY_TIME, Attempt, BreachCode, Limits, contact_lost, exhausted, judge, tried
from models.rules.contacts import OUTCOMES, ContactMethod, Outcome, Reached, check_outcome
from models.rules.refusals import Refused

LIMITS = Limits()
NOON = datetime(2026, 12, 21, 12, tzinfo=COUNTY_TIME)


def call(
    at: datetime = NOON,
    reached: Reached = Reached.BORROWER,
    outcome: Outcome = Outcome.INFORMED,
    number_key: str = "a",
) -> Attempt:
    return Attempt(at, ContactMethod.CALL, reached, outcome, number_key)


def missed(at: datetime, number_key: str = "a") -> Attempt:
    return call(at, Reached.NOBODY, Outcome.NO_ANSWER, number_key)


def codes(attempt: Attempt, *history: Attempt, limits: Limits = LIMITS) -> list[BreachCode]:
    return [breach.code for breach in judge(attempt, history, limits)]


attempts = st.builds(
    Attempt,
    at=st.datetimes(datetime(2026, 12, 1), datetime(2026, 12, 31)).map(lambda at: at.replace(tzinfo=UTC)),
    method=st.sampled_from(ContactMethod),
    reached=st.sampled_from(Reached),
    outcome=st.sampled_from(Outcome),
    number_key=st.sampled_from(["", "a", "b"]),
    visitors=st.integers(0, 3),
)


@pytest.mark.parametrize(
    ("hour", "minute", "allowed"),
    [(7, 59, False), (8, 0, True), (21, 59, True), (22, 0, False), (0, 0, False)],
)
def test_hours_have_sharp_edges_in_county_time(hour: int, minute: int, allowed: bool) -> None:
    at = NOON.replace(hour=hour, minute=minute)
    for same_instant in (at, at.astimezone(UTC)):
        found = codes(call(same_instant))
        assert found == ([] if allowed else [BreachCode.OUTSIDE_HOURS])


def test_a_letter_may_be_posted_at_any_hour() -> None:
    letter = Attempt(NOON.replace(hour=23), ContactMethod.LETTER, Reached.NOBODY, Outcome.SENT)
    assert codes(letter) == []


def test_a_time_without_its_zone_is_a_fault() -> None:
    with pytest.raises(ValueError, match="zone"):
        codes(call(datetime(2026, 12, 21, 12)))


def test_the_fourth_answered_call_of_a_day_is_one_too_many() -> None:
    before = [call(NOON - timedelta(hours=n), number_key=str(n)) for n in (1, 2, 3)]
    assert codes(call(), *before[:2]) == []
    assert codes(call(), *before) == [BreachCode.TOO_MANY_CALLS]
    assert codes(missed(NOON), *before) == []
    assert codes(call(NOON + timedelta(days=1)), *before) == []


def test_the_seventh_dial_of_a_number_is_one_too_many() -> None:
    before = [missed(NOON - timedelta(minutes=n)) for n in range(1, 7)]
    assert codes(missed(NOON), *before[:5]) == []
    assert codes(missed(NOON), *before) == [BreachCode.TOO_MANY_DIALS]
    assert codes(missed(NOON, "b"), *before) == []


def test_the_eighth_contact_in_seven_days_is_one_too_many() -> None:
    before = [missed(NOON - timedelta(days=n), str(n)) for n in (0, 1, 2, 3, 4, 5, 6)]
    assert codes(missed(NOON), *before[:6]) == []
    assert codes(missed(NOON), *before) == [BreachCode.TOO_MANY_IN_WEEK]
    assert codes(missed(NOON + timedelta(days=1)), *before) == []


def test_nobody_visits_alone() -> None:
    def visit(visitors: int) -> Attempt:
        return Attempt(NOON, ContactMethod.VISIT, Reached.BORROWER, Outcome.INFORMED, visitors=visitors)

    assert codes(visit(2)) == []
    assert codes(visit(1)) == [BreachCode.VISIT_ALONE]


def test_others_are_asked_only_when_the_borrowers_side_is_lost() -> None:
    neighbour = Attempt(NOON, ContactMethod.CALL, Reached.THIRD_PARTY, Outcome.NEW_CONTACT, "n")
    failures = [missed(NOON - timedelta(days=n)) for n in (1, 2, 3)]
    assert codes(neighbour) == [BreachCode.THIRD_PARTY]
    assert codes(neighbour, *failures[:2]) == [BreachCode.THIRD_PARTY]
    assert codes(neighbour, *failures) == []
    reached_since = call(NOON - timedelta(hours=2))
    assert codes(neighbour, *failures, reached_since) == [BreachCode.THIRD_PARTY]
    at_the_door = Attempt(NOON, ContactMethod.VISIT, Reached.FAMILY, Outcome.MOVED_AWAY, visitors=2)
    assert codes(at_the_door) == []


def test_a_co_borrower_owes_and_may_be_called() -> None:
    assert codes(call(reached=Reached.CO_BORROWER)) == []


def test_a_strangers_number_may_not_be_used_again_and_no_reason_helps() -> None:
    stranger = call(NOON - timedelta(days=1), Reached.WRONG_PERSON, Outcome.NOT_KNOWN_HERE)
    (breach,) = judge(missed(NOON), [stranger], LIMITS)
    assert breach.code is BreachCode.WRONG_NUMBER
    assert not breach.may_override
    assert codes(missed(NOON, "b"), stranger) == []
    assert codes(call(), stranger) == []  # it was the borrower after all
    assert codes(missed(NOON), stranger, call(NOON - timedelta(hours=3))) == []


def test_who_asked_to_be_left_alone_is() -> None:
    asked = call(NOON - timedelta(days=1), Reached.THIRD_PARTY, Outcome.ASKED_TO_STOP, "n")
    again = call(NOON, Reached.THIRD_PARTY, Outcome.NEW_CONTACT, "n")
    (stop,) = [breach for breach in judge(again, [asked], LIMITS) if breach.code is BreachCode.ASKED_TO_STOP]
    assert not stop.may_override
    assert BreachCode.ASKED_TO_STOP not in codes(call(number_key="b"), asked)


@given(attempts, st.lists(attempts, max_size=12))
def test_sentences_fill_and_order_does_not_matter(attempt: Attempt, history: list[Attempt]) -> None:
    found = judge(attempt, history, LIMITS)
    assert len({breach.code for breach in found}) == len(found)
    for breach in found:
        filled = breach.sentence % dict(breach.values)
        assert "%(" not in filled
        assert filled.endswith(".")
    timed = sorted(history, key=lambda other: other.at)
    if len({other.at for other in timed}) == len(timed):
        assert judge(attempt, timed[::-1], LIMITS) == judge(attempt, timed, LIMITS)


@given(attempts, st.lists(attempts, max_size=12))
def test_no_limits_no_breach_of_number(attempt: Attempt, history: list[Attempt]) -> None:
    generous = Limits(answered_calls_a_day=99, dials_a_number_a_day=99, contacts_a_week=99)
    numbers = {BreachCode.TOO_MANY_CALLS, BreachCode.TOO_MANY_DIALS, BreachCode.TOO_MANY_IN_WEEK}
    assert not numbers & set(codes(attempt, *history, limits=generous))


def test_exhausted_takes_three_attempts_by_two_methods() -> None:
    calls = [missed(NOON - timedelta(days=n)) for n in (1, 2, 3)]
    letter = Attempt(NOON, ContactMethod.LETTER, Reached.NOBODY, Outcome.SENT)
    assert not exhausted(calls)
    assert not exhausted([calls[0], letter])
    assert exhausted([*calls[:2], letter])
    assert tried([*calls, letter]).methods == 2
    assert not exhausted([*calls[:2], letter], Limits(attempts_until_exhausted=4))


@given(st.lists(attempts, max_size=8), attempts)
def test_trying_more_never_undoes_exhausted(history: list[Attempt], more: Attempt) -> None:
    if exhausted(history):
        assert exhausted([*history, more])


@given(st.lists(attempts, max_size=8))
def test_asking_third_parties_is_no_attempt(history: list[Attempt]) -> None:
    neighbours = [Attempt(NOON, method, Reached.THIRD_PARTY, Outcome.OTHER) for method in ContactMethod]
    assert tried([*history, *neighbours]) == tried(history)
    assert contact_lost([*history, *neighbours], LIMITS) == contact_lost(history, LIMITS)


@pytest.mark.parametrize("reached", Reached)
@pytest.mark.parametrize("outcome", Outcome)
def test_outcomes_fit_who_was_reached(reached: Reached, outcome: Outcome) -> None:
    if outcome in OUTCOMES[reached]:
        check_outcome(reached, outcome)
    else:
        with pytest.raises(Refused, match="does not go with"):
            check_outcome(reached, outcome)


def test_only_who_owes_can_promise() -> None:
    assert {reached for reached in Reached if Outcome.PROMISED in OUTCOMES[reached]} == {
        Reached.BORROWER,
        Reached.CO_BORROWER,
    }
    assert set(OUTCOMES) == set(Reached)
    assert frozenset().union(*OUTCOMES.values()) == set(Outcome)
