"""The roster of contracts: each row checked and compared with what we hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Session

from models.borrowers import id_index
from models.rules import cells
from models.rules.borrowers import ContactKind
from models.rules.identity import masked_id, masked_phone
from models.rules.imports import Phase, RowOutcome
from models.rules.refusals import Refused
from portal.actors import Act
from portal.services.imports import totals
from portal.services.imports.holdings import HeldBorrower, HeldLoan, Holdings, pieces
from portal.services.imports.roster_reading import Reader
from portal.services.imports.roster_rows import RosterRow
from portal.services.imports.rows import RowCheck, Staged, StagedRow, change, one_data_date, row_label
from portal.services.imports.spool import Compared, Content, Spool
from portal.services.imports.villages import Places
from portal.services.imports.watching import UNWATCHED, Watch
from portal.sheets import tables
from portal.sheets.columns import ROSTER
from portal.sheets.reading import Sheet
from portal.sheets.tables import TableRow

_HIDDEN = "***"
_CONTRACT, _NAME = 40, 60  # characters of a label
_TERMS = (  # column key, attribute of a contract
    ("signed_on", "signed_on"),
    ("principal", "principal"),
    ("balance", "balance"),
    ("rate", "rate_percent"),
    ("subsidy_ends_on", "subsidy_ends_on"),
    ("graduation_year", "graduation_year"),
    ("grace_years", "grace_years"),
    ("matures_on", "matures_on"),
    ("settled_on", "settled_on"),
)
_terms = attrgetter(*(name for _, name in _TERMS))


def stage(
    session: Session, *, act: Act, sheets: tuple[Sheet, ...], data_on: date | None, watch: Watch = UNWATCHED
) -> Staged:
    """Check the rows of a roster and compare them with what we hold; writes nothing.

    Raises:
        Refused: the list as a whole cannot be used.

    """
    table = tables.find(sheets, ROSTER)
    if not table.rows:
        raise Refused("There is no row below the headings.")
    listed_on, wrong_days = one_data_date(table, data_on)
    desk = _Desk(Reader(session, table, Places.load(session), wrong_days, listed_on or act.today))
    for rows in pieces(watch.over(Phase.CHECK, table.rows)):
        desk.take(rows)
    return Staged(
        desk.finished(session),
        headings=table.headings,
        data_on=listed_on,
        facts=desk.facts() | {"totals": totals.differing(table, ROSTER, ("principal", "balance"))},
    )


class _Desk:
    """Rows of one roster as they are compared, a piece at a time."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._spool = Spool()
        self._behind: set[int] = set()  # places of rows whose person has a newer contract further down
        self._new_people = self._new_contracts = 0
        self._lenders: set[str] = set()
        self._principal = self._balance = Decimal(0)

    def take(self, rows: Sequence[TableRow]) -> None:
        """Check some rows and compare them with what we hold."""
        reader = self._reader
        found = list(reader.read(rows))
        first = len(self._spool)
        for place, (check, clean) in enumerate(found, start=first):
            if clean is not None and not check.is_rejected:
                self._lead(clean, place, first, found)
        for check, clean in found:
            label = row_label(cells.text(check.row["contract_no"])[:_CONTRACT], cells.text(check.row["name"])[:_NAME])
            if clean is None or check.is_rejected:
                self._spool.add(check.rejected(label))
                continue
            outcome, changes = compare(reader.holdings, reader.places, clean)
            content = {"clean": clean.content()}
            self._spool.add(
                StagedRow(check.row.number, outcome, label, content, changes=changes, problems=check.problems)
            )
            self._new_contracts += outcome is RowOutcome.NEW
            self._lenders.add(clean.lender)
            self._principal += clean.principal
            self._balance += clean.balance

    def _lead(
        self, clean: RosterRow, place: int, first: int, found: Sequence[tuple[RowCheck, RosterRow | None]]
    ) -> None:
        """Let the newest contract of a person say where the person lives and studied."""
        index = self._reader.indices[clean.id_number]
        before = self._reader.people.newest(index)
        if before is None:
            self._new_people += index not in self._reader.holdings.borrowers
        clean.leads = before is None or clean.signed_on >= before[0]
        if not clean.leads:
            return
        self._reader.people.lead(index, clean.signed_on, place)
        if before is None:
            return
        led = found[before[1] - first][1] if before[1] >= first else None
        if led is not None:
            led.leads = False
        else:
            self._behind.add(before[1])

    def finished(self, session: Session) -> Spool:
        """Return all rows, those compared once more that turned out not to be their person's newest contract."""
        if not self._behind:
            return self._spool

        def compared_again(contents: list[Content]) -> list[Compared]:
            rows = [RosterRow.from_content(content["clean"]) for content in contents]
            for row in rows:
                row.leads = False
            holdings = Holdings.around(session, contracts={row.contract_no for row in rows}, with_ways=True)
            return [({"clean": row.content()}, *compare(holdings, self._reader.places, row)) for row in rows]

        return self._spool.replaced(self._behind, compared_again)

    def facts(self) -> dict[str, Any]:
        """Return the consequences in numbers."""
        return {
            "new_borrowers": self._new_people,
            "new_contracts": self._new_contracts,
            "new_lenders": sorted(self._lenders - set(self._reader.holdings.lenders)),
            "principal": str(self._principal),
            "balance": str(self._balance),
        }


def compare(holdings: Holdings, places: Places, row: RosterRow) -> tuple[RowOutcome, list[dict[str, Any]]]:
    """Say what a row would do to what we hold."""
    loan = holdings.loans.get((holdings.lenders.get(row.lender, 0), row.contract_no))
    if loan is None:
        return RowOutcome.NEW, []
    changes = [change(ROSTER.heading(key), old, new) for key, _, old, new in loan_differences(loan, row)]
    person = holdings.by_id[loan.borrower_id]
    if row.leads:
        for key, old, new in person_differences(person, row):
            if key == "village_id":
                changes.append(change("村", places.labels.get(person.village_id), places.labels.get(row.village_id)))
            else:
                hidden = key == "address"
                changes.append(
                    change(ROSTER.heading(key), _HIDDEN if hidden and old else old, _HIDDEN if hidden else new)
                )
    changes += _new_ways(holdings, person, row)
    held = holdings.deferrals.get(loan.id, [])
    if row.deferred_until and row.deferred_until not in [until for _, until in held]:
        changes.append(change("本金缓还至", held[-1][1] if held else None, row.deferred_until))
    return (RowOutcome.CHANGED if changes else RowOutcome.UNCHANGED), changes


def loan_differences(loan: HeldLoan, row: RosterRow) -> list[tuple[str, str, object, object]]:
    """Return (column key, attribute, old, new) of a contract's terms that differ."""
    held, listed = _terms(loan), _terms(row)
    if held == listed:  # nearly all of a list that comes again
        return []
    found = [(key, name, old, new) for (key, name), old, new in zip(_TERMS, held, listed, strict=True) if old != new]
    if loan.settled_on is not None and row.settled_is_assumed:  # a settled contract stays settled on its first day
        found = [one for one in found if one[0] != "settled_on"]
    return found


def person_differences(person: HeldBorrower, row: RosterRow) -> list[tuple[str, Any, Any]]:
    """Return (attribute, old, new) of a person; a blank cell erases nothing, and what a member verified stays."""
    found: list[tuple[str, Any, Any]] = [
        ("school_name", person.school_name, row.school_name or person.school_name),
        ("college", person.college, row.college or person.college),
        ("graduation_year", person.graduation_year, row.graduation_year),
    ]
    if person.verified_at is None:
        found.append(("village_id", person.village_id, row.village_id))
        found.append(("address", person.address, row.address or person.address))
    return [one for one in found if one[1] != one[2]]


def _new_ways(holdings: Holdings, person: HeldBorrower, row: RosterRow) -> list[dict[str, Any]]:
    changes = [
        change(ROSTER.heading(key), None, masked_phone(number))
        for key, numbers in (("phone", row.phones), ("co_phone", row.co_phones))
        for number in numbers
        if (person.id, ContactKind.PHONE.value, holdings.phone_index(number)) not in holdings.contacts
    ]
    if row.co_id_number and (person.id, id_index(row.co_id_number)) not in holdings.co_borrowers:
        changes.append(change(ROSTER.heading("co_id_number"), None, masked_id(row.co_id_number)))
    return changes
