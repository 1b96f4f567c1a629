"""The roster of contracts: each row checked and compared with what we hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from models.borrowers import contact_index, id_index
from models.rules import cells, schedule
from models.rules.borrowers import ContactKind
from models.rules.identity import masked_id, masked_phone
from models.rules.imports import RowOutcome
from models.rules.refusals import Refused
from portal.actors import Act
from portal.services.imports.holdings import HeldBorrower, HeldLoan, Holdings, Places
from portal.services.imports.rows import (
    RowCheck,
    Staged,
    StagedRow,
    change,
    one_data_date,
    other_rows,
    repeated,
    row_label,
)
from portal.sheets import tables
from portal.sheets.columns import ROSTER
from portal.sheets.reading import Sheet
from portal.sheets.tables import Table

_YEARS_MONTHS = re.compile(r"(\d{1,3})(年|个月|月)?")
_MONTHS = 12
_LONGEST_GRACE = 10
_SUBSIDY_END = (8, 31)
_HIDDEN = "***"
_NAME, _ADDRESS, _COLLEGE, _RELATION, _CONTRACT = 60, 200, 80, 20, 40


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
        days = {
            name: date.fromisoformat(clean[name]) if clean[name] else None
            for name in ("signed_on", "subsidy_ends_on", "matures_on", "settled_on", "deferred_until")
        }
        amounts = {name: Decimal(clean[name]) for name in ("principal", "balance", "rate_percent")}
        return cls(**(clean | days | amounts))

    def content(self) -> dict[str, Any]:
        """Return the row as it is staged."""
        plain: dict[str, Any] = {}
        for name in self.__slots__:
            value = getattr(self, name)
            plain[name] = str(value) if isinstance(value, date | Decimal) else value
        return plain

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


def stage(session: Session, *, act: Act, sheets: tuple[Sheet, ...], data_on: date | None) -> Staged:
    """Check the rows of a roster and compare them with what we hold; writes nothing.

    Raises:
        Refused: the list as a whole cannot be used.

    """
    table = tables.find(sheets, ROSTER)
    if not table.rows:
        raise Refused("There is no row below the headings.")
    listed_on, wrong_days = one_data_date(table, data_on)
    holdings = Holdings.load(session, with_people=True)
    reader = _Reader(table, holdings, Places.load(session), wrong_days, listed_on or act.today)
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
    for row, clean in accepted:
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


class _Reader:
    """Reads and checks the rows of one roster."""

    def __init__(
        self, table: Table, holdings: Holdings, places: Places, wrong_days: dict[int, Refused], listed_on: date
    ) -> None:
        self.table = table
        self.holdings = holdings
        self.places = places
        self.wrong_days = wrong_days
        self.listed_on = listed_on
        self.contracts = repeated(table, lambda row: f"{cells.text(row['lender'])}\n{cells.text(row['contract_no'])}")
        self.people: dict[str, tuple[int, str, int]] = {}  # identity number -> row, name, village
        self.villages: dict[tuple[str, str], int | Refused] = {}

    def read(self) -> Any:  # noqa: ANN401  # generator of (RowCheck, RosterRow | None)
        """Yield each row's check with its clean values, or ``None`` where it has none."""
        for row in self.table.rows:
            check = RowCheck(row, ROSTER)
            yield check, self._row(check)

    def _row(self, check: RowCheck) -> RosterRow | None:
        contract_no = check.words("contract_no", _CONTRACT)
        name = check.words("name", _NAME).replace(" ", "")
        id_number = check.need("id_number", cells.resident_id)
        lender = check.words("lender", _NAME)
        village_id = self._village(check)
        signed_on = check.need("signed_on", cells.day)
        principal = check.need("principal", cells.amount)
        balance = check.need("balance", cells.amount)
        rate = check.need("rate", cells.rate_pct)
        graduation_year = check.need("graduation_year", cells.year)
        matures_on = check.need("matures_on", cells.day)
        subsidy_ends_on = check.take("subsidy_ends_on", cells.day)
        grace = check.take("grace_years", _grace)
        settled_on = check.take("settled_on", cells.day)
        deferred_until = check.take("deferred_until", cells.day)
        co_id = check.take("co_id_number", cells.resident_id)
        phones = check.take("phone", cells.phones, fatal=False)
        co_phones = check.take("co_phone", cells.phones, fatal=False)
        if check.row.number in self.wrong_days:
            check.refuse("data_on", self.wrong_days[check.row.number])
        self._check_contract(check, lender, contract_no, id_number)
        if (
            id_number is None
            or village_id is None
            or signed_on is None
            or principal is None
            or balance is None
            or rate is None
            or graduation_year is None
            or matures_on is None
        ):
            return None
        self._check_person(check, id_number, name, village_id)
        clean = RosterRow(
            contract_no=contract_no,
            lender=lender,
            name=name,
            id_number=id_number,
            village_id=village_id,
            address=check.take_words("address", _ADDRESS),
            school_name=check.take_words("school_name", _COLLEGE),
            college=check.take_words("college", _COLLEGE),
            graduation_year=graduation_year,
            signed_on=signed_on,
            principal=principal,
            balance=balance,
            rate_percent=rate,
            subsidy_ends_on=subsidy_ends_on or date(graduation_year, *_SUBSIDY_END),
            grace_years=schedule.grace_years(signed_on) if grace is None else grace,
            matures_on=matures_on,
            settled_on=settled_on if settled_on or balance else self.listed_on,
            settled_is_assumed=settled_on is None and not balance,
            deferred_until=deferred_until,
            phones=list(phones or ()),
            co_name=check.take_words("co_name", _NAME).replace(" ", "") if co_id else "",
            co_id_number=co_id or "",
            co_phones=list(co_phones or ()),
            relation=check.take_words("relation", _RELATION),
        )
        _check_terms(check, clean)
        return clean

    def _village(self, check: RowCheck) -> int | None:
        township = cells.text(check.row["township"])
        village = check.words("village", _NAME)
        if not village:
            return None
        key = (township, village)
        if key not in self.villages:
            try:
                self.villages[key] = self.places.village(township, village)
            except Refused as refusal:
                self.villages[key] = refusal
        found = self.villages[key]
        if isinstance(found, Refused):
            check.refuse("village" if township in self.places.townships or not township else "township", found)
            return None
        return found

    def _check_contract(self, check: RowCheck, lender: str, contract_no: str, id_number: str | None) -> None:
        numbers = self.contracts.get(f"{cells.text(check.row['lender'])}\n{cells.text(check.row['contract_no'])}")
        if numbers and contract_no:
            check.refuse(
                "contract_no",
                Refused(
                    "The contract stands in this list more than once, also in row %(rows)s: keep the right one.",
                    rows=other_rows(numbers, check.row.number),
                ),
            )
        lender_id = None
        try:
            lender_id = self.holdings.lender(lender) if lender else None
        except Refused as refusal:
            check.refuse("lender", refusal)
        loan = self.holdings.loans.get((lender_id, contract_no)) if lender_id else None
        if loan and id_number and self.holdings.by_id[loan.borrower_id].id_index != id_index(id_number):
            check.refuse(
                "id_number",
                Refused(
                    "We hold this contract under another identity number (%(masked)s): compare both with the contract.",
                    masked=self.holdings.by_id[loan.borrower_id].masked_id,
                ),
            )

    def _check_person(self, check: RowCheck, id_number: str, name: str, village_id: int) -> None:
        held = self.holdings.borrowers.get(id_index(id_number))
        if held and held.name != name:
            check.refuse(
                "name", Refused("We hold this identity number under another name: compare both with the contract.")
            )
        first = self.people.setdefault(id_number, (check.row.number, name, village_id))
        if first[1] != name:
            check.refuse("name", Refused("Row %(row)s gives this identity number to another name.", row=first[0]))
        elif first[2] != village_id:
            check.refuse("village", Refused("Row %(row)s gives this person another village.", row=first[0]))


def _check_terms(check: RowCheck, row: RosterRow) -> None:
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
            schedule.plan(row.terms())
        except Refused as refusal:
            check.refuse("matures_on", refusal)


def _grace(cell: object) -> int:
    """Return years of grace from ``5``, ``5年`` or ``60个月``."""
    found = _YEARS_MONTHS.fullmatch(cells.text(cell).removesuffix(".0").replace(" ", ""))
    if not found:
        raise Refused("The grace is written in years, such as 5.")
    number = int(found[1])
    years, left = divmod(number, _MONTHS) if found[2] in {"个月", "月"} else (number, 0)
    if left or years > _LONGEST_GRACE:
        raise Refused("The grace is written in whole years, at most %(most)s.", most=_LONGEST_GRACE)
    return years
