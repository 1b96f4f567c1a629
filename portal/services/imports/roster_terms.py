"""Days and terms of a roster's row held against each other, each refusal at the cell a clerk would correct."""

from __future__ import annotations

import re
from datetime import date

from models.rules import cells, schedule
from models.rules.refusals import Refused
from models.rules.reliefs import check_not_far
from portal.services.imports.roster_rows import RosterRow
from portal.services.imports.rows import RowCheck

NAME, ADDRESS, COLLEGE, RELATION, CONTRACT = 60, 200, 80, 20, 40
"""The longest words of a row."""
SUBSIDY_END = (8, 31)
_YEARS_MONTHS = re.compile(r"(\d{1,3})(年|个月|月)?")
_MONTHS = 12
_LONGEST_GRACE = 10


def check_days(check: RowCheck, row: RosterRow, listed_on: date) -> None:
    """Refuse days that a list of its date cannot tell, and those so far ahead that the year is mistyped."""
    if row.signed_on > listed_on:
        check.refuse(
            "signed_on", Refused("The contract was signed after the date of the list, %(day)s.", day=listed_on)
        )
    if row.settled_on and row.settled_on > listed_on:
        check.refuse(
            "settled_on", Refused("The contract was paid off after the date of the list, %(day)s.", day=listed_on)
        )
    for name, day in (("matures_on", row.matures_on), ("deferred_until", row.deferred_until)):
        if day is not None:
            try:
                check_not_far(day, listed_on)
            except Refused as refusal:
                check.refuse(name, refusal)


def check_terms(check: RowCheck, row: RosterRow) -> None:
    """Refuse terms that cannot be, each at the cell that a clerk would correct."""
    if not row.principal:
        check.refuse("principal", Refused("The contract's amount must be more than 0."))
    elif row.balance > row.principal:
        check.refuse("balance", Refused("The balance is larger than the contract's amount: check both."))
    elif row.matures_on <= row.signed_on:
        check.refuse("matures_on", Refused("The contract would mature before it was signed: check both dates."))
    elif row.settled_on and row.settled_on < row.signed_on:
        check.refuse("settled_on", Refused("The contract would be settled before it was signed: check both dates."))
    else:
        try:
            schedule.check(row.terms())
        except Refused as refusal:
            check.refuse("matures_on", refusal)


def grace_years(cell: object) -> int:
    """Return years of grace from ``5``, ``5年`` or ``60个月``."""
    found = _YEARS_MONTHS.fullmatch(cells.text(cell).removesuffix(".0").replace(" ", ""))
    if not found:
        raise Refused("The grace is written in years, such as 5.")
    number = int(found[1])
    years, left = divmod(number, _MONTHS) if found[2] in {"个月", "月"} else (number, 0)
    if left or years > _LONGEST_GRACE:
        raise Refused("The grace is written in whole years, at most %(most)s.", most=_LONGEST_GRACE)
    return years
