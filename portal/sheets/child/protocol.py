r"""What the reading process writes: lines of UTF-8.

A line of JSON opens a sheet (``{"sheet", "visible", …}``) or says why the file cannot be read (``{"trouble", "row"}``).
Every other line is a row that is not blank: its number and its cells, between ``\x1f``. A cell is text, or begins with
the mark of what it is. Line ends within a cell are written ``\x1e``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import BinaryIO

BETWEEN, LINE_END = "\x1f", "\x1e"
NUMBER, DAY, MOMENT, TRUTH, FAULT = "\x01", "\x02", "\x03", "\x04", "\x05"
AFTER_MARKS = "\x06"
"""Text of a cell sorts behind this: what sorts before it is a mark, or nothing."""

_AT_ONCE = 512 * 1024


class Trouble(StrEnum):
    """Why a file cannot be read."""

    PASSWORD = "password"  # noqa: S105  # the name of a trouble
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    ENCODING = "encoding"
    QUOTES = "quotes"


class Stop(Exception):
    """The file cannot be read on."""

    def __init__(self, trouble: Trouble, row: int = 0) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
        self.row = row


class Out:
    """Writes lines in large pieces; ``first``: only so many rows of each sheet, 0 for all."""

    def __init__(self, stream: BinaryIO, first: int = 0) -> None:
        self._stream = stream
        self._first = first
        self._rows = 0
        self._held: list[str] = []
        self._size = 0

    def line(self, line: str) -> None:
        """Write a line."""
        self._held.append(line)
        self._size += len(line)
        if self._size > _AT_ONCE:
            self.flush()

    def sheet(self, name: str, *, is_visible: bool = True, **more: object) -> None:
        """Open a sheet."""
        self._rows = 0
        self.line(json.dumps({"sheet": name, "visible": is_visible} | more))

    def trouble(self, stop: Stop) -> None:
        """Say why the file cannot be read."""
        self.line(json.dumps({"trouble": stop.trouble.value, "row": stop.row}))

    @property
    def is_enough(self) -> bool:
        """Say whether as many rows of the sheet are written as are wanted."""
        return bool(self._first) and self._rows >= self._first

    def row(self, number: int, cells: Iterable[str]) -> None:
        """Write a row of cells that are marked already."""
        self._rows += 1
        self.line(f"{number}{BETWEEN}{BETWEEN.join(cells)}")

    def text_row(self, number: int, cells: Sequence[str], *, is_clean: bool) -> None:
        """Write a row of plain text; ``is_clean``: the file holds no control characters but tabs and line ends."""
        self._rows += 1
        line = f"{number}{BETWEEN}{BETWEEN.join(cells)}"
        if not is_clean or "\n" in line or "\r" in line:
            line = f"{number}{BETWEEN}{BETWEEN.join(map(plain, cells))}"
        self.line(line)

    def flush(self) -> None:
        """Write what is held."""
        if self._held:
            self._held.append("")
            self._stream.write("\n".join(self._held).encode("utf-8", "replace"))
            self._stream.flush()
            self._held.clear()
            self._size = 0


def plain(text: str) -> str:
    """Return text without what could be taken for a mark or a separator; line ends are kept, marked."""
    if text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", LINE_END)
    return "".join(one for one in lines if one >= " " or one in {LINE_END, "\t"})


def marked(cell: object) -> str:
    """Return a cell as it is written."""
    if cell is None or isinstance(cell, str):
        return plain(cell or "")
    if isinstance(cell, bool):
        return f"{TRUTH}{int(cell)}"
    if isinstance(cell, int | float):
        return f"{NUMBER}{cell!r}"
    if isinstance(cell, date):
        return f"{MOMENT if isinstance(cell, datetime) else DAY}{cell.isoformat()}"
    return plain(str(cell))


def unmarked(cell: str) -> object:
    """Return a cell that is nothing or begins with a mark as what it stands for.

    Raises:
        ValueError: it stands for nothing.

    """
    if not cell:
        return None
    mark, value = cell[0], cell[1:]
    if mark == NUMBER:
        return int(value) if value.lstrip("-").isdigit() else float(value)
    if mark == DAY:
        return date.fromisoformat(value)
    if mark == MOMENT:
        return datetime.fromisoformat(value)
    if mark == TRUTH:
        return value == "1"
    raise ValueError("no such mark")
