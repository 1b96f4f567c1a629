"""One grid of cells written in every form in which lists come."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from html import escape
from typing import Any

import xlsxwriter
import xlwt

Cell = str | float | date | None
Merged = tuple[int, int, int, int]  # first row, first column, last row, last column, from 0


@dataclass(frozen=True)
class Grid:
    """A sheet: rows of cells, what is merged, formulas without a value and errors by place."""

    rows: Sequence[Sequence[Cell]]
    name: str = "Sheet1"
    merged: tuple[Merged, ...] = ()
    is_hidden: bool = False
    faults: dict[tuple[int, int], str] = field(default_factory=dict)  # "=": a formula without a value; else an error
    at: tuple[int, int] = (0, 0)  # where the first cell stands


def xlsx(*grids: Grid, system_1904: bool = False) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "date_1904": system_1904}
    with xlsxwriter.Workbook(out, options) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for grid in grids:
            sheet = made.add_worksheet(grid.name)
            if grid.is_hidden:
                sheet.hide()
            elif grids[0].is_hidden:
                sheet.activate()
            for top, left, bottom, right in grid.merged:
                sheet.merge_range(top, left, bottom, right, "")
            for row, column, cell in _placed(grid):
                if isinstance(cell, date):
                    sheet.write_datetime(row, column, cell, day)
                elif isinstance(cell, str):
                    sheet.write_string(row, column, cell)
                else:
                    sheet.write_number(row, column, cell)
            for (row, column), fault in grid.faults.items():
                sheet.write_formula(row, column, "=A1", None, "" if fault == "=" else fault)
    return out.getvalue()


def xls(*grids: Grid, system_1904: bool = False) -> bytes:
    made = xlwt.Workbook(encoding="utf-8")
    made.dates_1904 = system_1904
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for grid in grids:
        sheet = made.add_sheet(grid.name, cell_overwrite_ok=True)
        sheet.visibility = int(grid.is_hidden)
        for top, left, bottom, right in grid.merged:
            sheet.merge(top, bottom, left, right)
        for row, column, cell in _placed(grid):
            sheet.write(row, column, cell, *([day] if isinstance(cell, date) else []))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
    "<office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"
)
_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="{0}"/></manifest:manifest>'
)
_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def ods(*grids: Grid) -> bytes:
    tables = "".join(
        f'<table:table table:name="{escape(grid.name)}">'
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in _full(grid))
        + '<table:table-row table:number-rows-repeated="1000"><table:table-cell table:number-columns-repeated="200"/>'
        "</table:table-row></table:table>"
        for grid in grids
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("mimetype", _ODS_TYPE, zipfile.ZIP_STORED)
        made.writestr("content.xml", '<?xml version="1.0" encoding="UTF-8"?>' + _ODS.format(tables))
        made.writestr("META-INF/manifest.xml", _MANIFEST.format(_ODS_TYPE))
    return out.getvalue()


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'
    if isinstance(cell, str):
        lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in cell.split("\n"))
        return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'


def html(*grids: Grid, encoding: str = "gbk") -> bytes:
    pages = []
    for grid in grids:
        covered = {
            (row, column)
            for top, left, bottom, right in grid.merged
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        } - {(top, left) for top, left, _, _ in grid.merged}
        spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in grid.merged}
        rows = []
        for number, row in enumerate(_full(grid)):
            made = []
            for column, cell in enumerate(row):
                if (number, column) in covered:
                    continue
                down, across = spans.get((number, column), (1, 1))
                words = escape(_text(cell)).replace("\n", "<br>") or "&nbsp;"
                made.append(f"<td rowspan={down} colspan={across}>{words}</td>")
            rows.append(f"<tr>{''.join(made)}</tr>")
        pages.append(f"<table border='1'>{''.join(rows)}</table>")
    page = f'<html><head><meta charset="{encoding}"><style>td{{}}</style></head><body>{"".join(pages)}</body></html>'
    return page.encode(encoding, "xmlcharrefreplace")


_XML = (
    '<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel">{}'
    "</Workbook>"
)


def xml(*grids: Grid) -> bytes:
    sheets = []
    for grid in grids:
        rows = "".join(
            f'<Row ss:Index="{number}">{"".join(_xml_cell(cell, at) for at, cell in enumerate(row, 1))}</Row>'
            for number, row in enumerate(_full(grid), 1)
        )
        shown = "SheetHidden" if grid.is_hidden else "SheetVisible"
        sheets.append(
            f'<Worksheet ss:Name="{escape(grid.name)}"><Table>{rows}</Table>'
            f"<x:WorksheetOptions><x:Visible>{shown}</x:Visible></x:WorksheetOptions></Worksheet>"
        )
    return _XML.format("".join(sheets)).encode()


def _xml_cell(cell: Cell, at: int) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        kind, words = "DateTime", f"{cell.isoformat()[:10]}T00:00:00.000"
    else:
        kind, words = ("String", escape(cell)) if isinstance(cell, str) else ("Number", repr(cell))
    return f'<Cell ss:Index="{at}"><Data ss:Type="{kind}">{words}</Data></Cell>'


def text(grid: Grid, encoding: str = "gbk", separator: str = ",", end: str = "\r\n") -> bytes:
    out = io.StringIO()
    made = csv.writer(out, delimiter=separator, lineterminator=end)
    made.writerows([[_text(cell) for cell in row] for row in _full(grid)])
    return out.getvalue().encode(encoding)  # what it cannot hold belongs to another form


Writer = Callable[..., bytes]
WRITERS: dict[str, tuple[str, Writer]] = {
    "xlsx": (".xlsx", xlsx),
    "xls": (".xls", xls),
    "ods": (".ods", ods),
    "html": (".xls", html),
    "xml": (".xls", xml),
    "csv-gbk": (".csv", text),
    "csv-gb18030": (".csv", lambda grid: text(grid, "gb18030", ";")),
    "csv-utf8": (".csv", lambda grid: text(grid, "utf-8", ",", "\n")),
    "csv-bom": (".csv", lambda grid: text(grid, "utf-8-sig")),
    "txt-utf16": (".txt", lambda grid: text(grid, "utf-16", "\t")),
    "tab-xls": (".xls", lambda grid: text(grid, "gbk", "\t")),
}
"""Every form, by a name for it: the ending of the file's name, and what writes it."""

BOOKS = ("xlsx", "xls", "ods", "html", "xml")
"""Forms with more than one sheet."""
MERGING = ("xlsx", "xls", "html")
"""Forms of which what is merged is known."""


def _full(grid: Grid) -> list[list[Cell]]:
    width = max((len(row) for row in grid.rows), default=0) + grid.at[1]
    padded = [[None] * grid.at[1] + list(row) for row in grid.rows]
    return [[]] * grid.at[0] + [row + [None] * (width - len(row)) for row in padded]


def _placed(grid: Grid) -> list[tuple[int, int, Any]]:
    return [
        (row, column, cell)
        for row, cells in enumerate(_full(grid))
        for column, cell in enumerate(cells)
        if cell is not None and (row, column) not in grid.faults
    ]


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat() if not isinstance(cell, datetime) else cell.isoformat(" ")
    return cell if isinstance(cell, str) else f"{cell:.15g}"
