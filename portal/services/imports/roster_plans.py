"""The repayment plans of a roster's contracts: rate periods and instalments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from models.loans import Instalment, Lender, RatePeriod
from models.rules import schedule
from models.rules.interest_rates import RateTable, contract_rates, interest_year, reset_day
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.interest_rates import rate_table
from portal.services.imports import bulk
from portal.services.imports.roster_rows import RosterRow
from portal.services.imports.shared_lines import Line, SharedLines

_DAY = timedelta(days=1)
_REMEMBERED = 20_000
_PERIOD = ("from_on", "rate_percent")
_INSTALMENT = ("due_on", "principal", "interest")


@dataclass(frozen=True, slots=True)
class _Rates:
    """The rates of contracts that were signed alike.

    Attributes:
        periods: rate by the day it holds from.
        number: of these periods as shared lines.
        by_year: rate by interest year.
        years: a number that the same rates by year have in common.

    """

    periods: Mapping[date, Decimal]
    number: int
    by_year: Mapping[int, Decimal]
    years: int


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
        self._known_rates: dict[Line, _Rates] = {}
        self._years: dict[Line, int] = {}
        self._known_plans: dict[Line, int] = {}
        connection = session.connection()
        self._periods = SharedLines(connection, RatePeriod, "loan_id", _PERIOD)
        self._instalments = SharedLines(connection, Instalment, "loan_id", _INSTALMENT)
        self._stored_period = bulk.storing(connection.dialect, RatePeriod, _PERIOD)
        self._stored_instalment = bulk.storing(connection.dialect, Instalment, _INSTALMENT)

    def write(self, rows: Sequence[tuple[int, RosterRow]], *, are_new: bool) -> None:
        """Write rate periods and instalments.

        Args:
            rows: contracts, each with its id; they have no instalments.
            are_new: they have no rate periods either.

        """
        if max(len(self._known_rates), len(self._known_plans)) > _REMEMBERED:
            self._forget()
        held = {} if are_new else _held_periods(self._session, [loan_id for loan_id, _ in rows])
        periods: list[tuple[int, int]] = []
        plans: list[tuple[int, int]] = []
        for loan_id, row in rows:
            known = held.get(loan_id, {})
            rates = self._rates(row, known)
            if known:
                _bring_up_to_date(self._session, loan_id, known, rates.periods)
            else:
                periods.append((loan_id, rates.number))
            plans.append((loan_id, self._plan(row, rates)))
        self._periods.write(periods)
        self._instalments.write(plans)

    def _forget(self) -> None:
        """Begin anew, so that a roster of very many different terms is not held as a whole."""
        self._known_rates.clear()
        self._years.clear()
        self._known_plans.clear()
        self._periods.forget()
        self._instalments.forget()

    def _rates(self, row: RosterRow, known: Mapping[date, Decimal]) -> _Rates:
        """Return a contract's rates."""
        key = (row.signed_on, row.subsidy_ends_on, row.matures_on, row.rate_percent, *known.items())
        found = self._known_rates.get(key)
        if found is None:
            given = given_rates(self._table, row, known, self._today)
            years = range(row.subsidy_ends_on.year, interest_year(row.matures_on) + 1)
            by_year = contract_rates(self._table, signed_on=row.signed_on, given=given, years=years)
            periods = {max(row.signed_on, reset_day(year)): rate for year, rate in given.items()}
            number = self._periods.number(tuple(_stored(one, self._stored_period) for one in periods.items()))
            same = self._years.setdefault(tuple(by_year.items()), len(self._years))
            found = self._known_rates[key] = _Rates(periods, number, by_year, same)
        return found

    def _plan(self, row: RosterRow, rates: _Rates) -> int:
        """Return the number of a contract's plan."""
        day_count = self._day_counts[row.lender]
        key = (
            row.principal,
            row.graduation_year,
            row.subsidy_ends_on,
            row.matures_on,
            row.grace_years,
            row.rate_percent,
            day_count,
            rates.years,
        )
        found = self._known_plans.get(key)
        if found is None:
            terms = replace(row.terms(), rates=rates.by_year, day_count=day_count)
            lines = ((one.due_on, one.principal, one.interest) for one in schedule.plan(terms))
            stored = tuple(_stored(line, self._stored_instalment) for line in lines)
            found = self._known_plans[key] = self._instalments.number(stored)
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


def _bring_up_to_date(
    session: Session, loan_id: int, known: Mapping[date, Decimal], wanted: Mapping[date, Decimal]
) -> None:
    """Write the rate periods of a contract that has some already."""
    for from_on, rate in wanted.items():
        if from_on not in known:
            session.execute(insert(RatePeriod).values(loan_id=loan_id, from_on=from_on, rate_percent=rate))
        elif known[from_on] != rate:
            session.execute(
                update(RatePeriod)
                .where(RatePeriod.loan_id == loan_id, RatePeriod.from_on == from_on)
                .values(rate_percent=rate)
                .execution_options(synchronize_session=False)
            )


def _held_periods(session: Session, loan_ids: Sequence[int]) -> dict[int, dict[date, Decimal]]:
    held: dict[int, dict[date, Decimal]] = {}
    for piece in chunks(loan_ids):
        for period in session.execute(
            select(RatePeriod.loan_id, RatePeriod.from_on, RatePeriod.rate_percent).where(RatePeriod.loan_id.in_(piece))
        ):
            held.setdefault(period.loan_id, {})[period.from_on] = period.rate_percent
    return held
