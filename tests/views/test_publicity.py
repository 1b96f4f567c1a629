"""Pages of publicity: the list and its filters, the form that loses nothing, the workbook, and what is void."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from io import BytesIO

import openpyxl
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from models.database import Database
from models.events import Event
from models.publicity import PublicityEvent, PublicityPhoto
from tests.conftest import NOW, sign_in
from tests.services.test_publicity import record
from tests.world import World


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def member(client: FlaskClient, world: World) -> FlaskClient:
    client.post("/language", data={"language": "en"})
    return sign_in(client, "member")


def text(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def sent(**changes: object) -> dict[str, object]:
    return {
        "held_on": "2026-11-20",
        "kind": "class_talk",
        "village": "",
        "place": "School hall",
        "held_by": "成员甲",
        "people": "31",
        "leaflets": "0",
        "topics": ["policy", "fraud_warning"],
        "note": "asked about the day",
        "submit_key": "key",
        **changes,
    }


def jpeg() -> io.BytesIO:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(buffer, "JPEG", comment=b"secret place")
    buffer.seek(0)
    return buffer


def test_recorded_with_a_photo_it_is_read_back(member: FlaskClient, database: Database) -> None:
    assert "Nothing is on record yet" in text(member, "/publicity")
    answer = member.post("/publicity/new", data=sent(photo=(jpeg(), "IMG_1.jpg")), content_type="multipart/form-data")
    assert answer.status_code == 303
    page = text(member, answer.location)
    assert "School hall" in page
    assert "warning of fraud" in page
    picture = member.get(f"{answer.location}/photo")
    assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")
    assert b"secret place" not in picture.data
    assert "1 occasion on record" in text(member, "/publicity")
    with database.reader() as session:
        assert len(session.scalars(select(PublicityPhoto)).all()) == 1


def test_a_form_sent_twice_has_one_effect(member: FlaskClient, database: Database) -> None:
    first, second = (member.post("/publicity/new", data=sent()) for _ in range(2))
    assert first.location == second.location
    with database.reader() as session:
        assert len(session.scalars(select(PublicityEvent)).all()) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": ""}, "Choose what it was."),
        ({"people": ""}, "Enter how many people came."),
        ({"people": "9000"}, "Enter a number from 0 to 5000."),
        ({"topics": []}, "Choose at least one thing that was explained."),
        ({"place": ""}, "Say where it was"),
        ({"held_on": "2026-11-24"}, "This day has not come yet."),
        ({"held_on": "2026-09-01"}, "more than 60 days ago"),
        ({"people": "0"}, "there is nothing to record"),
    ],
)
def test_a_refused_form_keeps_what_was_typed_and_asks_for_the_photo_again(
    member: FlaskClient, database: Database, changes: dict[str, object], said: str
) -> None:
    data = sent(photo=(jpeg(), "IMG_1.jpg"), **changes)
    answer = member.post("/publicity/new", data=data, content_type="multipart/form-data")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in page
    assert "asked about the day" in page
    assert "Choose the file again" in page
    with database.reader() as session:
        assert session.scalars(select(PublicityEvent)).all() == []


def test_what_is_no_picture_is_refused(member: FlaskClient) -> None:
    data = sent(photo=(io.BytesIO(b"%PDF-1.7"), "plan.jpg"))
    answer = member.post("/publicity/new", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "This is not a photo we can read" in answer.get_data(as_text=True)


def test_another_schools_village_cannot_be_chosen(member: FlaskClient, world: World) -> None:
    answer = member.post("/publicity/new", data=sent(village=str(world.villages["北坪"].id)))
    assert answer.status_code == 422


def test_void_with_a_reason(member: FlaskClient, database: Database, world: World) -> None:
    made = record(database, world, "leader")
    assert member.post(f"/publicity/{made}/void", data={"reason": " "}).status_code == 422
    assert member.post(f"/publicity/{made}/void", data={"reason": "wrong day"}).status_code == 303
    page = text(member, f"/publicity/{made}")
    assert "wrong day" in page
    assert f"/publicity/{made}/void" not in page
    assert member.post(f"/publicity/{made}/void", data={"reason": "again"}).status_code == 422


def test_another_schools_records_look_missing(member: FlaskClient, database: Database, world: World) -> None:
    theirs = record(database, world, "member_b")
    for address in (f"/publicity/{theirs}", f"/publicity/{theirs}/photo", f"/publicity/{theirs}/void"):
        assert member.get(address).status_code == 404
    assert member.post(f"/publicity/{theirs}/void", data={"reason": "x"}).status_code == 404


def test_the_centre_reads_all_and_makes_void_only_its_own(
    client: FlaskClient, database: Database, world: World
) -> None:
    ours = record(database, world, "member")
    sign_in(client, "centre")
    page = text(client, "/publicity")
    assert "2025–2026 还款年度尚有 1 所学校没有宣传记录" in page
    assert page.index("河口乡中心学校") < page.index('href="/publicity?school=S01&amp;season=2025"')
    assert client.get(f"/publicity/{ours}").status_code == 200
    assert client.get(f"/publicity/{ours}/void").status_code == 404
    assert "没有符合条件的宣传记录" in text(client, "/publicity?school=S02")
    assert "共记录 1 次宣传活动" in text(client, "/publicity?school=nowhere&season=1&kind=x&page=-4")


def test_the_workbook_holds_what_the_page_shows_and_is_on_record(
    client: FlaskClient, database: Database, world: World
) -> None:
    record(database, world, "member", place="=1+1")
    record(database, world, "member_b")
    sign_in(client, "centre")
    answer = client.post("/publicity/export?school=S01")
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    cells = [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {"=1+1", "山前镇中心学校", "主题班会", 40, 38} <= set(cells)
    assert "河口乡中心学校" not in cells
    assert [cell.data_type for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"] == ["s"]
    with database.reader() as session:
        event = session.scalars(select(Event).where(Event.tag == "publicity:exported")).one()
    assert event.facts == {"rows": 1, "filters": {"school": "S01"}}


def test_the_first_page_of_a_leader_asks_and_the_pages_lead_there(app: Flask, database: Database, world: World) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    leader = sign_in(app.test_client(), "leader")
    line = '<a href="/publicity/new">本校本还款年度尚未登记宣传工作</a>'
    assert line in leader.get("/").get_data(as_text=True)
    for page in ("/papers", "/areas"):
        assert 'href="/publicity"' in leader.get(page).get_data(as_text=True)
    record(database, world, "deputy")
    assert line not in leader.get("/").get_data(as_text=True)


def test_the_auditor_reads_the_events_in_words(app: Flask, database: Database, world: World) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    record(database, world)
    auditor = sign_in(app.test_client(), "auditor")
    assert auditor.get("/publicity").status_code == 403
    page = auditor.get("/events").get_data(as_text=True)
    assert "登记宣传工作" in page
    assert "助学贷款政策" in page
