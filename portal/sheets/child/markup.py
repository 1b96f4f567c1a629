"""Web pages and XML that bear the name of a spreadsheet, as reporting systems write them.

Nothing is fetched, no document type is read, no entity is expanded but the named characters of HTML.
"""

from __future__ import annotations

import contextlib
from html.parser import HTMLParser
from xml.parsers import expat

from portal.sheets.child.delimited import encoding_of
from portal.sheets.child.given import Given
from portal.sheets.child.odd_cells import UNCOMPUTED
from portal.sheets.child.protocol import FAULT, MOMENT, NUMBER, TRUTH, Out, Stop, Trouble, plain

_SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
_MOST_MERGED = 20_000
_UNSEEN = frozenset({"script", "style", "head", "title", "template"})
_BREAKS = frozenset({"br", "p", "div", "li"})
_CELLS = frozenset({"td", "th"})


class _Grid:
    """Collects one sheet, then writes it: what is merged is known only at its end."""

    def __init__(self, out: Out, max_rows: int, max_columns: int) -> None:
        self._out, self._max_rows, self._max_columns = out, max_rows, max_columns
        self.begin("")

    def begin(self, name: str, *, is_visible: bool = True) -> None:
        self.name, self.is_visible = name, is_visible
        self.row, self.column = 0, 0
        self._rows: dict[int, list[str]] = {}
        self._taken: dict[int, int] = {}  # column -> last row that a cell from above reaches
        self._merged: list[list[int]] = []

    def next_row(self, number: int = 0) -> None:
        self.row = number or self.row + 1
        self.column = 0
        if self.row > self._max_rows:
            raise Stop(Trouble.TOO_LARGE, self.row)

    def cell(self, written: str, across: int = 1, down: int = 1, at: int | None = None) -> None:
        """Put a marked cell into the first free place of the row."""
        if at is not None:
            self.column = at
        while self._taken.get(self.column, 0) >= self.row:
            self.column += 1
        last = self.column + max(1, across) - 1
        if last >= self._max_columns:
            raise Stop(Trouble.TOO_LARGE, self.row)
        down = min(max(1, down), self._max_rows)
        if (across > 1 or down > 1) and len(self._merged) < _MOST_MERGED:
            self._merged.append([self.row, self.column, self.row + down - 1, last])
        if down > 1:
            self._taken |= dict.fromkeys(range(self.column, last + 1), self.row + down - 1)
        if written:
            row = self._rows.setdefault(self.row, [])
            row += [""] * (self.column + 1 - len(row))
            row[self.column] = written
        self.column = last + 1

    def end(self) -> None:
        if self._rows:
            self._out.sheet(self.name, is_visible=self.is_visible, merged=self._merged)
            width = max(map(len, self._rows.values()))
            for number, row in sorted(self._rows.items()):
                self._out.row(number, row + [""] * (width - len(row)))
                if self._out.is_enough:
                    break
        self.begin("")


def read(given: Given, out: Out, max_rows: int, max_columns: int) -> None:
    """Write the tables of a web page, or the sheets of XML.

    Raises:
        Stop: there is no table in it, or it is damaged or too large.

    """
    content = given.whole()
    grid = _Grid(out, max_rows, max_columns)
    if _SPREADSHEET.encode() in content[:65_536] and b"<?xml" in content[:256]:
        _Xml(grid).read(content)
        return
    page = _Page(grid)
    page.feed(content.decode(encoding_of(given, content), "replace"))
    page.close()
    page.finish()
    if not page.tables:
        raise Stop(Trouble.UNREADABLE)


class _Page(HTMLParser):
    """Takes the outermost tables of a page; a table within a cell is part of its text."""

    def __init__(self, grid: _Grid) -> None:
        super().__init__(convert_charrefs=True)
        self.tables = 0
        self._grid = grid
        self._depth = 0
        self._unseen = 0
        self._span = (1, 1)
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        if tag == "table":
            self._depth += 1
            self.tables += self._depth == 1
        elif self._depth == 1 and tag == "tr":
            self._close_cell()
            self._grid.next_row()
        elif self._depth == 1 and tag in _CELLS:
            self._close_cell()
            if not self._grid.row:
                self._grid.next_row()
            told = dict(attrs)
            self._span = (_whole(told.get("colspan")), _whole(told.get("rowspan")))
            self._text = []
        elif tag in _BREAKS and self._text:
            self._text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag == "table" and self._depth:
            self._depth -= 1
            if not self._depth:
                self.finish()
        elif self._depth == 1 and (tag in _CELLS or tag == "tr"):
            self._close_cell()

    def handle_data(self, data: str) -> None:
        if self._text is not None and not self._unseen:
            self._text.append(data)

    def finish(self) -> None:
        """Write the table that is open."""
        self._close_cell()
        self._depth = 0
        self._grid.end()

    def _close_cell(self) -> None:
        if self._text is not None:
            # A line end of the source is a space to who looks at the page.
            words = "".join(one if one == "\n" else one.replace("\r", " ").replace("\n", " ") for one in self._text)
            self._grid.cell(plain(words.strip()), *self._span)
            self._text = None


class _Xml:
    """Sheets of the XML that spreadsheet programs wrote in 2003."""

    def __init__(self, grid: _Grid) -> None:
        self._grid = grid
        self._text: list[str] = []
        self._told: dict[str, str] = {}
        self._type = ""

    def read(self, content: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(content, True)  # noqa: FBT003  # the only form it takes
        except expat.ExpatError:
            raise Stop(Trouble.UNREADABLE) from None

    def _doctype(self, *_: object) -> None:
        raise Stop(Trouble.UNREADABLE)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        kind = tag.rpartition(" ")[2]
        told = {name.rpartition(" ")[2]: value for name, value in attributes.items()}
        self._text.clear()
        if kind == "Worksheet":
            self._grid.begin(told.get("Name", ""))
        elif kind == "Visible":
            self._told = {}
        elif kind == "Row":
            self._grid.next_row(_whole(told.get("Index"), 0))
        elif kind == "Cell":
            self._told, self._type = told, ""
            self._told["written"] = f"{FAULT}{UNCOMPUTED}" if "Formula" in told else ""
        elif kind == "Data":
            self._type = told.get("Type", "String")

    def _end(self, tag: str) -> None:
        kind = tag.rpartition(" ")[2]
        if kind == "Data":
            self._told["written"] = _typed("".join(self._text), self._type)
        elif kind == "Visible":
            self._grid.is_visible = "".join(self._text).strip() == "SheetVisible"
        elif kind == "Cell":
            index = _whole(self._told.get("Index"), 0)
            self._grid.cell(
                self._told["written"],
                _whole(self._told.get("MergeAcross"), 0) + 1,
                _whole(self._told.get("MergeDown"), 0) + 1,
                index - 1 if index else None,
            )
        elif kind == "Worksheet":
            self._grid.end()


def _typed(written: str, kind: str) -> str:
    with contextlib.suppress(ValueError):
        if kind == "Number":
            return f"{NUMBER}{float(written)!r}"
        if kind == "DateTime":
            return f"{MOMENT}{written.strip()[:19]}"
        if kind == "Boolean":
            return f"{TRUTH}{int(written)}"
        if kind == "Error":
            return f"{FAULT}{plain(written)}"
    return plain(written)


def _whole(written: str | None, otherwise: int = 1) -> int:
    found = (written or "").strip()
    return int(found) if found.isascii() and found.isdigit() and len(found) <= len("1000000") else otherwise
