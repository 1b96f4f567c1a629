"""Who sees a request for help, and what others ask about one: small reads without a page of their own."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from models.accounts import User
from models.escalations import Escalation
from models.rules.organisation import Body
from models.rules.permissions import REACH, Reach
from models.rules.workflows import EscalationState
from portal.actors import Actor
from portal.queries.scope import OPEN_ESCALATIONS, visible_borrowers

UNANSWERED = (EscalationState.SENT, EscalationState.ACCEPTED)
"""States in which the clock runs."""
OPEN = (EscalationState.SENT, EscalationState.ACCEPTED, EscalationState.RETURNED)
"""States of which a borrower has at most one."""


def is_asked(actor: Actor) -> bool:
    """Say whether the actor sees only what others asked of it, one request at a time."""
    return REACH[actor.role] is Reach.ESCALATED


def in_sight(actor: Actor, today: date) -> ColumnElement[bool]:
    """Return the condition under which a request may be seen.

    A body that is asked: open, unexpired, and addressed to it. Everybody else: a borrower in scope.
    """
    if is_asked(actor):
        return and_(
            Escalation.body == Body.TOWNSHIP,
            Escalation.township_id == actor.township_id,
            Escalation.state.in_(OPEN_ESCALATIONS),
            Escalation.view_expires_on >= today,
        )
    return Escalation.borrower_id.in_(visible_borrowers(actor, today))


def is_late(today: date) -> ColumnElement[bool]:
    """Return the condition under which the day to answer has passed without an answer."""
    return and_(Escalation.state.in_(UNANSWERED), Escalation.due_on < today)


def open_request(session: Session, borrower_id: int) -> int | None:
    """Return the id of the open request about a borrower already found to be in scope; none when there is none."""
    return session.scalars(
        select(Escalation.id).where(Escalation.borrower_id == borrower_id, Escalation.state.in_(OPEN))
    ).one_or_none()


def has_account(session: Session, township_id: int | None) -> bool:
    """Say whether the body asked answers in the portal itself: a township with somebody who may sign in."""
    if township_id is None:
        return False
    return (
        session.scalars(
            select(User.id).where(User.township_id == township_id, User.is_active.is_(True)).limit(1)
        ).one_or_none()
        is not None
    )
