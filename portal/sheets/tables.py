"""A list inside a workbook: its heading row found among title rows, its columns known by name."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from models.rules import cells
from models.rules.refusals import Refused
from portal.sheets import headings
from portal.sheets.columns import Layout, normal
from portal.sheets.headings import Heading
from portal.sheets.reading import Sheet, SheetRow

_SHOWN_HEADINGS = 12
_MERGED = cells.Fault("merged")
_TOTAL = re.compile(
    r"(?:合计|总计|小计|共计|总合计|本页合计|本页小计)(?:[(（].{0,12}[)）])?[:：]?(?:\d{1,7}(?:笔|人|户|条|份|个)?)?"
)
_FOOT = re.compile(r"(?:制表|复核|审核|填报|填表|经办|说明|备注|注)(?:人|单位|日期|时间)?\s*[:：]")
_STARTS = frozenset("合总小共本制复审填经说备注")
"""How totals and foot lines begin: most rows need no closer look."""
_TITLE_DAY = re.compile(
    r"(?:数据日期|截至|截止|统计日期|报表日期)[^\d]{0,6}(\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2})"
)


@dataclass(slots=True)  # not frozen, as ``SheetRow``
class TableRow:
    """One row of a list: its number as the spreadsheet shows it, and its cells by column key."""

    number: int
    shape: Shape
    values: tuple[object, ...]

    def __getitem__(self, key: str) -> object:
        place = self.shape.places.get(key)
        value = self.values[place] if place is not None and place < len(self.values) else None
        if key in self.shape.numbers and isinstance(value, str) and not value.isascii():
            return unicodedata.normalize("NFKC", value)  # a number written at full width is the same number
        return value

    def has(self, key: str) -> bool:
        """Say whether something is written in the column."""
        return not cells.is_blank(self[key])

    @property
    def written(self) -> tuple[str, ...]:
        """All cells under a heading, as text."""
        return tuple(cells.text(cell) for cell in self.values[: len(self.shape.headings)])


@dataclass(frozen=True, slots=True)
class Shape:
    """What all rows of a list share: the headings in the sheet's order, where each column stands, what some hold."""

    headings: tuple[str, ...]
    places: dict[str, int]
    amounts: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


@dataclass(slots=True)
class TableRows:
    """The rows of a list without totals, foot lines and headings that stand again; gone through as often as needed."""

    sheet: Sheet
    shape: Shape
    behind: int  # number of the heading row
    count: int = 0
    totals: TableRow | None = None
    first_heading: str = field(init=False)

    def __post_init__(self) -> None:
        self.first_heading = next((heading for heading in self.shape.headings if heading), "")

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[TableRow]:
        filled = self._filled() if self._merged_down else self.sheet.rows
        for row in filled:
            if row.number > self.behind and self._is_one(row):
                yield TableRow(row.number, self.shape, row.cells)

    @property
    def _merged_down(self) -> list[tuple[int, int, int, int]]:
        return [one for one in self.sheet.merged if self.behind < one[0] < one[2]]

    def _filled(self) -> Iterator[SheetRow]:
        """Let what is merged over several rows stand in each of them; an amount must not count more than once."""
        amounts = {self.shape.places[key] for key in self.shape.amounts if key in self.shape.places}
        waiting = sorted(self._merged_down, reverse=True)
        open_at: dict[int, tuple[int, object]] = {}  # place -> last row, what stands there
        for row in self.sheet.rows:
            written = list(row.cells)
            for place, (last, value) in open_at.items():
                if row.number <= last and place < len(written) and written[place] is None:
                    written[place] = _MERGED if place in amounts else value
            while waiting and waiting[-1][0] <= row.number:
                first, left, last, right = waiting.pop()
                if first == row.number and left < len(written):
                    open_at |= dict.fromkeys(range(left, right + 1), (last, row.cells[left]))
            yield SheetRow(row.number, tuple(written))

    def look(self) -> None:
        """Count the rows and find the total row."""
        for row in self.sheet.rows:
            if row.number > self.behind:
                if self._is_one(row):
                    self.count += 1
                elif _TOTAL.fullmatch(first := _first(row).replace(" ", "")) and "小计" not in first:
                    self.totals = TableRow(row.number, self.shape, row.cells)

    def _is_one(self, row: SheetRow) -> bool:
        first = _first(row)
        if not first:
            return False
        if first[0] in _STARTS and (_TOTAL.fullmatch(first.replace(" ", "")) or _FOOT.match(first)):
            return False
        return first != self.first_heading or [cells.text(cell) for cell in row.cells] != list(self.shape.headings)


def _first(row: SheetRow) -> str:
    """Return the first cell that holds something, as text."""
    for cell in row.cells:
        if cell is not None and (text := cells.text(cell)):
            return text
    return ""


@dataclass(frozen=True, slots=True)
class Table:
    """A list as found.

    Args:
        sheet: name of the sheet.
        headings: what stands above each column, in the sheet's order.
        found: keys of the columns that are there.
        rows: without blank rows, totals and foot lines; a long list is read anew each time they are gone through.
        totals: the total row, if there is one.
        titled_on: the data date a title row names.

    """

    sheet: str
    headings: tuple[str, ...]
    found: frozenset[str]
    rows: TableRows
    totals: TableRow | None
    titled_on: date | None


def find(sheets: tuple[Sheet, ...], layout: Layout) -> Table:
    """Return the list of a layout from the sheet that fits best.

    Raises:
        Refused: there is no heading row, a required column is missing, or a heading stands twice.

    """
    candidates = [sheet for sheet in sheets if sheet.is_visible and sheet.rows]
    if not candidates:
        raise Refused("The workbook is empty: choose the file that holds the list.")
    found = _heading(candidates, layout)
    if found is None:
        raise Refused(
            "No heading row was found. The list needs a row with the headings %(wanted)s.",
            wanted="、".join(column.heading for column in layout.columns if column.is_required),
        )
    return _table(found, layout)


def find_named(sheets: tuple[Sheet, ...], layout: Layout) -> Table | None:
    """Return the list of a layout that has sheets of its own name; ``None`` when there is no such sheet.

    Where somebody said what the sheets hold, their names do not count.

    Raises:
        Refused: as ``find``, the sheet named.

    """
    if any(sheet.part for sheet in sheets):
        mine = tuple(sheet for sheet in sheets if sheet.part == layout.part and sheet.rows)
    else:
        mine = tuple(sheet for sheet in sheets if layout.is_named(sheet.name) and sheet.rows)
    if not mine:
        return None
    try:
        return find(mine, layout)
    except Refused as refusal:
        raise Refused("Sheet “%(sheet)s”: %(reason)s", sheet=mine[0].name, reason=refusal) from refusal


def _heading(sheets: list[Sheet], layout: Layout) -> Heading | None:
    for sheet in sheets:
        if sheet.told is not None:
            return headings.told(sheet, *sheet.told)
    return headings.best(tuple(sheets), layout)


def _table(heading: Heading, layout: Layout) -> Table:
    _check_headings(heading, layout)
    sheet = heading.sheet
    shape = Shape(
        heading.texts,
        heading.places,
        amounts=frozenset(column.key for column in layout.columns if column.is_amount),
        numbers=frozenset(column.key for column in layout.columns if column.is_text),
    )
    rows = TableRows(sheet, shape, heading.number)
    rows.look()
    above = " ".join(cells.text(cell) for one in sheet.rows.head[: heading.index] for cell in one.cells)
    return Table(
        sheet=sheet.name,
        headings=heading.texts,
        found=frozenset(heading.places),
        rows=rows,
        totals=rows.totals,
        titled_on=titled_on(above),
    )


def _check_headings(heading: Heading, layout: Layout) -> None:
    missing = [column.heading for column in layout.columns if column.is_required and column.key not in heading.places]
    seen = [text for text in heading.texts if text]
    if missing:
        raise Refused(
            "The column %(missing)s is missing. The headings seen are: %(seen)s. "
            "Add the column, or give it this heading.",
            missing="、".join(f"“{one}”" for one in missing),
            seen="、".join(seen[:_SHOWN_HEADINGS]) + ("…" if len(seen) > _SHOWN_HEADINGS else ""),
        )
    if heading.sheet.told is None and (twice := repeated_headings(heading)):
        raise Refused(
            "The heading “%(heading)s” stands above two columns: keep one, or rename the other.", heading=twice[0]
        )


def repeated_headings(heading: Heading) -> list[str]:
    """Return the headings of known columns that stand above another column too."""
    written = Counter(normal(text) for text in heading.texts)
    known = {normal(heading.texts[place]) for place in heading.places.values()}
    return [text for text in dict.fromkeys(heading.texts) if normal(text) in known and written[normal(text)] > 1]


def titled_on(above: str) -> date | None:
    """Return the data date that titles name."""
    found = _TITLE_DAY.search(above)
    if not found:
        return None
    numbers = [int(part) for part in re.findall(r"\d+", found[1])]
    try:
        return date(*numbers)
    except ValueError:
        return None
