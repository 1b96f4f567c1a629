"""What the page about the sheets of an organisation's workbook shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from models.rules.imports import ImportKind
from portal.queries.import_layouts import ColumnLine, RowChoice, column_lines, row_choices, waiting_batch
from portal.sheets import headings, parts
from portal.sheets.heads import unpack_head
from portal.sheets.parts import PARTS, Part
from portal.sheets.reading import Sheet

Wanted = Mapping[int, tuple[str, int | None]]
"""What the clerk says of each sheet, by its place: the part it holds (empty: none) and the row with its headings."""


@dataclass(frozen=True, slots=True)
class PartLine:
    """One sheet of the file. ``row``: the number of the row taken for its headings."""

    found: Part
    rows: tuple[RowChoice, ...]
    row: int | None
    columns: tuple[ColumnLine, ...]

    @property
    def meanings(self) -> tuple[tuple[str, str, bool], ...]:
        """Return key, official heading and whether it is needed, of each column that the part may have."""
        if not self.found.part:
            return ()
        return tuple((one.key, one.heading, one.is_required) for one in PARTS[self.found.part].columns)


@dataclass(frozen=True, slots=True)
class PartsPage:
    """How a waiting workbook of an organisation would be read."""

    batch_id: int
    file_name: str
    sheets: tuple[PartLine, ...]


def parts_page(session: Session, batch_id: int, wanted: Wanted) -> PartsPage:
    """Return how a waiting workbook would be read.

    Raises:
        NotVisible: there is no such import, or its columns are settled for good.

    """
    batch = waiting_batch(session, batch_id)
    stored = parts.from_plain(batch.layout) if batch.kind is ImportKind.ORGANISATION else {}
    by_sheet = {chosen.sheet: (part, chosen) for part, chosen in stored.items()}
    lines: list[PartLine] = []
    for at, sheet in enumerate(unpack_head(batch.head)):
        if at in wanted:
            found = _as_wanted(sheet, *wanted[at])
        elif sheet.name in by_sheet:
            part, chosen = by_sheet[sheet.name]
            found = Part(sheet, part, headings.told(sheet, chosen.row, chosen.places), {}, is_sure=True)
        else:
            found = Part(sheet) if stored else parts.guess(sheet)
        lines.append(_line(found))
    return PartsPage(batch.id, batch.file_name, tuple(lines))


def with_places(found: Part, places: Mapping[str, int]) -> Part:
    """Return a sheet with its columns where the clerk says they are."""
    if found.heading is None:
        return found
    return replace(found, heading=replace(found.heading, places=dict(places)), likely={}, is_sure=True)


def _as_wanted(sheet: Sheet, part: str, row: int | None) -> Part:
    return parts.told(sheet, part, row) if part in PARTS else Part(sheet)


def _line(found: Part) -> PartLine:
    heading = found.heading
    return PartLine(
        found,
        row_choices(found.sheet),
        heading.number if heading else None,
        column_lines(heading, found.likely or {}) if heading else (),
    )
