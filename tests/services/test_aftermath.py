"""An applied list reaches the work: promises, notices in the street, claims of having paid, thanks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models.casework import PaymentClaim, Promise, Task
from models.database import Database
from models.events import Event
from models.loans import Relief
from models.notices import Notice
from models.rules.casework import PromiseState, TaskKind
from models.rules.claims import ClaimState
from models.rules.contacts import Outcome
from models.rules.facts import PauseCause, ReliefKind, ReliefScope
from models.rules.imports import ImportKind
from models.rules.standing import StandingState
from models.rules.workflows import NoticeState
from models.standings import BorrowerStanding
from portal.queries.loan_facts import reliefs_in_force
from portal.queries.open_work import claim_of
from portal.services import notices, promises, reliefs
from portal.services.imports import applying
from portal.services.notices import Terms
from tests import books
from tests.services.test_contacts import call, point_of, write
from tests.services.test_import_undo import undo, whole
from tests.services.test_imports import Desk
from tests.world import World

TODAY = date(2026, 11, 23)
CLEARS = "1171.50"


@pytest.fixture
def desk(database: Database, world: World, tmp_path: Path) -> Desk:
    assert world.borrowers
    found = Desk(database, tmp_path / "data")
    found.at += timedelta(hours=1)
    return found


def pay(desk: Desk, key: str, amount: str, on: date = TODAY) -> Any:
    row = {"合同编号": f"DEMO-{key}-1", "还款日期": on, "还款金额": float(amount), "流水号": f"LS-{key}-{on}-{amount}"}
    return desk.load(ImportKind.REPAYMENTS, books.payments(row))


def arrears(desk: Desk, on: date, *keys: str) -> Any:
    rows = [
        books.overdue(
            0, 合同编号=f"DEMO-{key}-1", 贷款银行="演示开发银行", 逾期本金=1000, 逾期利息=140, 罚息=31.5, 逾期合计=1171.5,
            逾期起始日=date(2025, 12, 20), 数据日期=on,
        )
        for key in keys
    ]  # fmt: skip
    return desk.load(ImportKind.ARREARS, books.arrears(*rows))


def promise(desk: Desk, world: World, key: str, amount: str) -> int:
    with desk.database.write() as session:
        return promises.record(
            session,
            act=world.act("centre"),
            borrower_id=world.borrowers[key].id,
            amount=Decimal(amount),
            promised_for=date(2026, 12, 1),
        ).id


def claim(desk: Desk, world: World, key: str = "overdue") -> None:
    write(desk.database, world, call(point_of(desk.database, world, key), outcome=Outcome.PAID_ALREADY), key=key)


def claim_state(desk: Desk) -> ClaimState:
    with desk.database.reader() as session:
        return session.scalars(select(PaymentClaim.state)).one()


def tasks_open(desk: Desk, world: World, key: str = "overdue") -> set[TaskKind]:
    with desk.database.reader() as session:
        return set(
            session.scalars(
                select(Task.kind).where(Task.borrower_id == world.borrowers[key].id, Task.done_at.is_(None))
            )
        )


def state(desk: Desk, world: World, key: str = "overdue") -> StandingState:
    with desk.database.reader() as session:
        return session.get_one(BorrowerStanding, world.borrowers[key].id).state


def test_a_repayment_list_ends_what_was_under_way_and_thanks(desk: Desk, world: World) -> None:
    kept, other = promise(desk, world, "overdue", "500.00"), promise(desk, world, "colleague", "500.00")
    with desk.database.write() as session:
        notice_id = notices.issue(
            session,
            act=world.act("member"),
            borrower_id=world.borrowers["overdue"].id,
            terms=Terms("https://portal.example", 35),
        ).id
    claim(desk, world)
    assert TaskKind.CHECK_PAYMENT in tasks_open(desk, world)
    batch = pay(desk, "overdue", CLEARS)
    assert state(desk, world) is StandingState.CURRENT
    with desk.database.reader() as session:
        assert session.get_one(Promise, kept).state is PromiseState.KEPT
        assert session.get_one(Promise, other).state is PromiseState.OPEN
        assert session.get_one(Notice, notice_id).state is NoticeState.CALLED_BACK
        thanks = session.scalars(select(Task).where(Task.kind == TaskKind.THANK)).one()
        assert (thanks.borrower_id, thanks.due_on) == (world.borrowers["overdue"].id, date(2026, 11, 24))
        answered = claim_of(session, world.borrowers["overdue"].id)
        assert answered is not None
        assert (answered.state, answered.amount, answered.paid_on) == (ClaimState.FOUND, Decimal(CLEARS), TODAY)
    assert tasks_open(desk, world) == {TaskKind.THANK}
    told = {name: batch.facts[name] for name in ("promises_kept", "claims_found", "claims_not_found", "thanked")}
    assert told == {"promises_kept": 1, "claims_found": 1, "claims_not_found": 0, "thanked": 1}
    assert whole(desk) == {}


def test_a_part_payment_keeps_the_promise_and_leaves_the_rest(desk: Desk, world: World) -> None:
    kept, open_still = promise(desk, world, "overdue", "300.00"), promise(desk, world, "overdue", "900.00")
    pay(desk, "overdue", "300.00")
    with desk.database.reader() as session:
        assert session.get_one(Promise, kept).state is PromiseState.KEPT
        assert session.get_one(Promise, open_still).state is PromiseState.OPEN
    assert state(desk, world) is StandingState.OVERDUE
    assert tasks_open(desk, world) == {TaskKind.THANK}


def test_a_promise_larger_than_the_debt_is_no_longer_needed(desk: Desk, world: World) -> None:
    found = promise(desk, world, "overdue", "5000.00")
    pay(desk, "overdue", CLEARS)
    with desk.database.reader() as session:
        assert session.get_one(Promise, found).state is PromiseState.WITHDRAWN
    assert desk.one(select(func.count()).select_from(Event).where(Event.tag == "promise:withdrawn")) == 1


def test_a_list_that_did_not_have_to_show_it_leaves_the_claim_open(desk: Desk, world: World) -> None:
    claim(desk, world)
    pay(desk, "colleague", "100.00")
    assert claim_state(desk) is ClaimState.OPEN
    desk.at = datetime.fromisoformat("2026-12-28T10:00:00+08:00")
    arrears(desk, date(2026, 12, 27), "overdue", "colleague")  # settled on the 20th, shown from 4 January
    assert claim_state(desk) is ClaimState.OPEN
    assert TaskKind.CHECK_PAYMENT in tasks_open(desk, world)


def test_a_list_that_had_to_show_it_asks_for_a_call_and_the_days_count_again(desk: Desk, world: World) -> None:
    claim(desk, world)
    with desk.database.write() as session:
        reliefs.enter(
            session,
            act=world.act("deputy"),
            loan_id=world.loans["overdue/1"].id,
            kind=ReliefKind.PAUSE,
            scope=ReliefScope.ALL,
            from_on=TODAY,
            to_on=None,
            cause=PauseCause.CLAIMS_PAID,
            reason="",
        )
    desk.at = datetime.fromisoformat("2027-01-06T10:00:00+08:00")
    batch = arrears(desk, date(2027, 1, 5), "overdue", "colleague")
    assert claim_state(desk) is ClaimState.NOT_FOUND
    assert tasks_open(desk, world) == {TaskKind.CALL_BACK}
    assert batch.facts["claims_not_found"] == 1
    with desk.database.reader() as session:
        loan_id = world.loans["overdue/1"].id
        assert [fact.to_on for _, fact in reliefs_in_force(session, [loan_id])[loan_id]] == [date(2027, 1, 6)]
        assert session.get_one(BorrowerStanding, world.borrowers["overdue"].id).clock_stopped is False
    pay(desk, "overdue", "1500.00", date(2027, 1, 5))
    assert claim_state(desk) is ClaimState.FOUND
    assert TaskKind.THANK in tasks_open(desk, world)


def test_a_debt_no_longer_on_the_list_answers_too(desk: Desk, world: World) -> None:
    claim(desk, world)
    arrears(desk, date(2026, 11, 22), "colleague")
    assert claim_state(desk) is ClaimState.FOUND
    with desk.database.reader() as session:
        answered = claim_of(session, world.borrowers["overdue"].id)
        assert answered is not None
        assert (answered.paid_on, answered.listed_on) == (None, date(2026, 11, 22))


def test_taken_back_the_promise_the_claim_and_the_pause_are_as_before(desk: Desk, world: World) -> None:
    found = promise(desk, world, "overdue", "500.00")
    claim(desk, world)
    with desk.database.write() as session:
        pause = reliefs.enter(
            session,
            act=world.act("deputy"),
            loan_id=world.loans["overdue/1"].id,
            kind=ReliefKind.PAUSE,
            scope=ReliefScope.ALL,
            from_on=TODAY,
            to_on=None,
            cause=PauseCause.CLAIMS_PAID,
            reason="",
        ).id
    batch = pay(desk, "overdue", CLEARS)
    undo(desk, batch.id)
    assert state(desk, world) is StandingState.OVERDUE
    assert claim_state(desk) is ClaimState.OPEN
    assert tasks_open(desk, world) == {TaskKind.CHECK_PAYMENT}
    with desk.database.reader() as session:
        assert session.get_one(Promise, found).state is PromiseState.OPEN
        assert session.get_one(Relief, pause).to_on is None
        loan_id = world.loans["overdue/1"].id
        assert [fact.to_on for _, fact in reliefs_in_force(session, [loan_id])[loan_id]] == [None]
    assert whole(desk) == {}
    batch_id = desk.bring(ImportKind.REPAYMENTS, books.payments({
        "合同编号": "DEMO-overdue-1", "还款日期": TODAY, "还款金额": float(CLEARS), "流水号": "LS-again",
    }))  # fmt: skip
    with desk.database.write() as session:
        applying.apply(session, act=desk.act, batch_id=batch_id, data_dir=desk.data_dir)
    assert claim_state(desk) is ClaimState.FOUND


def test_two_claims_while_one_waits_are_one(desk: Desk, world: World) -> None:
    claim(desk, world)
    write(
        desk.database,
        world,
        call(
            point_of(desk.database, world),
            desk.at + timedelta(hours=1),
            outcome=Outcome.PAID_ALREADY,
            breach_reason="借款人要求再次来电",
        ),
    )
    assert desk.one(select(func.count()).select_from(PaymentClaim)) == 1
