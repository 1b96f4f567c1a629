"""How far a job is inside its one transaction, and whether somebody asked it to stop.

On SQLite the transaction holds the only right to write, so figures and the wish to stop go through small files; on
PostgreSQL they go through the row of the job, in short transactions of their own.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from models.database import Database
from models.jobs import Job
from models.rules.jobs import JobKind, JobState
from portal.queries.jobs import JobRow
from portal.services import jobs


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


def live(row: JobRow, database: Database, data_dir: Path) -> JobRow:
    """Return a job with the figure its worker told last."""
    if not database.is_sqlite or row.state is not JobState.RUNNING or row.kind is not JobKind.IMPORT:
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
    if database.is_sqlite and row.may_cancel and row.state is JobState.RUNNING and row.kind is JobKind.IMPORT:
        _files(data_dir).mkdir(parents=True, exist_ok=True, mode=0o700)
        (_files(data_dir) / f"{row.id}.stop").touch()
        return True
    return False


def _files(data_dir: Path) -> Path:
    return data_dir / "progress"
