"""The pictures of the README: taken anew from the demo district when asked, looked after always.

``SCREENSHOTS=write`` takes them from the district in ``DATA_DIR`` (its own copy of it, so nothing there changes).
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from config import Settings
from models.crypto import KeyRing, use_keys
from models.database import Database
from portal.app import create_app
from tests.browser.conftest import SIZES, serve
from tests.browser.visitor import Visitor
from tests.world import NAMES, World

pytestmark = pytest.mark.browser

_FOLDER = Path(__file__).parent / "screenshots"
_ROOT = Path(__file__).parents[2]
_NAMES = ("today-member", "target-centre", "borrower-member", "notice-paper")
_MOST_BYTES = 200_000
_WRITES = os.environ.get("SCREENSHOTS") == "write"


def _keep(name: str, picture: bytes) -> None:
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    image.save(_FOLDER / f"{name}.png", optimize=True)


def _paper(pdf: bytes, folder: Path) -> bytes:
    (folder / "notice.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "70", "-png", "-singlefile", "notice.pdf", "notice"], cwd=folder, check=True)
    return (folder / "notice.png").read_bytes()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[str]:
    """The demo district as its people see it today."""
    folder = Path(os.environ.get("DATA_DIR") or _ROOT / "data")
    copy = tmp_path / "demo"
    shutil.copytree(folder, copy)
    settings = Settings.from_environment({"PORTAL_PROFILE": "demo", "DATA_DIR": str(copy)})
    database = Database(settings.database_url)
    app = create_app(settings, database)
    use_keys(KeyRing(values=settings.key("values"), index=settings.key("index")))
    yield from serve(app)
    database.engine.dispose()


def test_take_the_pictures(browser: Browser, axe: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if not _WRITES:
        assert all((_FOLDER / f"{name}.png").exists() for name in _NAMES), "take them: SCREENSHOTS=write"
        return
    base = request.getfixturevalue("demo")
    password = os.environ.get("DEMO_PASSWORD", "village-school-2026")

    def somebody(username: str) -> Visitor:
        context = browser.new_context(
            viewport=SIZES["desk"], base_url=base, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        found = Visitor(context.new_page(), base, axe)
        found.sign_in(username, password)
        return found

    member = somebody("member")
    _keep("today-member", member.page.screenshot())
    member.page.goto("/borrowers?state=overdue")
    member.follow("table a[href^='/borrowers/']")
    _keep("borrower-member", member.page.screenshot())
    member.go("/notices")
    member.follow("tbody a[href^='/notices/']")
    _keep("notice-paper", _paper(member.download("a[href$='/paper.pdf']"), tmp_path))
    centre = somebody("centre")
    centre.go("/target")
    _keep("target-centre", centre.page.screenshot())
    for one in (member, centre):
        assert one.complaints == []
        one.page.context.close()


@pytest.mark.parametrize("name", _NAMES)
def test_the_readme_shows_a_picture_that_is_there_and_small(name: str) -> None:
    path = _FOLDER / f"{name}.png"
    for readme in ("README.md", "README.zh-CN.md"):
        assert f"tests/browser/screenshots/{name}.png" in (_ROOT / readme).read_text(encoding="utf-8")
    assert path.stat().st_size < _MOST_BYTES
    with Image.open(path) as image:
        assert (image.format, image.mode) == ("PNG", "P")
        if name != "notice-paper":
            assert image.size == (1280, 800)


def test_the_pages_of_the_pictures_stand(visit: Callable[[], Visitor], world: World, tmp_path: Path) -> None:
    member = visit()
    member.sign_in("member")
    expect(member.main.locator(".to-do li").first).to_be_visible()
    member.page.goto(f"/borrowers/{world.borrowers['overdue'].id}")
    expect(member.page.locator("h1")).to_have_text(NAMES["overdue"])
    member.press("/notices")
    paper = Image.open(io.BytesIO(_paper(member.download("a[href$='/paper.pdf']"), tmp_path)))
    assert paper.size == (579, 819)  # A4 at 70 dots an inch
    colours = paper.convert("L").getcolors() or []
    assert (
        0.02 < sum(count for count, grey in colours if grey < 128) / (579 * 819) < 0.3
    )  # printed, neither blank nor black
    centre = visit()
    centre.sign_in("centre")
    centre.go("/target")
    chart = centre.page.locator("figure.chart svg").bounding_box()
    assert chart is not None
    assert chart["width"] > 200
