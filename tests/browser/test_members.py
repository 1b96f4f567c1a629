"""A member's day: whom to see, what was said, the notice and its service, and why a suspicion has to wait."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select

from models.casework import Contact, Promise
from models.database import Database
from models.notices import Notice, Receipt, Service
from models.rules.contacts import ContactMethod, Outcome, Reached
from models.rules.service_of_notice import SignerRelation, Strength
from models.rules.workflows import NoticeState
from tests.browser.visitor import Visitor
from tests.world import NAMES, World

pytestmark = pytest.mark.browser


def _photo() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((640, 480), 40).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_member_logs_a_contact_serves_a_notice_and_sees_what_a_suspicion_lacks(
    visit: Callable[[], Visitor], world: World, database: Database
) -> None:
    member = visit()
    page = member.page
    member.sign_in("member")
    borrower_id = world.borrowers["overdue"].id

    # From what is to be done today to the person.
    member.follow(".to-do a[href^='/borrowers?']")
    member.follow(f"a[href='/borrowers/{borrower_id}']")
    expect(page.locator("h1")).to_have_text(NAMES["overdue"])
    before = member.main.locator("ol.timeline > li").count()

    # A call, and a promise.
    member.follow("a.btn-primary[href$='/contacts/new']")
    member.fill(
        method="call",
        reached="borrower",
        outcome="promised",
        promised_amount="1171.50",
        promised_for="2026-11-30",
        cause="forgot",
        note="他说下周发工资后还。",
    )
    member.send()
    expect(page).to_have_url(f"{member.base}/borrowers/{borrower_id}")
    assert "1,171.50" in member.main.inner_text()
    assert "2026-11-30" in member.main.inner_text()
    assert member.main.locator("ol.timeline > li").count() > before
    with database.reader() as session:
        contact = session.scalars(select(Contact)).one()
        promise = session.scalars(select(Promise)).one()
    assert (contact.method, contact.reached, contact.outcome) == (
        ContactMethod.CALL,
        Reached.BORROWER,
        Outcome.PROMISED,
    )
    assert str(promise.amount) == "1171.50"

    # The notice, its paper, its service.
    member.press(f"/borrowers/{borrower_id}/notices")
    notice_id = member.number()
    assert member.download("a[href$='/paper.pdf']").startswith(b"%PDF-")
    member.follow("a.btn-primary[href$='/service']")
    member.send()  # nothing filled in: the page says what is missing and loses nothing
    expect(page.locator(".error-summary")).to_be_focused()
    assert member.refused == [422]
    for asked in ("failure", "signer_name", "witness_1", "post_number", "publication"):
        expect(page.locator(f"[name={asked}]")).to_be_hidden()  # no way of service is chosen yet
    member.fill(was_served="yes", method="left_with_witness", witness_1="村民丙")
    expect(page.locator("[name=lives_together]")).to_be_hidden()
    member.fill(method="direct")
    expect(page.locator("[name=witness_1]")).to_have_value("村民丙")
    expect(page.locator("[name=witness_1]")).to_be_visible()  # what was typed does not vanish unseen
    member.fill(witness_1="")
    member.fill(
        was_served="yes",
        method="direct",
        at="2026-11-23T09:50",
        place="东湾村村委会",
        second_visitor="同事乙",
        signer_name=NAMES["overdue"],
        signer_relation="self",
        signed=True,
    )
    page.locator("input[name=photo]").set_input_files({"name": "r.jpg", "mimeType": "image/jpeg", "buffer": _photo()})
    member.send()
    expect(page).to_have_url(f"{member.base}/notices/{notice_id}")
    expect(page.locator("img.receipt-photo")).to_be_visible()
    assert page.locator("img.receipt-photo").evaluate("one => one.decode().then(() => one.naturalWidth)") == 640
    with database.reader() as session:
        notice = session.get_one(Notice, notice_id)
        service = session.scalars(select(Service)).one()
        assert session.scalars(select(Receipt)).one().service_id == service.id
    assert notice.state is NoticeState.SERVED
    assert (service.signer_relation, service.second_visitor, service.strength) == (
        SignerRelation.SELF,
        "同事乙",
        Strength.COMPLETE,
    )

    # The person's page tells all of it; a suspicion has to wait for more.
    page.goto(f"/borrowers/{borrower_id}")
    member.look()
    assert member.main.locator("ol.timeline > li").count() >= before + 3
    expect(member.main.locator(f"a[href='/notices/{notice_id}']").first).to_have_text(notice.serial)
    member.follow("a[href$='/suspicions/new']")
    expect(page.locator("section[aria-labelledby=record] ul li").first).to_be_visible()
    assert page.locator("section[aria-labelledby=record] a[href$='/contacts/new']").count() > 0


def test_a_member_works_by_keyboard_alone(visit: Callable[[], Visitor], world: World, database: Database) -> None:
    member = visit()
    page, keys = member.page, member.page.keyboard
    borrower_id = world.borrowers["overdue"].id
    page.goto("/")
    keys.press("Tab")
    assert member.focused() == "#main"  # the skip link comes first
    member.tab_to("input[name=username]")
    keys.type("member")
    keys.press("Tab")
    assert member.focused() == "password"
    keys.type("village-school-2026")
    member.enter(f"{member.base}/")

    keys.press("Tab")
    member.enter("**/#main")  # over the navigation, to the content
    expect(member.main).to_be_focused()
    member.tab_to(".to-do a[href^='/borrowers?']", most=3)
    member.enter("**/borrowers?*")
    member.tab_to(f"main a[href='/borrowers/{borrower_id}']")
    member.enter(f"**/borrowers/{borrower_id}")
    member.tab_to("main a[href$='/contacts/new']")
    member.enter("**/contacts/new*")

    member.tab_to("input[name=method]")
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    assert member.focused("one.value") == "call"
    member.tab_to("input[name=reached]")
    keys.press("Space")
    assert member.focused("one.checked && one.value") == "borrower"
    member.tab_to("select[name=outcome]")
    for _ in range(20):
        if member.focused("one.value") == "asked_for_time":
            break
        keys.press("ArrowDown")
    assert member.focused("one.value") == "asked_for_time"
    member.tab_to("textarea[name=note]")
    keys.type("He asks for two weeks.")
    member.tab_to("main form button.btn-primary", most=3)
    member.enter(f"**/borrowers/{borrower_id}")
    member.look()
    with database.reader() as session:
        contact = session.scalars(select(Contact)).one()
    assert (contact.outcome, contact.by_id) == (Outcome.ASKED_FOR_TIME, world.users["member"].id)

    # The menu opens, closes with Escape, and gives the focus back.
    member.tab_to("header details.menu:last-of-type > summary")
    keys.press("Enter")
    expect(page.locator("header details.menu[open]")).to_have_count(1)
    keys.press("Tab")
    keys.press("Escape")
    expect(page.locator("header details.menu[open]")).to_have_count(0)
    assert member.focused("one.tagName") == "SUMMARY"
