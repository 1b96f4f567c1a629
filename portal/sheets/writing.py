"""Workbooks we hand out. Text is written as text: never a formula, never a link."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xlsxwriter

from portal.sheets.columns import Layout

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_NARROWEST, _WIDEST = 10, 36
_LONGEST_CELL = 32_000


@dataclass(frozen=True, slots=True)
class Notes:
    """Words of the sheet that explains a template, in the reader's language."""

    sheet: str
    headings: tuple[str, str, str, str, str]  # sheet, column, needed or not, example, other headings taken
    needed: str
    optional: str


def template(layouts: Sequence[Layout], notes: Notes) -> bytes:
    """Return an empty workbook with the headings of each list, and a sheet that explains them."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, dict(_OPTIONS)) as made:
        head = made.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True})
        text = made.add_format({"num_format": "@"})
        for layout in layouts:
            sheet = made.add_worksheet(_name(layout))
            for place, column in enumerate(layout.columns):
                sheet.write_string(0, place, column.heading, head)
                sheet.set_column(place, place, _width(column.heading, column.example), text if column.is_text else None)
            sheet.freeze_panes(1, 1)
        explained = made.add_worksheet(notes.sheet)
        lines = [
            (
                _name(layout),
                column.heading,
                notes.needed if column.is_required else notes.optional,
                column.example,
                "、".join(column.aliases),
            )
            for layout in layouts
            for column in layout.columns
        ]
        for place, heading in enumerate(notes.headings):
            explained.write_string(0, place, heading, head)
            explained.set_column(place, place, (22, 22, 10, 26, 60)[place])
        for number, line in enumerate(lines, start=1):
            for place, cell in enumerate(line):
                explained.write_string(number, place, cell)
    return out.getvalue()


def table(sheet_name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a workbook of one sheet of text."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, dict(_OPTIONS)) as made:
        head = made.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1})
        text = made.add_format({"num_format": "@"})
        sheet = made.add_worksheet(sheet_name)
        for place, heading in enumerate(headings):
            sheet.write_string(0, place, heading[:_LONGEST_CELL], head)
            sheet.set_column(place, place, _width(heading, ""))
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell[:_LONGEST_CELL], text)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def _name(layout: Layout) -> str:
    """Return what the sheet of a list is called."""
    return (layout.names or (layout.title,))[0]


def _width(*texts: str) -> int:
    """Return a column's width; a Chinese character takes two places."""
    longest = max(sum(1 if one.isascii() else 2 for one in text) for text in texts)
    return max(_NARROWEST, min(_WIDEST, longest + 2))
