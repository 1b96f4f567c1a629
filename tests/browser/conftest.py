"""A live portal over the small district, one Chromium for the whole run, one fresh profile for each test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import axe_playwright_python
import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, ViewportSize, sync_playwright
from werkzeug.serving import make_server

from config import Settings
from models.database import Database
from portal.app import create_app
from tests.browser.visitor import Visitor
from tests.conftest import NOW
from tests.world import World

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--lang=zh-CN",
)
SIZES: dict[str, ViewportSize] = {
    "desk": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; it reaches nothing but the loopback."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of the accessibility checker, put into pages from outside: their policy lets no script in."""
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def serve(app: Flask) -> Iterator[str]:
    """Serve an application on a free port of the loopback; its base address is what it yields."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@pytest.fixture
def live(settings: Settings, database: Database, world: World) -> Iterator[str]:
    """The portal over the small district, on the district's own day; forms are protected as in production."""
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(replace(settings, database_url=url), database)
    with time_machine.travel(NOW, tick=True):
        yield from serve(app)


@pytest.fixture(params=list(SIZES))
def size(request: pytest.FixtureRequest) -> ViewportSize:
    """A desk and a phone."""
    return SIZES[request.param]


@pytest.fixture
def visit(browser: Browser, live: str, axe: str, size: ViewportSize) -> Iterator[Callable[[], Visitor]]:
    """Open a browser profile of its own for a person; whatever it complained about fails the test at the end."""
    opened: list[Visitor] = []

    def open_one() -> Visitor:
        context = browser.new_context(viewport=size, base_url=live, locale="zh-CN", timezone_id="Asia/Shanghai")
        context.set_default_timeout(8_000)
        opened.append(Visitor(context.new_page(), live, axe))
        return opened[-1]

    yield open_one
    for one in opened:
        one.page.context.close()
    assert [complaint for one in opened for complaint in one.complaints] == []
