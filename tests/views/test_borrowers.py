from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from models.borrowers import ContactPoint
from models.database import Database
from models.events import Event
from models.loans import Repayment
from portal.services import standings
from tests.conftest import NOW, sign_in
from tests.world import World

pytestmark = pytest.mark.parametrize("language", ["en"])


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def member(client: FlaskClient, language: str) -> FlaskClient:
    client.post("/language", data={"language": language})
    return sign_in(client, "member")


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def text(client: FlaskClient, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return str(answer.get_data(as_text=True))


def test_list_shows_what_is_in_reach(member: FlaskClient, world: World) -> None:
    page = text(member, "/borrowers")
    assert "甲一鸣" in page
    assert "丙一山" not in page  # another member's village
    assert "丁一水" not in page  # another school's
    assert "<title>Borrowers" in page
    assert page.count("<h1>") == 1


def test_filters_stand_in_the_address_and_are_removed_by_chips(member: FlaskClient, world: World) -> None:
    page = text(member, "/borrowers?state=overdue&bucket=181-365")
    assert 'class="chip" href="/borrowers?bucket=181-365"' in page
    assert 'class="chip" href="/borrowers?state=overdue"' in page
    assert "甲一鸣" in page
    assert "乙一凡" not in page


def test_a_filter_that_matches_nobody_says_what_to_do(member: FlaskClient, world: World) -> None:
    assert "Remove all filters" in text(member, "/borrowers?bucket=1-30")


@pytest.mark.parametrize("path", ["", "/verify", "/reveal/id", "/contacts/new", "/points/new", "/questions/new"])
def test_out_of_reach_looks_like_missing(member: FlaskClient, world: World, path: str) -> None:
    for key in ("colleague", "foreign", "nobody"):
        text(member, f"/borrowers/{world.borrowers[key].id}{path}", 404)
    text(member, f"/borrowers/999999{path}", 404)


def test_every_page_of_a_borrower_is_masked(member: FlaskClient, world: World) -> None:
    borrower = world.borrowers["overdue"].id
    pages = [
        "",
        "/verify",
        "/reveal/id",
        "/contacts/new",
        "/points/new",
        "/questions/new",
    ]
    for path in pages:
        page = text(member, f"/borrowers/{borrower}{path}")
        for full in (*world.id_numbers.values(), *world.phones.values()):
            assert full not in page, path
        assert not re.search(r"<title>[^<]*甲一鸣", page), path
        assert page.count("<h1>") == 1, path
    for path in ("/borrowers", "/borrowers/print", "/areas"):
        page = text(member, path)
        assert not any(full in page for full in (*world.id_numbers.values(), *world.phones.values()))


def test_page_of_a_borrower_shows_everything(member: FlaskClient, world: World) -> None:
    page = text(member, f"/borrowers/{world.borrowers['overdue'].id}")
    assert "338 days since 2025-12-20" in page
    assert "■" in page
    assert world.borrowers["overdue"].masked_id in page
    assert "成员甲" in page
    assert "¥1,171.50" in page
    assert "list of 2026-11-01" in page
    assert "133****0001" in page
    assert "DEMO-overdue-1" in page
    assert "<details" in page
    assert "Case opened" in page


def test_estimated_standing_says_so(member: FlaskClient, world: World) -> None:
    page = text(member, f"/borrowers/{world.borrowers['paid_after_list'].id}")
    assert "carried forward" in page


def test_what_is_paid_ahead_is_not_a_next_payment_of_nothing(
    member: FlaskClient, world: World, database: Database
) -> None:
    loan = world.loans["current/1"]
    with database.write() as session:
        ahead = Repayment(loan_id=loan.id, paid_on=date(2026, 11, 20), amount=Decimal(1140), bank_reference="ahead")
        session.add(ahead)
        session.flush()
        standings.recompute(session, act=world.act(None), borrower_ids=[loan.borrower_id])
    for path in (f"/borrowers/{loan.borrower_id}", f"/loans/{loan.id}"):
        page = text(member, path)
        assert "What falls due on 2026-12-20 is paid ahead" in page
        assert "Next due 2026-12-20" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("甲一", True),
        ("jym", True),
        ("JYM", True),
        ("last4 of id", True),
        ("0001", True),
        ("丁一", False),
        ("zzz", False),
    ],
)
def test_search_by_each_key(member: FlaskClient, world: World, query: str, found: bool) -> None:
    if query == "last4 of id":
        query = world.id_numbers["overdue"][-4:]
    answer = member.post("/borrowers/search", data={"q": query}, follow_redirects=True)
    assert answer.status_code == 200
    assert ("甲一鸣" in answer.get_data(as_text=True)) is found
    assert answer.headers["Cache-Control"] == "no-store"


def test_search_is_not_asked_in_an_address(member: FlaskClient, world: World) -> None:
    asked = member.get("/borrowers/search?q=甲一")
    assert (asked.status_code, asked.location) == (302, "/borrowers")
    assert '<form class="filters" method="post" action="/borrowers/search"' in text(member, "/borrowers")


def test_search_can_be_gone_back_to(member: FlaskClient) -> None:
    """A page that answers a POST cannot: the browser asks to send the form again, and a phone shows an error."""
    sent = member.post("/borrowers/search", data={"q": "甲一"})
    assert (sent.status_code, sent.location) == (303, "/borrowers/search")
    with member.session_transaction() as cookie:  # a cookie is signed, not sealed
        assert cookie["search"]
        assert "甲一" not in str(dict(cookie))
    for _ in range(2):
        page = text(member, "/borrowers/search")
        assert "甲一鸣" in page
        assert 'value="甲一"' in page
    member.post("/sign-out")
    sign_in(member, "member")
    assert member.get("/borrowers/search").status_code == 302


@pytest.mark.parametrize(("query", "said"), [(" ", "Type what you search for."), ("甲" * 61, "At most 60 characters")])
def test_a_search_for_nothing_says_so(member: FlaskClient, query: str, said: str) -> None:
    answer = member.post("/borrowers/search", data={"q": query})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in page
    assert "Nobody found" not in page


def test_a_number_in_full_is_rung_and_written_down_from_where_it_stands(
    member: FlaskClient, world: World, database: Database
) -> None:
    """It is shown once: without these a teacher copies it, goes back, and looks for the line it came from."""
    person = world.borrowers["overdue"].id
    with database.reader() as session:
        point = session.scalars(select(ContactPoint.id).where(ContactPoint.borrower_id == person)).one()
    page = member.post(f"/borrowers/{person}/reveal/{point}", data={"reason": "to ring this number"})
    shown = page.get_data(as_text=True)
    assert f'href="tel:{world.phones["overdue"]}"' in shown
    assert f'href="/borrowers/{person}/contacts/new?point={point}"' in shown
    number = member.post(f"/borrowers/{person}/reveal/id", data={"reason": "to check it with the person"})
    assert "tel:" not in number.get_data(as_text=True)


def test_reveal_needs_a_reason_and_is_recorded(member: FlaskClient, world: World, database: Database) -> None:
    url = f"/borrowers/{world.borrowers['overdue'].id}/reveal/id"
    refused = member.post(url, data={"reason": ""})
    assert refused.status_code == 422
    assert world.id_numbers["overdue"] not in refused.get_data(as_text=True)
    shown = member.post(url, data={"reason": "to fill in the notice by hand", "submit_key": "one"})
    assert world.id_numbers["overdue"] in shown.get_data(as_text=True)
    assert shown.headers["Cache-Control"] == "no-store"
    again = member.post(url, data={"reason": "to fill in the notice by hand", "submit_key": "one"})
    assert again.status_code == 303
    with database.reader() as session:
        events = session.scalars(select(Event).where(Event.tag == "borrower:revealed")).all()
        assert len(events) == 1
        assert events[0].facts["reason"] == "to fill in the notice by hand"
        assert world.id_numbers["overdue"] not in str(events[0].facts)
    assert "Full number looked at" in text(member, f"/borrowers/{world.borrowers['overdue'].id}")


def test_verify(member: FlaskClient, world: World) -> None:
    borrower = world.borrowers["overdue"].id
    answer = member.post(f"/borrowers/{borrower}/verify", data={"source": "the village committee"})
    assert answer.status_code == 303
    page = text(member, f"/borrowers/{borrower}")
    assert "the village committee" in page
    assert "Details verified" in page


def test_export_is_masked_and_recorded(member: FlaskClient, world: World, database: Database) -> None:
    answer = member.post("/borrowers/export?state=overdue")
    assert answer.status_code == 200
    assert "borrowers-20" in answer.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
    assert "甲一鸣" in cells
    assert "乙一凡" not in cells
    assert not any(full in " ".join(cells) for full in (*world.id_numbers.values(), *world.phones.values()))
    with database.reader() as session:
        found = session.scalars(select(Event).where(Event.tag == "borrower:exported")).one()
        assert found.facts == {"rows": 2, "filters": {"state": "overdue"}}


def test_statements_do_not_grow_with_the_rows(member: FlaskClient, world: World, database: Database) -> None:
    member.get("/borrowers")
    with counted(database) as few:
        member.get("/borrowers?state=settled")
    with counted(database) as many:
        member.get("/borrowers")
    assert len(few) == len(many) <= 10
    with counted(database) as page:
        member.get(f"/borrowers/{world.borrowers['overdue'].id}")
    assert len(page) <= 28


@pytest.mark.parametrize("username", ["township", "admin", "auditor"])
def test_roles_without_borrowers_are_shut_out(client: FlaskClient, world: World, language: str, username: str) -> None:
    sign_in(client, username)
    for url in ("/borrowers", "/areas", f"/borrowers/{world.borrowers['overdue'].id}", "/promises"):
        assert client.get(url).status_code == 403


def test_centre_sees_the_district(client: FlaskClient, world: World, language: str, database: Database) -> None:
    sign_in(client, "centre")
    page = text(client, "/borrowers?school=S02")
    assert "丁一水" in page
    assert "甲一鸣" not in page
    with database.reader() as session:
        assert session.scalars(select(func.count(Event.id))).one() > 0
