"""Reference rates and spreads: which yearly rate a contract bears in an interest year.

An interest year runs from 21 December to 20 December and is named by the year it ends in. On 21 December the rate is
set anew from the reference rate then latest; a contract's first interest year has the one latest when it was signed.
The tables are data that an official edits; what stands here is what an empty installation begins with.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from models.rules.calendar import due_day
from models.rules.refusals import Refused
from models.rules.sentences import N_

HIGHEST_RATE = Decimal(36)
"""Per cent a year; a higher figure is a typing mistake."""

_DAY = timedelta(days=1)
_FURTHEST = timedelta(days=366)  # a rate is not published longer before it holds
_DECIMALS = -4


class RateBasis(StrEnum):
    """A published rate that contracts follow."""

    LPR_5Y = "lpr_5y"  # loan prime rate over five years
    PBOC_OVER_5Y = "pboc_over_5y"  # the central bank's benchmark over five years, until 2019


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference rate from the day it was published, per cent a year."""

    basis: RateBasis
    from_on: date
    rate_pct: Decimal
    source: str = ""
    is_confirmed: bool = False  # somebody held it against the publication


@dataclass(frozen=True, slots=True)
class Spread:
    """What contracts signed from a day on add to a reference rate from an interest year on, in percentage points."""

    signed_from: date
    ends_from: int
    basis: RateBasis
    spread_pct: Decimal
    source: str = ""
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class YearRate:
    """The rate of one interest year and what it is made of.

    Attributes:
        ends: the interest year.
        reference: the published rate it follows.
        spread: what is added to it.
        is_extrapolated: the rate is set on a day after the newest published rate we know, so it may yet change.

    """

    ends: int
    reference: Reference
    spread: Spread
    is_extrapolated: bool

    @property
    def rate_pct(self) -> Decimal:
        """Per cent a year."""
        return max(self.reference.rate_pct + self.spread.spread_pct, Decimal(0))


def reset_day(interest_year: int) -> date:
    """Return the day an interest year begins and its rate is set: 21 December of the year before."""
    return due_day(interest_year - 1) + _DAY


def interest_year(day: date) -> int:
    """Return the interest year a day lies in: the year of the first 20 December at or after it."""
    return day.year if day <= due_day(day.year) else day.year + 1


@dataclass(frozen=True)
class RateTable:
    """The reference rates and spreads known, in any order; each day and each group of contracts stands once."""

    references: tuple[Reference, ...]
    spreads: tuple[Spread, ...]
    _known: dict[tuple[int, date, date], YearRate] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def _by_basis(self) -> dict[RateBasis, list[Reference]]:
        rows = sorted(self.references, key=lambda row: row.from_on)
        return {basis: [row for row in rows if row.basis is basis] for basis in RateBasis}

    @cached_property
    def _groups(self) -> dict[date, list[Spread]]:
        rows = sorted(self.spreads, key=lambda row: (row.signed_from, row.ends_from))
        return {day: [row for row in rows if row.signed_from == day] for day in {row.signed_from for row in rows}}

    @cached_property
    def known_until(self) -> date:
        """The day of the newest published rate."""
        return max((row.from_on for row in self.references), default=date.min)

    def year(self, interest_year: int, signed_on: date) -> YearRate:
        """Return the rate of an interest year for contracts signed on a day.

        Raises:
            Refused: before the contract, or before the tables begin.

        """
        set_on = max(reset_day(interest_year), signed_on)
        key = (interest_year, set_on, self._group(signed_on))
        if key not in self._known:
            self._known[key] = self._year(interest_year, signed_on, set_on)
        return self._known[key]

    def rate_pct(self, interest_year: int, signed_on: date) -> Decimal:
        """Return that rate in per cent a year; raises as :meth:`year` does."""
        return self.year(interest_year, signed_on).rate_pct

    def over(self, years: Iterable[int], signed_on: date) -> dict[int, Decimal]:
        """Return the rates of several interest years; those from before the tables begin are left out."""
        found = {}
        for ends in years:
            try:
                found[ends] = self.rate_pct(ends, signed_on)
            except Refused:
                continue
        return found

    def _group(self, signed_on: date) -> date:
        return max((day for day in self._groups if day <= signed_on), default=date.min)

    def _year(self, ends: int, signed_on: date, set_on: date) -> YearRate:
        if ends < interest_year(signed_on):
            raise Refused("The contract was not signed before the interest year %(year)s ended.", year=ends)
        spreads = [row for row in self._groups.get(self._group(signed_on), ()) if row.ends_from <= ends]
        if not spreads:
            raise Refused(
                "No spread is known for contracts signed on %(day)s in the interest year %(year)s.",
                day=signed_on,
                year=ends,
            )
        rows = self._by_basis[spreads[-1].basis]
        place = bisect_right(rows, set_on, key=lambda row: row.from_on)
        if not place:
            raise Refused("No rate is known for the interest year %(year)s.", year=ends)
        return YearRate(ends, rows[place - 1], spreads[-1], is_extrapolated=set_on > self.known_until)


def contract_rates(
    table: RateTable, *, signed_on: date, given: Mapping[int, Decimal], years: Iterable[int]
) -> dict[int, Decimal]:
    """Return a contract's rate for each interest year; a year nobody knows a rate of is left out.

    The lender's own figure overrides the table. A contract whose newest figure is what the table says for that year
    follows the table in the years after it; one whose lender charges something else keeps the lender's figure until
    the lender names another.

    Args:
        table: published rates and spreads.
        signed_on: day of the contract.
        given: the lender's figures by interest year, per cent a year; each holds until the next.
        years: interest years asked about.

    """
    if not given:
        return table.over(years, signed_on)
    newest = max(given)
    follows = table.over((newest,), signed_on).get(newest) == given[newest]
    found = {}
    for ends in years:
        if ends >= min(given) and not (ends > newest and follows):
            found[ends] = given[max(year for year in given if year <= ends)]
        else:
            found |= table.over((ends,), signed_on)
    return found


def check_reference(row: Reference, others: Iterable[Reference], today: date) -> None:
    """Refuse a reference rate that cannot be right.

    Raises:
        Refused: negative or far too high, too many decimals, far in the future, or a day that has a rate already.

    """
    _check_decimals(row.rate_pct)
    if row.rate_pct < 0:
        raise Refused("An interest rate cannot be negative.")
    if row.rate_pct > HIGHEST_RATE:
        raise Refused("This interest rate is too high to be right.")
    if row.from_on > today + _FURTHEST:
        raise Refused("A rate is not published more than a year ahead.")
    if row.from_on.year < _EVERYBODY.year:
        raise Refused("There were no student loans on that day.")
    if any(one.basis is row.basis and one.from_on == row.from_on for one in others):
        raise Refused("There is a rate from %(day)s already: correct that one.", day=row.from_on)


def check_spread(row: Spread, others: Iterable[Spread], today: date) -> None:
    """Refuse a spread that cannot be right.

    Raises:
        Refused: far too large, too many decimals, far in the future, before the contracts it is for, or there is
            one for these contracts and this year.

    """
    _check_decimals(row.spread_pct)
    if abs(row.spread_pct) > HIGHEST_RATE:
        raise Refused("This spread is too large to be right.")
    if row.signed_from > today + _FURTHEST or row.ends_from > (today + _FURTHEST).year + 1:
        raise Refused("A rate is not published more than a year ahead.")
    if row.signed_from < _EVERYBODY:
        raise Refused("There were no student loans on that day.")
    if row.ends_from < interest_year(row.signed_from):
        raise Refused("The contracts were not signed before the interest year %(year)s ended.", year=row.ends_from)
    if any(one.signed_from == row.signed_from and one.ends_from == row.ends_from for one in others):
        raise Refused("There is a spread for these contracts and this year already: correct that one.")


def _check_decimals(value: Decimal) -> None:
    exponent = value.normalize().as_tuple().exponent
    if not isinstance(exponent, int):
        raise Refused("This is not a rate.")
    if exponent < _DECIMALS:
        raise Refused("A rate has at most four decimals.")


_EVERYBODY = date(2000, 1, 1)  # earlier than any contract
_LPR_SIGNED = date(2020, 1, 1)
_PRESS = N_("the level as the press reported it")
_UNSURE = N_("from memory: to be held against the publication")
_BENCHMARK = N_("the central bank's benchmark without mark-up, until 2019")
_OF_2020 = N_("policy of 2020")
_OF_2023 = N_("circular of September 2023")
_OF_2024 = N_("policy of 2024; its first day is from memory")
_OF_2024_EARLIER = N_("policy of 2024; that it holds for earlier contracts is from memory")


def _benchmark(day: str, rate: str) -> Reference:
    return Reference(RateBasis.PBOC_OVER_5Y, date.fromisoformat(day), Decimal(rate), _UNSURE)


def _lpr(day: str, rate: str, source: str = _UNSURE) -> Reference:
    return Reference(RateBasis.LPR_5Y, date.fromisoformat(day), Decimal(rate), source, source != _UNSURE)


def _spread(signed_from: date, ends_from: int, basis: RateBasis, spread: str, source: str) -> Spread:
    is_confirmed = source not in {_OF_2024, _OF_2024_EARLIER}
    return Spread(signed_from, ends_from, basis, Decimal(spread), source, is_confirmed)


DEFAULTS = RateTable(
    references=(
        _benchmark("2011-07-07", "7.05"),
        _benchmark("2012-06-08", "6.80"),
        _benchmark("2012-07-06", "6.55"),
        _benchmark("2014-11-22", "6.15"),
        _benchmark("2015-03-01", "5.90"),
        _benchmark("2015-05-11", "5.65"),
        _benchmark("2015-06-28", "5.40"),
        _benchmark("2015-08-26", "5.15"),
        _benchmark("2015-10-24", "4.90"),
        _lpr("2019-08-20", "4.85"),
        _lpr("2019-11-20", "4.80"),
        _lpr("2020-02-20", "4.75"),
        _lpr("2020-04-20", "4.65"),
        _lpr("2022-01-20", "4.60"),
        _lpr("2022-05-20", "4.45", _PRESS),
        _lpr("2022-08-22", "4.30", _PRESS),
        _lpr("2023-06-20", "4.20"),
        _lpr("2024-02-20", "3.95", _PRESS),
        _lpr("2024-07-22", "3.85"),
        _lpr("2024-10-21", "3.60"),
        _lpr("2025-05-20", "3.50", _PRESS),
    ),
    spreads=(
        _spread(_EVERYBODY, 2000, RateBasis.PBOC_OVER_5Y, "0", _BENCHMARK),
        _spread(_EVERYBODY, 2024, RateBasis.LPR_5Y, "-0.60", _OF_2023),
        _spread(_EVERYBODY, 2025, RateBasis.LPR_5Y, "-0.70", _OF_2024_EARLIER),
        _spread(_LPR_SIGNED, 2020, RateBasis.LPR_5Y, "-0.30", _OF_2020),
        _spread(_LPR_SIGNED, 2024, RateBasis.LPR_5Y, "-0.60", _OF_2023),
        _spread(_LPR_SIGNED, 2025, RateBasis.LPR_5Y, "-0.70", _OF_2024),
    ),
)
"""What an empty installation begins with. Days or levels that no publication was found for are not confirmed."""
