"""Rosters, arrears lists and repayments of any length as a bank would send them, written row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from stdnum.cn import ric

from tests import books

CONTRACTS = 3  # of one person, one a year
WRONG_EVERY = 1_000  # rows, of which the first has a wrong check digit
ARREARS_EVERY = 10

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静秀丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉萍红鹏飞"
_VILLAGES = (("东河镇", "柳湾村"), ("东河镇", "石桥村"), ("西坪镇", "柳湾村"))
_COLUMNS = tuple(one for one in books.ROSTER_HEADINGS if one != "数据日期")
"""The 25 columns of a roster; the data date stands in a title row or is given with the file."""


def is_wrong(number: int) -> bool:
    """Say whether a row of a roster is made wrong."""
    return number % WRONG_EVERY == 1


def roster(rows: int) -> Iterator[Sequence[Any]]:
    """Yield a heading row and contracts: three of each person, with all 25 columns filled but two that are rare."""
    yield _COLUMNS
    for number in range(1, rows + 1):
        row = contract(number)
        yield [row.get(heading) for heading in _COLUMNS]


def contract(number: int) -> dict[str, Any]:
    """Return one contract by heading."""
    person, year = divmod(number - 1, CONTRACTS)
    begun = 2015 + person % 8
    own, parents = _id(person, 1996), _id(person, 1970)
    if is_wrong(number):
        own = own[:-1] + ("1" if own[-1] != "1" else "2")
    township, village = _VILLAGES[person % len(_VILLAGES)]
    amount = 5_000 + 100 * (person % 31)
    return {
        "合同编号": f"HT{number:07d}",
        "借款学生姓名": _name(person),
        "身份证号": own,
        "共同借款人姓名": _name(person // 7 + 3),
        "共同借款人身份证号": parents,
        "共同借款人电话": f"138{person:08d}",
        "与学生关系": "父亲",
        "户籍地址": f"{township}{village}{person % 40 + 1}组{person % 300 + 1}号",
        "乡镇": township,
        "村": village,
        "高中": f"示范第{person % 9 + 1}中学",
        "就读高校": f"示范大学{person % 57 + 1}",
        "入学年份": begun,
        "毕业年份": begun + 4,
        "贷款银行": books.LENDER,
        "签订日期": date(begun + year, 8, 1) + timedelta(days=person % 28),
        "合同金额": amount,
        "贷款余额": amount,
        "贷款利率": ("4.9%", "4.65%", "3.5%", "2.8%")[person % 4],
        "贴息截止日": date(begun + 4, 8, 31),
        "宽限期": 3 + 2 * (begun + year >= 2020),
        "到期日": date(begun + 17, 9, 20),
        "联系电话": f"139{person:08d}",
    }


def arrears(rows: int) -> Iterator[Sequence[Any]]:
    """Yield an arrears list of every tenth contract of a roster, but of those it has wrong."""
    yield books.ARREARS_HEADINGS
    for number in overdue(rows):
        row = books.overdue(number, 合同编号=f"HT{number:07d}", 逾期起始日=date(2025, 12, 21))
        yield [row.get(heading) for heading in books.ARREARS_HEADINGS]


def payments(rows: int) -> Iterator[Sequence[Any]]:
    """Yield what those in arrears paid."""
    yield books.REPAYMENT_HEADINGS
    for number in overdue(rows):
        yield (f"HT{number:07d}", date(2026, 11, 21), 224, f"LS{number}", None)


def overdue(rows: int) -> list[int]:
    """Return the numbers of the contracts in arrears."""
    return [number for number in range(2, rows + 1, ARREARS_EVERY) if not is_wrong(number)]


def write(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Write a file of the form its name says: ``.csv`` in UTF-8, or ``.xlsx``."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False}) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        sheet = made.add_worksheet("清单")
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, cell, day)
                elif isinstance(cell, str):
                    sheet.write_string(number, place, cell)
                elif cell is not None:
                    sheet.write_number(number, place, cell)


def _id(person: int, year: int) -> str:
    born = date(year, 1, 1) + timedelta(days=person // 999 % 1400)
    body = f"{990101 + person // (999 * 1400):06d}{born:%Y%m%d}{person % 999:03d}"
    return body + ric.calc_check_digit(body + "0")


def _name(person: int) -> str:
    given = _GIVEN[person // 20 % len(_GIVEN)] + (_GIVEN[person // 700 % len(_GIVEN)] if person % 3 else "")
    return _SURNAMES[person % len(_SURNAMES)] + given
