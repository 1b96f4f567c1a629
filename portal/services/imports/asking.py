"""Asking for the work on a list: a job each, named after the list, the step and how often was asked."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.jobs import Job
from models.rules.imports import ImportStep
from models.rules.jobs import UNFINISHED, JobKind
from models.rules.refusals import Refused
from portal.actors import Act
from portal.services import jobs
from portal.services.imports import applying, staging, waiting
from portal.services.imports.undoing import check_undoable

PARTS = 100  # a job's bar counts hundredths: rows are not known before the file is read


def ask(session: Session, *, act: Act, batch_id: int, step: ImportStep) -> Job:
    """Ask for a step; what can be refused at once is refused at once.

    Args:
        session: a writing session; the job exists when it commits.
        act: who asks, and when.
        batch_id: the list.
        step: compare it with what we hold, apply it, or take it back.

    Raises:
        NotVisible: there is no such import.
        Refused: it waits no longer, is being worked on, or cannot be applied.

    """
    batch = waiting.locked(session, batch_id)
    check_idle(session, batch)
    if step is ImportStep.APPLY:
        applying.check_applicable(session, batch)
    elif step is ImportStep.UNDO:
        check_undoable(session, batch_id)
    elif batch.state not in waiting.WAITING:
        raise Refused("This import no longer waits for confirmation.")
    batch.asks += 1
    batch.job_key = f"import:{batch.id}:{step.value}:{batch.asks}"
    batch.refusal, batch.refusal_values = "", {}
    return jobs.ask(
        session,
        act=act,
        kind=JobKind.IMPORT,
        key=batch.job_key,
        title=str(batch.id),
        arguments={"batch_id": batch.id, "step": step.value},
        total=PARTS,
    )


def check_idle(session: Session, batch: ImportBatch) -> None:
    """Let nothing else happen to a list while a job works on it.

    Raises:
        Refused: one does.

    """
    if session.scalar(select(exists().where(Job.key == batch.job_key, Job.state.in_(UNFINISHED)))):
        raise Refused("This list is being worked on: wait until that ends, or cancel it.")


def discard(session: Session, *, act: Act, batch_id: int) -> None:
    """Drop a waiting list that nothing works on; see ``staging.discard``."""
    check_idle(session, waiting.locked(session, batch_id))
    staging.discard(session, act=act, batch_id=batch_id)
