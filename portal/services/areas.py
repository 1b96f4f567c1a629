"""Areas: who looks after which village."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisation import AreaAssignment, GroupSeat, LeadershipGroup, School, Village
from models.rules.permissions import REACH, Reach
from models.rules.refusals import NotVisible, Refused
from portal.actors import Act
from portal.queries.scope import visible_villages
from portal.services import handovers


def assign_village(
    session: Session, *, act: Act, village_code: str, school_id: int, seat_id: int | None
) -> AreaAssignment:
    """Give a village to a school and to one of its group; what it was before ends today and is kept.

    What is open in it is handed over with it (``handovers``).

    A school's own people move their own villages within their school; the centre moves any village to any school.

    Args:
        session: a writing session.
        act: by whom and when.
        village_code: the village's twelve-digit code.
        school_id: the school that looks after it from today.
        seat_id: the member's seat; ``None`` leaves it to the school to name one.

    Raises:
        NotVisible: no such village, or not within this person's reach.
        Refused: the seat is closed or of another school, or the village is not this school's to give away.

    """
    person = act.person
    query = select(Village).where(Village.code == village_code).with_for_update()
    if REACH[person.role] is not Reach.DISTRICT:
        query = query.where(Village.id.in_(visible_villages(person)))
    village = session.scalars(query).one_or_none()
    if village is None:
        raise NotVisible
    if REACH[person.role] is not Reach.DISTRICT and school_id != person.school_id:
        raise Refused("Only the aid centre can give a village to another school.")
    school = session.get(School, school_id)
    if school is None:
        raise Refused("This school does not exist: choose one of the list.")
    member = _member_name(session, school_id, seat_id)
    old = session.scalars(
        select(AreaAssignment)
        .where(AreaAssignment.village_id == village.id, AreaAssignment.to_on.is_(None))
        .with_for_update()
    ).one_or_none()
    if old is not None:
        if (old.school_id, old.seat_id) == (school_id, seat_id):
            raise Refused("This village is already looked after in this way.")
        old.to_on = max(act.today, old.from_on)
        session.flush()  # one open row per village: the old one closes before the new one opens
    new = AreaAssignment(village_id=village.id, school_id=school_id, seat_id=seat_id, from_on=act.today)
    session.add(new)
    session.flush()
    act.record(
        session,
        "area:assigned",
        subject=f"village/{village.id}",
        area=village.name,
        school=school.name,
        member=member,
    )
    handovers.follow(session, act=act, given=new)
    return new


def _member_name(session: Session, school_id: int, seat_id: int | None) -> str:
    if seat_id is None:
        return ""
    name = session.scalars(
        select(GroupSeat.person_name)
        .join(LeadershipGroup, LeadershipGroup.id == GroupSeat.group_id)
        .where(
            GroupSeat.id == seat_id,
            GroupSeat.to_on.is_(None),
            LeadershipGroup.ended_on.is_(None),
            LeadershipGroup.school_id == school_id,
        )
    ).one_or_none()
    if name is None:
        raise Refused("This person is not in the present leadership group of the school: choose another.")
    return name
