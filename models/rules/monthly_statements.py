"""The monthly statement with a lender: what came in, what the list says, what differs and why, and who collected it.

A statement is of one lender, one month and one school's villages. It is drawn up from what is known; signed, its
content is frozen, and a later correction is a new version beside it.
"""

from __future__ import annotations

import calendar
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from models.rules.reconciliation import DifferenceCause
from models.rules.refusals import Refused

_NIL = Decimal("0.00")


class StatementState(StrEnum):
    """Where a signed statement stands; before it is signed nothing is stored."""

    SIGNED = "signed"  # by the school's deputy; waits for the aid centre
    CLOSED = "closed"  # countersigned by the aid centre
    RETURNED = "returned"  # by the aid centre, with a reason: a new version is drawn up


class StatementStep(StrEnum):
    """What the aid centre does with a signed statement."""

    CONFIRM = "confirm"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class ContractLine:
    """One contract; amounts in yuan. ``ours`` is given where list and ledger differ by more than the tolerance."""

    contract_no: str
    name: str  # masked
    village: str
    received: Decimal
    taken_back: Decimal
    listed: Decimal
    ours: Decimal | None = None
    cause: DifferenceCause | None = None
    is_explained: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class PersonLine:
    """What one person brought about in the month; the name is empty for villages nobody looks after."""

    name: str
    school: str
    payments: int
    payers: int
    received: Decimal
    cured: int
    contacts: int
    served: int


@dataclass(frozen=True, slots=True)
class CauseLine:
    """The differences of one cause."""

    cause: DifferenceCause
    contracts: int
    unexplained: int
    ours: Decimal
    listed: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """What the lines add up to, yuan."""

    contracts: int
    received: Decimal
    taken_back: Decimal
    listed: Decimal
    differing: int
    unexplained: int
    difference: Decimal  # list less ledger


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a statement says; frozen when it is signed."""

    lender: str
    school: str  # empty for villages of no school
    month: date
    listed_on: date
    lines: tuple[ContractLine, ...]
    people: tuple[PersonLine, ...]

    @property
    def totals(self) -> Totals:
        """What the lines add up to."""
        differing = [line for line in self.lines if line.ours is not None]
        return Totals(
            contracts=len(self.lines),
            received=_sum(line.received for line in self.lines),
            taken_back=_sum(line.taken_back for line in self.lines),
            listed=_sum(line.listed for line in self.lines),
            differing=len(differing),
            unexplained=sum(not line.is_explained for line in differing),
            difference=_sum(line.listed - (line.ours or _NIL) for line in differing),
        )

    @property
    def causes(self) -> tuple[CauseLine, ...]:
        """The differences by cause, in the order the causes are tried in."""
        found = []
        for cause in DifferenceCause:
            mine = [line for line in self.lines if line.cause is cause]
            if mine:
                ours, listed = _sum(line.ours or _NIL for line in mine), _sum(line.listed for line in mine)
                found.append(CauseLine(cause, len(mine), sum(not line.is_explained for line in mine), ours, listed))
        return tuple(found)

    def to_json(self) -> str:
        """Write the content down, the same words for the same content."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, default=_plain)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what ``to_json`` wrote."""
        held = json.loads(text)
        return cls(
            lender=held["lender"],
            school=held["school"],
            month=date.fromisoformat(held["month"]),
            listed_on=date.fromisoformat(held["listed_on"]),
            lines=tuple(_contract(line) for line in held["lines"]),
            people=tuple(PersonLine(**line | {"received": Decimal(line["received"])}) for line in held["people"]),
        )

    @property
    def digest(self) -> str:
        """The SHA-256 of the content: printed on the paper, and how a change is noticed."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def month_named(text: str) -> date:
    """Return the first day of a month written ``2026-11``.

    Raises:
        Refused: it is not one.

    """
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Refused("A month is written such as 2026-11.") from None


def last_day(month: date) -> date:
    """Return the last day of the month that begins on a day."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def check_over(month: date, today: date) -> None:
    """Refuse to sign for a month that still runs.

    Raises:
        Refused: it is not over.

    """
    if today <= last_day(month):
        raise Refused("The month is not over: it is signed from the first day of the next.")


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, _NIL)


def _contract(line: dict[str, Any]) -> ContractLine:
    amounts = {name: Decimal(line[name]) for name in ("received", "taken_back", "listed")}
    ours = Decimal(line["ours"]) if line["ours"] is not None else None
    cause = DifferenceCause(line["cause"]) if line["cause"] else None
    return ContractLine(**line | amounts | {"ours": ours, "cause": cause})


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
