"""What a thumb has to hit on a phone, what must not lie over another thing there, and going back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import SIZES
from tests.browser.visitor import Visitor
from tests.world import NAMES, World

pytestmark = pytest.mark.browser

_LOW = """() => [...document.querySelectorAll('.row-title a, .to-do > li > a, .row-of-acts > a')]
  .filter((one) => one.getClientRects().length && one.getBoundingClientRect().height < 40)
  .map((one) => `${one.textContent.trim()}: ${one.getBoundingClientRect().height}`)"""
_RUNNING_ON = """() => [...document.querySelectorAll('td[data-label]')]
  .filter((one) => one.getClientRects().length)
  .filter((one) => getComputedStyle(one, '::before').whiteSpace === 'nowrap' || getComputedStyle(one).textAlign === 'right')
  .map((one) => one.dataset.label)"""


@pytest.fixture
def size() -> ViewportSize:
    return SIZES["phone"]


def test_links_are_as_tall_as_a_thumb_and_labels_keep_to_their_column(
    visit: Callable[[], Visitor], world: World
) -> None:
    leader = visit()
    leader.sign_in("leader")
    for address in ("/", "/borrowers", "/target", f"/borrowers/{world.borrowers['overdue'].id}"):
        leader.page.goto(address)
        leader.look()
        assert leader.page.evaluate(_LOW) == [], address
        assert leader.page.evaluate(_RUNNING_ON) == [], address


def test_a_search_is_gone_back_to(visit: Callable[[], Visitor], world: World) -> None:
    member = visit()
    member.sign_in("member")
    member.page.goto("/borrowers")
    member.page.locator("input[type=search]").fill(NAMES["overdue"][:2])
    member.press("/borrowers/search")
    member.follow(f"a[href='/borrowers/{world.borrowers['overdue'].id}']")
    member.page.go_back()
    expect(member.page.locator("input[type=search]")).to_have_value(NAMES["overdue"][:2])
    expect(member.main.locator(f"a[href='/borrowers/{world.borrowers['overdue'].id}']")).to_be_visible()


def test_nothing_typed_is_lost_where_there_is_no_network(visit: Callable[[], Visitor], world: World) -> None:
    """A village behind a hill: the browser's own page would take the form's place, and going back finds it empty."""
    member = visit()
    member.sign_in("member")
    person = world.borrowers["overdue"].id
    member.page.goto(f"/borrowers/{person}/questions/new")
    member.fill(text="缓还怎么申请？")
    member.page.context.set_offline(True)
    member.main.locator("button[type=submit]").click()
    expect(member.main.locator("[data-no-network]")).to_be_visible()
    member.look()
    expect(member.main.locator("[name=text]")).to_have_value("缓还怎么申请？")
    member.page.context.set_offline(False)
    member.send()
    expect(member.page).to_have_url(f"{member.base}/borrowers/{person}")
    expect(member.main).to_contain_text("缓还怎么申请？")
