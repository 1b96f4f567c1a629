"""Our own ledger: order of allocation, early repayment, contracts called due, what became of each instalment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.allocation import allocate, arrears, carried, dues_of
from models.rules.facts import (
    InstalmentFact,
    LoanFacts,
    Part,
    ReliefFact,
    ReliefKind,
    ReliefScope,
    RepaymentFact,
    RepaymentKind,
    StatementFact,
)
from models.rules.lenders import allocation_order
from models.rules.money import from_fen, to_fen
from models.rules.plan_changes import called_due, lowered, replanned, spread
from models.rules.plan_lines import LineState, plan_lines
from models.rules.refusals import Refused
from models.rules.schedule import Terms, plan
from tests.rules import strategies as own

EARLY, PAYMENT = RepaymentKind.EARLY, RepaymentKind.PAYMENT
NIL = from_fen(0)
YEARS = range(2023, 2029)
LOAN = LoanFacts(
    loan_key=1,
    signed_on=date(2018, 9, 1),
    matures_on=date(2028, 12, 20),
    subsidy_ends_on=date(2022, 8, 31),
    rate_pct=Decimal("2.8"),
    instalments=tuple(InstalmentFact(date(year, 12, 20), Decimal(1000), Decimal(28) * (2029 - year)) for year in YEARS),
)


def paid(on: date, amount: str, kind: RepaymentKind = PAYMENT, reversed_on: date | None = None) -> RepaymentFact:
    return RepaymentFact(on, Decimal(amount), reversed_on, kind)


def on_time(until: int) -> tuple[RepaymentFact, ...]:
    return tuple(
        paid(one.due_on, str(one.principal + one.interest)) for one in LOAN.instalments if one.due_on.year <= until
    )


@st.composite
def plans(draw: st.DrawFn) -> tuple[InstalmentFact, ...]:
    first = draw(st.integers(2015, 2028))
    years = draw(st.integers(1, 15))
    return tuple(
        InstalmentFact(date(first + place, 12, 20), draw(own.maybe_yuan), draw(own.maybe_yuan))
        for place in range(years)
    )


def total(lines: tuple[InstalmentFact, ...]) -> Decimal:
    return sum((one.principal for one in lines), NIL)


# --- order of allocation ------------------------------------------------------------------------------------------


def test_a_lender_names_each_part_once() -> None:
    assert allocation_order("principal, interest,penalty") == (Part.PRINCIPAL, Part.INTEREST, Part.PENALTY)
    for wrong in ("", "penalty,interest", "penalty,penalty,interest,principal", "penalty,interest,fees"):
        with pytest.raises(Refused):
            allocation_order(wrong)


@given(st.integers(0, 10**7), st.permutations(list(Part)), st.lists(st.integers(0, 10**6), min_size=3, max_size=3))
def test_an_allocated_payment_is_conserved_in_every_order(amount: int, order: list[Part], owed: list[int]) -> None:
    before = dict(zip(Part, owed, strict=True))
    after, left = allocate(amount, before, order)
    assert sum(before.values()) - sum(after.values()) == amount - left
    assert left == max(0, amount - sum(owed))
    for earlier, later in pairwise(order):
        assert not after[earlier] or after[later] == before[later]  # the next part waits


# --- early repayment ----------------------------------------------------------------------------------------------


def test_an_early_repayment_spreads_the_rest_equally_and_its_interest_with_it() -> None:
    """1,825 on a due day takes 1,825 off the 3,000 to come: 391.66, 391.66, 391.68."""
    loan = replace(LOAN, repayments=(*on_time(2025), paid(date(2025, 12, 20), "1825", EARLY)))
    coming = [due for due in dues_of(loan) if due.on.year > 2025]
    assert [due.principal for due in coming] == [39166, 39166, 39168]
    # 84, 56 and 28 yuan, each in the proportion of the balance before it: 1175/3000, 783.34/2000, 391.68/1000.
    assert [due.interest for due in coming] == [3290, 2193, 1097]
    assert arrears(loan, dues_of(loan), date(2026, 12, 20)).total == 0
    assert arrears(loan, dues_of(loan), date(2026, 12, 21)).due == 39166 + 3290


def test_early_money_pays_the_interest_its_principal_has_run_up() -> None:
    """20 June: 182 of the 365 days since 20 December have passed, of 84 yuan 41.88."""
    half = date(2026, 6, 20)
    result = lowered(LOAN.instalments, Decimal("1520.94"), half, LOAN.subsidy_ends_on)
    assert (result.principal, result.interest, result.left) == (Decimal(1500), Decimal("20.94"), 0)
    assert total(result.instalments) == Decimal(4500)


def test_a_whole_early_repayment_clears_the_loan() -> None:
    whole = paid(date(2026, 6, 20), "3041.88", EARLY)
    loan = replace(LOAN, repayments=(*on_time(2025), whole))
    assert not [due for due in dues_of(loan) if due.on.year > 2025]
    for day in (date(2026, 6, 20), date(2026, 12, 21), date(2029, 1, 1)):
        assert (arrears(loan, dues_of(loan), day).total, arrears(loan, dues_of(loan), day).credit) == (0, 0)
    assert plan_lines(loan, date(2026, 12, 21))[-1].state is LineState.MET
    a_fen_less = replace(loan, repayments=(*on_time(2025), replace(whole, amount=Decimal("3041.87"))))
    assert sum(due.total for due in dues_of(a_fen_less) if due.on.year > 2025) in {1, 2}


def test_early_money_pays_what_is_overdue_first() -> None:
    """Civil Code 560: of several debts those that have fallen due come first."""
    loan = replace(LOAN, repayments=(*on_time(2024), paid(date(2026, 3, 20), "3000", EARLY)))
    assert arrears(loan, dues_of(loan), date(2026, 3, 19)).due == 111200  # the instalment of 2025
    assert arrears(loan, dues_of(loan), date(2026, 3, 20)).total == 0
    rest = Decimal(3000) - Decimal("1112.00")
    result = lowered(LOAN.instalments, rest, date(2026, 3, 20), LOAN.subsidy_ends_on)
    assert total(carried(loan).instalments) == total(LOAN.instalments) - result.principal


def test_early_money_listed_since_is_taken_as_paid_ahead() -> None:
    """Older repayments may be missing from our ledger: the lender's list says that nothing is overdue."""
    listed = StatementFact(date(2026, 4, 20), NIL, NIL, NIL)
    loan = replace(LOAN, repayments=(paid(date(2026, 3, 20), "1888", EARLY),), statement=listed)
    assert total(carried(loan).instalments) < total(LOAN.instalments) - Decimal(1800)
    assert arrears(loan, dues_of(loan), date(2026, 12, 21)).principal < 40000


def test_early_and_taken_back_it_is_money_that_came_and_went() -> None:
    back = date(2027, 2, 1)
    loan = replace(LOAN, repayments=(*on_time(2025), paid(date(2026, 3, 20), "2500", EARLY, back)))
    assert dues_of(loan) == dues_of(LOAN)
    assert arrears(loan, dues_of(loan), back - timedelta(days=1)).total == 0
    assert arrears(loan, dues_of(loan), back).due == 100000 + 8400


def test_compensation_and_relief_payouts_are_payments_and_stop_nothing_by_themselves() -> None:
    for kind in (RepaymentKind.COMPENSATION, RepaymentKind.RELIEF_PAYOUT):
        loan = replace(LOAN, repayments=(*on_time(2025), paid(date(2026, 3, 20), "1084", kind)))
        assert dues_of(loan) == dues_of(LOAN)
        assert arrears(loan, dues_of(loan), date(2026, 12, 21)).total == 0
        assert arrears(loan, dues_of(loan), date(2027, 12, 21)).due == 100000 + 5600


@given(plans(), own.yuan, st.dates(date(2014, 1, 1), date(2045, 1, 1)), st.dates(date(2010, 1, 1), date(2030, 1, 1)))
def test_an_early_repayment_is_conserved_to_the_fen(
    lines: tuple[InstalmentFact, ...], amount: Decimal, on: date, subsidy_ends_on: date
) -> None:
    result = lowered(lines, amount, on, subsidy_ends_on)
    assert result.principal + result.interest + result.left == amount
    assert min(result.principal, result.interest, result.left) >= 0
    assert total(result.instalments) == total(lines) - result.principal
    assert [one.due_on for one in result.instalments] == [one.due_on for one in lines]
    for old, new in zip(lines, result.instalments, strict=True):
        assert 0 <= new.principal <= old.principal
        assert 0 <= new.interest <= old.interest
        assert old.due_on > on or new == old
    if result.left:
        assert not any(one.principal for one in result.instalments if one.due_on > on)


@given(own.loans(), st.lists(st.tuples(own.days, own.yuan), max_size=3), st.integers(0, 10**6), own.days)
def test_early_money_is_never_lost_and_its_order_of_entry_is_nothing(
    loan: LoanFacts, early: list[tuple[date, Decimal]], seed: int, day: date
) -> None:
    facts = tuple(RepaymentFact(on, amount, None, EARLY) for on, amount in early)
    with_early = replace(loan, repayments=(*loan.repayments, *facts))
    shuffled = list(with_early.repayments)
    Random(seed).shuffle(shuffled)
    other = replace(with_early, repayments=tuple(shuffled))
    dues = dues_of(with_early)
    assert dues_of(other) == dues
    assert arrears(other, dues, day) == arrears(with_early, dues, day)
    came = sum((one.amount for one in with_early.repayments), NIL)
    used = carried(with_early)
    as_payment = sum((one.amount for one in used.repayments), NIL)
    lowered_by = total(with_early.instalments) - total(used.instalments)
    assert 0 <= lowered_by <= came - as_payment  # the rest of it is interest run up
    assert arrears(with_early, dues, day).total <= arrears(loan, dues_of(loan), day).total


# --- called due ---------------------------------------------------------------------------------------------------


def test_called_due_brings_all_principal_forward_and_no_interest_of_time_to_come() -> None:
    loan = replace(LOAN, repayments=on_time(2025), accelerated_on=date(2026, 6, 20))
    last = dues_of(loan)[-1]
    assert (last.on, last.principal, last.interest) == (date(2026, 6, 20), 300000, 4188)
    assert arrears(loan, dues_of(loan), date(2026, 6, 20)).total == 0
    assert arrears(loan, dues_of(loan), date(2026, 6, 21)).due == 304188
    on_a_due_day = dues_of(replace(loan, accelerated_on=date(2025, 12, 20)))[-1]
    assert (on_a_due_day.on, on_a_due_day.principal, on_a_due_day.interest) == (date(2025, 12, 20), 400000, 11200)
    too_late = replace(loan, accelerated_on=date(2029, 1, 1))
    assert dues_of(too_late) == dues_of(LOAN)
    in_study = replace(loan, repayments=(), accelerated_on=date(2020, 1, 1))
    (at_once,) = dues_of(in_study)
    assert (at_once.on, at_once.principal) == (date(2022, 9, 1), 600000)


def test_repaid_early_before_and_after_being_called_due() -> None:
    before = paid(date(2026, 3, 20), "1000", EARLY)
    after = paid(date(2026, 7, 20), "1000", EARLY)
    loan = replace(LOAN, repayments=(*on_time(2025), before, after), accelerated_on=date(2026, 6, 20))
    owed = arrears(loan, dues_of(loan), date(2026, 7, 1))
    assert owed.principal < 210000
    assert arrears(loan, dues_of(loan), date(2026, 7, 20)).due == owed.due - 100000  # by then an ordinary payment


@given(plans(), st.dates(date(2014, 1, 1), date(2045, 1, 1)), st.dates(date(2010, 1, 1), date(2030, 1, 1)))
def test_called_due_conserves_principal_and_asks_for_nothing_later(
    lines: tuple[InstalmentFact, ...], on: date, subsidy_ends_on: date
) -> None:
    called = called_due(lines, on, subsidy_ends_on)
    effective = max(on, subsidy_ends_on + timedelta(days=1))
    assert total(called) == total(lines)
    assert all(one.due_on <= effective for one in called)
    assert sum((one.interest for one in called), NIL) <= sum((one.interest for one in lines), NIL)
    assert called_due(called, on, subsidy_ends_on) == called


# --- plans made anew ----------------------------------------------------------------------------------------------


@given(plans(), own.yuan)
def test_a_plan_spread_anew_adds_up(lines: tuple[InstalmentFact, ...], principal: Decimal) -> None:
    again = spread(lines, principal)
    if total(lines):
        assert total(again) == principal
    else:
        assert again == lines
    assert all(min(one.principal, one.interest) >= 0 for one in again)


@given(st.integers(1, 5_000_000).map(from_fen), st.dates(date(2024, 1, 1), date(2039, 1, 1)))
def test_replanned_for_further_study_asks_for_the_principal_once(principal: Decimal, today: date) -> None:
    def terms(graduation: int, matures: int) -> Terms:
        return Terms(
            principal,
            date(2020, 9, 1),
            graduation,
            date(graduation, 8, 31),
            date(matures, 9, 20),
            5,
            Decimal("2.8"),
        )

    old = tuple(InstalmentFact(one.due_on, one.principal, one.interest) for one in plan(terms(2024, 2039)))
    new = terms(2027, 2040)
    lines = replanned(old, new, today)
    assert [one for one in lines if one.due_on <= today] == [one for one in old if one.due_on <= today]
    assert [one.due_on for one in lines] == sorted({one.due_on for one in lines})
    assert sum((one.principal for one in lines if one.due_on > new.subsidy_ends_on), NIL) == principal


# --- line by line -------------------------------------------------------------------------------------------------


def test_each_instalment_says_what_became_of_it() -> None:
    loan = replace(
        LOAN,
        subsidy_ends_on=date(2024, 8, 31),
        instalments=(
            *LOAN.instalments,
            InstalmentFact(date(2029, 12, 20), Decimal(500), Decimal(10)),
            InstalmentFact(date(2030, 12, 20), Decimal(500), Decimal(5)),
        ),
        repayments=(paid(date(2024, 12, 20), "1140"),),
        reliefs=(
            ReliefFact(ReliefKind.WAIVER, date(2026, 1, 1), date(2027, 1, 1), ReliefScope.INTEREST),
            ReliefFact(ReliefKind.DEFERRAL, date(2026, 1, 1), date(2027, 12, 20), ReliefScope.PRINCIPAL),
            ReliefFact(ReliefKind.WAIVER, date(2029, 1, 1), date(2030, 1, 1)),
        ),
    )
    found = {line.due_on.year: line for line in plan_lines(loan, date(2026, 12, 21))}
    assert {year: line.state for year, line in found.items()} == {
        2023: LineState.SUBSIDISED,
        2024: LineState.MET,
        2025: LineState.OVERDUE,
        2026: LineState.DEFERRED,
        2027: LineState.TO_COME,
        2028: LineState.TO_COME,
        2029: LineState.WAIVED,
        2030: LineState.TO_COME,
    }
    assert found[2025].overdue == Decimal(1112)
    assert (found[2026].waived, found[2026].deferred, found[2026].deferred_to) == (
        Decimal(84),
        Decimal(1000),
        date(2027, 12, 20),
    )
    assert (found[2029].waived, found[2029].overdue) == (Decimal(510), 0)
    settled = plan_lines(replace(loan, settled_on=date(2026, 12, 1)), date(2026, 12, 21))
    assert not {line.state for line in settled} & {LineState.OVERDUE, LineState.TO_COME}


@given(own.loans(), own.days)
def test_the_lines_show_what_is_overdue_and_no_more(loan: LoanFacts, day: date) -> None:
    dues = dues_of(loan)
    lines = plan_lines(loan, day)
    shown = sum((to_fen(line.overdue) for line in lines), 0)
    fallen = sum(due.total for due in dues if due.on < day)
    assert shown in {0, min(arrears(loan, dues, day).due, fallen)}
    for line in lines:
        assert line.overdue + line.waived <= line.principal + line.interest
        assert bool(line.overdue) == (line.state is LineState.OVERDUE)
