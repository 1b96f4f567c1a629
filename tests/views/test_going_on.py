"""A batch that was stopped goes on with the rest: who may ask for it, what is checked again, what is refused."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from config import Settings
from models.database import Database
from models.events import Event
from models.jobs import Job
from models.notices import Notice, NoticeBatch, NoticeBatchItem
from models.papers import IssuedPaper, PaperBatch
from models.rules.jobs import JobState
from models.rules.refusals import NotVisible
from portal.services import notice_batches
from tests.conftest import sign_in, work_off
from tests.world import World

pytestmark = pytest.mark.usefixtures("time_is")

NOTICES, PAPERS = "/notices/batches/new", "/papers/batches/reminders"


def job(database: Database) -> Job:
    with database.reader() as session:
        return session.scalars(select(Job)).one()


def count(database: Database, table: type) -> int:
    with database.reader() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def stopped(client: FlaskClient, database: Database, path: str, by: str) -> str:
    """Ask for a batch, stop it before anything is made, sign out; returns its address."""
    sign_in(client, by)
    batch: str = client.post(path, data={}).location
    assert client.post(f"/jobs/{job(database).id}/cancel").status_code == 303
    client.post("/sign-out")
    return batch


@pytest.mark.parametrize(
    ("path", "table", "noun", "people"), [(NOTICES, Notice, "notice", 5), (PAPERS, IssuedPaper, "paper", 2)]
)
def test_the_same_batch_goes_on_as_a_new_task(
    client: FlaskClient,
    database: Database,
    settings: Settings,
    world: World,
    path: str,
    table: type,
    noun: str,
    people: int,
) -> None:
    batch = stopped(client, database, path, "centre")
    sign_in(client, "centre")
    page = client.get(batch).get_data(as_text=True)
    assert f'action="{batch}/go-on"' in page
    assert "继续处理其余人员" in page
    answer = client.post(f"{batch}/go-on", data={"submit_key": "g1"})
    assert (answer.status_code, answer.location) == (303, batch)
    assert client.post(f"{batch}/go-on", data={"submit_key": "g1"}).status_code == 303  # a double click is one
    assert client.post(f"{batch}/go-on", data={"submit_key": "g2"}).status_code == 409  # it is under way
    page = client.get(batch).get_data(as_text=True)
    assert f'action="{batch}/go-on"' not in page
    assert "data-progress=" in page
    assert len(work_off(database, settings)) == 1
    assert (job(database).state, job(database).attempt, job(database).done) == (JobState.DONE, 2, people)
    assert count(database, table) == people
    assert count(database, NoticeBatch if noun == "notice" else PaperBatch) == 1
    with database.reader() as session:
        facts = session.scalars(select(Event.facts).where(Event.tag == f"{noun}-batch:resumed")).all()
    assert list(facts) == [{"waiting": people}]
    assert client.post(f"{batch}/go-on", data={}).status_code == 409  # nothing was stopped


@pytest.mark.parametrize("path", [NOTICES, PAPERS])
@pytest.mark.parametrize(
    ("username", "status"),
    [
        ("leader", 303),  # who asked for it
        ("centre", 303),
        ("deputy", 404),  # sees the batch, but it is another's
        ("member", 404),
        ("member_b", 404),
        ("township", 403),
        ("admin", 403),
        ("auditor", 403),
    ],
)
def test_who_may_go_on(
    client: FlaskClient, database: Database, world: World, path: str, username: str, status: int
) -> None:
    batch = stopped(client, database, path, "leader")
    sign_in(client, username)
    page = client.get(batch)
    assert (f'action="{batch}/go-on"' in page.get_data(as_text=True)) == (status == 303)
    assert client.post(f"{batch}/go-on", data={}).status_code == status
    assert job(database).state is (JobState.WAITING if status == 303 else JobState.CANCELLED)


def test_everybody_is_checked_again_and_who_had_a_turn_is_left_alone(
    client: FlaskClient, database: Database, settings: Settings, world: World
) -> None:
    batch = stopped(client, database, NOTICES, "centre")
    batch_id = int(batch.rpartition("/")[2])
    with database.reader() as session:
        first, second, *_rest = session.scalars(
            select(NoticeBatchItem.borrower_id)
            .where(NoticeBatchItem.batch_id == batch_id, NoticeBatchItem.dropped_reason == "")
            .order_by(NoticeBatchItem.position)
        ).all()
    sign_in(client, "centre")
    assert client.post(f"/borrowers/{first}/notices", data={}).status_code == 303  # meanwhile, by hand
    terms = notice_batches.Terms(settings.public_url, settings.data_fresh_days)
    had = notice_batches.issue_items(
        database, act=world.act("centre"), batch_id=batch_id, borrower_ids=[second], terms=terms
    )
    assert not had
    assert client.post(f"{batch}/go-on", data={}).status_code == 303
    assert job(database).total == 4
    work_off(database, settings)
    assert (job(database).done, job(database).failed) == (3, 1)
    with database.reader() as session:
        item = session.get_one(NoticeBatchItem, (batch_id, first))
        assert item.notice_id is None
        assert item.dropped_reason
        assert session.scalars(select(func.count()).select_from(Notice)).one() == 5
        assert session.get_one(NoticeBatch, batch_id).finished_at is not None


def test_a_batch_in_which_nobody_waits_does_not_go_on(
    client: FlaskClient, database: Database, settings: Settings, world: World
) -> None:
    batch = stopped(client, database, NOTICES, "centre")
    with database.write() as session:
        for item in session.scalars(select(NoticeBatchItem)):
            item.dropped_reason = item.dropped_reason or "x"
    sign_in(client, "centre")
    assert f'action="{batch}/go-on"' not in client.get(batch).get_data(as_text=True)
    assert client.post(f"{batch}/go-on", data={}).status_code == 409
    assert job(database).state is JobState.CANCELLED
    with pytest.raises(NotVisible), database.write() as session:
        notice_batches.go_on(session, act=world.act("centre"), batch_id=999)
