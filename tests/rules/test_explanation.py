"""Explanations: every figure opened adds up to the standing, on thousands of random histories."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given

from models.rules.explanation import Unexplained, explain
from models.rules.facts import (
    BorrowerFacts,
    InstalmentFact,
    LoanFacts,
    ReliefFact,
    ReliefKind,
    ReliefScope,
    RepaymentFact,
    RepaymentKind,
    StatementFact,
)
from models.rules.movements import MovementKind
from models.rules.standing import StandingState, stand
from tests.rules.strategies import borrowers, days

Y = Decimal


@given(borrowers(), days)
def test_it_explains_the_standing_and_nothing_else(facts: BorrowerFacts, as_of: date) -> None:
    found = explain(facts, as_of)
    assert found.standing == stand(facts, as_of)
    assert [one.standing for one in found.loans] == list(found.standing.loans)
    for one in found.loans:
        standing = one.standing
        for name in ("principal", "interest"):
            told = sum((getattr(row, name) for row in one.movements), Y(0))
            assert told == getattr(standing, f"overdue_{name}")
        assert sum((row.penalty for row in one.movements), Y(0)) == standing.penalty


@given(borrowers(), days)
def test_every_entry_adds_up_by_itself(facts: BorrowerFacts, as_of: date) -> None:
    """What came in is used up exactly; what fell due is owed exactly."""
    for one in explain(facts, as_of).loans:
        for row in one.movements:
            change = row.principal + row.interest + row.penalty
            if row.kind is MovementKind.PAID:
                assert row.ahead - change == row.amount
            elif row.kind in {MovementKind.FELL_DUE, MovementKind.LIST, MovementKind.TAKEN_BACK}:
                assert change == row.amount
                assert row.ahead == 0
            elif row.kind is MovementKind.AHEAD_USED:
                assert (change, row.ahead) == (-row.amount, -row.amount)
            assert row.on <= as_of


@given(borrowers(), days)
def test_the_days_add_up(facts: BorrowerFacts, as_of: date) -> None:
    for one in explain(facts, as_of).loans:
        for step in one.steps:
            if step.title == "Days counted":
                told = sum(int(str(part.value("days"))) for part in step.parts)
                assert told == step.value("removed") == one.standing.days_removed
                assert step.value("past") == one.standing.days_past_due
                assert step.value("counted") == one.standing.days_counted


@given(borrowers(), days)
def test_every_slot_is_filled(facts: BorrowerFacts, as_of: date) -> None:
    found = explain(facts, as_of)
    for step in (*found.steps, *(step for one in found.loans for step in one.steps)):
        for line in (step, *step.parts):
            assert line.sentence % {name: "x" for name, _value in line.values}
            assert line.sentence.count("%(") == len(line.values)


def loan(**changes: object) -> LoanFacts:
    known: dict[str, object] = {
        "loan_key": 7,
        "signed_on": date(2016, 9, 1),
        "matures_on": date(2029, 9, 20),
        "subsidy_ends_on": date(2020, 8, 31),
        "instalments": tuple(InstalmentFact(date(year, 12, 20), Y(1000), Y(140)) for year in range(2024, 2027)),
    }
    return LoanFacts(**known | changes)  # type: ignore[arg-type]


def told(given_loan: LoanFacts, as_of: date) -> list[tuple[str, str]]:
    (one,) = explain(BorrowerFacts((given_loan,)), as_of).loans
    return [(step.title, step.sentence % dict(step.values)) for step in one.steps]


def test_by_hand_a_list_a_payment_and_a_pause() -> None:
    given_loan = loan(
        statement=StatementFact(date(2026, 1, 5), Y("1000"), Y("140"), Y("4.50"), date(2025, 12, 20)),
        repayments=(
            RepaymentFact(date(2024, 12, 20), Y(1140)),
            RepaymentFact(date(2026, 1, 10), Y("200.00")),
            RepaymentFact(date(2026, 1, 12), Y("50.00"), date(2026, 1, 15)),
        ),
        reliefs=(
            ReliefFact(ReliefKind.PAUSE, date(2026, 1, 6), date(2026, 1, 10)),
            ReliefFact(ReliefKind.PAUSE, date(2026, 1, 8), date(2026, 1, 12)),
        ),
    )
    found = explain(BorrowerFacts((given_loan,)), date(2026, 1, 23))
    (one,) = found.loans
    steps = {step.title: step for step in one.steps}
    assert steps["Where it starts from"].value("penalty") == Y("4.50")
    assert [part.value("day") for part in steps["What was paid since"].parts] == [date(2026, 1, 10), date(2026, 1, 12)]
    assert dict(steps["What was paid since"].parts[0].values) == {
        "day": date(2026, 1, 10),
        "amount": Y("200.00"),
        "penalty": Y("4.50"),
        "interest": Y("140.00"),
        "principal": Y("55.50"),
        "ahead": Y("0.00"),
    }
    assert steps["What is left"].value("total") == Y("944.50")
    assert steps["Overdue since"].value("day") == date(2025, 12, 20)
    assert steps["Days past due"].value("days") == 34
    assert [part.value("days") for part in steps["Days counted"].parts] == [4, 2]  # the overlap is told once
    assert steps["Days counted"].value("counted") == 28
    assert [(row.kind.value, row.principal, row.interest, row.penalty) for row in one.movements] == [
        ("list", Y("1000.00"), Y("140.00"), Y("4.50")),
        ("paid", Y("-55.50"), Y("-140.00"), Y("-4.50")),
    ]
    assert found.steps[-1].value("day") == date(2026, 1, 26)  # 28 days on the 23rd, 31 on the 26th


@pytest.mark.parametrize(
    ("changes", "as_of", "sentence"),
    [
        (
            {"settled_on": date(2025, 1, 1)},
            date(2026, 1, 1),
            "Everything was paid off on 2025-01-01: nothing can be overdue.",
        ),
        (
            {"subsidy_ends_on": date(2027, 8, 31)},
            date(2026, 1, 1),
            "The state pays the interest until 2027-08-31: until then nothing is the borrower's to pay.",
        ),
        ({}, date(2024, 6, 1), "Study is over and nothing has fallen due yet: not_due."),
        ({}, date(2024, 12, 20), "Something has fallen due and nothing is overdue: current."),
        ({}, date(2024, 12, 21), "Something is overdue: overdue."),
        (
            {"reliefs": (ReliefFact(ReliefKind.DEFERRAL, date(2024, 10, 1), date(2027, 10, 1)),)},
            date(2026, 1, 1),
            "Nothing is overdue and a deferral is in force: deferred.",
        ),
    ],
)
def test_each_state_has_its_reason(changes: dict[str, object], as_of: date, sentence: str) -> None:
    assert ("What the contract counts as", sentence) in told(loan(**changes), as_of)


def test_a_relief_of_everything_takes_what_was_overdue_off_for_its_time() -> None:
    held = loan(reliefs=(ReliefFact(ReliefKind.DEFERRAL, date(2025, 1, 1), date(2025, 6, 1)),))
    (one,) = explain(BorrowerFacts((held,)), date(2025, 2, 1)).loans
    assert [row.kind for row in one.movements] == [MovementKind.FELL_DUE, MovementKind.SUSPENDED]
    assert one.standing.state is StandingState.DEFERRED


def test_what_reliefs_did_to_instalments() -> None:
    held = loan(
        reliefs=(
            ReliefFact(ReliefKind.WAIVER, date(2024, 1, 1), date(2025, 1, 1), ReliefScope.INTEREST),
            ReliefFact(ReliefKind.DEFERRAL, date(2025, 12, 1), date(2026, 2, 1), ReliefScope.PRINCIPAL),
        )
    )
    (one,) = explain(BorrowerFacts((held,)), date(2026, 3, 1)).loans
    parts = next(step for step in one.steps if step.title == "What fell due since").parts
    assert [part.sentence % dict(part.values) for part in parts] == [
        "2024-12-20: 1000 of principal fell due.",
        "2024-12-20: 140 of interest was waived.",
        "2025-12-20: 1000 of principal was put off to 2026-02-01 by a deferral.",
        "2025-12-20: 140 of interest fell due.",
    ]


def test_reversals_early_money_and_a_calling_due() -> None:
    back = loan(
        statement=StatementFact(date(2025, 1, 5), Y(0), Y(0), Y(0)),
        repayments=(RepaymentFact(date(2024, 12, 19), Y(1140), date(2025, 2, 3)),),
    )
    (one,) = explain(BorrowerFacts((back,)), date(2025, 2, 4)).loans
    assert [row.kind.value for row in one.movements] == ["list", "taken_back"]
    assert dict(next(step for step in one.steps if step.title == "Overdue since").values) == {
        "amount": Y(1140),
        "reversed_on": date(2025, 2, 3),
        "day": date(2025, 2, 2),
    }
    early = loan(
        repayments=(RepaymentFact(date(2024, 11, 20), Y(500), kind=RepaymentKind.EARLY),),
        accelerated_on=date(2025, 3, 1),
    )
    found = explain(BorrowerFacts((early,)), date(2025, 4, 1))
    assert found.standing == stand(BorrowerFacts((early,)), date(2025, 4, 1))
    parts = next(step for step in found.loans[0].steps if step.title == "What fell due since").parts
    assert [part.title for part in parts][:2] == ["Early repayment", "Called due"]


def test_the_worst_contract_rules() -> None:
    two = BorrowerFacts(
        (loan(loan_key=1, instalments=(InstalmentFact(date(2025, 12, 20), Y(10), Y(1)),)), loan(loan_key=2))
    )
    found = explain(two, date(2026, 1, 10))
    days_step = next(step for step in found.steps if step.title == "Days of the borrower")
    assert days_step.value("number") == 2
    assert days_step.value("past") == 386


def test_what_does_not_add_up_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.rules.explanation.movements", lambda *_facts: ())
    with pytest.raises(Unexplained, match="7"):
        explain(BorrowerFacts((loan(),)), date(2025, 1, 1))
