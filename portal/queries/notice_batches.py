"""Reads of batches: who is due somewhere, who drops out and why, and how far a batch is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, or_, select, union_all
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.loans import Loan, Statement
from models.notices import Notice, NoticeBatch, NoticeBatchItem
from models.organisation import District, School, Township, Village
from models.rules.addresses import house_key
from models.rules.notices import NoticeLevel, level_after
from models.rules.refusals import NotVisible
from models.rules.standing import StandingState
from models.rules.workflows import NOTICE, NoticeState, NoticeStep
from models.standings import BorrowerStanding
from portal.actors import Actor
from portal.pieces import chunks
from portal.queries.batch_rows import BatchRow, Shape, batch_rows
from portal.queries.borrower_filters import Filters
from portal.queries.borrowers import matching
from portal.queries.loan_facts import newest_lists
from portal.queries.notice_facts import Dossier, dossiers
from portal.queries.scope import visible_borrowers


@dataclass(frozen=True, slots=True)
class Place:
    """What a batch is for: the filters of a ledger, the level of the next notice, and a name without personal data."""

    filters: Filters
    level: NoticeLevel | None
    name: str

    @property
    def address(self) -> dict[str, str]:
        """Return it as parts of an address."""
        return {**self.filters.address, **({"level": self.level.value} if self.level else {})}


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


def place(
    session: Session, *, area_code: str = "", school_code: str = "", more: Filters | None = None, level: str = ""
) -> Place:
    """Return what a batch is asked for: an area, a school, or all in reach, narrowed as the ledger is.

    Args:
        session: a reading session.
        area_code: of the district, a township or a village.
        school_code: of the school that looks after the villages.
        more: further filters of the ledger.
        level: only those whose next notice is of this level; empty for all.

    Raises:
        NotVisible: there is no such area or school.

    """
    filters = replace(more or Filters(), area=area_code, school=school_code)
    names = []
    if area_code or not school_code:
        wanted = [
            select(table.name).where(table.code == area_code) if area_code else select(District.name)
            for table in ((District, Township, Village) if area_code else (District,))
        ]
        names.append(session.scalars(union_all(*wanted)).first())
    if school_code:
        names.append(session.scalars(select(School.name).where(School.code == school_code)).one_or_none())
    if None in names:
        raise NotVisible
    wanted_level = next((one for one in NoticeLevel if one.value == level), None)
    return Place(filters, wanted_level, " · ".join(name for name in names if name))


def candidates(session: Session, actor: Actor, today: date, where: Place) -> tuple[Dossier, ...]:
    """Return those of a place the actor may see who are overdue, or were on the newest list, in the order of a walk.

    The order is by village, then by house, then by name.
    """
    lists = [list_id for list_id, _ in newest_lists(session, today).values()]
    listed = (
        select(Loan.borrower_id)
        .join(Statement, Statement.loan_id == Loan.id)
        .where(Statement.arrears_list_id.in_(lists))
    )
    overdue = select(BorrowerStanding.borrower_id).where(BorrowerStanding.state == StandingState.OVERDUE)
    rows = session.execute(
        select(Borrower.id, Village.code, Borrower.address, Borrower.name)
        .join(Village, Village.id == Borrower.village_id)
        .where(
            Borrower.id.in_(matching(actor, today, where.filters)),
            or_(Borrower.id.in_(overdue), Borrower.id.in_(listed)),
        )
    ).all()
    ids = [row.id for row in sorted(rows, key=lambda row: (row.code, house_key(row.address or ""), row.name, row.id))]
    found = (
        known[borrower_id]
        for chunk in chunks(ids)
        for known in [dossiers(session, chunk, today)]
        for borrower_id in chunk
    )
    return tuple(one for one in found if where.level is None or level_after(one.served) is where.level)


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
    return tuple(row for _batch, row in batch_rows(session, actor, today, _SHAPE, None, limit))


def batch(session: Session, actor: Actor, today: date, batch_id: int) -> BatchRow:
    """Return one batch.

    Raises:
        NotVisible: there is none, or nobody in it is the actor's to see.

    """
    found = batch_rows(session, actor, today, _SHAPE, batch_id, 1)
    if not found:
        raise NotVisible
    return found[0][1]


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


@dataclass(frozen=True, slots=True)
class Recallable:
    """The notices of a batch that can be called back still, and how many of them were printed."""

    notice_ids: tuple[int, ...]
    borrower_ids: tuple[int, ...]
    printed: int


def recallable(session: Session, actor: Actor, today: date, batch_id: int) -> Recallable:
    """Return what of a batch can be called back: not served, of borrowers the actor may see."""
    states = [state for state in NOTICE.states if (state, NoticeStep.CALL_BACK) in NOTICE.moves]
    rows = session.execute(
        select(Notice.id, Notice.borrower_id, Notice.printed_at)
        .where(
            Notice.batch_id == batch_id,
            Notice.state.in_(states),
            Notice.borrower_id.in_(visible_borrowers(actor, today)),
        )
        .order_by(Notice.id)
    ).all()
    return Recallable(
        tuple(row.id for row in rows),
        tuple(row.borrower_id for row in rows),
        sum(row.printed_at is not None for row in rows),
    )


def job_key(batch_id: int) -> str:
    """Return the natural name of a batch's job."""
    return f"notice-batch:{batch_id}"


_SHAPE = Shape(NoticeBatch, NoticeBatchItem, NoticeBatchItem.notice_id, job_key)
