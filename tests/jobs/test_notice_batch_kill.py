"""A batch of notices whose worker is killed in the middle ends complete, nothing twice. Real worker, real paper."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config import Settings
from models.database import Database
from models.jobs import Job
from models.notices import Notice, NoticeBatch, NoticeBatchItem, NoticeNumber, NoticePaper
from models.rules.jobs import JobState
from models.rules.notices import NumberState
from portal.queries.notice_batches import Place, job_key
from portal.services import notice_batches
from portal.services.notices import Terms
from tests.crowd import crowd
from tests.world import World

_ROOT = Path(__file__).parents[2]
_PATIENCE = 90.0
_CROWD = 16
_MANY_DAYS = "100000"  # the worker reads the real clock; the small district's list is of a fixed day
_RARE = "\U00031350"  # a character no installed face can print


@pytest.fixture
def start(settings: Settings, database: Database) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start the worker command over the test's database; whatever still runs at the end is killed."""
    running: list[subprocess.Popen[bytes]] = []
    environment = {
        **os.environ,
        "PORTAL_PROFILE": "test",
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "DATA_FRESH_DAYS": _MANY_DAYS,
        "WORKER_ID": "one",
    }

    def begin() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
            cwd=_ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait(10)


def _wait(is_so: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + _PATIENCE
    while not is_so():
        if time.monotonic() > until:
            pytest.fail(f"waited in vain: {what}")
        time.sleep(0.05)


def _batch(database: Database, world: World) -> NoticeBatch:
    with database.write() as session:
        ids = crowd(session, world, _CROWD)
        village = world.villages["东湾"]
        batch = notice_batches.create_batch(
            session,
            act=world.act("member"),
            where=Place(village.code, None, village.name),
            terms=Terms("http://127.0.0.1:8000", int(_MANY_DAYS)),
        )
        person = session.get_one(type(world.borrowers["overdue"]), ids[-1])
        person.name = f"己{_RARE}"
        return batch


def test_a_killed_batch_ends_complete_and_nothing_is_twice(
    database: Database, world: World, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    batch = _batch(database, world)

    def issued() -> int:
        with database.reader() as session:
            return session.scalars(select(func.count()).select_from(Notice)).one()

    def job() -> Job:
        with database.reader() as session:
            return session.scalars(select(Job).where(Job.key == job_key(batch.id))).one()

    killed = start()
    _wait(lambda: issued() >= 4, "the first notices")
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    at_the_kill = issued()
    assert 4 <= at_the_kill < _CROWD
    assert job().state is JobState.RUNNING

    start()
    _wait(lambda: job().state not in {JobState.WAITING, JobState.RUNNING}, "the end of the batch")
    with database.reader() as session:
        items = session.scalars(select(NoticeBatchItem).where(NoticeBatchItem.batch_id == batch.id)).all()
        rows = session.scalars(select(Notice).order_by(Notice.number)).all()
        papers = {paper.notice_id: paper.pdf for paper in session.scalars(select(NoticePaper))}
        numbers = {row.number: (row.state, row.void_reason) for row in session.scalars(select(NoticeNumber))}
        assert session.get_one(NoticeBatch, batch.id).finished_at is not None

    dropped = [item for item in items if item.dropped_reason]
    assert {item.borrower_id for item in dropped} == {
        world.borrowers["paid_after_list"].id,
        world.borrowers[f"crowd{_CROWD - 1}"].id,
    }
    reasons = {item.borrower_id: item.dropped_reason for item in dropped}
    assert "type face" in reasons[world.borrowers[f"crowd{_CROWD - 1}"].id]
    assert len(rows) == len(items) - len(dropped) == _CROWD + 1  # the crowd without one, and two of the village
    assert len({row.borrower_id for row in rows}) == len(rows)
    assert len({row.serial for row in rows}) == len(rows)
    assert {item.notice_id for item in items if not item.dropped_reason} == set(papers)
    assert all(hashlib.sha256(papers[row.id]).hexdigest() == row.sha256 for row in rows)

    assert sorted(numbers) == list(range(1, len(numbers) + 1))  # no gap
    assert {row.number for row in rows} == {n for n, (state, _) in numbers.items() if state is NumberState.USED}
    assert [reason for state, reason in numbers.values() if state is not NumberState.USED] == [
        reason for state, reason in numbers.values() if state is NumberState.VOID and reason
    ]
    ended = job()
    assert ended.state is JobState.DONE
    assert ended.result_url == f"/notices/batches/{batch.id}"
    assert (ended.done, ended.failed) == (_CROWD + 1, 1)
