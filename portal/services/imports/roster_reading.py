"""The rows of a roster read and checked, each refusal at the cell a clerk would correct."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from models.borrowers import id_index
from models.rules import cells, figures, schedule
from models.rules.refusals import Refused
from portal.services.imports.holdings import Holdings
from portal.services.imports.roster_columns import Columns
from portal.services.imports.roster_people import ListedPeople
from portal.services.imports.roster_plain import READERS, Fine, plain_row
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
from portal.services.imports.rows import Memo, RowCheck, other_rows, repeated
from portal.services.imports.villages import Places
from portal.sheets.columns import ROSTER
from portal.sheets.tables import Table, TableRow


class Reader:
    """Reads and checks the rows of one roster, some thousands at a time."""

    def __init__(
        self, session: Session, table: Table, places: Places, wrong_days: dict[int, Refused], listed_on: date
    ) -> None:
        self.session = session
        self.table = table
        self.places = places
        self.wrong_days = wrong_days
        self.listed_on = listed_on
        self.holdings = Holdings.around(session, contracts=())
        self.contracts = repeated(table, lambda row: f"{cells.text(row['lender'])}\n{cells.text(row['contract_no'])}")
        self.people = ListedPeople()
        self.villages: dict[tuple[str, str], int | Refused] = {}
        self.lenders: dict[str, int | Refused | None] = {}
        self.memo = Memo()
        self._columns = Columns(table.rows.shape, READERS)
        self._fine = Fine()
        self.indices: dict[str, str] = {}  # of the identity numbers of these rows

    def read(self, rows: Sequence[TableRow]) -> Iterator[tuple[RowCheck, RosterRow | None]]:
        """Yield each row's check with its clean values, or ``None`` where it has none; ``holdings`` fits these rows."""
        lines = self._columns.read(rows)
        self._hold(rows, lines)
        for row, line in zip(rows, lines, strict=True):
            check = RowCheck(row, ROSTER, self.memo)
            clean = None if line is None else plain_row(self, self._fine, check, line)
            if clean is None:
                check.problems.clear()
                clean = self._row(check)
            yield check, clean

    def _hold(self, rows: Sequence[TableRow], lines: Sequence[tuple[Any, ...] | None]) -> None:
        """Load what these rows are compared with."""
        contracts: set[str] = set()
        numbers: dict[str, None] = {}
        for row, line in zip(rows, lines, strict=True):
            if line is not None:
                contracts.add(line[0])
                numbers[line[2]] = None
                continue
            contracts.add(cells.text(row["contract_no"]))
            with suppress(Refused):
                numbers[cells.resident_id(row["id_number"])] = None
        self.indices = {number: id_index(number) for number in numbers}
        self.holdings = Holdings.around(self.session, contracts=contracts, people=self.indices.values(), with_ways=True)

    def _row(self, check: RowCheck) -> RosterRow | None:
        contract_no = check.words("contract_no", CONTRACT)
        name = check.name("name", NAME)
        id_number = check.need("id_number", cells.resident_id)
        lender = check.words("lender", NAME)
        village_id = self._village(check)
        signed_on = check.need("signed_on", figures.day)
        principal = check.need("principal", figures.amount)
        balance = check.need("balance", figures.amount)
        rate = check.need("rate", figures.rate_pct)
        graduation_year = check.need("graduation_year", figures.year)
        matures_on = check.need("matures_on", figures.day)
        subsidy_ends_on = check.take("subsidy_ends_on", figures.day)
        grace = check.take("grace_years", grace_years)
        settled_on = check.take("settled_on", figures.day)
        deferred_until = check.take("deferred_until", figures.day)
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
        if signed_on > self.listed_on:
            check.refuse("signed_on", Refused("The day lies after the data date %(day)s.", day=self.listed_on))
        if co_id == id_number:
            check.refuse(
                "co_id_number",
                Refused("This is the borrower's own identity number: enter that of the co-borrower."),
            )
        clean = RosterRow(
            contract_no=contract_no,
            lender=lender,
            name=name,
            id_number=id_number,
            village_id=village_id,
            address=check.take_words("address", ADDRESS),
            school_name=check.take_words("school_name", COLLEGE),
            college=check.take_words("college", COLLEGE),
            graduation_year=graduation_year,
            signed_on=signed_on,
            principal=principal,
            balance=balance,
            rate_percent=rate,
            subsidy_ends_on=subsidy_ends_on or date(graduation_year, *SUBSIDY_END),
            grace_years=schedule.grace_years(signed_on) if grace is None else grace,
            matures_on=matures_on,
            settled_on=settled_on if settled_on or balance else self.listed_on,
            settled_is_assumed=settled_on is None and not balance,
            deferred_until=deferred_until,
            phones=list(phones or ()),
            co_name=check.take_words("co_name", NAME).replace(" ", "") if co_id else "",
            co_id_number=co_id or "",
            co_phones=list(co_phones or ()),
            relation=check.take_words("relation", RELATION),
        )
        check_days(check, clean, self.listed_on)
        check_terms(check, clean)
        return clean

    def _village(self, check: RowCheck) -> int | None:
        township = cells.text(check.row["township"])
        village = check.words("village", NAME)
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

    def _lender(self, check: RowCheck, name: str) -> int | None:
        if name not in self.lenders:
            try:
                self.lenders[name] = self.holdings.lender(name)
            except Refused as refusal:
                self.lenders[name] = refusal
        found = self.lenders[name]
        if isinstance(found, Refused):
            check.refuse("lender", found)
            return None
        return found

    def _check_contract(self, check: RowCheck, lender: str, contract_no: str, id_number: str | None) -> None:
        numbers = (
            self.contracts.get(f"{cells.text(check.row['lender'])}\n{cells.text(check.row['contract_no'])}")
            if self.contracts
            else None
        )
        if numbers and contract_no:
            check.refuse(
                "contract_no",
                Refused(
                    "The contract stands in this list more than once, also in row %(rows)s: keep the right one.",
                    rows=other_rows(numbers, check.row.number),
                ),
            )
        lender_id = self._lender(check, lender) if lender else None
        loan = self.holdings.loans.get((lender_id, contract_no)) if lender_id else None
        if loan and id_number and self.holdings.by_id[loan.borrower_id].id_index != self.indices[id_number]:
            check.refuse(
                "id_number",
                Refused(
                    "We hold this contract under another identity number (%(masked)s): compare both with the contract.",
                    masked=self.holdings.by_id[loan.borrower_id].masked_id,
                ),
            )

    def _check_person(self, check: RowCheck, id_number: str, name: str, village_id: int) -> None:
        index = self.indices[id_number]
        held = self.holdings.borrowers.get(index)
        if held and held.name != name:
            check.refuse(
                "name", Refused("We hold this identity number under another name: compare both with the contract.")
            )
        first, is_same_name, is_same_village = self.people.note(index, check.row.number, name, village_id)
        if not is_same_name:
            check.refuse("name", Refused("Row %(row)s gives this identity number to another name.", row=first))
        elif not is_same_village:
            check.refuse("village", Refused("Row %(row)s gives this person another village.", row=first))
