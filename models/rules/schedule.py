"""The repayment plan of a contract, and the terms that depend on the year it was signed.

A grace of G years means G December instalments of interest alone, the short first one in the graduation year
included; the first principal is due on 20 December of graduation year + G, the last instalment at maturity.
Principal is split equally, what is left over in fen joins the last. The bank's list overrides all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from models.rules.calendar import due_day
from models.rules.interest import DayCount, days, simple
from models.rules.interest_rates import HIGHEST_RATE, interest_year
from models.rules.money import from_fen, split, to_fen
from models.rules.refusals import Refused
from models.rules.sentences import N_

_DAY = timedelta(days=1)
_LAST_YEAR = 2200  # a date beyond it is a typing mistake


@dataclass(frozen=True, slots=True)
class _Policy:
    """Terms of contracts signed from a year on."""

    signed_from: int
    grace_years: int
    longest_years: int  # from signing
    years_after_study: int


_POLICIES = (
    _Policy(signed_from=0, grace_years=2, longest_years=14, years_after_study=10),
    _Policy(signed_from=2015, grace_years=3, longest_years=20, years_after_study=13),
    _Policy(signed_from=2020, grace_years=5, longest_years=22, years_after_study=15),
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan is made from.

    Args:
        principal: yuan, more than 0.
        signed_on: day of the contract.
        graduation_year: year the study ends.
        subsidy_ends_on: last day the state pays the interest, normally 31 August of the graduation year.
        matures_on: last due day, normally 20 September.
        grace_years: December instalments of interest alone, see :func:`grace_years`.
        rate_pct: per cent a year, for every interest year not in ``rates``.
        day_count: convention of the lender's profile.
        rates: per cent a year by interest year (the year its 20 December lies in).

    """

    principal: Decimal
    signed_on: date
    graduation_year: int
    subsidy_ends_on: date
    matures_on: date
    grace_years: int
    rate_pct: Decimal
    day_count: DayCount = DayCount.HYBRID_360
    rates: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedInstalment:
    """One line of a plan, in yuan."""

    due_on: date
    principal: Decimal
    interest: Decimal


def plan(terms: Terms) -> tuple[PlannedInstalment, ...]:
    """Make the repayment plan of a contract, oldest instalment first.

    Raises:
        Refused: terms that cannot be, with the reason.

    """
    check(terms)
    first_principal = terms.graduation_year + terms.grace_years
    due_days = [
        day
        for year in range(terms.graduation_year, terms.matures_on.year + 1)
        if terms.subsidy_ends_on < (day := due_day(year)) < terms.matures_on and year < terms.matures_on.year
    ]
    due_days.append(terms.matures_on)
    parts = list(split(to_fen(terms.principal), sum(day.year >= first_principal for day in due_days)))
    principals = [from_fen(parts.pop(0) if day.year >= first_principal else 0) for day in due_days]
    return _with_interest(zip(due_days, principals, strict=True), terms)


def with_interest(principals: Iterable[tuple[date, Decimal]], terms: Terms) -> tuple[PlannedInstalment, ...]:
    """Return a plan whose days and principals are given, with the interest that the terms make of it.

    Args:
        principals: (due day, principal in yuan), oldest first; together at most the principal of the terms.
        terms: principal, subsidy end, rates and day count are used.

    Raises:
        Refused: days out of order, or more principal than was lent.

    """
    lines = tuple(principals)
    days_due = [due_on for due_on, _ in lines]
    if days_due != sorted(set(days_due)) or (days_due and days_due[0] <= terms.subsidy_ends_on):
        raise Refused("The instalments are not in the order of their days.")
    if sum(principal for _, principal in lines) > terms.principal:
        raise Refused("The instalments ask for more principal than was lent.")
    return _with_interest(lines, terms)


def _with_interest(lines: Iterable[tuple[date, Decimal]], terms: Terms) -> tuple[PlannedInstalment, ...]:
    balance = terms.principal
    begins = terms.subsidy_ends_on + _DAY
    planned = []
    for due_on, principal in lines:
        rate = terms.rates.get(interest_year(due_on), terms.rate_pct)
        interest = simple(balance, rate, days(begins, due_on), terms.day_count)
        planned.append(PlannedInstalment(due_on, principal, interest))
        balance -= principal
        begins = due_on + _DAY
    return tuple(planned)


def grace_years(signed_on: date) -> int:
    """Return the years of interest alone for contracts signed then (2, from 2015: 3, from 2020: 5)."""
    return _policy(signed_on).grace_years


def longest_term(signed_on: date) -> int:
    """Return the longest term in years, study included (14, signed from 2015: 20, from 2020: 22)."""
    return _policy(signed_on).longest_years


def latest_maturity(signed_on: date, graduation_year: int) -> date:
    """Return the latest last due day: 20 September, study and 10 (13, 15) years, in the longest term."""
    policy = _policy(signed_on)
    year = min(signed_on.year + policy.longest_years, graduation_year + policy.years_after_study)
    return date(year, 9, 20)


def _policy(signed_on: date) -> _Policy:
    return [one for one in _POLICIES if one.signed_from <= signed_on.year][-1]


def check(terms: Terms) -> None:
    """Refuse terms that no plan can be made from.

    Raises:
        Refused: with the reason.

    """
    first_principal = terms.graduation_year + terms.grace_years
    rates = (terms.rate_pct, *terms.rates.values())
    refusals = (
        (terms.principal <= 0, N_("A loan amount must be more than 0.")),
        (any(rate < 0 for rate in rates), N_("An interest rate cannot be negative.")),
        (any(rate > HIGHEST_RATE for rate in rates), N_("This interest rate is too high to be right.")),
        (terms.grace_years < 0, N_("The grace cannot be negative.")),
        (terms.matures_on <= terms.signed_on, N_("The contract would mature before it was signed.")),
        (terms.matures_on.year > _LAST_YEAR, N_("The last due day lies too far in the future.")),
        (
            terms.subsidy_ends_on < terms.signed_on,
            N_("The interest subsidy would end before the contract was signed."),
        ),
        (terms.matures_on <= terms.subsidy_ends_on, N_("The contract would mature before the study ends.")),
        (
            terms.graduation_year < terms.signed_on.year,
            N_("The graduation lies before the contract was signed."),
        ),
        (terms.matures_on.year < first_principal, N_("The contract would mature before the grace ends.")),
    )
    for is_wrong, sentence in refusals:
        if is_wrong:
            raise Refused(sentence)
    to_fen(terms.principal)
