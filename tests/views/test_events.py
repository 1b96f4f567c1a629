"""The auditor's log: filters, pages, the chain, the workbook; and nothing about borrowers but their ids."""

from __future__ import annotations

import ast
import io
import re
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from models.database import Database
from models.events import Event, EventChain
from portal.wordlists.audit import FACTS, NOUNS
from portal.wordlists.events import FACTS as TIMELINE_FACTS
from tests.conftest import sign_in
from tests.world import NAMES, World, moment


def _page(client: FlaskClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def _numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r">#(\d+)<", page)]


def _many(database: Database, world: World, count: int) -> None:
    with database.write() as session:
        for number in range(count):
            world.act("member", world.at + timedelta(minutes=number)).record(
                session, "contact:logged", borrower_id=world.borrowers["overdue"].id, subject=f"contact/{number}"
            )
            session.flush()


def _tamper(database: Database, statement: str) -> None:
    """Change the log as somebody with the database file could: triggers away, then the change."""
    with database.write() as session:
        names = session.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('events', 'event_chain')")
        ).all()
        assert names
        for name in names:
            session.execute(text(f'DROP TRIGGER "{name}"'))
        session.execute(text(statement))


def test_newest_first_and_every_page_once(client: FlaskClient, database: Database, world: World) -> None:
    _many(database, world, 130)
    sign_in(client, "auditor")
    seen: list[int] = []
    url = "/events"
    while url:
        page = _page(client, url)
        assert 'class="status status-good"' in page
        seen += _numbers(page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        url = found.group(1).replace("&amp;", "&") if found else ""
    with database.reader() as session:
        assert seen == list(session.scalars(select(Event.id).order_by(Event.id.desc())))


def test_filters_of_the_address(client: FlaskClient, database: Database, world: World) -> None:
    with database.write() as session:
        world.act("member", moment("2026-11-20 23:59")).record(session, "task:done", subject="task/1")
        world.act("leader", moment("2026-11-21 00:00")).record(session, "task:done", subject="task/2")
        world.act("leader", moment("2026-11-21 23:59")).record(session, "task:asked", subject="task/3")
        world.act("member", moment("2026-11-22 00:00")).record(session, "task:done", subject="task/4")
    sign_in(client, "auditor")
    client.post("/language", data={"language": "en"})

    def subjects(query: str) -> set[str]:
        return {f"task/{number}" for number in re.findall(r">task (\d)<", _page(client, f"/events?{query}"))}

    assert subjects("tag=task:done") == {"task/1", "task/2", "task/4"}
    assert subjects(f"actor={world.users['leader'].id}") == {"task/2", "task/3"}
    assert subjects("from=2026-11-21&to=2026-11-21") == {"task/2", "task/3"}  # the county's day, not UTC's
    assert subjects("tag=task:done&to=2026-11-20") == {"task/1"}
    assert {"task/1", "task/4"} <= subjects("from=never&to=")  # what cannot be read narrows nothing


def test_no_borrower_is_named(client: FlaskClient, database: Database, world: World) -> None:
    _many(database, world, 3)
    sign_in(client, "auditor")
    page = _page(client, "/events")
    for name in NAMES.values():
        assert name not in page
    for number in (*world.id_numbers.values(), *world.phones.values()):
        assert number not in page


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET subject = 'contact/99' WHERE id = (SELECT max(id) - 2 FROM events)",
        "UPDATE events SET at = '2026-01-01 00:00:00.000000' WHERE id = (SELECT max(id) - 2 FROM events)",
        "DELETE FROM events WHERE id = (SELECT max(id) - 2 FROM events)",
        "DELETE FROM events WHERE id = (SELECT max(id) FROM events)",
    ],
    ids=["words changed", "moment changed", "one removed from the middle", "the newest removed"],
)
def test_a_changed_log_is_seen(client: FlaskClient, database: Database, world: World, statement: str) -> None:
    sign_in(client, "auditor")
    _many(database, world, 5)
    assert "notice-line-danger" not in _page(client, "/events")
    _tamper(database, statement)
    page = _page(client, "/events")
    assert "notice-line-danger" in page
    assert 'class="status status-good"' not in page


def test_the_first_event_cannot_be_replaced_by_a_second_beginning(
    client: FlaskClient, database: Database, world: World
) -> None:
    sign_in(client, "auditor")
    with database.write() as session:  # a forged event that begins a chain of its own
        forged = Event(
            at=world.at, tag="task:done", actor_name="", subject="", facts={}, previous_hash="0" * 64, hash="x"
        )
        forged.hash = forged.digest()
        session.add(forged)
        session.scalars(select(EventChain)).one().head = forged.hash
    assert "notice-line-danger" in _page(client, "/events")


def test_the_workbook_holds_what_the_filters_match_and_is_itself_recorded(
    client: FlaskClient, database: Database, world: World
) -> None:
    _many(database, world, 60)
    sign_in(client, "auditor")
    answer = client.post("/events/export?tag=contact:logged")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="events-')
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    rows = [row for row in sheet.iter_rows(values_only=True) if row[3] == "contact:logged"]
    assert len(rows) == 60
    assert {row[5] for row in rows} == {world.borrowers["overdue"].id}
    with database.reader() as session:
        newest = session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
    assert (newest.tag, newest.facts) == ("events:exported", {"rows": 60})


@pytest.mark.parametrize("username", ["member", "deputy", "leader", "centre", "township", "admin"])
def test_only_the_auditor_reads_it(client: FlaskClient, username: str) -> None:
    sign_in(client, username)
    assert client.get("/events").status_code == 403
    assert client.post("/events/export").status_code == 403


def test_nothing_that_matches_says_what_to_do(client: FlaskClient) -> None:
    sign_in(client, "auditor")
    page = _page(client, "/events?tag=never:happened")
    assert "empty-title" in page
    assert 'class="btn btn-primary" href="/events"' in page


def _recorded() -> tuple[set[str], set[str]]:
    """Return the nouns of all subjects and the keys of all facts the portal records anywhere in its code."""
    nouns, facts = set[str](), set[str]()
    for path in Path("portal").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        nouns |= set(re.findall(r'subject=f?"([a-z_-]+)[/"]', source))
        for call in ast.walk(ast.parse(source)):
            name = getattr(call, "func", None)
            is_recorded = getattr(name, "attr", getattr(name, "id", "")) == "record"
            if isinstance(call, ast.Call) and is_recorded and len(call.args) > 1:  # a session and a tag
                facts |= {one.arg for one in call.keywords if one.arg and one.arg not in ARGUMENTS_OF_RECORD}
    return nouns, facts


ARGUMENTS_OF_RECORD = {"borrower_id", "subject", "act", "at", "actor_id", "actor_name"}


def test_whatever_is_recorded_has_words_in_the_log(client: FlaskClient, database: Database, world: World) -> None:
    nouns, facts = _recorded()
    assert {"import", "job", "reconciliation"} < nouns
    assert {"key", "attempt", "kind", "rows"} < facts
    assert nouns - set(NOUNS) == set()
    assert facts - set(FACTS) - set(TIMELINE_FACTS) == set()
    with database.write() as session:
        world.act("centre").record(
            session, "import:undone", subject="reconciliation/1", kind="arrears", borrowers=7, is_explained=True,
            grounds=["explicit_refusal"],
        )  # fmt: skip
        world.act("centre").record(session, "relief:entered", subject="relief/1", kind="waiver")
    sign_in(client, "auditor")
    page = _page(client, "/events")
    for said in ("类型 逾期名单", "涉及借款学生 7", "已说明 是", "理由 有能力归还而拒绝归还"):
        assert said in page
    assert "对账 1" in page
    assert "arrears" not in page
    assert "waiver" not in page
