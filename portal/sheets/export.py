"""Workbooks that leave the portal: what a page shows, never a formula or a link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO

import xlsxwriter

Cell = str | int | Decimal | date | None

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    notes: Sequence[str] = ()


def workbook(
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    notes: Sequence[str] = (),
    more: Sequence[Table] = (),
) -> bytes:
    """Write a sheet, and more behind it: notes (what, as of when, by whom), a heading that repeats in print, the rows.

    Text is written as text, so that a number in an identity column keeps its digits and ``=`` starts no formula.
    """
    buffer = BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    for table in (Table(title, headings, rows, notes), *more):
        _write(book, table)
    book.close()
    return buffer.getvalue()


def _write(book: xlsxwriter.Workbook, table: Table) -> None:
    sheet = book.add_worksheet(_sheet_name(table.title))
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        Decimal: book.add_format({"num_format": "#,##0.00"}),
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        str: book.add_format({"num_format": "@"}),
    }
    line = 0
    for note in (table.title, *table.notes):
        sheet.write_string(line, 0, note)
        line += 1
    head = line
    for column, heading in enumerate(table.headings):
        sheet.write_string(head, column, heading, bold)
        sheet.set_column(column, column, max(12, 2 * len(heading)))
    for row in table.rows:
        line += 1
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(line, column, cell, formats[str])
            elif isinstance(cell, Decimal):
                sheet.write_number(line, column, float(cell), formats[Decimal])
            elif isinstance(cell, date):
                sheet.write_datetime(line, column, cell, formats[date])
            elif cell is not None:
                sheet.write_number(line, column, cell)
    sheet.freeze_panes(head + 1, 0)
    sheet.repeat_rows(head)
    sheet.set_paper(9)  # A4
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P / &N")


def _sheet_name(title: str) -> str:
    return "".join(character for character in title if character not in "[]:*?/\\'")[:31] or "sheet"
