"""Files for printing of papers that are no notices: which papers of a batch go into which.

A file holds a fixed stretch of its batch, as with notices. What is not true any more is left out when it is fetched: a
reminder of what is paid or over, a co-borrower's notice whose borrower owes nothing or whose notice is called back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.events import Event
from models.notices import Notice
from models.organisation import Township, Village
from models.papers import IssuedPaper, PaperBatch, PaperBatchItem
from models.rules.papers import EARLIEST_REMINDER_DAYS, PaperKind
from models.rules.standing import StandingState
from models.rules.workflows import NoticeState
from models.standings import BorrowerStanding
from notices import kinds
from notices.frozen import Paper
from portal.actors import Actor
from portal.queries.print_files import PAPERS_PER_FILE, PrintFile, in_parts
from portal.queries.scope import visible_borrowers


@dataclass(frozen=True, slots=True)
class Sheet:
    """One paper of a file."""

    paper_id: int
    borrower_id: int
    kind: PaperKind
    year: int
    number: int
    serial: str
    village: str
    was_printed: bool
    said: Paper
    pdf: bytes


@dataclass(frozen=True, slots=True)
class _Place:
    """One place of a batch, as files are cut from it."""

    position: int
    is_open: bool
    is_waiting: bool
    number: int
    serial: str
    village_id: int


def files(session: Session, actor: Actor, today: date, batch_id: int) -> tuple[PrintFile, ...]:
    """Return the files of a batch as far as the actor may see their papers; one without any is left out."""
    return in_parts(
        [
            _Place(
                row.position,
                row.id is not None and _is_true(row, today),
                row.id is None and not row.dropped_reason,
                row.number or 0,
                row.serial or "",
                row.village_id,
            )
            for row in session.execute(_places(actor, today, batch_id))
        ]
    )


def sheets(session: Session, actor: Actor, today: date, batch_id: int, part: int) -> tuple[Sheet, ...]:
    """Return the papers of one file that are still true, in the order of the walk.

    Args:
        session: a reading session.
        actor: who prints; others' borrowers are left out.
        today: the day.
        batch_id: the batch.
        part: 1 for the first file.

    """
    first = (part - 1) * PAPERS_PER_FILE
    rows = session.execute(
        _places(actor, today, batch_id)
        .add_columns(IssuedPaper.content, IssuedPaper.pdf)
        .where(PaperBatchItem.position > first, PaperBatchItem.position <= first + PAPERS_PER_FILE)
    ).all()
    found = [row for row in rows if row.id is not None and _is_true(row, today)]
    already = printed(session, {f"paper/{row.id}": row.borrower_id for row in found})
    return tuple(
        Sheet(
            row.id,
            row.borrower_id,
            row.kind,
            row.year,
            row.number,
            row.serial,
            row.township + row.village,
            f"paper/{row.id}" in already,
            kinds.read(row.kind, row.content),
            row.pdf,
        )
        for row in found
    )


def _places(actor: Actor, today: date, batch_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            PaperBatchItem.position,
            PaperBatchItem.borrower_id,
            PaperBatchItem.dropped_reason,
            PaperBatch.kind,
            IssuedPaper.id,
            IssuedPaper.year,
            IssuedPaper.number,
            IssuedPaper.serial,
            IssuedPaper.issued_on,
            Notice.state.label("notice_state"),
            Borrower.village_id,
            Village.name.label("village"),
            Township.name.label("township"),
            BorrowerStanding.state,
            BorrowerStanding.next_due_on,
            BorrowerStanding.next_due_amount,
        )
        .join(PaperBatch, PaperBatch.id == PaperBatchItem.batch_id)
        .join(Borrower, Borrower.id == PaperBatchItem.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .join(Township, Township.id == Village.township_id)
        .outerjoin(IssuedPaper, IssuedPaper.id == PaperBatchItem.paper_id)
        .outerjoin(Notice, Notice.id == PaperBatchItem.notice_id)
        .outerjoin(BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id)
        .where(PaperBatchItem.batch_id == batch_id, Borrower.id.in_(visible_borrowers(actor, today)))
        .order_by(PaperBatchItem.position)
    )


def _is_true(row: Any, today: date) -> bool:  # noqa: ANN401  # a row of the query above
    is_overdue = row.state is StandingState.OVERDUE
    if row.kind is PaperKind.CO_BORROWER:
        return is_overdue and row.notice_state is not NoticeState.CALLED_BACK
    if is_overdue or row.next_due_on is None or not row.next_due_amount:
        return False
    last = row.issued_on + timedelta(days=EARLIEST_REMINDER_DAYS)  # what is due later is not what it reminds of
    return bool(today < row.next_due_on <= last)


def printed(session: Session, subjects: Mapping[str, int]) -> set[str]:
    """Return which papers, given as subjects of events with their borrowers, were printed before."""
    return set(
        session.scalars(
            select(Event.subject).where(
                Event.borrower_id.in_(set(subjects.values())),  # the index of events is by borrower
                Event.tag == "paper:printed",
                Event.subject.in_(subjects),
            )
        )
    )
