"""Cells that are not what they look like: errors, formulas nobody computed, merged ones, tables of web pages."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter
import xlwt

from models.rules import cells, figures
from models.rules.refusals import Refused
from portal.sheets import reading
from portal.sheets.reading import Sheet
from tests.sheets.writers import Grid, ods

FORMULA = cells.Fault("=")


def workbook(write: Any, **options: Any) -> tuple[Sheet, ...]:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True} | options) as made:
        write(made, made.add_worksheet("表"))
    return reading.read(out.getvalue())


def test_formulas_are_their_last_values_and_never_computed() -> None:
    def write(_: Any, sheet: Any) -> None:
        sheet.write_row(1, 1, ["合计", "甲"])
        sheet.write_formula(2, 1, "=1+1", None, 7)
        sheet.write_formula(2, 2, "=1+1", None, "")
        sheet.write_formula(3, 2, "=1/0", None, "#DIV/0!")
        sheet.write_formula(6, 4, "=HYPERLINK(1)", None, "")

    (sheet,) = workbook(write)
    rows = {row.number: row.cells for row in sheet.rows}
    assert rows[3] == (7, FORMULA)
    assert rows[4] == (None, cells.Fault("#DIV/0!"))
    assert rows[7][3] == FORMULA


@pytest.mark.parametrize(
    "read", [figures.amount, figures.day, cells.resident_id, cells.phones, figures.year, cells.words]
)
@pytest.mark.parametrize(("shown", "words"), [("=", "without a result"), ("#REF!", "error #REF!")])
def test_a_faulty_cell_is_named_whatever_it_should_hold(read: Any, shown: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        read(cells.Fault(shown))


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "########", "Err:502"])
def test_an_error_written_as_text_is_no_word(error: str) -> None:
    with pytest.raises(Refused, match="shows the error"):
        cells.words(error)


@pytest.mark.parametrize("system", [False, True])
def test_days_of_both_systems(system: bool) -> None:
    def write(made: Any, sheet: Any) -> None:
        sheet.write_datetime(0, 0, datetime(2026, 12, 20), made.add_format({"num_format": "yyyy-mm-dd"}))

    (sheet,) = workbook(write, date_1904=system)
    assert next(iter(sheet.rows)).cells == (date(2026, 12, 20),)


def test_an_old_workbook_with_merged_hidden_and_1904() -> None:
    made = xlwt.Workbook(encoding="utf-8")
    made.dates_1904 = True
    sheet = made.add_sheet("一月")
    sheet.write_merge(0, 0, 0, 3, "标题")
    sheet.write(1, 1, date(2026, 12, 20), xlwt.easyxf(num_format_str="YYYY-MM-DD"))
    hidden = made.add_sheet("藏")
    hidden.visibility = 1
    hidden.write(0, 0, "x")
    out = io.BytesIO()
    made.save(out)
    first, second = reading.read(out.getvalue())
    assert first.merged == ((1, 0, 1, 3),)
    assert list(first.rows)[1].cells[1] == date(2026, 12, 20)
    assert (first.is_visible, second.is_visible) == (True, False)


def test_a_formula_without_a_value_in_an_open_document_is_named() -> None:
    content = ods(Grid([["甲", "乙"], ["1", "2"], ["3", "4"]], "表"))
    formula = '<table:table-cell table:number-columns-repeated="1" table:formula="of:=[.A1]"/>'
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as good, zipfile.ZipFile(out, "w") as made:
        for name in good.namelist():
            part = good.read(name).decode()
            made.writestr(name, re.sub(r"<table:table-cell [^>]*><text:p>4</text:p></table:table-cell>", formula, part))
    (sheet,) = reading.read(out.getvalue())
    rows = list(sheet.rows)
    assert rows[2].cells == ("3", FORMULA)
    assert rows[1].cells == ("1", "2")


def test_a_web_page_is_a_sheet() -> None:
    page = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><title>不是</title>
    <style>td{mso-number-format:"\\@"}</style></head><body><table border=1>
    <tr><td colspan=3>逾期清单</td></tr>
    <tr><th>合同编号<th>金额&nbsp;（元）<th>备注</tr>
    <tr><td>HT1</td><td align=right>1,234.50</td><td>a &lt; b<br>c</td></tr>
    <tr><td rowspan=2>HT2</td><td>2</td><td></td></tr>
    <tr><td>3</td><td><table><tr><td>内</td></tr></table></td></tr>
    </table><script>alert("x")</script></body></html>"""
    for encoding in ("utf-8", "gbk", "utf-16"):
        (sheet,) = reading.read(page.encode(encoding))
        rows = [row.cells for row in sheet.rows]
        assert rows[0] == ("逾期清单", None, None)
        assert rows[1] == ("合同编号", "金额\xa0（元）", "备注")
        assert rows[2] == ("HT1", "1,234.50", "a < b\nc")
        assert rows[4] == (None, "3", "内")
        assert sheet.merged == ((1, 0, 1, 2), (4, 0, 5, 0))


def test_hostile_spans_are_too_large_and_not_filled() -> None:
    with pytest.raises(Refused, match="reaches beyond"):
        reading.read(b"<table><tr><td colspan=999999>x</td></tr></table>")
    (sheet,) = reading.read(b"<table><tr><td rowspan=9999999>x</td><td>y</td></tr></table>")
    assert [row.cells for row in sheet.rows] == [("x", "y")]


def test_the_xml_of_2003_is_a_workbook() -> None:
    content = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
    <Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
     xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel">
    <Worksheet ss:Name="表一"><Table>
    <Row ss:Index="3"><Cell ss:MergeAcross="1"><Data ss:Type="String">标题</Data></Cell></Row>
    <Row><Cell ss:Index="2"><Data ss:Type="Number">8000.5</Data></Cell>
      <Cell><Data ss:Type="DateTime">2026-12-20T00:00:00.000</Data></Cell>
      <Cell ss:Formula="=R1C1"/><Cell ss:Formula="=1/0"><Data ss:Type="Error">#DIV/0!</Data></Cell></Row>
    </Table></Worksheet>
    <Worksheet ss:Name="藏"><Table><Row><Cell><Data ss:Type="Boolean">1</Data></Cell></Row></Table>
    <x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></Worksheet></Workbook>"""
    first, second = reading.read(content.encode())
    rows = [(row.number, row.cells) for row in first.rows]
    assert rows[0] == (3, ("标题", None, None, None, None))
    assert rows[1] == (4, (None, 8000.5, datetime(2026, 12, 20), FORMULA, cells.Fault("#DIV/0!")))
    assert (second.is_visible, next(iter(second.rows)).cells) == (False, (True,))
