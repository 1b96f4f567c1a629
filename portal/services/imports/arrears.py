"""The arrears list: complete for one lender and district on one data date. Who is not on it is not overdue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.loans import ArrearsList, Lender, Loan, Statement
from models.rules import cells
from models.rules.imports import Phase, RowOutcome
from models.rules.refusals import Refused
from portal.actors import Act
from portal.queries.import_images import TOUCHED
from portal.services.imports import totals
from portal.services.imports.arrears_lines import AMOUNTS, ArrearsLine, newest_list
from portal.services.imports.arrears_reading import Reader
from portal.services.imports.holdings import Holdings, insert_all, owners
from portal.services.imports.rows import (
    Staged,
    StagedRow,
    change,
    one_data_date,
    row_label,
)
from portal.services.imports.spool import Spool
from portal.services.imports.trail import Trail
from portal.services.imports.watching import UNWATCHED, Watch
from portal.sheets import tables
from portal.sheets.columns import ARREARS
from portal.sheets.reading import Sheet
from portal.sheets.tables import Table

_CONTRACT = 40
_NIL = Decimal("0.00")


def stage(
    session: Session, *, act: Act, sheets: tuple[Sheet, ...], data_on: date | None, watch: Watch = UNWATCHED
) -> Staged:
    """Check the lines of an arrears list and compare them with the newest list of the lender; writes nothing.

    Raises:
        Refused: the list as a whole cannot be used: no data date, several lenders, or older than what we hold.

    """
    table = tables.find(sheets, ARREARS)
    listed_on, wrong_days = one_data_date(table, data_on)
    if listed_on is None and not len(table.rows):
        raise Refused(
            "There is no row below the headings: choose the file that holds the list. "
            "If nobody is overdue any more, enter the data date with the file."
        )
    if listed_on is None:
        raise Refused("The data date is missing: fill in the column “数据日期”, or enter the date with the file.")
    if listed_on > act.today:
        raise Refused("The data date %(day)s lies in the future: correct it.", day=listed_on)
    lender_id = _lender(table, Holdings.around(session, contracts=()))
    newest = newest_list(session, lender_id)
    if newest.data_on and listed_on < newest.data_on:
        raise Refused(
            "The list is of %(day)s, but a newer one of %(newest)s is already in use: import the newest list.",
            day=listed_on,
            newest=newest.data_on,
        )
    reader = Reader(session, table, lender_id, wrong_days, listed_on)
    rows = Spool()
    clean: list[tuple[RowOutcome, Any]] = []
    listed: dict[int, ArrearsLine] = {}
    kept: set[int] = set()
    for row in reader.held(watch.over(Phase.CHECK, table.rows)):
        check, loan, line = reader.line(row)
        label = row_label(cells.text(row["contract_no"])[:_CONTRACT], cells.text(row["name"])[:_CONTRACT])
        if line is None or check.is_rejected:
            staged = check.rejected(label)
            if loan is not None and loan.id in newest.lines:
                # The list is complete, so leaving the row out would say that the contract is paid.
                staged.content["keeps"] = loan.id
                kept.add(loan.id)
            rows.add(staged)
            continue
        listed[line.loan_id] = line
        outcome, changes = _compare(newest.lines.get(line.loan_id), line)
        clean.append((outcome, line))
        rows.add(StagedRow(row.number, outcome, label, {"clean": line.content()}, changes=changes))
    vanished = set(newest.lines) - set(listed) - kept
    return Staged(
        rows,
        headings=table.headings,
        lender_id=lender_id,
        data_on=listed_on,
        vanished=len(vanished),
        vanished_ids=sorted(vanished),
        clean=clean,
        keeps=kept,
        facts={
            "overdue": str(sum((line.total for line in listed.values()), _NIL)),
            "vanished_overdue": str(sum((newest.lines[loan_id].total for loan_id in vanished), _NIL)),
            "previous_data_on": newest.data_on.isoformat() if newest.data_on else None,
            "previous_rows": len(newest.lines),
            "kept": len(kept),
            "totals": totals.differing(table, ARREARS, (*AMOUNTS, "total")),
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
    newest = newest_list(session, batch.lender_id)
    if newest.data_on and newest.data_on > batch.data_on:
        raise Refused(
            "The list is of %(day)s, but a newer one of %(newest)s is already in use: import the newest list.",
            day=batch.data_on,
            newest=newest.data_on,
        )
    trail = Trail(session, batch.id)
    if newest.list_id is not None and newest.data_on == batch.data_on:
        trail.rows(ArrearsList, ArrearsList.id, [newest.list_id], ("applied_at", "import_batch_id"))
        trail.rows(Statement, Statement.arrears_list_id, [newest.list_id])
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
    differs = {loan_id for loan_id in {*listed, *newest.lines} if listed.get(loan_id) != newest.lines.get(loan_id)}
    trail.ids(TOUCHED, owners(session, differs))
    # A complete list also says something of every contract that is not on it.
    return set(session.scalars(select(Loan.borrower_id).where(Loan.lender_id == batch.lender_id).distinct()))


def _lender(table: Table, holdings: Holdings) -> int:
    """Return the one lender whose list this is."""
    first: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for row in table.rows:
        if row.has("lender"):
            name = cells.text(row["lender"])
            counts[name] += 1
            first.setdefault(name, row.number)
    names = list(first)
    if len(names) > 1:  # of ten thousand rows one may be mistyped: name it
        most, _ = counts.most_common(1)[0]
        other = next(name for name in names if name != most)
        raise Refused(
            "The list names several lenders (%(names)s): most rows say “%(most)s”, row %(row)s says “%(other)s”. "
            "Mend that row, or import the list of one lender at a time.",
            names="、".join(names[:5]),
            most=most,
            row=first[other],
            other=other,
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


def _compare(old: ArrearsLine | None, new: ArrearsLine) -> tuple[RowOutcome, list[dict[str, Any]]]:
    if old is None:
        return RowOutcome.NEW, []
    changes = [
        change(ARREARS.heading(name), getattr(old, name), getattr(new, name))
        for name in (*AMOUNTS, "overdue_since")
        if getattr(old, name) != getattr(new, name)
    ]
    return (RowOutcome.CHANGED if changes else RowOutcome.UNCHANGED), changes
