"""List against ledger: a difference made in a certain way is found as made in that way, and equals are equal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.facts import (
    InstalmentFact,
    LoanFacts,
    ReliefFact,
    ReliefKind,
    ReliefScope,
    RepaymentFact,
    StatementFact,
)
from models.rules.interest import DayCount, penalty
from models.rules.lenders import Profile
from models.rules.reconciliation import Amounts, DifferenceCause, Terms, carried, compare, is_opening
from models.rules.schedule import Terms as PlanTerms
from models.rules.schedule import plan
from models.rules.standing import BorrowerFacts, stand

BEFORE, NOW = date(2026, 10, 1), date(2026, 11, 1)
TERMS = Terms(Decimal("1.00"))
NIL = Decimal("0.00")
YEARS = (2023, 2024, 2025)
PRINCIPAL, INTEREST = Decimal("1000.00"), Decimal("140.00")

amounts = st.integers(10_000, 500_000).map(lambda fen: Decimal(fen) / 100)


def yuan(text: str) -> Decimal:
    return Decimal(text)


def listed(data_on: date, ours: Amounts, **changed: Decimal) -> StatementFact:
    """A line that says what our ledger says, but for what is changed."""
    line = StatementFact(data_on, ours.principal, ours.interest, ours.penalty)
    return replace(line, **changed)


def loan_of(
    principal: Decimal = PRINCIPAL,
    interest: Decimal = INTEREST,
    *,
    paid: tuple[RepaymentFact, ...] = (),
    statement: StatementFact | None = None,
    reliefs: tuple[ReliefFact, ...] = (),
    day_count: DayCount = DayCount.HYBRID_360,
) -> LoanFacts:
    return LoanFacts(
        loan_key=1,
        signed_on=date(2016, 9, 1),
        matures_on=date(2029, 9, 20),
        subsidy_ends_on=date(2020, 8, 31),
        rate_pct=yuan("2.80"),
        day_count=day_count,
        instalments=tuple(InstalmentFact(date(year, 12, 20), principal, interest) for year in YEARS),
        repayments=paid,
        statement=statement,
        reliefs=reliefs,
    )


@st.composite
def loans(draw: st.DrawFn) -> LoanFacts:
    """A contract with one to three yearly instalments missed, the list before or none."""
    principal, interest = draw(amounts), draw(amounts)
    missed = draw(st.integers(1, 3))
    paid = tuple(RepaymentFact(date(year, 12, 20), principal + interest) for year in YEARS[: len(YEARS) - missed])
    loan = loan_of(principal, interest, paid=paid)
    if draw(st.booleans()):
        return replace(loan, statement=listed(BEFORE, carried(loan, BEFORE)))
    return loan


def cause_of(loan: LoanFacts, line: StatementFact) -> DifferenceCause | None:
    found = compare(loan, line, TERMS)
    return found.cause if found else None


def test_the_penalty_grows_from_list_to_list() -> None:
    """1,000.00 overdue since 20 December 2025 at 2.80 %: 31 days of October at 3.64 % over 360 are 3.13."""
    paid = tuple(RepaymentFact(date(year, 12, 20), yuan("1140.00")) for year in (2023, 2024))
    loan = loan_of(paid=paid)
    first = carried(loan, BEFORE)
    days = (BEFORE - date(2025, 12, 20)).days
    assert first == Amounts(
        yuan("1000.00"), yuan("140.00"), penalty(yuan("1000.00"), yuan("2.80"), days, DayCount.ACT_360)
    )
    then = carried(replace(loan, statement=listed(BEFORE, first)), NOW)
    assert then.penalty - first.penalty == yuan("3.13")
    assert (then.principal, then.interest) == (first.principal, first.interest)


@given(loans())
def test_what_differs_by_no_more_than_the_tolerance_agrees(loan: LoanFacts) -> None:
    ours = carried(loan, NOW)
    assert compare(loan, listed(NOW, ours), TERMS) is None
    inside = listed(NOW, ours, penalty=ours.penalty + TERMS.tolerance)
    assert compare(loan, inside, TERMS) is None
    beyond = listed(NOW, ours, penalty=ours.penalty + TERMS.tolerance + yuan("0.01"))
    assert cause_of(loan, beyond) is DifferenceCause.PENALTY


@given(loans())
def test_principal_and_interest_are_those_of_the_standing(loan: LoanFacts) -> None:
    """Only the penalty is carried otherwise than in a standing."""
    ours = carried(loan, NOW)
    shown = stand(BorrowerFacts((loan,)), NOW)
    assert (ours.principal, ours.interest) == (shown.overdue_principal, shown.overdue_interest)


@given(loans(), st.integers(0, 15), st.integers(1, 100))
def test_a_payment_not_posted_yet_is_found(loan: LoanFacts, ago: int, percent: int) -> None:
    """Paid in the second half of October: no settlement in November, so no list before January shows it."""
    theirs = carried(loan, NOW)
    amount = (theirs.total * percent / 100).quantize(yuan("0.01")) + yuan("1.01")
    one = RepaymentFact(NOW - timedelta(days=ago), amount)
    with_payment = replace(loan, repayments=(*loan.repayments, one))
    found = compare(with_payment, listed(NOW, theirs), TERMS)
    if found is None:  # a few yuan spread over parts that each stay within the tolerance
        assert amount < 3 * TERMS.tolerance
    else:
        assert found.cause is DifferenceCause.LATE_POSTING


@given(loans(), st.integers(1, 10))
def test_a_payment_missing_from_the_list_before_is_found(loan: LoanFacts, ago: int) -> None:
    """The list before did not know a payment of the days before it; the new one does."""
    known = replace(loan, statement=listed(BEFORE, carried(loan, BEFORE)))
    one = RepaymentFact(BEFORE - timedelta(days=ago), yuan("1140.00") + carried(loan, BEFORE).penalty)
    ours = replace(known, repayments=(*known.repayments, one))
    theirs = carried(replace(known, repayments=(*known.repayments, replace(one, paid_on=BEFORE + timedelta(1)))), NOW)
    assert cause_of(ours, listed(NOW, theirs)) is DifferenceCause.LATE_POSTING


def test_a_payment_posted_long_ago_explains_nothing() -> None:
    """Paid on 5 August, settled on the 20th, seen from 4 September: a list of 1 November must show it."""
    loan = loan_of(paid=(RepaymentFact(date(2026, 8, 5), yuan("1140.00")),))
    theirs = carried(replace(loan, repayments=()), NOW)
    assert cause_of(loan, listed(NOW, theirs)) is DifferenceCause.UNKNOWN
    slow = Terms(TERMS.tolerance, Profile(settlement_day=20, unsettled_month=None, posting_days=90))
    found = compare(loan, listed(NOW, theirs), slow)
    assert found is not None
    assert found.cause is DifferenceCause.LATE_POSTING


@given(loans())
def test_who_vanishes_from_the_list_has_paid_without_our_knowing(loan: LoanFacts) -> None:
    assert cause_of(loan, StatementFact(NOW, NIL, NIL, NIL)) is DifferenceCause.UNREPORTED_PAYMENT


@given(amounts, amounts, st.integers(1, 2), st.booleans())
def test_whole_instalments_gone_are_a_payment_not_reported(
    principal: Decimal, interest: Decimal, gone: int, charged: bool
) -> None:
    """Three instalments missed; the list has the newest two, or one, with or without the penalty."""
    loan = loan_of(principal, interest)
    ours = carried(loan, NOW)
    line = listed(
        NOW,
        ours,
        overdue_principal=principal * (3 - gone),
        overdue_interest=interest * (3 - gone),
        penalty=ours.penalty if charged else NIL,
    )
    assert cause_of(loan, line) is DifferenceCause.UNREPORTED_PAYMENT


def test_a_part_payment_not_reported_is_found_by_the_order_it_is_used_in() -> None:
    loan = loan_of()
    ours = carried(loan, NOW)
    line = listed(NOW, ours, overdue_principal=ours.principal - yuan("77.00"), overdue_interest=NIL, penalty=NIL)
    assert cause_of(loan, line) is DifferenceCause.UNREPORTED_PAYMENT


@given(loans(), st.sampled_from((ReliefKind.WAIVER, ReliefKind.DEFERRAL)), st.sampled_from(ReliefScope))
def test_a_relief_the_lender_does_not_know_is_found(loan: LoanFacts, kind: ReliefKind, scope: ReliefScope) -> None:
    """We hold a relief over the last due day, up to after the list; the list goes on as if there were none."""
    bare = replace(loan, statement=None)
    relief = ReliefFact(kind, date(2025, 12, 1), date(2027, 1, 1), scope)
    theirs = carried(bare, NOW)
    assert cause_of(replace(bare, reliefs=(relief,)), listed(NOW, theirs)) is DifferenceCause.WAIVER


@given(amounts, amounts, st.sampled_from((ReliefScope.PRINCIPAL, ReliefScope.INTEREST)))
def test_a_relief_the_list_before_did_not_know_is_found(
    principal: Decimal, interest: Decimal, scope: ReliefScope
) -> None:
    """The list before had the whole instalment, the new one leaves out the part we hold as waived."""
    bare = loan_of(principal, interest)
    relief = ReliefFact(ReliefKind.WAIVER, date(2025, 12, 1), date(2027, 1, 1), scope)
    known = replace(bare, statement=listed(BEFORE, carried(bare, BEFORE)), reliefs=(relief,))
    ours = carried(known, NOW)
    off = {"overdue_principal": ours.principal - principal}
    if scope is ReliefScope.INTEREST:
        off = {"overdue_interest": ours.interest - interest}
    assert cause_of(known, listed(NOW, ours, **off)) is DifferenceCause.WAIVER


@given(
    st.sampled_from(DayCount),
    st.sampled_from(DayCount),
    st.integers(20_000, 90_000),
)
def test_interest_under_another_day_count_is_found(own: DayCount, other: DayCount, principal: int) -> None:
    """The same contract planned under two conventions: where the interest differs, the convention is named."""

    def planned(day_count: DayCount) -> LoanFacts:
        terms = PlanTerms(
            principal=Decimal(principal),
            signed_on=date(2019, 9, 1),
            graduation_year=2023,
            subsidy_ends_on=date(2023, 8, 31),
            matures_on=date(2036, 9, 20),
            grace_years=5,
            rate_pct=yuan("2.80"),
            day_count=day_count,
        )
        lines = tuple(InstalmentFact(one.due_on, one.principal, one.interest) for one in plan(terms))
        bare = loan_of(day_count=day_count)
        return replace(bare, subsidy_ends_on=terms.subsidy_ends_on, matures_on=terms.matures_on, instalments=lines)

    ours, theirs = carried(planned(own), NOW), carried(planned(other), NOW)
    found = cause_of(planned(own), listed(NOW, theirs))
    if abs(ours.interest - theirs.interest) <= TERMS.tolerance:
        assert found is None
    else:
        assert found is DifferenceCause.DAY_COUNT


def test_one_end_counted_less_is_found() -> None:
    """1 September to 20 December is 111 days with both ends, 110 with one: 20,000.00 at 2.80 % differ by 1.56."""
    bare = loan_of()
    loan = replace(
        bare,
        subsidy_ends_on=date(2025, 8, 31),
        instalments=(InstalmentFact(date(2025, 12, 20), NIL, yuan("172.67")),),
    )
    ours = carried(loan, NOW)
    assert ours == Amounts(NIL, yuan("172.67"), NIL)
    assert cause_of(loan, listed(NOW, ours, overdue_interest=yuan("171.11"))) is DifferenceCause.DAY_COUNT


@given(loans(), st.integers(200, 5_000))
def test_only_the_penalty(loan: LoanFacts, fen: int) -> None:
    ours = carried(loan, NOW)
    more = listed(NOW, ours, penalty=ours.penalty + Decimal(fen) / 100)
    assert cause_of(loan, more) is DifferenceCause.PENALTY
    if ours.penalty > TERMS.tolerance:
        assert cause_of(loan, listed(NOW, ours, penalty=NIL)) is DifferenceCause.PENALTY


@given(loans(), st.integers(150, 100_000))
def test_more_than_we_know_of_is_not_explained_away(loan: LoanFacts, fen: int) -> None:
    ours = carried(loan, NOW)
    line = listed(NOW, ours, overdue_principal=ours.principal + Decimal(fen) / 100)
    found = compare(loan, line, TERMS)
    assert found is not None
    assert found.cause is DifferenceCause.UNKNOWN
    assert found.ours == ours
    assert found.theirs.total - found.ours.total == Decimal(fen) / 100


@pytest.mark.parametrize("settled_on", [date(2026, 10, 31), NOW])
def test_what_is_settled_or_deferred_as_a_whole_owes_nothing(settled_on: date) -> None:
    settled = replace(loan_of(), settled_on=settled_on)
    assert compare(settled, StatementFact(NOW, NIL, NIL, NIL), TERMS) is None
    deferral = ReliefFact(ReliefKind.DEFERRAL, date(2026, 10, 1), date(2027, 10, 1))
    assert compare(loan_of(reliefs=(deferral,)), StatementFact(NOW, NIL, NIL, NIL), TERMS) is None


def test_a_payment_taken_back_since_the_list_before_is_owed_again() -> None:
    paid = tuple(RepaymentFact(date(year, 12, 20), yuan("1140.00")) for year in YEARS)
    loan = loan_of(paid=(*paid[:2], replace(paid[2], reversed_on=date(2026, 10, 15))))
    known = replace(loan, statement=StatementFact(BEFORE, NIL, NIL, NIL))
    ours = carried(known, NOW)
    assert (ours.principal, ours.interest) == (yuan("1000.00"), yuan("140.00"))


@given(loans(), st.integers(10_001, 1_000_000))
def test_the_first_list_opens_the_ledger_but_asks_for_nothing_unseen(loan: LoanFacts, fen: int) -> None:
    """Less than we know of is where the ledger begins; more is a difference, and so is less on any later list."""
    ours = carried(loan, NOW)
    gone = compare(loan, StatementFact(NOW, NIL, NIL, NIL), TERMS)
    more = compare(loan, listed(NOW, ours, overdue_principal=ours.principal + Decimal(fen) / 100), TERMS)
    assert gone
    assert more
    assert is_opening(loan, gone) is (loan.statement is None)
    assert not is_opening(loan, more)


def test_what_a_payment_we_hold_explains_is_a_difference_from_the_first() -> None:
    """Paid on the last day of October and not in the list of the next day yet: the list asks for it once more."""
    loan = loan_of(paid=(RepaymentFact(date(2026, 10, 31), yuan("3420.00")),))
    found = compare(loan, listed(NOW, carried(loan_of(), NOW)), TERMS)
    assert found
    assert found.cause is DifferenceCause.LATE_POSTING
    assert not is_opening(loan, found)
