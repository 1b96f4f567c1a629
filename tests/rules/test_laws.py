"""Laws that hold for any history: of plan, allocation, counters, ranges and rate.

The laws of one rule alone stand with its examples; here are those that join several, and those the examples leave open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from models.rules import interest, schedule
from models.rules.allocation import NOTHING, Arrears, Due, allocate, dues_of, walk
from models.rules.buckets import BUCKETS, Bucket, bucket_of, checked
from models.rules.clock import counted_days, days_past_due
from models.rules.default_rate import Rate, pooled
from models.rules.facts import (
    BorrowerFacts,
    InstalmentFact,
    LoanFacts,
    Part,
    ReliefFact,
    ReliefKind,
    ReliefScope,
    RepaymentFact,
)
from models.rules.money import from_fen, to_fen
from models.rules.standing import Standing, StandingState, stand
from tests.rules import strategies as own
from tests.rules.test_schedule import terms

DAY = timedelta(days=1)
ORDERS = st.permutations(tuple(Part)).map(tuple)
FEN = st.integers(0, 100_000)


def at(facts: LoanFacts, day: date) -> Standing:
    return stand(BorrowerFacts((facts,)), day)


def amounts(standing: Standing) -> tuple[Decimal, Decimal, Decimal]:
    return standing.overdue_principal, standing.overdue_interest, standing.penalty


# --- the plan ---------------------------------------------------------------------------------------------------------


@given(terms(), st.dictionaries(st.integers(2009, 2045), st.integers(0, 1500).map(lambda bp: Decimal(bp).scaleb(-2))))
def test_each_line_bears_interest_on_what_is_left_for_its_own_days(
    given_terms: schedule.Terms, rates: dict[int, Decimal]
) -> None:
    """Every day from the end of the subsidy to maturity is in exactly one period, at that interest year's rate."""
    given_terms = replace(given_terms, rates=rates)
    left, begins, counted = given_terms.principal, given_terms.subsidy_ends_on + DAY, 0
    for line in schedule.plan(given_terms):
        length = (line.due_on - begins).days + 1
        year = line.due_on.year + (line.due_on > date(line.due_on.year, 12, 20))
        rate = rates.get(year, given_terms.rate_pct)
        assert line.interest == interest.simple(left, rate, length, given_terms.day_count)
        left, begins, counted = left - line.principal, line.due_on + DAY, counted + length
    assert left == 0
    assert counted == (given_terms.matures_on - given_terms.subsidy_ends_on).days


@given(terms())
def test_a_plan_that_is_kept_is_never_overdue_and_one_that_is_not_is_owed_to_the_fen(
    given_terms: schedule.Terms,
) -> None:
    lines = schedule.plan(given_terms)
    facts = LoanFacts(
        loan_key=1,
        signed_on=given_terms.signed_on,
        matures_on=given_terms.matures_on,
        subsidy_ends_on=given_terms.subsidy_ends_on,
        instalments=tuple(InstalmentFact(line.due_on, line.principal, line.interest) for line in lines),
    )
    whole = sum((line.principal + line.interest for line in lines), Decimal(0))
    after = given_terms.matures_on + DAY
    assert at(facts, after).overdue_total == whole
    kept = replace(
        facts,
        repayments=tuple(
            RepaymentFact(line.due_on, line.principal + line.interest)
            for line in lines
            if line.principal + line.interest
        ),
    )
    for line in lines:
        for day in (line.due_on, line.due_on + DAY):
            assert at(kept, day).overdue_total == 0
    assert at(kept, after).due_cumulative == whole


# --- allocation -------------------------------------------------------------------------------------------------------


@given(FEN, st.fixed_dictionaries(dict.fromkeys(Part, FEN)), ORDERS)
def test_a_payment_is_used_up_in_order_and_nothing_is_lost(
    amount: int, owed: dict[Part, int], order: Sequence[Part]
) -> None:
    left, rest = allocate(amount, owed, order)
    assert sum(owed.values()) - sum(left.values()) + rest == amount
    assert all(0 <= left[part] <= owed[part] for part in Part)
    assert not rest or not any(left.values())
    for this, following in pairwise(order):
        assert left[following] == owed[following] or left[this] == 0


DUES = st.lists(st.builds(Due, own.days, FEN, FEN), max_size=6)
PAYMENTS = st.lists(st.tuples(own.days, FEN), max_size=6)


@given(st.builds(Arrears, FEN, FEN, FEN), DUES, PAYMENTS, own.days, ORDERS)
def test_the_ledger_conserves_every_fen(
    start: Arrears, dues: list[Due], payments: list[tuple[date, int]], as_of: date, order: tuple[Part, ...]
) -> None:
    end = walk(start, dues, payments, as_of, order)
    fell = sum(due.total for due in dues if due.on < as_of)
    came = sum(amount for paid_on, amount in payments if paid_on <= as_of)
    assert end.total - end.credit == start.total + fell - came
    assert not (end.total and end.credit)  # nothing waits in the purse while something is owed


@given(DUES, PAYMENTS, own.days, ORDERS, st.data())
def test_a_ledger_carried_on_is_the_ledger_walked_at_once(
    dues: list[Due], payments: list[tuple[date, int]], as_of: date, order: tuple[Part, ...], data: st.DataObject
) -> None:
    halfway = data.draw(st.dates(own.START, as_of))
    first = walk(NOTHING, dues, payments, halfway, order)
    later_dues = [due for due in dues if due.on >= halfway]
    later_payments = [one for one in payments if one[0] > halfway]
    assert walk(first, later_dues, later_payments, as_of, order) == walk(NOTHING, dues, payments, as_of, order)


@given(own.loans(), own.days, own.days, st.integers(1, 100_000), st.integers(1, 100_000), ORDERS)
def test_a_payment_split_in_two_on_one_day_changes_nothing(
    facts: LoanFacts, as_of: date, paid_on: date, first: int, second: int, order: tuple[Part, ...]
) -> None:
    facts = replace(facts, allocation=order)
    whole = RepaymentFact(paid_on, from_fen(first + second))
    halves = (RepaymentFact(paid_on, from_fen(first)), RepaymentFact(paid_on, from_fen(second)))
    at_once = replace(facts, repayments=(*facts.repayments, whole))
    in_two = replace(facts, repayments=(halves[0], *facts.repayments, halves[1]))
    assert at(at_once, as_of) == at(in_two, as_of)


@given(own.loans(), own.days, own.days, own.yuan, ORDERS)
def test_more_money_never_leaves_more_owed(
    facts: LoanFacts, as_of: date, paid_on: date, amount: Decimal, order: tuple[Part, ...]
) -> None:
    """Whenever it came, once the list that may hold it already is out of the way."""
    assume(facts.statement is None or paid_on > facts.statement.data_on)
    facts = replace(facts, allocation=order)
    richer = replace(facts, repayments=(*facts.repayments, RepaymentFact(paid_on, amount)))
    before, after = at(facts, as_of), at(richer, as_of)
    assert before.overdue_total - amount <= after.overdue_total <= before.overdue_total
    assert after.days_past_due <= before.days_past_due
    assert after.days_counted <= before.days_counted


@given(own.loans(with_statement=False), own.days, own.yuan, st.integers(0, 300), st.integers(0, 300))
def test_once_taken_back_the_amounts_are_as_if_it_never_came(
    facts: LoanFacts, paid_on: date, amount: Decimal, kept_days: int, later: int
) -> None:
    back = paid_on + kept_days * DAY
    richer = replace(facts, repayments=(*facts.repayments, RepaymentFact(paid_on, amount, back)))
    assert amounts(at(richer, back + later * DAY)) == amounts(at(facts, back + later * DAY))


@given(own.loans(), own.days, own.days, own.yuan)
def test_money_of_tomorrow_is_not_known_today(facts: LoanFacts, as_of: date, paid_on: date, amount: Decimal) -> None:
    assume(paid_on > as_of)
    richer = replace(facts, repayments=(*facts.repayments, RepaymentFact(paid_on, amount)))
    here, there = at(facts, as_of), at(richer, as_of)
    ahead = {"next_change_on": None, "next_fact_on": None}  # the day it comes is a day to look again
    assert replace(here, **ahead) == replace(there, **ahead)


# --- time -------------------------------------------------------------------------------------------------------------


@given(own.loans(with_reliefs=False), own.days, st.integers(0, 500))
def test_a_later_day_alone_never_lowers_arrears(facts: LoanFacts, as_of: date, ahead: int) -> None:
    """What was paid before, listed before or will be taken back later changes nothing of that."""
    statement = facts.statement if facts.statement and facts.statement.data_on <= as_of else None
    known = tuple(one for one in facts.repayments if one.paid_on <= as_of)
    facts = replace(facts, settled_on=None, statement=statement, repayments=known)
    now, later = at(facts, as_of), at(facts, as_of + ahead * DAY)
    assert later.overdue_total >= now.overdue_total
    assert later.overdue_principal >= now.overdue_principal
    assert later.penalty >= now.penalty
    assert later.due_cumulative >= now.due_cumulative
    if now.overdue_since:
        assert later.overdue_since == now.overdue_since
        assert later.days_past_due == now.days_past_due + ahead


@given(own.loans(with_statement=False), own.days, st.integers(1, 99), st.integers(0, 60))
def test_a_part_payment_does_not_stop_the_clock(facts: LoanFacts, as_of: date, percent: int, later: int) -> None:
    facts = replace(facts, settled_on=None, repayments=())  # nothing paid: arrears are the rule, not the exception
    owed = at(facts, as_of).overdue_total
    part = from_fen(to_fen(owed) * percent // 100)
    assume(0 < part < owed)
    poorer = replace(facts, repayments=(*facts.repayments, RepaymentFact(as_of, part)))
    before, after, later_day = at(facts, as_of), at(poorer, as_of), as_of + later * DAY
    assert (after.overdue_since, after.days_past_due, after.days_counted, after.bucket) == (
        before.overdue_since,
        before.days_past_due,
        before.days_counted,
        before.bucket,
    )
    still = at(replace(poorer, repayments=tuple(one for one in poorer.repayments if one.paid_on <= as_of)), later_day)
    if still.is_overdue:
        assert still.overdue_since == before.overdue_since


# --- counters and reliefs ---------------------------------------------------------------------------------------------


@given(own.borrowers(), own.days, own.spans(), st.integers(0, 2))
def test_one_more_pause_never_raises_the_days_counted_and_never_touches_the_money(
    facts: BorrowerFacts, as_of: date, span: tuple[date, date | None], which: int
) -> None:
    assume(facts.loans)
    place = which % len(facts.loans)
    pause = ReliefFact(ReliefKind.PAUSE, *span)
    held = replace(facts.loans[place], reliefs=(*facts.loans[place].reliefs, pause))
    before = stand(facts, as_of)
    after = stand(BorrowerFacts((*facts.loans[:place], held, *facts.loans[place + 1 :])), as_of)
    assert after.days_counted <= before.days_counted
    assert (amounts(after), after.days_past_due, after.state) == (amounts(before), before.days_past_due, before.state)
    assert (after.due_this_season, after.due_cumulative) == (before.due_this_season, before.due_cumulative)


@given(own.days, st.lists(own.reliefs(), max_size=4), st.integers(0, 10), st.integers(0, 800))
def test_the_days_counted_grow_by_one_or_stand_still(
    since: date, reliefs: list[ReliefFact], grace: int, age: int
) -> None:
    today, tomorrow = since + age * DAY, since + (age + 1) * DAY
    step = counted_days(since, tomorrow, reliefs, grace) - counted_days(since, today, reliefs, grace)
    assert step in {0, 1}
    assert counted_days(since, today, reliefs, grace) <= days_past_due(since, today) - min(grace, age)
    assert counted_days(since, today, (), grace) == age - grace


@given(own.days, own.days, own.spans(), st.integers(1, 399), st.lists(own.reliefs(), max_size=2))
def test_a_pause_cut_in_two_that_touch_is_the_same_pause(
    since: date, as_of: date, span: tuple[date, date | None], cut: int, others: list[ReliefFact]
) -> None:
    from_on, to_on = span
    middle = from_on + cut * DAY
    assume(to_on is None or middle < to_on)
    assume(since <= as_of)
    whole = [ReliefFact(ReliefKind.PAUSE, from_on, to_on)]
    halves = [ReliefFact(ReliefKind.PAUSE, middle, to_on), ReliefFact(ReliefKind.PAUSE, from_on, middle)]
    assert counted_days(since, as_of, whole + others) == counted_days(since, as_of, halves + others)


@given(own.loans(with_payments=False, with_statement=False))
def test_deferrals_move_money_and_waivers_take_away_only_their_part(facts: LoanFacts) -> None:
    """Nothing that is put off until a day is lost, and nothing falls due inside a waiver that covers it."""
    facts = replace(facts, subsidy_ends_on=facts.signed_on)
    ended = [one for one in facts.reliefs if one.kind is not ReliefKind.WAIVER and one.to_on is not None]
    whole = sum((one.principal + one.interest for one in facts.instalments), Decimal(0))
    assert sum(due.total for due in dues_of(replace(facts, reliefs=tuple(ended)))) == to_fen(whole)
    waivers = [one for one in facts.reliefs if one.kind is ReliefKind.WAIVER]
    for due in dues_of(facts):
        scopes = {one.scope for one in waivers if one.in_force(due.on)}
        assert ReliefScope.ALL not in scopes
        assert not (ReliefScope.PRINCIPAL in scopes and due.principal)
        assert not (ReliefScope.INTEREST in scopes and due.interest)
    assert sum(due.total for due in dues_of(facts)) <= to_fen(whole)


@given(own.borrowers(), own.days)
def test_one_more_contract_that_is_clear_changes_no_arrears(facts: BorrowerFacts, as_of: date) -> None:
    clear = LoanFacts("clear", date(2018, 9, 1), date(2030, 9, 20), date(2019, 8, 31))
    alone, together = stand(facts, as_of), stand(BorrowerFacts((*facts.loans, clear)), as_of)
    assert (together.overdue_total, together.overdue_since, together.days_counted, together.bucket) == (
        alone.overdue_total,
        alone.overdue_since,
        alone.days_counted,
        alone.bucket,
    )
    if alone.is_overdue:
        assert together.state is StandingState.OVERDUE


# --- ranges of days ---------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=8, unique=True))
def test_a_range_begins_the_day_after_the_one_before_ends(ends: list[int]) -> None:
    edges = [0, *sorted(ends)]
    table = checked(
        [Bucket(f"{low + 1}-{high}", low + 1, high) for low, high in pairwise(edges)]
        + [Bucket("rest", edges[-1] + 1, None)]
    )
    for this, following in pairwise(table):
        assert this.last is not None
        assert bucket_of(this.last, table) == this
        assert bucket_of(this.last + 1, table) == following
    assert bucket_of(0, table) is None


@given(own.borrowers(), own.days, st.integers(1, 500))
def test_the_range_is_that_of_the_most_days_counted(facts: BorrowerFacts, as_of: date, ahead: int) -> None:
    for day in (as_of, as_of + ahead * DAY):
        standing = stand(facts, day)
        found = bucket_of(standing.days_counted, BUCKETS) if standing.is_overdue else None
        assert standing.bucket == (found.key if found else None)


# --- the rate ---------------------------------------------------------------------------------------------------------

RATES = st.integers(0, 10**9).flatmap(lambda n: st.builds(Rate, st.integers(0, n), st.just(n)))


@given(RATES, st.integers(0, 100))
def test_the_line_is_compared_exactly(rate: Rate, target: int) -> None:
    assume(rate.is_measurable)
    exact = Fraction(100 * rate.bad, rate.all)
    assert rate.exceeds(target) == (exact > target)
    assert not Rate(rate.most_allowed(target), rate.all).exceeds(target)
    assert Rate(rate.most_allowed(target) + 1, rate.all).exceeds(target)
    assert rate.cures_needed(target) == max(0, rate.bad - rate.most_allowed(target))


@given(RATES, st.integers(1, 1000))
def test_a_rate_does_not_depend_on_the_unit(rate: Rate, times: int) -> None:
    """In fen or in yuan, the same rate is shown and the same side of the line."""
    scaled = Rate(rate.bad * times, rate.all * times)
    assert scaled.shown == rate.shown
    assert scaled.exceeds() == rate.exceeds()


@given(RATES, RATES)
def test_one_cure_or_one_more_who_pays_never_shows_a_higher_rate(rate: Rate, other: Rate) -> None:
    assume(rate.is_measurable)
    assert Decimal(rate.without_one().shown) <= Decimal(rate.shown)
    assert Decimal(Rate(rate.bad, rate.all + 1).shown) <= Decimal(rate.shown)
    both = pooled((rate, other))
    assert (both.bad, both.all) == (rate.bad + other.bad, rate.all + other.all)
    if other.is_measurable:
        exact = [Fraction(one.bad, one.all) for one in (rate, other)]
        assert min(exact) <= Fraction(both.bad, both.all) <= max(exact)
