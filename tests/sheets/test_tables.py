"""The list is found under titles and between notes; what is missing is named."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest

from models.rules import cells
from models.rules.refusals import Refused
from portal.sheets import reading, tables, writing
from portal.sheets.columns import ARREARS, REPAYMENTS, ROSTER, normal
from portal.sheets.organisation_columns import ORGANISATION
from tests import books

NOTES = writing.Notes("说明", ("工作表", "栏目", "必填", "示例", "别名"), "必填", "选填")


def test_titles_above_totals_and_foot_below_are_no_rows() -> None:
    content = books.book(
        (
            "逾期",
            books.ARREARS_HEADINGS,
            [
                ["HT1", "甲", None, "行", 1, 2, 3, 6, date(2025, 12, 21), None],
                [None] * 10,
                ["合 计", None, None, None, 1, 2, 3, 6, None, None],
                ["制表人：某", None, None],
            ],
        ),
        above=[["逾期贷款清单"], ["数据日期：2026年1月5日"], []],
    )
    table = tables.find(reading.read(content), ARREARS)
    assert [row.number for row in table.rows] == [5]
    assert table.totals is not None
    assert table.totals.number == 7
    assert table.titled_on == date(2026, 1, 5)


def test_other_headings_and_decorated_ones_are_understood() -> None:
    headings = ["*合同号", "实还金额（元）", "还 款 日", "交易流水号", "备注"]
    table = tables.find(reading.read(books.book(("x", headings, [["A", 1, "2026-01-01", "L", "y"]]))), REPAYMENTS)
    assert table.found == {"contract_no", "amount", "paid_on", "bank_reference"}


def test_a_missing_column_is_named_with_the_headings_seen() -> None:
    content = books.roster(books.contract(1), without=("合同金额", "到期日"))
    with pytest.raises(Refused) as refusal:
        tables.find(reading.read(content), ROSTER)
    assert "“合同金额”、“到期日”" in str(refusal.value)
    assert "借款学生姓名" in str(refusal.value)


def test_a_heading_that_stands_twice_is_refused() -> None:
    headings = [*books.REPAYMENT_HEADINGS, "还款金额"]
    with pytest.raises(Refused, match=r"还款金额.*two columns"):
        tables.find(reading.read(books.book(("x", headings, [["A", "2026-01-01", 1, "L", None, 2]]))), REPAYMENTS)


def test_no_heading_row_names_what_is_wanted() -> None:
    with pytest.raises(Refused, match="合同编号"):
        tables.find(reading.read(books.book(("x", ["随便", "什么"], [["a", "b"]]))), ROSTER)


@pytest.mark.parametrize("layouts", [(ROSTER,), (ARREARS,), (REPAYMENTS,)])
def test_a_template_filled_in_is_read_back(layouts: tuple[object, ...]) -> None:
    layout = layouts[0]
    book = openpyxl.load_workbook(io.BytesIO(writing.template(layouts, NOTES)))
    sheet = book.worksheets[0]
    for place, column in enumerate(layout.columns, start=1):
        cell = sheet.cell(row=2, column=place, value=column.example or None)
        if column.is_text:
            assert sheet.column_dimensions[cell.column_letter].width >= 10
    out = io.BytesIO()
    book.save(out)
    table = tables.find(reading.read(out.getvalue()), layout)
    assert table.found == {column.key for column in layout.columns}
    assert [row.number for row in table.rows] == [2]
    assert next(iter(table.rows))["contract_no"] == "DK2021000001"


def test_the_organisation_template_has_every_sheet() -> None:
    sheets = reading.read(writing.template(ORGANISATION, NOTES))
    assert {one.name for one in sheets} == {layout.names[0] for layout in ORGANISATION} | {"说明"}
    for layout in ORGANISATION:
        table = tables.find_named(sheets, layout)
        assert table is not None
        assert table.found == {column.key for column in layout.columns}
    explained = [tuple(cells.text(cell) for cell in row.cells[:2]) for row in sheets[-1].rows][1:]
    assert explained == [(layout.names[0], column.heading) for layout in ORGANISATION for column in layout.columns]


def test_what_we_hand_out_holds_no_formula() -> None:
    content = writing.table("错误", ["=1+1"], [['=HYPERLINK("http://x")'], ["@SUM(A1)"]])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert sheet["A2"].value == '=HYPERLINK("http://x")'


def test_no_two_columns_of_a_list_share_their_official_heading() -> None:
    for layout in (ROSTER, ARREARS, REPAYMENTS, *ORGANISATION):
        headings = [normal(column.heading) for column in layout.columns]
        assert len(set(headings)) == len(headings)
