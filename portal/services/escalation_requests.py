"""What every step of a request for help needs: the request itself, in sight or locked; the words; the event."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.escalations import Escalation
from models.rules.refusals import NotVisible, Refused
from portal.actors import Act
from portal.queries.escalation_sight import in_sight
from portal.queries.scope import borrower_to_change

MOST_CHARACTERS = 1000
"""Of a request, a reason or a report: it fits one page with the rest."""


def to_change(session: Session, act: Act, escalation_id: int) -> Escalation:
    """Return a request about a borrower the person may see by area, both locked, the borrower first.

    Raises:
        NotVisible: no such request, or not in this person's sight.

    """
    borrower_id = session.scalars(select(Escalation.borrower_id).where(Escalation.id == escalation_id)).one_or_none()
    if borrower_id is None:
        raise NotVisible
    borrower_to_change(session, act.person, act.today, borrower_id)
    return seen(session, act, escalation_id, lock=True)


def seen(session: Session, act: Act, escalation_id: int, *, lock: bool) -> Escalation:
    """Return a request in the person's sight.

    Raises:
        NotVisible: no such request, or not in this person's sight.

    """
    query = select(Escalation).where(Escalation.id == escalation_id, in_sight(act.person, act.today))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotVisible
    return found


def words_of(text: str, refusal: str) -> str:
    """Return what somebody wrote, as it is kept.

    Raises:
        Refused: nothing is said; the sentence is the caller's.

    """
    if not text.strip():
        raise Refused(refusal)
    return text.strip()[:MOST_CHARACTERS]


def record(session: Session, act: Act, request: Escalation, happened: str, **facts: date | str) -> None:
    """Write what was done, then the event of it."""
    session.flush()
    act.record(
        session, f"escalation:{happened}", borrower_id=request.borrower_id, subject=f"escalation/{request.id}", **facts
    )
