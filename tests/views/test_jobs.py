"""The task centre: who sees what, the bar, the button, and the queue behind it."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models.database import Database
from models.jobs import Job
from models.rules.jobs import JobKind, JobState
from models.rules.refusals import Refused
from portal.jobs.plans import failure
from portal.services import jobs
from tests.conftest import sign_in
from tests.world import World

pytestmark = pytest.mark.usefixtures("time_is")


@pytest.fixture
def job_id(database: Database, world: World) -> int:
    """A batch of the member, a quarter done after a minute."""
    with database.write() as session:
        job = jobs.ask(
            session,
            act=world.act("member"),
            kind=JobKind.NOTICE_BATCH,
            key="notice-batch:1",
            title="东湾 2026",
            arguments={"batch_id": 1},
            total=400,
        )
        jobs.start(session, act=world.act(None), key=job.key, total=400)
        failures = [
            failure("No. 7"),
            failure("No. 9", Refused("Nothing is overdue any more: no notice is issued.")),
            failure(
                "",
                Refused("%(rows)s rows are wrong, and this list is to go in whole: mend it and send it again.", rows=3),
            ),
        ]
        jobs.report(session, key=job.key, done=97, failed=3, failures=failures, result_url="/notices/batches/1")
        return job.id


def _body(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_who_asked_sees_the_bar_and_the_button(client: FlaskClient, job_id: int) -> None:
    sign_in(client, "member")
    assert "东湾 2026" in _body(client, "/jobs")
    page = _body(client, f"/jobs/{job_id}")
    assert 'value="100" max="400"' in page
    assert f'action="/jobs/{job_id}/cancel"' in page
    assert "progress.js" in page
    assert page.count("<h1") == 1
    assert "style=" not in page


def test_what_was_not_done_is_said_in_the_readers_language(client: FlaskClient, job_id: int) -> None:
    sign_in(client, "member")
    page = _body(client, f"/jobs/{job_id}")
    assert "<li>No. 7</li>" in page
    assert "<li>No. 9：已无逾期" in page
    assert "有 3 行" in page
    assert "No. 9: " not in page


def test_the_centre_sees_all_and_the_administrator_no_contents(client: FlaskClient, job_id: int) -> None:
    sign_in(client, "centre")
    assert "东湾 2026" in _body(client, "/jobs")
    assert f'action="/jobs/{job_id}/cancel"' in _body(client, f"/jobs/{job_id}")
    client.post("/sign-out")
    sign_in(client, "admin")
    for path in ("/jobs", f"/jobs/{job_id}"):
        page = _body(client, path)
        assert "东湾" not in page
        assert "No. 7" not in page
        assert "/notices/batches" not in page
    assert "/cancel" not in _body(client, f"/jobs/{job_id}")


@pytest.mark.parametrize("who", ["member2", "deputy", "leader"])
def test_a_colleague_s_job_looks_like_missing(client: FlaskClient, job_id: int, who: str) -> None:
    sign_in(client, who)
    assert "东湾 2026" not in _body(client, "/jobs")
    _body(client, f"/jobs/{job_id}", 404)
    _body(client, f"/jobs/{job_id}/progress", 404)
    assert client.post(f"/jobs/{job_id}/cancel").status_code == 404


@pytest.mark.parametrize("who", ["township", "auditor"])
def test_others_have_no_task_centre(client: FlaskClient, job_id: int, who: str) -> None:
    sign_in(client, who)
    _body(client, "/jobs", 403)
    _body(client, f"/jobs/{job_id}", 403)


def test_an_open_page_is_told_how_far_it_is(
    client: FlaskClient, job_id: int, database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, "member")
    with database.write() as session:
        found = session.get_one(Job, job_id)
        assert found.started_at is not None
        found.started_at = found.started_at.replace(hour=found.started_at.hour - 1)  # an hour for a quarter of it
    told = client.get(f"/jobs/{job_id}/progress", headers={"Accept-Language": "en"}).get_json()
    assert (told["processed"], told["total"], told["is_ended"]) == (100, 400, False)
    assert told["text"] == "100 of 400 · 3 not done · about 3 hours left"


def test_the_button_stops_the_job(client: FlaskClient, job_id: int, database: Database) -> None:
    sign_in(client, "member")
    answer = client.post(f"/jobs/{job_id}/cancel")
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job_id}")
    with database.reader() as session:
        assert session.get_one(Job, job_id).cancel_asked
    assert "/cancel" not in _body(client, f"/jobs/{job_id}")


def test_an_ended_job_leads_to_its_result(client: FlaskClient, job_id: int, database: Database) -> None:
    with database.write() as session:
        session.get_one(Job, job_id).state = JobState.DONE
    sign_in(client, "member")
    page = _body(client, f"/jobs/{job_id}")
    assert 'href="/notices/batches/1"' in page
    assert "progress.js" not in page
    assert "/cancel" not in page


def test_old_jobs_are_on_further_pages(client: FlaskClient, database: Database, world: World) -> None:
    with database.write() as session:
        for number in range(60):
            jobs.ask(
                session,
                act=world.act("member"),
                kind=JobKind.IMPORT,
                key=f"i:{number}",
                title=f"<b>{number}",
                arguments={},
            )
    sign_in(client, "member")
    page = _body(client, "/jobs")
    assert page.count("&lt;b&gt;") == 50
    assert "<b>" not in page
    assert "/jobs?before=11" in page
    assert _body(client, "/jobs?before=11").count("&lt;b&gt;") == 10


def test_an_act_succeeds_although_no_worker_has_ever_run(
    client: FlaskClient, app: Flask, database: Database, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with database.write() as session:
        waiting = jobs.ask(
            session, act=world.act("member"), kind=JobKind.IMPORT, key="import:1", title="", arguments={}
        )
    with caplog.at_level(logging.WARNING, "portal.jobs"):
        sign_in(client, "member")
    assert "jobs wait for a worker's next round" in caplog.text
    with database.reader() as session:
        assert session.get_one(Job, waiting.id).state is JobState.WAITING
