"""The repayment list: money the bank received; a line of the same contract and reference is the same money."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, false, func, not_, or_, select
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.loans import Repayment, Reversal
from models.rules import cells
from models.rules.facts import RepaymentKind
from models.rules.imports import Phase, RowOutcome
from models.rules.refusals import Refused
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.import_images import TOUCHED
from portal.services.imports import totals
from portal.services.imports.holdings import Holdings, insert_all, owners, pieces
from portal.services.imports.repayment_lines import (
    CONTRACT,
    Held,
    RepaymentLine,
    check_same,
    compare,
    is_money,
    read_line,
)
from portal.services.imports.rows import (
    Memo,
    Staged,
    StagedRow,
    one_data_date,
    other_rows,
    repeated,
    row_label,
)
from portal.services.imports.spool import Spool
from portal.services.imports.trail import Trail
from portal.services.imports.watching import UNWATCHED, Watch
from portal.sheets import tables
from portal.sheets.columns import REPAYMENTS
from portal.sheets.reading import Sheet
from portal.sheets.tables import TableRow

_NIL = Decimal("0.00")
_MARK = re.compile(r"~\d+$")


def stage(
    session: Session, *, act: Act, sheets: tuple[Sheet, ...], data_on: date | None, watch: Watch = UNWATCHED
) -> Staged:
    """Check the lines of a repayment list and compare them with what we hold; writes nothing.

    Raises:
        Refused: the list as a whole cannot be used.

    """
    table = tables.find(sheets, REPAYMENTS)
    if not table.rows:
        raise Refused("There is no row below the headings.")
    listed_on, wrong_days = one_data_date(table, data_on)
    twice = repeated(table, lambda row: f"{cells.text(row['contract_no'])}\n{cells.text(row['bank_reference'])}")
    rows = Spool()
    accepted: list[tuple[RowOutcome, RepaymentLine]] = []
    memo = Memo()
    for row, holdings, held in _beside_held(session, watch.over(Phase.CHECK, table.rows)):
        check, line = read_line(row, holdings, listed_on or act.today, memo)
        if row.number in wrong_days:
            check.refuse("data_on", wrong_days[row.number])
        numbers = twice.get(f"{cells.text(row['contract_no'])}\n{cells.text(row['bank_reference'])}")
        if numbers and row.has("bank_reference"):
            check.refuse(
                "bank_reference",
                Refused(
                    "The payment stands in this list more than once, also in row %(rows)s: keep one.",
                    rows=other_rows(numbers, row.number),
                ),
            )
        old = held.get((line.loan_id, line.bank_reference)) if line else None
        if line and old:
            check_same(check, line, old)
        label = row_label(cells.text(row["contract_no"])[:CONTRACT], "")
        if line is None or check.is_rejected:
            rows.add(check.rejected(label))
            continue
        outcome, changes = compare(old, line)
        accepted.append((outcome, line))
        rows.add(StagedRow(row.number, outcome, label, {"clean": line.content()}, changes=changes))
    return Staged(
        rows,
        headings=table.headings,
        data_on=listed_on or max((line.paid_on for _, line in accepted), default=None),
        clean=list(accepted),
        facts={
            "received": str(sum((line.amount for _, line in accepted if is_money(line)), _NIL)),
            "reversed": sum(line.reversed_on is not None for _, line in accepted),
            "totals": totals.differing(table, REPAYMENTS, ("amount",)),
        },
    )


def _beside_held(
    session: Session, rows: Iterable[TableRow]
) -> Iterator[tuple[TableRow, Holdings, dict[tuple[int, str], Held]]]:
    """Hand out rows one by one with what they are compared with, loaded for some thousands at a time."""
    for piece in pieces(rows):
        contracts = {cells.text(row["contract_no"]) for row in piece}
        holdings = Holdings.around(session, contracts=contracts, with_owners=False)
        held = _held(session, [loan.id for loan in holdings.loans.values()])
        for row in piece:
            yield row, holdings, held


def apply(session: Session, *, act: Act, batch: ImportBatch, lines: Sequence[RepaymentLine]) -> set[int]:
    """Write the payments; one we hold may only have been reversed since.

    Returns:
        Ids of the borrowers whose facts changed.

    """
    ids = sorted({line.loan_id for line in lines})
    held = _held(session, ids)
    gone = _gone(session, ids)
    new: list[dict[str, Any]] = []
    touched: set[int] = set()
    for line in lines:
        old = held.get((line.loan_id, line.bank_reference))
        if old is None:
            new.append(
                {
                    "loan_id": line.loan_id,
                    "paid_on": line.paid_on,
                    "amount": line.amount,
                    "kind": line.kind or RepaymentKind.PAYMENT,
                    "bank_reference": _reference(line.bank_reference, batch.id)
                    if (line.loan_id, line.bank_reference) in gone
                    else line.bank_reference,
                    "import_batch_id": batch.id,
                }
            )
            touched.add(line.loan_id)
    insert_all(session, Repayment, new)
    reversed_since = [line for line in lines if line.reversed_on and not _was_reversed(held, line)]
    if reversed_since:
        entered = {key: one.id for key, one in _held(session, ids).items()}
        insert_all(
            session,
            Reversal,
            [
                {
                    "repayment_id": entered[line.loan_id, line.bank_reference],
                    "reversed_on": line.reversed_on,
                    "import_batch_id": batch.id,
                    "recorded_at": act.at,
                    "by_id": act.user_id,
                }
                for line in reversed_since
            ],
        )
    touched |= {line.loan_id for line in reversed_since}
    borrowers = owners(session, touched)
    Trail(session, batch.id).ids(TOUCHED, borrowers)
    return borrowers


def entered_again(one: Repayment, batch_id: int) -> dict[str, Any]:
    """Return a repayment as it is entered anew when the list that reversed it is taken back."""
    values = {name: getattr(one, name) for name in Repayment.__table__.columns.keys() if name != "id"}  # noqa: SIM118  # columns
    base = _MARK.sub("", one.bank_reference)
    return values | {"bank_reference": _reference(base, batch_id)}


def _reference(base: str, batch_id: int) -> str:
    """Mark a bank's reference that stands under a contract a second time, since entries are never removed."""
    return f"{base}~{batch_id}"


def _gone(session: Session, loan_ids: Collection[int]) -> set[tuple[int, str]]:
    """Return (contract, reference) of entries that an import taken back has made void."""
    found: set[tuple[int, str]] = set()
    for piece in chunks(loan_ids):
        rows = session.execute(
            select(Repayment.loan_id, Repayment.bank_reference)
            .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
            .where(_is_void(), Repayment.loan_id.in_(piece))
        )
        found |= {(loan_id, reference) for loan_id, reference in rows}
    return found


def _is_void() -> ColumnElement[bool]:
    undone = select(ImportBatch.id).where(ImportBatch.undone_at.is_not(None))
    return or_(Repayment.import_batch_id.in_(undone), func.coalesce(Reversal.import_batch_id.in_(undone), false()))


def _held(session: Session, loan_ids: Collection[int]) -> dict[tuple[int, str], Held]:
    gone = _gone(session, loan_ids)
    held: dict[tuple[int, str], Held] = {}
    for piece in chunks(loan_ids):
        rows = session.execute(
            select(
                Repayment.loan_id,
                Repayment.bank_reference,
                Repayment.id,
                Repayment.paid_on,
                Repayment.amount,
                Reversal.reversed_on,
                Repayment.kind,
            )
            .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
            .where(not_(func.coalesce(_is_void(), false())), Repayment.loan_id.in_(piece))
        )
        for row in rows:
            base = (row[0], _MARK.sub("", row[1]))
            held[base if base in gone else (row[0], row[1])] = Held(*row[2:])
    return held


def _was_reversed(held: dict[tuple[int, str], Held], line: RepaymentLine) -> bool:
    old = held.get((line.loan_id, line.bank_reference))
    return old is not None and old.reversed_on is not None
