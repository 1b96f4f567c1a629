"""Contracts called due, written off, and moved by further study; each taken back again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from models.database import Database
from models.events import Event
from models.loans import ContractChange, Loan
from models.rules.interest import DayCount
from models.rules.interest_rates import RateBasis, Reference
from models.rules.refusals import NotVisible, Refused
from models.rules.schedule import Terms, plan
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal.queries.entered_facts import changes_of
from portal.services import contract_changes as changes
from portal.services import interest_rates
from tests.plans import instalments_of, plan_of
from tests.world import World

STUDY = {"subsidy_ends_on": date(2031, 8, 31), "graduation_year": 2031, "matures_on": date(2040, 9, 20)}


def do(database: Database, world: World, what: Callable[..., ContractChange], key: str = "current", **told: Any) -> int:
    facts: dict[str, Any] = {"loan_id": world.loans[f"{key}/1"].id, "reason": "银行来函"} | told
    with database.write() as session:
        return what(session, act=world.act(told.pop("who", "centre")), **facts).id


def void(database: Database, world: World, change_id: int) -> None:
    with database.write() as session:
        changes.void(session, act=world.act("centre"), change_id=change_id, reason="来函撤回")


def standing(database: Database, world: World, key: str = "current") -> BorrowerStanding:
    with database.reader() as session:
        return session.get_one(BorrowerStanding, world.borrowers[key].id)


def lines(database: Database, world: World, key: str) -> list[tuple[date, Decimal, Decimal]]:
    with database.reader() as session:
        return [tuple(row) for row in session.execute(instalments_of(world.loans[f"{key}/1"].id))]


def stored(database: Database, world: World) -> tuple[Any, ...]:
    with database.reader() as session:
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (ContractChange, Event)]
        terms = session.execute(select(Loan.id, Loan.subsidy_ends_on, Loan.matures_on).order_by(Loan.id)).all()
    return counts, terms, lines(database, world, "studying"), lines(database, world, "current")


def test_called_due_all_principal_falls_due_with_the_interest_run_up(database: Database, world: World) -> None:
    with database.reader() as session:
        shown = changes.preview_accelerate(
            session,
            act=world.act("centre"),
            loan_id=world.loans["current/1"].id,
            effective_on=date(2026, 11, 10),
        )
    change_id = do(database, world, changes.accelerate, effective_on=date(2026, 11, 10))
    row = standing(database, world)
    # Three instalments of 1,000 were to come; of the next interest 325 of 365 days have passed.
    assert (row.state, row.overdue_principal, row.overdue_interest) == (
        StandingState.OVERDUE,
        Decimal(3000),
        Decimal("124.66"),
    )
    assert (row.overdue_since, shown.after.overdue_total) == (date(2026, 11, 10), row.overdue_total)
    void(database, world, change_id)
    assert (standing(database, world).state, standing(database, world).overdue_total) == (StandingState.CURRENT, 0)
    with database.reader() as session:
        (held,) = changes_of(session, world.loans["current/1"].id)
        assert (held.id, held.voided_at, held.void_reason) == (change_id, world.at, "来函撤回")
        tags = session.scalars(select(Event.tag).where(Event.subject == f"contract-change/{change_id}")).all()
    assert tags == ["contract:accelerated", "contract:change_voided"]


def test_a_write_off_changes_nothing_of_the_debt(database: Database, world: World) -> None:
    before = standing(database, world, "overdue").overdue_total
    do(database, world, changes.write_off, "overdue", effective_on=date(2026, 6, 30))
    row = standing(database, world, "overdue")
    assert (row.state, row.overdue_total) == (StandingState.OVERDUE, before)


def test_further_study_moves_terms_and_plan(database: Database, world: World) -> None:
    loan = world.loans["studying/1"]
    before = lines(database, world, "studying")
    change_id = do(database, world, changes.extend_study, "studying", **STUDY)
    with database.reader() as session:
        held = session.get_one(Loan, loan.id)
        assert (held.subsidy_ends_on, held.graduation_year, held.matures_on) == tuple(STUDY.values())
    terms = Terms(Decimal(8000), loan.signed_on, 2031, date(2031, 8, 31), date(2040, 9, 20), 3, Decimal("2.8"))
    assert terms.day_count is DayCount.HYBRID_360
    assert lines(database, world, "studying") == [(one.due_on, one.principal, one.interest) for one in plan(terms)]
    assert standing(database, world, "studying").next_due_on == date(2031, 12, 20)
    void(database, world, change_id)
    assert lines(database, world, "studying") == before
    with database.reader() as session:
        held = session.get_one(Loan, loan.id)
        assert (held.subsidy_ends_on, held.graduation_year, held.matures_on) == (
            date(2028, 8, 31),
            2028,
            date(2037, 9, 20),
        )


def test_a_plan_moved_by_further_study_follows_a_new_published_rate(database: Database, world: World) -> None:
    loan = world.loans["studying/1"]
    with database.write() as session:
        planned = [tuple(row) for row in session.execute(instalments_of(loan.id))]
        session.get_one(Loan, loan.id).plan_id = plan_of(session, planned, [(date(2025, 12, 21), Decimal("2.80"))])
    do(database, world, changes.extend_study, "studying", **STUDY)
    before = {one[0].year: one[2] for one in lines(database, world, "studying")}
    cheaper = Reference(RateBasis.LPR_5Y, date(2026, 11, 20), Decimal("3.40"), "announcement")
    with database.write() as session:
        assert interest_rates.keep_reference(session, act=world.act("centre"), row=cheaper).contracts == 1
    after = {one[0].year: one[2] for one in lines(database, world, "studying")}
    assert (before[2032], after[2032]) == (Decimal("224.00"), Decimal("216.00"))


def test_further_study_learnt_late_ends_arrears_and_asks_for_no_principal_twice(
    database: Database, world: World
) -> None:
    """Graduated in 2020 by our books, but studied on until 2024: what fell due in between was the state's."""
    told = {"subsidy_ends_on": date(2024, 8, 31), "graduation_year": 2024, "matures_on": date(2030, 9, 20)}
    change_id = do(database, world, changes.extend_study, "current", **told)
    held = lines(database, world, "current")
    assert [one for one in held if one[0] <= date(2026, 11, 23)] == [
        (date(year, 12, 20), Decimal(1000), Decimal(140)) for year in (2023, 2024, 2025)
    ]
    asked_after_study = sum(one[1] for one in held if one[0] > date(2024, 8, 31))
    assert asked_after_study == Decimal(8000)
    void(database, world, change_id)
    assert len(lines(database, world, "current")) == 6


def test_bad_input_is_refused_with_a_sentence_and_stored_nowhere(database: Database, world: World) -> None:
    called_due = do(database, world, changes.accelerate, "overdue", effective_on=date(2026, 11, 1))
    before = stored(database, world)
    bad: list[tuple[Callable[..., ContractChange], str, dict[str, Any], str]] = [
        (changes.accelerate, "overdue", {"effective_on": date(2026, 11, 2)}, "written down already"),
        (changes.accelerate, "current", {"effective_on": date(2026, 11, 24)}, "has not come yet"),
        (changes.accelerate, "current", {"effective_on": date(2300, 1, 1)}, "too far in the future"),
        (changes.accelerate, "current", {"effective_on": date(2016, 8, 31)}, "before the contract was signed"),
        (changes.accelerate, "current", {"effective_on": date(2026, 11, 1), "reason": ""}, "in a few words why"),
        (changes.write_off, "settled", {"effective_on": date(2026, 11, 1)}, "paid off"),
        (changes.extend_study, "settled", STUDY, "paid off"),
        (changes.extend_study, "overdue", STUDY, "called due"),
        (changes.extend_study, "studying", STUDY | {"subsidy_ends_on": date(2028, 8, 31)}, "ends on 2028-08-31 now"),
        (changes.extend_study, "studying", STUDY | {"subsidy_ends_on": date(2027, 8, 31)}, "ends on 2028-08-31 now"),
        (changes.extend_study, "studying", STUDY | {"subsidy_ends_on": date(2040, 9, 20)}, "after the last due day"),
        (changes.extend_study, "studying", STUDY | {"matures_on": date(2036, 9, 20)}, "last due day forward"),
        (changes.extend_study, "studying", STUDY | {"matures_on": date(2060, 9, 20)}, "too far in the future"),
        (changes.extend_study, "studying", STUDY | {"graduation_year": 2030}, "year of graduation"),
        (
            changes.extend_study,
            "studying",
            {"subsidy_ends_on": date(2036, 8, 31), "graduation_year": 2036, "matures_on": date(2037, 9, 20)},
            "before the grace ends",
        ),
        (changes.extend_study, "studying", STUDY | {"reason": "因"}, "in a few words why"),
    ]
    for what, key, told, sentence in bad:
        with pytest.raises(Refused, match=sentence):
            do(database, world, what, key, **told)
    for who, loan_id in (("centre", 999_999), ("deputy_b", world.loans["current/1"].id)):
        with pytest.raises(NotVisible), database.write() as session:
            changes.accelerate(
                session, act=world.act(who), loan_id=loan_id, effective_on=date(2026, 11, 1), reason="银行来函"
            )
    assert stored(database, world) == before
    void(database, world, called_due)
    with pytest.raises(Refused, match="void already"):
        void(database, world, called_due)
    with pytest.raises(NotVisible):
        void(database, world, 999_999)


def test_study_moved_again_since_is_not_taken_back_over_the_newer_terms(database: Database, world: World) -> None:
    first = do(database, world, changes.extend_study, "studying", **STUDY)
    newer = {"subsidy_ends_on": date(2033, 8, 31), "graduation_year": 2033, "matures_on": date(2042, 9, 20)}
    second = do(database, world, changes.extend_study, "studying", **newer)
    before = stored(database, world)
    with pytest.raises(Refused, match="changed again since"):
        void(database, world, first)
    assert stored(database, world) == before
    void(database, world, second)
    void(database, world, first)
    assert lines(database, world, "studying") == [(date(2028, 12, 20), Decimal(0), Decimal("69.07"))]
