"""Copies of lists are kept for years after the relation ends, and destroyed only by two people, on record."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from models.database import Database
from models.events import Event
from models.imports import Destruction, ImportRow
from models.loans import Loan
from models.rules.imports import ImportKind
from models.rules.permissions import Role
from models.rules.refusals import NotVisible, Refused
from portal.actors import Act, Actor
from portal.queries.retention import clock, run_out
from portal.services import accounts, fsck, retention
from portal.services.imports import originals, store
from tests import books
from tests.services.test_imports import Desk, desk, roster_desk

__all__ = ["desk", "roster_desk"]  # fixtures

SETTLED = date(2030, 9, 20)
OVER = date(2035, 9, 21)
LATE = datetime.fromisoformat("2035-09-21T10:00:00+08:00")


def settle(database: Database, *, but: int | None = None) -> None:
    with database.write() as session:
        session.execute(update(Loan).values(settled_on=SETTLED))
        if but is not None:
            session.execute(update(Loan).where(Loan.contract_no == f"HT{but:06d}").values(settled_on=None))


def official(desk: Desk, name: str) -> Act:
    with desk.database.write() as session:
        user = accounts.add_user(
            session, act=desk.act, username=name, name=name, role=Role.CENTRE, password="village-school-2026",
            must_change_password=False,
        )  # fmt: skip
        return Act(Actor(user.id, user.name, user.role), LATE)


def roster_id(desk: Desk) -> int:
    with desk.database.reader() as session:
        return session.scalars(select(func.max(ImportRow.batch_id))).one()


@pytest.mark.parametrize(
    ("today", "until"), [(date(2031, 11, 24), None), (date(2035, 9, 20), date(2035, 9, 20)), (OVER, date(2035, 9, 20))]
)
def test_the_clock_runs_from_the_last_contract_paid_off(roster_desk: Desk, today: date, until: date | None) -> None:
    settle(roster_desk.database, but=2 if until is None else None)
    with roster_desk.database.reader() as session:
        found = clock(session, roster_id(roster_desk), today, 5)
        assert (found.until, found.is_over) == (until, today == OVER)
        assert found.earliest == date(2031, 11, 23)


def test_an_unchanged_row_keeps_the_list_too(roster_desk: Desk) -> None:
    """A list is about everybody on it, not only about whom it changed."""
    again = roster_desk.load(ImportKind.ROSTER, books.roster(books.contract(1), books.contract(2)))
    assert again.unchanged == 2
    settle(roster_desk.database, but=2)
    with roster_desk.database.reader() as session:
        assert clock(session, again.id, OVER, 5).until is None


def test_two_people_destroy_it_and_the_record_stays(roster_desk: Desk) -> None:
    settle(roster_desk.database)
    first, second = official(roster_desk, "first"), official(roster_desk, "second")
    batch_id = roster_id(roster_desk)
    places = store.Places.of(roster_desk.data_dir)
    with roster_desk.database.write() as session:
        assert batch_id in [one.batch_id for one in run_out(session, OVER, 5)]
        retention.ask(session, act=first, batch_id=batch_id, reason="保存期满", years=5)
    with pytest.raises(Refused, match="another person"), roster_desk.database.write() as session:
        retention.carry_out(session, act=first, batch_id=batch_id, years=5)
    assert originals.remove(roster_desk.database, places) == 0  # asked for is not done
    with roster_desk.database.write() as session:
        retention.carry_out(session, act=second, batch_id=batch_id, years=5)
    batch = roster_desk.batch(batch_id)
    assert batch.rows == 5
    assert (places.first / batch.sha256).exists()
    with roster_desk.database.reader() as session:
        assert [one.what for one in fsck.copies(session, places)] == [
            "is destroyed on record and a copy is still there"
        ]
    assert originals.remove(roster_desk.database, places) == 1
    with roster_desk.database.reader() as session:
        assert fsck.copies(session, places) == []
        assert fsck.check(session, OVER)["imports"] == []
        assert session.scalar(select(func.count()).select_from(ImportRow).where(ImportRow.batch_id == batch_id)) == 0
        assert batch_id not in [one.batch_id for one in run_out(session, OVER, 5)]
        tags = session.scalars(select(Event.tag).where(Event.subject == f"import/{batch_id}").order_by(Event.id)).all()
        assert tags[-2:] == ["import:destruction_asked", "import:destroyed"]
    with pytest.raises(Refused, match="destroyed already"), roster_desk.database.write() as session:
        retention.withdraw(session, act=second, batch_id=batch_id)
    with pytest.raises(DBAPIError), roster_desk.database.write() as session:
        session.execute(text("UPDATE destructions SET destroyed_by_id = asked_by_id"))


def test_nothing_is_asked_before_its_time_and_what_is_asked_may_be_withdrawn(roster_desk: Desk) -> None:
    settle(roster_desk.database, but=1)
    first, second = official(roster_desk, "first"), official(roster_desk, "second")
    batch_id = roster_id(roster_desk)
    with pytest.raises(Refused, match="not over"), roster_desk.database.write() as session:
        retention.ask(session, act=first, batch_id=batch_id, reason="保存期满", years=5)
    settle(roster_desk.database)
    with roster_desk.database.write() as session:
        retention.ask(session, act=first, batch_id=batch_id, reason="保存期满", years=5)
    with pytest.raises(Refused, match="asked for already"), roster_desk.database.write() as session:
        retention.ask(session, act=second, batch_id=batch_id, reason="保存期满", years=5)
    settle(roster_desk.database, but=1)  # a contract turned out to be open
    with pytest.raises(Refused, match="not over"), roster_desk.database.write() as session:
        retention.carry_out(session, act=second, batch_id=batch_id, years=5)
    with roster_desk.database.write() as session:
        retention.withdraw(session, act=second, batch_id=batch_id)
        assert session.get(Destruction, batch_id) is None
    with pytest.raises(NotVisible), roster_desk.database.write() as session:
        retention.carry_out(session, act=second, batch_id=batch_id, years=5)


def test_the_organisation_is_kept_from_its_last_use(desk: Desk) -> None:
    with desk.database.reader() as session:
        found = clock(session, 1, date(2031, 11, 24), 5)
        assert (found.until, found.is_over) == (date(2031, 11, 23), True)
