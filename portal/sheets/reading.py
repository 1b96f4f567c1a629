"""A spreadsheet's cells, read by a child process that may fail without harm.

A book may be gone through as often as needed. A small one keeps the lines its child wrote; a large one lets a child
read the file anew each time, so that a million rows are never held at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from models.rules import cells
from portal.sheets import gate
from portal.sheets.child.protocol import AFTER_MARKS, BETWEEN, FAULT, LINE_END, unmarked
from portal.sheets.limits import DEFAULT, Limits
from portal.sheets.parsing import lines
from portal.sheets.sources import Source, source_of

KEPT_BYTES = 64 * 1024 * 1024
"""What a book keeps of its child's lines; a longer one is read anew for each pass."""
HEAD_ROWS = 60
"""Rows of each sheet that are always at hand: a heading stands among the first."""

_REMEMBERED = 20_000


@dataclass(slots=True)  # not frozen: one is made of each row in each pass, and frozen ones take far longer to make
class SheetRow:
    """One row that is not blank: its number as the spreadsheet shows it, and its cells from the first used column."""

    number: int
    cells: tuple[object, ...]


@dataclass(slots=True)
class Sheet:
    """One sheet of a workbook.

    Args:
        name: its name; a text file's only sheet has none.
        is_visible: whether the spreadsheet program shows it.
        merged: merged cells: first row number, first place, last row number, last place.
        told: number of the heading row and place of each column by key, where somebody said so.
        part: of an organisation it holds, where somebody said so.
        rows: its rows that are not blank; gone through as often as needed, sliced only within ``HEAD_ROWS``.

    """

    name: str
    is_visible: bool
    rows: Rows
    merged: tuple[tuple[int, int, int, int], ...] = ()
    told: tuple[int, dict[str, int]] | None = None
    part: str = ""


@dataclass(slots=True)
class Rows:
    """The rows of one sheet."""

    book: Book | None  # none: there are no more rows than the first ones
    place: int = 0  # of the sheet in its book
    count: int = 0
    head: tuple[SheetRow, ...] = ()

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[SheetRow]:
        if self.book is None or self.count <= len(self.head):
            return iter(self.head)
        return self.book.pass_over(self.place)


@dataclass(slots=True)
class Book:
    """A spreadsheet that passed the gate and was read through once."""

    source: Source
    passed: gate.Passed
    limits: Limits
    sheets: tuple[Sheet, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)  # how it is written: encoding, separator
    kept: list[list[bytes]] | None = None

    def pass_over(self, place: int) -> Iterator[SheetRow]:
        """Go through the rows of one sheet."""
        if self.kept is not None:
            return (_row(line) for line in self.kept[place])
        return self._read_anew(place)

    def _read_anew(self, place: int) -> Iterator[SheetRow]:
        at = -1
        for line in lines(self.source, self.passed, self.limits):
            if line.startswith(b"{"):
                at += 1
            elif at == place:
                yield _row(line)


def look(content: Source | bytes, limits: Limits = DEFAULT) -> tuple[Sheet, ...]:
    """Return the sheets with their first rows only: enough to tell what a file is while somebody waits.

    Raises:
        Refused: the gate refuses it, or no reader can open it.

    """
    sheets = opened(content, limits, first=HEAD_ROWS).sheets
    for sheet in sheets:
        sheet.rows.book = None
    return sheets


def read(content: Source | bytes, limits: Limits = DEFAULT) -> tuple[Sheet, ...]:
    """Return the sheets of a spreadsheet (.xlsx, .xlsb, .xls, .ods, or text between separators).

    Raises:
        Refused: the gate refuses it, or no reader can open it.

    """
    return opened(content, limits).sheets


def opened(content: Source | bytes, limits: Limits = DEFAULT, first: int = 0) -> Book:
    """Read a spreadsheet through once: what is wrong with it as a whole is found before anybody uses a row of it.

    Args:
        content: the file.
        limits: what it may ask for.
        first: read only so many rows of each sheet; 0 reads all.

    Raises:
        Refused: the gate refuses it, or no reader can open it.

    """
    source = source_of(content)
    book = Book(source, gate.check(source, limits), limits, kept=[])
    sheets: list[Sheet] = []
    head: list[SheetRow] = []
    size = 0
    for line in lines(source, book.passed, limits, first):
        if line.startswith(b"{"):
            found = json.loads(line)
            head = []
            merged = tuple(tuple(one) for one in found.pop("merged", ()))
            sheets.append(Sheet(found.pop("sheet"), found.pop("visible"), Rows(book, len(sheets)), merged))
            book.facts |= found
            if book.kept is not None:
                book.kept.append([])
            continue
        rows = sheets[-1].rows
        rows.count += 1
        if rows.count <= HEAD_ROWS:
            head.append(_row(line))
            rows.head = tuple(head)
        if book.kept is not None:
            book.kept[-1].append(line)
            size += len(line)
            if size > KEPT_BYTES:
                book.kept = None
    book.sheets = tuple(sheets)
    return book


def _row(line: bytes) -> SheetRow:
    number, *written = line.decode().split(BETWEEN)
    if b"\x1e" in line:
        written = [cell.replace(LINE_END, "\n") for cell in written]
    return SheetRow(int(number), tuple([cell if cell > AFTER_MARKS else _value(cell) for cell in written]))


@lru_cache(_REMEMBERED)
def _value(cell: str) -> object:
    """Return what a cell that is no text stands for; a list says the same few days and figures very often."""
    return cells.Fault(cell[1:]) if cell.startswith(FAULT) else unmarked(cell)
