"""Borrowers: verifying their details, and showing a number in full for a stated reason."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.borrowers import ContactPoint
from models.events import Event
from models.rules.refusals import NotVisible, Refused
from portal.actors import Act
from portal.queries.scope import borrower_to_change

SHORTEST_REASON = 4
LONGEST_REASON = 200
REVEALS_ALLOWED = 20  # by one person within the window: a collector looks up one case, not the register
REVEAL_WINDOW = timedelta(minutes=10)


def verify(session: Session, *, act: Act, borrower_id: int, source: str, is_out_of_touch: bool | None = None) -> None:
    """Write down that a borrower's details were checked: when, by whom, with whom.

    Args:
        session: a writing session.
        act: by whom and when.
        borrower_id: whose details.
        source: whom or what they were checked with, in words.
        is_out_of_touch: whether every known way to reach the borrower failed; ``None`` leaves it as it is.

    Raises:
        NotVisible: not within this person's reach.
        Refused: no source is given.

    """
    borrower = borrower_to_change(session, act.person, act.today, borrower_id)
    source = checked_reason(source)
    borrower.verified_at = act.at
    borrower.verified_by_id = act.user_id
    borrower.verified_source = source
    if is_out_of_touch is not None:
        borrower.is_out_of_touch = is_out_of_touch
    act.record(
        session,
        "borrower:verified",
        borrower_id=borrower.id,
        subject=f"borrower/{borrower.id}",
        out_of_touch=borrower.is_out_of_touch,
    )


def reveal_id(session: Session, *, act: Act, borrower_id: int, reason: str) -> str:
    """Return a borrower's identity number in full, and record that it was shown and why.

    Raises:
        NotVisible: not within this person's reach.
        Refused: no reason, or too many numbers shown within a few minutes.

    """
    borrower = borrower_to_change(session, act.person, act.today, borrower_id)
    _record_reveal(session, act, borrower.id, f"borrower/{borrower.id}", "id_number", reason)
    return borrower.id_number


def reveal_point(session: Session, *, act: Act, borrower_id: int, point_id: int, reason: str) -> str:
    """Return a contact point in full, and record that it was shown and why.

    Raises:
        NotVisible: not within this person's reach.
        Refused: no reason, or too many numbers shown within a few minutes.

    """
    borrower = borrower_to_change(session, act.person, act.today, borrower_id)
    point = session.scalars(
        select(ContactPoint).where(ContactPoint.id == point_id, ContactPoint.borrower_id == borrower.id)
    ).one_or_none()
    if point is None:
        raise NotVisible
    _record_reveal(session, act, borrower.id, f"contact_point/{point.id}", point.kind.value, reason)
    return point.value


def checked_reason(text: str) -> str:
    """Return a reason without outer blanks.

    Raises:
        Refused: it says nothing, or is too long.

    """
    text = " ".join(text.split())
    if len(text) < SHORTEST_REASON:
        raise Refused("Say in a few words why.")
    if len(text) > LONGEST_REASON:
        raise Refused("Say it in at most %(most)s characters.", most=LONGEST_REASON)
    return text


def _record_reveal(session: Session, act: Act, borrower_id: int, subject: str, what: str, reason: str) -> None:
    reason = checked_reason(reason)
    shown = session.scalars(
        select(func.count(Event.id)).where(
            Event.actor_id == act.user_id,
            Event.tag == "borrower:revealed",
            Event.at > act.at - REVEAL_WINDOW,
        )
    ).one()
    if shown >= REVEALS_ALLOWED:
        raise Refused(
            "You have looked at %(count)s full numbers within ten minutes. Wait a little before the next.",
            count=shown,
        )
    act.record(session, "borrower:revealed", borrower_id=borrower_id, subject=subject, what=what, reason=reason)
