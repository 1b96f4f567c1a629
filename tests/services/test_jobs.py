"""Asking for work, telling how far it is, stopping it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from models.database import Database
from models.events import Event
from models.jobs import Job
from models.rules.jobs import JobKind, JobState, JobStep
from models.rules.refusals import NotVisible, Refused
from portal.services import jobs
from tests.world import World


def _ask(database: Database, world: World, who: str | None = "member", key: str = "notice-batch:1") -> int:
    with database.write() as session:
        return jobs.ask(
            session,
            act=world.act(who),
            kind=JobKind.NIGHTLY if key.startswith("nightly") else JobKind.NOTICE_BATCH,
            key=key,
            title="village",
            arguments={"batch_id": 1},
            total=4,
        ).id


def _job(database: Database, job_id: int) -> Job:
    with database.reader() as session:
        return session.get_one(Job, job_id)


def _end(database: Database, world: World, step: JobStep, key: str = "notice-batch:1") -> None:
    with database.write() as session:
        jobs.end(session, act=world.act(None), key=key, step=step)


def _start(database: Database, world: World, total: int = 4) -> None:
    with database.write() as session:
        jobs.start(session, act=world.act(None), key="notice-batch:1", total=total)


def test_asking_twice_is_once(database: Database, world: World) -> None:
    first = _ask(database, world)
    assert _ask(database, world) == first
    assert _ask(database, world, key="notice-batch:2") != first
    with database.reader() as session:
        asked = select(func.count()).where(Event.tag == "job:asked", Event.subject == f"job/{first}")
        assert session.scalar(asked) == 1


def test_a_request_that_fails_asks_for_nothing(database: Database, world: World) -> None:
    def fails() -> None:
        with database.write() as session:
            jobs.ask(session, act=world.act("member"), kind=JobKind.IMPORT, key="import:x", title="", arguments={})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    with database.reader() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_a_done_job_stays_done_and_a_failed_one_starts_again(database: Database, world: World) -> None:
    job_id = _ask(database, world)
    _start(database, world)
    with database.write() as session:
        jobs.report(session, key="notice-batch:1", done=1, failed=3, failures=[{"name": "No. 7"}])
    _end(database, world, JobStep.FAIL)
    failed = _job(database, job_id)
    assert (failed.state, failed.attempt, failed.failures) == (JobState.FAILED, 1, [{"name": "No. 7"}])

    assert _ask(database, world, "deputy") == job_id
    again = _job(database, job_id)
    assert (again.state, again.attempt, again.done, again.failed, again.failures) == (JobState.WAITING, 2, 0, 0, [])
    assert again.created_by_id == world.users["deputy"].id
    _start(database, world)
    _end(database, world, JobStep.FINISH)
    _ask(database, world)
    _end(database, world, JobStep.FAIL)  # late news of a job that has ended changes nothing
    assert (_job(database, job_id).state, _job(database, job_id).attempt) == (JobState.DONE, 2)


def test_telling_twice_changes_nothing(database: Database, world: World) -> None:
    job_id = _ask(database, world)
    for _ in range(2):
        _start(database, world, total=9)
        with database.write() as session:
            jobs.report(session, key="notice-batch:1", done=4, failed=1, message="No. 7", result_url="/notices")
    found = _job(database, job_id)
    assert (found.state, found.total, found.done, found.failed) == (JobState.RUNNING, 9, 4, 1)
    assert (found.message, found.result_url, found.started_at) == ("No. 7", "/notices", world.at)


def test_a_waiting_job_never_starts_once_cancelled(database: Database, world: World) -> None:
    job_id = _ask(database, world)
    with database.write() as session:
        jobs.ask_cancel(session, act=world.act("member"), job_id=job_id)
    assert _job(database, job_id).state is JobState.CANCELLED
    with pytest.raises(Refused), database.write() as session:
        jobs.ask_cancel(session, act=world.act("member"), job_id=job_id)


def test_a_running_job_is_asked_to_stop_once(database: Database, world: World) -> None:
    job_id = _ask(database, world)
    _start(database, world)
    for _ in range(2):
        with database.write() as session:
            jobs.ask_cancel(session, act=world.act("centre"), job_id=job_id)  # the centre may stop any
    found = _job(database, job_id)
    assert (found.state, found.cancel_asked) == (JobState.RUNNING, True)
    with database.reader() as session:
        assert session.scalar(select(func.count()).where(Event.tag == "job:cancel_asked")) == 1


@pytest.mark.parametrize("who", ["member2", "deputy", "leader", "admin"])
def test_nobody_else_may_cancel(database: Database, world: World, who: str) -> None:
    job_id = _ask(database, world)
    with pytest.raises(NotVisible), database.write() as session:
        jobs.ask_cancel(session, act=world.act(who), job_id=job_id)
    assert not _job(database, job_id).cancel_asked


def test_the_night_cannot_be_cancelled(database: Database, world: World) -> None:
    job_id = _ask(database, world, None, "nightly:2026-12-21")
    with pytest.raises(Refused), database.write() as session:
        jobs.ask_cancel(session, act=world.act("centre"), job_id=job_id)
    assert _job(database, job_id).state is JobState.WAITING
