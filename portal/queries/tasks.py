"""What somebody has to do by a day, as a list: which task, about whom, where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.casework import Task
from models.organisation import AreaAssignment, GroupSeat, Village
from models.rules.casework import TaskKind
from models.standings import BorrowerStanding
from portal.actors import Actor
from portal.queries.paging import PAGE, Paged, pages_of
from portal.queries.scope import visible_borrowers


@dataclass(frozen=True, slots=True)
class DueTask:
    """One task that is due, with whose it is; the next payment is what somebody who paid is to be told."""

    id: int
    borrower_id: int
    name: str
    village: str
    member: str | None
    kind: TaskKind
    due_on: date
    reason: str
    next_due_on: date | None
    next_due_amount: Decimal | None


def due_tasks(
    session: Session, actor: Actor, today: date, *, kind: TaskKind | None = None, page: int = 1
) -> Paged[DueTask]:
    """Return a page of the open tasks due today or before, within reach, longest due first, thanks last."""
    conditions = _open(actor, today)
    if kind is not None:
        conditions.append(Task.kind == kind)
    total = session.scalar(select(func.count()).select_from(Task).where(*conditions)) or 0
    page = min(page, pages_of(total))
    rows = session.execute(
        select(
            Task.id,
            Borrower.id,
            Borrower.name,
            Village.name,
            GroupSeat.person_name,
            Task.kind,
            Task.due_on,
            Task.reason,
            BorrowerStanding.next_due_on,
            BorrowerStanding.next_due_amount,
        )
        .join(Borrower, Borrower.id == Task.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .outerjoin(BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id)
        .outerjoin(AreaAssignment, (AreaAssignment.village_id == Village.id) & AreaAssignment.to_on.is_(None))
        .outerjoin(GroupSeat, (GroupSeat.id == AreaAssignment.seat_id) & GroupSeat.to_on.is_(None))
        .where(*conditions)
        .order_by(Task.kind == TaskKind.THANK, Task.due_on, Task.id)  # a payment brings many, and they press least
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    return Paged(tuple(DueTask(*tuple(row)) for row in rows), total, page)


def due_kinds(session: Session, actor: Actor, today: date) -> dict[TaskKind, int]:
    """Return how many tasks of each kind are due; kinds without any are left out."""
    counted = session.execute(select(Task.kind, func.count()).where(*_open(actor, today)).group_by(Task.kind))
    found = {kind: count for kind, count in counted}  # noqa: C416  # a row is a pair only to us
    return {kind: found[kind] for kind in TaskKind if kind in found}


def _open(actor: Actor, today: date) -> list[ColumnElement[bool]]:
    return [Task.done_at.is_(None), Task.due_on <= today, Task.borrower_id.in_(visible_borrowers(actor, today))]
