"""Handovers of villages within what a person may see: from whom to whom, and whether they were accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.orm import Session, aliased

from models.accounts import User
from models.handovers import Handover
from models.organisation import AreaAssignment, GroupSeat, School, Township, Village
from models.rules.handovers import Counts, HandoverState
from models.rules.permissions import REACH, Reach
from models.rules.refusals import NotVisible
from portal.actors import Actor
from portal.queries.scope import visible_villages

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Side:
    """Who gave or who received: a school, and one of its group; both are empty for nobody."""

    school: str
    member: str


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """One handover. ``receiver_id`` is the receiver's account, none when there is none that works."""

    id: int
    village_id: int
    village_code: str
    village: str
    township: str
    state: HandoverState
    opened_at: datetime
    opened_by: str
    accept_by: date
    then: Counts
    given: Side
    received: Side
    receiver_id: int | None
    accepted_at: datetime | None
    accepted_by: str
    on_paper: bool
    remarks: str
    ended_at: datetime | None

    def is_late(self, today: date) -> bool:
        """Whether the day to accept by has passed without it."""
        return self.state is HandoverState.OPEN and self.accept_by < today


def handovers(session: Session, actor: Actor) -> tuple[HandoverRow, ...]:
    """Return the newest handovers of villages the person sees, those that wait to be accepted first."""
    rows = session.execute(
        _rows()
        .where(sees(actor))
        .order_by((Handover.state == HandoverState.OPEN).desc(), Handover.id.desc())
        .limit(PAGE_ROWS)
    )
    return tuple(_row(row) for row in rows)


def handover(session: Session, actor: Actor, handover_id: int) -> HandoverRow:
    """Return one handover.

    Raises:
        NotVisible: there is none, or its village is not this person's to see.

    """
    row = session.execute(_rows().where(sees(actor), Handover.id == handover_id)).one_or_none()
    if row is None:
        raise NotVisible
    return _row(row)


def open_of(session: Session, village_id: int) -> HandoverRow | None:
    """Return the handover of a village that waits to be accepted; the caller has found the village to be in reach."""
    row = session.execute(
        _rows().where(Handover.village_id == village_id, Handover.state == HandoverState.OPEN)
    ).one_or_none()
    return _row(row) if row else None


def count_to_accept(session: Session, actor: Actor, today: date) -> tuple[int, int]:
    """Count what waits for this person to accept: all, and those past their day."""
    mine = _counted(actor).where(GroupSeat.user_id == actor.user_id, GroupSeat.to_on.is_(None))
    return _both(session, mine, today)


def count_late(session: Session, actor: Actor, today: date) -> int:
    """Count what others should have accepted by now, of the villages this person sees."""
    others = _counted(actor).where(func.coalesce(GroupSeat.user_id, 0) != actor.user_id)
    return _both(session, others, today)[1]


def sees(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a handover's village is one the person sees by area."""
    if REACH[actor.role] is Reach.DISTRICT:
        return true()
    return Handover.village_id.in_(visible_villages(actor))


def _counted(actor: Actor) -> Select[int]:
    return (
        select(func.count())
        .select_from(Handover)
        .join(AreaAssignment, AreaAssignment.id == Handover.assignment_id)
        .join(GroupSeat, GroupSeat.id == AreaAssignment.seat_id)
        .where(Handover.state == HandoverState.OPEN, sees(actor))
    )


def _both(session: Session, query: Select[int], today: date) -> tuple[int, int]:
    return session.scalars(query).one(), session.scalars(query.where(Handover.accept_by < today)).one()


def _rows() -> Select[*tuple[Any, ...]]:
    given, received = aliased(AreaAssignment), aliased(AreaAssignment)
    given_seat, received_seat = aliased(GroupSeat), aliased(GroupSeat)
    given_school, received_school = aliased(School), aliased(School)
    giver, receiver, accepter = aliased(User), aliased(User), aliased(User)
    return (
        select(
            Handover,
            Village.code,
            Village.name,
            Township.name,
            func.coalesce(giver.name, ""),
            func.coalesce(given_school.name, ""),
            func.coalesce(given_seat.person_name, ""),
            func.coalesce(received_school.name, ""),
            func.coalesce(received_seat.person_name, ""),
            receiver.id,
            func.coalesce(accepter.name, ""),
        )
        .join(Village, Village.id == Handover.village_id)
        .join(Township, Township.id == Village.township_id)
        .join(received, received.id == Handover.assignment_id)
        .join(received_school, received_school.id == received.school_id)
        .outerjoin(received_seat, received_seat.id == received.seat_id)
        .outerjoin(receiver, and_(receiver.id == received_seat.user_id, receiver.is_active.is_(True)))
        .outerjoin(given, given.id == Handover.from_assignment_id)
        .outerjoin(given_school, given_school.id == given.school_id)
        .outerjoin(given_seat, given_seat.id == given.seat_id)
        .outerjoin(giver, giver.id == Handover.opened_by_id)
        .outerjoin(accepter, accepter.id == Handover.accepted_by_id)
    )


def _row(row: Any) -> HandoverRow:  # noqa: ANN401  # a row of the query above
    found: Handover = row[0]
    return HandoverRow(
        id=found.id,
        village_id=found.village_id,
        village_code=row[1],
        village=row[2],
        township=row[3],
        state=found.state,
        opened_at=found.opened_at,
        opened_by=row[4],
        accept_by=found.accept_by,
        then=Counts.from_json(found.summary),
        given=Side(row[5], row[6]),
        received=Side(row[7], row[8]),
        receiver_id=row[9],
        accepted_at=found.accepted_at,
        accepted_by=row[10],
        on_paper=found.on_paper,
        remarks=found.remarks,
        ended_at=found.ended_at,
    )
