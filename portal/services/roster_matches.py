"""Suggestions from schools' rosters: a person says whether the former pupil is the borrower."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.roster_matches import RosterMatch
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.refusals import NotVisible
from models.rules.roster_matches import MatchStep
from models.rules.workflows import ROSTER_MATCH
from portal.actors import Act
from portal.queries.scope import borrower_to_change
from portal.services import contact_points
from portal.services.imports.school_rosters import known_phone


def confirm(session: Session, *, act: Act, match_id: int) -> RosterMatch:
    """Say that it is the same person: class and teacher stay, a parent's number becomes a contact point.

    A number that is held already, or was found to be wrong, stays as it is.

    Raises:
        NotVisible: there is no such suggestion, or not for this person.
        Refused: somebody has said so, or otherwise, before.

    """
    found = _decided(session, act, match_id, MatchStep.CONFIRM)
    if found.phone and known_phone(session, found.borrower_id, found.phone) is None:
        contact_points.add(
            session,
            act=act,
            borrower_id=found.borrower_id,
            kind=ContactKind.PHONE,
            text=found.phone,
            owner=ContactOwner.RELATIVE,
            source=ContactSource.SCHOOL_FILE,
        )
    found.phone = None  # it lives among the contact points now
    session.flush()
    return found


def refuse(session: Session, *, act: Act, match_id: int) -> RosterMatch:
    """Say that it is somebody else: what the roster said of that person is wiped.

    Raises:
        NotVisible: there is no such suggestion, or not for this person.
        Refused: somebody has said so, or otherwise, before.

    """
    found = _decided(session, act, match_id, MatchStep.REFUSE)
    found.class_name = found.teacher = found.masked_phone = ""
    found.phone = None
    session.flush()
    return found


def _decided(session: Session, act: Act, match_id: int, step: MatchStep) -> RosterMatch:
    borrower_id = session.scalars(select(RosterMatch.borrower_id).where(RosterMatch.id == match_id)).one_or_none()
    if borrower_id is None:
        raise NotVisible
    borrower_to_change(session, act.person, act.today, borrower_id)
    found = session.scalars(select(RosterMatch).where(RosterMatch.id == match_id).with_for_update()).one()
    found.state = ROSTER_MATCH.take(found.state, step, act.role)  # type: ignore[assignment]  # its own enum
    found.decided_at, found.decided_by_id = act.at, act.user_id
    act.record(
        session,
        f"roster-match:{found.state.value}",
        borrower_id=borrower_id,
        subject=f"roster-match/{found.id}",
        school=found.school,
    )
    return found
