"""The evidence file of a borrower: everything on record, counted pages, only for who may, each step recorded."""

from __future__ import annotations

import hashlib
import io

import pdfplumber
import pytest
from sqlalchemy import select

from config import Settings
from models.database import Database
from models.events import Event
from models.evidence_files import EvidenceFile
from models.jobs import Job
from models.notices import Notice
from models.rules.jobs import JobState
from models.rules.refusals import NotVisible, Refused
from portal import current
from portal.queries import evidence_files as reads
from portal.services import evidence_files, notices
from portal.services.notices import Terms
from portal.services.service_of_notice import record_service
from tests.conftest import NOW, work_off
from tests.services.test_service_of_notice import HANDED_OVER, photo
from tests.world import NAMES, World

TERMS = Terms("https://loans.example", 35)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "now", lambda: NOW)


@pytest.fixture
def notice(database: Database, world: World) -> Notice:
    with database.write() as session:
        borrower_id = world.borrowers["overdue"].id
        made = notices.issue(session, act=world.act("member"), borrower_id=borrower_id, terms=TERMS)
    with database.write() as session:
        record_service(
            session, act=world.act("member"), notice_id=made.id, attempt=HANDED_OVER, photos=[photo(), photo("red")]
        )
    return made


def _ask(database: Database, world: World, person: str, reason: str = "提请法律咨询") -> int:
    with database.write() as session:
        borrower_id = world.borrowers["overdue"].id
        return evidence_files.ask(session, act=world.act(person), borrower_id=borrower_id, reason=reason).id


def test_all_on_record_becomes_one_file(database: Database, world: World, settings: Settings, notice: Notice) -> None:
    file_id = _ask(database, world, "deputy")
    assert work_off(database, settings) == [f"evidence-file:{file_id}"]
    with database.reader() as session:
        row = session.get_one(EvidenceFile, file_id)
        assert session.scalars(select(Job)).one().state is JobState.DONE
        body = reads.pdf(session, world.actor("leader"), world.act(None).today, file_id)
        with pytest.raises(NotVisible):
            reads.pdf(session, world.actor("leader_b"), world.act(None).today, file_id)
        tags = session.scalars(select(Event.tag).where(Event.subject == f"evidence-file/{file_id}")).all()
        chain = session.scalars(select(Event).where(Event.subject == f"notice/{notice.id}")).all()
    assert list(tags) == ["evidence:asked", "evidence:made"]
    assert hashlib.sha256(body).hexdigest() == row.sha256
    with pdfplumber.open(io.BytesIO(body)) as pdf:
        texts = [page.extract_text().replace(" ", "") for page in pdf.pages]
    assert len(texts) == row.pages
    for number, text in enumerate(texts, start=1):
        assert f"全卷第{number}页，共{row.pages}页" in text
    front = "".join(texts)
    assert NAMES["overdue"] in texts[0]
    assert "提请法律咨询" in texts[0]
    assert front.count("送达回证图片") == 2
    assert all(event.hash[:12] in front for event in chain)
    paper = next(number for number, text in enumerate(texts, start=1) if "沿虚线撕下" in text)
    line = next(line for line in texts[0].splitlines() if line.startswith("1催收通知书"))
    assert line.endswith(f"{paper}1{notice.sha256[:16]}")


def test_made_once_and_only_with_a_reason(database: Database, world: World, settings: Settings, notice: Notice) -> None:
    with pytest.raises(Refused, match="why"):
        _ask(database, world, "centre", " ")
    with pytest.raises(NotVisible):
        _ask(database, world, "leader_b")
    file_id = _ask(database, world, "centre")
    work_off(database, settings)
    with database.reader() as session:
        before = session.get_one(EvidenceFile, file_id).sha256
    evidence_files.make(database, act=world.act("centre"), file_id=file_id, years=5)
    with database.reader() as session:
        assert session.get_one(EvidenceFile, file_id).sha256 == before
