"""Pages of scanned receipts and evidence files: taken in, followed, assigned, fetched; other people's look missing."""

from __future__ import annotations

import io

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from config import Settings
from models.database import Database
from models.events import Event
from models.rules.scans import ScanState
from models.scans import ScanPage
from notices import layout
from portal import current
from portal.services import notices
from portal.services.notices import Terms
from tests.conftest import NOW, sign_in, work_off
from tests.world import World


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "now", lambda: NOW)


def _jpeg() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (600, 400), "white").save(out, "JPEG")
    out.seek(0)
    return out


def test_a_bundle_is_sent_in_and_the_rest_assigned(
    client: FlaskClient, database: Database, world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "render", lambda said, **_: f"%PDF {said.to_json()}".encode())
    with database.write() as session:
        borrower_id = world.borrowers["overdue"].id
        terms = Terms("https://loans.example", 35)
        notice = notices.issue(session, act=world.act("member"), borrower_id=borrower_id, terms=terms)
    sign_in(client, "member")
    assert client.get("/notices/scans").status_code == 200
    assert client.post("/notices/scans", data={}).status_code == 422
    wrong = client.post("/notices/scans", data={"files": (io.BytesIO(b"text"), "a.pdf")})
    assert wrong.status_code == 422
    answer = client.post("/notices/scans", data={"files": (_jpeg(), "a.jpg")})
    assert answer.status_code == 303
    assert "progress" in client.get(answer.location).get_data(as_text=True)
    work_off(database, settings)
    with database.reader() as session:
        page = session.scalars(select(ScanPage)).one()
    shown = client.get(answer.location).get_data(as_text=True)
    assert notice.serial in shown
    picture = client.get(f"/notices/scans/pages/{page.id}/picture.jpg")
    assert picture.data.startswith(b"\xff\xd8")
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    path = f"/notices/scans/pages/{page.id}/assign"
    assert client.post(path, data={"belongs_to": "notice-999"}).status_code == 409
    assert client.post(path, data={"belongs_to": f"notice-{notice.id}"}).status_code == 303
    with database.reader() as session:
        assert session.get_one(ScanPage, page.id).state is ScanState.WAITING
    sign_in(client, "member2")
    for foreign in (answer.location, f"/notices/scans/pages/{page.id}/picture.jpg"):
        assert client.get(foreign).status_code == 404


def test_an_evidence_file_is_asked_for_and_fetched(
    client: FlaskClient, database: Database, world: World, settings: Settings
) -> None:
    sign_in(client, "leader")
    path = f"/borrowers/{world.borrowers['overdue'].id}/evidence"
    assert client.get(path).status_code == 200
    assert client.post(path, data={}).status_code == 422
    answer = client.post(path, data={"reason": "提请法律咨询"})
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200
    assert client.get(f"{answer.location}/file.pdf").status_code == 404  # not made yet
    work_off(database, settings)
    assert f"{answer.location}/file.pdf" in client.get(answer.location).get_data(as_text=True)
    assert client.get(f"{answer.location}/file.pdf").data.startswith(b"%PDF-")
    assert "提请法律咨询" in client.get(path).get_data(as_text=True)
    with database.reader() as session:
        assert session.scalars(select(Event).where(Event.tag == "evidence:downloaded")).one().borrower_id
    sign_in(client, "leader_b")
    assert client.get(answer.location).status_code == 404
    sign_in(client, "member")
    assert client.get(path).status_code == 403
