"""From the click to the first file a printer can take: the demo district's borrowers in arrears, in a real browser.

``BENCH_DEMO`` (default 3,900) is how many borrowers the district has. A data folder in which the demo is loaded already
may be given as ``BENCH_DEMO_DIR``; its borrowers have notices afterwards, so it serves once.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

import pikepdf
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from models.database import Database
from models.organisation import District
from tests.bench.report import Report
from tests.bench.serving import flask, running
from tests.conftest import TYPEFACES

_ROOT = Path(__file__).parents[2]
_PASSWORD = "a-demo-to-measure-by"
_PATIENCE = 600_000  # milliseconds, of a browser on a busy machine


def run(report: Report) -> None:
    """Measure once: the second time nobody is due for a notice."""
    given = os.environ.get("BENCH_DEMO_DIR")
    with tempfile.TemporaryDirectory(prefix="bench-demo-") as made:
        folder = Path(given or made)
        environment = {
            **os.environ,
            "PORTAL_PROFILE": "demo",
            "DATA_DIR": str(folder),
            "TYPEFACES_DIR": str(TYPEFACES),
            "DEMO_PASSWORD": os.environ.get("DEMO_PASSWORD", _PASSWORD),
        }
        if not given:
            size = os.environ.get("BENCH_DEMO", "3900")
            with report.timed(f"demo district of {size} loaded"):
                subprocess.run(
                    [*flask("demo"), "--migrate", "--borrowers", size], cwd=_ROOT, env=environment, check=True
                )
        with running(environment) as address:
            _click(report, address, _district(folder), environment["DEMO_PASSWORD"])


def _click(report: Report, address: str, area_code: str, password: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(base_url=address, locale="zh-CN", accept_downloads=True)
        page.set_default_timeout(_PATIENCE)
        page.goto("/")
        page.fill("input[name=username]", "centre")
        page.fill("input[name=password]", password)
        page.click("main button[type=submit]")
        page.wait_for_load_state()
        page.goto(f"/notices/batches/new?area={area_code}")
        start = time.perf_counter()
        page.click("main form[method=post] button.btn-primary")
        page.wait_for_load_state()
        asked = time.perf_counter() - start
        file, pages = _first_file(page)
        first = time.perf_counter() - start
        while page.locator("main progress").count():
            time.sleep(0.5)
            page.reload()
        whole = time.perf_counter() - start
        said = page.locator("main .lead").inner_text()
        browser.close()
    report.say(f"{asked:.1f} s from the click to the batch's page")
    report.say(f"{first:.1f} s from the click to a file on the disk: {pages} pages, {file / 1000:,.0f} KB")
    report.say(f"{whole:.1f} s from the click until everybody had their turn: {said}")


def _first_file(page: Page) -> tuple[int, int]:
    """Wait for the first file for printing and fetch it; returns its size and pages."""
    link = page.locator("main a[href*='print.pdf']")
    while not link.count():
        time.sleep(0.3)
        page.reload()
    with page.expect_download() as fetched:
        link.first.click()
    path = Path(fetched.value.path())
    with pikepdf.open(path) as document:
        return path.stat().st_size, len(document.pages)


def _district(folder: Path) -> str:
    database = Database(f"sqlite:///{folder / 'portal.sqlite3'}")
    with database.reader() as session:
        code = session.scalars(select(District.code)).one()
    database.engine.dispose()
    return code
