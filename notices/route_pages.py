"""Route sheets put together from pieces: layout is asked for one specimen, and where lines break; the rest is copied.

Layout took seconds for the sheets of a whole file, since each door is a row of a table. What a page says, where it
stands and how it is tagged is as layout makes it, but that the margins and the heads of tables on later pages are no
content, and are not read out again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from notices import line_breaks
from notices.line_breaks import Words
from notices.refusals import DoesNotFit
from notices.route_canvas import Canvas, Page
from notices.route_forms import RouteForm
from notices.route_sheets import RouteLine, RouteSection, RouteSheet
from notices.structure import Element

_CLOSE = 0.05  # units: so near the edge, layout is asked whether a text fits
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_EDGES_OF_HEAD = 2
_WIDE_BLANK = "　"


@dataclass(frozen=True, slots=True)
class _Door:
    """A row: the lines of the name, and of each paragraph under it."""

    line: RouteLine
    names: tuple[str, ...]
    details: tuple[tuple[str, ...], ...]


def compose(sheet: RouteSheet, form: RouteForm) -> Canvas:
    """Draw the pages of a sheet.

    Raises:
        DoesNotFit: something is too large for its place, or the built faces lack a character.
        FormUnusable: layout breaks a line otherwise than is known here.
        NoticeNotRendered: as layout does.

    """
    return _Sheet(sheet, form).canvas


class _Sheet:
    """A sheet as it is drawn, section by section."""

    def __init__(self, sheet: RouteSheet, form: RouteForm) -> None:
        self._form = form
        self._row = form.row
        self.canvas = Canvas(form)
        asked = {
            words: None
            for section in sheet.sections
            for line in section.lines
            for words in self._words_of(line)
            if not self._is_one_line(words)
        }
        self._lines = line_breaks.broken(tuple(asked), paper=sheet, faces=form.faces)
        self._serial = _plain(sheet.serial)
        for section in sheet.sections:
            self._draw(section)
        self.canvas.finish(self._serial)

    def _words_of(self, line: RouteLine) -> tuple[Words, ...]:
        return (Words(_plain(line.name), is_name=True), *(Words(_plain(one)) for one in line.details))

    def _is_one_line(self, words: Words) -> bool:
        style = self._row.name if words.is_name else self._row.detail
        return self.canvas.wide(style, words.text) < self._row.door_wide - _CLOSE

    def _door(self, line: RouteLine) -> _Door:
        name, *details = [self._lines.get(words, (words.text,)) for words in self._words_of(line)]
        return _Door(line, name, tuple(details))

    def _draw(self, section: RouteSection) -> None:
        form = self._form
        part = self.canvas.root.add(b"Sect")
        page = self.canvas.new_page()
        top = self._draw_head(page, section, part)
        table = part.add(b"Table")
        edges = self._draw_table_head(page, top, table)
        body = table.add(b"TBody")
        for place, line in enumerate(section.lines, start=1):
            door = self._door(line)
            high = self._row.height(len(door.names), sum(map(len, door.details)))
            # The line under a table keeps its last row with it.
            room = high + (form.hint_high if place == len(section.lines) else 0)
            if edges[-1] + room > form.page.bottom and len(edges) > _EDGES_OF_HEAD:
                page.grid(edges)
                page = self.canvas.new_page()
                edges = self._draw_table_head(page, form.table.later, None)
            if edges[-1] + room > form.page.bottom:
                raise DoesNotFit("a row is higher than a page")
            self._draw_row(page, door, edges[-1], high, body.add(b"TR"))
            edges.append(edges[-1] + high)
        page.grid(edges)
        page.text(form.hint, y=edges[-1] + form.hint.y, into=part.add(b"P"))

    def _draw_head(self, page: Page, section: RouteSection, part: Element) -> float:
        """Draw what stands over a table; returns where the table begins."""
        head = self._form.head
        for ground in head.grounds:
            page.ground(ground)
        page.text(head.title, into=part.add(b"H1"))
        self.canvas.headings.append(page.place)
        page.text(head.serial, self._serial, is_centred=True, into=part.add(b"P"))
        about = part.add(b"P")
        x, y = head.about.x, head.about.y
        # Between two pieces stands a wide blank, which belongs to the first: where it does not fit, that piece goes on.
        blank = self.canvas.wide(head.about, _WIDE_BLANK)
        pieces = [_plain(piece) for piece in section.about]
        for place, piece in enumerate(pieces, start=1):
            wide = self.canvas.wide(head.about, piece) + (blank if place < len(pieces) else 0)
            if x + wide > self._form.page.right:
                x, y = head.about.x, y + head.pitch
            if x + wide > self._form.page.right:
                raise DoesNotFit("what stands over a table")
            page.text(replace(head.about, x=x, y=y), piece, into=about)
            x += wide
        return head.table + y - head.about.y

    def _draw_table_head(self, page: Page, top: float, table: Element | None) -> list[float]:
        """Draw the head of a table; returns its edges. Only where a table begins is it content."""
        form = self._form.table
        for ground in form.grounds:
            page.ground(ground, down=top - form.later)
        row = table.add(b"THead").add(b"TR") if table else None
        for text in form.texts:
            cell = row.add(b"TH", b"/A<</O/Table/Scope/Column>>") if row else None
            page.text(text, y=top + text.y, into=cell)
        return [top, top + form.height]

    def _draw_row(self, page: Page, door: _Door, top: float, high: float, row: Element) -> None:
        form, line = self._row, door.line
        middle = top + high / 2
        order, code, whom, boxes, _when = [row.add(b"TD") for _ in self._form.table.texts]
        page.text(form.order, str(line.order), is_centred=True, y=middle + form.order.y, into=order)
        page.picture(form.picture, line.check_url, line.picture_says, down=middle, into=code)
        page.text(form.code, line.short_code, is_centred=True, y=middle + form.code.y, into=code.add(b"P"))
        y = middle - form.door_high(len(door.names), sum(map(len, door.details))) / 2 + form.name.y - form.name_pitch
        name = whom.add(b"P")
        for said in door.names:
            y += form.name_pitch
            page.text(form.name, said, y=y, into=name)
        y += form.detail.y - form.detail_pitch
        for paragraph in door.details:
            element = whom.add(b"P")
            for said in paragraph:
                y += form.detail_pitch
                page.text(form.detail, said, y=y, into=element)
        for box in form.boxes:
            page.text(box, y=middle + box.y, into=boxes)


def _plain(text: str) -> str:
    """Return a text as layout takes it: blanks that follow one another are one, and none is left at its ends."""
    found = _BLANKS.sub(" ", text).strip(" ")
    if not found:
        raise DoesNotFit("an empty text")
    return found
