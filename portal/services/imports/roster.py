"""The roster of contracts: each row checked and compared with what we hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from models.borrowers import contact_index, id_index
from models.rules import cells
from models.rules.borrowers import ContactKind
from models.rules.identity import masked_id, masked_phone
from models.rules.imports import Phase, RowOutcome
from models.rules.refusals import Refused
from portal.actors import Act
from portal.services.imports.holdings import HeldBorrower, HeldLoan, Holdings, Places
from portal.services.imports.roster_reading import Reader
from portal.services.imports.roster_rows import RosterRow
from portal.services.imports.rows import (
    Staged,
    StagedRow,
    change,
    one_data_date,
    row_label,
)
from portal.services.imports.watching import UNWATCHED, Watch
from portal.sheets import tables
from portal.sheets.columns import ROSTER
from portal.sheets.reading import Sheet

_HIDDEN = "***"
_CONTRACT, _NAME = 40, 60  # characters of a label


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
    holdings = Holdings.load(session, with_people=True)
    reader = Reader(table, holdings, Places.load(session), wrong_days, listed_on or act.today)
    rows: list[StagedRow] = []
    accepted: list[tuple[StagedRow, RosterRow]] = []
    for check, clean in reader.read():
        label = row_label(cells.text(check.row["contract_no"])[:_CONTRACT], cells.text(check.row["name"])[:_NAME])
        if clean is None or check.is_rejected:
            rows.append(check.rejected(label))
            continue
        row = StagedRow(check.row.number, RowOutcome.NEW, label, {}, problems=check.problems)
        rows.append(row)
        accepted.append((row, clean))
    _mark_leading(clean for _, clean in accepted)
    for row, clean in watch.over(Phase.CHECK, accepted):
        row.outcome, row.changes = compare(holdings, reader.places, clean)
        row.content = {"clean": clean.content()}
    return Staged(
        rows,
        headings=table.headings,
        data_on=listed_on,
        facts={
            "new_borrowers": len({c.id_number for _, c in accepted if id_index(c.id_number) not in holdings.borrowers}),
            "new_contracts": sum(row.outcome is RowOutcome.NEW for row, _ in accepted),
            "new_lenders": sorted({c.lender for _, c in accepted} - set(holdings.lenders)),
            "principal": str(sum((c.principal for _, c in accepted), Decimal(0))),
            "balance": str(sum((c.balance for _, c in accepted), Decimal(0))),
        },
    )


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
    pairs = [
        ("signed_on", "signed_on"),
        ("principal", "principal"),
        ("balance", "balance"),
        ("rate", "rate_percent"),
        ("subsidy_ends_on", "subsidy_ends_on"),
        ("graduation_year", "graduation_year"),
        ("grace_years", "grace_years"),
        ("matures_on", "matures_on"),
    ]
    if loan.settled_on is None or not row.settled_is_assumed:  # a settled contract stays settled on its first day
        pairs.append(("settled_on", "settled_on"))
    found = [(key, name, getattr(loan, name), getattr(row, name)) for key, name in pairs]
    return [(key, name, old, new) for key, name, old, new in found if old != new]


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
    phone = ContactKind.PHONE
    changes = [
        change(ROSTER.heading(key), None, masked_phone(number))
        for key, numbers in (("phone", row.phones), ("co_phone", row.co_phones))
        for number in numbers
        if (person.id, phone.value, contact_index(phone, number)) not in holdings.contacts
    ]
    if row.co_id_number and (person.id, id_index(row.co_id_number)) not in holdings.co_borrowers:
        changes.append(change(ROSTER.heading("co_id_number"), None, masked_id(row.co_id_number)))
    return changes


def _mark_leading(rows: Any) -> None:  # noqa: ANN401  # any iterable of RosterRow
    newest: dict[str, RosterRow] = {}
    for row in rows:
        held = newest.get(row.id_number)
        row.leads = held is None or row.signed_on >= held.signed_on
        if held is not None and row.leads:
            held.leads = False
        if row.leads:
            newest[row.id_number] = row
