"""A batch of notices and the worker that issues it, as a process that can be killed; and what must hold in the end."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.database import Database
from models.jobs import Job
from models.notices import Notice, NoticeBatch, NoticeBatchItem, NoticeNumber, NoticePaper
from models.rules.jobs import UNFINISHED, JobState
from models.rules.notices import NumberState
from portal.actors import Act
from portal.queries.borrower_filters import Filters
from portal.queries.notice_batches import Place, job_key
from portal.services import fsck, notice_batches
from portal.services.notice_drafts import Terms
from tests.arrears import FEW, people_in_arrears
from tests.conftest import TYPEFACES
from tests.world import World

_ROOT = Path(__file__).parents[2]
_PATIENCE = 120.0
_MANY_DAYS = "100000"  # the worker reads the real clock; the small district's list is of a fixed day
_RARE = "\U00031350"  # a character no installed face can print


@dataclass
class Press:
    """An installation with one batch of notices."""

    database: Database
    world: World
    data_dir: Path
    batch_id: int = 0
    process: subprocess.Popen[bytes] | None = None

    def ask(self, count: int) -> None:
        """Ask for notices to so many people, one of whom nobody can print."""
        with self.database.write() as session:
            _few, code = people_in_arrears(session, self.world, FEW + count, most_contracts=1)
            batch = notice_batches.create_batch(
                session,
                act=self.act(),
                where=Place(Filters(area=code), None, "后湾村"),
                terms=Terms("http://127.0.0.1:8000", int(_MANY_DAYS)),
            )
            self.batch_id = batch.id
            last = session.scalars(
                select(NoticeBatchItem.borrower_id).order_by(NoticeBatchItem.position.desc()).limit(1)
            ).one()
            person = session.get_one(type(self.world.borrowers["overdue"]), last)
            person.name = f"己{_RARE}"

    def start(self) -> None:
        """Start the worker command over the database."""
        environment = {
            **os.environ,
            "PORTAL_PROFILE": "test",
            "DATA_DIR": str(self.data_dir),
            "DATABASE_URL": self.database.engine.url.render_as_string(hide_password=False),
            "DATA_FRESH_DAYS": _MANY_DAYS,
            "TYPEFACES_DIR": str(TYPEFACES),
            "WORKER_ID": "one",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
            cwd=_ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """Kill the worker without warning."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def act(self) -> Act:
        """Who asks, and when."""
        return self.world.act("centre")

    def go_on(self, session: Session) -> None:
        """Let a stopped batch go on."""
        notice_batches.go_on(session, act=self.act(), batch_id=self.batch_id)

    def wait_for_work(self, turn: int) -> None:
        """Wait for a moment at which a kill finds work half done, another one each turn."""
        before = self.issued()
        wait(lambda: self.issued() > before or self.is_over(), f"a further part in turn {turn}")

    def issued(self) -> int:
        with self.database.reader() as session:
            return session.scalars(select(func.count()).select_from(Notice)).one()

    def job(self) -> Job:
        with self.database.reader() as session:
            return session.scalars(select(Job).where(Job.key == job_key(self.batch_id))).one()

    def is_over(self) -> bool:
        return self.job().state not in UNFINISHED

    def hold_together(self) -> None:
        """Whatever stopped where: no rule of the data is broken, and no number is missing."""
        with self.database.reader() as session:
            rules = fsck.check(session, self.world.act(None).today)
            numbers = sorted(session.scalars(select(NoticeNumber.number)))
        assert [one for found in rules.values() for one in found] == []
        assert numbers == list(range(1, len(numbers) + 1))

    def be_complete(self, count: int, in_last_task: int = 0) -> None:
        """Everybody has one notice, but the one who cannot; every paper is the one its notice was issued with."""
        self.hold_together()
        with self.database.reader() as session:
            items = session.scalars(select(NoticeBatchItem).where(NoticeBatchItem.batch_id == self.batch_id)).all()
            rows = session.scalars(select(Notice).order_by(Notice.number)).all()
            papers = {paper.notice_id: paper.pdf for paper in session.scalars(select(NoticePaper))}
            numbers = {row.number: (row.state, row.void_reason) for row in session.scalars(select(NoticeNumber))}
            assert session.get_one(NoticeBatch, self.batch_id).finished_at is not None
        dropped = [item for item in items if item.dropped_reason]
        assert ["type face" in item.dropped_reason for item in dropped] == [True]
        assert len(rows) == len(items) - 1 == count - 1
        assert len({row.borrower_id for row in rows}) == len({row.serial for row in rows}) == len(rows)
        assert {item.notice_id for item in items if not item.dropped_reason} == set(papers) == {row.id for row in rows}
        assert all(hashlib.sha256(papers[row.id]).hexdigest() == row.sha256 for row in rows)
        assert {row.number for row in rows} == {n for n, (state, _) in numbers.items() if state is NumberState.USED}
        assert all(state is NumberState.USED or (state is NumberState.VOID and why) for state, why in numbers.values())
        ended = self.job()
        assert (ended.state, ended.done, ended.failed) == (JobState.DONE, (in_last_task or count) - 1, 1)
        assert ended.result_url == f"/notices/batches/{self.batch_id}"


def wait(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    until = time.monotonic() + _PATIENCE
    while not is_so():
        if time.monotonic() > until:
            pytest.fail(f"waited in vain: {what}")
        time.sleep(0.02)
