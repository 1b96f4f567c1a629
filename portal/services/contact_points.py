"""Contact points: adding, replacing and ending the numbers and addresses of a borrower's side."""

from __future__ import annotations

import unicodedata
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.borrowers import CoBorrower, ContactPoint, contact_index, contact_last_four_index
from models.rules import identity
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.refusals import NotVisible, Refused
from portal.actors import Act
from portal.queries.scope import borrower_to_change

_LONGEST = 120
_LONGEST_REASON = 100
_SHOWN_OF_ADDRESS = 6  # county and town stay readable, the house does not
_SHORTEST = 3


def clean(kind: ContactKind, text: str) -> str:
    """Return a number, account or address in its one written form.

    Raises:
        Refused: it cannot be one.

    """
    if kind is ContactKind.PHONE:
        return identity.check_phone(text)
    value = " ".join(unicodedata.normalize("NFKC", text).split())
    if len(value) < _SHORTEST:
        raise Refused("This is too short to reach anybody by.")
    if len(value) > _LONGEST:
        raise Refused("This is too long: at most %(most)s characters.", most=_LONGEST)
    if kind is ContactKind.EMAIL and "@" not in value:
        raise Refused("An e-mail address holds an @.")
    return value


def masked(kind: ContactKind, value: str) -> str:
    """Return what pages show of a clean value."""
    if kind is ContactKind.PHONE:
        return identity.masked_phone(value)
    if kind is ContactKind.ADDRESS:
        return value[: min(_SHOWN_OF_ADDRESS, len(value) // 2)] + "***"
    return value[:1] + "***" + value[-1:]


def add(
    session: Session,
    *,
    act: Act,
    borrower_id: int,
    kind: ContactKind,
    text: str,
    owner: ContactOwner,
    source: ContactSource,
    co_borrower_id: int | None = None,
) -> ContactPoint:
    """Add a contact point; one that had ended is taken up again.

    Raises:
        NotVisible: not within this person's reach, or no such co-borrower.
        Refused: it cannot be a value of its kind, or is already there.

    """
    borrower = borrower_to_change(session, act.person, act.today, borrower_id)
    if co_borrower_id is not None:
        known = session.scalars(
            select(CoBorrower.id).where(CoBorrower.id == co_borrower_id, CoBorrower.borrower_id == borrower.id)
        ).one_or_none()
        if known is None:
            raise NotVisible
    value = clean(kind, text)
    index = contact_index(kind, value)
    point = session.scalars(
        select(ContactPoint)
        .where(
            ContactPoint.borrower_id == borrower.id,
            ContactPoint.kind == kind,
            ContactPoint.value_index == index,
        )
        .with_for_update()
    ).one_or_none()
    if point is not None and point.ended_on is None:
        raise Refused("This is already among the contact points of this borrower.")
    if point is None:
        point = ContactPoint(borrower_id=borrower.id, kind=kind, value=value, value_index=index)
        point.last_four_index = contact_last_four_index(identity.last_four(value))
        point.masked = masked(kind, value)
        session.add(point)
    point.owner, point.source, point.co_borrower_id = owner, source, co_borrower_id
    point.added_on, point.ended_on, point.ended_reason = act.today, None, ""
    session.flush()
    act.record(
        session,
        "contact_point:added",
        borrower_id=borrower.id,
        subject=f"contact_point/{point.id}",
        kind=kind.value,
        owner=owner.value,
        source=source.value,
    )
    return point


def replace(
    session: Session,
    *,
    act: Act,
    borrower_id: int,
    point_id: int,
    text: str,
    source: ContactSource,
    reason: str,
) -> ContactPoint:
    """Put a new value in the place of a contact point: the old one ends, the new one is the same person's.

    Raises:
        NotVisible: not within this person's reach, or no such contact point.
        Refused: it has already ended, or the new value cannot be one.

    """
    old = end(session, act=act, borrower_id=borrower_id, point_id=point_id, reason=reason)
    return add(
        session,
        act=act,
        borrower_id=borrower_id,
        kind=old.kind,
        text=text,
        owner=old.owner,
        source=source,
        co_borrower_id=old.co_borrower_id,
    )


def end(session: Session, *, act: Act, borrower_id: int, point_id: int, reason: str) -> ContactPoint:
    """End a contact point: it is never used or printed again.

    Raises:
        NotVisible: not within this person's reach, or no such contact point.
        Refused: it has already ended, or no reason is given.

    """
    borrower = borrower_to_change(session, act.person, act.today, borrower_id)
    point = to_change(session, borrower.id, point_id)
    if point.ended_on is not None:
        raise Refused("This contact point is no longer in use.")
    reason = " ".join(reason.split())[:_LONGEST_REASON]
    if not reason:
        raise Refused("Say in a few words why.")
    _end(session, act, point, act.today, reason)
    return point


def to_change(session: Session, borrower_id: int, point_id: int) -> ContactPoint:
    """Return one contact point of a borrower who is already locked.

    Raises:
        NotVisible: the borrower has no such contact point.

    """
    point = session.scalars(
        select(ContactPoint)
        .where(ContactPoint.id == point_id, ContactPoint.borrower_id == borrower_id)
        .with_for_update()
    ).one_or_none()
    if point is None:
        raise NotVisible
    return point


def worked(point: ContactPoint, on: date) -> None:
    """Note that somebody of the borrower's side was reached here."""
    point.last_worked_on = max(on, point.last_worked_on or on)


def failed(point: ContactPoint, on: date) -> None:
    """Note that nobody was reached here."""
    point.last_failed_on = max(on, point.last_failed_on or on)


def found_wrong(session: Session, *, act: Act, point: ContactPoint, on: date, reason: str) -> None:
    """End a contact point because a contact showed that it is somebody else's or does not exist."""
    failed(point, on)
    if point.ended_on is None:
        _end(session, act, point, max(on, point.added_on), reason)


def _end(session: Session, act: Act, point: ContactPoint, on: date, reason: str) -> None:
    point.ended_on, point.ended_reason = on, reason
    act.record(
        session,
        "contact_point:ended",
        borrower_id=point.borrower_id,
        subject=f"contact_point/{point.id}",
        kind=point.kind.value,
        owner=point.owner.value,
    )
