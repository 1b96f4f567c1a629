"""Histories told from the facts: against each day judged alone, and what two tellings differ in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from models.rules.facts import BorrowerFacts, RepaymentFact
from models.rules.money import from_fen
from models.rules.standing import StandingState, stand
from models.rules.standing_history import Stretch, by_day, first_difference, told
from tests.rules import strategies as own

OVERDUE, CURRENT, NOT_DUE = StandingState.OVERDUE, StandingState.CURRENT, StandingState.NOT_DUE
FIRST, DAY = date(2025, 1, 1), timedelta(days=1)
DAYS = [FIRST + number * DAY for number in range(120)]


def _known(facts: BorrowerFacts, day: date) -> BorrowerFacts:
    return BorrowerFacts(tuple(own.as_known(loan, day) for loan in facts.loans))


def _lists(facts: BorrowerFacts) -> dict[object, list[object]]:
    return {loan.loan_key: [loan.statement] for loan in facts.loans if loan.statement}


@given(own.busy_borrowers())
def test_what_is_told_of_each_day_is_what_the_day_alone_says(facts: BorrowerFacts) -> None:
    stretches = told(facts, _lists(facts), DAYS[0], DAYS[-1])  # type: ignore[arg-type]  # of statements
    assert stretches[0].on == DAYS[0]
    for day in DAYS:
        here = [one for one in stretches if one.on <= day][-1]
        alone = stand(_known(facts, day), day)
        assert here.place == (alone.state, alone.bucket or "")
        if here.on == day:
            assert here.overdue_total == alone.overdue_total


@given(own.busy_borrowers(), st.sampled_from(DAYS), st.integers(1, 20_000))
def test_a_payment_more_never_puts_anybody_in_arrears(facts: BorrowerFacts, on: date, fen: int) -> None:
    """Whoever only paid and was not in arrears has no history to be told anew."""
    richer = replace(facts.loans[0], repayments=(*facts.loans[0].repayments, RepaymentFact(on, from_fen(fen))))
    other = BorrowerFacts((richer, *facts.loans[1:]))
    for day in DAYS[::7]:
        before, after = stand(_known(facts, day), day), stand(_known(other, day), day)
        assert after.overdue_total <= before.overdue_total
        if before.state is not OVERDUE:
            assert (after.state, after.bucket) == (before.state, before.bucket)


def move(day: int, state: StandingState, bucket: str = "", total: int = 0) -> Stretch:
    return Stretch(FIRST + day * DAY, state, bucket, Decimal(total))


def test_what_did_not_outlast_its_day_is_left_out() -> None:
    moves = [move(1, OVERDUE, "1-30"), move(1, CURRENT), move(5, OVERDUE, "1-30"), move(5, CURRENT), move(9, NOT_DUE)]
    assert by_day(moves) == (move(1, CURRENT), move(9, NOT_DUE))


def test_the_first_day_two_tellings_differ_on() -> None:
    shown = [move(0, CURRENT), move(10, OVERDUE, "1-30", 5), move(40, OVERDUE, "31-90", 5)]
    assert first_difference(shown, shown, FIRST) is None
    assert first_difference(shown, shown[:2], FIRST) == FIRST + 40 * DAY  # one says more
    assert first_difference(shown[:2], shown, FIRST) == FIRST + 40 * DAY
    assert first_difference(shown, [shown[0], move(12, OVERDUE, "1-30", 5)], FIRST) == FIRST + 10 * DAY  # the earlier
    assert first_difference(shown, [*shown[:2], move(40, OVERDUE, "31-90", 7)], FIRST) == FIRST + 40 * DAY  # amount
    # told from the 20th day on: what lasts since the 10th has the amount of that day, and agrees
    later = FIRST + 20 * DAY
    assert first_difference(shown, [Stretch(later, OVERDUE, "1-30", Decimal(9)), shown[2]], later) is None
    assert first_difference(shown, [Stretch(later, CURRENT, "", Decimal(0))], later) == later
    # a move on the very first day has its own amount
    assert first_difference(shown, [replace(shown[1], overdue_total=Decimal(9)), shown[2]], shown[1].on) == shown[1].on
    assert first_difference([], [move(3, CURRENT)], FIRST + 3 * DAY) == FIRST + 3 * DAY
