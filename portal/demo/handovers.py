"""One village of the demo school goes to the demo member, who has still to read what is open in it."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.organisation import AreaAssignment, GroupSeat, LeadershipGroup, Village
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal.actors import Act, Actor
from portal.services import areas, casework


def hand_over(session: Session, *, act: Act, receiver: Actor) -> None:
    """Give a colleague's village with the most people in arrears to somebody of the same school.

    Args:
        session: a writing session.
        act: of a head of the school.
        receiver: the demo member; nothing happens where the school has nobody else with people in arrears.

    """
    seat_id = session.scalars(
        select(GroupSeat.id)
        .join(LeadershipGroup, LeadershipGroup.id == GroupSeat.group_id)
        .where(GroupSeat.user_id == receiver.user_id, GroupSeat.to_on.is_(None), LeadershipGroup.ended_on.is_(None))
    ).one_or_none()
    school_id = receiver.school_id
    if seat_id is None or school_id is None:
        return
    found = session.execute(
        select(Village.code, func.min(Borrower.id))
        .join(AreaAssignment, AreaAssignment.village_id == Village.id)
        .join(Borrower, Borrower.village_id == Village.id)
        .join(BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id)
        .where(
            AreaAssignment.school_id == school_id,
            AreaAssignment.to_on.is_(None),
            AreaAssignment.seat_id != seat_id,
            BorrowerStanding.state == StandingState.OVERDUE,
        )
        .group_by(Village.code)
        .order_by(func.count().desc(), Village.code)
        .limit(1)
    ).one_or_none()
    if found is None:
        return
    code, borrower_id = found
    casework.ask_question(session, act=act, borrower_id=borrower_id, text="孩子在外地打工，能不能由家长代还？")
    areas.assign_village(session, act=act, village_code=code, school_id=school_id, seat_id=seat_id)
