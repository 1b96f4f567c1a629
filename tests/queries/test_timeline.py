from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from models.database import Database
from models.rules.workflows import WORKFLOWS
from portal.queries.timeline import timeline
from portal.services import casework
from portal.wordlists.events import EVENT_WORDS, event_words, fact_words
from tests.world import World

ROOT = Path(__file__).parents[2]
_RECORD = re.compile(r"record\(\s*(?:session|writer)\s*,(?P<tags>[^=]*?)(?:\w+=|\))", re.DOTALL)
_TAG = re.compile(r'(?<!f)"([a-z_-]+:[a-z_]+)"')


def test_every_recorded_tag_has_words() -> None:
    tags = {
        tag
        for path in (ROOT / "portal").rglob("*.py")
        for call in _RECORD.finditer(path.read_text())
        for tag in _TAG.findall(call["tags"])
    }
    assert len(tags) > 30
    assert tags - set(EVENT_WORDS) == set()


def test_every_state_a_workflow_reaches_has_words() -> None:
    reached = {f"{flow.name}:{move.to.value}" for flow in WORKFLOWS for move in flow.moves.values()}
    assert reached - {"notice:failed", "escalation:sent"} - set(EVENT_WORDS) == set()


def test_an_unknown_tag_shows_itself(app: Flask) -> None:
    with app.test_request_context():
        assert event_words("moon:full") == "moon:full"


def test_facts_in_words(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert fact_words({"amount": "500.00", "reason": "because", "unknown": 1, "cause": None}) == [
            ("Amount", "¥500.00"),
            ("Reason", "because"),
        ]
        assert fact_words({"method": "call", "breaches": ["outside_hours"]}) == [
            ("How", "telephone call"),
            ("Limits passed", "outside the hours for contacts"),
        ]


def test_newest_first_page_by_page_with_the_text(database: Database, world: World) -> None:
    borrower = world.borrowers["overdue"].id
    with database.write() as session:
        for number in range(3):
            casework.ask_question(session, act=world.act("member"), borrower_id=borrower, text=f"Question {number}")
    with database.reader() as session:
        first = timeline(session, borrower, limit=2)
        assert [entry.note for entry in first.entries] == ["Question 2", "Question 1"]
        assert first.entries[0].actor == "成员甲"
        second = timeline(session, borrower, before=first.before, limit=2)
        assert [entry.tag for entry in second.entries] == ["question:asked", "case:opened"]
        assert second.before is None
        other = timeline(session, world.borrowers["foreign"].id)
        assert [entry.tag for entry in other.entries] == ["case:opened"]
