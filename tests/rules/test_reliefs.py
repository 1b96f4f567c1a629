"""What may be written down about a contract, and what a pause does to the days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.clock import checked_pauses, counted_days
from models.rules.facts import (
    BorrowerFacts,
    InstalmentFact,
    LoanFacts,
    PauseCause,
    ReliefFact,
    ReliefKind,
    ReliefScope,
)
from models.rules.refusals import Refused
from models.rules.reliefs import check_not_far, check_relief, check_reversal, checked_reason
from models.rules.standing import stand
from tests.rules import strategies as own

TODAY = date(2026, 11, 23)
SIGNED = date(2023, 1, 1)
PAUSE = ReliefKind.PAUSE


def pause(from_day: int, to_day: int | None) -> ReliefFact:
    """January 2024, as in the published tests."""
    return ReliefFact(PAUSE, date(2024, 1, from_day), date(2024, 1, to_day) if to_day else None)


def check(relief: ReliefFact, *others: ReliefFact, cause: PauseCause | None = PauseCause.OTHER) -> None:
    check_relief(relief, others, cause=cause, signed_on=SIGNED, settled_on=None, today=TODAY)


@pytest.mark.parametrize(
    ("relief", "others"),
    [
        (pause(10, 20), (pause(15, 25),)),
        (pause(10, 20), (pause(5, 11),)),
        (pause(10, 20), (pause(12, 13),)),
        (pause(10, None), (pause(20, 25),)),
        (pause(20, 25), (pause(10, None),)),
        (pause(10, 20), (pause(10, 20),)),
        (pause(10, 10), ()),
        (pause(10, 9), ()),
        (ReliefFact(PAUSE, date(2022, 12, 31), date(2024, 1, 1)), ()),
    ],
)
def test_published_fineract_pauses_that_cannot_stand(relief: ReliefFact, others: tuple[ReliefFact, ...]) -> None:
    """DelinquencyActionParseAndValidator: overlap, zero length, before the loan."""
    with pytest.raises(Refused):
        check(relief, *others)


def test_published_fineract_pauses_that_can_stand() -> None:
    check(pause(20, 25), pause(10, 20), pause(25, None))
    check(pause(1, 2))  # long past
    check(pause(10, 20), ReliefFact(ReliefKind.DEFERRAL, date(2024, 1, 1), date(2024, 6, 1)))


def test_published_fineract_effective_pauses() -> None:
    """DelinquencyEffectivePauseHelperTest: 10–20 resumed on the 11th leaves room for 13–14 and 15–20."""
    effective = (pause(10, 11), pause(13, 14), pause(15, 20))
    assert checked_pauses(tuple(reversed(effective)), SIGNED) == effective
    assert counted_days(date(2024, 1, 1), date(2024, 1, 31), effective) == 30 - 1 - 1 - 5


@given(st.lists(own.spans(), max_size=6))
def test_pauses_that_pass_never_overlap_and_in_any_order(spans: list[tuple[date, date | None]]) -> None:
    pauses = [ReliefFact(PAUSE, *span) for span in spans]
    try:
        ordered = checked_pauses(pauses, own.START)
    except Refused:
        with pytest.raises(Refused):
            checked_pauses(list(reversed(pauses)), own.START)
        return
    assert sorted(ordered, key=lambda one: one.from_on) == list(ordered)
    assert all(this.to_on is not None and this.to_on <= after.from_on for this, after in pairwise(ordered))
    assert checked_pauses(list(reversed(pauses)), own.START) == ordered


@given(own.days, st.integers(1, 900), st.lists(own.spans(), max_size=4))
def test_each_stopped_day_is_taken_out_once(since: date, past: int, spans: list[tuple[date, date | None]]) -> None:
    """Against the slow way: look at every day."""
    as_of = since + timedelta(days=past)
    pauses = [ReliefFact(PAUSE, *span) for span in spans]
    stopped = sum(any(one.in_force(since + timedelta(days=day)) for one in pauses) for day in range(past))
    assert counted_days(since, as_of, pauses) == past - stopped


@given(own.borrowers(), own.days)
def test_a_pause_never_changes_an_amount(facts: BorrowerFacts, day: date) -> None:
    paused = BorrowerFacts(
        tuple(replace(loan, reliefs=(*loan.reliefs, ReliefFact(PAUSE, own.START, None))) for loan in facts.loans)
    )
    before, after = stand(facts, day), stand(paused, day)
    assert (before.state, before.overdue_total, before.overdue_since) == (
        after.state,
        after.overdue_total,
        after.overdue_since,
    )
    assert after.days_counted <= before.days_counted


def test_a_relief_of_a_settled_contract_and_other_mistakes() -> None:
    deferral = ReliefFact(ReliefKind.DEFERRAL, date(2026, 1, 1), date(2027, 1, 1), ReliefScope.PRINCIPAL)
    check(deferral, cause=None)
    with pytest.raises(Refused, match="paid off since 2026-06-20"):
        check_relief(deferral, (), cause=None, signed_on=SIGNED, settled_on=date(2026, 6, 20), today=TODAY)
    for wrong in (
        replace(deferral, from_on=date(2022, 12, 31)),
        replace(deferral, to_on=date(2026, 1, 1)),
        replace(deferral, to_on=date(2057, 1, 1)),
        replace(deferral, to_on=date(2201, 1, 1)),
    ):
        with pytest.raises(Refused):
            check(wrong, cause=None)
    with pytest.raises(Refused, match="entered already"):
        check(deferral, deferral, cause=None)
    with pytest.raises(Refused, match="cannot cover a part"):
        check(replace(pause(1, 2), scope=ReliefScope.PRINCIPAL))
    with pytest.raises(Refused, match="why"):
        check(pause(1, 2), cause=None)
    with pytest.raises(Refused, match="Only a pause"):
        check(deferral)


def test_a_payment_is_taken_back_once_and_not_before_it_was_made() -> None:
    check_reversal(date(2026, 11, 1), date(2026, 11, 1), None, TODAY)
    for reversed_on, held in ((date(2026, 10, 31), None), (TODAY, date(2026, 11, 2)), (date(2026, 11, 24), None)):
        with pytest.raises(Refused):
            check_reversal(date(2026, 11, 1), reversed_on, held, TODAY)


def test_days_far_ahead_and_reasons() -> None:
    check_not_far(date(2056, 12, 31), TODAY)
    for far in (date(2057, 1, 1), date.max):
        with pytest.raises(Refused, match="too far"):
            check_not_far(far, TODAY)
    assert checked_reason("  银行 \n 来函 ") == "银行 来函"
    for wrong in ("", " ", "因", "长" * 201):
        with pytest.raises(Refused):
            checked_reason(wrong)


def test_a_pause_of_one_contract_leaves_the_others_running() -> None:
    line = InstalmentFact(date(2025, 12, 20), Decimal(800), Decimal(224))
    first = LoanFacts(1, SIGNED, date(2039, 9, 20), date(2023, 8, 31), instalments=(line,))
    second = replace(first, loan_key=2)
    paused = replace(first, reliefs=(ReliefFact(PAUSE, date(2025, 12, 21), None),))
    assert stand(BorrowerFacts((paused, second)), date(2026, 1, 23)).days_counted == 34
    assert stand(BorrowerFacts((paused, replace(second, reliefs=paused.reliefs))), date(2026, 1, 23)).days_counted == 1
