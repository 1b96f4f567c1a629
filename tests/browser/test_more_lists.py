"""Lists that add to what is known: a clerk brings them, mends a wrong row, takes one back; a member answers."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import expect

from config import Settings
from models.database import Database
from tests import books
from tests.browser.visitor import Visitor
from tests.conftest import work_off
from tests.more_books import contacts, relief, reliefs, school_roster
from tests.world import NAMES, World

pytestmark = pytest.mark.browser

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _Desk:
    """A clerk's way with a list, a worker at hand."""

    def __init__(self, clerk: Visitor, database: Database, settings: Settings) -> None:
        self.clerk = clerk
        self.work = lambda: work_off(database, settings)

    def bring(self, content: bytes, *, is_remembered: bool = False) -> str:
        """Send a file whose kind the portal finds by itself, confirm its columns; returns the address of its page.

        ``is_remembered``: a file with these columns was confirmed before, so nobody is asked again.
        """
        self.clerk.go("/imports")
        self.clerk.follow("a[href='/imports/new']")
        file: Any = {"name": "清单.xlsx", "mimeType": _SHEET, "buffer": content}
        self.clerk.page.locator("main [name=file]").set_input_files(file)
        self.clerk.send("form[enctype]")
        if not is_remembered:
            self.clerk.send("form[data-layout]")
        self._done()
        return f"/imports/{self.clerk.number()}"

    def press(self, place: str, act: str) -> None:
        """Press a button of the list's page and wait until its work has ended."""
        self.clerk.press(f"{place}/{act}")
        self._done()

    def _done(self) -> None:
        self.work()
        self.clerk.wait_out()


@pytest.fixture
def desk(visit: Callable[[], Visitor], world: World, database: Database, settings: Settings) -> _Desk:
    assert world.lender.id
    clerk = visit()
    clerk.sign_in("centre")
    return _Desk(clerk, database, settings)


def test_a_relief_is_mended_from_the_file_of_wrong_rows_and_taken_back(desk: _Desk) -> None:
    clerk = desk.clerk
    good = relief(1, 合同编号="DEMO-overdue-1", 起始日=date(2026, 1, 1), 缓还至=date(2027, 12, 20))
    wrong = relief(2, 合同编号="DEMO-current-1", 起始日="2026-13-01", 缓还至=date(2027, 12, 20))
    place = desk.bring(reliefs(good, wrong))
    expect(clerk.main).to_contain_text("没有 2026-13-01 这一天")
    book = openpyxl.load_workbook(io.BytesIO(clerk.download("form[action$='/wrong-rows'] button")))
    desk.press(place, "apply")

    sheet = book.active
    assert sheet is not None
    at = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "2026-13-01")
    at.value = date(2026, 1, 1)
    mended = io.BytesIO()
    book.save(mended)
    second = desk.bring(mended.getvalue(), is_remembered=True)
    expect(clerk.main).to_contain_text("有误的行 0")
    desk.press(second, "apply")
    expect(clerk.main).to_contain_text("已生效")
    desk.press(second, "undo")
    expect(clerk.main).to_contain_text("已撤销")


def test_contact_details_and_former_pupils_reach_the_member(
    desk: _Desk, visit: Callable[[], Visitor], world: World
) -> None:
    person = {"身份证号": world.id_numbers["overdue"]}
    phone = {"借款学生姓名": NAMES["overdue"], "联系电话": "13899990007", "来源": "银行"}
    desk.press(desk.bring(contacts(person | phone)), "apply")
    pupil = {"姓名": NAMES["overdue"], "学校": "演示高级中学", "班级": "高三(2)班", "班主任": "李老师"}
    stranger = {"姓名": "路人甲", "身份证号": "110105194912310021", "学校": "演示高级中学"}
    roster = desk.bring(school_roster(person | pupil, stranger))
    expect(desk.clerk.main).to_contain_text("请在导入或放弃本名册之前下载")
    desk.press(roster, "apply")
    expect(desk.clerk.main).to_contain_text("请重新上传名册")

    member = visit()
    member.sign_in("member")
    member.follow("a[href^='/roster-matches']")
    expect(member.main).to_contain_text("李老师")
    member.press("/confirm")
    member.page.goto(f"/borrowers/{world.borrowers['overdue'].id}")
    member.look()
    expect(member.main).to_contain_text("李老师")
    expect(member.main).to_contain_text("138****0007")


def test_a_sheet_of_villages_with_headings_of_its_own_is_told_by_a_clerk(desk: _Desk) -> None:
    clerk, page = desk.clerk, desk.clerk.page
    sheet = books.book(("各村", ("编码", "村居名", "属于"), [("990101101088", "新柳村", "山前镇")]))
    clerk.go("/imports")
    clerk.follow("a[href='/imports/new']")
    clerk.fill(kind="organisation")
    file: Any = {"name": "各村.xlsx", "mimeType": _SHEET, "buffer": sheet}
    page.locator("main [name=file]").set_input_files(file)
    clerk.send("form[enctype]")
    page.get_by_label("内容").select_option("villages")
    page.get_by_label("列名所在行").select_option("1")
    clerk.search()
    missing = page.locator("[data-missing]")
    expect(missing).to_contain_text("代码、乡镇")
    page.get_by_label("编码", exact=True).select_option("code")
    page.get_by_label("属于", exact=True).select_option("township")
    expect(missing).to_be_hidden()
    clerk.send("form[method=post]:has([data-layout])")
    place = f"/imports/{clerk.number()}"
    desk.work()
    clerk.wait_out()
    expect(clerk.main).to_contain_text("新柳村")
    desk.press(place, "apply")
    expect(clerk.main).to_contain_text("已生效")
