"""Which contracts' periods can end when: the database narrows millions to the few that the rule then judges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, and_, or_, select

from config import COUNTY_TIME
from models.borrowers import Borrower
from models.limitation import LimitationInterruption
from models.loans import Loan, Repayment, Reversal
from models.notices import Service
from models.organisation import Village
from models.rules.limitation import WATCHED_DAYS, cap_window, window
from models.rules.repayment_kinds import OWN_PAYMENTS
from models.rules.service_of_notice import Strength
from models.standings import BorrowerStanding
from portal.actors import Actor
from portal.queries.limitation_facts import standing_accelerations
from portal.queries.scope import visible_borrowers


class Which(StrEnum):
    """Which contracts a list shows."""

    ENDING = "ending"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class LimitationFilters:
    """What the list is narrowed to, as it stands in an address."""

    which: Which = Which.ENDING
    days: int = WATCHED_DAYS
    area: str = ""

    @property
    def address(self) -> dict[str, str]:
        """Return the filters as parts of an address; what is usual is left out."""
        pairs = {
            "which": self.which.value if self.which is Which.OVER else "",
            "days": str(self.days) if self.days != WATCHED_DAYS else "",
            "area": self.area,
        }
        return {name: value for name, value in pairs.items() if value}


def ending(actor: Actor, today: date, filters: LimitationFilters) -> Select[int]:
    """Select the contracts whose period can end in the window, oldest first.

    Three years must have begun in it: by the last due day, by being called due, by a payment, a service or something
    written down; or the twenty years.
    """
    first, last = window(today, filters.days)
    capped_first, capped_last = cap_window(today, filters.days)
    called = standing_accelerations().subquery()
    begun = or_(Loan.matures_on <= last, Loan.id.in_(select(called.c.loan_id).where(called.c.effective_on <= last)))
    payments = (
        select(Repayment.id)
        .outerjoin(Reversal, and_(Reversal.repayment_id == Repayment.id, Reversal.reversed_on <= today))
        .where(
            Repayment.loan_id == Loan.id,
            Repayment.paid_on.between(first, last),
            Repayment.kind.in_(OWN_PAYMENTS),
            Reversal.repayment_id.is_(None),
        )
    )
    services = select(Service.id).where(
        Service.borrower_id == Loan.borrower_id,
        Service.was_served.is_(True),
        Service.strength == Strength.COMPLETE,
        Service.at.between(_midnight(first), _midnight(last + timedelta(days=1))),
    )
    by_hand = select(LimitationInterruption.id).where(
        LimitationInterruption.loan_id == Loan.id, LimitationInterruption.on.between(first, last)
    )
    ways = or_(
        Loan.matures_on.between(first, last),
        Loan.matures_on.between(capped_first, capped_last),
        Loan.id.in_(
            select(called.c.loan_id).where(
                or_(
                    called.c.effective_on.between(first, last),
                    called.c.effective_on.between(capped_first, capped_last),
                )
            )
        ),
        payments.exists(),
        services.exists(),
        by_hand.exists(),
    )
    return _owed(actor, today, filters).where(begun, ways).order_by(Loan.matures_on, Loan.id)


def over(actor: Actor, today: date, filters: LimitationFilters) -> Select[int]:
    """Select the contracts whose three years from the last due day have passed, newest first.

    Whether something began them anew the rule decides: what came after they were over may not.
    """
    _first, last = window(today, 0)
    called = standing_accelerations().subquery()
    is_called = Loan.id.in_(select(called.c.loan_id).where(called.c.effective_on <= last))
    return (
        _owed(actor, today, filters)
        .where(or_(Loan.matures_on <= last, is_called))
        .order_by(Loan.matures_on.desc(), Loan.id.desc())
    )


def _owed(actor: Actor, today: date, filters: LimitationFilters) -> Select[int]:
    """Select the contracts in reach under which anything is still owed."""
    query = (
        select(Loan.id)
        .join(Borrower, Borrower.id == Loan.borrower_id)
        .outerjoin(BorrowerStanding, BorrowerStanding.borrower_id == Loan.borrower_id)
        .where(
            or_(Loan.settled_on.is_(None), Loan.settled_on > today),
            or_(Loan.balance > 0, BorrowerStanding.overdue_total > 0),
            Loan.borrower_id.in_(visible_borrowers(actor, today)),
        )
    )
    if filters.area:
        villages = select(Village.id).where(Village.code.startswith(filters.area, autoescape=True))
        query = query.where(Borrower.village_id.in_(villages))
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), COUNTY_TIME)
