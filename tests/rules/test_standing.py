"""Where a borrower stands: published examples of other lenders' tests, our own decisions, and laws."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.buckets import BUCKETS, Bucket, bucket_of, checked
from models.rules.clock import checked_pauses, counted_days, days_past_due
from models.rules.refusals import Refused
from models.rules.standing import (
    BorrowerFacts,
    InstalmentFact,
    LoanFacts,
    Part,
    ReliefFact,
    ReliefKind,
    ReliefScope,
    RepaymentFact,
    Standing,
    StandingState,
    StatementFact,
    stand,
)
from tests.rules import strategies as own

PAUSE, DEFERRAL, WAIVER = ReliefKind.PAUSE, ReliefKind.DEFERRAL, ReliefKind.WAIVER
DAY = timedelta(days=1)


def loan(due: str = "2025-12-20", principal: str = "800", interest: str = "224", **changes: Any) -> LoanFacts:
    """Make a loan with one instalment."""
    facts = LoanFacts(
        loan_key="a",
        signed_on=date(2010, 9, 1),
        matures_on=date(2039, 9, 20),
        subsidy_ends_on=date(2011, 8, 31),
        instalments=(InstalmentFact(date.fromisoformat(due), Decimal(principal), Decimal(interest)),),
    )
    return replace(facts, **changes)


def at(day: str, *loans: LoanFacts) -> Standing:
    return stand(BorrowerFacts(loans), date.fromisoformat(day))


def relief(
    kind: ReliefKind, from_on: str, to_on: str | None = None, scope: ReliefScope = ReliefScope.ALL
) -> ReliefFact:
    return ReliefFact(kind, date.fromisoformat(from_on), date.fromisoformat(to_on) if to_on else None, scope)


def paid(day: str, amount: str, reversed_on: str | None = None) -> RepaymentFact:
    return RepaymentFact(
        date.fromisoformat(day), Decimal(amount), date.fromisoformat(reversed_on) if reversed_on else None
    )


def listed(
    day: str, principal: str = "0", interest: str = "0", penalty: str = "0", since: str | None = None
) -> StatementFact:
    return StatementFact(
        date.fromisoformat(day),
        Decimal(principal),
        Decimal(interest),
        Decimal(penalty),
        date.fromisoformat(since) if since else None,
    )


# --- days -----------------------------------------------------------------------------------------------------


def test_the_day_after_the_due_day_is_day_1() -> None:
    assert at("2025-12-20", loan()).state is StandingState.CURRENT
    assert at("2025-12-20", loan()).days_past_due == 0
    overdue = at("2025-12-21", loan())
    assert (overdue.state, overdue.days_past_due, overdue.bucket) == (StandingState.OVERDUE, 1, "1-30")
    assert overdue.overdue_since == date(2025, 12, 20)
    assert overdue.overdue_total == Decimal(1024)


FINERACT = (
    InstalmentFact(date(2012, 2, 1), Decimal("833.33"), Decimal("200.00")),
    InstalmentFact(date(2012, 3, 1), Decimal("833.33"), Decimal("183.33")),
)


@pytest.mark.parametrize(
    ("day", "pauses", "days", "amount"),
    [
        ("2012-02-06", (), 5, "1033.33"),
        ("2012-02-09", (relief(PAUSE, "2012-02-06", "2012-02-10"),), 5, "1033.33"),
        ("2012-03-12", (relief(PAUSE, "2012-02-06", "2012-02-10"),), 36, "2049.99"),
    ],
)
def test_published_fineract_days_with_one_pause(
    day: str, pauses: tuple[ReliefFact, ...], days: int, amount: str
) -> None:
    standing = at(day, loan(instalments=FINERACT, subsidy_ends_on=date(2011, 8, 31), reliefs=pauses))
    assert (standing.days_counted, standing.overdue_total) == (days, Decimal(amount))
    assert standing.days_past_due == (date.fromisoformat(day) - date(2012, 2, 1)).days


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        ((), {"10-02": (1, 0), "10-04": (3, 0), "10-05": (4, 1)}),
        ((("10-06", "10-30"),), {"10-06": (5, 2), "10-30": (29, 2), "10-31": (30, 3)}),
        ((("10-15", "10-25"),), {"10-15": (14, 11), "10-26": (25, 12), "11-13": (43, 30)}),
        ((("10-15", "10-25"), ("11-14", "11-30")), {"11-14": (44, 31), "11-30": (60, 31), "12-01": (61, 32)}),
        (
            (("10-25", "10-30"), ("10-30", "10-30")),
            {"10-30": (29, 21), "10-31": (30, 22)},
        ),  # adjacent, resumed at once
        ((("10-25", "11-15"),), {"10-27": (26, 21)}),  # entered late
        ((("09-01", "10-10"),), {"10-20": (19, 10)}),  # begun before the debt was overdue: the overlap only
    ],
)
def test_published_fineract_grace_and_pauses(
    pauses: tuple[tuple[str, str], ...], expected: dict[str, tuple[int, int]]
) -> None:
    reliefs = tuple(relief(PAUSE, f"2023-{start}", f"2023-{end}") for start, end in pauses)
    facts = loan("2023-10-01", "250", "0", reliefs=reliefs, grace_days=3)
    for day, (past, counted) in expected.items():
        standing = at(f"2023-{day}", facts)
        assert (standing.days_past_due, standing.days_counted) == (past, counted), day


FINE_RANGES = checked(
    [
        Bucket(f"{first}-{last}", first, last)
        for first, last in (
            (1, 3),
            (4, 30),
            (31, 60),
            (61, 90),
            (91, 120),
            (121, 150),
            (151, 180),
            (181, 240),
        )
    ]
    + [Bucket("241+", 241, None)]
)


@pytest.mark.parametrize(
    ("due", "day", "past", "counted", "bucket"),
    [("2023-10-01", "2023-12-01", 61, 58, "31-60"), ("2024-01-01", "2024-03-05", 64, 61, "61-90")],
)
def test_published_fineract_ranges(due: str, day: str, past: int, counted: int, bucket: str) -> None:
    facts = BorrowerFacts((loan(due, grace_days=3),))
    standing = stand(facts, date.fromisoformat(day), FINE_RANGES)
    assert (standing.days_past_due, standing.days_counted, standing.bucket) == (past, counted, bucket)


def test_published_fineract_closed_and_overpaid_loans_never_count() -> None:
    quarters = tuple(InstalmentFact(date(2024, month, 5), Decimal(250), Decimal(0)) for month in (6, 7, 8, 9))
    open_loan = loan(instalments=quarters)
    assert (at("2024-06-17", open_loan).days_past_due, at("2024-06-17", open_loan).overdue_total) == (
        12,
        Decimal(250),
    )
    for amount in ("1000", "1200"):
        standing = at("2024-12-17", replace(open_loan, repayments=(paid("2024-06-17", amount),)))
        assert (standing.days_past_due, standing.overdue_total, standing.bucket) == (0, 0, None)
    closed = replace(open_loan, settled_on=date(2024, 6, 17))
    assert at("2024-12-17", closed).state is StandingState.SETTLED
    assert at("2024-12-17", closed).overdue_total == 0


@pytest.mark.parametrize(
    ("due", "payments", "expected"),
    [
        # Frappe's daily log counts the due day as 1; ours is one less.
        (
            "2024-10-05",
            (("2024-10-09", "1024"),),
            {"2024-10-05": 0, "2024-10-06": 1, "2024-10-08": 3, "2024-10-09": 0},
        ),
        ("2024-11-05", (("2024-11-10", "1024"),), {"2024-11-05": 0, "2024-11-09": 4, "2024-11-10": 0}),
        (
            "2024-08-29",
            (("2024-08-29", "242"), ("2024-09-02", "782")),
            {"2024-08-29": 0, "2024-08-30": 1, "2024-09-01": 3, "2024-09-02": 0},
        ),
    ],
)
def test_published_frappe_daily_log_part_payment_does_not_stop_the_clock(
    due: str, payments: tuple[tuple[str, str], ...], expected: dict[str, int]
) -> None:
    facts = loan(due, repayments=tuple(paid(*one) for one in payments))
    assert {day: at(day, facts).days_past_due for day in expected} == expected


def test_published_frappe_contamination_and_cure() -> None:
    first, second = loan("2024-04-05", loan_key=1), loan("2024-09-05", loan_key=2)
    both = at("2024-10-06", first, second)
    assert (both.state, both.bucket, both.overdue_total) == (StandingState.OVERDUE, "181-365", Decimal(2048))
    one_clear = at("2024-10-06", replace(first, repayments=(paid("2024-10-06", "1024"),)), second)
    assert (one_clear.state, one_clear.bucket) == (StandingState.OVERDUE, "31-90")
    settled = replace(second, repayments=(paid("2024-10-06", "1024"),))
    clear = at("2024-10-06", replace(first, repayments=(paid("2024-10-06", "1024"),)), settled)
    assert (clear.state, clear.overdue_total, clear.overdue_since) == (StandingState.CURRENT, 0, None)


def test_published_fineract_next_payment_date() -> None:
    three = tuple(InstalmentFact(date(2023, 10, day), Decimal(250), Decimal(0)) for day in (1, 16, 31))
    facts = loan(instalments=three)
    on_11, on_21 = at("2023-10-11", facts), at("2023-10-21", facts)
    assert (on_11.overdue_since, on_11.next_due_on) == (date(2023, 10, 1), date(2023, 10, 16))
    assert (on_21.overdue_since, on_21.next_due_on) == (date(2023, 10, 1), date(2023, 10, 31))


def test_published_erpnext_a_cancelled_payment_is_unresolved_again() -> None:
    facts = loan(repayments=(paid("2025-12-10", "1024", "2026-03-01"),))
    assert at("2026-02-28", facts).state is StandingState.CURRENT
    back = at("2026-03-01", facts)
    assert (back.state, back.overdue_total, back.days_past_due) == (StandingState.OVERDUE, Decimal(1024), 1)
    assert at("2026-03-10", facts).days_past_due == 10  # from the reversal, not from the due day


# --- the bank's list and our ledger -------------------------------------------------------------------------------


def test_the_banks_figure_is_the_figure() -> None:
    facts = loan(statement=listed("2026-01-20", "800.00", "224.00", "3.10", "2025-12-20"))
    standing = at("2026-01-23", facts)
    assert (standing.overdue_principal, standing.overdue_interest, standing.penalty) == (
        Decimal(800),
        Decimal(224),
        Decimal("3.10"),
    )
    assert (standing.days_past_due, standing.data_on, standing.is_estimated) == (34, date(2026, 1, 20), False)


def test_not_on_the_list_is_not_overdue_whatever_our_ledger_says() -> None:
    standing = at("2026-01-23", loan(statement=listed("2026-01-20")))
    assert (standing.state, standing.overdue_total, standing.is_estimated) == (
        StandingState.CURRENT,
        0,
        False,
    )


def test_repayments_after_the_list_go_to_penalty_interest_principal() -> None:
    facts = loan(statement=listed("2026-01-20", "800", "224", "3.10", "2025-12-20"))
    part = at("2026-01-25", replace(facts, repayments=(paid("2026-01-25", "100"),)))
    assert (part.penalty, part.overdue_interest, part.overdue_principal) == (
        0,
        Decimal("127.10"),
        Decimal(800),
    )
    assert (part.overdue_since, part.is_estimated) == (date(2025, 12, 20), True)
    before = at("2026-01-25", replace(facts, repayments=(paid("2026-01-20", "100"),)))
    assert before.overdue_total == Decimal("1027.10")  # in the bank's figure already
    principal_first = replace(
        facts,
        repayments=(paid("2026-01-25", "100"),),
        allocation=(Part.PRINCIPAL, Part.INTEREST, Part.PENALTY),
    )
    assert at("2026-01-25", principal_first).overdue_principal == Decimal(700)
    cleared = at("2026-01-25", replace(facts, repayments=(paid("2026-01-25", "1027.10"),)))
    assert (cleared.state, cleared.overdue_since, cleared.is_estimated) == (StandingState.CURRENT, None, True)


def test_what_falls_due_after_the_list_is_estimated() -> None:
    facts = loan(statement=listed("2025-11-20"))
    assert not at("2025-12-20", facts).is_estimated
    overdue = at("2025-12-21", facts)
    assert (overdue.overdue_total, overdue.is_estimated, overdue.days_past_due) == (Decimal(1024), True, 1)
    ahead = replace(facts, repayments=(paid("2025-12-05", "1024"),))
    assert at("2025-12-21", ahead).state is StandingState.CURRENT


def test_paid_before_the_list_for_what_falls_due_after_it() -> None:
    early = loan(statement=listed("2025-11-30"), repayments=(paid("2025-11-10", "1024"),))
    assert at("2025-12-21", early).state is StandingState.CURRENT
    # The same with older repayments missing from our ledger: the bank says clear, so the recent one was paid ahead.
    older = tuple(InstalmentFact(date(year, 12, 20), Decimal(0), Decimal(224)) for year in range(2020, 2025))
    gap = replace(early, instalments=(*older, *early.instalments))
    assert at("2025-12-21", gap).state is StandingState.CURRENT


def test_an_instalment_due_on_the_data_date_is_in_the_banks_figure() -> None:
    on_the_day = loan(statement=listed("2025-12-20", "800", "224", "0", "2025-12-20"))
    assert at("2025-12-25", on_the_day).overdue_total == Decimal(1024)
    next_year = InstalmentFact(date(2026, 12, 20), Decimal(800), Decimal(200))
    clear = loan(
        statement=listed("2025-12-20"),
        instalments=(*loan().instalments, next_year),
        repayments=(paid("2025-12-18", "1024"),),
    )
    assert at("2026-12-21", clear).overdue_total == Decimal(1000)  # last year's payment is used up


def test_a_payment_reversed_after_the_list_comes_back() -> None:
    facts = loan(statement=listed("2026-01-20"), repayments=(paid("2025-12-15", "1024", "2026-02-03"),))
    assert at("2026-02-02", facts).state is StandingState.CURRENT
    back = at("2026-02-05", facts)
    assert (back.overdue_principal, back.overdue_interest, back.days_past_due) == (
        Decimal(800),
        Decimal(224),
        3,
    )


def test_a_list_without_a_start_takes_it_from_our_ledger() -> None:
    older = InstalmentFact(date(2024, 12, 20), Decimal(0), Decimal(224))
    facts = loan(instalments=(older, *loan().instalments), statement=listed("2026-01-20", "800", "448"))
    assert at("2026-01-23", facts).overdue_since == date(2024, 12, 20)
    paid_older = replace(facts, repayments=(paid("2025-01-20", "224"),))
    assert at("2026-01-23", paid_older).overdue_since == date(2025, 12, 20)
    no_plan = replace(facts, instalments=())
    assert at("2026-01-23", no_plan).days_past_due == 4


def test_a_later_list_is_not_known_yet() -> None:
    facts = loan(statement=listed("2026-01-20"))
    standing = at("2026-01-10", facts)
    assert (standing.state, standing.data_on, standing.is_estimated) == (StandingState.OVERDUE, None, True)


# --- never overdue --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"subsidy_ends_on": date(2026, 8, 31)}, StandingState.STUDYING),
        ({"settled_on": date(2026, 1, 1)}, StandingState.SETTLED),
        ({"reliefs": (relief(DEFERRAL, "2025-11-01", "2026-12-20"),)}, StandingState.DEFERRED),
        ({"reliefs": (relief(DEFERRAL, "2026-01-05"),)}, StandingState.DEFERRED),
        ({"reliefs": (relief(WAIVER, "2025-12-01", "2027-01-01"),)}, StandingState.NOT_DUE),
    ],
)
@pytest.mark.parametrize("statement", [None, listed("2026-01-20", "800", "224", "3.10", "2025-12-20")])
def test_studying_settled_deferred_waived_are_never_overdue(
    changes: dict[str, Any], state: StandingState, statement: StatementFact | None
) -> None:
    standing = at("2026-01-23", loan(statement=statement, **changes))
    assert (standing.overdue_total, standing.overdue_since, standing.bucket) == (0, None, None)
    assert standing.overdue_this_season == 0
    if not (statement and state is StandingState.NOT_DUE):
        assert standing.state is state


def test_a_deferred_instalment_falls_due_when_the_deferral_ends() -> None:
    facts = loan(reliefs=(relief(DEFERRAL, "2025-11-01", "2026-12-20"),))
    assert at("2026-12-19", facts).next_due_on == date(2026, 12, 20)
    assert at("2026-12-20", facts).due_this_season == Decimal(1024)
    overdue = at("2026-12-21", facts)
    assert (overdue.state, overdue.days_past_due, overdue.days_counted) == (StandingState.OVERDUE, 1, 1)


def test_interest_waived_and_principal_deferred_for_a_year() -> None:
    facts = loan(
        reliefs=(
            relief(WAIVER, "2025-01-01", "2026-01-01", ReliefScope.INTEREST),
            relief(DEFERRAL, "2025-01-01", "2026-12-20", ReliefScope.PRINCIPAL),
        )
    )
    assert at("2026-01-23", facts).overdue_total == 0
    assert at("2026-12-21", facts).overdue_total == Decimal(800)


def test_a_deferral_of_old_arrears_stops_the_counted_days_only() -> None:
    facts = loan(reliefs=(relief(DEFERRAL, "2026-01-20", "2026-02-20"),))
    assert at("2026-01-19", facts).days_counted == 30
    assert at("2026-02-19", facts).state is StandingState.DEFERRED
    after = at("2026-02-21", facts)
    assert (after.days_past_due, after.days_counted, after.bucket) == (63, 32, "31-90")


def test_a_pause_stops_the_days_and_keeps_the_money() -> None:
    standing = at("2026-01-23", loan(reliefs=(relief(PAUSE, "2025-12-31"),)))
    assert (standing.state, standing.overdue_total) == (StandingState.OVERDUE, Decimal(1024))
    assert (standing.days_past_due, standing.days_counted, standing.clock_stopped) == (34, 11, True)
    assert standing.bucket == "1-30"
    assert standing.next_change_on == date(2026, 12, 20)  # the next season; no bucket edge while it stands still


# --- denominators ---------------------------------------------------------------------------------------------------


def test_this_season_and_ever() -> None:
    older = InstalmentFact(date(2024, 12, 20), Decimal(0), Decimal(224))
    facts = loan(instalments=(older, *loan().instalments))
    december = at("2025-12-21", facts)
    assert (december.due_this_season, december.due_cumulative) == (Decimal(1024), Decimal(1248))
    assert (december.overdue_total, december.overdue_this_season) == (Decimal(1248), Decimal(1024))
    assert december.has_anything_due
    in_november = at("2025-11-23", facts)
    assert (in_november.due_this_season, in_november.overdue_this_season) == (Decimal(224), Decimal(224))
    nothing = at("2024-11-23", facts)
    assert (nothing.state, nothing.has_anything_due) == (StandingState.NOT_DUE, False)


def test_a_payment_is_used_on_what_was_overdue_when_it_came() -> None:
    two = (
        InstalmentFact(date(2024, 12, 20), Decimal(100), Decimal(10)),
        InstalmentFact(date(2025, 12, 20), Decimal(100), Decimal(9)),
    )
    standing = at("2025-12-21", loan(instalments=two, repayments=(paid("2025-01-20", "50"),)))
    assert (standing.overdue_interest, standing.overdue_principal) == (Decimal(9), Decimal(160))


def test_a_running_clock_overtakes_one_that_stands_still() -> None:
    still = loan("2025-12-01", loan_key=1, reliefs=(relief(PAUSE, "2025-12-21"),))
    running = loan("2025-12-15", loan_key=2)
    standing = at("2025-12-22", still, running)
    assert (standing.days_counted, standing.clock_stopped) == (20, True)
    assert standing.next_change_on == date(2026, 1, 4)  # day 20 of the other: from here the days go on
    level = at("2026-01-04", still, running)
    assert (level.days_counted, level.clock_stopped) == (20, False)
    assert level.on(date(2026, 1, 10)).days_counted == 26
    assert level.days_past_due == 34  # of the contract longest overdue


def test_what_falls_due_today_is_not_overdue_for_the_season() -> None:
    older = InstalmentFact(date(2024, 12, 20), Decimal(0), Decimal(224))
    today = at("2025-12-20", loan(instalments=(older, *loan().instalments)))
    assert (today.due_this_season, today.overdue_total, today.overdue_this_season) == (
        Decimal(1024),
        Decimal(224),
        0,
    )


def test_a_settled_loan_leaves_the_denominator_with_its_season() -> None:
    facts = loan(settled_on=date(2026, 1, 5))
    assert at("2026-11-23", facts).has_anything_due
    assert not at("2026-12-20", facts).has_anything_due
    assert at("2026-11-23", facts).next_change_on == date(2026, 12, 20)
    assert at("2026-12-20", facts).next_change_on is None


def test_nobody_and_nothing() -> None:
    standing = at("2026-01-01")
    assert (standing.state, standing.next_change_on, standing.has_anything_due) == (
        StandingState.NOT_DUE,
        None,
        False,
    )


# --- buckets and pauses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "key"),
    [
        (0, None),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-90"),
        (90, "31-90"),
        (91, "91-180"),
        (180, "91-180"),
        (181, "181-365"),
        (365, "181-365"),
        (366, "365+"),
    ],
)
def test_default_buckets(days: int, key: str | None) -> None:
    found = bucket_of(days)
    assert (found.key if found else None) == key
    assert checked(BUCKETS) == BUCKETS


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [Bucket("a", 2, None)],
        [Bucket("a", 1, 30)],
        [Bucket("a", 1, 30), Bucket("b", 32, None)],
        [Bucket("a", 1, 30), Bucket("b", 30, None)],
        [Bucket("a", 1, 30), Bucket("a", 31, None)],
        [Bucket("a", 1, 0), Bucket("b", 1, None)],
        [Bucket("a", 1, None), Bucket("b", 31, None)],
    ],
)
def test_refuses_a_table_with_gaps_or_overlaps(wrong: list[Bucket]) -> None:
    with pytest.raises(Refused):
        checked(wrong)


@given(st.lists(st.integers(1, 400), min_size=0, max_size=6, unique=True), st.integers(0, 1000))
def test_a_checked_table_holds_each_day_once(ends: list[int], days: int) -> None:
    edges = [0, *sorted(ends)]
    table = checked(
        [Bucket(str(low), low + 1, high) for low, high in pairwise(edges)] + [Bucket("rest", edges[-1] + 1, None)]
    )
    assert sum(bucket.holds(days) for bucket in table) == (1 if days else 0)


def test_pauses_that_can_stand_together() -> None:
    signed = date(2020, 1, 1)
    later, sooner = relief(PAUSE, "2024-01-15", "2024-01-20"), relief(PAUSE, "2024-01-10", "2024-01-15")
    assert checked_pauses([later, sooner], signed) == (sooner, later)  # one may start on the day another ends
    for wrong in (
        [relief(PAUSE, "2024-01-10", "2024-01-16"), later],
        [relief(PAUSE, "2024-01-10"), later],
        [relief(PAUSE, "2024-01-10", "2024-01-10")],
        [relief(PAUSE, "2019-12-31", "2024-01-10")],
    ):
        with pytest.raises(Refused):
            checked_pauses(wrong, signed)


def test_published_effective_pauses() -> None:
    # 10-20 January resumed on the 11th, 13-14, 15-20: 1 + 1 + 5 days are taken out.
    pauses = [
        relief(PAUSE, "2024-01-10", "2024-01-11"),
        relief(PAUSE, "2024-01-13", "2024-01-14"),
        relief(PAUSE, "2024-01-15", "2024-01-20"),
    ]
    assert (
        days_past_due(date(2024, 1, 1), date(2024, 1, 31)) - counted_days(date(2024, 1, 1), date(2024, 1, 31), pauses)
        == 7
    )


# --- laws ---------------------------------------------------------------------------------------------------------------


def timeless(standing: Standing) -> Standing:
    """Drop what grows by itself every day."""
    days = {"days_past_due": 0, "days_counted": 0, "days_removed": 0, "as_of": date.min}
    return replace(
        standing, **days, next_change_on=None, loans=tuple(replace(one, bucket=None, **days) for one in standing.loans)
    )


@given(own.borrowers(), own.days, st.integers(1, 400))
def test_next_change_on_is_honest(facts: BorrowerFacts, as_of: date, ahead: int) -> None:
    standing = stand(facts, as_of)
    change = standing.next_change_on
    assert change is None or change > as_of
    for day in {as_of + timedelta(days=ahead), as_of + DAY, (change or as_of + 500 * DAY) - DAY}:
        if as_of < day and (change is None or day < change):
            later = stand(facts, day)
            assert timeless(later) == timeless(standing)
            assert standing.on(day) == later
            if standing.clock_stopped:
                assert later.days_counted == standing.days_counted
            elif standing.overdue_since:
                assert later.days_counted == max(0, later.days_past_due - standing.days_removed)


@given(own.borrowers(), own.days, st.randoms())
def test_order_of_entry_does_not_matter(facts: BorrowerFacts, as_of: date, random: Random) -> None:
    def mixed(many: tuple[Any, ...]) -> tuple[Any, ...]:
        many = list(many)
        random.shuffle(many)
        return tuple(many)

    shuffled = tuple(
        replace(
            one,
            instalments=mixed(one.instalments),
            repayments=mixed(one.repayments),
            reliefs=mixed(one.reliefs),
        )
        for one in facts.loans
    )
    assert stand(BorrowerFacts(shuffled), as_of) == stand(facts, as_of)
    turned = stand(BorrowerFacts(shuffled[::-1]), as_of)
    assert replace(turned, loans=()) == replace(stand(facts, as_of), loans=())


@given(
    own.borrowers(with_payments=False, with_reliefs=False, with_statement=False),
    own.days,
    st.integers(0, 400),
)
def test_time_alone_never_lowers_arrears(facts: BorrowerFacts, as_of: date, ahead: int) -> None:
    now, later = stand(facts, as_of), stand(facts, as_of + timedelta(days=ahead))
    assert later.overdue_principal >= now.overdue_principal
    assert later.overdue_interest >= now.overdue_interest
    assert later.days_counted >= now.days_counted


@given(own.loans(with_reliefs=False, with_statement=False), own.days)
def test_what_fell_due_is_paid_or_overdue_to_the_fen(facts: LoanFacts, as_of: date) -> None:
    facts = replace(facts, settled_on=None)
    standing = stand(BorrowerFacts((facts,)), as_of)
    if as_of <= facts.subsidy_ends_on:
        assert standing.overdue_total == 0
        return
    missed = sum(
        (one.principal + one.interest for one in facts.instalments if facts.subsidy_ends_on < one.due_on < as_of),
        Decimal(0),
    )
    received = sum(
        (
            one.amount
            for one in facts.repayments
            if one.paid_on <= as_of and not (one.reversed_on and one.reversed_on <= as_of)
        ),
        Decimal(0),
    )
    assert standing.overdue_total == max(Decimal(0), missed - received)


@given(own.borrowers(), own.days)
def test_amounts_add_up_and_the_worst_rules(facts: BorrowerFacts, as_of: date) -> None:
    standing = stand(facts, as_of)
    alone = [stand(BorrowerFacts((one,)), as_of) for one in facts.loans]
    assert standing.overdue_total == sum((one.overdue_total for one in alone), Decimal(0))
    assert standing.is_overdue == any(one.is_overdue for one in alone)
    assert standing.days_past_due == max((one.days_past_due for one in alone), default=0)
    assert standing.days_counted == max((one.days_counted for one in alone), default=0)
    assert (standing.overdue_since is None) == (standing.overdue_total == 0)
    assert 0 <= standing.days_counted <= standing.days_past_due or not standing.is_overdue
    assert standing.overdue_principal + standing.overdue_interest <= standing.due_cumulative
    assert standing.overdue_this_season <= standing.due_this_season
    if standing.is_overdue:
        assert standing.has_anything_due
        assert standing.days_past_due >= 1


@given(own.loans(), own.days, own.yuan)
def test_a_payment_today_never_raises_arrears(facts: LoanFacts, as_of: date, amount: Decimal) -> None:
    before = stand(BorrowerFacts((facts,)), as_of)
    after = stand(BorrowerFacts((replace(facts, repayments=(*facts.repayments, RepaymentFact(as_of, amount))),)), as_of)
    assert after.overdue_total <= before.overdue_total
    assert before.overdue_total - after.overdue_total <= amount
    if after.overdue_total and facts.statement is None:
        assert after.overdue_since == before.overdue_since


@given(own.loans(with_payments=False, with_reliefs=False, with_statement=False), own.statements())
@settings(max_examples=50)
def test_on_its_data_date_the_list_is_the_standing(facts: LoanFacts, statement: StatementFact) -> None:
    day = statement.data_on
    standing = stand(BorrowerFacts((replace(facts, statement=statement),)), day)
    if day > facts.subsidy_ends_on:
        figures = (standing.overdue_principal, standing.overdue_interest, standing.penalty)
        assert figures == (statement.overdue_principal, statement.overdue_interest, statement.penalty)
        assert not standing.is_estimated
