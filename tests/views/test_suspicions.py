"""The pages of a report: member → leader → person's reply → centre, by a browser."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from models.database import Database
from models.rules.suspicions import QUESTIONS
from tests import efforts
from tests.conftest import sign_in
from tests.world import World

pytestmark = pytest.mark.usefixtures("time_is")


def _form(**changes: str) -> dict[str, str]:
    filled = {"ground_explicit_refusal": "y", "proof_explicit_refusal": "11月12日入户时当着两人说有钱也不还"}
    for question in QUESTIONS:
        filled[f"answer_{question.value}"] = "no"
        filled[f"evidence_{question.value}"] = "村委会2026年11月10日口头证实"
    return filled | changes


def _as(client: FlaskClient, who: str) -> FlaskClient:
    client.post("/sign-out")
    return sign_in(client, who)


@pytest.fixture
def ready(database: Database, world: World) -> World:
    with database.write() as session:
        efforts.contacts(session, world)
        efforts.receipt(session, world)
    return world


def test_the_whole_way(client: FlaskClient, ready: World) -> None:
    sign_in(client, "member")
    page = f"/borrowers/{ready.borrowers['overdue'].id}/suspicions/new"
    assert client.get(page).status_code == 200
    sent = client.post(page, data=_form())
    assert sent.status_code == 303, sent.get_data(as_text=True)
    report = sent.location
    assert client.get(page).location == report  # one is open already
    assert client.post(f"{report}/sign").status_code == 403
    assert "甲一鸣" in client.get("/suspicions").get_data(as_text=True)
    _as(client, "leader")
    assert f"{report}/sign" in client.get(report).get_data(as_text=True)
    assert client.post(f"{report}/sign").status_code == 303
    paper = client.get(f"{report}/slip.pdf")
    assert paper.data.startswith(b"%PDF-")
    assert "甲" not in paper.headers["Content-Disposition"]
    _as(client, "centre")
    decision = {"step": "uphold", "reason": "两次核实，理由成立。"}
    early = client.post(f"{report}/decide", data=decision)
    assert early.status_code == 422
    assert "2026-12-07" in early.get_data(as_text=True)
    assert decision["reason"] in early.get_data(as_text=True)
    assert client.post(f"{report}/reply", data={"replied_on": "2026-11-23", "text": "我不服"}).status_code == 303
    assert "我不服" in client.get(f"{report}/decide").get_data(as_text=True)
    assert client.post(f"{report}/decide", data=decision).status_code == 303
    shown = client.get(report).get_data(as_text=True)
    assert decision["reason"] in shown
    assert client.get("/suspicions?state=upheld").get_data(as_text=True).count("甲一鸣") == 1


def test_what_stands_in_the_way_is_named_and_nothing_typed_is_lost(client: FlaskClient, world: World) -> None:
    sign_in(client, "member")
    person = world.borrowers["overdue"].id
    page = f"/borrowers/{person}/suspicions/new"
    shown = client.get(page).get_data(as_text=True)
    assert f"/borrowers/{person}/contacts/new" in shown
    refused = client.post(page, data=_form(answer_low_income="yes", evidence_low_income="村里说是低保户"))
    text = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "村里说是低保户" in text
    assert "当着两人说有钱也不还" in text
    assert "error-summary" in text
    assert client.get("/suspicions").get_data(as_text=True).count("甲一鸣") == 0


def test_the_summary_says_which_question_each_link_leads_to(client: FlaskClient, ready: World) -> None:
    sign_in(client, "member")
    client.post("/language", data={"language": "en"})
    page = f"/borrowers/{ready.borrowers['overdue'].id}/suspicions/new"
    bare = {name: "" if name.startswith("evidence_") else value for name, value in _form().items()}
    text = client.post(page, data=bare).get_data(as_text=True)
    summary = text[text.index("error-summary") :].split("</div>")[0]
    links = re.findall(r'<a href="#[^"]+">([^<]+)</a>', summary)
    assert len(links) == len(QUESTIONS)
    assert len(set(links)) == len(links)
    assert all(link.endswith(" · How it is known") for link in links)


def test_nothing_is_asked_that_could_not_be_sent(client: FlaskClient, world: World) -> None:
    sign_in(client, "member")
    page = client.get(f"/borrowers/{world.borrowers['overdue'].id}/suspicions/new").get_data(as_text=True)
    assert 'name="answer_' not in page
    assert page.count("<li>") > len(QUESTIONS)  # what stands in the way, then what will be asked


def test_return_and_mend(client: FlaskClient, ready: World) -> None:
    sign_in(client, "member")
    report = client.post(f"/borrowers/{ready.borrowers['overdue'].id}/suspicions/new", data=_form()).location
    _as(client, "leader")
    assert client.post(f"{report}/return", data={"reason": ""}).status_code == 422
    assert client.post(f"{report}/return", data={"reason": "证据不清楚"}).status_code == 303
    _as(client, "member")
    mending = client.get(f"{report}/resubmit").get_data(as_text=True)
    assert "证据不清楚" in mending
    assert "当着两人说有钱也不还" in mending
    assert client.post(f"{report}/resubmit", data=_form()).status_code == 303
    assert client.post(f"{report}/withdraw").status_code == 303
    assert client.post(f"{report}/withdraw").status_code == 409


def test_other_peoples_reports_look_missing(client: FlaskClient, ready: World) -> None:
    sign_in(client, "member")
    report = client.post(f"/borrowers/{ready.borrowers['overdue'].id}/suspicions/new", data=_form()).location
    for who in ("member2", "member_b", "deputy_b", "leader_b"):
        _as(client, who)
        assert client.get(report).status_code == 404, who
        assert client.get(f"{report}/reply").status_code == 404, who
        assert client.get(f"{report}/slip.pdf").status_code == 404, who
        assert "甲一鸣" not in client.get("/suspicions").get_data(as_text=True)
    assert client.post(f"{report}/sign").status_code == 404  # leader_b
    for who in ("township", "admin", "auditor"):
        _as(client, who)
        assert client.get(report).status_code == 403, who
