"""What time alone changes, and that doing it again changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from models.accounts import SignInFailure, SubmitKey, UserSession
from models.casework import Case, Task
from models.database import Database
from models.events import Event
from models.rates import RateSnapshot
from models.rules.casework import CaseStage, TaskKind
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from models.tables import METADATA
from portal.jobs.nightly import ask_for_nights, in_foreground
from portal.services import nightly, tasks
from tests.world import World

AFTER_THE_DUE_DAY = date(2026, 12, 22)  # instalments fall due on 20 December


def _everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.reader() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in METADATA.sorted_tables
        }


def test_a_night_done_twice_is_a_night_done_once(database: Database, world: World) -> None:
    first = in_foreground(database, AFTER_THE_DUE_DAY)
    assert list(first) == list(nightly.STEPS)
    assert first["standings"] > 0
    assert first["snapshot"] > 0
    after = _everything(database)
    assert in_foreground(database, AFTER_THE_DUE_DAY) == dict.fromkeys(nightly.STEPS, 0)
    assert _everything(database) == after


def test_whoever_misses_the_due_day_is_overdue_the_next(database: Database, world: World) -> None:
    current = world.borrowers["current"].id
    with database.reader() as session:
        before = session.get_one(BorrowerStanding, current)
        assert before.state is not StandingState.OVERDUE
        assert before.next_due_on is not None
        night = before.next_due_on + timedelta(days=1)
    in_foreground(database, night)
    with database.reader() as session:
        assert session.get_one(BorrowerStanding, current).state is StandingState.OVERDUE
        assert session.scalar(select(func.count()).where(Case.borrower_id == current, Case.closed_on.is_(None))) == 1
        task = session.scalars(select(Task).where(Task.borrower_id == current)).one()
        assert (task.kind, task.done_at) == (TaskKind.FIRST_CONTACT, None)
        assert task.due_on > night
        assert task.due_on.weekday() < 5


def test_who_was_contacted_needs_no_first_contact(database: Database, world: World) -> None:
    with database.write() as session:
        for case in session.scalars(select(Case)):
            case.stage = CaseStage.CONTACTED
    assert in_foreground(database, world.at.date())["first_contacts"] == 0


def test_thanks_that_would_come_too_late_lapse(database: Database, world: World) -> None:
    """A list of payments asks for hundreds; left open, they bury what helps to collect, and none is said a month later."""
    day = world.at.date()
    act = world.act(None)
    with database.write() as session:
        for who, kind, days in (
            ("current", TaskKind.THANK, 11),
            ("overdue", TaskKind.THANK, 10),
            ("overdue_long", TaskKind.CALL_BACK, 11),
        ):
            due_on = day - timedelta(days=days)
            tasks.ask(session, act=act, borrower_id=world.borrowers[who].id, kind=kind, due_on=due_on)
    assert in_foreground(database, day)["thanks"] == 1
    with database.reader() as session:
        wanted = select(Task.borrower_id).where(Task.done_at.is_(None), Task.due_on < day).order_by(Task.id)
        assert session.scalars(wanted).all() == [world.borrowers[who].id for who in ("overdue", "overdue_long")]
        assert session.scalars(select(Event.borrower_id).where(Event.tag == "task:dropped")).all() == [
            world.borrowers["current"].id
        ]


def test_each_night_keeps_its_own_snapshot(database: Database, world: World) -> None:
    days = (world.at.date(), world.at.date() + timedelta(days=1))
    for day in days:
        in_foreground(database, day)
    with database.reader() as session:
        assert tuple(session.scalars(select(RateSnapshot.as_of).distinct().order_by(RateSnapshot.as_of))) == days


def test_only_old_keys_and_sign_ins_are_cleared_away(database: Database, world: World) -> None:
    night = nightly.moment(world.at.date())
    user = world.users["member"].id
    with database.write() as session:
        for name, days in (("old", 40), ("new", 1)):
            at = night - timedelta(days=days)
            session.add(SubmitKey(key=name, user_id=user, used_at=at, location=""))
            session.add(SignInFailure(username=name, source="192.0.2.1", at=at))
            session.add(UserSession(key_hash=name, user_id=user, created_at=at, last_seen_at=at))
    assert in_foreground(database, world.at.date())["clean_up"] == 3
    with database.reader() as session:
        assert session.scalars(select(SubmitKey.key)).all() == ["new"]
        assert session.scalars(select(SignInFailure.username)).all() == ["new"]
        assert session.scalars(select(UserSession.key_hash)).all() == ["new"]


def test_missed_nights_are_asked_for_in_order_and_once(database: Database, world: World) -> None:
    def ask(until: date) -> list[str]:
        with database.write() as session:
            return ask_for_nights(session, act=world.act(None), until=until)

    day = date(2026, 11, 23)
    assert ask(day) == ["nightly:2026-11-23"]  # a fresh installation has missed nothing
    assert ask(day) == []
    assert ask(day + timedelta(days=3)) == [f"nightly:2026-11-{number}" for number in (24, 25, 26)]
    assert ask(day) == []  # a clock that goes backwards asks for nothing
    assert len(ask(date(2027, 6, 1))) == 31
