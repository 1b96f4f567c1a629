"""Wordings as versions: begun, written, approved by somebody else, in force from a day, never changed again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from models.database import Database
from models.events import Event
from models.notices import Notice
from models.rules.papers import PaperKind
from models.rules.refusals import NotVisible, Refused
from models.rules.workflows import WordingState
from notices.content import NoticeContent
from notices.first_wording import FIRST
from portal.queries import wordings as reads
from portal.services import notices, wordings
from portal.services.notices import Terms
from tests.world import World

TODAY = date(2026, 11, 23)
TERMS = Terms("https://portal.example.cn", 35)
OTHER = "对金额有异议的，可以书面向本中心提出，由本中心核实并答复。"


def approved(database: Database, world: World, *, from_on: date = TODAY, objection: str = OTHER) -> int:
    with database.write() as session:
        begun = wordings.begin(session, act=world.act("centre"), kind=PaperKind.NOTICE, reason="更清楚")
        texts = dict(begun.texts) | {"objection": objection}
        wordings.edit(session, act=world.act("centre"), version_id=begun.id, texts=texts)
        wordings.propose(session, act=world.act("centre"), version_id=begun.id)
        wordings.approve(session, act=world.act("centre2"), version_id=begun.id, from_on=from_on)
        return begun.id


def test_a_notice_takes_the_wording_of_its_day_and_keeps_it(database: Database, world: World) -> None:
    borrower = world.borrowers["overdue"].id
    with database.write() as session:
        first = notices.issue(session, act=world.act("member"), borrower_id=borrower, terms=TERMS)
        assert first.wording_version == "2026-1"
        notices.call_back(session, act=world.act("member"), notice_id=first.id, reason="试")
    approved(database, world)
    with database.write() as session:
        second = notices.issue(session, act=world.act("member"), borrower_id=borrower, terms=TERMS)
        said = {passage.name: passage.text for passage in NoticeContent.from_json(second.content).wording}
        assert (second.wording_version, said["objection"]) == ("2026-2", OTHER)
        before = NoticeContent.from_json(session.get_one(Notice, first.id).content)
        assert {one.name: one.text for one in before.wording}["objection"] != OTHER


def test_a_version_of_a_later_day_waits(database: Database, world: World) -> None:
    approved(database, world, from_on=TODAY + timedelta(days=8))
    with database.reader() as session:
        found = reads.approved(session)
        assert found.on(PaperKind.NOTICE, TODAY + timedelta(days=7)).name == "2026-1"
        assert found.on(PaperKind.NOTICE, TODAY + timedelta(days=8)).name == "2026-2"
        assert found.on(PaperKind.REMINDER, TODAY + timedelta(days=8)) == FIRST[PaperKind.REMINDER]


def test_nobody_approves_what_they_wrote(database: Database, world: World) -> None:
    with database.write() as session:
        begun = wordings.begin(session, act=world.act("centre"), kind=PaperKind.NOTICE, reason="更清楚")
        wordings.propose(session, act=world.act("centre"), version_id=begun.id)
    with pytest.raises(Refused, match="somebody else"), database.write() as session:
        wordings.approve(session, act=world.act("centre"), version_id=begun.id, from_on=TODAY)
    with pytest.raises(DBAPIError, match="author_does_not_approve"), database.write() as session:
        session.execute(
            text("UPDATE wording_versions SET approved_by_id = drafted_by_id WHERE id = :id"), {"id": begun.id}
        )


def test_whoever_wrote_last_is_the_author(database: Database, world: World) -> None:
    with database.write() as session:
        begun = wordings.begin(session, act=world.act("centre"), kind=PaperKind.NOTICE, reason="更清楚")
        wordings.edit(session, act=world.act("centre2"), version_id=begun.id, texts=dict(begun.texts))
        wordings.propose(session, act=world.act("centre2"), version_id=begun.id)
    with pytest.raises(Refused, match="somebody else"), database.write() as session:
        wordings.approve(session, act=world.act("centre2"), version_id=begun.id, from_on=TODAY)


@pytest.mark.parametrize("username", ["member", "deputy", "leader", "admin"])
def test_only_the_centre_approves(database: Database, world: World, username: str) -> None:
    with database.write() as session:
        begun = wordings.begin(session, act=world.act("centre"), kind=PaperKind.NOTICE, reason="更清楚")
        wordings.propose(session, act=world.act("centre"), version_id=begun.id)
    with pytest.raises(Refused, match="somebody else's part"), database.write() as session:
        wordings.approve(session, act=world.act(username), version_id=begun.id, from_on=TODAY)


@pytest.mark.parametrize("statement", ["UPDATE wording_versions SET reason = 'x'", "DELETE FROM wording_versions"])
def test_an_approved_version_is_never_changed(database: Database, world: World, statement: str) -> None:
    approved(database, world)
    with pytest.raises(DBAPIError, match="never changed"), database.write() as session:
        session.execute(text(statement))


def test_a_wrong_draft_is_kept_and_not_proposed(database: Database, world: World) -> None:
    with database.write() as session:
        begun = wordings.begin(session, act=world.act("centre"), kind=PaperKind.NOTICE, reason="更清楚")
        wordings.edit(
            session, act=world.act("centre"), version_id=begun.id, texts=dict(begun.texts) | {"objection": ""}
        )
    with pytest.raises(Refused, match="obligatory"), database.write() as session:
        wordings.propose(session, act=world.act("centre"), version_id=begun.id)
    with database.reader() as session:
        found = reads.version(session, begun.id, TODAY)
        assert (found.state, found.version.texts["objection"]) == (WordingState.DRAFT, "")


@pytest.mark.parametrize("from_on", [TODAY - timedelta(days=1), TODAY + timedelta(days=367)])
def test_a_version_begins_neither_in_the_past_nor_far_ahead(database: Database, world: World, from_on: date) -> None:
    with pytest.raises(Refused, match="within a year"):
        approved(database, world, from_on=from_on)


def test_one_version_of_a_kind_is_written_at_a_time(database: Database, world: World) -> None:
    with database.write() as session:
        begun = wordings.begin(session, act=world.act("centre"), kind=PaperKind.NOTICE, reason="更清楚")
    with pytest.raises(Refused, match="2026-2"), database.write() as session:
        wordings.begin(session, act=world.act("centre2"), kind=PaperKind.NOTICE, reason="另一")
    with database.write() as session:
        wordings.discard(session, act=world.act("centre"), version_id=begun.id)
        again = wordings.begin(session, act=world.act("centre2"), kind=PaperKind.NOTICE, reason="另一")
        assert again.name == "2026-3"
    with pytest.raises(Refused, match="no longer possible"), database.write() as session:
        wordings.discard(session, act=world.act("centre"), version_id=begun.id)


def test_a_returned_version_is_written_again(database: Database, world: World) -> None:
    with database.write() as session:
        begun = wordings.begin(session, act=world.act("centre"), kind=PaperKind.LEAFLET, reason="新学年")
        wordings.propose(session, act=world.act("centre"), version_id=begun.id)
        with pytest.raises(Refused, match="to be mended"):
            wordings.send_back(session, act=world.act("centre2"), version_id=begun.id, reason=" ")
        wordings.send_back(session, act=world.act("centre2"), version_id=begun.id, reason="第三条不清楚")
        assert (begun.state, begun.returned_reason) == (WordingState.DRAFT, "第三条不清楚")
        with pytest.raises(Refused, match="Say why"):
            wordings.begin(session, act=world.act("centre"), kind=PaperKind.NOTICE, reason=" ")
        tags = session.scalars(select(Event.tag).where(Event.subject == f"wording/{begun.id}").order_by(Event.id)).all()
        assert tags == ["wording:begun", "wording:proposed", "wording:draft"]


def test_a_version_of_nobody_is_missing(database: Database, world: World) -> None:
    with pytest.raises(NotVisible), database.write() as session:
        wordings.propose(session, act=world.act("centre"), version_id=999_999)
