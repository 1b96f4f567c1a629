"""A teacher's way with paper: the bundle, the walk, twenty returns by code with the keyboard alone, the scans."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable
from time import perf_counter

import pdfplumber
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import func, select

from config import Settings
from models.database import Database
from models.notices import Notice, Receipt, Service
from models.rules.verification import read_short_code
from models.rules.workflows import NoticeState
from models.scans import ScanPage
from portal.services import notices, papers
from portal.services.notices import Terms
from tests.browser.visitor import Visitor
from tests.conftest import work_off
from tests.crowd import crowd
from tests.world import World

pytestmark = pytest.mark.browser

SECONDS_A_KEY = 0.4  # somebody who types with two fingers
ALLOWED = 120  # seconds for twenty returns


def _pages(pdf: bytes, first: int, last: int) -> list[Image.Image]:
    found = []
    for number in range(first, last + 1):
        done = subprocess.run(
            ["pdftoppm", "-r", "200", "-png", "-f", str(number), "-l", str(number), "-"],
            input=pdf,
            capture_output=True,
            check=True,
        )
        found.append(Image.open(io.BytesIO(done.stdout)).convert("L"))
    return found


def test_a_teacher_prints_walks_and_comes_back(
    visit: Callable[[], Visitor], world: World, database: Database, settings: Settings
) -> None:
    with database.write() as session:
        crowd(session, world, 18)
    teacher = visit()
    page, keys = teacher.page, teacher.page.keyboard
    teacher.sign_in("member")

    # The bundle: who gets a notice, who drops out and why, the file.
    page.goto(f"/notices/batches/new?area={world.villages['东湾'].code}")
    teacher.look()
    expect(teacher.main.locator("tbody tr")).to_have_count(10)
    expect(teacher.main.locator(".drop-list a").first).to_be_visible()
    teacher.send()
    work_off(database, settings)
    teacher.wait_out()
    file = teacher.download("a[href*='/print.pdf']")
    with pdfplumber.open(io.BytesIO(file)) as pdf:
        texts = [one.extract_text() for one in pdf.pages]
    assert "通知书送达路线单" in texts[1]  # below the cover sheet
    first_paper = next(number for number, text in enumerate(texts, start=1) if "送达回证" in text)
    sheets = range(2, first_paper)
    codes = re.findall(r"^.*?\b([34679ACDEFGHJKMNPQRTWXY]{6})\b", "\n".join(texts[n - 1] for n in sheets), re.MULTILINE)
    codes = [code for code in codes if read_short_code(code, 2026)]
    assert len(codes) == 20
    squares = {one.text for sheet in _pages(file, sheets[0], sheets[-1]) for one in zxingcpp.read_barcodes(sheet)}
    with database.reader() as session:
        printed = session.execute(select(Notice.check_code, Notice.printed_at)).all()
    assert {square.rpartition("/")[2] for square in squares} == {code for code, _at in printed}
    assert all(at is not None for _code, at in printed)

    # Back at the school: seventeen served, two refused, one moved.
    teacher.go("/notices")
    teacher.follow("a[href='/notices/returns']")
    teacher.fill(walked_at="2026-11-23T09:55", second_visitor="同事乙")
    teacher.send()
    expect(page.locator("#line")).to_be_focused()
    outcomes = ["1"] * 12 + ["2"] * 3 + ["3"] * 2 + ["5"] * 2 + ["6"]
    pressed = 0
    began = perf_counter()
    for code, outcome in zip(codes, outcomes, strict=True):
        line = f"{code.lower()} {outcome}"
        keys.type(line)
        keys.press("Enter")
        pressed += len(line) + 1
    expect(teacher.main.locator("[data-returns-summary]")).to_contain_text("20")
    waited = perf_counter() - began
    assert waited + pressed * SECONDS_A_KEY < ALLOWED, f"{waited:.1f} s of waiting, {pressed} keys"
    keys.type("-")
    keys.press("Enter")
    expect(teacher.main.locator("[data-returns-summary]")).to_contain_text("19")
    slip = "A" if codes[-1][-1] != "A" else "C"
    keys.type(f"{codes[-1][:-1]}{slip} 6")  # a slip of the finger is explained, and what was typed is not lost
    keys.press("Enter")
    expect(teacher.main.locator(".returns-wrong li")).to_have_count(1)
    keys.type(codes[-1])  # as a scanner does: the code with its own Enter, then the key
    keys.press("Enter")
    keys.type("6")
    keys.press("Enter")
    expect(teacher.main.locator("[data-returns-summary]")).to_contain_text("20")
    teacher.look()
    keys.press("Tab")  # the button beside the box
    keys.press("Tab")
    assert teacher.focused("one.closest('form').action").endswith("/returns/file")
    teacher.enter("**/notices/returns/*")
    teacher.look()
    with database.reader() as session:
        states = dict(session.execute(select(Notice.state, func.count()).group_by(Notice.state)).all())
        methods = dict(session.execute(select(Service.was_served, func.count()).group_by(Service.was_served)).all())
    assert states == {NoticeState.SERVED: 17, NoticeState.FAILED: 3}
    assert methods == {True: 17, False: 3}

    # The receipts follow as one scan.
    page.goto("/notices/scans")
    teacher.look()
    papers = _pages(file, sheets[-1] + 1, sheets[-1] + 2)
    scan = io.BytesIO()
    papers[0].save(scan, "PDF", save_all=True, append_images=[papers[1], Image.new("L", (800, 600), 255)])
    page.locator("input[name=files]").set_input_files(
        {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": scan.getvalue()}
    )
    teacher.send()
    work_off(database, settings)
    teacher.wait_out()
    expect(teacher.main.locator(".scan")).to_have_count(1)  # the blank page is left to a person
    with database.reader() as session:
        assert session.scalars(select(func.count(Receipt.id))).one() == 2
        blank = session.scalars(select(ScanPage.id).where(ScanPage.receipt_id.is_(None))).one()
    teacher.press(f"/scans/pages/{blank}/set-aside")
    expect(teacher.main.locator(".scan")).to_have_count(0)


def test_a_co_borrowers_notice_comes_back_by_its_own_code(
    visit: Callable[[], Visitor], world: World, database: Database
) -> None:
    act, terms = world.act("member"), Terms("https://loans.example", 35)
    with database.write() as session:
        notice = notices.issue(session, act=act, borrower_id=world.borrowers["overdue"].id, terms=terms)
    with database.write() as session:
        paper = papers.issue_to_co_borrower(session, act=act, notice_id=notice.id, place=0, terms=terms)
    teacher = visit()
    keys = teacher.page.keyboard
    teacher.sign_in("member")
    teacher.page.goto("/notices/returns/walk")
    teacher.fill(walked_at="2026-11-23T09:55", second_visitor="同事乙")
    teacher.send()
    expect(teacher.page.locator("#line")).to_be_focused()
    keys.type(f"{paper.check_code} 1")  # the borrower signed for it: the box says which key is meant
    keys.press("Enter")
    expect(teacher.main).to_contain_text("是致共同借款人的通知书")
    teacher.page.locator("#line").fill("")
    keys.type(f"{paper.check_code} 2")
    keys.press("Enter")
    expect(teacher.main.locator("tbody")).to_contain_text(f"{world.borrowers['overdue'].name}的共同借款人")
    teacher.press("/returns/file")
    teacher.follow(f"a[href='/papers/{paper.id}']")
    expect(teacher.main).to_contain_text("已送达")
    expect(teacher.main).to_contain_text("没有送达回证的照片或扫描件")
    picture = io.BytesIO()
    Image.new("RGB", (800, 600), "white").save(picture, "JPEG")
    teacher.follow(f"a[href='/papers/{paper.id}/proof']")
    teacher.page.locator("input[name=photo]").set_input_files(
        {"name": "slip.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    )
    teacher.send()
    expect(teacher.main.locator(".receipt-photo")).to_be_visible()
    with database.reader() as session:
        assert session.get_one(Notice, notice.id).state is NoticeState.ISSUED  # the borrower's own is not served by it
