"""A village goes to somebody else: the leader gives it, the member reads what is open, asks, and accepts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from models.database import Database
from models.handovers import Handover
from models.rules.handovers import HandoverState
from tests.browser.visitor import Visitor
from tests.world import NAMES, World

pytestmark = pytest.mark.browser


def test_leader_gives_a_village_and_the_member_accepts_it(
    visit: Callable[[], Visitor], world: World, database: Database
) -> None:
    village = world.villages["东湾"]
    leader = visit()
    leader.sign_in("leader")
    leader.go("/areas")
    leader.follow(f"a[href='/areas/{village.code[:9]}']")
    leader.follow(f"table a[href='/areas/{village.code}']")
    leader.fill(keeper=f"{world.schools['S01'].id}-{world.seats['member2'].id}")
    leader.press(f"/areas/{village.code}/keeper")
    leader.follow("a[href^='/handovers/']")
    expect(leader.main).to_contain_text(NAMES["overdue"])
    expect(leader.main.locator("form[action$='/accept']")).to_have_count(0)

    member = visit()
    member.sign_in("member2")
    member.follow(".to-do a[href='/handovers']")
    member.follow("table a[href^='/handovers/']")
    handover_id = member.number()
    expect(member.main).to_contain_text(NAMES["overdue_long"])
    assert member.download("a[href$='/sheet.pdf']").startswith(b"%PDF-")
    member.fill(remarks="二平家的回执在谁手里？")
    member.send()
    expect(member.page).to_have_url(re.compile(rf"/handovers/{handover_id}$"))
    expect(member.main.locator("form[action$='/accept']")).to_have_count(0)
    with database.reader() as session:
        found = session.scalars(select(Handover)).one()
        assert (found.state, found.accepted_by_id) == (HandoverState.ACCEPTED, world.users["member2"].id)

    leader.page.reload()
    leader.look()
    expect(leader.main).to_contain_text("二平家的回执在谁手里？")
