"""The only door to borrower rows: what a person may see is a query, and outside of it looks like missing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import assert_never

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.escalations import Escalation
from models.organisation import AreaAssignment, GroupSeat
from models.rules.permissions import REACH, Reach
from models.rules.refusals import NotVisible
from models.rules.workflows import EscalationState
from portal.actors import Actor

OPEN_ESCALATIONS = (EscalationState.SENT, EscalationState.ACCEPTED, EscalationState.REPORTED)


def visible_villages(actor: Actor) -> Select[int]:
    """Select ids of the villages whose people the actor may see by area (townships see none by area)."""
    assigned = select(AreaAssignment.village_id).where(AreaAssignment.to_on.is_(None))
    match REACH[actor.role]:
        case Reach.OWN_VILLAGES:
            return assigned.join(GroupSeat, GroupSeat.id == AreaAssignment.seat_id).where(
                GroupSeat.user_id == actor.user_id, GroupSeat.to_on.is_(None)
            )
        case Reach.OWN_SCHOOL:
            return assigned.where(AreaAssignment.school_id == actor.school_id)
        case Reach.DISTRICT | Reach.ESCALATED | Reach.NONE:
            return assigned.where(false())
        case unknown:
            assert_never(unknown)


def visible_borrowers(actor: Actor, today: date) -> Select[int]:
    """Select ids of the borrowers the actor may see today.

    member: own villages · deputy, leader: own school's villages · centre: the district · township: borrowers of an
    open, unexpired escalation addressed to it · administrator, auditor: nobody.
    """
    ids = select(Borrower.id)
    match REACH[actor.role]:
        case Reach.OWN_VILLAGES | Reach.OWN_SCHOOL:
            return ids.where(Borrower.village_id.in_(visible_villages(actor)))
        case Reach.DISTRICT:
            return ids
        case Reach.ESCALATED:
            return ids.join(Escalation, Escalation.borrower_id == Borrower.id).where(
                Escalation.township_id == actor.township_id,
                Escalation.state.in_(OPEN_ESCALATIONS),
                Escalation.view_expires_on >= today,
            )
        case Reach.NONE:
            return ids.where(false())
        case unknown:
            assert_never(unknown)


def borrower_to_read(session: Session, actor: Actor, today: date, borrower_id: int) -> Borrower:
    """Return one borrower the actor may see.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    return _one(session, visible_borrowers(actor, today), borrower_id, lock=False)


def borrower_to_change(session: Session, actor: Actor, today: date, borrower_id: int) -> Borrower:
    """Return one borrower the actor may see, locked until the transaction ends.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    return _one(session, visible_borrowers(actor, today), borrower_id, lock=True)


def borrowers_to_change(session: Session, actor: Actor, today: date, borrower_ids: Collection[int]) -> set[int]:
    """Return which of many borrowers the actor may see; those are locked until the transaction ends."""
    query = select(Borrower.id).where(Borrower.id.in_(borrower_ids), Borrower.id.in_(visible_borrowers(actor, today)))
    return set(session.scalars(query.order_by(Borrower.id).with_for_update()))


def lock_borrowers(session: Session, borrower_ids: Collection[int]) -> None:
    """Lock borrowers until the transaction ends, whoever sees them, in the one order in which all do."""
    session.execute(select(Borrower.id).where(Borrower.id.in_(borrower_ids)).order_by(Borrower.id).with_for_update())


def _one(session: Session, visible: Select[int], borrower_id: int, *, lock: bool) -> Borrower:
    query = select(Borrower).where(Borrower.id == borrower_id, Borrower.id.in_(visible))
    if lock:
        query = query.with_for_update()
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotVisible
    return found
