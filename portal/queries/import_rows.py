"""The rows of a list as the preview shows them: a page, a sample, those that vanished, those that are wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.imports import ImportRow
from models.loans import ArrearsList, Loan, Statement
from models.rules.identity import masked_name
from models.rules.imports import ImportKind, RowOutcome
from models.rules.refusals import Refused
from portal.queries.import_contents import clean_of_rows
from portal.queries.import_images import VANISHED, kept
from portal.queries.imports import BatchLine
from portal.queries.paging import PAGE, pages_of

SAMPLE = 20
_LOOKED_THROUGH = 2_000
_PRIME, _SPREAD = 65_537, 48_271


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong cell; the value is masked where it is somebody's number."""

    column: str
    value: str
    refusal: Refused
    is_fatal: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a row of a list of money says: yuan paid and on which day, or yuan overdue and since when."""

    amount: Decimal
    on: date
    reversed_on: date | None = None


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row of a list as the preview shows it; ``said`` where the list is of money and the row is good."""

    sheet: str
    row_number: int
    label: str
    changes: tuple[dict[str, Any], ...]
    problems: tuple[Problem, ...]
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of rows."""

    lines: tuple[RowLine, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of a list somebody wants to see; all of it stands in the address.

    Attributes:
        field: only rows in which this column changes.
        text: only rows whose contract or masked name contains it.
        sample: any number but 0 draws some rows from all over the list; another number draws others.
        page: of the rows in order.

    """

    field: str = ""
    text: str = ""
    sample: int = 0
    page: int = 1


@dataclass(frozen=True, slots=True)
class VanishedLine:
    """A contract of the list before that is not on this one, with what was overdue, yuan."""

    contract_no: str
    borrower_id: int
    masked_name: str
    overdue: Decimal | None


@dataclass(frozen=True, slots=True)
class Vanished:
    """One page of them."""

    lines: tuple[VanishedLine, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A rejected row with its cells, to be given back to who sent the list."""

    sheet: str
    row_number: int
    written: tuple[str, ...]
    problems: tuple[Problem, ...]


def fields(session: Session, batch_id: int) -> tuple[str, ...]:
    """Return the columns that differ in a list's changed rows, to choose among."""
    changed = session.scalars(
        select(ImportRow.changes)
        .where(ImportRow.batch_id == batch_id, ImportRow.outcome == RowOutcome.CHANGED)
        .limit(_LOOKED_THROUGH)
    )
    return tuple(dict.fromkeys(one["field"] for changes in changed for one in changes))


def vanished(session: Session, found: BatchLine, chosen: Chosen) -> Vanished:
    """Return contracts of the list before that are not on this one, a page at a time."""
    ids = kept(session, found.id, VANISHED)
    pages = pages_of(len(ids))
    page = min(max(1, chosen.page), pages)
    wanted = ids[(page - 1) * PAGE : page * PAGE]
    lines_before = (
        select(Statement.loan_id, Statement.overdue_principal, Statement.overdue_interest, Statement.penalty)
        .join(ArrearsList, ArrearsList.id == Statement.arrears_list_id)
        .where(Statement.loan_id.in_(wanted), ArrearsList.data_on == _day(found.facts.get("previous_data_on")))
    )
    amounts = {row[0]: row[1] + row[2] + row[3] for row in session.execute(lines_before)}
    rows = session.execute(
        select(Loan.id, Loan.contract_no, Loan.borrower_id, Borrower.name)
        .join(Borrower, Borrower.id == Loan.borrower_id)
        .where(Loan.id.in_(wanted))
        .order_by(Loan.id)
    )
    lines = tuple(
        VanishedLine(contract_no, borrower_id, masked_name(name), amounts.get(loan_id))
        for loan_id, contract_no, borrower_id, name in rows
    )
    return Vanished(lines, page, pages)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def rows(session: Session, batch: BatchLine, outcome: RowOutcome, chosen: Chosen) -> Rows:
    """Return one page of the rows with an outcome in the order of the list, or a sample of them."""
    batch_id = batch.id
    mine = [ImportRow.batch_id == batch_id, ImportRow.outcome == outcome]
    if chosen.text:
        mine.append(ImportRow.label.contains(chosen.text, autoescape=True))
    if chosen.field and outcome is RowOutcome.CHANGED:
        named = json.dumps({"field": chosen.field})[1:-1]
        mine.append(cast(ImportRow.changes, Text).contains(named, autoescape=True))
    total = session.scalars(select(func.count()).select_from(ImportRow).where(*mine)).one()
    pages = 1 if chosen.sample else pages_of(total)
    page = min(max(1, chosen.page), pages)
    order: tuple[Any, ...] = (ImportRow.sheet, ImportRow.row_number)
    if chosen.sample:  # spread by arithmetic, so that an address shows the same rows again
        order = (ImportRow.row_number * (chosen.sample % _PRIME * 2 + 1) * _SPREAD % _PRIME, ImportRow.row_number)
    found = session.execute(
        select(ImportRow.sheet, ImportRow.row_number, ImportRow.label, ImportRow.changes, ImportRow.problems)
        .where(*mine)
        .order_by(*order)
        .limit(SAMPLE if chosen.sample else PAGE)
        .offset((page - 1) * PAGE)
    )
    shown = found.all()
    said = _said(session, batch, outcome, {(row.sheet, row.row_number) for row in shown})
    lines = tuple(
        RowLine(sheet, number, label, tuple(changes), _problems(problems), said.get((sheet, number)))
        for sheet, number, label, changes, problems in shown
    )
    return Rows(lines, page, pages, total)


def _said(
    session: Session, batch: BatchLine, outcome: RowOutcome, shown: set[tuple[str, int]]
) -> dict[tuple[str, int], Said]:
    if outcome is RowOutcome.REJECTED or batch.kind not in _READ_AS:
        return {}
    read = _READ_AS[batch.kind]
    return {row: read(clean) for row, clean in clean_of_rows(session, batch.id, shown).items() if clean}


def _payment(clean: dict[str, Any]) -> Said:
    return Said(Decimal(clean["amount"]), date.fromisoformat(clean["paid_on"]), _day(clean["reversed_on"]))


def _arrears(clean: dict[str, Any]) -> Said:
    parts = ("overdue_principal", "overdue_interest", "penalty")
    return Said(sum((Decimal(clean[one]) for one in parts), Decimal()), date.fromisoformat(clean["overdue_since"]))


_READ_AS = {ImportKind.REPAYMENTS: _payment, ImportKind.ARREARS: _arrears}


def wrong_rows(session: Session, batch_id: int) -> tuple[WrongRow, ...]:
    """Return all rejected rows with their cells."""
    found = session.execute(
        select(ImportRow.sheet, ImportRow.row_number, ImportRow.content, ImportRow.problems)
        .where(ImportRow.batch_id == batch_id, ImportRow.outcome == RowOutcome.REJECTED)
        .order_by(ImportRow.sheet, ImportRow.row_number)
    )
    return tuple(
        WrongRow(sheet, number, tuple(json.loads(content or "{}").get("written", ())), _problems(problems))
        for sheet, number, content, problems in found
    )


def _problems(problems: list[dict[str, Any]]) -> tuple[Problem, ...]:
    return tuple(
        Problem(one["column"], one["value"], Refused(one["reason"], **one["values"]), one["fatal"]) for one in problems
    )
