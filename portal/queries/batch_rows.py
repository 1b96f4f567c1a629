"""What lists of batches have in common: how far each is, counted over what the reader may see, and its job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.accounts import User
from models.jobs import Job
from models.notices import NoticeBatch, NoticeBatchItem
from models.papers import PaperBatch, PaperBatchItem
from models.rules.jobs import JobState
from portal.actors import Actor
from portal.queries.scope import visible_borrowers


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch as a list shows it, counted over what the reader may see."""

    id: int
    title: str
    created_at: datetime
    created_by: str
    total: int
    issued: int
    dropped: int
    finished_at: datetime | None
    narrowed: dict[str, str]
    job_id: int | None
    job_state: JobState | None

    @property
    def waiting(self) -> int:
        """How many are neither issued nor dropped."""
        return self.total - self.issued - self.dropped


@dataclass(frozen=True, slots=True)
class Shape:
    """How batches of one sort are kept: the batch, what is in it, where its paper is named, the name of its job."""

    batch: type[NoticeBatch | PaperBatch]
    item: type[NoticeBatchItem | PaperBatchItem]
    paper: InstrumentedAttribute[int | None]
    job_key: Callable[[int], str]


def batch_rows(
    session: Session, actor: Actor, today: date, shape: Shape, batch_id: int | None, limit: int
) -> list[tuple[Any, BatchRow]]:
    """Return the newest batches with anybody the actor may see, each with its row in the table.

    Args:
        session: a reading session.
        actor: who asks.
        today: the day.
        shape: which sort.
        batch_id: only this one; all when not given.
        limit: how many at most.

    """
    item = shape.item
    counted = (
        select(
            item.batch_id,
            func.count().label("total"),
            func.count(shape.paper).label("issued"),
            func.count().filter(item.dropped_reason != "").label("dropped"),
        )
        .where(item.borrower_id.in_(visible_borrowers(actor, today)))
        .group_by(item.batch_id)
    )
    if batch_id is not None:
        counted = counted.where(item.batch_id == batch_id)
    shown = counted.order_by(item.batch_id.desc()).limit(limit).subquery()
    found = session.execute(
        select(shape.batch, User.name, shown.c.total, shown.c.issued, shown.c.dropped)
        .join(shown, shown.c.batch_id == shape.batch.id)
        .join(User, User.id == shape.batch.created_by_id)
        .order_by(shape.batch.id.desc())
    ).all()
    keys = [shape.job_key(row.id) for row, *_ in found]
    jobs = {job.key: job for job in session.scalars(select(Job).where(Job.key.in_(keys)))}
    return [
        (row, _row(row, name, total, issued, dropped, jobs.get(shape.job_key(row.id))))
        for row, name, total, issued, dropped in found
    ]


def _row(row: NoticeBatch | PaperBatch, name: str, total: int, issued: int, dropped: int, job: Job | None) -> BatchRow:
    return BatchRow(
        id=row.id,
        title=row.title,
        created_at=row.created_at,
        created_by=name,
        total=total,
        issued=issued,
        dropped=dropped,
        finished_at=row.finished_at,
        narrowed=row.narrowed,
        job_id=job.id if job else None,
        job_state=job.state if job else None,
    )
