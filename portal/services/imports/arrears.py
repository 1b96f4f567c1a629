"""The arrears list: complete for one lender and district on one data date. Who is not on it is not overdue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.borrowers import id_index
from models.imports import ImportBatch
from models.loans import ArrearsList, Instalment, Lender, Loan, Statement
from models.rules import cells
from models.rules.imports import RowOutcome
from models.rules.refusals import Refused
from portal.actors import Act
from portal.services.imports.holdings import HeldLoan, Holdings, chunks, insert_all
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
from portal.sheets.columns import ARREARS
from portal.sheets.reading import Sheet
from portal.sheets.tables import Table, TableRow

_DAY = timedelta(days=1)
_CONTRACT = 40
_NIL = Decimal("0.00")
_AMOUNTS = ("overdue_principal", "overdue_interest", "penalty")


@dataclass(frozen=True, slots=True)
class ArrearsLine:
    """What the bank says is overdue under one contract, yuan; ``overdue_since`` is the due day missed."""

    loan_id: int
    overdue_principal: Decimal
    overdue_interest: Decimal
    penalty: Decimal
    overdue_since: date

    @classmethod
    def from_content(cls, clean: dict[str, Any]) -> ArrearsLine:
        """Return a line from what was staged."""
        return cls(
            loan_id=clean["loan_id"],
            overdue_since=date.fromisoformat(clean["overdue_since"]),
            **{name: Decimal(clean[name]) for name in _AMOUNTS},
        )

    def content(self) -> dict[str, Any]:
        """Return the line as it is staged."""
        amounts = {name: str(getattr(self, name)) for name in _AMOUNTS}
        return {"loan_id": self.loan_id, "overdue_since": self.overdue_since.isoformat()} | amounts

    @property
    def total(self) -> Decimal:
        """Everything overdue."""
        return self.overdue_principal + self.overdue_interest + self.penalty


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest list of the lender, with its lines by contract."""

    list_id: int | None
    data_on: date | None
    lines: dict[int, ArrearsLine]


def stage(session: Session, *, act: Act, sheets: tuple[Sheet, ...], data_on: date | None) -> Staged:
    """Check the lines of an arrears list and compare them with the newest list of the lender; writes nothing.

    Raises:
        Refused: the list as a whole cannot be used: no data date, several lenders, or older than what we hold.

    """
    table = tables.find(sheets, ARREARS)
    holdings = Holdings.load(session, with_people=False)
    listed_on, wrong_days = one_data_date(table, data_on)
    if listed_on is None:
        raise Refused("The data date is missing: fill in the column “数据日期”, or enter the date with the file.")
    if listed_on > act.today:
        raise Refused("The data date %(day)s lies in the future: correct it.", day=listed_on)
    lender_id = _lender(table, holdings)
    newest = _newest(session, lender_id)
    if newest.data_on and listed_on < newest.data_on:
        raise Refused(
            "The list is of %(day)s, but a newer one of %(newest)s is already in use: import the newest list.",
            day=listed_on,
            newest=newest.data_on,
        )
    reader = _Reader(session, table, holdings, lender_id, wrong_days, listed_on)
    rows: list[StagedRow] = []
    listed: dict[int, ArrearsLine] = {}
    kept: set[int] = set()
    for row in table.rows:
        check, loan, line = reader.line(row)
        label = row_label(cells.text(row["contract_no"])[:_CONTRACT], cells.text(row["name"])[:_CONTRACT])
        if line is None or check.is_rejected:
            staged = check.rejected(label)
            rows.append(staged)
            if loan is not None and loan.id in newest.lines:
                # The list is complete, so leaving the row out would say that the contract is paid.
                staged.content["keeps"] = loan.id
                kept.add(loan.id)
            continue
        listed[line.loan_id] = line
        outcome, changes = _compare(newest.lines.get(line.loan_id), line)
        rows.append(StagedRow(row.number, outcome, label, {"clean": line.content()}, changes=changes))
    vanished = set(newest.lines) - set(listed) - kept
    return Staged(
        rows,
        headings=table.headings,
        lender_id=lender_id,
        data_on=listed_on,
        vanished=len(vanished),
        facts={
            "overdue": str(sum((line.total for line in listed.values()), _NIL)),
            "vanished_overdue": str(sum((newest.lines[loan_id].total for loan_id in vanished), _NIL)),
            "previous_data_on": newest.data_on.isoformat() if newest.data_on else None,
            "previous_rows": len(newest.lines),
            "kept": len(kept),
            "total_differs": _total_differs(table),
        },
    )


def apply(
    session: Session, *, act: Act, batch: ImportBatch, lines: Sequence[ArrearsLine], kept: Sequence[int]
) -> set[int]:
    """Write the list; a list of the same day replaces the one before.

    Args:
        session: a writing session.
        act: who applies it.
        batch: lender and data date of the list.
        lines: its good lines.
        kept: contracts whose line was wrong; they keep the line of the list before.

    Returns:
        Ids of the borrowers on this list or the one before.

    Raises:
        Refused: a newer list is already in use.

    """
    if batch.lender_id is None or batch.data_on is None:
        raise LookupError("an arrears list has a lender and a data date")
    session.scalars(select(Lender).where(Lender.id == batch.lender_id).with_for_update()).one()
    newest = _newest(session, batch.lender_id)
    if newest.data_on and newest.data_on > batch.data_on:
        raise Refused(
            "The list is of %(day)s, but a newer one of %(newest)s is already in use: import the newest list.",
            day=batch.data_on,
            newest=newest.data_on,
        )
    if newest.list_id is not None and newest.data_on == batch.data_on:
        arrears_list = session.get_one(ArrearsList, newest.list_id)
        session.execute(
            delete(Statement)
            .where(Statement.arrears_list_id == newest.list_id)
            .execution_options(synchronize_session=False)
        )
        arrears_list.applied_at = act.at
        arrears_list.import_batch_id = batch.id
    else:
        arrears_list = ArrearsList(
            lender_id=batch.lender_id, data_on=batch.data_on, applied_at=act.at, import_batch_id=batch.id
        )
        session.add(arrears_list)
    session.flush()
    listed = {newest.lines[loan_id].loan_id: newest.lines[loan_id] for loan_id in kept if loan_id in newest.lines}
    listed |= {line.loan_id: line for line in lines}
    insert_all(
        session,
        Statement,
        [
            {
                "arrears_list_id": arrears_list.id,
                "loan_id": line.loan_id,
                "overdue_principal": line.overdue_principal,
                "overdue_interest": line.overdue_interest,
                "penalty": line.penalty,
                "overdue_since": line.overdue_since,
            }
            for line in listed.values()
        ],
    )
    # A complete list also says something of every contract that is not on it.
    return set(session.scalars(select(Loan.borrower_id).where(Loan.lender_id == batch.lender_id)))


def _newest(session: Session, lender_id: int) -> _Newest:
    newest = session.execute(
        select(ArrearsList.id, ArrearsList.data_on)
        .where(ArrearsList.lender_id == lender_id)
        .order_by(ArrearsList.data_on.desc())
        .limit(1)
    ).one_or_none()
    if newest is None:
        return _Newest(None, None, {})
    rows = session.execute(
        select(
            Statement.loan_id,
            Statement.overdue_principal,
            Statement.overdue_interest,
            Statement.penalty,
            Statement.overdue_since,
        ).where(Statement.arrears_list_id == newest.id)
    )
    return _Newest(newest.id, newest.data_on, {row.loan_id: ArrearsLine(*row) for row in rows})


def _lender(table: Table, holdings: Holdings) -> int:
    """Return the one lender whose list this is."""
    names = list(dict.fromkeys(cells.text(row["lender"]) for row in table.rows if row.has("lender")))
    if len(names) > 1:
        raise Refused(
            "The list names several lenders (%(names)s): import the list of one lender at a time.",
            names="、".join(names[:5]),
        )
    if names:
        lender_id = holdings.lender(names[0])
        if lender_id is None:
            raise Refused("We hold no contract of “%(lender)s”: import its roster first.", lender=names[0])
        return lender_id
    if len(holdings.lenders) == 1:
        return next(iter(holdings.lenders.values()))
    if not holdings.lenders:
        raise Refused("We hold no contract yet: import the roster first.")
    raise Refused("The lender is missing: add the column “贷款银行”.")


class _Reader:
    """Reads and checks the lines of one list."""

    def __init__(
        self,
        session: Session,
        table: Table,
        holdings: Holdings,
        lender_id: int,
        wrong_days: dict[int, Refused],
        listed_on: date,
    ) -> None:
        self.holdings = holdings
        self.lender_id = lender_id
        self.wrong_days = wrong_days
        self.listed_on = listed_on
        self.has_total = "total" in table.found
        self.twice = repeated(table, lambda row: cells.text(row["contract_no"]))
        self.due_days = _due_days(session, table, holdings, lender_id)

    def line(self, row: TableRow) -> tuple[RowCheck, HeldLoan | None, ArrearsLine | None]:
        """Return the row's check, the contract it names if we hold it, and its clean line if it has one."""
        check = RowCheck(row, ARREARS)
        contract_no = check.words("contract_no", _CONTRACT)
        principal, interest, penalty = (check.need(name, cells.amount) for name in _AMOUNTS)
        since = check.need("overdue_since", cells.day)
        total = check.take("total", cells.amount)
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
        elif check.row.has("name") and cells.text(check.row["name"]).replace(" ", "") != person.name:
            check.refuse("name", Refused("We hold this contract under another name: compare both with the contract."))
        return loan


def _due_days(session: Session, table: Table, holdings: Holdings, lender_id: int) -> dict[int, set[date]]:
    """Return the due days of the contracts on the list: banks print the due day, or the day after it."""
    listed = {cells.text(row["contract_no"]) for row in table.rows}
    ids = [loan.id for (lender, number), loan in holdings.loans.items() if lender == lender_id and number in listed]
    found: dict[int, set[date]] = {}
    for piece in chunks(ids):
        for loan_id, due_on in session.execute(
            select(Instalment.loan_id, Instalment.due_on).where(Instalment.loan_id.in_(piece))
        ):
            found.setdefault(loan_id, set()).add(due_on)
    return found


def _compare(old: ArrearsLine | None, new: ArrearsLine) -> tuple[RowOutcome, list[dict[str, Any]]]:
    if old is None:
        return RowOutcome.NEW, []
    changes = [
        change(ARREARS.heading(name), getattr(old, name), getattr(new, name))
        for name in (*_AMOUNTS, "overdue_since")
        if getattr(old, name) != getattr(new, name)
    ]
    return (RowOutcome.CHANGED if changes else RowOutcome.UNCHANGED), changes


def _total_differs(table: Table) -> bool:
    """Say whether the list's own total row disagrees with its lines."""
    if table.totals is None:
        return False
    for name in (*_AMOUNTS, "total"):
        if not table.totals.has(name):
            continue
        try:
            if cells.amount(table.totals[name]) != sum((cells.amount(row[name]) for row in table.rows), _NIL):
                return True
        except Refused:
            return True  # a line without an amount is named in its own row; the total cannot be proved
    return False
