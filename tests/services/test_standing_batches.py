"""What the database works out for many at once is what the rules say of each, on random portfolios."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, event, func, insert, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.casework import Case
from models.database import Database
from models.loans import ArrearsList, Lender, Loan, Relief, Repayment, Reversal, Statement
from models.rules.facts import ReliefKind, ReliefScope, RepaymentKind
from models.rules.interest import DayCount
from models.rules.standing import stand
from models.standings import BorrowerStanding, StandingChange
from portal.queries import plain_telling
from portal.queries.loan_facts import facts_of, newest_lists
from portal.queries.plain_contracts import Whose
from portal.queries.plain_standings import plain_standings
from portal.queries.standing_history import history
from portal.services import standing_batches, standing_history, standings
from portal.services.standing_history import Learnt
from tests.bench import plain_sql
from tests.bench import portfolio as large_portfolio
from tests.plans import plan_of
from tests.world import World

DAYS = (
    date(2026, 11, 1),  # of the first list
    date(2026, 11, 23),
    date(2026, 12, 20),
    date(2026, 12, 21),
    date(2026, 12, 31),  # of the later list
    date(2027, 1, 20),
    date(2027, 9, 20),
    date(2027, 9, 21),
)
_COLUMNS = [column.name for column in BorrowerStanding.__table__.columns]
_NAMES = [name for name in BorrowerStanding.__table__.columns.keys() if name != "as_of"]  # noqa: SIM118  # columns


def portfolio(session: Session, world: World, random: Random, *, later_list: bool = False) -> None:
    """Give every borrower of the small district contracts with a random past."""
    session.execute(delete(Statement))
    session.execute(delete(Reversal))
    for table in (Repayment, Relief):
        session.execute(delete(table))
    lists = {world.arrears_list.id: world.arrears_list.data_on}
    if later_list:
        later = ArrearsList(lender_id=world.arrears_list.lender_id, data_on=date(2026, 12, 31), applied_at=world.at)
        session.add(later)
        session.flush()
        lists[later.id] = later.data_on
    others = [Lender(code=f"other{n}", name=f"演示信用社{n}", day_count=DayCount.ACT_365, tolerance=1) for n in (1, 2)]
    session.add_all(others)
    session.flush()
    old = ArrearsList(lender_id=others[0].id, data_on=date(2025, 3, 31), applied_at=world.at)
    session.add(old)
    session.flush()
    own = {world.lender.id: lists, others[0].id: {old.id: old.data_on}, others[1].id: {}}
    for loan in session.scalars(select(Loan)):
        loan.lender_id = random.choice((world.lender.id, world.lender.id, world.lender.id, others[0].id, others[1].id))
        _history(session, random, loan, own[loan.lender_id])
    session.flush()


def _history(session: Session, random: Random, loan: Loan, lists: dict[int, date]) -> None:
    graduated = random.choice((2022, 2024, 2025, 2026, 2027))
    loan.subsidy_ends_on = date(graduated, 8, 31)
    loan.matures_on = date(2040, 9, 20)
    loan.signed_on = date(random.choice((2019, 2021, 2026)), random.choice((3, 11)), 5)
    loan.settled_on = date(2026, random.randint(1, 12), 20) if random.random() < 0.1 else None
    years = range(graduated, 2030)
    dues = [(date(year, 12, 20), random.choice((0, 1000)), random.choice((0, 140, 224))) for year in years]
    if random.random() < 0.3:
        dues.append((date(2027, 9, 20), 500, 3))
    if random.random() < 0.2:
        dues.append((random.choice([date(2026, 12, 31), *lists.values()]), 700, 5))  # on the very day of a list
    loan.plan_id = plan_of(session, dues)
    for number in range(random.choice((0, 0, 1, 1, 2, 4))):
        payment = Repayment(
            loan_id=loan.id,
            paid_on=random.choice(dues)[0] + timedelta(days=random.choice((-30, -3, 0, 12, 40))),
            amount=Decimal(random.choice((140, 224, 705, 1140, 1140, 1224, 1224, 3000, 77))),
            bank_reference=f"B{loan.id}/{number}",
            kind=RepaymentKind.EARLY if random.random() < 0.02 else RepaymentKind.PAYMENT,
        )
        session.add(payment)
        session.flush()
        if random.random() < 0.15:  # most of them from the payment's own day on, as a list that is taken back does
            later = timedelta(days=random.choice((0, 0, 0, 20, 400)))
            back = Reversal(repayment_id=payment.id, reversed_on=payment.paid_on + later, recorded_at=loan_at(payment))
            session.add(back)
    if random.random() < 0.1:
        session.add(
            Relief(
                loan_id=loan.id,
                kind=random.choice(list(ReliefKind)),
                scope=random.choice(list(ReliefScope)),
                from_on=date(2026, random.randint(1, 12), 1),
                to_on=random.choice((None, date(2027, 6, 1))),
            )
        )
    for list_id, data_on in lists.items():
        if random.random() < 0.35:
            session.add(
                Statement(
                    arrears_list_id=list_id,
                    loan_id=loan.id,
                    overdue_principal=Decimal(random.choice((0, 1000))),
                    overdue_interest=Decimal(random.choice((140, 224))),
                    penalty=Decimal(random.choice((0, 12))),
                    overdue_since=data_on - timedelta(days=random.choice((1, 29, 30, 31, 200, 700))),
                )
            )


def loan_at(payment: Repayment) -> datetime:
    return datetime.combine(payment.paid_on, time(9), UTC)


@pytest.mark.parametrize("seed", range(20))
def test_the_database_says_what_the_rules_say(database: Database, world: World, seed: int) -> None:
    plain = judged = 0
    with database.writer() as session:
        portfolio(session, world, Random(seed), later_list=seed % 2 == 0)
        everybody = session.scalars(select(Borrower.id)).all()
        for day in DAYS:
            kept = _kept(session, day)
            judged += len(everybody)
            plain += len(kept)
            facts = facts_of(session, everybody, day)
            for borrower_id, found in kept.items():
                expected = standings.row_of(borrower_id, stand(facts[borrower_id], day))
                assert found == {name: expected[name] for name in _NAMES}, (day, borrower_id)
        session.rollback()
    assert plain > judged // 20  # it is not proved by leaving everybody out


def _kept(session: Session, day: date) -> dict[int, dict[str, object]]:
    """Put the rows of plain borrowers through the table, as the portal would read them."""
    lowest, highest = session.execute(select(func.min(Loan.id), func.max(Loan.id))).one()
    rows = plain_standings(Whose(0, 1_000_000, loans=(lowest, highest)), day, newest_lists(session, day))
    session.execute(delete(BorrowerStanding))
    session.connection().execute(insert(BorrowerStanding.__table__).from_select(_COLUMNS, rows))  # type: ignore[arg-type]
    session.expire_all()
    return {
        row.borrower_id: {name: getattr(row, name) for name in _NAMES}
        for row in session.scalars(select(BorrowerStanding))
    }


@pytest.mark.parametrize("day", [date(2027, 1, 19), date(2027, 1, 20), date(2027, 2, 20)])
def test_plain_sql_by_hand_gives_the_same_table(database: Database, world: World, day: date) -> None:
    large_portfolio.fill(database, world, 400)
    with database.writer() as session:
        standing_batches.rebuild(session, act=world.act(None, _morning(day)))
        plain_sql.prepare(session)
        plain_sql.compute(session, day)
        assert plain_sql.compared(session) == 398  # two have a contract put off, which the plain SQL does not know
        assert plain_sql.difference(session) == 0
        session.rollback()


def test_a_night_finds_whose_day_has_come_by_the_index(database: Database, world: World) -> None:
    large_portfolio.fill(database, world, 3000)
    eve, day = date(2027, 1, 19), date(2027, 1, 20)
    with database.write() as session:
        standing_batches.rebuild(session, act=world.act(None, _morning(eve)))
    large_portfolio.tidy(database)
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    with database.writer() as session:
        event.listen(database.engine, "before_cursor_execute", note)
        assert standing_batches.sweep(session, act=world.act(None, _morning(day)), as_of=day) == 30
        event.remove(database.engine, "before_cursor_execute", note)
        session.rollback()
        reading = [one for one in asked if "borrower_standings" in one[0]]
        assert len(reading) == 3  # the history of those who move, their rows, and a look for any others
        for statement, parameters in reading:
            plan = _plan(session, statement, parameters)
            assert "ix_borrower_standings_next_change_on" in plan, plan
            assert not re.search(r"(SCAN|Seq Scan on) borrower_standings", plan), plan
        session.rollback()


def _plan(session: Session, statement: str, parameters: Any) -> str:  # as the driver takes them
    connection = session.connection()
    how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    return "\n".join(str(row) for row in connection.exec_driver_sql(f"{how} {statement}", parameters))


@pytest.mark.parametrize("seed", range(8))
def test_a_list_known_late_is_judged_and_told_of_at_once_as_one_by_one(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Every other borrower, whose ids lie apart: standings, histories, corrections and cases are the same."""
    monkeypatch.setattr(plain_telling, "_FEW", 1)
    begun, known = date(2027, 1, 5), date(2027, 1, 25)
    learnt = Learnt(date(2027, 1, 21) if seed % 2 else date(2027, 1, 18), "import/1")  # some change range on the 19th
    large_portfolio.fill(database, world, 120)
    with database.writer() as session:
        random = Random(seed)
        everybody = session.scalars(select(Borrower.id).where(Borrower.id >= large_portfolio.FIRST)).all()
        standings.recompute(session, act=world.act(None, _morning(begun)), borrower_ids=everybody)
        for day in (begun + timedelta(days=n) for n in range(1, (known - begun).days + 1)):
            standing_batches.sweep(session, act=world.act(None, _morning(day)), as_of=day)
        _bring_list(session, world, random, learnt.effective_on)
        touched = sorted(everybody)[::2]
        plain_told = _noting(monkeypatch)
        worked_out: list[date] = []

        def work_out(whose: Whose, day: date, *more: Any) -> Any:
            worked_out.append(day)
            return plain_standings(whose, day, *more)

        for room in (plain_telling, standing_batches):
            monkeypatch.setattr(room, "plain_standings", work_out)
        act = world.act(None, _morning(known))
        found = []
        for at_once in (False, True):
            with session.begin_nested() as tried:
                if at_once:
                    standing_batches.judge(session, act=act, whose=Whose.of(touched), as_of=known, learnt=learnt)
                else:
                    standings.recompute(session, act=act, borrower_ids=touched, as_of=known, learnt=learnt)
                session.expire_all()
                found.append(_all_kept(session, everybody))
                tried.rollback()
            session.expire_all()
        assert found[0] == found[1]
        assert plain_told  # it is not proved by leaving everybody to the rules
        assert worked_out.count(known) == worked_out.count(learnt.effective_on) == 1  # the dearest of it: once a day
        session.rollback()


def _bring_list(session: Session, world: World, random: Random, data_on: date) -> None:
    listed = ArrearsList(lender_id=world.arrears_list.lender_id, data_on=data_on, applied_at=world.at)
    session.add(listed)
    session.flush()
    for loan_id in session.scalars(select(Loan.id).where(Loan.lender_id == listed.lender_id).order_by(Loan.id)):
        if random.random() < 0.02:
            session.add(
                Repayment(
                    loan_id=loan_id,
                    paid_on=data_on + timedelta(days=random.choice((-2, 0, 1, 3))),
                    amount=Decimal(random.choice((224, 803, 5000))),
                    bank_reference="late",
                )
            )
        if random.random() < 0.3:
            session.add(
                Statement(
                    arrears_list_id=listed.id,
                    loan_id=loan_id,
                    overdue_principal=Decimal(random.choice((0, 1000))),
                    overdue_interest=Decimal(random.choice((140, 224))),
                    penalty=Decimal(random.choice((0, 12))),
                    overdue_since=data_on - timedelta(days=random.choice((1, 27, 29, 30, 31, 200))),
                )
            )
    session.flush()


def _noting(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note of whom the database tells."""
    noted: list[int] = []

    def tell(*arguments: Any) -> Any:
        found = plain_telling.plainly_told(*arguments)
        noted.extend(found)
        return found

    monkeypatch.setattr(standing_history, "plainly_told", tell)
    return noted


def _all_kept(session: Session, everybody: Sequence[int]) -> dict[int, Any]:
    """Return what is kept of each borrower, without the ids of rows."""
    rows = {row.borrower_id: row for row in session.scalars(select(BorrowerStanding))}
    opened = set(session.scalars(select(Case.borrower_id).where(Case.closed_on.is_(None))))
    found = {}
    for borrower_id in everybody:
        told = history(session, borrower_id)
        found[borrower_id] = (
            {name: getattr(rows[borrower_id], name) for name in _COLUMNS if name != "as_of"},
            [replace(move, correction=move.correction and 1) for move in told.moves],
            [
                (
                    one.from_on,
                    one.cause,
                    *(
                        [replace(move, correction=0, superseded_by=0) for move in moves]
                        for moves in (one.superseded, one.instead)
                    ),
                )
                for one in told.corrections
            ],
            borrower_id in opened,
        )
    return found


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(1, 30), UTC)


@pytest.mark.parametrize("seed", range(6))
def test_night_by_night_is_the_same_as_all_at_once(database: Database, world: World, seed: int) -> None:
    with database.writer() as session:
        portfolio(session, world, Random(seed))
        standings.recompute(session, act=world.act(None), borrower_ids=session.scalars(select(Borrower.id)).all())
        for day in (date(2026, 11, 23) + timedelta(days=n) for n in range(75)):
            act = world.act(None, _morning(day))
            standing_batches.sweep(session, act=act, as_of=day)
            assert standing_batches.sweep(session, act=act, as_of=day) == 0
            kept = {
                row.borrower_id: {name: getattr(row, name) for name in _NAMES}
                for row in session.scalars(select(BorrowerStanding))
            }
            for borrower_id, facts in facts_of(session, list(kept), day).items():
                expected = standings.row_of(borrower_id, stand(facts, day))
                if expected["clock_stopped"]:  # these days grow with the calendar and are worked out from as_of
                    expected["days_removed"] = kept[borrower_id]["days_removed"]
                assert kept[borrower_id] == {name: expected[name] for name in _NAMES}, (day, borrower_id)
        history = session.scalar(select(func.count()).select_from(StandingChange))
        assert standing_batches.rebuild(session, act=act) == 0
        assert session.scalar(select(func.count()).select_from(StandingChange)) == history
        session.rollback()
