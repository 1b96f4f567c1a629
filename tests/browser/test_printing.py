"""A page printed from the browser holds what is known, folded away or not, and nothing that can only be clicked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize

from tests.browser.conftest import SIZES
from tests.browser.visitor import Visitor
from tests.world import World

pytestmark = pytest.mark.browser

_SEEN = "(one) => one.checkVisibility({contentVisibilityAuto: true}) && one.getBoundingClientRect().height > 0"


@pytest.fixture
def size() -> ViewportSize:
    return SIZES["desk"]


def test_a_borrower_taken_along_on_paper_is_whole(visit: Callable[[], Visitor], world: World) -> None:
    member = visit()
    member.sign_in("member")
    person = world.borrowers["overdue"].id
    member.page.goto(f"/borrowers/{person}")
    contracts = member.main.locator("details.panel:not([open]) a[href^='/loans/']")
    acts = member.main.locator(
        f"a[href$='/verify'], a[href*='/reveal/'], a[href*='/points/'], a[href='/borrowers/{person}/explain']"
    )
    assert contracts.count() >= 1
    assert acts.count() > 3
    assert not any(one.evaluate(_SEEN) for one in contracts.all())
    assert any(one.evaluate(_SEEN) for one in acts.all())
    member.page.emulate_media(media="print")
    assert all(one.evaluate(_SEEN) for one in contracts.all())
    assert not any(one.evaluate(_SEEN) for one in acts.all())
