from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, update

from models.database import Database
from models.events import Event
from models.handovers import Handover
from models.organisation import GroupSeat
from models.rules.handovers import REMARKS_MOST, HandoverState
from portal.services.areas import assign_village
from tests.conftest import NOW, sign_in
from tests.world import NAMES, World


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(client: FlaskClient, world: World) -> FlaskClient:
    return client


def _give(database: Database, world: World, to: str = "member2") -> str:
    with database.write() as session:
        assign_village(
            session,
            act=world.act("leader"),
            village_code=world.villages["东湾"].code,
            school_id=world.schools["S01"].id,
            seat_id=world.seats[to].id,
        )
        return f"/handovers/{session.scalars(select(Handover.id)).one()}"


def _page(browser: FlaskClient, url: str, who: str) -> str:
    browser.post("/sign-out")
    sign_in(browser, who)
    browser.post("/language", data={"language": "en"})
    return browser.get(url).get_data(as_text=True)


def test_the_receiver_is_told_reads_and_accepts(browser: FlaskClient, database: Database, world: World) -> None:
    url = _give(database, world)
    today = _page(browser, "/", "member2")
    assert "1 village was handed to you" in today
    assert f'href="{url}"' in browser.get("/handovers").get_data(as_text=True)
    page = browser.get(url).get_data(as_text=True)
    assert NAMES["overdue"] in page
    assert NAMES["colleague"] not in page  # of another village of the same member
    assert world.phones["overdue"] not in page
    assert "成员甲（山前镇中心学校）" in page
    assert page.count("<h1>") == 1
    assert NAMES["overdue"] not in page[page.index("<title>") : page.index("</title>")]
    answer = browser.post(f"{url}/accept", data={"remarks": "通知书的回执在哪里？"})
    assert (answer.status_code, answer.location) == (303, url)
    page = browser.get(url).get_data(as_text=True)
    assert "handover accepted" in page
    assert "I have read this" not in page
    assert "handed to you" not in browser.get("/").get_data(as_text=True)
    assert "通知书的回执在哪里？" in _page(browser, url, "leader")


def test_who_gave_the_village_sees_it_and_cannot_accept(browser: FlaskClient, database: Database, world: World) -> None:
    url = _give(database, world)
    page = _page(browser, url, "leader")
    assert NAMES["overdue"] in page
    assert "accept-title" not in page
    for step in ("accept", "accept-on-paper"):
        assert browser.post(f"{url}/{step}", data={}).status_code == 409
    assert "not accepted in time" not in browser.get("/").get_data(as_text=True)
    with time_machine.travel(NOW + timedelta(days=4), tick=False):  # Friday; the third working day was Thursday
        for who in ("leader", "deputy"):
            assert "1 handover of a village was not accepted in time" in _page(browser, "/", who)
        assert "not accepted in time" not in _page(browser, "/", "leader_b")
    village = _page(browser, f"/areas/{world.villages['东湾'].code}", "deputy")
    assert "Handed to 成员乙; it waits to be accepted by 2026-11-26." in village
    assert f'href="{url}"' in village


def test_a_signed_copy_is_filed_for_who_has_no_account(browser: FlaskClient, database: Database, world: World) -> None:
    with database.write() as session:
        session.execute(update(GroupSeat).where(GroupSeat.id == world.seats["member2"].id).values(user_id=None))
    url = _give(database, world)
    assert "I have seen the signed copy" in _page(browser, url, "deputy")
    too_long = browser.post(f"{url}/accept-on-paper", data={"remarks": "字" * (REMARKS_MOST + 1)})
    assert too_long.status_code == 422
    assert "Please keep to" in too_long.get_data(as_text=True)
    assert browser.post(f"{url}/accept-on-paper", data={"remarks": ""}).status_code == 303
    assert "signed copy seen by 副组长甲" in browser.get(url).get_data(as_text=True)
    with database.reader() as session:
        assert session.scalars(select(Handover.state)).one() is HandoverState.ACCEPTED


def test_out_of_reach_looks_missing(browser: FlaskClient, database: Database, world: World) -> None:
    url = _give(database, world)
    for who in ("member", "member_b", "leader_b"):
        browser.post("/sign-out")
        sign_in(browser, who)
        browser.post("/language", data={"language": "en"})
        assert browser.get(url).status_code == 404, who
        assert browser.post(f"{url}/accept", data={}).status_code == 404, who
        assert "No village was handed over yet" in browser.get("/handovers").get_data(as_text=True)


def test_one_that_ended_shows_no_people(browser: FlaskClient, database: Database, world: World) -> None:
    url = _give(database, world)
    with database.write() as session:
        assign_village(
            session,
            act=world.act("leader"),
            village_code=world.villages["东湾"].code,
            school_id=world.schools["S01"].id,
            seat_id=world.seats["deputy"].id,
        )
    page = _page(browser, url, "leader")
    assert "ended before it was accepted" in page
    assert NAMES["overdue"] not in page


def test_the_sheet_is_fetched_on_record_and_by_nobody_else(
    browser: FlaskClient, database: Database, world: World, tmp_path: Path
) -> None:
    url = _give(database, world)
    _page(browser, url, "leader")
    answer = browser.get(f"{url}/sheet.pdf")
    assert answer.mimetype == "application/pdf"
    path = tmp_path / "sheet.pdf"
    path.write_bytes(answer.data)
    shown = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True, text=True).stdout
    assert NAMES["overdue"] in shown
    assert world.phones["overdue"] not in shown
    assert NAMES["colleague"] not in shown
    with database.reader() as session:
        event = session.scalars(select(Event).where(Event.tag == "handover:printed")).one()
        assert event.facts == {"people": 2}
    _page(browser, url, "member")
    assert browser.get(f"{url}/sheet.pdf").status_code == 404
