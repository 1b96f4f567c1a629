"""How old each lender's data is, and from when a list shows who paid in time: what stands on every page that chases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.loans import ArrearsList, Lender, Loan, Statement
from models.rules.data_age import DataAge, judge, posted_from
from models.rules.lenders import Profile
from portal.queries.loan_facts import newest_lists


@dataclass(frozen=True, slots=True)
class LenderAge:
    """One lender and the age of its newest arrears list."""

    lender: str
    age: DataAge


def lender_ages(session: Session, today: date, fresh_days: int) -> tuple[LenderAge, ...]:
    """Return each lender with the age of its newest list, the oldest first; lenders without a list before them."""
    newest = (
        select(func.max(ArrearsList.data_on))
        .where(ArrearsList.lender_id == Lender.id, ArrearsList.data_on <= today)
        .correlate(Lender)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Lender.name, Lender.settlement_day, Lender.unsettled_month, Lender.posting_days, newest)
    ).all()
    found = [
        LenderAge(name, judge(data_on, today, fresh_days, Profile(settlement_day, unsettled_month, posting_days)))
        for name, settlement_day, unsettled_month, posting_days, data_on in rows
    ]
    return tuple(sorted(found, key=lambda one: (one.age.data_on or date.min, one.lender)))


def unposted_until(session: Session, borrower_id: int, today: date) -> date | None:
    """Return the data date a list needs before it shows whether a borrower paid in time; ``None``: it does already."""
    lists = [list_id for list_id, _ in newest_lists(session, today).values()]
    rows = session.execute(
        select(
            Statement.overdue_since,
            ArrearsList.data_on,
            Lender.settlement_day,
            Lender.unsettled_month,
            Lender.posting_days,
        )
        .join(ArrearsList, ArrearsList.id == Statement.arrears_list_id)
        .join(Lender, Lender.id == ArrearsList.lender_id)
        .join(Loan, Loan.id == Statement.loan_id)
        .where(Loan.borrower_id == borrower_id, Loan.settled_on.is_(None), Statement.arrears_list_id.in_(lists))
    )
    waits = [
        (posted_from(since, Profile(settlement_day, unsettled_month, posting_days)), data_on)
        for since, data_on, settlement_day, unsettled_month, posting_days in rows
    ]
    return max((shown for shown, data_on in waits if data_on < shown), default=None)
