"""Processes are killed at random moments while lists come in, are read, compared, applied and taken back.

All or nothing, every time, and what was begun ends. A copy that no import names is found and can be removed.

Real processes, on SQLite and on PostgreSQL. ``HYPOTHESIS_PROFILE=thorough`` kills as often as the plan asks for.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import ColumnElement, func, select

from config import Settings
from models.database import Database
from models.imports import ImportBatch, ImportRow
from models.jobs import Job
from models.loans import Loan, Statement
from models.rules.imports import ImportKind, ImportState, ImportStep
from models.rules.jobs import UNFINISHED, JobState, JobStep
from portal import current
from portal.actors import Act
from portal.services import fsck, jobs
from portal.services.imports import asking, staging, store
from portal.services.imports.store import Places
from tests import books
from tests.services.test_imports import Desk

_ROOT = Path(__file__).parents[2]
_PATIENCE = 300.0
_ROWS = 600
_KILLS = 30 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 4  # on each database
_LONGEST, _LONGEST_READING, _LONGEST_UPLOAD = 2.5, 0.4, 1.0  # seconds these take here


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
            self.process = None

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

    def count(self, table: type[Loan | Statement | ImportRow | Job], *which: ColumnElement[bool]) -> int:
        return int(self.desk.one(select(func.count()).select_from(table).where(*which)))

    def readers(self) -> list[int]:
        """Return the processes in which the worker lets a file be read."""
        children = Path(f"/proc/{self.process.pid if self.process else 0}/task")
        found: list[int] = []
        for task in children.iterdir() if children.exists() else ():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                ids = (task / "children").read_text().split()
                found += [int(one) for one in ids if b"portal.sheets" in Path(f"/proc/{one}/cmdline").read_bytes()]
        return found

    def strangers(self, *, removes: bool = False) -> list[fsck.Finding]:
        with self.desk.database.reader() as session:
            later = current.now() + timedelta(hours=1)
            return fsck.strangers(session, Places.of(self.desk.data_dir), later, removes=removes)

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


@dataclass(frozen=True)
class Walk:
    """One step of a list's way, with the counts of (contracts, statements) before and after it."""

    kind: ImportKind
    step: ImportStep | None  # none: the upload
    before: tuple[int, int]
    after: tuple[int, int]
    is_parsing: bool = False  # the kill comes while the file is being read


_NOTHING, _ROSTER, _ALL = (0, 0), (_ROWS, 0), (_ROWS, _ROWS // 2)
WAY = (
    Walk(ImportKind.ROSTER, None, _NOTHING, _NOTHING),
    Walk(ImportKind.ROSTER, ImportStep.COMPARE, _NOTHING, _NOTHING, is_parsing=True),
    Walk(ImportKind.ROSTER, ImportStep.APPLY, _NOTHING, _ROSTER),
    Walk(ImportKind.ARREARS, ImportStep.COMPARE, _ROSTER, _ROSTER),
    Walk(ImportKind.ARREARS, ImportStep.APPLY, _ROSTER, _ALL),
    Walk(ImportKind.ARREARS, ImportStep.UNDO, _ALL, _ROSTER),
    Walk(ImportKind.ROSTER, ImportStep.UNDO, _ROSTER, _NOTHING),
    Walk(ImportKind.ROSTER, ImportStep.COMPARE, _NOTHING, _NOTHING),
    Walk(ImportKind.ROSTER, ImportStep.COMPARE, _NOTHING, _NOTHING, is_parsing=True),
    Walk(ImportKind.ROSTER, None, _NOTHING, _NOTHING),
)
ENDS = {
    ImportStep.COMPARE: ImportState.STAGED,
    ImportStep.APPLY: ImportState.APPLIED,
    ImportStep.UNDO: ImportState.DISCARDED,
}


def test_killed_at_any_moment_a_list_is_in_whole_or_not_at_all(plant: Plant) -> None:
    chance = random.Random(20261124)  # moments, no secrets
    on = {"数据日期": date(2026, 11, 22)}
    lists = {
        ImportKind.ROSTER: books.roster(*(books.contract(number) for number in range(1, _ROWS + 1))),
        ImportKind.ARREARS: books.arrears(*(books.overdue(number, **on) for number in range(1, _ROWS + 1, 2))),
    }
    held: dict[ImportKind, int] = {}
    met: Counter[str] = Counter()
    for kill in range(_KILLS):
        walk = WAY[kill % len(WAY)]
        if walk.step is None:
            met[_kill_an_upload(plant, chance, lists[walk.kind])] += 1
            continue
        if walk.step is ImportStep.COMPARE and not (walk.is_parsing and walk.kind in held):
            held[walk.kind] = plant.register(walk.kind, lists[walk.kind])
        met[_kill_a_step(plant, chance, walk, held[walk.kind])] += 1
    assert met["before"], "no kill came while the work was under way"


def _kill_a_step(plant: Plant, chance: random.Random, walk: Walk, batch_id: int) -> str:
    listed = _ROWS if walk.kind is ImportKind.ROSTER else _ROWS // 2
    step = walk.step or ImportStep.COMPARE
    others = plant.count(ImportRow, ImportRow.batch_id != batch_id)
    plant.ask(batch_id, step)
    if plant.process is None:
        plant.start()
    if walk.is_parsing:
        _wait(lambda: bool(plant.readers()), "a reader of the file")
        time.sleep(chance.uniform(0, _LONGEST_READING))
    else:
        _wait(lambda: plant.job(batch_id).state is not JobState.WAITING, "a worker to begin")
        time.sleep(chance.uniform(0, _LONGEST))
    readers = plant.readers()
    plant.kill()

    at_the_kill = (plant.count(Loan), plant.count(Statement))
    assert at_the_kill in {walk.before, walk.after}, f"half done: {walk}"
    assert plant.count(ImportRow) - others in {0, listed}
    assert plant.findings() == []
    met = "before" if plant.job(batch_id).state in UNFINISHED else "after"
    _wait(lambda: not any(Path(f"/proc/{one}").exists() for one in readers), "the reader to end with its worker")

    plant.start()
    _wait(lambda: plant.job(batch_id).state not in UNFINISHED, f"the end of {step.value}")
    ended, batch = plant.job(batch_id), plant.desk.batch(batch_id)
    assert (ended.state, ended.failed) == (JobState.DONE, 0), ended.message
    assert (plant.count(Loan), plant.count(Statement)) == walk.after
    assert (batch.state, batch.refusal) == (ENDS[step], "")
    assert plant.findings() == []
    return met


def _kill_an_upload(plant: Plant, chance: random.Random, content: bytes) -> str:
    """Kill a process that takes lists in; each is there with its job and both its copies, or not at all."""
    plant.kill()  # it would begin to read them
    asked = plant.count(Job)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.jobs.uploader"],
        cwd=_ROOT, env=plant.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as uploader:  # fmt: skip
        assert uploader.stdin is not None
        assert uploader.stdout is not None
        uploader.stdin.write(content)
        uploader.stdin.close()
        assert uploader.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0, _LONGEST_UPLOAD))
        uploader.send_signal(signal.SIGKILL)
    assert plant.findings() == []
    came = plant.count(Job) - asked
    with plant.desk.database.reader() as session:
        waiting = session.scalars(select(ImportBatch.id).where(ImportBatch.state == ImportState.RECEIVED)).all()
        orphans = plant.strangers()
    assert len(waiting) == came
    assert len({one.subject for one in orphans}) <= 1, "copies of more than the one upload that was cut off"
    for batch_id in waiting:  # they are not read here: make room for what follows
        with plant.desk.database.write() as session:
            jobs.end(session, act=Act(None, current.now()), key=plant.job(batch_id).key, step=JobStep.CANCEL)
        with plant.desk.database.write() as session:
            asking.discard(session, act=Act(None, current.now()), batch_id=batch_id)
    assert plant.strangers(removes=True) == []
    assert plant.strangers() == []
    assert plant.findings() == []
    return "orphan" if orphans else "whole"


def test_a_reader_that_is_killed_leaves_a_sentence(plant: Plant) -> None:
    content = books.roster(*(books.contract(number) for number in range(1, _ROWS + 1)))
    batch_id = plant.register(ImportKind.ROSTER, content)
    plant.ask(batch_id, ImportStep.COMPARE)
    plant.start()
    _wait(lambda: bool(plant.readers()), "a reader of the file")
    for one in plant.readers():
        os.kill(one, signal.SIGKILL)
    _wait(lambda: plant.job(batch_id).state not in UNFINISHED, "the end of the comparison")
    batch = plant.desk.batch(batch_id)
    if batch.state is not ImportState.STAGED:  # it had written everything before it was killed
        assert batch.state is ImportState.UNREADABLE
        assert "cannot be read" in batch.refusal
    assert plant.findings() == []


def test_copies_that_no_import_names_are_found_and_taken_over(plant: Plant) -> None:
    content = books.roster(books.contract(1))
    places = Places.of(plant.desk.data_dir)
    store.keep(places, store.hash_of(content), content)  # as an upload that was cut off before it committed
    assert {one.rule for one in plant.strangers()} == {"strangers"}
    assert len(plant.strangers()) == 2
    (places.first / store.hash_of(content)).write_bytes(b"damaged")
    plant.register(ImportKind.ROSTER, content)
    assert plant.strangers() == []
    assert plant.findings() == []
