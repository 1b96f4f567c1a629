"""The numbers and addresses of a borrower's side, masked, in the order in which to try them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
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
    return points_of_many(session, (borrower_id,)).get(borrower_id, ())


def points_of_many(session: Session, borrower_ids: Collection[int]) -> dict[int, tuple[PointRow, ...]]:
    """Return the contact points of each borrower with any, in the same order; of some hundreds at a time at most."""
    found: dict[int, list[PointRow]] = defaultdict(list)
    for row in session.execute(
        select(
            ContactPoint.borrower_id,
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
        .where(ContactPoint.borrower_id.in_(borrower_ids))
        .order_by(ContactPoint.id)
    ):
        judged = confidence(worked_on=row[8], failed_on=row[9], ended_on=row[10])
        found[row[0]].append(PointRow(*tuple(row)[1:], judged))  # type: ignore[call-arg]  # a column for each field
    return {borrower_id: tuple(sorted(rows, key=_order)) for borrower_id, rows in found.items()}


def _order(point: PointRow) -> tuple[int, int, int, int]:
    return order(
        source=point.source,
        worked_on=point.last_worked_on,
        failed_on=point.last_failed_on,
        ended_on=point.ended_on,
        added_on=point.added_on,
    )
