"""The repayment plans of a roster's contracts: rate periods and instalments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.loans import Instalment, Lender, Loan, RatePeriod
from models.rules import schedule
from models.rules.calendar import due_day
from models.rules.interest import DayCount
from portal.actors import Act
from portal.services.imports.holdings import chunks, insert_all
from portal.services.imports.roster_rows import RosterRow

_RATES_FROM = schedule.RATE_YEARS[0].ends


def write_plans(session: Session, act: Act, rows: Sequence[RosterRow]) -> None:
    """Write rate periods and instalments; the rate of the list holds from the interest year that runs today."""
    ids = loan_ids(session)
    day_counts: dict[int, DayCount] = {}
    lender_ids: dict[str, int] = {}
    for lender_id, name, day_count in session.execute(select(Lender.id, Lender.name, Lender.day_count)):
        day_counts[lender_id], lender_ids[name] = day_count, lender_id
    running = schedule.interest_year(act.today)
    held: dict[int, dict[date, Decimal]] = {}
    wanted = [ids[lender_ids[row.lender], row.contract_no] for row in rows]
    for piece in chunks(wanted):
        for period in session.execute(
            select(RatePeriod.loan_id, RatePeriod.from_on, RatePeriod.rate_percent).where(RatePeriod.loan_id.in_(piece))
        ):
            held.setdefault(period.loan_id, {})[period.from_on] = period.rate_percent
    periods: list[dict[str, Any]] = []
    instalments: list[dict[str, Any]] = []
    for row in rows:
        lender_id = lender_ids[row.lender]
        loan_id = ids[lender_id, row.contract_no]
        from_on = max(row.signed_on, due_day(running - 1))
        known = held.get(loan_id, {})
        if known.get(from_on) != row.rate_percent:
            if from_on in known:
                session.execute(
                    update(RatePeriod)
                    .where(RatePeriod.loan_id == loan_id, RatePeriod.from_on == from_on)
                    .values(rate_percent=row.rate_percent)
                    .execution_options(synchronize_session=False)
                )
            else:
                periods.append({"loan_id": loan_id, "from_on": from_on, "rate_percent": row.rate_percent})
        rates = {
            year: schedule.rate_on(year, row.signed_on) for year in range(max(row.signed_on.year, _RATES_FROM), running)
        }
        rates |= {schedule.interest_year(day) + 1: rate for day, rate in known.items() if day < from_on}
        terms = replace(row.terms(), rates=rates, day_count=day_counts[lender_id])
        instalments += [
            {"loan_id": loan_id, "due_on": one.due_on, "principal": one.principal, "interest": one.interest}
            for one in schedule.plan(terms)
        ]
    insert_all(session, RatePeriod, periods)
    insert_all(session, Instalment, instalments)


def loan_ids(session: Session) -> dict[tuple[int, str], int]:
    """Return ids of contracts by lender and number."""
    return {
        (lender_id, contract_no): loan_id
        for loan_id, lender_id, contract_no in session.execute(select(Loan.id, Loan.lender_id, Loan.contract_no))
    }
