"""A worker is killed at random moments while it compares, applies and takes back lists: all or nothing, every time.

Real processes, on SQLite and on PostgreSQL. ``HYPOTHESIS_PROFILE=thorough`` kills as often as the plan asks for.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config import Settings
from models.database import Database
from models.imports import ImportBatch, ImportRow
from models.jobs import Job
from models.loans import Loan, Statement
from models.rules.imports import ImportKind, ImportState, ImportStep
from models.rules.jobs import UNFINISHED, JobState
from portal import current
from portal.actors import Act
from portal.services import fsck
from portal.services.imports import asking, staging
from portal.services.imports.store import Places
from tests import books
from tests.services.test_imports import Desk

_ROOT = Path(__file__).parents[2]
_PATIENCE = 120.0
_ROWS = 600
_KILLS = 30 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 6  # on each database
_LONGEST = 2.5  # seconds a step takes here


@dataclass
class Plant:
    """An installation whose worker is killed and started again."""

    desk: Desk
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
            cwd=_ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)

    def register(self, kind: ImportKind, content: bytes) -> int:
        with self.desk.database.write() as session:
            return staging.register(
                session, act=Act(None, current.now()), kind=kind, file_name="a.xlsx", content=content,
                data_dir=self.desk.data_dir,
            ).id  # fmt: skip

    def ask(self, batch_id: int, step: ImportStep) -> None:
        with self.desk.database.write() as session:
            asking.ask(session, act=Act(None, current.now()), batch_id=batch_id, step=step)

    def job(self, batch_id: int) -> Job:
        with self.desk.database.reader() as session:
            key = session.get_one(ImportBatch, batch_id).job_key
            return session.scalars(select(Job).where(Job.key == key)).one()

    def count(self, table: type[Loan | Statement | ImportRow]) -> int:
        return int(self.desk.one(select(func.count()).select_from(table)))

    def findings(self) -> list[fsck.Finding]:
        with self.desk.database.reader() as session:
            rules = fsck.check(session, current.today())
            broken = [one for found in rules.values() for one in found if "run the nightly work" not in one.what]
            return broken + fsck.copies(session, Places.of(self.desk.data_dir))


@pytest.fixture
def plant(settings: Settings, database: Database) -> Iterator[Plant]:
    desk = Desk(database, settings.data_dir)
    desk.load(ImportKind.ORGANISATION, books.organisation())
    found = Plant(
        desk,
        {
            **os.environ,
            "PORTAL_PROFILE": "test",
            "DATA_DIR": str(settings.data_dir),
            "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            "WORKER_ID": "one",
        },
    )
    yield found
    found.kill()


def _wait(is_so: Callable[[], bool], what: str, seconds: float = _PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            pytest.fail(f"waited in vain: {what}")
        time.sleep(0.03)


def test_killed_at_any_moment_a_list_is_in_whole_or_not_at_all(plant: Plant) -> None:
    chance = random.Random(20261124)  # moments, no secrets
    roster = books.roster(*(books.contract(number) for number in range(1, _ROWS + 1)))
    on = {"数据日期": date(2026, 11, 22)}
    arrears = books.arrears(*(books.overdue(number, **on) for number in range(1, _ROWS + 1, 2)))
    listed = _ROWS // 2
    steps = [
        (ImportKind.ROSTER, ImportStep.COMPARE, (0, 0), (0, 0)),
        (ImportKind.ROSTER, ImportStep.APPLY, (0, 0), (_ROWS, 0)),
        (ImportKind.ARREARS, ImportStep.COMPARE, (_ROWS, 0), (_ROWS, 0)),
        (ImportKind.ARREARS, ImportStep.APPLY, (_ROWS, 0), (_ROWS, listed)),
        (ImportKind.ARREARS, ImportStep.UNDO, (_ROWS, listed), (_ROWS, 0)),
        (ImportKind.ROSTER, ImportStep.UNDO, (_ROWS, 0), (0, 0)),
    ]
    held: dict[ImportKind, int] = {}
    met: set[str] = set()
    plant.start()
    for kill in range(_KILLS):
        kind, step, before, after = steps[kill % len(steps)]
        if step is ImportStep.COMPARE:
            held[kind] = plant.register(kind, roster if kind is ImportKind.ROSTER else arrears)
        batch_id = held[kind]
        rows_before = plant.count(ImportRow)
        plant.ask(batch_id, step)
        _wait(lambda: plant.job(batch_id).state is not JobState.WAITING, "a worker to begin")  # noqa: B023  # called at once
        time.sleep(chance.uniform(0, _LONGEST))
        plant.kill()

        at_the_kill = (plant.count(Loan), plant.count(Statement))
        assert at_the_kill in {before, after}, f"half done at kill {kill}: {step.value}"
        rows = plant.count(ImportRow) - rows_before
        assert rows in {0, _ROWS if kind is ImportKind.ROSTER else listed}
        assert plant.findings() == [], f"kill {kill}: {step.value}"
        met.add("before" if plant.job(batch_id).state in UNFINISHED else "after")

        plant.start()
        _wait(lambda: plant.job(batch_id).state not in UNFINISHED, f"the end of {step.value}")  # noqa: B023  # the same
        ended = plant.job(batch_id)
        assert (ended.state, ended.failed) == (JobState.DONE, 0), ended.message
        assert (plant.count(Loan), plant.count(Statement)) == after
        batch = plant.desk.batch(batch_id)
        assert (
            batch.state
            is {
                ImportStep.COMPARE: ImportState.STAGED,
                ImportStep.APPLY: ImportState.APPLIED,
                ImportStep.UNDO: ImportState.DISCARDED,
            }[step]
        )
        assert batch.refusal == ""
        assert plant.findings() == []
    assert "before" in met, "no kill came while the work was under way"
