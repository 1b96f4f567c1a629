"""The numbers and addresses of a borrower's side, masked, in the order in which to try them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.borrowers import CoBorrower, ContactPoint
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.contact_confidence import Confidence, confidence, order


@dataclass(frozen=True, slots=True)
class PointRow:
    """A number or address, masked, with how far it can be relied on."""

    id: int
    kind: ContactKind
    owner: ContactOwner
    co_borrower: str
    masked: str
    source: ContactSource
    added_on: date
    last_worked_on: date | None
    last_failed_on: date | None
    ended_on: date | None
    ended_reason: str
    confidence: Confidence


def points(session: Session, borrower_id: int) -> tuple[PointRow, ...]:
    """Return a borrower's contact points, the one to try first at the top, those not in use at the end."""
    rows = session.execute(
        select(
            ContactPoint.id,
            ContactPoint.kind,
            ContactPoint.owner,
            func.coalesce(CoBorrower.name, ""),
            ContactPoint.masked,
            ContactPoint.source,
            ContactPoint.added_on,
            ContactPoint.last_worked_on,
            ContactPoint.last_failed_on,
            ContactPoint.ended_on,
            ContactPoint.ended_reason,
        )
        .outerjoin(CoBorrower, CoBorrower.id == ContactPoint.co_borrower_id)
        .where(ContactPoint.borrower_id == borrower_id)
        .order_by(ContactPoint.id)
    )
    found = [PointRow(*row, confidence(worked_on=row[7], failed_on=row[8], ended_on=row[9])) for row in rows]
    return tuple(
        sorted(
            found,
            key=lambda point: order(
                source=point.source,
                worked_on=point.last_worked_on,
                failed_on=point.last_failed_on,
                ended_on=point.ended_on,
                added_on=point.added_on,
            ),
        )
    )
