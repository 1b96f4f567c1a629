"""The lines of an arrears list read and checked, each refusal at the cell a clerk would correct."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.borrowers import id_index
from models.loans import Instalment, Loan
from models.rules import cells, figures
from models.rules.refusals import Refused
from portal.queries.among import among
from portal.services.imports.arrears_lines import AMOUNTS, ArrearsLine
from portal.services.imports.holdings import HeldLoan, Holdings, pieces
from portal.services.imports.rows import Memo, RowCheck, other_rows, repeated
from portal.sheets.columns import ARREARS
from portal.sheets.tables import Table, TableRow

_DAY = timedelta(days=1)
_CONTRACT = 40


class Reader:
    """Reads and checks the lines of one list, some thousands at a time."""

    def __init__(
        self,
        session: Session,
        table: Table,
        lender_id: int,
        wrong_days: dict[int, Refused],
        listed_on: date,
    ) -> None:
        self._session = session
        self.holdings = Holdings.around(session, contracts=())
        self.due_days: dict[int, set[date]] = {}
        self.lender_id = lender_id
        self.wrong_days = wrong_days
        self.listed_on = listed_on
        self.has_total = "total" in table.found
        self.twice = repeated(table, lambda row: cells.text(row["contract_no"]))
        self.memo = Memo()

    def held(self, rows: Iterable[TableRow]) -> Iterator[TableRow]:
        """Hand out rows one by one, what some thousands of them are compared with loaded before."""
        for piece in pieces(rows):
            self._hold(piece)
            yield from piece

    def _hold(self, rows: Sequence[TableRow]) -> None:
        self.holdings = Holdings.around(self._session, contracts={cells.text(row["contract_no"]) for row in rows})
        days: set[date] = set()
        for row in rows:
            with suppress(Refused):
                days.add(self.memo.read("overdue_since", figures.day, row["overdue_since"]))
        ids = [loan.id for (lender, _), loan in self.holdings.loans.items() if lender == self.lender_id]
        self.due_days = _due_days(self._session, ids, days)

    def line(self, row: TableRow) -> tuple[RowCheck, HeldLoan | None, ArrearsLine | None]:
        """Return the check of a row as ``held`` hands it out, its contract if we hold it, and its clean line if any."""
        check = RowCheck(row, ARREARS, self.memo)
        contract_no = check.words("contract_no", _CONTRACT)
        principal, interest, penalty = (check.need(name, figures.amount) for name in AMOUNTS)
        since = check.need("overdue_since", figures.day)
        total = check.take("total", figures.amount)
        loan = self._loan(check, contract_no)
        if row.number in self.wrong_days:
            check.refuse("data_on", self.wrong_days[row.number])
        if numbers := self.twice.get(cells.text(row["contract_no"])):
            check.refuse(
                "contract_no",
                Refused(
                    "The contract stands in this list more than once, also in row %(rows)s: keep the right one.",
                    rows=other_rows(numbers, row.number),
                ),
            )
        if since is not None and since > self.listed_on:
            check.refuse("overdue_since", Refused("The day lies after the data date %(day)s.", day=self.listed_on))
        if principal is None or interest is None or penalty is None or since is None or loan is None:
            return check, loan, None
        if since <= loan.signed_on:
            check.refuse("overdue_since", Refused("The day lies before the contract was signed: correct it."))
        due_on = since if since in self.due_days.get(loan.id, ()) else since - _DAY
        line = ArrearsLine(loan.id, principal, interest, penalty, due_on)
        if total is not None and total != line.total:
            check.refuse(
                "total",
                Refused("The parts add up to %(sum)s: correct the total or the part that is wrong.", sum=line.total),
            )
        if not line.total:
            check.refuse(
                "overdue_principal",
                Refused("Nothing is overdue in this row: leave the contract out of the list."),
            )
        if line.overdue_principal > loan.principal:
            check.refuse(
                "overdue_principal", Refused("More principal is overdue than the contract's amount: check both.")
            )
        return check, loan, line

    def _loan(self, check: RowCheck, contract_no: str) -> HeldLoan | None:
        if not contract_no:
            return None
        try:
            loan = self.holdings.contract(contract_no, self.lender_id)
        except Refused as refusal:
            check.refuse("contract_no", refusal)
            return None
        id_number = check.take("id_number", cells.resident_id)
        person = self.holdings.by_id[loan.borrower_id]
        if id_number and person.id_index != id_index(id_number):
            check.refuse(
                "id_number",
                Refused(
                    "We hold this contract under another identity number (%(masked)s): compare both with the contract.",
                    masked=person.masked_id,
                ),
            )
        elif check.row.has("name") and check.take("name", cells.person_name) not in (None, person.name):
            check.refuse("name", Refused("We hold this contract under another name: compare both with the contract."))
        return loan


def _due_days(session: Session, loan_ids: Collection[int], days: Collection[date]) -> dict[int, set[date]]:
    """Return which of some days are due days of the contracts: banks print the due day, or the day after it."""
    due = (
        select(Loan.id, Instalment.due_on)
        .join(Instalment, Instalment.plan_id == Loan.plan_id)
        .where(Instalment.due_on.in_(sorted(days)))
    )
    found: dict[int, set[date]] = {}
    for loan_id, due_on in session.execute(due.where(among(Loan.id, loan_ids))):
        found.setdefault(loan_id, set()).add(due_on)
    return found
