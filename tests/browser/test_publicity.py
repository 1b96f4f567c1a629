"""Publicity in a browser: a leader is asked for it, records a walk with a photo, and the centre sees who did nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.visitor import Visitor
from tests.world import World

pytestmark = pytest.mark.browser


def _photo() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(buffer, "JPEG")
    return buffer.getvalue()


def test_a_leader_records_a_walk_and_the_centre_counts_it(visit: Callable[[], Visitor], world: World) -> None:
    leader, centre = visit(), visit()
    leader.sign_in("leader")
    leader.page.goto("/publicity")
    leader.look()
    leader.page.goto("/")
    leader.follow("a[href='/publicity/new']")
    village = str(world.villages["东湾"].id)
    leader.fill(kind="door_to_door", village=village, people="12", leaflets="12", note="问还款日的多")
    photo = {"name": "walk.jpg", "mimeType": "image/jpeg", "buffer": _photo()}
    leader.page.locator("input[name=photo]").set_input_files(photo)
    leader.send()
    expect(leader.main.locator(".error-summary")).to_contain_text("请至少选择一项宣传内容")
    expect(leader.page.locator("textarea[name=note]")).to_have_value("问还款日的多")
    leader.page.locator("input[name=topics][value=repayment_dates]").check()
    leader.page.locator("input[name=photo]").set_input_files(photo)
    leader.send()
    expect(leader.page).to_have_url(re.compile(r"/publicity/\d+$"))
    expect(leader.main.locator("img")).to_have_js_property("naturalWidth", 320)
    made = leader.number()
    leader.page.goto("/")
    expect(leader.main.locator("a[href='/publicity/new']")).to_have_count(0)
    leader.page.goto("/papers")
    leader.follow("a[href='/publicity']")
    leader.follow(f"a[href='/publicity/{made}']")

    centre.sign_in("centre")
    centre.page.goto("/publicity")
    centre.look()
    rows = centre.main.locator("section table tbody tr")
    expect(rows.first).to_contain_text("河口乡中心学校")
    expect(rows.first).to_contain_text("尚无记录")
    centre.follow("section table a")
    expect(centre.main.locator(".chip")).to_have_count(2)
    assert centre.page.evaluate("() => document.querySelectorAll('main table').length") == 1

    leader.follow(f"a[href='/publicity/{made}/void']")
    leader.fill(reason="记错日期")
    with leader.page.expect_navigation():
        leader.main.locator("form button.btn-danger").click()
    leader.look()
    expect(leader.main.locator(".notice-line-warning")).to_contain_text("记错日期")
