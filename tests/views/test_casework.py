from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select

from models.borrowers import ContactPoint
from models.casework import Contact, Promise, Question, Task
from models.database import Database
from models.rules.casework import TaskKind
from portal.services import tasks
from tests.conftest import NOW, sign_in
from tests.world import World


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def member(client: FlaskClient, world: World) -> FlaskClient:
    client.post("/language", data={"language": "en"})
    return sign_in(client, "member")


@pytest.fixture
def point(database: Database, world: World) -> int:
    with database.reader() as session:
        return session.scalars(
            select(ContactPoint.id).where(ContactPoint.borrower_id == world.borrowers["overdue"].id)
        ).one()


def told(point: int, /, **changes: str) -> dict[str, str]:
    return {
        "method": "call",
        "point": str(point),
        "at": "2026-11-23T09:30",
        "reached": "borrower",
        "outcome": "promised",
        "promised_amount": "500",
        "promised_for": "2026-12-05",
        "cause": "lost_card",
        "next_step": "call_again",
        "next_step_on": "2026-12-06",
        "note": "Wants a new card first.",
        "submit_key": "key",
        **changes,
    }


def count(database: Database, table: type) -> int:
    with database.reader() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def test_the_form_starts_with_now_and_the_number_to_try_first(member: FlaskClient, world: World, point: int) -> None:
    page = member.get(f"/borrowers/{world.borrowers['overdue'].id}/contacts/new").get_data(as_text=True)
    assert 'value="2026-11-23T10:00"' in page
    assert f'<option selected value="{point}">133****0001' in page
    assert page.count('value="no_answer"') == 1
    assert "Why the limits could not be kept" not in page


def test_sent_twice_is_done_once(member: FlaskClient, world: World, database: Database, point: int) -> None:
    url = f"/borrowers/{world.borrowers['overdue'].id}/contacts/new"
    for _ in range(2):
        answer = member.post(url, data=told(point))
        assert answer.status_code == 303
        assert answer.location == f"/borrowers/{world.borrowers['overdue'].id}"
    assert count(database, Contact) == count(database, Promise) == 1
    page = member.get(f"/borrowers/{world.borrowers['overdue'].id}").get_data(as_text=True)
    assert "Wants a new card first." in page
    assert "Outcome：promised to pay" in page
    assert "call back" in page
    assert "甲一鸣" in member.get("/promises").get_data(as_text=True)


def test_a_broken_limit_is_said_and_nothing_typed_is_lost(
    member: FlaskClient, world: World, database: Database, point: int
) -> None:
    url = f"/borrowers/{world.borrowers['overdue'].id}/contacts/new"
    answer = member.post(url, data=told(point, at="2026-11-22T22:30"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "between 08:00 and 22:00" in page
    assert 'name="breach_reason"' in page
    assert "Wants a new card first." in page
    assert 'value="2026-11-22T22:30"' in page
    assert count(database, Contact) == 0
    reason = "The borrower asked to be called after the late shift."
    assert member.post(url, data=told(point, at="2026-11-22T22:30", breach_reason=reason)).status_code == 303
    assert count(database, Contact) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"reached": "nobody"},
        {"promised_amount": "", "promised_for": ""},
        {"at": "2026-11-24T09:30"},
        {"at": "soon"},
        {"point": "999999"},
        {"method": "pigeon"},
        {"promised_amount": "many"},
    ],
)
def test_what_cannot_be_is_mended_in_the_form(
    member: FlaskClient, world: World, database: Database, point: int, changes: dict[str, str]
) -> None:
    url = f"/borrowers/{world.borrowers['overdue'].id}/contacts/new"
    answer = member.post(url, data=told(point, **changes))
    assert answer.status_code == 422
    assert "error-summary" in answer.get_data(as_text=True)
    assert count(database, Contact) == 0


def test_contact_points(member: FlaskClient, world: World, database: Database, point: int) -> None:
    base = f"/borrowers/{world.borrowers['overdue'].id}/points"
    bad = member.post(f"{base}/new", data={"kind": "phone", "text": "1", "owner": "borrower", "source": "family"})
    assert bad.status_code == 422
    banks = member.post(
        f"{base}/new", data={"kind": "phone", "text": "13900000000", "owner": "borrower", "source": "bank"}
    )
    assert banks.status_code == 422
    new = {"text": "13900000000", "source": "borrower", "reason": "changed number"}
    assert member.get(f"{base}/{point}/replace").status_code == 200
    assert member.post(f"{base}/{point}/replace", data=new).status_code == 303
    with database.reader() as session:
        added = session.scalars(select(ContactPoint.id).where(ContactPoint.masked == "139****0000")).one()
    assert member.get(f"{base}/{added}/end").status_code == 200
    assert member.post(f"{base}/{added}/end", data={"reason": "wrong person"}).status_code == 303
    page = member.get(f"/borrowers/{world.borrowers['overdue'].id}").get_data(as_text=True)
    assert page.count("no longer used") >= 2
    assert "13900000000" not in page
    assert member.get(f"{base}/999999/end").status_code == 404


def test_questions_and_tasks(member: FlaskClient, world: World, database: Database) -> None:
    borrower = world.borrowers["overdue"].id
    assert member.post(f"/borrowers/{borrower}/questions/new", data={"text": "May I pay early?"}).status_code == 303
    with database.write() as session:
        question = session.scalars(select(Question.id)).one()
        day = NOW.date()
        task = tasks.ask(session, act=world.act(None), borrower_id=borrower, kind=TaskKind.VISIT, due_on=day).id
    assert "May I pay early?" in member.get(f"/borrowers/{borrower}/questions/{question}").get_data(as_text=True)
    answer = member.post(f"/borrowers/{borrower}/questions/{question}", data={"text": "Yes."})
    assert answer.status_code == 303
    assert member.get(f"/borrowers/{borrower}/questions/{question}").status_code == 404
    assert member.post(f"/tasks/{task}/done").status_code == 303
    assert member.post("/tasks/999999/done").status_code == 404
    with database.reader() as session:
        assert session.get_one(Task, task).done_at == NOW


def test_tasks_out_of_reach(client: FlaskClient, world: World, database: Database) -> None:
    with database.write() as session:
        borrower = world.borrowers["overdue"].id
        task = tasks.ask(session, act=world.act(None), borrower_id=borrower, kind=TaskKind.VISIT, due_on=NOW.date()).id
    sign_in(client, "member_b")
    assert client.post(f"/tasks/{task}/done").status_code == 404


def test_tasks_that_are_due_say_what_is_to_be_done(member: FlaskClient, world: World, database: Database) -> None:
    """The first page counts tasks; a list of names alone would leave a person to open each for what it asks."""
    asked = (
        ("overdue", TaskKind.CALL_BACK, "2026-11-20", "after the late shift"),
        ("current", TaskKind.THANK, "2026-11-10", ""),
        ("overdue_long", TaskKind.VISIT, "2026-11-24", ""),  # tomorrow
        ("colleague", TaskKind.CALL_BACK, "2026-11-20", ""),  # another member's village
    )
    with database.write() as session:
        for whose, kind, day, reason in asked:
            session.add(
                Task(
                    borrower_id=world.borrowers[whose].id,
                    kind=kind,
                    due_on=date.fromisoformat(day),
                    reason=reason,
                    created_at=NOW,
                )
            )
    assert '<a href="/tasks">2 tasks are due</a>' in member.get("/").get_data(as_text=True)
    page = member.get("/tasks").get_data(as_text=True)
    assert "2 tasks, longest due first, thanks last" in page
    assert page.index("甲一鸣") < page.index("after the late shift") < page.index("乙一凡")
    assert "Next due 2026-12-20" in page
    assert "甲二平" not in page
    assert "丙一山" not in page
    thanks = member.get("/tasks?kind=thank&page=99999999999999999999").get_data(as_text=True)
    assert "乙一凡" in thanks
    assert "甲一鸣" not in thanks
    assert "Nothing of this kind is due" in member.get("/tasks?kind=visit").get_data(as_text=True)


def test_no_task_says_what_will_bring_one(member: FlaskClient) -> None:
    assert "No task is due" in member.get("/tasks").get_data(as_text=True)
