"""How old the bank's data is: what the top of every page says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.loans import ArrearsList
from models.organisation import District


@dataclass(frozen=True, slots=True)
class Freshness:
    """Whose portal this is, and how old its data is: the oldest of the lenders' newest lists decides.

    ``data_on`` is ``None`` before the first list.
    """

    district: str | None
    data_on: date | None

    def is_stale(self, today: date, fresh_days: int) -> bool:
        """Say whether a lender's newest list is too old to issue notices on."""
        return self.data_on is not None and (today - self.data_on).days > fresh_days


def newest_data_on(session: Session) -> date | None:
    """Return the data date of the newest arrears list of any lender."""
    return session.scalar(select(func.max(ArrearsList.data_on)))


def freshness(session: Session) -> Freshness:
    """Return district and data date in one small query over as many rows as there are lists."""
    of_each = select(func.max(ArrearsList.data_on).label("data_on")).group_by(ArrearsList.lender_id).subquery()
    newest = select(func.min(of_each.c.data_on)).scalar_subquery()
    found = session.execute(select(District.name, newest).order_by(District.id).limit(1)).one_or_none()
    return Freshness(found[0], found[1]) if found else Freshness(None, None)
