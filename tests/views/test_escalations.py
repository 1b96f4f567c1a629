"""The pages of a request for help: leader → township, one page without amounts, by a browser."""

from __future__ import annotations

import re

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from models.database import Database
from models.events import Event
from models.rules.contacts import Reached
from tests import efforts
from tests.conftest import sign_in
from tests.world import World, moment

pytestmark = pytest.mark.usefixtures("time_is")

ASK = {
    "body": "township",
    "help_asked": "locate",
    "request": "请到村里问一下现在的住处。",
    "what_was_tried": "先后三次联系，均没有联系上。",
    "working_days": "10",
}


def _as(client: FlaskClient, who: str) -> FlaskClient:
    client.post("/sign-out")
    return sign_in(client, who)


@pytest.fixture
def ready(database: Database, world: World) -> World:
    with database.write() as session:
        efforts.contacts(session, world, reached=Reached.NOBODY)
        efforts.receipt(session, world)
    return world


def _send(client: FlaskClient, world: World) -> str:
    sign_in(client, "leader")
    sent = client.post(f"/borrowers/{world.borrowers['overdue'].id}/escalations/new", data=ASK)
    assert sent.status_code == 303, sent.get_data(as_text=True)
    return str(sent.location)


def test_the_whole_way(client: FlaskClient, ready: World, database: Database) -> None:
    request = _send(client, ready)
    assert client.get(request).status_code == 200
    assert client.get(f"{request}/letter.pdf").data.startswith(b"%PDF-")
    _as(client, "township")
    assert "甲一鸣" in client.get("/escalations").get_data(as_text=True)
    assert client.get(request).status_code == 200
    assert client.post(f"{request}/close").status_code == 409  # nothing reported yet
    assert client.post(f"{request}/accept").status_code == 303
    assert client.post(f"{request}/report", data={"text": ""}).status_code == 422
    assert client.post(f"{request}/report", data={"text": "在外务工，已请其联系中心。"}).status_code == 303
    assert client.post(f"{request}/close").status_code == 303
    assert client.get(request).status_code == 404
    _as(client, "leader")
    assert "在外务工" in client.get(request).get_data(as_text=True)
    with database.reader() as session:
        views = session.scalars(select(Event).where(Event.tag == "escalation:viewed")).all()
    assert [view.actor_name for view in views] == ["乡镇甲"]


def test_the_township_learns_no_amount_no_number_and_no_contract(client: FlaskClient, ready: World) -> None:
    request = _send(client, ready)
    _as(client, "township")
    for page in (request, "/escalations", f"{request}/return"):
        text = client.get(page).get_data(as_text=True)
        bare = re.sub(r'(name="(?:csrf_token|submit_key)" value=")[^"]*', r"\1", text)
        assert "甲一鸣" in text
        for secret in (ready.id_numbers["overdue"], ready.phones["overdue"], "DEMO-overdue", "1,171", "1171", "1140"):
            assert secret not in bare, (page, secret)
        assert "¥" not in bare
        assert "元" not in bare
        assert not re.search(r"(?<!\d)1[3-9]\d[\d*]{8}(?!\d)", bare), page  # a phone, masked or not
        assert not re.search(r"\d{6}[\d*]{8}", bare), page  # an identity number, masked or not
    text = client.get(request).get_data(as_text=True)
    assert "东湾村1号" in text
    assert "0999-1234567" in text  # the centre's landline


def test_words_that_come_too_late_are_not_lost(client: FlaskClient, ready: World) -> None:
    """A colleague reported meanwhile: what was written here can still be copied, and the page says what happened."""
    request = _send(client, ready)
    _as(client, "township")
    client.post(f"{request}/accept")
    client.post(f"{request}/report", data={"text": "在外务工。"})
    refused = client.post(f"{request}/report", data={"text": "他母亲说春节前回来。"})
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "error-summary" in page
    assert "他母亲说春节前回来。" in page


def test_an_answer_at_once_needs_no_acceptance_first(client: FlaskClient, ready: World, database: Database) -> None:
    request = _send(client, ready)
    _as(client, "township")
    assert f'href="{request}/report"' in client.get(request).get_data(as_text=True)
    assert client.post(f"{request}/report", data={"text": "在外务工，已请其联系中心。"}).status_code == 303
    with database.reader() as session:
        told = session.scalars(
            select(Event.tag).where(Event.tag.in_(("escalation:accepted", "escalation:reported"))).order_by(Event.id)
        ).all()
    assert told == ["escalation:accepted", "escalation:reported"]


def test_other_townships_and_schools_see_nothing(client: FlaskClient, ready: World) -> None:
    request = _send(client, ready)
    for who in ("township_b", "leader_b", "member2"):
        _as(client, who)
        assert client.get(request).status_code == 404, who
        assert client.get(f"{request}/letter.pdf").status_code == 404, who
        assert "甲一鸣" not in client.get("/escalations").get_data(as_text=True)
    _as(client, "township_b")
    for step in ("accept", "close"):
        assert client.post(f"{request}/{step}").status_code == 404
    assert client.get(f"{request}/report").status_code == 404
    _as(client, "leader_b")
    assert client.post(f"{request}/withdraw").status_code == 404
    assert client.get(f"{request}/resend").status_code == 404


@pytest.mark.parametrize(
    ("when", "words"), [("2026-12-02 10:00", "3 "), ("2026-12-09 10:00", "■")], ids=["left", "overdue"]
)
def test_the_clock_is_shown(client: FlaskClient, ready: World, when: str, words: str) -> None:
    request = _send(client, ready)
    with time_machine.travel(moment(when), tick=False):
        _as(client, "township")
        bar = re.search(r'class="identity-bar".*?</div>', client.get(request).get_data(as_text=True), re.DOTALL)
    assert bar is not None
    assert words in bar.group()


def test_the_view_expires(client: FlaskClient, ready: World) -> None:
    request = _send(client, ready)
    with time_machine.travel(moment("2026-12-24 09:00"), tick=False):
        _as(client, "township")
        assert client.get(request).status_code == 404


def test_returned_amended_and_sent_again(client: FlaskClient, ready: World) -> None:
    request = _send(client, ready)
    _as(client, "township")
    back = client.post(f"{request}/return", data={"text": "请写明要做什么"})
    assert back.location == "/escalations"
    assert client.get(request).status_code == 404
    _as(client, "leader")
    assert "请写明要做什么" in client.get(f"{request}/resend").get_data(as_text=True)
    assert client.post(f"{request}/resend", data=ASK).status_code == 303
    assert client.post(f"{request}/withdraw").status_code == 303


def test_nothing_typed_is_lost_when_too_little_was_tried(client: FlaskClient, world: World) -> None:
    sign_in(client, "leader")
    page = f"/borrowers/{world.borrowers['overdue'].id}/escalations/new"
    refused = client.post(page, data=ASK)
    assert refused.status_code == 422
    assert ASK["request"] in refused.get_data(as_text=True)
    named = client.post(page, data=ASK | {"request": "欠1171元，请转告。", "untried_reason": "全家外出"})
    assert named.status_code == 422


def test_a_request_nobody_answered_in_time_is_on_the_desk_of_who_asks_again(client: FlaskClient, ready: World) -> None:
    request = _send(client, ready)
    assert "超期未获答复" not in client.get("/").get_data(as_text=True)
    with time_machine.travel(moment("2026-12-09 09:00"), tick=False):
        for who in ("leader", "centre"):
            _as(client, who)
            assert "1 件提请协助超期未获答复" in client.get("/").get_data(as_text=True), who
            late = client.get("/escalations?state=late").get_data(as_text=True)
            assert f'href="{request}"' in late
            assert f'href="{request}"' not in client.get("/escalations?state=reported").get_data(as_text=True)
        _as(client, "member")
        assert "超期未获答复" not in client.get("/").get_data(as_text=True)
        _as(client, "township")
        client.post(f"{request}/accept")
        client.post(f"{request}/report", data={"text": "在外务工，已请其联系中心。"})
        _as(client, "leader")
        assert "超期未获答复" not in client.get("/").get_data(as_text=True)
        assert "没有符合条件的提请协助" in client.get("/escalations?state=late").get_data(as_text=True)
