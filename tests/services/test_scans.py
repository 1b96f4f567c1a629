"""Scanned receipts find their notices by their square codes: real papers, drawn, cut off, sent in as one PDF."""

from __future__ import annotations

import io
import subprocess

import pytest
from PIL import Image
from sqlalchemy import func, select

from config import Settings
from models.database import Database
from models.notices import Notice, NoticePaper, Receipt, Service
from models.rules.refusals import NotVisible, Refused
from models.rules.returns import ReturnOutcome
from models.rules.scans import MOST_PAGES, ScanState, ScanTrouble
from models.rules.service_of_notice import Strength
from models.scans import ScanFile, ScanPage
from notices import scans as reading
from portal import current
from portal.services import notices, returns, scans
from portal.services.notices import Terms
from portal.services.returns import Walk
from portal.services.service_of_notice import record_service
from tests.conftest import NOW, work_off
from tests.services.test_service_of_notice import HANDED_OVER
from tests.world import World, moment

TERMS = Terms("https://loans.example", 35)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "now", lambda: NOW)


@pytest.fixture
def papers(database: Database, world: World) -> dict[str, Notice]:
    issued = {}
    for name, person in (("overdue", "member"), ("overdue_long", "member"), ("colleague", "member2")):
        with database.write() as session:
            borrower_id = world.borrowers[name].id
            issued[name] = notices.issue(session, act=world.act(person), borrower_id=borrower_id, terms=TERMS)
    return issued


def _slip(database: Database, notice: Notice) -> Image.Image:
    """The torn-off receipt as a scanner sees it: the lower right of the page, a little askew."""
    with database.reader() as session:
        pdf = session.get_one(NoticePaper, notice.id).pdf
    done = subprocess.run(["pdftoppm", "-r", "150", "-png", "-"], input=pdf, capture_output=True, check=True)
    page = Image.open(io.BytesIO(done.stdout)).convert("L")
    slip = page.crop((int(page.width * 0.3), int(page.height * 0.6), page.width, page.height))  # not the notice's code
    return slip.rotate(2, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def _pdf(*pages: Image.Image) -> bytes:
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=150)
    return out.getvalue()


def _send(database: Database, world: World, *contents: bytes) -> int:
    files = [(content, reading.pages(content)) for content in contents]
    with database.write() as session:
        return scans.take_in(session, act=world.act("member"), files=files).id


def _pages(database: Database) -> list[ScanPage]:
    with database.reader() as session:
        return list(session.scalars(select(ScanPage).order_by(ScanPage.file_position, ScanPage.page)))


def test_a_bundle_is_split_and_filed(
    database: Database, world: World, settings: Settings, papers: dict[str, Notice]
) -> None:
    with database.write() as session:
        record_service(session, act=world.act("member"), notice_id=papers["overdue"].id, attempt=HANDED_OVER)
    blank = Image.new("L", (900, 600), 255)
    bundle = _pdf(*(_slip(database, papers[name]) for name in ("overdue", "overdue_long", "colleague")), blank)
    photo = io.BytesIO()
    _slip(database, papers["overdue"]).save(photo, "JPEG")
    bundle_id = _send(database, world, bundle, photo.getvalue())
    assert work_off(database, settings) == [f"receipt-scans:{bundle_id}"]
    found = _pages(database)
    assert [(page.state, page.trouble) for page in found] == [
        (ScanState.FILED, None),
        (ScanState.WAITING, None),
        (ScanState.TO_ASSIGN, ScanTrouble.NOT_OURS),  # a colleague's: looks like one that does not exist
        (ScanState.TO_ASSIGN, ScanTrouble.NO_CODE),
        (ScanState.FILED, None),
    ]
    with database.reader() as session:
        service = session.scalars(select(Service)).one()
        assert service.strength is Strength.COMPLETE  # the scan was all it lacked
        assert session.scalars(select(func.count(Receipt.id))).one() == 2
        assert session.scalars(select(func.count()).select_from(ScanFile)).one() == 0
    # The return comes after the scan: the waiting page goes with it.
    with database.write() as session:
        returns.begin(session, act=world.act("member"), walk=Walk(moment("2026-11-23 09:00"), "成员乙"))
        noted = returns.note(session, act=world.act("member"), text=f"{papers['overdue_long'].check_code} 1")
        assert noted.outcome is ReturnOutcome.SIGNED_SELF
        returns.file(session, act=world.act("member"))
    with database.reader() as session:
        service = session.scalars(select(Service).where(Service.notice_id == papers["overdue_long"].id)).one()
    assert service.strength is Strength.COMPLETE
    assert _pages(database)[1].state is ScanState.FILED
    assert _pages(database)[1].image == b""


def test_the_rest_is_assigned_by_hand(
    database: Database, world: World, settings: Settings, papers: dict[str, Notice]
) -> None:
    bundle_id = _send(database, world, _pdf(Image.new("L", (900, 600), 200), Image.new("L", (900, 610), 255)))
    work_off(database, settings)
    first, second = _pages(database)
    with pytest.raises(NotVisible), database.write() as session:
        scans.assign(session, act=world.act("member"), page_id=first.id, notice_id=papers["colleague"].id)
    with pytest.raises(NotVisible), database.write() as session:
        scans.assign(session, act=world.act("member2"), page_id=first.id, notice_id=papers["colleague"].id)
    with database.write() as session:
        scans.assign(session, act=world.act("member"), page_id=first.id, notice_id=papers["overdue"].id)
        scans.set_aside(session, act=world.act("member"), page_id=second.id)
    assert [page.state for page in _pages(database)] == [ScanState.WAITING, ScanState.SET_ASIDE]
    with pytest.raises(Refused), database.write() as session:
        scans.set_aside(session, act=world.act("member"), page_id=first.id)
    # The same picture with another notice is noticed.
    with database.write() as session:
        record_service(session, act=world.act("member"), notice_id=papers["overdue"].id, attempt=HANDED_OVER)
    again = _send(database, world, _pdf(Image.new("L", (900, 600), 200)))
    work_off(database, settings)
    with database.reader() as session:
        page = session.scalars(select(ScanPage).where(ScanPage.bundle_id == again)).one()
    with pytest.raises(Refused, match="another notice"), database.write() as session:
        scans.assign(session, act=world.act("member"), page_id=page.id, notice_id=papers["overdue_long"].id)
    assert bundle_id != again


def test_reading_a_page_twice_files_it_once(database: Database, world: World, papers: dict[str, Notice]) -> None:
    with database.write() as session:
        record_service(session, act=world.act("member"), notice_id=papers["overdue"].id, attempt=HANDED_OVER)
    bundle_id = _send(database, world, _pdf(_slip(database, papers["overdue"])))
    for _ in range(2):
        assert scans.read_page(database, act=world.act("member"), bundle_id=bundle_id, position=1, number=1) is None
    with database.reader() as session:
        assert session.scalars(select(func.count(Receipt.id))).one() == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not a picture", "not a photo"),
        (b"%PDF-1.7\nnothing", "cannot be read"),
        (b"", "not a photo"),
        (b"\xff\xd8\xff\xe0 broken", "photo"),
    ],
)
def test_what_cannot_be_read_is_refused_before_it_is_kept(content: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        reading.pages(content)


def test_too_many_pages_are_refused(database: Database, world: World) -> None:
    with pytest.raises(Refused, match=str(MOST_PAGES)), database.write() as session:
        scans.take_in(session, act=world.act("member"), files=[(b"x", MOST_PAGES + 1)])
    with pytest.raises(Refused, match="at least one"), database.write() as session:
        scans.take_in(session, act=world.act("member"), files=[])
