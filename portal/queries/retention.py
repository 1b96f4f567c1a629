"""Until when the copies of each list are kept, and which lists' time is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from config import COUNTY_TIME
from models.accounts import User
from models.borrowers import Borrower, id_index
from models.imports import Destruction, ImportBatch
from models.loans import Loan
from models.rules.calendar import add_months
from models.rules.imports import DestructionCause, ImportKind, ImportState
from models.rules.refusals import NotVisible
from models.rules.retention import earliest, kept_until, relation_ended
from portal.pieces import chunks
from portal.queries.import_contents import clean_values
from portal.queries.import_images import TOUCHED, kept

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """A destruction that was asked for, or carried out."""

    cause: DestructionCause
    reason: str
    asked_at: datetime
    asked_by_id: int | None
    asked_by: str | None
    destroyed_at: datetime | None
    destroyed_by: str | None


@dataclass(frozen=True, slots=True)
class Clock:
    """Until when the copies of one list are kept.

    Attributes:
        earliest: before this day they are kept in any case.
        until: the last day of keeping; ``None`` while contracts of those it is about are open, or not yet looked at.
        is_over: whether it is past.
        destruction: what was asked or done.

    """

    batch_id: int
    kind: ImportKind
    file_name: str
    received_at: datetime
    sha256: str
    earliest: date
    until: date | None
    is_over: bool
    destruction: Asked | None


def clock(session: Session, batch_id: int, today: date, years: int) -> Clock:
    """Return the clock of one list; who it is about is looked up only once the shortest time is over.

    Raises:
        NotVisible: there is no such list.

    """
    batch = session.get(ImportBatch, batch_id)
    if batch is None:
        raise NotVisible
    used = max(at for at in (batch.received_at, batch.applied_at, batch.undone_at) if at is not None)
    last_used_on = used.astimezone(COUNTY_TIME).date()
    first = earliest(last_used_on, years)
    until = None
    if first < today:
        about = concerned(session, batch)
        ended_on = relation_ended(_settled(session, about))
        until = kept_until(last_used_on, ended_on, is_about_people=bool(about), years=years)
    return Clock(
        batch_id=batch.id,
        kind=batch.kind,
        file_name=batch.file_name,
        received_at=batch.received_at,
        sha256=batch.sha256,
        earliest=first,
        until=until,
        is_over=until is not None and until < today,
        destruction=_asked(session, batch_id),
    )


def run_out(session: Session, today: date, years: int) -> tuple[Clock, ...]:
    """Return the lists whose time of keeping is over and that are not destroyed, oldest first."""
    day = add_months(today, -years * _MONTHS)
    before = datetime.combine(day, datetime.max.time(), COUNTY_TIME)
    destroyed = select(Destruction.batch_id).where(Destruction.destroyed_at.is_not(None))
    waiting = (ImportState.RECEIVED, ImportState.STAGED)
    ids = session.scalars(
        select(ImportBatch.id)
        .where(
            ImportBatch.received_at <= before,
            ImportBatch.id.not_in(destroyed),
            ImportBatch.state.not_in(waiting),
        )
        .order_by(ImportBatch.id)
    )
    found = (clock(session, batch_id, today, years) for batch_id in ids)
    return tuple(one for one in found if one.is_over)


def concerned(session: Session, batch: ImportBatch) -> set[int]:
    """Return the borrowers a list is about: whom it touched, and whom its rows name."""
    found: set[int] = set(kept(session, batch.id, TOUCHED))
    loans: set[int] = set()
    numbers: set[str] = set()
    for one in clean_values(session, batch.id):
        clean = one or {}
        found |= {clean["borrower_id"]} if "borrower_id" in clean else set()
        loans |= {clean["loan_id"]} if "loan_id" in clean else set()
        numbers |= {id_index(clean["id_number"])} if clean.get("id_number") else set()
    for piece in chunks(sorted(loans)):
        found |= set(session.scalars(select(Loan.borrower_id).where(Loan.id.in_(piece))))
    for indexes in chunks(sorted(numbers)):
        found |= set(session.scalars(select(Borrower.id).where(Borrower.id_index.in_(indexes))))
    return found


def _settled(session: Session, borrower_ids: set[int]) -> list[date | None]:
    found: list[date | None] = []
    for piece in chunks(sorted(borrower_ids)):
        found += session.scalars(select(Loan.settled_on).where(Loan.borrower_id.in_(piece))).all()
    return found


def _asked(session: Session, batch_id: int) -> Asked | None:
    asker, doer = aliased(User), aliased(User)
    row = session.execute(
        select(
            Destruction.cause,
            Destruction.reason,
            Destruction.asked_at,
            Destruction.asked_by_id,
            asker.name,
            Destruction.destroyed_at,
            doer.name,
        )
        .outerjoin(asker, asker.id == Destruction.asked_by_id)
        .outerjoin(doer, doer.id == Destruction.destroyed_by_id)
        .where(Destruction.batch_id == batch_id)
    ).one_or_none()
    if row is None:
        return None
    cause, reason, asked_at, asked_by_id, asked_by, destroyed_at, destroyed_by = row
    return Asked(cause, reason, asked_at, asked_by_id, asked_by, destroyed_at, destroyed_by)
