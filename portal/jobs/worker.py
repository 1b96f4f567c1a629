"""A process that executes jobs: it rings at night, carries the outbox, and watches over its fellows."""

from __future__ import annotations

import fcntl
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from config import COUNTY_TIME, Settings
from models.database import Database
from models.jobs import Worker
from models.rules.jobs import JobKind, JobStep
from portal.actors import Act
from portal.jobs import room
from portal.jobs.durable import Engine, Outbox
from portal.jobs.nightly import ask_for_nights
from portal.jobs.plans import Plan
from portal.jobs.runner import Runner
from portal.services import jobs, nightly

_CARRY_EVERY = 3  # seconds
_BEAT_EVERY = 10  # seconds
_SILENT_AFTER = timedelta(minutes=2)  # a busy machine may miss a few beats
_FORGOTTEN_AFTER = timedelta(days=30)
_log = logging.getLogger("portal.jobs")


class AlreadyRunning(RuntimeError):
    """A worker of this name runs on this machine already; it would execute the same work twice."""


class WorkerProcess:
    """One worker. ``start`` returns at once; the work happens in threads until ``stop``.

    Args:
        database: the portal's database.
        settings: of this installation.
        plans: what each kind of job consists of.
        name: stable over restarts, and its own on every machine: a worker finds its unfinished work by it.
        now: the clock.

    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        plans: Mapping[JobKind, Plan],
        name: str,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._data_dir = settings.data_dir
        self._name = name
        self._now = now
        self._outbox = Outbox(database, settings)
        self._engine = Engine(settings, Runner(database, settings, plans, now), name)
        self._clock = BackgroundScheduler(
            timezone=COUNTY_TIME, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )

    def start(self) -> None:
        """Go on with what was left unfinished, make up for missed nights, and wait for more."""
        room.hold(self._data_dir)
        self._beat()
        self._engine.start()
        self._guarded(self._take_over)()
        self._guarded(self._ring)()
        self._guarded(self._carry)()
        self._clock.add_job(self._guarded(self._ring), CronTrigger(hour=nightly.HOUR.hour, minute=nightly.HOUR.minute))
        self._clock.add_job(self._guarded(self._carry), IntervalTrigger(seconds=_CARRY_EVERY))
        self._clock.add_job(self._guarded(self._beat), IntervalTrigger(seconds=_BEAT_EVERY))
        self._clock.add_job(self._guarded(self._take_over), IntervalTrigger(seconds=_BEAT_EVERY * 3))
        self._clock.start()

    def stop(self) -> None:
        """Stop; what is under way goes on at the next start."""
        self._clock.shutdown(wait=True)
        self._engine.stop()
        self._outbox.close()

    def _ring(self) -> None:
        """Ask for the nights that have come; asking again is harmless, so any number of workers may."""
        now = self._now().astimezone(COUNTY_TIME)
        newest = now.date() if now >= nightly.moment(now.date()) else now.date() - timedelta(days=1)
        with self._database.write() as session:
            ask_for_nights(session, act=Act(None, self._now()), until=newest)

    def _carry(self) -> None:
        if not self._outbox.carry():
            return
        for key in self._outbox.stranded():
            with self._database.write() as session:
                jobs.end(session, act=Act(None, self._now()), key=key, step=JobStep.FAIL)

    def _beat(self) -> None:
        with self._database.write() as session:
            me = session.get(Worker, self._name)
            if me is None:
                session.add(Worker(name=self._name, started_at=self._now(), seen_at=self._now()))
            else:
                me.seen_at = self._now()

    def _take_over(self) -> None:
        now = self._now()
        with self._database.reader() as session:
            silent = session.scalars(
                select(Worker.name).where(Worker.name != self._name, Worker.seen_at < now - _SILENT_AFTER)
            ).all()
        if silent:
            self._engine.take_over(list(silent))
            with self._database.write() as session:
                session.execute(delete(Worker).where(Worker.seen_at < now - _FORGOTTEN_AFTER))

    def _guarded(self, tick: Callable[[], None]) -> Callable[[], None]:
        """Let one failed tick pass: the next one does its work. A database's message may quote rows: not logged."""

        def ring() -> None:
            try:
                tick()
            except SQLAlchemyError as fault:
                _log.warning("%s: %s; tried again at the next tick", tick.__name__, type(fault).__name__)

        return ring


@contextmanager
def only_one(data_dir: Path, name: str) -> Iterator[None]:
    """Hold the name for this process; the kernel lets go of it when the process ends, however it ends.

    Raises:
        AlreadyRunning: another process of this machine holds it.

    """
    data_dir.mkdir(parents=True, exist_ok=True)
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    with (data_dir / f"worker-{safe}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(name) from error
        yield
