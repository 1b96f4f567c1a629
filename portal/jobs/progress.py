"""How far a job is inside its one transaction, and whether somebody asked it to stop.

On SQLite the transaction holds the only right to write, so figures and the wish to stop go through small files; on
PostgreSQL they go through the row of the job, in short transactions of their own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from models.database import Database
from models.jobs import Job
from models.rules.imports import Phase
from models.rules.jobs import JobKind, JobState
from portal.queries.jobs import JobRow
from portal.services import jobs
from portal.services.imports.watching import Watch

_EVERY = 0.5  # seconds between two words
_IN_ONE = (JobKind.IMPORT, JobKind.REPLAN)  # jobs whose work is one transaction


class Board:
    """What a worker tells of one job, and is told."""

    def __init__(self, database: Database, data_dir: Path, job_id: int, key: str) -> None:
        self._database = database
        self._job_id = job_id
        self._key = key
        self._done = _files(data_dir) / f"{job_id}.done"
        self._stop = _files(data_dir) / f"{job_id}.stop"

    def tell(self, done: int) -> None:
        """Say how far the job is."""
        if not self._database.is_sqlite:
            with self._database.write() as session:
                jobs.report(session, key=self._key, done=done)
            return
        self._done.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._done.with_suffix(f".{os.getpid()}")
        draft.write_text(str(done), encoding="ascii")
        draft.replace(self._done)

    def is_stopped(self) -> bool:
        """Say whether somebody asked the job to stop."""
        if self._stop.exists():
            return True
        with self._database.reader() as session:
            return bool(session.scalar(select(Job.cancel_asked).where(Job.id == self._job_id)))

    def wipe(self) -> None:
        """Remove the files; the job has ended."""
        for path in (self._done, self._stop):
            path.unlink(missing_ok=True)


class JobWatch(Watch):
    """Tells the task centre how far the work is, and hears when it is to stop."""

    def __init__(self, board: Board, spans: Mapping[Phase, tuple[int, int]]) -> None:
        self._board = board
        self._spans = spans  # of each phase, in hundredths of the whole
        self._last = 0.0

    def at(self, phase: Phase, done: int = 0, total: int = 0) -> None:
        """Tell, twice a second at most.

        Raises:
            Stopped: somebody asked for it.

        """
        now = time.monotonic()
        if now - self._last < _EVERY:
            return
        self._last = now
        if self._board.is_stopped():
            raise jobs.Stopped
        first, last = self._spans[phase]
        self._board.tell(first + (last - first) * done // total if total else first)


def live(row: JobRow, database: Database, data_dir: Path) -> JobRow:
    """Return a job with the figure its worker told last."""
    if not database.is_sqlite or row.state is not JobState.RUNNING or row.kind not in _IN_ONE:
        return row
    try:
        return replace(row, done=int((_files(data_dir) / f"{row.id}.done").read_text(encoding="ascii")))
    except (FileNotFoundError, ValueError):
        return row


def ask_to_stop(row: JobRow, database: Database, data_dir: Path) -> bool:
    """Let a job that holds the right to write hear that it is to stop, before anything is written about it.

    Returns:
        Whether it will hear it.

    """
    if database.is_sqlite and row.may_cancel and row.state is JobState.RUNNING and row.kind in _IN_ONE:
        _files(data_dir).mkdir(parents=True, exist_ok=True, mode=0o700)
        (_files(data_dir) / f"{row.id}.stop").touch()
        return True
    return False


def _files(data_dir: Path) -> Path:
    return data_dir / "progress"
