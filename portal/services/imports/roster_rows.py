"""The clean values of a roster's row, as they are staged."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from models.rules import schedule

_REMEMBERED = 20_000  # days and figures: a roster holds few different ones
_VALUES = "values"

_figure = lru_cache(_REMEMBERED)(Decimal)
_day = lru_cache(_REMEMBERED)(date.fromisoformat)


@dataclass(slots=True)
class RosterRow:
    """The clean values of one row."""

    contract_no: str
    lender: str
    name: str
    id_number: str
    village_id: int
    address: str
    school_name: str
    college: str
    graduation_year: int
    signed_on: date
    principal: Decimal
    balance: Decimal
    rate_percent: Decimal
    subsidy_ends_on: date
    grace_years: int
    matures_on: date
    settled_on: date | None
    deferred_until: date | None
    phones: list[str]
    co_name: str
    co_id_number: str
    co_phones: list[str]
    relation: str
    settled_is_assumed: bool = False  # nothing is left to pay, and the list names no day
    leads: bool = True  # of this person's rows the newest contract; it says where the person lives and studied

    @classmethod
    def from_content(cls, clean: dict[str, Any]) -> RosterRow:
        """Return a row from what was staged, also before values were staged without their names."""
        if _VALUES not in clean:
            clean = {"id_number": clean["id_number"], _VALUES: [clean[name] for name in _STAGED]}
        (
            contract_no, lender, name, village_id, address, school_name, college, graduation_year, signed_on, principal,
            balance, rate_percent, subsidy_ends_on, grace_years, matures_on, settled_on, deferred_until, *rest,
        ) = clean[_VALUES]  # fmt: skip
        return cls(
            contract_no,
            lender,
            name,
            clean["id_number"],
            village_id,
            address,
            school_name,
            college,
            graduation_year,
            _day(signed_on),
            _figure(principal),
            _figure(balance),
            _figure(rate_percent),
            _day(subsidy_ends_on),
            grace_years,
            _day(matures_on),
            _day(settled_on) if settled_on else None,
            _day(deferred_until) if deferred_until else None,
            *rest,
        )

    def content(self) -> dict[str, Any]:
        """Return the row as it is staged: the identity number by its name, the other values in their order."""
        values = [
            self.contract_no,
            self.lender,
            self.name,
            self.village_id,
            self.address,
            self.school_name,
            self.college,
            self.graduation_year,
            self.signed_on.isoformat(),
            str(self.principal),
            str(self.balance),
            str(self.rate_percent),
            self.subsidy_ends_on.isoformat(),
            self.grace_years,
            self.matures_on.isoformat(),
            self.settled_on.isoformat() if self.settled_on else None,
            self.deferred_until.isoformat() if self.deferred_until else None,
            self.phones,
            self.co_name,
            self.co_id_number,
            self.co_phones,
            self.relation,
            self.settled_is_assumed,
            self.leads,
        ]
        return {"id_number": self.id_number, _VALUES: values}

    def terms(self) -> schedule.Terms:
        """Return what the repayment plan is made from; for past years the rates that were then in force."""
        return schedule.Terms(
            principal=self.principal,
            signed_on=self.signed_on,
            graduation_year=self.graduation_year,
            subsidy_ends_on=self.subsidy_ends_on,
            matures_on=self.matures_on,
            grace_years=self.grace_years,
            rate_pct=self.rate_percent,
        )


_STAGED = [one.name for one in fields(RosterRow) if one.name != "id_number"]
