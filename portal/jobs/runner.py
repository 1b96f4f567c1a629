"""Do one job, part by part. Knows plans and the task centre, nothing of how steps are made durable.

``drive`` is the workflow. A worker gives it a ``step`` that checkpoints each answer, a command in the foreground one
that only calls; both run the same code. Every answer of a step is plain JSON.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from time import sleep
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from config import Settings
from models.accounts import User
from models.database import Database, is_out_of_room
from models.jobs import Job
from models.rules.jobs import UNFINISHED, JobKind, JobStep
from models.rules.refusals import Refused
from models.rules.sentences import N_
from portal.actors import Act, Actor
from portal.jobs import room
from portal.jobs.plans import Chunk, Failure, Outcome, Plan, Run, failure
from portal.services import jobs

_NAMED = 20  # failures named in the task centre; all of them are counted
_TRIES = 3  # of a part when the database is busy
_WAIT_FOR_ROOM = 10.0  # seconds
NO_ROOM = N_("The disk is full and the work waits. Make room on the disk: it then goes on by itself.")
_log = logging.getLogger("portal.jobs")


class Step(Protocol):
    """Call a function as one step, or return what it answered before."""

    def __call__(self, name: str, function: Callable[..., Any], /, *arguments: Any) -> Any:  # noqa: ANN401  # any JSON
        """Run the step named ``name``."""


def call(_name: str, function: Callable[..., Any], /, *arguments: Any) -> Any:  # noqa: ANN401  # any JSON
    """Run a step in the foreground, without a checkpoint."""
    return function(*arguments)


class Runner:
    """The steps of a job, each in transactions of its own."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        plans: Mapping[JobKind, Plan],
        now: Callable[[], datetime],
        pause: Callable[[float], None] = sleep,
    ) -> None:
        self._database = database
        self._settings = settings
        self._plans = plans
        self._now = now
        self._pause = pause

    def drive(self, key: str, attempt: int, step: Step = call) -> None:
        """Do a job from where it stands to its end.

        Args:
            key: the job's natural name.
            attempt: which asking this is; an older one does nothing.
            step: how each step is run.

        """
        parts = step("list", self.begin, key, attempt)
        if parts is None:
            return
        done, failed = 0, 0
        named: list[Failure] = []
        for number, part in enumerate(parts, start=1):
            answer = step("part", self.part, key, number, part, done, failed, named)
            if answer is None:
                step("cancel", self.cancel, key, attempt)
                return
            done, failed = done + answer["done"], failed + len(answer["failed"])
            named = [*named, *answer["failed"]][:_NAMED]
        step("finish", self.finish, key)

    def begin(self, key: str, attempt: int) -> list[Chunk] | None:
        """List the parts; ``None`` when there is nothing to do any more."""
        with self._database.reader() as session:
            job = session.scalars(select(Job).where(Job.key == key)).one_or_none()
            if job is None or job.attempt != attempt or job.state not in UNFINISHED:
                return None
        try:
            parts = list(self._plan(key).chunks(self._run(key)))
        except Exception as fault:  # noqa: BLE001  # a plan's fault ends its job, not the worker
            self._fail(key, fault)
            return None
        with self._database.write() as session:
            jobs.start(session, act=self._act(None), key=key, total=sum(_items(part) for part in parts))
        return parts

    def part(
        self, key: str, number: int, part: Chunk, done: int, failed: int, named: list[Failure]
    ) -> dict[str, Any] | None:
        """Do one part and write down how far the job is; ``None`` when it was asked to stop.

        While the disk is full the part waits, and says so in the task centre.
        """
        while True:
            with self._database.reader() as session:
                if session.scalars(select(Job.cancel_asked).where(Job.key == key)).one():
                    return None
            try:
                answer = self._part(key, number, part, done, failed, named)
            except jobs.Stopped:
                return None
            except OperationalError as fault:
                if not is_out_of_room(fault):
                    raise
            else:
                return answer
            self._say_it_waits(key)
            self._pause(_WAIT_FOR_ROOM)

    def _part(self, key: str, number: int, part: Chunk, done: int, failed: int, named: list[Failure]) -> dict[str, Any]:
        outcome = self._try(key, number, part)
        with self._database.write() as session:
            jobs.report(
                session,
                key=key,
                done=done + outcome.done,
                failed=failed + len(outcome.failed),
                message="",
                failures=[*named, *outcome.failed][:_NAMED],
            )
        return {"done": outcome.done, "failed": list(outcome.failed)}

    def finish(self, key: str) -> None:
        """Do what comes at the end, and end the job."""
        try:
            url = self._plan(key).finish(self._run(key))
        except Exception as fault:  # noqa: BLE001  # as above
            self._fail(key, fault)
            return
        with self._database.write() as session:
            jobs.report(session, key=key, result_url=url)
            jobs.end(session, act=self._act(None), key=key, step=JobStep.FINISH)

    def cancel(self, key: str, attempt: int) -> None:
        """End a job without its result; done again after a crash, it leaves alone what was asked for meanwhile."""
        with self._database.write() as session:
            jobs.end(session, act=self._act(None), key=key, step=JobStep.CANCEL, attempt=attempt)

    def _try(self, key: str, number: int, part: Chunk) -> Outcome:
        name = str(part.get("name") or f"#{number}")
        for attempt in range(1, _TRIES + 1):
            try:
                return self._plan(key).work(self._run(key), part) or Outcome(done=_items(part))
            except OperationalError as busy:
                if is_out_of_room(busy):
                    raise
                fault: Exception = busy
                if attempt < _TRIES:
                    continue
            except jobs.Stopped:
                raise
            except Refused as refusal:
                return Outcome(0, (failure(name, refusal),) * _items(part))
            except Exception as broken:  # noqa: BLE001  # one part's fault leaves the others alone
                fault = broken
            break
        _log.error("job %s, part %s: %s", key, number, _where(fault))
        return Outcome(0, (failure(name),) * _items(part))

    def _say_it_waits(self, key: str) -> None:
        _log.error("job %s: the disk is full", key)
        room.release(self._settings.data_dir)
        try:
            with self._database.write() as session:
                jobs.report(session, key=key, message=NO_ROOM)
        except OperationalError:  # not even that fits
            _log.warning("job %s: the task centre cannot be told", key)

    def _fail(self, key: str, fault: Exception) -> None:
        _log.error("job %s: %s", key, _where(fault))
        with self._database.write() as session:
            held = _job(session, key).failures
            told = [failure("", fault)] if isinstance(fault, Refused) else []
            jobs.report(session, key=key, message="", failures=[*held, *told])
            jobs.end(session, act=self._act(None), key=key, step=JobStep.FAIL)

    def _plan(self, key: str) -> Plan:
        with self._database.reader() as session:
            return self._plans[_job(session, key).kind]

    def _run(self, key: str) -> Run:
        with self._database.reader() as session:
            job = _job(session, key)
            user = session.get(User, job.created_by_id) if job.created_by_id else None
        actor = Actor(user.id, user.name, user.role, user.school_id, user.township_id) if user else None
        return Run(self._database, self._settings, job.id, key, job.arguments, self._act(actor))

    def _act(self, actor: Actor | None) -> Act:
        return Act(actor, self._now())


def _job(session: Session, key: str) -> Job:
    return session.scalars(select(Job).where(Job.key == key)).one()


def _items(part: Chunk) -> int:
    return int(part.get("items", 1))


def _where(fault: Exception) -> str:
    """Say what broke and where, without the message: a database's message quotes the row it choked on."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} at {last.filename.rpartition('/')[2]}:{last.lineno}"
