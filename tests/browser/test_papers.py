"""Papers and wordings in a browser: a member makes one and finds it again, the centre changes a sentence in two hands."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date

import pdfplumber
import pytest
from playwright.sync_api import expect

from config import Settings
from models.database import Database
from models.rules.papers import PaperKind
from notices import layout
from notices.first_wording import FIRST
from notices.specimens import specimen
from tests.browser.visitor import Visitor
from tests.conftest import work_off
from tests.crowd import crowd
from tests.world import World

pytestmark = pytest.mark.browser


def test_a_member_makes_a_reminder_and_finds_it_again(visit: Callable[[], Visitor], world: World) -> None:
    layout.laid_out(specimen(PaperKind.REMINDER, FIRST[PaperKind.REMINDER], date(2026, 11, 23)))  # faces read once
    member = visit()
    member.sign_in("member")
    address = f"/borrowers/{world.borrowers['current'].id}"
    member.page.goto(address)
    member.look()
    member.press(f"{address}/papers/reminder")
    expect(member.page).to_have_url(re.compile(r"/papers/\d+$"))
    with member.page.expect_download() as download:
        member.page.locator("main a[href$='/paper.pdf']").click()
    assert download.value.suggested_filename.startswith("paper-")
    member.page.goto("/papers")
    member.look()
    expect(member.page.locator("main table")).to_contain_text("演示助提〔2026〕000001号")


def test_two_people_of_the_centre_change_a_wording(visit: Callable[[], Visitor]) -> None:
    author, other = visit(), visit()
    author.sign_in("centre")
    author.page.goto("/wordings")
    author.look()
    author.follow("a[href='/wordings/reminder']")
    author.page.locator("input[name=reason]").fill("说得更清楚")
    author.send()
    expect(author.page).to_have_url(re.compile(r"/edit$"))
    author.look()
    author.page.locator("textarea[name=relief]").fill("可以来电咨询。")
    author.send()
    expect(author.page.locator("main .error-summary")).to_be_visible()
    author.look()
    author.page.locator("textarea[name=relief]").fill("{帮扶政策}。申请不收费用，请来电咨询。")
    author.send()
    version = author.page.url.removeprefix(author.base)
    author.press(f"{version}/propose")
    expect(author.page.locator(f"main a[href='{version}/approve']")).to_have_count(0)
    other.sign_in("centre2")
    other.page.goto(version)
    other.look()
    other.follow(f"a[href='{version}/approve']")
    other.send()
    expect(other.page).to_have_url(other.base + version)
    other.page.goto("/wordings/reminder")
    other.look()
    expect(other.page.locator("main h1 + .lead")).to_contain_text("2026-2")


def test_a_leader_reminds_a_village_and_the_centre_its_co_borrowers(
    visit: Callable[[], Visitor], world: World, database: Database, settings: Settings
) -> None:
    with database.write() as session:
        crowd(session, world, 12, "西岭", "current")
    west = world.villages["西岭"].code
    leader = visit()
    leader.sign_in("leader")
    leader.page.goto(f"/borrowers?area={west}")
    leader.follow(f"a[href='/papers/batches/reminders?area={west}']")
    expect(leader.main.locator("tbody tr")).to_have_count(10)  # the first of thirteen, and who drops out below
    expect(leader.main.locator(".drop-list li")).to_have_count(2)
    leader.send()
    expect(leader.main.locator("progress")).to_be_visible()
    work_off(database, settings)
    leader.wait_out()
    file = leader.download("a[href*='/print.pdf']")
    with pdfplumber.open(io.BytesIO(file)) as pdf:
        assert len(pdf.pages) == 1 + 13
        assert "还款提醒函 13 份" in pdf.pages[0].extract_text()
    leader.follow("nav.tabs a[href*='only=dropped']")
    expect(leader.main.locator("tbody:last-of-type tr")).to_have_count(3)  # the file, and two people
    leader.page.goto("/papers/batches")
    leader.look()
    expect(leader.main.locator("tbody tr")).to_have_count(1)

    centre = visit()
    centre.sign_in("centre")
    centre.page.goto("/notices/batches/new")
    centre.send()
    work_off(database, settings)
    centre.wait_out()
    centre.follow("a[href$='/co-borrowers']")
    expect(centre.main.locator("tbody tr")).to_have_count(5)
    centre.send()
    work_off(database, settings)
    centre.wait_out()
    with pdfplumber.open(io.BytesIO(centre.download("a[href*='/print.pdf']"))) as pdf:
        assert "致共同借款人的通知书 5 份" in pdf.pages[0].extract_text()
    centre.follow("a[href^='/notices/batches/']")
    centre.follow("a[href$='/co-borrowers']")
    expect(centre.main.locator(".drop-list li")).to_have_count(5)
    expect(centre.main.locator("form[method=post]")).to_have_count(0)
