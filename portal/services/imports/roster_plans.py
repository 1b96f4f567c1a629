"""The repayment plans of a roster's contracts: made from their terms, each kept once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import Lender
from models.rules import schedule
from models.rules.facts import InstalmentFact
from models.rules.interest_rates import RateTable, contract_rates, interest_year, reset_day
from models.rules.repayment_plans import PlanContent, RatePeriodFact
from portal.actors import Act
from portal.queries.interest_rates import rate_table
from portal.queries.repayment_plans import contents
from portal.services import repayment_plans
from portal.services.imports.roster_rows import RosterRow

_DAY = timedelta(days=1)
_REMEMBERED = 20_000
_NEW = None
"""The plan of a contract that has none yet."""


@dataclass(frozen=True, slots=True)
class _Rates:
    """The rates of contracts that were signed alike: as they are kept, and by interest year."""

    kept: tuple[RatePeriodFact, ...]
    by_year: Mapping[int, Decimal]


class Plans:
    """Finds plans. Contracts of the same terms have the same plan, and a roster holds few different terms.

    The rate of the list is that of the interest year that runs today. Earlier years have the figures the lender gave
    then, or else the published ones; later years follow ``contract_rates``.
    """

    def __init__(self, session: Session, act: Act) -> None:
        self._session = session
        self._today = act.today
        self._table = rate_table(session)
        self._day_counts = {one.name: one.day_count for one in session.execute(select(Lender.name, Lender.day_count))}
        self._rates: dict[tuple[Any, ...], _Rates] = {}
        self._ids: dict[tuple[Any, ...], int | None] = {}  # by the terms of a contract

    def of(self, rows: Sequence[RosterRow], before: Sequence[int | None] = ()) -> list[int | None]:
        """Return the id of each contract's plan, which is kept if it was not.

        Args:
            rows: contracts.
            before: the plan of each so far, of whose rates those of past years stay; none where all are new.

        """
        if max(len(self._rates), len(self._ids)) > _REMEMBERED:  # a roster of very many different terms
            self._rates.clear()
            self._ids.clear()
        plans = before or [_NEW] * len(rows)
        keys = [self._key(row, plan_id) for row, plan_id in zip(rows, plans, strict=True)]
        unknown = {
            key: (row, plan_id) for key, row, plan_id in zip(keys, rows, plans, strict=True) if key not in self._ids
        }
        if unknown:
            held = contents(self._session, before)
            made = {key: self._made(row, held[plan_id].rates) for key, (row, plan_id) in unknown.items()}
            self._ids |= zip(made, repayment_plans.keep(self._session, list(made.values())), strict=True)
        return [self._ids[key] for key in keys]

    def _key(self, row: RosterRow, before: int | None) -> tuple[Any, ...]:
        """Return all that a contract's plan follows from."""
        return (
            row.principal,
            row.signed_on,
            row.graduation_year,
            row.subsidy_ends_on,
            row.matures_on,
            row.grace_years,
            row.rate_percent,
            row.lender,
            before,
        )

    def _made(self, row: RosterRow, known: Sequence[RatePeriodFact]) -> PlanContent:
        rates = self._rates_of(row, known)
        terms = replace(row.terms(), rates=rates.by_year, day_count=self._day_counts[row.lender])
        lines = (InstalmentFact(one.due_on, one.principal, one.interest) for one in schedule.plan(terms))
        return PlanContent.of(lines, rates.kept)

    def _rates_of(self, row: RosterRow, known: Sequence[RatePeriodFact]) -> _Rates:
        key = (row.signed_on, row.subsidy_ends_on, row.matures_on, row.rate_percent, *known)
        found = self._rates.get(key)
        if found is None:
            given = given_rates(self._table, row, dict(known), self._today)
            years = range(row.subsidy_ends_on.year, interest_year(row.matures_on) + 1)
            by_year = contract_rates(self._table, signed_on=row.signed_on, given=given, years=years)
            periods = dict(known) | {max(row.signed_on, reset_day(year)): rate for year, rate in given.items()}
            found = self._rates[key] = _Rates(tuple(sorted(periods.items())), by_year)
        return found


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
