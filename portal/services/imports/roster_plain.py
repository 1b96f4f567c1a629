"""A roster's row whose cells are all as they should be, looked at as a whole."""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol

from models.rules import cells, figures, schedule
from models.rules.refusals import Refused
from portal.services.imports.holdings import Holdings
from portal.services.imports.roster_columns import ODD, Read, cut, given, if_given, text
from portal.services.imports.roster_people import ListedPeople
from portal.services.imports.roster_rows import RosterRow
from portal.services.imports.roster_terms import (
    ADDRESS,
    COLLEGE,
    CONTRACT,
    NAME,
    RELATION,
    SUBSIDY_END,
    check_days,
    check_terms,
    grace_years,
)
from portal.services.imports.rows import RowCheck

_REMEMBERED = 20_000
_THE_SAME = (True, True)  # name and village

Fine = set[tuple[object, ...]]
"""Days and terms of rows that were found right."""


class Known(Protocol):
    """What is known of a roster while its rows are read: see ``roster_reading.Reader``."""

    holdings: Holdings
    listed_on: date
    indices: dict[str, str]
    contracts: dict[str, list[int]]
    lenders: dict[str, int | Refused | None]
    villages: dict[tuple[str, str], int | Refused]
    people: ListedPeople
    wrong_days: dict[int, Refused]


def plain_row(known: Known, fine: Fine, check: RowCheck, line: tuple[Any, ...]) -> RosterRow | None:
    """Return the clean values of a row.

    Args:
        known: what is known of the roster.
        fine: what was found right in other rows; added to.
        check: of the row; may be left with problems where nothing is returned.
        line: the values of its cells, in the order of ``READERS``.

    Returns:
        ``None`` where anything may be wrong: the row has to be looked at cell by cell.

    """
    contract_no, name, id_number, lender, township, village, signed_on, principal, balance, rate, *rest = line
    (
        graduation_year,
        matures_on,
        subsidy_ends_on,
        grace,
        settled_on,
        deferred_until,
        co_id,
        phones,
        co_phones,
        *words,
    ) = rest
    address, school_name, college, co_name, relation = words
    lender_id, village_id = known.lenders.get(lender), known.villages.get((township, village))
    index = known.indices[id_number]
    held = known.holdings.borrowers.get(index)
    if (
        lender not in known.lenders
        or isinstance(lender_id, Refused)
        or not isinstance(village_id, int)
        or check.row.number in known.wrong_days
        or (known.contracts and f"{lender}\n{contract_no}" in known.contracts)
        or _is_of_another(known.holdings, lender_id, contract_no, index)
        or (held and held.name != name)
        or co_id == id_number
        or not 0 < principal >= balance
        or known.people.note(index, check.row.number, name, village_id)[1:] != _THE_SAME
    ):
        return None
    clean = RosterRow(
        contract_no,
        lender,
        name,
        id_number,
        village_id,
        address,
        school_name,
        college,
        graduation_year,
        signed_on,
        principal,
        balance,
        rate,
        subsidy_ends_on or date(graduation_year, *SUBSIDY_END),
        schedule.grace_years(signed_on) if grace is None else grace,
        matures_on,
        settled_on if settled_on or balance else known.listed_on,
        deferred_until,
        list(phones or ()),
        co_name.replace(" ", "") if co_id else "",
        co_id or "",
        list(co_phones or ()),
        relation,
        settled_on is None and not balance,
    )
    return clean if _has_fine_terms(known, fine, check, clean) else None


def _is_of_another(holdings: Holdings, lender_id: int | None, contract_no: str, index: str) -> bool:
    """Say whether we hold the contract under another identity number."""
    loan = holdings.loans.get((lender_id, contract_no)) if lender_id else None
    return loan is not None and holdings.by_id[loan.borrower_id].id_index != index


def _has_fine_terms(known: Known, fine: Fine, check: RowCheck, row: RosterRow) -> bool:
    """Say whether nothing is wrong with the days and terms; a roster holds few different ones.

    The amounts are left out of what is remembered: more than nothing was lent, and no more is owed.
    """
    terms = (
        row.signed_on, row.settled_on, row.matures_on, row.deferred_until, row.subsidy_ends_on, row.graduation_year,
        row.grace_years, row.rate_percent,
    )  # fmt: skip
    if terms in fine:
        return True
    check_days(check, row, known.listed_on)
    check_terms(check, row)
    if check.problems:
        return False
    if len(fine) < _REMEMBERED:
        fine.add(terms)
    return True


def _name(cell: object) -> Any:  # noqa: ANN401  # a name, or odd
    written = given(NAME)(cell)
    return written if written is ODD else cells.person_name(written)


READERS: dict[str, Read] = {
    "contract_no": given(CONTRACT),
    "name": _name,
    "id_number": cells.resident_id,
    "lender": given(NAME),
    "township": text,
    "village": given(NAME),
    "signed_on": figures.day,
    "principal": figures.amount,
    "balance": figures.amount,
    "rate": figures.rate_pct,
    "graduation_year": figures.year,
    "matures_on": figures.day,
    "subsidy_ends_on": if_given(figures.day),
    "grace_years": if_given(grace_years),
    "settled_on": if_given(figures.day),
    "deferred_until": if_given(figures.day),
    "co_id_number": if_given(cells.resident_id),
    "phone": if_given(cells.phones),
    "co_phone": if_given(cells.phones),
    "address": cut(ADDRESS),
    "school_name": cut(COLLEGE),
    "college": cut(COLLEGE),
    "co_name": cut(NAME),
    "relation": cut(RELATION),
}
