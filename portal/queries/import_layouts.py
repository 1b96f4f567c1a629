"""What the pages about the columns of lists show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from models.accounts import User
from models.imports import ImportBatch, ImportLayout
from models.rules.imports import KIND_IS_OPEN, ImportKind, ImportState
from models.rules.refusals import NotVisible
from portal.sheets import guessing, headings
from portal.sheets.guessing import Guess
from portal.sheets.headings import Chosen, Heading
from portal.sheets.heads import unpack_head
from portal.sheets.kinds import SINGLE
from portal.sheets.parts import PARTS
from portal.sheets.reading import Sheet
from portal.sheets.showing import shown

_SHOWN_HEADINGS = 4
_WAITING = (ImportState.RECEIVED, ImportState.STAGED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the clerk looks at instead of what was found; all of it stands in the address."""

    kind: ImportKind | None = None
    sheet: int | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column of the file: what stands above it, what stands in it, what it is taken for.

    ``mark``: ``sure`` by its heading, ``likely``, ``twice`` for a heading that repeats, else empty.
    """

    place: int
    heading: str
    samples: tuple[str, ...]
    key: str
    mark: str


@dataclass(frozen=True, slots=True)
class RowChoice:
    """A row that may be chosen as the heading."""

    number: int
    words: str


@dataclass(frozen=True, slots=True)
class LayoutPage:
    """How a waiting list would be read."""

    batch_id: int
    file_name: str
    kind: ImportKind | None
    sheets: tuple[str, ...]
    sheet: int
    rows: tuple[RowChoice, ...]
    row: int | None
    columns: tuple[ColumnLine, ...]
    data_on: date | None
    lender: str
    heading: Heading | None

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the official headings of the columns that are needed and not there yet."""
        if self.kind not in SINGLE:
            return ()
        taken = {column.key for column in self.columns}
        return tuple(one.heading for one in SINGLE[self.kind].columns if one.is_required and one.key not in taken)


@dataclass(frozen=True, slots=True)
class LayoutRow:
    """A remembered layout."""

    id: int
    kind: ImportKind
    lender: str
    headings: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]  # heading of the file, official heading
    saved_at: datetime
    saved_by: str | None
    used_at: datetime | None
    uses: int


def layout_page(session: Session, batch_id: int, wanted: Wanted) -> LayoutPage:
    """Return how a waiting list would be read.

    Raises:
        NotVisible: there is no such import, or its columns are settled for good.

    """
    batch = waiting_batch(session, batch_id)
    sheets = unpack_head(batch.head)
    guess = _seen(batch, sheets, wanted)
    heading = guess.heading
    at = next(
        (at for at, sheet in enumerate(sheets) if heading and sheet.name == heading.sheet.name), wanted.sheet or 0
    )
    at = min(at, len(sheets) - 1)
    return LayoutPage(
        batch_id=batch.id,
        file_name=batch.file_name,
        kind=guess.kind,
        sheets=tuple(sheet.name for sheet in sheets),
        sheet=at,
        rows=row_choices(sheets[at]),
        row=heading.number if heading else None,
        columns=column_lines(heading, guess.likely or {}) if heading else (),
        data_on=batch.data_on or guess.titled_on,
        lender=guess.lender,
        heading=heading,
    )


def waiting_batch(session: Session, batch_id: int) -> ImportBatch:
    """Return an import whose columns may still be told, with its top rows.

    Raises:
        NotVisible: there is no such import, or its columns are settled for good.

    """
    batch = session.get(ImportBatch, batch_id, options=[undefer(ImportBatch.head)], populate_existing=True)
    if batch is None or batch.state not in _WAITING or not batch.head:
        raise NotVisible
    return batch


def remembered(session: Session) -> tuple[LayoutRow, ...]:
    """Return the remembered layouts, the newest first."""
    rows = session.execute(
        select(ImportLayout, User.name)
        .outerjoin(User, User.id == ImportLayout.saved_by_id)
        .order_by(ImportLayout.saved_at.desc(), ImportLayout.id.desc())
    )
    return tuple(
        LayoutRow(
            id=row.id,
            kind=ImportKind(row.kind),
            lender=row.lender,
            headings=tuple(row.headings),
            columns=_named(row),
            saved_at=row.saved_at,
            saved_by=name,
            used_at=row.used_at,
            uses=row.uses,
        )
        for row, name in rows
    )


def _named(row: ImportLayout) -> tuple[tuple[str, str], ...]:
    return tuple((heading, _official(ImportKind(row.kind), key)) for heading, key in row.columns.items())


def _official(kind: ImportKind, told: str) -> str:
    """Return the official heading of a column; an organisation's is named after its part."""
    part, _, key = told.rpartition(".")
    if part in PARTS:
        return f"{PARTS[part].names[0]}：{PARTS[part].heading(key)}"
    return SINGLE[kind].heading(key) if kind in SINGLE else key


def _seen(batch: ImportBatch, sheets: tuple[Sheet, ...], wanted: Wanted) -> Guess:
    """Return what the clerk chose to look at, else what was settled, else what is found."""
    if wanted.sheet is not None and wanted.row is not None and wanted.kind in SINGLE and wanted.sheet < len(sheets):
        sheet = sheets[wanted.sheet]
        index = headings.index_of(sheet, wanted.row)
        if index is not None:
            labels = headings.labels_near(sheet, index)
            places = headings.places_of(labels, SINGLE[wanted.kind])
            return guessing.about(wanted.kind, Heading(sheet, index, labels, places))
    if wanted.kind is not None:  # a kind of whose headings none is there: nothing but the kind is known
        return guessing.guess(sheets, batch.file_name, wanted.kind)
    chosen = Chosen.from_plain(batch.layout)
    if chosen is not None and batch.kind in SINGLE and not batch.facts.get(KIND_IS_OPEN):
        for sheet in sheets:
            heading = headings.told(sheet, chosen.row, chosen.places) if sheet.name == chosen.sheet else None
            if heading is not None:
                found = guessing.about(batch.kind, heading)
                return Guess(batch.kind, heading, {}, found.titled_on, found.lender)
    return guessing.guess(sheets, batch.file_name, None if batch.facts.get(KIND_IS_OPEN) else batch.kind)


def row_choices(sheet: Sheet) -> tuple[RowChoice, ...]:
    """Return the rows of a sheet that may hold its headings."""
    found: list[RowChoice] = []
    for row in sheet.rows.head[: headings.WITHIN]:
        words = [str(cell) for cell in row.cells if cell]
        found.append(RowChoice(row.number, "、".join(shown("", one) for one in words[:_SHOWN_HEADINGS])))
    return tuple(found)


def column_lines(heading: Heading, by_likelihood: Mapping[str, int]) -> tuple[ColumnLine, ...]:
    """Return the columns below a heading; ``by_likelihood``: places of those that are only likely, by key."""
    sure = {place: key for key, place in heading.places.items()}
    likely = {place: key for key, place in by_likelihood.items()}
    texts = [text for text in heading.texts if text]
    lines: list[ColumnLine] = []
    for place, text in enumerate(heading.texts):
        values = guessing.samples(heading, place)
        if not text and not values:
            continue
        key = sure.get(place) or likely.get(place, "")
        twice = "twice" if texts.count(text) > 1 and place not in sure else ""
        mark = "sure" if place in sure else "likely" if place in likely else twice
        lines.append(ColumnLine(place, text, tuple(shown(key, one) for one in values), key, mark))
    return tuple(lines)
