"""The page of returns: the box with and without a script, its refusals, and a filed round."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models.database import Database
from models.notices import Notice, Service
from models.returns import ReturnEntry
from models.rules import verification
from models.rules.workflows import NoticeState
from notices import layout
from portal import current
from portal.services import notices
from portal.services.notices import Terms
from tests.conftest import NOW, sign_in
from tests.world import NAMES, World

LINES = "/notices/returns/lines"
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "now", lambda: NOW)
    monkeypatch.setattr(layout, "render", lambda said, *, reprint=False: f"%PDF {reprint} {said.to_json()}".encode())


@pytest.fixture
def notice(database: Database, world: World) -> Notice:
    terms = Terms("http://127.0.0.1:8000", 35)
    act = world.act("member", NOW - timedelta(days=1))
    with database.write() as session:
        return notices.issue(session, act=act, borrower_id=world.borrowers["overdue"].id, terms=terms)


def _walk(client: FlaskClient, **more: str) -> None:
    data = {"walked_at": "2026-11-23T09:00", "second_visitor": "同事乙", **more}
    assert client.post("/notices/returns/walk", data=data).status_code == 303


def _code(notice: Notice) -> str:
    return verification.short_code(notice.year, notice.number)


def test_the_box_asks_for_the_walk_first(client: FlaskClient, world: World) -> None:
    sign_in(client, "member")
    page = client.get("/notices/returns").get_data(as_text=True)
    assert 'value="2026-11-23T10:00"' in page
    late = client.post("/notices/returns/walk", data={"walked_at": "2027-01-01T09:00"})
    assert late.status_code == 422
    assert client.post("/notices/returns/walk", data={}).status_code == 422
    assert client.post(LINES, data={"line": "x"}).status_code == 404
    _walk(client)
    page = client.get("/notices/returns").get_data(as_text=True)
    assert 'name="line"' in page
    assert "同事乙" in page
    assert 'value="同事乙"' in client.get("/notices/returns/walk").get_data(as_text=True)


def test_noted_by_form_and_filed(client: FlaskClient, database: Database, world: World, notice: Notice) -> None:
    sign_in(client, "member")
    _walk(client)
    wrong = client.post(LINES, data={"line": "ACDEF 1"})
    assert wrong.status_code == 422
    assert 'value="ACDEF 1"' in wrong.get_data(as_text=True)
    assert client.post(LINES, data={"line": f"{_code(notice)} 1"}).status_code == 303
    assert NAMES["overdue"] in client.get("/notices/returns").get_data(as_text=True)
    answer = client.post("/notices/returns/file")
    assert answer.status_code == 303
    page = client.get(answer.location).get_data(as_text=True)
    assert notice.serial in page
    with database.reader() as session:
        assert session.get_one(Notice, notice.id).state is NoticeState.SERVED
        assert session.scalars(select(Service)).one().second_visitor == "同事乙"
    sign_in(client, "member2")
    assert client.get(answer.location).status_code == 404


def test_a_script_gets_figures(client: FlaskClient, database: Database, world: World, notice: Notice) -> None:
    sign_in(client, "member")
    _walk(client)
    asks = client.post(LINES, data={"line": _code(notice)}, headers=JSON).get_json()
    assert (asks["kind"], asks["total"]) == ("asks", 0)
    noted = client.post(LINES, data={"line": f"{_code(notice)} 5"}, headers=JSON).get_json()
    assert (noted["kind"], noted["total"], noted["rows"][0]["name"]) == ("noted", 1, NAMES["overdue"])
    refused = client.post(LINES, data={"line": "ACDEF7 1"}, headers=JSON).get_json()
    assert refused["kind"] == "refused"
    undone = client.post(LINES, data={"line": "-"}, headers=JSON).get_json()
    assert (undone["kind"], undone["total"]) == ("noted", 0)
    with database.reader() as session:
        assert session.scalars(select(ReturnEntry)).all() == []


def test_the_proof_is_mended_on_its_page(client: FlaskClient, database: Database, world: World, notice: Notice) -> None:
    sign_in(client, "member")
    path = f"/notices/{notice.id}/proof"
    assert client.get(path).status_code == 404  # nobody has handed it over
    _walk(client, second_visitor="")
    client.post(LINES, data={"line": f"{_code(notice)} 3"})
    client.post("/notices/returns/file")
    page = client.get(path).get_data(as_text=True)
    assert f'<p class="lead">{notice.serial} · 甲一鸣' in page
    assert page.count(f'href="/notices/{notice.id}"') == 2  # the crumb, and giving up
    assert 'name="signer_name"' in page
    assert 'name="post_number"' not in page  # not asked for by this way of service
    assert client.post(path, data={}).status_code == 422
    assert client.post(path, data={"signer_name": "甲母", "second_visitor": "同事乙"}).status_code == 303
    with database.reader() as session:
        service = session.scalars(select(Service)).one()
    assert (service.signer_name, service.second_visitor) == ("甲母", "同事乙")
    sign_in(client, "member_b")
    assert client.get(path).status_code == 404
