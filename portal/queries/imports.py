"""What the pages of imports show."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session, aliased

from models.accounts import User
from models.borrowers import Borrower
from models.imports import ImportBatch, ImportRow
from models.jobs import Job
from models.loans import ArrearsList, Lender, Loan, Statement
from models.rules.identity import masked_name
from models.rules.imports import ImportKind, ImportState, ImportStep, RowOutcome
from models.rules.refusals import NotVisible, Refused, unpacked
from portal.queries.import_images import VANISHED, kept

PAGE = 50
SAMPLE = 20
_LOOKED_THROUGH = 2_000
_PRIME, _SPREAD = 65_537, 48_271


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One import in the list."""

    id: int
    kind: ImportKind
    state: ImportState
    file_name: str
    lender: str | None
    data_on: date | None
    received_at: datetime
    received_by: str | None
    applied_at: datetime | None
    rows: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    vanished: int
    facts: dict[str, Any]
    is_strict: bool
    undone_at: datetime | None
    refusal: str
    refusal_values: dict[str, Any]
    job_key: str
    has_head: bool
    sha256: str
    applied_by: str | None

    def count(self, outcome: RowOutcome) -> int:
        """Return how many rows have the outcome."""
        counts = {
            RowOutcome.NEW: self.new,
            RowOutcome.CHANGED: self.changed,
            RowOutcome.UNCHANGED: self.unchanged,
            RowOutcome.REJECTED: self.rejected,
            RowOutcome.UNMATCHED: int(self.facts.get("unmatched", 0)),
        }
        return counts[outcome]

    @property
    def count_of_unmatched(self) -> int:
        """How many rows of a school's roster name nobody we know."""
        return self.count(RowOutcome.UNMATCHED)

    @property
    def why_refused(self) -> Refused | None:
        """Why the newest step with it was refused."""
        return unpacked(self.refusal, self.refusal_values) if self.refusal else None

    @property
    def usable(self) -> int:
        """Rows that would be written or confirmed as they are."""
        return self.rows - self.rejected - self.count(RowOutcome.UNMATCHED)

    def amount(self, name: str) -> Decimal:
        """Return an amount among the consequences, yuan."""
        return Decimal(self.facts.get(name) or 0)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the newest complete list of a lender is."""

    lender: str
    data_on: date | None
    days: int | None
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong cell; the value is masked where it is somebody's number."""

    column: str
    value: str
    refusal: Refused
    is_fatal: bool


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row of a list as the preview shows it."""

    sheet: str
    row_number: int
    label: str
    changes: tuple[dict[str, Any], ...]
    problems: tuple[Problem, ...]


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


_APPLIER = aliased(User)
_LINE = (
    select(
        ImportBatch.id,
        ImportBatch.kind,
        ImportBatch.state,
        ImportBatch.file_name,
        Lender.name,
        ImportBatch.data_on,
        ImportBatch.received_at,
        User.name,
        ImportBatch.applied_at,
        ImportBatch.rows,
        ImportBatch.new,
        ImportBatch.changed,
        ImportBatch.unchanged,
        ImportBatch.rejected,
        ImportBatch.vanished,
        ImportBatch.facts,
        ImportBatch.is_strict,
        ImportBatch.undone_at,
        ImportBatch.refusal,
        ImportBatch.refusal_values,
        ImportBatch.job_key,
        ImportBatch.head.is_not(None),
        ImportBatch.sha256,
        _APPLIER.name,
    )
    .outerjoin(Lender, Lender.id == ImportBatch.lender_id)
    .outerjoin(User, User.id == ImportBatch.received_by_id)
    .outerjoin(_APPLIER, _APPLIER.id == ImportBatch.applied_by_id)
)


def batches(
    session: Session,
    before_id: int | None = None,
    *,
    kind: ImportKind | None = None,
    state: ImportState | None = None,
) -> tuple[BatchLine, ...]:
    """Return imports, newest first, a page at a time; of one kind or in one state only, if given."""
    query = _LINE.order_by(ImportBatch.id.desc()).limit(PAGE)
    if kind is not None:
        query = query.where(ImportBatch.kind == kind)
    if state is not None:
        query = query.where(ImportBatch.state == state)
    if before_id is not None:
        query = query.where(ImportBatch.id < before_id)
    return tuple(BatchLine(*tuple(row)) for row in session.execute(query))


def batch(session: Session, batch_id: int) -> BatchLine:
    """Return one import.

    Raises:
        NotVisible: there is none.

    """
    row = session.execute(_LINE.where(ImportBatch.id == batch_id)).one_or_none()
    if row is None:
        raise NotVisible
    return BatchLine(*tuple(row))


def job_of(session: Session, found: BatchLine) -> tuple[int, ImportStep] | None:
    """Return the job that works, or last worked, on an import, and the step it does."""
    row = session.execute(select(Job.id, Job.arguments).where(Job.key == found.job_key)).one_or_none()
    return (row.id, ImportStep(row.arguments["step"])) if row else None


def same_file(session: Session, sha256: str) -> int | None:
    """Return the newest import of the very same file that waits or is in use."""
    return session.scalars(
        select(ImportBatch.id)
        .where(
            ImportBatch.sha256 == sha256,
            ImportBatch.state.in_((ImportState.RECEIVED, ImportState.STAGED, ImportState.APPLIED)),
        )
        .order_by(ImportBatch.id.desc())
    ).first()


def freshness(session: Session, today: date, fresh_days: int) -> tuple[Freshness, ...]:
    """Return each lender with the age of its newest arrears list, oldest first."""
    rows = session.execute(
        select(Lender.name, func.max(ArrearsList.data_on))
        .outerjoin(ArrearsList, ArrearsList.lender_id == Lender.id)
        .group_by(Lender.name)
        .order_by(func.max(ArrearsList.data_on), Lender.name)
    )
    found = []
    for name, data_on in rows:
        days = (today - data_on).days if data_on else None
        found.append(Freshness(name, data_on, days, days is None or days > fresh_days))
    return tuple(found)


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
    pages = max(1, -(-len(ids) // PAGE))
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


def rows(session: Session, batch_id: int, outcome: RowOutcome, chosen: Chosen) -> Rows:
    """Return one page of the rows with an outcome in the order of the list, or a sample of them."""
    mine = [ImportRow.batch_id == batch_id, ImportRow.outcome == outcome]
    if chosen.text:
        mine.append(ImportRow.label.contains(chosen.text, autoescape=True))
    if chosen.field and outcome is RowOutcome.CHANGED:
        named = json.dumps({"field": chosen.field})[1:-1]
        mine.append(cast(ImportRow.changes, Text).contains(named, autoescape=True))
    total = session.scalars(select(func.count()).select_from(ImportRow).where(*mine)).one()
    pages = 1 if chosen.sample else max(1, -(-total // PAGE))
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
    lines = tuple(
        RowLine(sheet, number, label, tuple(changes), _problems(problems))
        for sheet, number, label, changes, problems in found
    )
    return Rows(lines, page, pages, total)


def wrong_rows(session: Session, batch_id: int) -> tuple[WrongRow, ...]:
    """Return all rejected rows with their cells."""
    found = session.execute(
        select(ImportRow.sheet, ImportRow.row_number, ImportRow.content, ImportRow.problems)
        .where(ImportRow.batch_id == batch_id, ImportRow.outcome == RowOutcome.REJECTED)
        .order_by(ImportRow.sheet, ImportRow.row_number)
    )
    return tuple(
        WrongRow(sheet, number, tuple(json.loads(content).get("written", ())), _problems(problems))
        for sheet, number, content, problems in found
    )


def _problems(problems: list[dict[str, Any]]) -> tuple[Problem, ...]:
    return tuple(
        Problem(one["column"], one["value"], Refused(one["reason"], **one["values"]), one["fatal"]) for one in problems
    )
