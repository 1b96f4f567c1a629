"""The people behind in the demo member's villages: of whom a little history can be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.borrowers import Borrower, ContactPoint, id_index
from models.rules.borrowers import ContactKind, ContactOwner
from models.rules.contacts import Reached
from models.rules.suspicion_gates import Thresholds
from models.standings import BorrowerStanding
from portal.demo.fates import Demo, Fate, Life

_NIL = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Debtor:
    """Somebody behind whom the demo member looks after."""

    borrower_id: int
    name: str
    co_name: str
    owed: Decimal
    point_id: int | None
    owner: ContactOwner | None

    @property
    def reached(self) -> Reached:
        """Who answers at the number."""
        return Reached.BORROWER if self.owner is ContactOwner.BORROWER else Reached.CO_BORROWER


def debtors(session: Session, demo: Demo, fate: Fate = Fate.BEHIND) -> Iterator[Debtor]:
    """Yield the people behind on the list in the demo member's villages."""
    school = demo.district.schools[0]
    for life in demo.lives:
        village = life.person.village
        is_own = village.school == school.name and village.member == school.members[0]
        if is_own and life.fate is fate and any(told.line for told in life.told):
            yield _debtor(session, life)


def long_behind(session: Session, demo: Demo, people: list[Debtor]) -> Iterator[Debtor]:
    """Yield those of the people who are overdue for longer than a report needs."""
    latest = demo.days.as_of - timedelta(days=Thresholds().overdue_more_than_days + 30)
    for debtor in people:
        since = session.get_one(BorrowerStanding, debtor.borrower_id).overdue_since
        if since is not None and since <= latest and debtor.owner is ContactOwner.BORROWER:
            yield debtor


def _debtor(session: Session, life: Life) -> Debtor:
    borrower_id = session.scalars(select(Borrower.id).where(Borrower.id_index == id_index(life.person.id_number))).one()
    point = session.scalars(
        select(ContactPoint)
        .where(ContactPoint.borrower_id == borrower_id, ContactPoint.kind == ContactKind.PHONE)
        .order_by(ContactPoint.id)
        .limit(1)
    ).one_or_none()
    return Debtor(
        borrower_id=borrower_id,
        name=life.person.name,
        co_name=life.person.co_name,
        owed=sum((told.line.total for told in life.told if told.line), _NIL),
        point_id=point.id if point else None,
        owner=point.owner if point else None,
    )
