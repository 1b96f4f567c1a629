"""Reads of batches of papers: how far each is, who is in it, which papers are still to be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.organisation import Village
from models.papers import IssuedPaper, PaperBatch, PaperBatchItem
from models.rules.papers import PaperKind
from models.rules.refusals import NotVisible
from models.rules.workflows import NoticeState
from portal.actors import Actor
from portal.queries import served_papers
from portal.queries.batch_rows import BatchRow, Shape, batch_rows
from portal.queries.paper_facts import demands
from portal.queries.scope import visible_borrowers

PAGE = 200
"""People of a batch on one page."""


@dataclass(frozen=True, slots=True)
class PaperBatchRow:
    """One batch of papers: its kind, the batch of notices it belongs to, if any, the day it was asked for, how far."""

    kind: PaperKind
    notice_batch_id: int | None
    as_of: date
    row: BatchRow


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One paper of a batch; ``to`` is the co-borrower it is for, empty for the borrower."""

    position: int
    borrower_id: int
    name: str
    to: str
    village: str
    paper_id: int | None
    serial: str
    state: NoticeState | None  # of a co-borrower's paper
    dropped_reason: str
    dropped_values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Items:
    """One page of people, in the order of the batch; ``after`` leads to the next, 0 for none."""

    rows: tuple[ItemRow, ...]
    after: int


def waiting(session: Session, batch_id: int) -> Sequence[int]:
    """Return the positions of a batch that are neither made nor dropped, in order."""
    return session.scalars(
        select(PaperBatchItem.position)
        .where(
            PaperBatchItem.batch_id == batch_id,
            PaperBatchItem.paper_id.is_(None),
            PaperBatchItem.dropped_reason == "",
        )
        .order_by(PaperBatchItem.position)
    ).all()


def batches(session: Session, actor: Actor, today: date, limit: int = 50) -> tuple[PaperBatchRow, ...]:
    """Return the newest batches with anybody the actor may see."""
    return tuple(_row(*one) for one in batch_rows(session, actor, today, _SHAPE, None, limit))


def batch(session: Session, actor: Actor, today: date, batch_id: int) -> PaperBatchRow:
    """Return one batch.

    Raises:
        NotVisible: there is none, or nobody in it is the actor's to see.

    """
    found = batch_rows(session, actor, today, _SHAPE, batch_id, 1)
    if not found:
        raise NotVisible
    return _row(*found[0])


def items(
    session: Session, actor: Actor, today: date, batch_id: int, *, only_dropped: bool = False, after: int = 0
) -> Items:
    """Return one page of the people of a batch whom the actor may see, in its order.

    Args:
        session: a reading session.
        actor: who asks.
        today: the day.
        batch_id: the batch.
        only_dropped: only those who dropped out.
        after: the ``after`` of the page before; 0 for the first.

    """
    wanted = (
        select(
            PaperBatchItem.position,
            PaperBatchItem.borrower_id,
            Borrower.name,
            PaperBatchItem.notice_id,
            PaperBatchItem.place,
            Village.name.label("village"),
            PaperBatchItem.paper_id,
            func.coalesce(IssuedPaper.serial, "").label("serial"),
            PaperBatchItem.dropped_reason,
            PaperBatchItem.dropped_values,
        )
        .join(Borrower, Borrower.id == PaperBatchItem.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .outerjoin(IssuedPaper, IssuedPaper.id == PaperBatchItem.paper_id)
        .where(
            PaperBatchItem.batch_id == batch_id,
            PaperBatchItem.position > after,
            PaperBatchItem.borrower_id.in_(visible_borrowers(actor, today)),
        )
        .order_by(PaperBatchItem.position)
        .limit(PAGE + 1)
    )
    if only_dropped:
        wanted = wanted.where(PaperBatchItem.dropped_reason != "")
    rows = session.execute(wanted).all()
    named = _co_borrowers(session, [row.notice_id for row in rows if row.notice_id is not None])
    stands = served_papers.states(session, [row.paper_id for row in rows if row.paper_id is not None])
    page = tuple(
        ItemRow(
            position=row.position,
            borrower_id=row.borrower_id,
            name=row.name,
            to=named[row.notice_id][row.place] if row.notice_id is not None else "",
            village=row.village,
            paper_id=row.paper_id,
            serial=row.serial,
            state=stands.get(row.paper_id),
            dropped_reason=row.dropped_reason,
            dropped_values=row.dropped_values,
        )
        for row in rows[:PAGE]
    )
    return Items(page, page[-1].position if len(rows) > PAGE else 0)


def job_key(batch_id: int) -> str:
    """Return the natural name of a batch's job."""
    return f"paper-batch:{batch_id}"


def _co_borrowers(session: Session, notice_ids: Sequence[int]) -> dict[int, list[str]]:
    if not notice_ids:
        return {}
    return {key: [one.name for one in found.said.co_borrowers] for key, found in demands(session, notice_ids).items()}


def _row(batch: Any, row: BatchRow) -> PaperBatchRow:  # noqa: ANN401  # a row of PaperBatch
    return PaperBatchRow(batch.kind, batch.notice_batch_id, batch.as_of, row)


_SHAPE = Shape(PaperBatch, PaperBatchItem, PaperBatchItem.paper_id, job_key)
