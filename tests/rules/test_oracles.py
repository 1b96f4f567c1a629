"""Every published figure we know that touches the rules, in one place: where each is proved, and why some are not.

``ROWS`` names each published row with its source (project and test, law, or publication) and the test that proves it; a
test below fails when one of them is gone. What was not proved elsewhere is proved here.

Left out on purpose, because our product has no such thing:

* Level payments (Fineract's progressive calculator, Frappe's 280,000 in 20 months): our plans are equal principal. Only
  the simple interest on each published balance is checked. Frappe's first row of 20 months rounds to whole units in a
  way of its own (21,034 of interest, whole units half up give 21,035), so its total is not.
* Fineract's 192.22 from 15 January: its share of a broken first month is none of our three day counts.
* Day factors over 366 days: no lender here counts so.
* Fineract's loans that are not disbursed, rejected or withdrawn: contracts come in only once they are signed.
* Fineract's "resume": an end date on a pause has the same effect and is what is tested.
* The stopped clock of the correspondence tracker: nothing of ours stops the working-day clock of a request yet. Its
  lesson, one list of holidays and every deadline counted from the start, is how ``WorkingDays.add`` is used.
* The credit-control levels of OCA: a second notice waits for the first to be served or closed; the tests of notices show
  it. Chase ladders, dispatch cut-offs and address lines are no matter of these rules.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib import import_module

import pytest

from models.rules import interest, money
from models.rules.clock import counted_days, days_past_due
from models.rules.default_rate import DEFINITIONS
from models.rules.facts import BorrowerFacts, InstalmentFact, LoanFacts, ReliefFact, ReliefKind, RepaymentFact
from models.rules.interest import DayCount
from models.rules.standing import StandingState, stand

ACT_360, ACT_365, HYBRID = DayCount.ACT_360, DayCount.ACT_365, DayCount.HYBRID_360

ROWS = {
    # How we stand where published systems disagree.
    "US 682.507, Fineract: the due day is day 0": "test_standing.test_the_day_after_the_due_day_is_day_1",
    "Fineract: a pause from the 6th to the 10th is four days": "test_oracles.test_a_pause_is_half_open",
    "Fineract 2326: only the overlap of a pause counts": "test_standing.test_published_fineract_grace_and_pauses",
    "Fineract: two counters, grace in one": "test_standing.test_published_fineract_grace_and_pauses",
    "NCES, FSA: truncated, never compared": "test_default_rate.test_shown_published_federal_figures",
    "Rates by heads and by money, each named": "test_oracles.test_every_definition_of_the_rate_is_named",
    "MoJ correspondence tool: the day of receipt is day 0": "test_calendar.test_published_working_day_deadlines",
    "Fineract: clamp to the month's end, keep the seed": "test_calendar.test_published_month_ends_keep_the_seed",
    # Schedules and interest.
    "Fineract LoanApplicationScheduleMonthlyTest: equal principal": "test_oracles.test_fineract_equal_principal_loan",
    "Fineract: 10,000 in twelfths": "test_money.test_split_equal_principal_published_example",
    "Fineract ProgressiveEMICalculatorTest: interest by period": "test_oracles.test_fineract_interest_by_period",
    "Fineract: day factors over 365": "test_interest.test_simple_published",
    "Fineract C3936: interest to day 24": "test_oracles.test_fineract_interest_within_a_period",
    "Frappe lending: 280,000 at 14,000 a month": "test_oracles.test_frappe_fixed_payment",
    "Frappe lending: flat 12,000": "test_oracles.test_frappe_flat_loan",
    "Frappe lending: days of interest, penalty, half outstanding": "test_interest.test_simple_published",
    "ERPNext dunning: 110.41": "test_oracles.test_erpnext_dunning_total",
    "ERPNext dunning: cancelled, unresolved again": (
        "test_standing.test_published_erpnext_a_cancelled_payment_is_unresolved_again"
    ),
    # Days and ranges.
    "Fineract DelinquencyBucketsIntegrationTest: one pause": "test_standing.test_published_fineract_days_with_one_pause",
    "Fineract DelinquencyActionIntegrationTests: resumed early": "test_oracles.test_fineract_pause_resumed_early",
    "Fineract LoanDelinquency.feature: grace and pauses": "test_standing.test_published_fineract_grace_and_pauses",
    "Fineract LoanDelinquency.feature: ranges": "test_standing.test_published_fineract_ranges",
    "Fineract LoanDelinquencyForNonActiveAccountsTest": (
        "test_standing.test_published_fineract_closed_and_overpaid_loans_never_count"
    ),
    "Fineract DelinquencyActionParseAndValidator: pauses": "test_standing.test_pauses_that_can_stand_together",
    "Fineract DelinquencyEffectivePauseHelperTest": "test_standing.test_published_effective_pauses",
    "Fineract: next payment date": "test_standing.test_published_fineract_next_payment_date",
    "Frappe days_past_due_log": ("test_standing.test_published_frappe_daily_log_part_payment_does_not_stop_the_clock"),
    "Frappe: contamination by 90 days": "test_oracles.test_frappe_contamination_by_its_dates",
    "Frappe: cure only when all are clear": "test_standing.test_published_frappe_contamination_and_cure",
    # The rate.
    "NCES d16 t332.50, FSA training: shown": "test_default_rate.test_shown_published_federal_figures",
    "FSA: small schools pool three years": "test_default_rate.test_small_schools_pool_years_published_example",
    "The 5 % line in whole numbers": "test_default_rate.test_target_of_5",
    # Deadlines.
    "MoJ business_days_spec": "test_calendar.test_published_working_day_deadlines",
    "MoJ: 18 to 23 May 2017": "test_oracles.test_three_ways_to_count_the_same_days",
    "MoJ calendar_months_spec": "test_calendar.test_published_month_deadlines",
    # Worked examples of student loans in China; they prove the arithmetic.
    "X1b, X1d, X2a-c, X4a-b, derived vectors": "test_interest.test_simple_published",
    "X1c, X1d: principal and interest of a year": "test_interest.test_instalments_of_published_example_x1",
    "X1 as a whole plan": "test_schedule.test_published_example_x1",
    "X4 as a plan": "test_schedule.test_published_example_x4_first_year",
    "Penalty at 130 %, 31 days": "test_interest.test_penalty_vector",
    "111, 110, 81, 274, 275 days": "test_interest.test_days",
    "First principal 2029, eleven parts": "test_schedule.test_the_worked_example_of_the_rule",
    "Terms by year of signing": "test_schedule.test_terms_by_signing_year",
    "Rates by interest year": "test_interest_rates.test_the_rates_of_the_years",
    "Civil Code 188, 189, 192, 195": "test_limitation.test_ends_on",
    "Civil Code 561: interest before principal": "test_oracles.test_costs_of_the_debt_come_before_the_debt",
}


@pytest.mark.parametrize("row", ROWS)
def test_each_published_row_has_its_test(row: str) -> None:
    module, name = ROWS[row].split(".")
    assert callable(getattr(import_module(f"tests.rules.{module}"), name)), row


def loan(*instalments: InstalmentFact, **changes: object) -> LoanFacts:
    facts = LoanFacts(
        loan_key=1,
        signed_on=date(2010, 9, 1),
        matures_on=date(2039, 9, 20),
        subsidy_ends_on=date(2011, 8, 31),
        instalments=instalments,
    )
    return replace(facts, **changes)


def months(principal: str, rate: str, days: list[int], day_count: DayCount, payment: str) -> list[tuple[str, str]]:
    """Return (interest, balance) month by month when a level payment comes in and the last pays all."""
    balance, lines = Decimal(principal), []
    for number, length in enumerate(days, 1):
        due = interest.simple(balance, Decimal(rate), length, day_count)
        balance -= balance if number == len(days) else Decimal(payment) - due
        lines.append((str(due), str(balance)))
    return lines


def test_fineract_equal_principal_loan() -> None:
    """10,000 at 2 % a month in twelve: the first two instalments and what is left after each."""
    parts = money.split(1_000_000, 12)
    balance = Decimal(10_000)
    for part, (whole, of_interest, left) in zip(
        parts, (("1033.33", "200.00", "9166.67"), ("1016.66", "183.33", "8333.34")), strict=False
    ):
        due = interest.simple(balance, Decimal(24), 30, ACT_360)
        balance -= money.from_fen(part)
        assert (money.from_fen(part) + due, due, balance) == (Decimal(whole), Decimal(of_interest), Decimal(left))


@pytest.mark.parametrize(
    ("principal", "rate", "days", "day_count", "payment", "of_interest", "balances"),
    [
        (
            "100",
            "9.4822",
            [30] * 6,
            ACT_360,
            "17.13",
            "0.79 0.66 0.53 0.40 0.27 0.13",
            "83.66 67.19 50.59 33.86 17.00 0.00",
        ),
        (
            "100",
            "15.678",
            [31, 29, 31, 30, 31, 30],  # January to June 2024
            ACT_365,
            "17.43",
            "1.33 1.05 0.90 0.66 0.46 0.22",
            "83.90 67.52 50.99 34.22 17.25 0.00",
        ),
        ("1000", "7", [30] * 3, ACT_360, "337.23", "5.83 3.90 1.96", "668.60 335.27 0.00"),
    ],
)
def test_fineract_interest_by_period(
    principal: str, rate: str, days: list[int], day_count: DayCount, payment: str, of_interest: str, balances: str
) -> None:
    lines = months(principal, rate, days, day_count, payment)
    assert [line[0] for line in lines] == of_interest.split()
    assert [line[1] for line in lines] == balances.split()


def test_fineract_interest_within_a_period() -> None:
    """400 paid on day 24 of a month at 7 %: 4.67 of it is interest, 395.33 principal, 604.67 is left."""
    due = interest.simple(Decimal(1000), Decimal(7), 24, ACT_360)
    assert (due, 400 - due, 1000 - (400 - due)) == (Decimal("4.67"), Decimal("395.33"), Decimal("604.67"))


def test_frappe_fixed_payment() -> None:
    """280,000 at 8.4 %, 14,000 a month, whole units: 22 payments, 22,712 of interest."""
    balance, paid, number = Decimal(280_000), Decimal(0), 0
    while balance:
        due = interest.simple(balance, Decimal("8.4"), 30, ACT_360).quantize(Decimal(1), rounding="ROUND_HALF_UP")
        balance -= min(balance, 14_000 - due)
        paid += due
        number += 1
    assert (number, paid, 280_000 + paid) == (22, 22_712, 302_712)


def test_frappe_flat_loan() -> None:
    assert money.split(1_200_000, 4) == (300_000,) * 4
    assert interest.simple(Decimal(12_000), Decimal(10), 30, ACT_360) == Decimal(100)


def test_erpnext_dunning_total() -> None:
    """100 outstanding for 15 days at 10 % with a fee of 10 make 110.41; no interest for 20 days makes 100."""
    due = interest.simple(Decimal(100), Decimal(10), 15, ACT_365)
    assert (due, due + 10, 100 + due + 10) == (Decimal("0.41"), Decimal("10.41"), Decimal("110.41"))
    assert 100 + interest.simple(Decimal(100), Decimal(0), 20, ACT_365) == Decimal(100)


def test_a_pause_is_half_open() -> None:
    due, day = date(2012, 2, 1), date(2012, 3, 12)
    pause = ReliefFact(ReliefKind.PAUSE, date(2012, 2, 6), date(2012, 2, 10))
    assert days_past_due(due, day) - counted_days(due, day, [pause]) == 4


def test_fineract_pause_resumed_early() -> None:
    """A pause to 10 March that is resumed on 10 February: 36 of the 40 days are counted on 12 March."""
    instalments = (
        InstalmentFact(date(2012, 2, 1), Decimal("833.33"), Decimal("200.00")),
        InstalmentFact(date(2012, 3, 1), Decimal("833.33"), Decimal("183.33")),
    )
    planned = ReliefFact(ReliefKind.PAUSE, date(2012, 2, 6), date(2012, 3, 10))
    resumed = replace(planned, to_on=date(2012, 2, 10))
    day = date(2012, 3, 12)
    as_planned = stand(BorrowerFacts((loan(*instalments, reliefs=(planned,)),)), day)
    standing = stand(BorrowerFacts((loan(*instalments, reliefs=(resumed,)),)), day)
    assert (as_planned.days_past_due, as_planned.days_counted) == (40, 7)
    assert (standing.days_past_due, standing.days_counted) == (40, 36)
    assert standing.overdue_total == as_planned.overdue_total == Decimal("2049.99")


def test_frappe_contamination_by_its_dates() -> None:
    """Due 5 April 2024 and unpaid on 6 July: past 90 days the borrower is flagged, though the other contract is well."""
    missed = loan(InstalmentFact(date(2024, 4, 5), Decimal(1000), Decimal(0)))
    well = loan(InstalmentFact(date(2024, 8, 5), Decimal(1000), Decimal(0)), loan_key=2)
    day, flagged_from = date(2024, 7, 6), DEFINITIONS["over-90-days"].least_days
    both = stand(BorrowerFacts((missed, well)), day)
    assert (both.days_counted, both.bucket, both.days_counted >= flagged_from) == (92, "91-180", True)
    assert stand(BorrowerFacts((missed, well)), date(2024, 7, 4)).days_counted < flagged_from
    late = replace(well, instalments=missed.instalments)  # both contracts missed
    cleared = (RepaymentFact(day, Decimal(1000)),)
    one_clear = stand(BorrowerFacts((replace(missed, repayments=cleared), late)), day)
    assert (one_clear.state, one_clear.days_counted) == (StandingState.OVERDUE, 92)
    both_clear = stand(BorrowerFacts((replace(missed, repayments=cleared), replace(late, repayments=cleared))), day)
    assert (both_clear.state, both_clear.days_counted, both_clear.bucket) == (StandingState.CURRENT, 0, None)


def test_three_ways_to_count_the_same_days() -> None:
    """18 to 23 May 2017 are 4 working days (see the calendar's tests), 6 days with both ends, and 5 days late."""
    first, last = date(2017, 5, 18), date(2017, 5, 23)
    assert (interest.days(first, last), days_past_due(first, last)) == (6, 5)


def test_every_definition_of_the_rate_is_named() -> None:
    assert all(key == one.key and one.least_days >= 1 for key, one in DEFINITIONS.items())
    assert len({(one.basis, one.least_days) for one in DEFINITIONS.values()}) == len(DEFINITIONS)


def test_costs_of_the_debt_come_before_the_debt() -> None:
    """Civil Code 561: interest before principal where nothing else was agreed."""
    facts = loan(
        InstalmentFact(date(2024, 12, 20), Decimal(800), Decimal(224)),
        repayments=(RepaymentFact(date(2024, 12, 25), Decimal(300)),),
    )
    standing = stand(BorrowerFacts((facts,)), date(2024, 12, 26))
    assert (standing.overdue_interest, standing.overdue_principal) == (0, Decimal(724))
