"""Lenders' profiles, and how much hangs on each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.loans import ArrearsList, Lender, Loan
from models.rules.facts import Part
from models.rules.interest import DayCount
from models.rules.lenders import Profile, allocation_order
from models.rules.refusals import NotVisible


@dataclass(frozen=True, slots=True)
class LenderRow:
    """A lender's profile; amounts in yuan."""

    id: int
    code: str
    name: str
    day_count: DayCount
    penalty_percent: int
    tolerance: Decimal
    order: tuple[Part, ...]
    profile: Profile
    official_channels: str
    contracts: int  # not paid off
    borrowers: int
    newest_list_on: date | None


def lenders(session: Session, lender_id: int | None = None) -> tuple[LenderRow, ...]:
    """Return all lenders by name, or one."""
    running = (
        select(
            Loan.lender_id,
            func.count().label("contracts"),
            func.count(Loan.borrower_id.distinct()).label("borrowers"),
        )
        .where(Loan.settled_on.is_(None))
        .group_by(Loan.lender_id)
        .subquery()
    )
    newest = (
        select(ArrearsList.lender_id, func.max(ArrearsList.data_on).label("data_on"))
        .group_by(ArrearsList.lender_id)
        .subquery()
    )
    wanted = (
        select(Lender, running.c.contracts, running.c.borrowers, newest.c.data_on)
        .outerjoin(running, running.c.lender_id == Lender.id)
        .outerjoin(newest, newest.c.lender_id == Lender.id)
        .order_by(Lender.name)
    )
    if lender_id is not None:
        wanted = wanted.where(Lender.id == lender_id)
    return tuple(
        LenderRow(
            id=row.id,
            code=row.code,
            name=row.name,
            day_count=row.day_count,
            penalty_percent=row.penalty_percent,
            tolerance=row.tolerance,
            order=allocation_order(row.allocation),
            profile=Profile(row.settlement_day, row.unsettled_month, row.posting_days),
            official_channels=row.official_channels,
            contracts=contracts or 0,
            borrowers=borrowers or 0,
            newest_list_on=data_on,
        )
        for row, contracts, borrowers, data_on in session.execute(wanted)
    )


def lender(session: Session, lender_id: int) -> LenderRow:
    """Return one lender.

    Raises:
        NotVisible: there is none.

    """
    found = lenders(session, lender_id)
    if not found:
        raise NotVisible
    return found[0]
