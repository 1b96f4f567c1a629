"""The repayment plans of a roster's contracts: rate periods and instalments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.loans import Instalment, Lender, RatePeriod
from models.rules import schedule
from models.rules.interest_rates import RateTable, contract_rates, interest_year, reset_day
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.interest_rates import rate_table
from portal.services.imports import bulk
from portal.services.imports.roster_rows import RosterRow

Line = tuple[Any, ...]
"""Values of one row without the contract, as the driver stores them."""

_DAY = timedelta(days=1)
_REMEMBERED = 20_000
_PERIOD = ("loan_id", "from_on", "rate_percent")
_INSTALMENT = ("loan_id", "due_on", "principal", "interest")


class Plans:
    """Makes and writes plans. Contracts of the same terms have the same plan, and a roster holds few different terms.

    The rate of the list is that of the interest year that runs today. Earlier years have the figures the lender gave
    then, or else the published ones; later years follow ``contract_rates``.
    """

    def __init__(self, session: Session, act: Act) -> None:
        self._session = session
        self._today = act.today
        self._table = rate_table(session)
        self._day_counts = {one.name: one.day_count for one in session.execute(select(Lender.name, Lender.day_count))}
        self._periods: dict[Line, tuple[dict[date, Decimal], dict[int, Decimal]]] = {}
        self._lines: dict[Line, list[Line]] = {}
        connection = session.connection()
        self._connection = connection
        storing = bulk.storing(connection.dialect, RatePeriod, _PERIOD)[1:]
        self._stored_period_of = lru_cache(_REMEMBERED)(lambda *period: _stored(period, storing))
        self._stored_line = bulk.storing(connection.dialect, Instalment, _INSTALMENT)

    def write(self, rows: Sequence[tuple[int, RosterRow]], *, are_new: bool) -> None:
        """Write rate periods and instalments.

        Args:
            rows: contracts, each with its id; they have no instalments.
            are_new: they have no rate periods either.

        """
        held = {} if are_new else _held_periods(self._session, [loan_id for loan_id, _ in rows])
        periods: list[Line] = []
        instalments: list[Line] = []
        for loan_id, row in rows:
            known = held.get(loan_id, {})
            wanted, rates = self._rates(row, known)
            for from_on, rate in wanted.items():
                if from_on not in known:
                    periods.append((loan_id, *self._stored_period_of(from_on, rate)))
                elif known[from_on] != rate:
                    self._session.execute(
                        update(RatePeriod)
                        .where(RatePeriod.loan_id == loan_id, RatePeriod.from_on == from_on)
                        .values(rate_percent=rate)
                        .execution_options(synchronize_session=False)
                    )
            instalments += [(loan_id, *line) for line in self._plan(row, rates)]
        for piece in chunks(periods, bulk.AT_A_TIME):
            bulk.insert_stored(self._connection, RatePeriod, _PERIOD, piece)
        for piece in chunks(instalments, bulk.AT_A_TIME):
            bulk.insert_stored(self._connection, Instalment, _INSTALMENT, piece)

    def _rates(self, row: RosterRow, known: Mapping[date, Decimal]) -> tuple[dict[date, Decimal], dict[int, Decimal]]:
        """Return a contract's rate periods, and its rate by interest year."""
        key = (row.signed_on, row.subsidy_ends_on, row.matures_on, row.rate_percent, *known.items())
        found = self._periods.get(key)
        if found is None:
            given = given_rates(self._table, row, known, self._today)
            years = range(row.subsidy_ends_on.year, interest_year(row.matures_on) + 1)
            rates = contract_rates(self._table, signed_on=row.signed_on, given=given, years=years)
            found = {max(row.signed_on, reset_day(year)): rate for year, rate in given.items()}, rates
            if len(self._periods) < _REMEMBERED:
                self._periods[key] = found
        return found

    def _plan(self, row: RosterRow, rates: Mapping[int, Decimal]) -> list[Line]:
        terms = row.terms()
        day_count = self._day_counts[row.lender]
        key = (
            terms.principal,
            terms.graduation_year,
            terms.subsidy_ends_on,
            terms.matures_on,
            terms.grace_years,
            terms.rate_pct,
            day_count,
            *rates.items(),
        )
        found = self._lines.get(key)
        if found is None:
            found = [
                _stored((one.due_on, one.principal, one.interest), self._stored_line[1:])
                for one in schedule.plan(replace(terms, rates=rates, day_count=day_count))
            ]
            if len(self._lines) < _REMEMBERED:
                self._lines[key] = found
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


def _stored(line: Line, storing: Sequence[bulk.Stored | None]) -> Line:
    return tuple(value if store is None else store(value) for value, store in zip(line, storing, strict=True))


def _held_periods(session: Session, loan_ids: Sequence[int]) -> dict[int, dict[date, Decimal]]:
    held: dict[int, dict[date, Decimal]] = {}
    for piece in chunks(loan_ids):
        for period in session.execute(
            select(RatePeriod.loan_id, RatePeriod.from_on, RatePeriod.rate_percent).where(RatePeriod.loan_id.in_(piece))
        ):
            held.setdefault(period.loan_id, {})[period.from_on] = period.rate_percent
    return held
