"""The slow model against examples worked out by hand, and the rules against the slow model."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.facts import (
    BorrowerFacts,
    InstalmentFact,
    LoanFacts,
    ReliefFact,
    ReliefKind,
    RepaymentFact,
    StatementFact,
)
from models.rules.standing import StandingState, stand
from tests.rules import model
from tests.rules import strategies as own


def contract(
    *payments: RepaymentFact, reliefs: tuple[ReliefFact, ...] = (), lists: tuple[StatementFact, ...] = ()
) -> model.Contract:
    return model.Contract(
        LoanFacts(
            loan_key=1,
            signed_on=date(2015, 9, 1),
            matures_on=date(2030, 9, 20),
            subsidy_ends_on=date(2020, 8, 31),
            instalments=tuple(InstalmentFact(date(year, 12, 20), Decimal(800), Decimal(224)) for year in (2024, 2025)),
            repayments=payments,
            reliefs=reliefs,
        ),
        lists,
    )


def test_the_model_itself_by_hand() -> None:
    """One life told by hand, so that the model is not only as right as the rules it judges."""
    paid = RepaymentFact(date(2025, 3, 1), Decimal(300), date(2025, 6, 1))
    life = contract(paid, RepaymentFact(date(2025, 7, 1), Decimal(1124)))
    by_day = {day: model.judge([life], date.fromisoformat(day)) for day in ("2024-12-20", "2025-03-01", "2025-07-01")}
    assert by_day["2024-12-20"].state is StandingState.CURRENT
    # 70 days late; 300 meets the interest of 224 first, 76 of the principal after it.
    assert (by_day["2025-03-01"].overdue_principal, by_day["2025-03-01"].days_past_due) == (Decimal(724), 71)
    # Taken back on 1 June; 1,124 pays all and leaves 100 ahead.
    assert by_day["2025-07-01"].state is StandingState.CURRENT
    assert by_day["2025-07-01"].next_due_amount == Decimal(924)
    january = model.judge([life], date(2026, 1, 20))
    assert (january.overdue_interest, january.overdue_principal) == (Decimal(124), Decimal(800))
    assert (january.overdue_since, january.days_counted, january.bucket) == (date(2025, 12, 20), 31, "31-90")


def test_the_model_with_a_list_and_a_pause_by_hand() -> None:
    listed = StatementFact(date(2026, 1, 20), Decimal(800), Decimal(224), Decimal("3.10"), date(2025, 12, 20))
    pause = ReliefFact(ReliefKind.PAUSE, date(2025, 12, 10), date(2025, 12, 31))
    seen = model.judge([contract(lists=(listed,), reliefs=(pause,))], date(2026, 1, 23))
    assert (seen.overdue_principal, seen.overdue_interest, seen.penalty) == (
        Decimal(800),
        Decimal(224),
        Decimal("3.10"),
    )
    # 34 calendar days; of the pause only 20 to 30 December lie after the due day: 11.
    assert (seen.days_past_due, seen.days_counted, seen.is_estimated) == (34, 23, False)


@pytest.mark.parametrize(("days", "name"), [(0, ""), (1, "1-30"), (30, "1-30"), (31, "31-90"), (366, "365+")])
def test_the_models_ranges(days: int, name: str) -> None:
    assert model.range_of(days) == name


@given(own.borrowers(), own.days)
def test_the_rules_say_what_the_slow_model_says(facts: BorrowerFacts, as_of: date) -> None:
    known = BorrowerFacts(tuple(own.as_known(loan, as_of) for loan in facts.loans))
    contracts = [model.Contract(loan, (loan.statement,) if loan.statement else ()) for loan in facts.loans]
    assert model.shown(stand(known, as_of)) == model.judge(contracts, as_of)


@given(own.busy_borrowers(), st.dates(date(2025, 1, 1), date(2025, 6, 30)), st.integers(0, 60))
def test_in_a_crowded_year_too(facts: BorrowerFacts, as_of: date, later: int) -> None:
    """Dues, payments and reliefs so close together that they meet, and a day worked out from an earlier standing."""
    contracts = [model.Contract(loan, (loan.statement,) if loan.statement else ()) for loan in facts.loans]
    known = BorrowerFacts(tuple(own.as_known(loan, as_of) for loan in facts.loans))
    standing = stand(known, as_of)
    assert model.shown(standing) == model.judge(contracts, as_of)
    day = as_of + timedelta(days=later)
    if standing.next_change_on is None or day < standing.next_change_on:
        listed_since = any(loan.statement and as_of < loan.statement.data_on <= day for loan in facts.loans)
        if not listed_since:  # a list is applied by whoever brings it
            assert model.shown(standing.on(day)) == model.judge(contracts, day)
