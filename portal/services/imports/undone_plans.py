"""Contracts that a roster planned anew get the plans back that they had."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm import Session

from models.loans import Loan
from models.rules.facts import InstalmentFact
from models.rules.repayment_plans import PlanContent, RatePeriodFact
from portal.queries.import_images import REPLANNED, kept
from portal.services import repayment_plans


def put_back(session: Session, batch_id: int) -> None:
    """Give contracts their plans back."""
    plans = [*kept(session, batch_id, REPLANNED), *_from_before(session, batch_id)]
    if not plans:
        return
    loans = cast("Table", Loan.__table__)
    session.execute(
        update(loans).where(loans.c.id == bindparam("loan_id")).values(plan_id=bindparam("old_plan_id")),
        [{"loan_id": loan_id, "old_plan_id": plan_id} for loan_id, plan_id in plans],
    )


def _from_before(session: Session, batch_id: int) -> list[tuple[int, int | None]]:
    """Return the plans of a list applied before contracts shared plans: its lines were kept contract by contract."""
    lines: dict[int, list[InstalmentFact]] = defaultdict(list)
    rates: dict[int, list[RatePeriodFact]] = defaultdict(list)
    for one in kept(session, batch_id, "instalments"):
        due_on, principal, interest = date.fromisoformat(one["due_on"]), one["principal"], one["interest"]
        lines[one["loan_id"]].append(InstalmentFact(due_on, Decimal(principal), Decimal(interest)))
    for one in kept(session, batch_id, "rate_periods"):
        rates[one["loan_id"]].append((date.fromisoformat(one["from_on"]), Decimal(one["rate_percent"])))
    contents = {
        loan_id: PlanContent.of(lines[loan_id], rates[loan_id]) for loan_id in kept(session, batch_id, "#replanned")
    }
    return list(zip(contents, repayment_plans.keep(session, list(contents.values())), strict=True))
