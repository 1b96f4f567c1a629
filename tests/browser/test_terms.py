"""The centre keeps the terms of loans: published rates and a lender's profile, seen before they are kept."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from config import Settings
from models.database import Database
from tests.browser.visitor import Visitor
from tests.conftest import work_off
from tests.world import World


def test_the_centre_keeps_rates_and_a_lenders_terms(
    visit: Callable[[], Visitor], world: World, database: Database, settings: Settings
) -> None:
    clerk = visit()
    clerk.sign_in("centre")
    clerk.go("/target")
    clerk.follow("a[href='/interest-rates']")
    clerk.follow("a[href='/interest-rates/references/new']")
    clerk.fill(from_on="2026-11-20", rate="3.40", source="公告", is_confirmed=True)
    clerk.send()
    expect(clerk.main.locator(".notice-line-warning")).to_be_visible()
    clerk.send()
    expect(clerk.main.locator("a[href='/interest-rates/references/lpr_5y/2026-11-20']")).to_be_visible()
    clerk.press("/references/lpr_5y/2024-10-21/confirm")
    clerk.follow("a[href='/interest-rates/spreads/new']")
    clerk.fill(signed_from="2027-01-01", ends_from="2026", spread="-0.80", source="文件")
    clerk.send()
    expect(clerk.main.locator(".field-error")).to_be_visible()
    clerk.page.goto("/interest-rates")
    clerk.follow("a[href='/lenders']")
    clerk.follow(f"a[href='/lenders/{world.lender.id}']")
    clerk.follow(f"a[href='/lenders/{world.lender.id}/edit']")
    clerk.fill(day_count="act_365", penalty_percent="150")
    clerk.send()
    expect(clerk.main.locator(".notice-line-warning")).to_be_visible()
    clerk.send()
    expect(clerk.main.locator("progress")).to_be_visible()
    work_off(database, settings)
    clerk.page.goto(f"/lenders/{world.lender.id}")
    expect(clerk.main).to_contain_text("150")
    clerk.page.goto("/lenders")
    clerk.follow("a[href='/lenders/new']")
