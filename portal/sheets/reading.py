"""A spreadsheet's cells, read by a child process that may fail without harm.

A book may be gone through as often as needed. A small one keeps the lines its child wrote; a large one lets a child
read the file anew each time, so that a million rows are never held at once.
"""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import portal
from models.rules import cells
from models.rules.refusals import Refused
from portal.sheets import gate
from portal.sheets.child.protocol import AFTER_MARKS, BETWEEN, FAULT, LINE_END, Trouble, unmarked
from portal.sheets.limits import DEFAULT, Form, Limits

KEPT_BYTES = 64 * 1024 * 1024
"""What a book keeps of its child's lines; a longer one is read anew for each pass."""
HEAD_ROWS = 60
"""Rows of each sheet that are always at hand: a heading stands among the first."""

_ROOT = str(Path(portal.__file__).parent.parent)
_START = (
    "import sys; sys.path.append(sys.argv[1]); from portal.sheets.child.main import main; sys.exit(main(sys.argv[2]))"
)
_PIPE = 256 * 1024
_MILLISECONDS = 1_000
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

    content: bytes
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
        for line in _lines(self.content, self.passed, self.limits):
            if line.startswith(b"{"):
                at += 1
            elif at == place:
                yield _row(line)


def look(content: bytes, limits: Limits = DEFAULT) -> tuple[Sheet, ...]:
    """Return the sheets with their first rows only: enough to tell what a file is while somebody waits.

    Raises:
        Refused: the gate refuses it, or no reader can open it.

    """
    sheets = opened(content, limits, first=HEAD_ROWS).sheets
    for sheet in sheets:
        sheet.rows.book = None
    return sheets


def read(content: bytes, limits: Limits = DEFAULT) -> tuple[Sheet, ...]:
    """Return the sheets of a spreadsheet (.xlsx, .xlsb, .xls, .ods, or text between separators).

    Raises:
        Refused: the gate refuses it, or no reader can open it.

    """
    return opened(content, limits).sheets


def opened(content: bytes, limits: Limits = DEFAULT, first: int = 0) -> Book:
    """Read a spreadsheet through once: what is wrong with it as a whole is found before anybody uses a row of it.

    Args:
        content: the file.
        limits: what it may ask for.
        first: read only so many rows of each sheet; 0 reads all.

    Raises:
        Refused: the gate refuses it, or no reader can open it.

    """
    book = Book(content, gate.check(content, limits), limits, kept=[])
    sheets: list[Sheet] = []
    head: list[SheetRow] = []
    size = 0
    for line in _lines(content, book.passed, limits, first):
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


def _lines(content: bytes, passed: gate.Passed, limits: Limits, first: int = 0) -> Iterator[bytes]:
    """Let a child read the file, and hand out what it writes.

    Raises:
        Refused: it cannot be read, or takes too long or too much.

    """
    bounds = limits.of(passed.form)
    arguments = {
        "form": passed.form.value,
        "first": first,
        "closer": passed.looks_closer,
        "memory": limits.memory_bytes,
        "cpu": limits.cpu_seconds,
        "rows": bounds.max_rows,
        "columns": bounds.max_columns,
    }
    with subprocess.Popen(  # noqa: S603  # our own interpreter and our own code
        [sys.executable, "-I", "-c", _START, _ROOT, json.dumps(arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
    ) as child:
        try:
            _feed(child, content)
            for line in _cut(_pieces(child, limits.wall_seconds)):
                if line.startswith(b'{"trouble"'):
                    told = json.loads(line)
                    raise _refusal(Trouble(told["trouble"]), told["row"], limits, passed.form)
                yield line
        finally:
            child.kill()
    if child.returncode:
        raise _refusal(Trouble.UNREADABLE, 0, limits, passed.form)


def _feed(child: subprocess.Popen[bytes], content: bytes) -> None:
    """Give the child all of the file: it writes nothing before it has it."""
    if child.stdin is None:
        raise LookupError("the child has a pipe")
    rest = memoryview(content)
    with contextlib.suppress(BrokenPipeError):  # it died; how, its code says
        while rest:
            rest = rest[child.stdin.write(rest[:_PIPE]) :]
    with contextlib.suppress(BrokenPipeError):
        child.stdin.close()


def _pieces(child: subprocess.Popen[bytes], seconds: float) -> Iterator[bytes]:
    """Hand out what the child writes; only the time spent waiting for it counts.

    Raises:
        Refused: it takes too long.

    """
    if child.stdout is None:
        raise LookupError("the child has a pipe")
    waiting = select.poll()
    waiting.register(child.stdout, select.POLLIN | select.POLLHUP)
    while True:
        started = time.monotonic()
        if not waiting.poll(max(0, seconds) * _MILLISECONDS):
            raise Refused("The file takes too long to read: split the list, or save it again as .xlsx.")
        piece = child.stdout.read(_PIPE)
        seconds -= time.monotonic() - started
        if not piece:
            child.wait()
            return
        yield piece


def _cut(pieces: Iterator[bytes]) -> Iterator[bytes]:
    tail = b""
    for piece in pieces:
        *lines, tail = (tail + piece).split(b"\n")
        yield from lines
    if tail:
        yield tail


def _refusal(trouble: Trouble, row: int, limits: Limits, form: Form) -> Refused:
    if trouble is Trouble.PASSWORD:
        return Refused("The workbook is protected by a password: save it without one and send it again.")
    if trouble is Trouble.TOO_LARGE:
        return gate.too_large(limits.of(form))
    if trouble is Trouble.ENCODING:
        return Refused(
            "The characters of this text file cannot be told: save it in your spreadsheet program as .xlsx, "
            "or as CSV in UTF-8."
        )
    if trouble is Trouble.QUOTES:
        return Refused(
            "In line %(row)s a quotation mark is opened and not closed, so the rows behind it cannot be told apart: "
            "remove it, or save the list as .xlsx.",
            row=row,
        )
    return Refused(
        "The file cannot be read as a spreadsheet: open it in your spreadsheet program, "
        "save it as .xlsx and send it again."
    )
