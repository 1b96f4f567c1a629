"""Workbooks as banks and counties send them, made by the tests."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import xlsxwriter
from stdnum.cn import ric

ROSTER_HEADINGS = (
    "合同编号", "借款学生姓名", "身份证号", "共同借款人姓名", "共同借款人身份证号", "共同借款人电话", "与学生关系", "户籍地址",
    "乡镇", "村", "高中", "就读高校", "入学年份", "毕业年份", "贷款银行", "签订日期", "合同金额", "贷款余额", "贷款利率",
    "贴息截止日", "宽限期", "到期日", "联系电话", "结清日期", "本金缓还至", "数据日期",
)  # fmt: skip
ARREARS_HEADINGS = (
    "合同编号", "姓名", "身份证号", "贷款银行", "逾期本金", "逾期利息", "罚息", "逾期合计", "逾期起始日", "数据日期",
)  # fmt: skip
REPAYMENT_HEADINGS = ("合同编号", "还款日期", "还款金额", "流水号", "还款类型", "冲正日期")
LENDER = "示范助学银行"


def book(*sheets: tuple[str, Sequence[str], Iterable[Sequence[Any]]], above: Sequence[Sequence[Any]] = ()) -> bytes:
    """Write sheets of (name, headings, rows); text stays text, numbers numbers, dates dates."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for name, headings, rows in sheets:
            sheet = made.add_worksheet(name)
            for number, row in enumerate([*above, headings, *rows]):
                for place, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(number, place, cell, day)
                    elif isinstance(cell, str):
                        sheet.write_string(number, place, cell)
                    elif cell is not None:
                        sheet.write_number(number, place, float(cell))
    return out.getvalue()


def person_id(number: int, *, area: str = "990101", born: str = "20000101") -> str:
    """Make an identity number with a right check digit; the area does not exist."""
    body = f"{area}{born}{number % 1000:03d}"
    return body + ric.calc_check_digit(body + "0")


def contract(number: int, **other: Any) -> dict[str, Any]:
    """Return one good row of a roster by heading."""
    person = number
    row: dict[str, Any] = {
        "合同编号": f"HT{number:06d}",
        "借款学生姓名": "赵测试",
        "身份证号": person_id(person),
        "乡镇": "东河镇",
        "村": "柳湾村",
        "高中": "示范一中",
        "就读高校": "示范大学",
        "毕业年份": 2024,
        "贷款银行": LENDER,
        "签订日期": date(2021, 8, 20),
        "合同金额": 8000,
        "贷款余额": 8000,
        "贷款利率": "2.8%",
        "贴息截止日": date(2024, 8, 31),
        "宽限期": 5,
        "到期日": date(2039, 9, 20),
        "联系电话": f"139{number:08d}",
    }
    return row | other


def roster(*rows: dict[str, Any], without: Sequence[str] = (), above: Sequence[Sequence[Any]] = ()) -> bytes:
    """Write a roster; ``without`` leaves columns out."""
    headings = [one for one in ROSTER_HEADINGS if one not in without]
    return book(("花名册", headings, [[row.get(one) for one in headings] for row in rows]), above=above)


def arrears(*rows: dict[str, Any], headings: Sequence[str] = ARREARS_HEADINGS) -> bytes:
    """Write an arrears list."""
    return book(("逾期清单", headings, [[row.get(one) for one in headings] for row in rows]))


def overdue(number: int, **other: Any) -> dict[str, Any]:
    """Return one good line of an arrears list by heading."""
    row: dict[str, Any] = {
        "合同编号": f"HT{number:06d}",
        "贷款银行": LENDER,
        "逾期本金": 0,
        "逾期利息": 224,
        "罚息": 0,
        "逾期起始日": date(2025, 12, 21),
        "数据日期": date(2026, 11, 20),
    }
    row |= other
    parts = [row[name] for name in ("逾期本金", "逾期利息", "罚息")]
    row.setdefault("逾期合计", sum(parts) if all(isinstance(one, int | float) for one in parts) else None)
    return row


def payments(*rows: dict[str, Any]) -> bytes:
    """Write a repayment list."""
    return book(("还款明细", REPAYMENT_HEADINGS, [[row.get(one) for one in REPAYMENT_HEADINGS] for row in rows]))


def organisation(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """Write the organisation workbook; a sheet given replaces the standard one."""
    standard: dict[str, tuple[Sequence[str], Sequence[Sequence[Any]]]] = {
        "区县": (
            ("代码", "名称", "资助中心名称", "联系电话", "文号", "是否虚构"),
            [("990101", "示范区", "示范区学生资助管理中心", "0999-8200000", "示资催", "是")],
        ),
        "乡镇": (("代码", "名称"), [("990101001", "东河镇"), ("990101002", "西坪镇")]),
        "行政村": (
            ("代码", "名称", "乡镇"),
            [
                ("990101001001", "柳湾村", "东河镇"),
                ("990101001002", "石桥村", "东河镇"),
                ("990101002001", "柳湾村", "西坪镇"),
            ],
        ),
        "学校": (("代码", "名称", "乡镇"), [("XX01", "东河中学", "东河镇"), ("XX02", "西坪中学", "西坪镇")]),
        "领导小组": (
            ("学校", "姓名", "职务", "登录名"),
            [
                ("东河中学", "钱组长", "组长", None),
                ("东河中学", "孙副组长", "副组长", None),
                ("东河中学", "李成员", "成员", None),
            ],
        ),
        "包联辖区": (("乡镇", "村", "学校", "成员"), [("东河镇", "柳湾村", "东河中学", "李成员")]),
    }
    return book(*((name, headings, sheets.get(name, rows)) for name, (headings, rows) in standard.items()))
