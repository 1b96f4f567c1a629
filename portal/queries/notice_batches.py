"""Reads of batches: who is due somewhere, who drops out and why, and how far a batch is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select, union_all
from sqlalchemy.orm import Session

from models.accounts import User
from models.borrowers import Borrower
from models.jobs import Job
from models.loans import Loan, Statement
from models.notices import Notice, NoticeBatch, NoticeBatchItem, NoticePaper
from models.organisation import AreaAssignment, District, School, Township, Village
from models.rules.jobs import JobState
from models.rules.refusals import NotVisible
from models.rules.standing import StandingState
from models.rules.workflows import NoticeState
from models.standings import BorrowerStanding
from portal.actors import Actor
from portal.queries.loan_facts import newest_lists
from portal.queries.notice_facts import OPEN, Dossier, dossiers
from portal.queries.scope import visible_borrowers

_CHUNK = 500
PAPERS_PER_FILE = 200
"""Notices in one file for printing: what a small office's printer swallows."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a batch is for: an area by code, or the villages a school looks after."""

    area_code: str
    school_id: int | None
    name: str


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
    job_id: int | None
    job_state: JobState | None

    @property
    def waiting(self) -> int:
        """How many are neither issued nor dropped."""
        return self.total - self.issued - self.dropped


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One borrower of a batch."""

    borrower_id: int
    name: str
    village: str
    notice_id: int | None
    serial: str
    state: NoticeState | None
    dropped_reason: str
    dropped_values: dict[str, str]


def place(session: Session, *, area_code: str = "", school_id: int | None = None) -> Place:
    """Return the place a batch is asked for.

    Raises:
        NotVisible: there is no such area or school.

    """
    if school_id is not None:
        name = session.scalars(select(School.name).where(School.id == school_id)).one_or_none()
        if name is None or area_code:
            raise NotVisible
        return Place("", school_id, name)
    name = session.scalars(
        union_all(*(select(table.name).where(table.code == area_code) for table in (District, Township, Village)))
    ).one_or_none()
    if name is None:
        raise NotVisible
    return Place(area_code, None, name)


def candidates(session: Session, actor: Actor, today: date, where: Place) -> tuple[Dossier, ...]:
    """Return those of a place the actor may see who are overdue, or were on the newest list, by village then name."""
    lists = [list_id for list_id, _ in newest_lists(session, today).values()]
    listed = (
        select(Loan.borrower_id)
        .join(Statement, Statement.loan_id == Loan.id)
        .where(Statement.arrears_list_id.in_(lists))
    )
    overdue = select(BorrowerStanding.borrower_id).where(BorrowerStanding.state == StandingState.OVERDUE)
    ids = session.scalars(
        select(Borrower.id)
        .join(Village, Village.id == Borrower.village_id)
        .where(
            Borrower.id.in_(visible_borrowers(actor, today)),
            Borrower.village_id.in_(_villages(where)),
            or_(Borrower.id.in_(overdue), Borrower.id.in_(listed)),
        )
        .order_by(Village.code, Borrower.name, Borrower.id)
    ).all()
    return tuple(
        found
        for chunk in _chunks(ids)
        for known in [dossiers(session, chunk, today)]
        for found in (known[borrower_id] for borrower_id in chunk)
    )


def waiting(session: Session, batch_id: int) -> Sequence[int]:
    """Return ids of the borrowers of a batch who are neither issued nor dropped, in its order."""
    return session.scalars(
        select(NoticeBatchItem.borrower_id)
        .where(
            NoticeBatchItem.batch_id == batch_id,
            NoticeBatchItem.notice_id.is_(None),
            NoticeBatchItem.dropped_reason == "",
        )
        .order_by(NoticeBatchItem.position)
    ).all()


def batches(session: Session, actor: Actor, today: date, limit: int = 50) -> tuple[BatchRow, ...]:
    """Return the newest batches with anybody the actor may see."""
    return _batches(session, actor, today, None, limit)


def batch(session: Session, actor: Actor, today: date, batch_id: int) -> BatchRow:
    """Return one batch.

    Raises:
        NotVisible: there is none, or nobody in it is the actor's to see.

    """
    found = _batches(session, actor, today, batch_id, 1)
    if not found:
        raise NotVisible
    return found[0]


def items(session: Session, actor: Actor, today: date, batch_id: int) -> tuple[ItemRow, ...]:
    """Return the borrowers of a batch whom the actor may see, in its order."""
    rows = session.execute(
        select(
            NoticeBatchItem.borrower_id,
            Borrower.name,
            Village.name.label("village"),
            NoticeBatchItem.notice_id,
            func.coalesce(Notice.serial, "").label("serial"),
            Notice.state,
            NoticeBatchItem.dropped_reason,
            NoticeBatchItem.dropped_values,
        )
        .join(Borrower, Borrower.id == NoticeBatchItem.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .outerjoin(Notice, Notice.id == NoticeBatchItem.notice_id)
        .where(
            NoticeBatchItem.batch_id == batch_id,
            NoticeBatchItem.borrower_id.in_(visible_borrowers(actor, today)),
        )
        .order_by(NoticeBatchItem.position)
    )
    return tuple(ItemRow(*row) for row in rows)


def papers(session: Session, actor: Actor, today: date, batch_id: int, part: int) -> tuple[tuple[int, bytes], ...]:
    """Return (notice id, PDF) of those still to be served, in the order of the batch, one file's worth.

    Args:
        session: a reading session.
        actor: who prints; others' borrowers are left out.
        today: the day.
        batch_id: the batch.
        part: 1 for the first file.

    """
    rows = session.execute(
        _printable(actor, today, batch_id)
        .order_by(NoticeBatchItem.position)
        .limit(PAPERS_PER_FILE)
        .offset((part - 1) * PAPERS_PER_FILE)
    )
    return tuple((notice_id, pdf) for notice_id, pdf in rows)


def files(session: Session, actor: Actor, today: date, batch_id: int) -> int:
    """Count the files for printing a batch has for this person."""
    count = session.scalars(select(func.count()).select_from(_printable(actor, today, batch_id).subquery())).one()
    return -(-count // PAPERS_PER_FILE)


def _printable(actor: Actor, today: date, batch_id: int) -> Select[int, bytes]:
    return (
        select(NoticePaper.notice_id, NoticePaper.pdf)
        .join(Notice, Notice.id == NoticePaper.notice_id)
        .join(NoticeBatchItem, NoticeBatchItem.notice_id == Notice.id)
        .where(
            NoticeBatchItem.batch_id == batch_id,
            Notice.state.in_(OPEN),
            Notice.borrower_id.in_(visible_borrowers(actor, today)),
        )
    )


def _batches(session: Session, actor: Actor, today: date, batch_id: int | None, limit: int) -> tuple[BatchRow, ...]:
    issued = func.count(NoticeBatchItem.notice_id)
    dropped = func.count().filter(NoticeBatchItem.dropped_reason != "")
    counted = (
        select(
            NoticeBatchItem.batch_id,
            func.count().label("total"),
            issued.label("issued"),
            dropped.label("dropped"),
        )
        .where(NoticeBatchItem.borrower_id.in_(visible_borrowers(actor, today)))
        .group_by(NoticeBatchItem.batch_id)
    )
    if batch_id is not None:
        counted = counted.where(NoticeBatchItem.batch_id == batch_id)
    shown = counted.order_by(NoticeBatchItem.batch_id.desc()).limit(limit).subquery()
    found = session.execute(
        select(NoticeBatch, User.name, shown.c.total, shown.c.issued, shown.c.dropped)
        .join(shown, shown.c.batch_id == NoticeBatch.id)
        .join(User, User.id == NoticeBatch.created_by_id)
        .order_by(NoticeBatch.id.desc())
    ).all()
    keys = [job_key(row.id) for row, *_ in found]
    jobs = {job.key: job for job in session.scalars(select(Job).where(Job.key.in_(keys)))}
    rows = []
    for row, name, total, has_notice, has_dropped in found:
        job = jobs.get(job_key(row.id))
        rows.append(
            BatchRow(
                id=row.id,
                title=row.title,
                created_at=row.created_at,
                created_by=name,
                total=total,
                issued=has_notice,
                dropped=has_dropped,
                finished_at=row.finished_at,
                job_id=job.id if job else None,
                job_state=job.state if job else None,
            )
        )
    return tuple(rows)


def job_key(batch_id: int) -> str:
    """Return the natural name of a batch's job."""
    return f"notice-batch:{batch_id}"


def _villages(where: Place) -> Select[int]:
    if where.school_id is not None:
        return select(AreaAssignment.village_id).where(
            AreaAssignment.school_id == where.school_id, AreaAssignment.to_on.is_(None)
        )
    return (
        select(Village.id)
        .join(Township, Township.id == Village.township_id)
        .join(District, District.id == Township.district_id)
        .where(or_(Village.code == where.area_code, Township.code == where.area_code, District.code == where.area_code))
    )


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
