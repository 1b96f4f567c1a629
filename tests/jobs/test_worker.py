"""Workers as processes: killed, restarted, replaced, stopped. On SQLite and on PostgreSQL."""

from __future__ import annotations

import base64
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from config import Settings
from models.database import Database
from models.jobs import Job, Worker
from models.rules.jobs import UNFINISHED, JobKind, JobState
from portal import current
from portal.actors import Act
from portal.jobs.durable import Outbox
from portal.jobs.worker import AlreadyRunning, only_one
from portal.services import jobs
from tests.conftest import _create

_ROOT = Path(__file__).parents[2]
_PATIENCE = 25.0


@dataclass
class Installation:
    """A portal's data, and the workers a test starts over it."""

    folder: Path
    database: Database
    environment: dict[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def ask(self, *, parts: int = 12, pause: float = 0.15, key: str = "import:slow") -> None:
        with self.database.write() as session:
            jobs.ask(
                session,
                act=Act(None, current.now()),
                kind=JobKind.IMPORT,
                key=key,
                title="slow",
                arguments={"parts": parts, "pause": pause},
            )

    def start(self, *command: str, name: str = "one") -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *(command or ("-m", "tests.jobs.slow_worker"))],
            cwd=_ROOT,
            env={**os.environ, **self.environment, "WORKER_ID": name},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def job(self, key: str = "import:slow") -> Job:
        with self.database.reader() as session:
            return session.scalars(select(Job).where(Job.key == key)).one()

    def unfinished(self) -> set[str]:
        with self.database.reader() as session:
            return set(session.scalars(select(Job.key).where(Job.state.in_(UNFINISHED))))

    def wait(self, is_so: Callable[[Job], bool], key: str = "import:slow") -> Job:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            found = self.job(key)
            if is_so(found):
                return found
            time.sleep(0.05)
        for process in self.running:
            process.kill()
        told = b"\n".join(process.communicate()[0] or b"" for process in self.running).decode()
        pytest.fail(f"the job stands at {found.state}, {found.done} of {found.total}\n{told}")

    def times_done(self) -> dict[int, int]:
        return {int(path.stem): len(path.read_text().split()) for path in (self.folder / "marks").iterdir()}


@pytest.fixture(params=["sqlite", "postgres"])
def installation(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Iterator[Installation]:
    folder = tmp_path / "data"
    folder.mkdir()
    name = f"w_{uuid4().hex[:12]}"
    base = ""
    if request.param == "sqlite":
        (folder / "portal.sqlite3").write_bytes(sqlite_template.read_bytes())
        url = f"sqlite:///{folder / 'portal.sqlite3'}"
    else:
        base = request.getfixturevalue("postgres_url")
        _create(base.format(name="postgres"), f"CREATE DATABASE {name} TEMPLATE template_portal")
        url = base.format(name=name)
    environment = {"DATA_DIR": str(folder), "DATABASE_URL": url, "PORTAL_PROFILE": "test"}
    found = Installation(folder, Database(url), environment)
    yield found
    for process in found.running:
        process.kill()
        process.wait(10)
        if process.stdout:
            process.stdout.close()
    found.database.engine.dispose()
    if base:
        _create(base.format(name="postgres"), f"DROP DATABASE {name} WITH (FORCE)")


def test_a_killed_worker_goes_on_where_it_stopped(installation: Installation) -> None:
    installation.ask()  # while no worker runs: the row waits
    killed = installation.start()
    at_the_kill = installation.wait(lambda job: job.done >= 3)
    installation.kill(killed)
    assert at_the_kill.state is JobState.RUNNING
    assert installation.job().done < 12
    assert not (installation.folder / "finished.txt").exists()

    installation.ask(key="import:meanwhile", parts=1)
    with closing(Outbox(installation.database, Settings.from_environment(installation.environment))) as outbox:
        waiting = installation.unfinished()  # these two, and last night if the kill came before it was done
        assert waiting >= {"import:slow", "import:meanwhile"}
        assert (outbox.carry(), outbox.carry()) == (len(waiting),) * 2  # as a web process does, any number of times
        assert outbox.stranded() == []

    installation.start()
    ended = installation.wait(lambda job: job.state is not JobState.RUNNING)
    assert (ended.state, ended.done, ended.failed, ended.total) == (JobState.DONE, 12, 0, 12)
    times = installation.times_done()
    assert sorted(times) == list(range(12))
    # Only the part under way at the kill may have been begun twice; that is why parts are idempotent by key.
    assert sum(times.values()) <= 14  # 12, the one at the kill, and the other job's one
    assert installation.wait(lambda job: job.state is JobState.DONE, "import:meanwhile").done == 1
    assert (installation.folder / "finished.txt").read_text() == "once\n" * 2


@pytest.mark.parametrize("installation", ["postgres"], indirect=True)
def test_another_worker_takes_over_from_one_that_is_lost(installation: Installation) -> None:
    installation.ask()
    installation.kill(_after(installation, installation.start(name="lost"), 2))
    with installation.database.write() as session:
        long_ago = current.now() - timedelta(minutes=10)
        session.execute(update(Worker).where(Worker.name == "lost").values(seen_at=long_ago))
    installation.start(name="other")
    ended = installation.wait(lambda job: job.state is JobState.DONE)
    assert ended.done == 12
    assert {line for path in (installation.folder / "marks").iterdir() for line in path.read_text().split()} == {
        "lost",
        "other",
    }


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_running_job_stops_when_asked(installation: Installation) -> None:
    installation.ask(parts=200)
    installation.start()
    running = installation.wait(lambda job: job.done >= 2)
    with installation.database.write() as session:
        session.execute(update(Job).where(Job.id == running.id).values(cancel_asked=True))
    ended = installation.wait(lambda job: job.state is not JobState.RUNNING)
    assert ended.state is JobState.CANCELLED
    assert 2 <= ended.done < 200
    assert not (installation.folder / "finished.txt").exists()

    installation.ask(parts=3)  # asked again after the cancel: a new attempt, done to its end
    again = installation.wait(lambda job: job.state is JobState.DONE)
    assert (again.attempt, again.done) == (2, 3)


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_the_command_makes_up_for_missed_nights_in_order(installation: Installation) -> None:
    today = current.today()
    with installation.database.write() as session:
        for back in (5, 4):
            night = (today - timedelta(days=back)).isoformat()
            job = jobs.ask(
                session,
                act=Act(None, current.now()),
                kind=JobKind.NIGHTLY,
                key=f"nightly:{night}",
                title=night,
                arguments={"as_of": night},
            )
            job.state = JobState.DONE
    worker = installation.start("-m", "flask", "--app", "wsgi", "worker")
    newest = f"nightly:{(today - timedelta(days=1)).isoformat()}"
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with installation.database.reader() as session:
            found = {job.key: job for job in session.scalars(select(Job).where(Job.id > 2))}
        if newest in found and all(job.state is JobState.DONE for job in found.values()):
            break
        time.sleep(0.1)
    nights = sorted(found)
    assert newest in nights
    assert nights[0] == f"nightly:{(today - timedelta(days=3)).isoformat()}"
    assert all(job.state is JobState.DONE for job in found.values())
    ends = [found[night].finished_at for night in nights]
    assert ends == sorted(ends)
    worker.send_signal(signal.SIGTERM)
    told, _ = worker.communicate(timeout=_PATIENCE)
    assert worker.returncode == 0, told.decode()
    assert "Traceback" not in told.decode()
    _checkpoints_are_json(installation.folder / "jobs.sqlite3")


def _checkpoints_are_json(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        formats = {row[0] for row in connection.execute("SELECT serialization FROM workflow_status")}
        kept = [row[0] for row in connection.execute("SELECT output FROM operation_outputs WHERE output IS NOT NULL")]
    assert formats == {"portal_json"}
    assert kept
    for text in kept:
        json.loads(text)
        with pytest.raises(ValueError):  # noqa: PT011  # any: it is not a pickle in base64
            base64.b64decode(text, validate=True).index(b"\x80\x04")


def test_one_name_has_one_process(tmp_path: Path) -> None:
    with only_one(tmp_path, "host/1"):
        with pytest.raises(AlreadyRunning), only_one(tmp_path, "host/1"):
            pytest.fail("held twice")
        with only_one(tmp_path, "host-2"):
            pass
    with only_one(tmp_path, "host/1"):
        pass


def _after(installation: Installation, process: subprocess.Popen[bytes], parts: int) -> subprocess.Popen[bytes]:
    installation.wait(lambda job: job.done >= parts)
    return process
