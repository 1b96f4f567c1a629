"""Asking for work that takes longer than a page, stopping it, and writing down how far it is.

The row is written in the transaction that asks, so a request that fails asks for nothing. A worker picks it up;
no caller needs to do more than ``ask``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.jobs import Job
from models.rules.jobs import JOB, STOPPED, UNFINISHED, JobKind, JobState, JobStep
from models.rules.permissions import REACH, Reach
from models.rules.refusals import NotVisible, Refused
from portal.actors import Act


class Stopped(Exception):
    """Somebody asked the job to stop, and a part that can do so has stopped in the middle, leaving nothing."""


def ask(
    session: Session,
    *,
    act: Act,
    kind: JobKind,
    key: str,
    title: str,
    arguments: Mapping[str, Any],
    total: int = 0,
) -> Job:
    """Ask for a piece of work; asking twice for the same key is once.

    A job that failed or was cancelled is started again; one that waits, runs or is done is returned as it is.

    Args:
        session: a writing session; the job exists when it commits.
        act: who asks, and when.
        kind: which plan does it (``portal/jobs/registry.py``).
        key: its natural name, ``noun:id`` or ``noun:date``, at most 80 characters, no personal data.
        title: what a person reads in the task centre, no personal data.
        arguments: ids and dates for the plan, in what JSON can hold; no personal data.
        total: how many items there are, when known already.

    """
    job = _by_key(session, key)
    if job is None:
        job = Job(
            key=key,
            attempt=1,
            kind=kind,
            title=title[:160],
            arguments=dict(arguments),
            state=JobState.WAITING,
            total=total,
            created_at=act.at,
            created_by_id=act.user_id,
        )
        try:
            with session.begin_nested():
                session.add(job)
        except IntegrityError:  # somebody asked for the same at the same moment
            twin = _by_key(session, key)
            if twin is None:
                raise
            return twin
    elif job.state in STOPPED:
        _restart(job, act, arguments, total)
    else:
        return job
    act.record(session, "job:asked", subject=f"job/{job.id}", key=job.key, attempt=job.attempt)
    return job


def ask_cancel(session: Session, *, act: Act, job_id: int) -> Job:
    """Ask a job to stop: a waiting one never starts, a running one stops after the part it is at.

    What was done stays done. The person who asked for the job may stop it, and so may the aid centre.

    Raises:
        NotVisible: no such job, or not this person's.
        Refused: it has ended already, or belongs to the portal's own nightly work.

    """
    job = session.scalars(select(Job).where(Job.id == job_id).with_for_update()).one_or_none()
    if job is None or not _is_theirs(act, job):
        raise NotVisible
    if job.state not in UNFINISHED:
        raise Refused("This job has ended already; there is nothing left to cancel.")
    if job.kind is JobKind.NIGHTLY:
        raise Refused("The nightly work keeps the figures right and cannot be cancelled.")
    if not job.cancel_asked:
        job.cancel_asked = True
        act.record(session, "job:cancel_asked", subject=f"job/{job.id}", key=job.key)
        if job.state is JobState.WAITING:
            _take(session, act, job, JobStep.CANCEL)
    return job


def go_on(session: Session, *, act: Act, key: str, total: int) -> Job:
    """Ask again for a job that was stopped or broke down, with the arguments it had, as the person's who asks now.

    The person who asked for it may, and so may the aid centre.

    Raises:
        NotVisible: no such job, or not this person's.
        Refused: it waits, runs or is done.

    """
    job = _by_key(session, key)
    if job is None or not _is_theirs(act, job):
        raise NotVisible
    if job.state not in STOPPED:
        raise Refused("This job was not stopped; there is nothing to go on with.")
    return ask(session, act=act, kind=job.kind, key=key, title=job.title, arguments=job.arguments, total=total)


def start(session: Session, *, act: Act, key: str, total: int) -> None:
    """Write down that a worker has begun; starting again after a crash changes nothing.

    Args:
        session: a writing session.
        act: the worker's moment.
        key: the job.
        total: how many items its plan found.

    """
    job = _locked(session, key)
    job.total = total
    if job.state is JobState.WAITING:
        job.state = JobState(JOB.take(job.state, JobStep.START, None))
        job.started_at = act.at


def report(
    session: Session,
    *,
    key: str,
    done: int | None = None,
    failed: int | None = None,
    message: str | None = None,
    failures: list[dict[str, Any]] | None = None,
    result_url: str | None = None,
) -> Job:
    """Write down how far a job is. Figures are totals so far, not increments: telling twice changes nothing.

    Args:
        session: a writing session.
        key: the job.
        done: items done so far.
        failed: items that could not be done.
        message: a sentence about it as it is now, as an English message id.
        failures: which ones and why, see ``portal/jobs/plans.py``; no personal data.
        result_url: where the result is to be seen.

    Raises:
        LookupError: no job has this key.

    """
    job = _locked(session, key)
    if done is not None:
        job.done = done
    if failed is not None:
        job.failed = failed
    if message is not None:
        job.message = message
    if failures is not None:
        job.failures = failures
    if result_url is not None:
        job.result_url = result_url
    return job


def end(session: Session, *, act: Act, key: str, step: JobStep, attempt: int | None = None) -> None:
    """End a job: finished, failed or cancelled. A job that has ended stays as it is.

    Args:
        session: a writing session.
        act: the worker's moment.
        key: the job.
        step: how it ends.
        attempt: only this asking of it; a later one stays as it is.

    Raises:
        LookupError: no job has this key.

    """
    job = _locked(session, key)
    if job.state in UNFINISHED and attempt in {None, job.attempt}:
        _take(session, act, job, step)


def _take(session: Session, act: Act, job: Job, step: JobStep) -> None:
    job.state = JobState(JOB.take(job.state, step, None))
    job.finished_at = act.at
    act.record(
        session, f"job:{job.state.value}", subject=f"job/{job.id}", key=job.key, done=job.done, failed=job.failed
    )


def _restart(job: Job, act: Act, arguments: Mapping[str, Any], total: int) -> None:
    job.state = JobState(JOB.take(job.state, JobStep.ASK_AGAIN, None))
    job.attempt += 1
    job.arguments = dict(arguments)
    job.total, job.done, job.failed = total, 0, 0
    job.message, job.failures, job.result_url = "", [], ""
    job.cancel_asked = False
    job.started_at = job.finished_at = None
    job.created_at, job.created_by_id = act.at, act.user_id


def _is_theirs(act: Act, job: Job) -> bool:
    return job.created_by_id == act.person.user_id or REACH[act.person.role] is Reach.DISTRICT


def _by_key(session: Session, key: str) -> Job | None:
    return session.scalars(select(Job).where(Job.key == key).with_for_update()).one_or_none()


def _locked(session: Session, key: str) -> Job:
    job = _by_key(session, key)
    if job is None:
        raise LookupError(key)
    return job
