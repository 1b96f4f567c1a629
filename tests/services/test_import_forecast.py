"""What a list is foretold to do is what it does, on random portfolios judged by the rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.casework import Task
from models.database import Database
from models.events import Event
from models.imports import ImportBatch
from models.loans import Loan
from models.rules.casework import TaskKind
from models.rules.facts import RepaymentFact
from models.rules.imports import ImportKind, RowOutcome
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal.actors import Act
from portal.queries.plain_payments import overdue_after
from portal.services import standings, tasks
from portal.services.imports import arrears, forecast, repayments
from portal.services.imports.arrears_lines import ArrearsLine
from portal.services.imports.repayment_lines import RepaymentLine
from portal.services.imports.rows import Staged
from portal.services.imports.watching import UNWATCHED
from tests.services.test_standing_batches import portfolio
from tests.world import World

DAYS = (date(2026, 12, 18), date(2027, 1, 23))  # the second with no due day since the list of 31 December
SEEDS = range(12)


def _morning(day: date) -> Act:
    return Act(None, datetime.combine(day, time(1, 30), UTC))


def _overdue(session: Session) -> set[int]:
    state = BorrowerStanding.state == StandingState.OVERDUE
    return set(session.scalars(select(BorrowerStanding.borrower_id).where(state)))


def _batch(session: Session, act: Act, kind: ImportKind, staged: Staged) -> ImportBatch:
    batch = ImportBatch(
        kind=kind, file_name="list.xlsx", sha256="0" * 64, size=1, received_at=act.at,
        lender_id=staged.lender_id, data_on=staged.data_on,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    return batch


@pytest.mark.parametrize("seed", SEEDS)
def test_an_arrears_list_does_what_was_foretold(database: Database, world: World, seed: int) -> None:
    random = Random(seed)
    act = _morning(DAYS[seed % 2])
    data_on = act.today - timedelta(days=random.choice((0, 3, 20)))
    with database.writer() as session:
        portfolio(session, world, random)
        everybody = session.scalars(select(Borrower.id)).all()
        standings.recompute(session, act=act, borrower_ids=everybody)
        loans = session.scalars(select(Loan.id).where(Loan.lender_id == world.lender.id).order_by(Loan.id)).all()
        lines = [
            ArrearsLine(loan_id, Decimal(random.choice((0, 1000))), Decimal(random.choice((0, 224))), Decimal(0),
                        data_on - timedelta(days=random.choice((1, 40))))
            for loan_id in loans if random.random() < 0.3
        ]  # fmt: skip
        staged = Staged(
            [], lender_id=world.lender.id, data_on=data_on, clean=[(RowOutcome.NEW, line) for line in lines]
        )
        before = _overdue(session)
        foretold = forecast.foretell(session, act=act, kind=ImportKind.ARREARS, staged=staged, watch=UNWATCHED)
        batch = _batch(session, act, ImportKind.ARREARS, staged)
        arrears.apply(session, act=act, batch=batch, lines=lines, kept=())
        standings.recompute(session, act=act, borrower_ids=everybody)
        after = _overdue(session)
        assert (foretold["falls_overdue"], foretold["cured"]) == (len(after - before), len(before - after))
        session.rollback()


def test_whom_a_list_names_no_longer_is_cured_without_a_question_to_the_rules(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = _morning(DAYS[1])
    asked: list[int] = []
    judged = forecast._after

    def after(*arguments: object) -> object:
        asked.extend(arguments[2])  # type: ignore[call-overload]
        return judged(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(forecast, "_after", after)
    with database.writer() as session:
        everybody = session.scalars(select(Borrower.id)).all()
        standings.recompute(session, act=act, borrower_ids=everybody)
        staged = Staged([], lender_id=world.lender.id, data_on=DAYS[1] - timedelta(days=3))
        before = _overdue(session)
        foretold = forecast.foretell(session, act=act, kind=ImportKind.ARREARS, staged=staged, watch=UNWATCHED)
        assert before
        assert foretold["cured"] >= len(before - set(asked)) > 0
        session.rollback()


@pytest.mark.parametrize("seed", SEEDS)
def test_repayments_do_what_was_foretold(database: Database, world: World, seed: int) -> None:
    random = Random(seed)
    act = _morning(DAYS[seed % 2])
    with database.writer() as session:
        portfolio(session, world, random)
        everybody = session.scalars(select(Borrower.id)).all()
        standings.recompute(session, act=act, borrower_ids=everybody)
        lines = [
            RepaymentLine(
                loan_id, paid_on := act.today - timedelta(days=random.choice((0, 2, 30, 400))),
                Decimal(random.choice((77, 224, 1224, 9000))), f"new{loan_id}",
                paid_on if seed % 4 == 3 and random.random() < 0.2 else None,
            )
            for loan_id in session.scalars(select(Loan.id).order_by(Loan.id)) if random.random() < 0.6
        ]  # fmt: skip
        staged = Staged([], clean=[(RowOutcome.NEW, line) for line in lines])
        before = _overdue(session)
        foretold = forecast.foretell(session, act=act, kind=ImportKind.REPAYMENTS, staged=staged, watch=UNWATCHED)
        batch = _batch(session, act, ImportKind.REPAYMENTS, staged)
        repayments.apply(session, act=act, batch=batch, lines=lines)
        standings.recompute(session, act=act, borrower_ids=everybody)
        after = _overdue(session)
        assert (foretold["falls_overdue"], foretold["cured"]) == (len(after - before), len(before - after))
        session.rollback()


def test_many_are_asked_for_as_one_is(database: Database, world: World) -> None:
    """An open task keeps the earlier day, nobody is asked for twice, and each new one has its event."""
    act, day = _morning(DAYS[0]), DAYS[0] + timedelta(days=1)
    with database.writer() as session:
        ids = sorted(session.scalars(select(Borrower.id)))
        held = tasks.ask(session, act=act, borrower_id=ids[0], kind=TaskKind.THANK, due_on=day + timedelta(days=5))
        thanks = select(Task).where(Task.kind == TaskKind.THANK).order_by(Task.borrower_id)
        tasks.ask_many(session, act=act, borrower_ids=[*ids, ids[-1]], kind=TaskKind.THANK, due_on=day)
        tasks.ask_many(session, act=act, borrower_ids=ids, kind=TaskKind.THANK, due_on=day + timedelta(days=1))
        found = session.scalars(thanks).all()
        assert [(one.borrower_id, one.due_on, one.reason) for one in found] == [(one, day, "") for one in ids]
        assert found[0].id == held.id
        told = session.scalars(select(Event).where(Event.tag == "task:asked").order_by(Event.id)).all()[-len(ids) :]
        assert [(one.borrower_id, one.subject) for one in told] == [
            (one.borrower_id, f"task/{one.id}") for one in found
        ]
        assert {tuple(sorted(one.facts)) for one in told} == {("due_on", "task")}
        session.rollback()


def test_many_are_dropped_but_what_is_done_stays(database: Database, world: World) -> None:
    act, day = _morning(DAYS[0]), DAYS[0] + timedelta(days=1)
    with database.writer() as session:
        ids = sorted(session.scalars(select(Borrower.id)))
        tasks.ask_many(session, act=act, borrower_ids=ids, kind=TaskKind.THANK, due_on=day)
        asked = session.scalars(select(Task).where(Task.kind == TaskKind.THANK).order_by(Task.id)).all()
        done, *rest = [one.id for one in asked]
        asked[0].done_at = act.at
        session.flush()
        tasks.drop_many(session, act=act, task_ids=[*rest, done, rest[0]])
        assert session.scalars(select(Task.id).where(Task.kind == TaskKind.THANK)).all() == [done]
        told = session.scalars(select(Event).where(Event.tag == "task:dropped").order_by(Event.id)).all()
        assert [(one.subject, one.facts) for one in told] == [(f"task/{one}", {"task": "thank"}) for one in rest]
        assert {one.borrower_id for one in told} == set(ids[1:])
        session.rollback()


@pytest.mark.parametrize(("amount", "is_overdue"), [(Decimal(1), True), (Decimal(100_000), False)])
def test_the_database_tells_whether_money_clears_what_a_list_says(
    database: Database, world: World, amount: Decimal, is_overdue: bool
) -> None:
    person, today = world.borrowers["overdue"].id, world.at.date()
    paid = {loan.id: [RepaymentFact(today, amount)] for loan in world.loans.values() if loan.borrower_id == person}
    with database.reader() as session:
        assert overdue_after(session, [person], today, paid) == {person: is_overdue}
