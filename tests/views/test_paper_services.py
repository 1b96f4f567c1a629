"""The pages on which a co-borrower's notice is served, as a member meets them."""

from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from models.database import Database
from models.notices import Notice
from models.papers import IssuedPaper, PaperReceipt, PaperService
from models.rules.service_of_notice import Strength
from notices import layout
from portal.services import notices, papers
from tests.conftest import sign_in
from tests.services.test_service_of_notice import TERMS
from tests.world import World

pytestmark = pytest.mark.usefixtures("time_is")

EN = {"Accept-Language": "en"}
ANSWERS = {
    "was_served": "yes", "method": "direct", "at": "2026-11-23T09:30", "second_visitor": "成员乙",
    "signer_name": "甲父", "signer_relation": "co_borrower", "signed": "y",
}  # fmt: skip


@pytest.fixture
def paper(database: Database, world: World, monkeypatch: pytest.MonkeyPatch) -> IssuedPaper:
    monkeypatch.setattr(layout, "render", lambda said, **_: f"%PDF {said.to_json()}".encode())
    act = world.act("member")
    with database.write() as session:
        notice = notices.issue(session, act=act, borrower_id=world.borrowers["overdue"].id, terms=TERMS)
    with database.write() as session:
        return papers.issue_to_co_borrower(session, act=act, notice_id=notice.id, place=0, terms=TERMS)


def page(client: FlaskClient, path: str) -> str:
    return re.sub(r"\s+", " ", client.get(path, headers=EN).get_data(as_text=True))


def jpeg() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(file, "JPEG")
    file.seek(0)
    return file


def test_a_member_records_the_service_and_mends_its_proof(
    client: FlaskClient, database: Database, paper: IssuedPaper
) -> None:
    sign_in(client, "member")
    place = f"/papers/{paper.id}"
    shown = page(client, place)
    assert "to be served" in shown
    assert "Nobody has tried yet" in shown
    assert "counts neither for the next level nor for limitation" in shown
    form = page(client, f"{place}/service")
    assert "The relative is adult and lives with the co-borrower" in form
    assert 'value="self"' not in form  # the borrower signs for it as a relative, or not at all
    assert client.post(f"{place}/service", data={}).status_code == 422
    early = client.post(f"{place}/service", data=ANSWERS | {"at": "2026-11-20T09:30"}, headers=EN)
    assert early.status_code == 422
    assert "cannot have been served before" in early.get_data(as_text=True)
    not_a_photo = ANSWERS | {"photo": (io.BytesIO(b"no picture"), "x.jpg")}
    assert client.post(f"{place}/service", data=not_a_photo).status_code == 422
    assert client.post(f"{place}/service", data=ANSWERS).status_code == 303
    shown = page(client, place)
    assert "There is no photo or scan of the receipt" in shown
    assert "Mend the proof" in shown
    assert "Record the service" not in shown
    refused = client.post(f"{place}/proof", data={})
    assert refused.status_code == 422
    assert f'<p class="lead">{paper.serial} · ' in refused.get_data(as_text=True)
    assert refused.get_data(as_text=True).count(f'href="{place}"') == 2  # the crumb, and giving up
    assert client.post(f"{place}/proof", data={"photo": (jpeg(), "slip.jpg")}).status_code == 303
    with database.reader() as session:
        assert session.scalars(select(PaperService.strength)).one() is Strength.COMPLETE
        receipt_id = session.scalars(select(PaperReceipt.id)).one()
    assert client.get(f"{place}/receipts/{receipt_id}").mimetype == "image/jpeg"
    assert client.get(f"{place}/receipts/{receipt_id + 1}").status_code == 404
    assert "served" in page(client, f"/notices/{paper.notice_id}")


def test_others_serve_nothing(client: FlaskClient, paper: IssuedPaper) -> None:
    sign_in(client, "member_b")
    for path in (f"/papers/{paper.id}/service", f"/papers/{paper.id}/proof", f"/papers/{paper.id}/receipts/1"):
        assert client.get(path).status_code == 404
    client.post("/sign-out")
    sign_in(client, "centre")
    assert "Record the service" not in page(client, f"/papers/{paper.id}")


def test_nothing_is_mended_before_it_was_handed_over(client: FlaskClient, paper: IssuedPaper) -> None:
    sign_in(client, "member")
    assert client.get(f"/papers/{paper.id}/proof").status_code == 404


def test_a_paper_whose_notice_is_called_back_says_so_first(
    client: FlaskClient, database: Database, world: World, paper: IssuedPaper
) -> None:
    with database.write() as session:
        assert session.get_one(Notice, paper.notice_id)
        notices.call_back(session, act=world.act("centre"), notice_id=paper.notice_id or 0, reason="发错了")
    sign_in(client, "member")
    shown = page(client, f"/papers/{paper.id}")
    assert "Do not serve" in shown
    assert "this one with it: 发错了" in shown
    assert client.post(f"/papers/{paper.id}/service", data=ANSWERS).status_code == 422
