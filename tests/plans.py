"""Repayment plans of the small district's contracts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.loans import Instalment, Loan, RatePeriod
from models.rules.facts import InstalmentFact
from models.rules.repayment_plans import PlanContent, RatePeriodFact
from portal.services import repayment_plans


def plan_of(
    session: Session,
    lines: Iterable[tuple[date, Decimal | int | str, Decimal | int | str]],
    rates: Sequence[RatePeriodFact] = (),
) -> int | None:
    """Keep a plan of (day, principal, interest); returns its id."""
    content = PlanContent.of((InstalmentFact(on, Decimal(p), Decimal(i)) for on, p, i in lines), rates)
    return repayment_plans.keep_one(session, content)


def instalments_of(loan_id: int) -> Select[date, Decimal, Decimal]:
    """Select a contract's instalments, oldest first."""
    return (
        select(Instalment.due_on, Instalment.principal, Instalment.interest)
        .join(Loan, Loan.plan_id == Instalment.plan_id)
        .where(Loan.id == loan_id)
        .order_by(Instalment.due_on)
    )


def rates_of(loan_id: int) -> Select[date, Decimal]:
    """Select a contract's rates and the days they hold from, oldest first."""
    return (
        select(RatePeriod.from_on, RatePeriod.rate_percent)
        .join(Loan, Loan.plan_id == RatePeriod.plan_id)
        .where(Loan.id == loan_id)
        .order_by(RatePeriod.from_on)
    )
