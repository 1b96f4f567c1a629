"""Repayment plans as they are kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import Instalment, RatePeriod
from models.rules.facts import InstalmentFact
from models.rules.repayment_plans import PlanContent, RatePeriodFact
from portal.queries.among import among

NO_PLAN = PlanContent()


def contents(session: Session, plan_ids: Collection[int | None]) -> dict[int | None, PlanContent]:
    """Return what some plans say; ``None``, the plan of a contract that has none, says nothing."""
    ids = sorted({one for one in plan_ids if one is not None})
    lines: dict[int, list[InstalmentFact]] = defaultdict(list)
    rates: dict[int, list[RatePeriodFact]] = defaultdict(list)
    for plan_id, due_on, principal, interest in session.execute(
        select(Instalment.plan_id, Instalment.due_on, Instalment.principal, Instalment.interest)
        .where(among(Instalment.plan_id, ids))
        .order_by(Instalment.plan_id, Instalment.due_on)
    ):
        lines[plan_id].append(InstalmentFact(due_on, principal, interest))
    for plan_id, from_on, rate in session.execute(
        select(RatePeriod.plan_id, RatePeriod.from_on, RatePeriod.rate_percent)
        .where(among(RatePeriod.plan_id, ids))
        .order_by(RatePeriod.plan_id, RatePeriod.from_on)
    ):
        rates[plan_id].append((from_on, rate))
    found: dict[int | None, PlanContent] = {one: PlanContent(tuple(lines[one]), tuple(rates[one])) for one in ids}
    return found | {None: NO_PLAN}
