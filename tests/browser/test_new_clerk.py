"""A new clerk brings the bank's text file with headings nobody knows: says once what they are, and sees what it does."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from config import Settings
from models.database import Database
from models.imports import ImportLayout
from models.loans import ArrearsList
from tests import books
from tests.browser.visitor import Visitor
from tests.conftest import work_off
from tests.world import World

pytestmark = pytest.mark.browser

_HEADINGS = {"合同编号": "借据单号", "逾期利息": "欠利", "罚息": "滞纳金额", "逾期起始日": "最早欠款日"}


def _file(*rows: dict[str, Any]) -> bytes:
    out = io.StringIO()
    made = csv.writer(out)
    made.writerows([["逾期贷款清单"], ["数据日期：2026年11月20日"]])
    headings = [one for one in books.ARREARS_HEADINGS if one != "数据日期"]
    made.writerow([_HEADINGS.get(one, one) for one in headings])
    made.writerows([["" if row.get(one) is None else row[one] for one in headings] for row in rows])
    return out.getvalue().encode("gbk")


def test_a_new_clerk_maps_a_text_list_and_sees_what_it_does(
    visit: Callable[[], Visitor], world: World, database: Database, settings: Settings
) -> None:
    lines = [
        books.overdue(1, 合同编号=f"DEMO-{who}-1", 贷款银行=world.lender.name, 逾期本金=1000, 逾期利息=140)
        | {"逾期起始日": date(2025, 12, 20), "逾期合计": 1140}
        for who in ("overdue", "foreign", "no-such-contract")
    ]
    clerk = visit()
    page = clerk.page
    clerk.sign_in("centre")
    clerk.go("/imports")
    clerk.follow("a[href='/imports/new']")
    page.locator("main [name=file]").set_input_files(
        {"name": "十一月.csv", "mimeType": "text/csv", "buffer": _file(*lines)}
    )
    clerk.send("form[enctype]")

    # What it looks like, and what is still to be told.
    expect(clerk.main).to_contain_text("2026-11-20")
    missing = page.locator("[data-missing]")
    expect(missing).to_contain_text("合同编号")
    expect(missing).to_contain_text("罚息")
    for heading, meaning in (
        ("借据单号", "contract_no"),
        ("欠利", "overdue_interest"),
        ("最早欠款日", "overdue_since"),
    ):
        page.get_by_label(heading, exact=True).select_option(meaning)
    page.get_by_label("滞纳金额", exact=True).select_option("overdue_interest")  # by mistake
    expect(page.get_by_label("滞纳金额", exact=True)).to_have_class("form-select is-invalid")
    clerk.send("form[data-layout]")
    expect(page.locator(".error-summary")).to_be_focused()
    assert clerk.refused == [422]
    expect(page.get_by_label("借据单号", exact=True)).to_have_value("contract_no")
    page.get_by_label("滞纳金额", exact=True).select_option("penalty")
    expect(missing).to_be_hidden()
    clerk.send("form[data-layout]")

    # What it would do; then it is done.
    batch_id = clerk.number()
    work_off(database, settings)
    clerk.wait_out()
    clerk.follow("nav.tabs a[href*='show=rejected']")
    expect(clerk.main).to_contain_text("DEMO-no-such-contract-1")
    clerk.fill(is_so=True)  # most contracts of the list in use are not on this one
    clerk.press(f"/imports/{batch_id}/apply")
    work_off(database, settings)
    clerk.wait_out()
    with database.reader() as session:
        assert date(2026, 11, 20) in session.scalars(select(ArrearsList.data_on)).all()
        assert session.scalars(select(ImportLayout.lender)).all() == [world.lender.name]

    # What is remembered can be seen and forgotten.
    clerk.go("/imports")
    clerk.follow("a[href='/imports/layouts']")
    page.locator("main details > summary").first.click()
    expect(clerk.main).to_contain_text("借据单号 → 合同编号")
    clerk.press("/forget")
    with database.reader() as session:
        assert session.scalars(select(ImportLayout)).all() == []
