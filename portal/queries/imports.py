"""What the pages of imports show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from models.accounts import User
from models.imports import ImportBatch
from models.jobs import Job
from models.loans import ArrearsList, Lender
from models.rules.imports import KIND_IS_OPEN, ImportKind, ImportState, ImportStep, RowOutcome, asks_about_gone
from models.rules.refusals import NotVisible, Refused, unpacked
from portal.queries.paging import PAGE


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
    def asks_for_columns(self) -> bool:
        """Whether it waits for somebody to say what its columns are."""
        return self.state is ImportState.RECEIVED and self.has_head and not self.job_key

    @property
    def kind_is_open(self) -> bool:
        """Whether its kind is only what the file seems to be."""
        return bool(self.facts.get(KIND_IS_OPEN))

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

    @property
    def asks_about_gone(self) -> bool:
        """Whether somebody has to say that so much of the list before is gone."""
        return self.kind is ImportKind.ARREARS and asks_about_gone(self.vanished, self.facts.get("previous_rows") or 0)

    def amount(self, name: str) -> Decimal:
        """Return an amount among the consequences, yuan."""
        return Decimal(self.facts.get(name) or 0)


@dataclass(frozen=True, slots=True)
class Batches:
    """One page of imports, newest first; ``older`` is the last one's number when there are more behind it."""

    lines: tuple[BatchLine, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the newest complete list of a lender is."""

    lender: str
    data_on: date | None
    days: int | None
    is_stale: bool


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
) -> Batches:
    """Return imports, newest first, a page at a time; of one kind or in one state only, if given."""
    query = _LINE.order_by(ImportBatch.id.desc()).limit(PAGE + 1)
    if kind is not None:
        query = query.where(ImportBatch.kind == kind)
    if state is not None:
        query = query.where(ImportBatch.state == state)
    if before_id is not None:
        query = query.where(ImportBatch.id < before_id)
    found = [BatchLine(*tuple(row)) for row in session.execute(query)]
    return Batches(tuple(found[:PAGE]), found[PAGE - 1].id if len(found) > PAGE else None)


def asks_for_columns() -> ColumnElement[bool]:
    """Return the condition under which a list waits for somebody to say what its columns are."""
    return and_(ImportBatch.state == ImportState.RECEIVED, ImportBatch.head.is_not(None), ImportBatch.job_key == "")


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
