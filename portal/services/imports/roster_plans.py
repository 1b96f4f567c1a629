"""The repayment plans of a roster's contracts: rate periods and instalments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.loans import Instalment, Lender, Loan, RatePeriod
from models.rules import schedule
from models.rules.interest import DayCount
from models.rules.interest_rates import RateTable, contract_rates, interest_year, reset_day
from portal.actors import Act
from portal.queries.interest_rates import rate_table
from portal.services.imports.holdings import chunks, insert_all
from portal.services.imports.roster_rows import RosterRow

_DAY = timedelta(days=1)


def write_plans(session: Session, act: Act, rows: Sequence[RosterRow]) -> None:
    """Write rate periods and instalments.

    The rate of the list is that of the interest year that runs today. Earlier years have the figures the lender gave
    then, or else the published ones; later years follow ``contract_rates``.
    """
    ids = loan_ids(session)
    day_counts: dict[int, DayCount] = {}
    lender_ids: dict[str, int] = {}
    for lender_id, name, day_count in session.execute(select(Lender.id, Lender.name, Lender.day_count)):
        day_counts[lender_id], lender_ids[name] = day_count, lender_id
    table = rate_table(session)
    held = _held_periods(session, [ids[lender_ids[row.lender], row.contract_no] for row in rows])
    periods: list[dict[str, Any]] = []
    instalments: list[dict[str, Any]] = []
    for row in rows:
        lender_id = lender_ids[row.lender]
        loan_id = ids[lender_id, row.contract_no]
        known = held.get(loan_id, {})
        given = given_rates(table, row, known, act.today)
        for from_on, rate in _periods(row, given).items():
            if from_on not in known:
                periods.append({"loan_id": loan_id, "from_on": from_on, "rate_percent": rate})
            elif known[from_on] != rate:
                session.execute(
                    update(RatePeriod)
                    .where(RatePeriod.loan_id == loan_id, RatePeriod.from_on == from_on)
                    .values(rate_percent=rate)
                    .execution_options(synchronize_session=False)
                )
        years = range(row.subsidy_ends_on.year, interest_year(row.matures_on) + 1)
        rates = contract_rates(table, signed_on=row.signed_on, given=given, years=years)
        terms = replace(row.terms(), rates=rates, day_count=day_counts[lender_id])
        instalments += [
            {"loan_id": loan_id, "due_on": one.due_on, "principal": one.principal, "interest": one.interest}
            for one in schedule.plan(terms)
        ]
    insert_all(session, RatePeriod, periods)
    insert_all(session, Instalment, instalments)


def given_rates(table: RateTable, row: RosterRow, known: Mapping[date, Decimal], today: date) -> dict[int, Decimal]:
    """Return a contract's rates by interest year up to the one that runs, which the list gives.

    Only the years in which a rate changes are named; each holds until the next. The year that runs always is.

    Args:
        table: published rates.
        row: the contract in the list.
        known: rate periods we hold of it.
        today: the day the list is taken in.

    """
    last = min(interest_year(max(today, row.signed_on)), interest_year(row.matures_on))
    found = {interest_year(day): rate for day, rate in known.items() if interest_year(day) < last}
    if not found:
        paid_from = interest_year(max(row.signed_on, row.subsidy_ends_on + _DAY))
        past = table.over(range(paid_from, last), row.signed_on)
        found = {year: rate for year, rate in past.items() if past.get(year - 1) != rate}
    return found | {last: row.rate_percent}


def _periods(row: RosterRow, given: Mapping[int, Decimal]) -> dict[date, Decimal]:
    return {max(row.signed_on, reset_day(year)): rate for year, rate in given.items()}


def _held_periods(session: Session, loan_ids: Sequence[int]) -> dict[int, dict[date, Decimal]]:
    held: dict[int, dict[date, Decimal]] = {}
    for piece in chunks(loan_ids):
        for period in session.execute(
            select(RatePeriod.loan_id, RatePeriod.from_on, RatePeriod.rate_percent).where(RatePeriod.loan_id.in_(piece))
        ):
            held.setdefault(period.loan_id, {})[period.from_on] = period.rate_percent
    return held


def loan_ids(session: Session) -> dict[tuple[int, str], int]:
    """Return ids of contracts by lender and number."""
    return {
        (lender_id, contract_no): loan_id
        for loan_id, lender_id, contract_no in session.execute(select(Loan.id, Loan.lender_id, Loan.contract_no))
    }
