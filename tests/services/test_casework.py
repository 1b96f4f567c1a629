from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from models.borrowers import Borrower, ContactPoint
from models.casework import Question, Task
from models.database import Database
from models.events import Event
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.casework import TaskKind
from models.rules.refusals import NotVisible, Refused
from portal.queries.contact_points import points
from portal.services import borrowers, casework, contact_points, tasks
from tests.world import World


def add(database: Database, world: World, text: str, source: ContactSource, kind: ContactKind) -> int:
    with database.write() as session:
        return contact_points.add(
            session,
            act=world.act("member"),
            borrower_id=world.borrowers["overdue"].id,
            kind=kind,
            text=text,
            owner=ContactOwner.BORROWER,
            source=source,
        ).id


def shown(database: Database, world: World) -> list[tuple[str, str]]:
    with database.reader() as session:
        found = points(session, world.borrowers["overdue"].id)
        return [(point.masked, point.confidence.value) for point in found]


def test_what_was_verified_beats_the_bank(database: Database, world: World) -> None:
    add(database, world, "13900000000", ContactSource.BORROWER, ContactKind.PHONE)
    add(database, world, "演示区山前镇东湾村一组3号", ContactSource.VILLAGE, ContactKind.ADDRESS)
    assert shown(database, world) == [
        ("139****0000", "untried"),
        ("演示区山前镇***", "untried"),
        ("133****0001", "untried"),
    ]


def test_replace_and_end(database: Database, world: World) -> None:
    borrower = world.borrowers["overdue"].id
    with database.reader() as session:
        old = session.scalars(select(ContactPoint.id).where(ContactPoint.borrower_id == borrower)).one()
    with database.write() as session:
        new = contact_points.replace(
            session,
            act=world.act("member"),
            borrower_id=borrower,
            point_id=old,
            text="0913-8200000",
            source=ContactSource.FAMILY,
            reason="changed",
        )
        assert new.value == "0913-8200000"
    assert shown(database, world) == [("0913-***0000", "untried"), ("133****0001", "ended")]
    with database.write() as session, pytest.raises(Refused, match="no longer in use"):
        contact_points.end(session, act=world.act("member"), borrower_id=borrower, point_id=old, reason="again")
    taken_up = add(database, world, world.phones["overdue"], ContactSource.BORROWER, ContactKind.PHONE)
    assert taken_up == old
    with database.reader() as session:
        for event in session.scalars(select(Event).where(Event.tag.startswith("contact_point:"))):
            assert "8200000" not in str(event.facts)


@pytest.mark.parametrize("text", ["", "12", "not a number", "138001380001"])
def test_what_is_no_number_is_refused(database: Database, world: World, text: str) -> None:
    with pytest.raises(Refused):
        add(database, world, text, ContactSource.BORROWER, ContactKind.PHONE)


def test_the_same_number_twice_is_refused(database: Database, world: World) -> None:
    with pytest.raises(Refused, match="already"):
        add(database, world, world.phones["overdue"], ContactSource.BORROWER, ContactKind.PHONE)


def test_verify_says_who_when_and_with_whom(database: Database, world: World) -> None:
    with database.write() as session:
        borrowers.verify(
            session,
            act=world.act("member"),
            borrower_id=world.borrowers["overdue"].id,
            source="school file",
            is_out_of_touch=True,
        )
    with database.reader() as session:
        row = session.get_one(Borrower, world.borrowers["overdue"].id)
        assert (row.verified_at, row.verified_source) == (world.at, "school file")
        assert row.verified_by_id == world.users["member"].id
        assert row.is_out_of_touch


def test_full_numbers_are_few_in_a_while(database: Database, world: World) -> None:
    borrower = world.borrowers["overdue"].id
    for second in range(borrowers.REVEALS_ALLOWED):
        with database.write() as session:
            act = world.act("member", world.at + timedelta(seconds=second))
            found = borrowers.reveal_id(session, act=act, borrower_id=borrower, reason="for the notice")
            assert found == world.id_numbers["overdue"]
    with database.write() as session:
        soon = world.act("member", world.at + timedelta(minutes=1))
        with pytest.raises(Refused, match="ten minutes"):
            borrowers.reveal_id(session, act=soon, borrower_id=borrower, reason="for the notice")
        later = world.act("member", world.at + timedelta(minutes=11))
        borrowers.reveal_id(session, act=later, borrower_id=borrower, reason="for the notice")


def test_a_point_is_revealed_of_its_own_borrower_only(database: Database, world: World) -> None:
    own, other = world.borrowers["overdue"].id, world.borrowers["overdue_long"].id
    with database.write() as session:
        point = session.scalars(select(ContactPoint.id).where(ContactPoint.borrower_id == own)).one()
        act = world.act("member")
        shown_value = borrowers.reveal_point(
            session, act=act, borrower_id=own, point_id=point, reason="to call from my own phone"
        )
        assert shown_value == world.phones["overdue"]
        with pytest.raises(NotVisible):
            borrowers.reveal_point(session, act=act, borrower_id=other, point_id=point, reason="the same again")
        with pytest.raises(NotVisible):
            borrowers.reveal_id(session, act=world.act("member_b"), borrower_id=own, reason="curious today")


def test_a_question_waits_until_it_is_answered(database: Database, world: World) -> None:
    borrower = world.borrowers["overdue"].id
    with database.write() as session:
        act = world.act("member")
        question = casework.ask_question(session, act=act, borrower_id=borrower, text=" Can I pay early? ")
        casework.answer_question(session, act=act, question_id=question.id, text="Yes, until the 10th.")
        with pytest.raises(Refused, match="already"):
            casework.answer_question(session, act=act, question_id=question.id, text="Yes.")
        with pytest.raises(NotVisible):
            casework.answer_question(session, act=world.act("member2"), question_id=question.id, text="No.")
    with database.reader() as session:
        row = session.scalars(select(Question)).one()
        assert (row.asked_text, row.answered_on) == ("Can I pay early?", date(2026, 11, 23))


def test_a_task_is_asked_once_and_done_once(database: Database, world: World) -> None:
    borrower = world.borrowers["overdue"].id
    with database.write() as session:
        for day in (date(2026, 12, 1), date(2026, 11, 25), date(2026, 12, 9)):
            tasks.ask(session, act=world.act(None), borrower_id=borrower, kind=TaskKind.VISIT, due_on=day)
    with database.write() as session:
        task = session.scalars(select(Task)).one()
        assert task.due_on == date(2026, 11, 25)
        with pytest.raises(NotVisible):
            tasks.finish(session, act=world.act("member_b"), task_id=task.id)
        tasks.finish(session, act=world.act("member"), task_id=task.id)
        with pytest.raises(Refused, match="done already"):
            tasks.finish(session, act=world.act("member"), task_id=task.id)
