"""The bank's lists on their way in: the file, each row with what was wrong, and what there was before."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.imports import DestructionCause, ImportKind, ImportState, RowOutcome
from models.types import Instant, Sealed, one_of


class ImportBatch(Base):
    """One uploaded list."""

    __tablename__ = "import_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ImportKind] = mapped_column(one_of(ImportKind))
    state: Mapped[ImportState] = mapped_column(one_of(ImportState), default=ImportState.RECEIVED)
    file_name: Mapped[str] = mapped_column(String(120))  # as the clerk named it, shown only
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    lender_id: Mapped[int | None] = mapped_column(ForeignKey("lenders.id"))
    data_on: Mapped[date | None]
    refusal: Mapped[str] = mapped_column(String(500), default="")  # why the newest step was refused
    refusal_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what fills its slots
    is_strict: Mapped[bool] = mapped_column(default=False)  # one wrong row keeps the whole list out
    received_at: Mapped[datetime] = mapped_column(Instant)
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    applied_at: Mapped[datetime | None] = mapped_column(Instant)
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None] = mapped_column(Instant)  # applied, then taken back: the state is discarded
    compared_with: Mapped[int] = mapped_column(default=0)  # lists applied and taken back so far, when it was compared
    asks: Mapped[int] = mapped_column(default=0)  # times a job was asked for; numbers its name
    job_key: Mapped[str] = mapped_column(String(80), default="")  # of the newest one
    rows: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    vanished: Mapped[int] = mapped_column(default=0)  # on the last complete list, not on this one
    staged_at: Mapped[datetime | None] = mapped_column(Instant)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # consequences in numbers; no names of persons
    layout: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # how it is read: {"sheet", "row", "places"}
    # Its top rows as text, for as long as somebody may still say what its columns are.
    head: Mapped[str | None] = mapped_column(Sealed("import_batches.head"), deferred=True)


class ImportLayout(Base):
    """What somebody said the columns of lists with certain headings are, to be used again by itself."""

    __tablename__ = "import_layouts"
    __table_args__ = (UniqueConstraint("kind", "lender", "signature"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))  # an ImportKind; without a check, so that new kinds need none
    lender: Mapped[str] = mapped_column(String(60), default="")  # as its lists name it; empty where they name none
    signature: Mapped[str] = mapped_column(String(64))  # of the set of headings
    headings: Mapped[list[str]] = mapped_column(JSON)  # as they stood in the file it was learned from
    columns: Mapped[dict[str, str]] = mapped_column(JSON)  # heading -> key of the column
    saved_at: Mapped[datetime] = mapped_column(Instant)
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    uses: Mapped[int] = mapped_column(default=0)


class ImportRow(Base):
    """One row of a list, staged. A wrong row holds its cells, sealed as JSON; what good ones say is kept together."""

    __tablename__ = "import_rows"
    __table_args__ = (Index("ix_import_rows_batch_id_outcome", "batch_id", "outcome"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id", ondelete="CASCADE"), primary_key=True)
    sheet: Mapped[str] = mapped_column(String(40), primary_key=True, default="")
    row_number: Mapped[int] = mapped_column(primary_key=True)  # as the spreadsheet numbers it
    outcome: Mapped[RowOutcome] = mapped_column(one_of(RowOutcome))
    label: Mapped[str] = mapped_column(String(120), default="")  # contract number and masked name
    content: Mapped[str | None] = mapped_column(Sealed("import_rows.content"))
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # [{"field", "old", "new"}], shown on the preview
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # [{"column", "value", "reason", "values", "fatal"}]


class ImportContent(Base):
    """What some hundred good rows of a list say, in the order of the list; sealed one by one they take far longer.

    ``content`` is JSON: ``[[outcome, {"clean": values by key}], ...]``.
    """

    __tablename__ = "import_contents"

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    rows: Mapped[int]  # how many
    content: Mapped[str] = mapped_column(Sealed("import_contents.content"))


class ImportImage(Base):
    """What a list touched and what there was before: enough to show it, and to take it back.

    ``content`` is JSON: a list of ids for names that begin with ``#``, else rows of the table named, as they were.
    """

    __tablename__ = "import_images"

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    content: Mapped[str] = mapped_column(Sealed("import_images.content"))


class Destruction(Base):
    """Both copies of a list that came in are to be destroyed, or were, and why: the list itself stays on record."""

    __tablename__ = "destructions"
    __table_args__ = (CheckConstraint("destroyed_by_id IS NULL OR destroyed_by_id <> asked_by_id", name="two_people"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"), primary_key=True)
    cause: Mapped[DestructionCause] = mapped_column(one_of(DestructionCause))
    reason: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    destroyed_at: Mapped[datetime | None] = mapped_column(Instant)
    destroyed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
