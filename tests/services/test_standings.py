"""Standings follow every fact, and time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import delete, select

from models.casework import Case
from models.database import Database
from models.loans import ArrearsList, Repayment, Statement
from models.rules.standing import StandingState
from models.standings import BorrowerStanding, StandingChange
from portal.services import standing_batches, standings
from tests.world import World


def _of(database: Database, world: World, key: str) -> BorrowerStanding:
    with database.reader() as session:
        return session.get_one(BorrowerStanding, world.borrowers[key].id)


def test_each_borrower_stands_where_the_facts_say(database: Database, world: World) -> None:
    assert {key: _of(database, world, key).state for key in world.borrowers} == {
        "overdue": StandingState.OVERDUE,
        "overdue_long": StandingState.OVERDUE,
        "paid_after_list": StandingState.CURRENT,
        "current": StandingState.CURRENT,
        "studying": StandingState.STUDYING,
        "deferred": StandingState.DEFERRED,
        "settled": StandingState.SETTLED,
        "colleague": StandingState.OVERDUE,
        "foreign": StandingState.OVERDUE,
        "nobody": StandingState.OVERDUE,
    }


def test_the_banks_figure_is_the_figure(database: Database, world: World) -> None:
    row = _of(database, world, "overdue")
    assert (row.overdue_principal, row.overdue_interest, row.penalty) == (Decimal(1000), Decimal(140), Decimal("31.50"))
    assert (row.overdue_total, row.overdue_since, row.bucket) == (Decimal("1171.50"), date(2025, 12, 20), "181-365")
    assert (row.data_on, row.is_estimated) == (date(2026, 11, 1), False)
    assert _of(database, world, "overdue_long").bucket == "365+"


def test_arrears_open_one_case_and_a_payment_closes_it(database: Database, world: World) -> None:
    borrower_id = world.borrowers["overdue"].id
    with database.write() as session:
        session.add(
            Repayment(
                loan_id=world.loans["overdue/1"].id,
                paid_on=date(2026, 11, 20),
                amount=Decimal("1171.50"),
                bank_reference="late",
            )
        )
        assert standings.recompute(session, act=world.act("centre"), borrower_ids=[borrower_id]) == 1
    with database.reader() as session:
        case = session.scalars(select(Case).where(Case.borrower_id == borrower_id)).one()
        assert case.closed_on == date(2026, 11, 23)
        moves = session.execute(
            select(StandingChange.from_state, StandingChange.to_state)
            .where(StandingChange.borrower_id == borrower_id)
            .order_by(StandingChange.id)
        ).all()
    assert [tuple(move) for move in moves] == [
        (None, StandingState.OVERDUE),
        (StandingState.OVERDUE, StandingState.CURRENT),
    ]


def test_a_part_payment_does_not_stop_the_clock(database: Database, world: World) -> None:
    with database.write() as session:
        session.add(
            Repayment(
                loan_id=world.loans["overdue/1"].id,
                paid_on=date(2026, 11, 20),
                amount=Decimal(500),
                bank_reference="part",
            )
        )
        standings.recompute(session, act=world.act("centre"), borrower_ids=[world.borrowers["overdue"].id])
    row = _of(database, world, "overdue")
    assert (row.overdue_total, row.overdue_since, row.is_estimated) == (Decimal("671.50"), date(2025, 12, 20), True)


def test_recomputing_twice_changes_nothing(database: Database, world: World) -> None:
    with database.write() as session:
        assert standing_batches.rebuild(session, act=world.act(None)) == 0


def test_time_alone_is_swept_only_when_its_day_has_come(database: Database, world: World) -> None:
    with database.write() as session:
        assert standings.due_for_sweep(session, date(2026, 11, 23)) == []
    later = world.act(None)
    with database.write() as session:
        assert standing_batches.sweep(session, act=later, as_of=date(2026, 12, 22)) > 0
    assert _of(database, world, "current").state is StandingState.OVERDUE
    assert _of(database, world, "current").is_estimated
    with database.write() as session:
        assert standing_batches.sweep(session, act=later, as_of=date(2026, 12, 22)) == 0


def test_nobody_is_chased_before_the_lenders_first_list(database: Database, world: World) -> None:
    """A roster without a list says nothing about arrears: our own estimate opens no case."""
    with database.write() as session:
        session.execute(delete(Case))
        session.execute(delete(Statement))
        session.execute(delete(ArrearsList))
        standing_batches.rebuild(session, act=world.act("centre"))
        assert session.scalars(select(Case)).all() == []
    row = _of(database, world, "overdue")
    assert (row.state, row.data_on, row.is_estimated) == (StandingState.OVERDUE, None, True)
