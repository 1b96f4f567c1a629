"""The clean values of a roster's row, as they are staged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from models.rules import schedule

_DAYS = ("signed_on", "subsidy_ends_on", "matures_on", "settled_on", "deferred_until")
_FIGURES = ("principal", "balance", "rate_percent")
_REMEMBERED = 20_000  # days and figures: a roster holds few different ones

_figure = lru_cache(_REMEMBERED)(Decimal)


@lru_cache(_REMEMBERED)
def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


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
        """Return a row from what was staged."""
        values = dict(clean)
        for name in _DAYS:
            values[name] = _day(clean[name])
        for name in _FIGURES:
            values[name] = _figure(clean[name])
        return cls(**values)

    def content(self) -> dict[str, Any]:
        """Return the row as it is staged."""
        return {
            "contract_no": self.contract_no,
            "lender": self.lender,
            "name": self.name,
            "id_number": self.id_number,
            "village_id": self.village_id,
            "address": self.address,
            "school_name": self.school_name,
            "college": self.college,
            "graduation_year": self.graduation_year,
            "signed_on": self.signed_on.isoformat(),
            "principal": str(self.principal),
            "balance": str(self.balance),
            "rate_percent": str(self.rate_percent),
            "subsidy_ends_on": self.subsidy_ends_on.isoformat(),
            "grace_years": self.grace_years,
            "matures_on": self.matures_on.isoformat(),
            "settled_on": self.settled_on.isoformat() if self.settled_on else None,
            "deferred_until": self.deferred_until.isoformat() if self.deferred_until else None,
            "phones": self.phones,
            "co_name": self.co_name,
            "co_id_number": self.co_id_number,
            "co_phones": self.co_phones,
            "relation": self.relation,
            "settled_is_assumed": self.settled_is_assumed,
            "leads": self.leads,
        }

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
