from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from models.casework import Promise, Task
from models.database import Database
from models.events import Event
from models.loans import Repayment, Reversal
from models.rules.casework import PromiseState, TaskKind
from models.rules.facts import RepaymentKind
from models.rules.refusals import NotVisible, Refused
from portal.services import promises
from tests.world import World, moment

MADE = date(2026, 11, 23)
DAY = date(2026, 11, 30)


def promise(database: Database, world: World, amount: str = "500.00", key: str = "overdue") -> int:
    with database.write() as session:
        return promises.record(
            session,
            act=world.act("member"),
            borrower_id=world.borrowers[key].id,
            amount=Decimal(amount),
            promised_for=DAY,
        ).id


def pay(
    database: Database,
    world: World,
    amount: str,
    on: date,
    reversed_on: date | None = None,
    kind: RepaymentKind = RepaymentKind.PAYMENT,
) -> None:
    with database.write() as session:
        count = session.scalars(select(func.count(Repayment.id))).one()
        repayment = Repayment(
            loan_id=world.loans["overdue/1"].id,
            paid_on=on,
            amount=Decimal(amount),
            kind=kind,
            bank_reference=f"T{count}",
        )
        session.add(repayment)
        session.flush()
        if reversed_on is not None:
            session.add(Reversal(repayment_id=repayment.id, reversed_on=reversed_on, recorded_at=world.at))


def judge(database: Database, world: World, as_of: date = DAY + timedelta(days=1)) -> int:
    with database.write() as session:
        return promises.judge_due(session, act=world.act(None, moment("2026-12-01 02:00")), as_of=as_of)


def state(database: Database, promise_id: int) -> PromiseState:
    with database.reader() as session:
        return session.get_one(Promise, promise_id).state


def test_kept_on_the_last_day_by_two_payments(database: Database, world: World) -> None:
    found = promise(database, world)
    pay(database, world, "200.00", MADE)
    pay(database, world, "300.00", DAY)
    assert judge(database, world) == 1
    assert state(database, found) is PromiseState.KEPT


def test_a_payment_too_early_or_too_late_does_not_count(database: Database, world: World) -> None:
    found = promise(database, world)
    pay(database, world, "500.00", MADE - timedelta(days=1))
    pay(database, world, "500.00", DAY + timedelta(days=1))
    judge(database, world)
    assert state(database, found) is PromiseState.BROKEN


def test_a_payment_taken_back_does_not_count(database: Database, world: World) -> None:
    found = promise(database, world)
    pay(database, world, "500.00", DAY, reversed_on=DAY)
    pay(database, world, "1.00", DAY)
    judge(database, world)
    assert state(database, found) is PromiseState.PARTLY_KEPT


def test_not_before_the_day_is_over(database: Database, world: World) -> None:
    found = promise(database, world)
    assert judge(database, world, DAY) == 0
    assert state(database, found) is PromiseState.OPEN


def test_broken_asks_why_on_the_next_day_and_twice_is_once(database: Database, world: World) -> None:
    found = promise(database, world)
    assert judge(database, world) == 1
    assert judge(database, world) == 0
    assert judge(database, world, DAY + timedelta(days=9)) == 0
    with database.reader() as session:
        task = session.scalars(select(Task)).one()
        assert (task.kind, task.due_on) == (TaskKind.ASK_WHY_BROKEN, DAY + timedelta(days=1))
        assert session.get_one(Promise, found).judged_on == DAY + timedelta(days=1)
        assert session.scalars(select(func.count(Event.id)).where(Event.tag == "promise:broken")).one() == 1


@pytest.mark.parametrize(
    ("amount", "promised_for"),
    [("0.00", DAY), ("-1.00", DAY), ("1.00", MADE - timedelta(days=1)), ("1.00", MADE + timedelta(days=400))],
)
def test_what_is_no_promise_is_refused(database: Database, world: World, amount: str, promised_for: date) -> None:
    with database.write() as session, pytest.raises(Refused):
        promises.record(
            session,
            act=world.act("member"),
            borrower_id=world.borrowers["overdue"].id,
            amount=Decimal(amount),
            promised_for=promised_for,
        )


def test_out_of_reach(database: Database, world: World) -> None:
    for key in ("colleague", "foreign", "nobody"):
        with pytest.raises(NotVisible):
            promise(database, world, key=key)


@given(
    amount=st.integers(1, 2000),
    payments=st.lists(st.tuples(st.integers(1, 900), st.integers(-3, 10), st.booleans()), max_size=5),
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_only_the_sum_in_time_counts(
    database: Database, world: World, amount: int, payments: list[tuple[int, int, bool]]
) -> None:
    with database.write() as session:
        session.execute(delete(Reversal))
        session.execute(delete(Repayment))
        session.execute(delete(Promise))
        session.execute(delete(Task))
    found = promise(database, world, f"{amount}.00")
    for paid, days, is_reversed in payments:
        on = MADE + timedelta(days=days)
        pay(database, world, f"{paid}.00", on, reversed_on=on if is_reversed else None)
    judge(database, world)
    in_time = sum(paid for paid, days, is_reversed in payments if 0 <= days <= 7 and not is_reversed)
    expected = PromiseState.KEPT if in_time >= amount else PromiseState.PARTLY_KEPT if in_time else PromiseState.BROKEN
    assert state(database, found) is expected


@pytest.mark.parametrize("kind", [RepaymentKind.COMPENSATION, RepaymentKind.RELIEF_PAYOUT, RepaymentKind.WAIVED])
def test_what_others_pay_or_let_go_keeps_nobodys_promise(database: Database, world: World, kind: RepaymentKind) -> None:
    promise_id = promise(database, world)
    pay(database, world, "500.00", MADE + timedelta(days=1), kind=kind)
    assert judge(database, world) == 1
    with database.reader() as session:
        assert session.get_one(Promise, promise_id).state is PromiseState.BROKEN
