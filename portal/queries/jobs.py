"""The task centre: jobs as their people see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, false, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from models.accounts import User
from models.jobs import Job
from models.rules.jobs import STOPPED, UNFINISHED, JobKind, JobState
from models.rules.permissions import REACH, Permission, Reach
from models.rules.refusals import NotVisible, Refused, unpacked
from portal.actors import Actor
from portal.queries.paging import PAGE


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job.

    Attributes:
        title, message, failures, result_url: empty for those who look after the machine, not after its contents.
        asked_by: a name; empty for the portal itself.
        seconds_left: estimated from the pace so far; ``None`` before there is one.

    """

    id: int
    kind: JobKind
    title: str
    state: JobState
    total: int
    done: int
    failed: int
    message: str
    failures: Sequence[tuple[str, Refused | None]]
    result_url: str
    cancel_asked: bool
    asked_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    may_cancel: bool
    may_go_on: bool
    seconds_left: int | None

    @property
    def processed(self) -> int:
        """Items gone through, well or not."""
        return self.done + self.failed

    @property
    def is_ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state not in UNFINISHED


def any_waiting(session: Session) -> bool:
    """Say whether a job waits to be put on the queue."""
    return bool(session.scalar(select(exists().where(Job.state == JobState.WAITING))))


def task_centre(session: Session, actor: Actor, now: datetime, before: int | None = None) -> tuple[JobRow, ...]:
    """List the newest jobs the actor may see, one page and one row more to tell that there is a next page.

    Args:
        session: a reading session.
        actor: sees own jobs; the aid centre and the administrator see all, the latter without contents.
        now: for the time left.
        before: the id the page starts below.

    """
    query = _visible(actor).order_by(Job.id.desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(Job.id < before)
    return tuple(_row(job, name, actor, now) for job, name in session.execute(query))


def one_job(session: Session, actor: Actor, now: datetime, job_id: int) -> JobRow:
    """Return one job.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    found = session.execute(_visible(actor).where(Job.id == job_id)).one_or_none()
    if found is None:
        raise NotVisible
    return _row(found[0], found[1], actor, now)


def _visible(actor: Actor) -> Select[Job, Any]:
    asked_by: ColumnElement[Any] = User.name.label("asked_by")
    return select(Job, asked_by).outerjoin(User, User.id == Job.created_by_id).where(_reach(actor))


def _reach(actor: Actor) -> ColumnElement[bool]:
    if not actor.may(Permission.JOBS_READ):
        return false()
    if REACH[actor.role] in {Reach.DISTRICT, Reach.NONE}:
        return true()
    return Job.created_by_id == actor.user_id


def _row(job: Job, asked_by: str | None, actor: Actor, now: datetime) -> JobRow:
    sees_contents = REACH[actor.role] is not Reach.NONE or job.kind is JobKind.NIGHTLY
    is_theirs = job.created_by_id == actor.user_id or REACH[actor.role] is Reach.DISTRICT
    return JobRow(
        id=job.id,
        kind=job.kind,
        title=job.title if sees_contents else "",
        state=job.state,
        total=job.total,
        done=job.done,
        failed=job.failed,
        message=job.message if sees_contents else "",
        failures=[_failure(**one) for one in job.failures] if sees_contents else [],
        result_url=job.result_url if sees_contents and job.result_url.startswith("/") else "",
        cancel_asked=job.cancel_asked,
        asked_by=asked_by or "",
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        may_cancel=(is_theirs and job.state in UNFINISHED and not job.cancel_asked and job.kind is not JobKind.NIGHTLY),
        may_go_on=is_theirs and job.state in STOPPED,
        seconds_left=_seconds_left(job, now),
    )


def _failure(name: str, reason: str = "", values: dict[str, Any] | None = None) -> tuple[str, Refused | None]:
    return name, unpacked(reason, values or {}) if reason else None


def _seconds_left(job: Job, now: datetime) -> int | None:
    processed = job.done + job.failed
    if job.state is not JobState.RUNNING or job.started_at is None or processed <= 0:
        return None
    spent = max(0.0, (now - job.started_at).total_seconds())
    return round(spent / processed * max(0, job.total - processed))
