"""Issuing papers that are no notices: nothing locked meanwhile, numbers without gaps that nobody can explain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.database import Database
from models.loans import Relief
from models.papers import IssuedPaper, PaperNumber
from models.rules.facts import PauseCause, ReliefKind
from models.rules.notices import NumberState
from models.rules.papers import PaperKind
from models.rules.refusals import Refused
from notices import layout
from notices.frozen import Paper
from notices.refusals import NoticeNotRendered
from portal.services import fsck, papers
from portal.services.notices import Terms
from tests.world import World

TODAY = date(2026, 11, 23)
TERMS = Terms("https://portal.example.cn", 35)


def issue(database: Database, world: World, key: str, kind: PaperKind) -> IssuedPaper:
    who = world.borrowers[key].id
    with database.write() as session:
        return papers.issue_to_borrower(session, act=world.act("member"), borrower_id=who, kind=kind, terms=TERMS)


def _pause(world: World, key: str) -> Relief:
    loan = world.loans[f"{key}/1"].id
    return Relief(loan_id=loan, kind=ReliefKind.PAUSE, cause=PauseCause.DISPUTE, from_on=TODAY, reason="金额有争议")


def test_nothing_is_locked_while_a_paper_is_made(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes at that moment neither waits nor is refused, even for the same kind."""
    act, other = world.act("member"), world.borrowers["deferred"].id

    def render(_content: object, **_: object) -> bytes:
        monkeypatch.setattr(layout, "render", lambda *_a, **_k: b"%PDF inner")
        with database.write() as session:
            kind = PaperKind.RELIEF_INFORMATION
            papers.issue_to_borrower(session, act=world.act("centre"), borrower_id=other, kind=kind, terms=TERMS)
        return b"%PDF outer"

    monkeypatch.setattr(layout, "render", render)
    with database.write() as session:
        draft = _reserve(session, world, "current", PaperKind.RELIEF_INFORMATION)
    outer = papers.complete(database, act=act, draft=draft)
    with database.reader() as session:
        rows = session.scalars(select(IssuedPaper).order_by(IssuedPaper.number)).all()
    assert [(row.number, row.pdf) for row in rows] == [(1, b"%PDF outer"), (2, b"%PDF inner")]
    assert outer.number == 1
    _whole(database)


def _reserve(session: Session, world: World, key: str, kind: PaperKind) -> papers.Draft:
    act, who = world.act("member"), world.borrowers[key].id
    return papers.reserve_for_borrower(session, act=act, borrower_id=who, kind=kind, terms=TERMS)


def _whole(database: Database) -> None:
    with database.reader() as session:
        found = fsck.check(session, TODAY)
    assert [one for its in found.values() for one in its] == []


def test_the_number_of_a_paper_that_fails_is_void_with_the_reason(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(content: Paper, **_: object) -> bytes:
        raise NoticeNotRendered("%(serial)s was not made: no face for it.", serial=content.serial)

    monkeypatch.setattr(layout, "render", fail)
    with database.write() as session:
        draft = _reserve(session, world, "current", PaperKind.REMINDER)
    with pytest.raises(NoticeNotRendered):
        papers.complete(database, act=world.act("member"), draft=draft)
    monkeypatch.setattr(layout, "render", lambda *_a, **_k: b"%PDF")
    assert issue(database, world, "current", PaperKind.REMINDER).number == 2
    with database.reader() as session:
        rows = session.execute(select(PaperNumber.state, PaperNumber.void_reason).order_by(PaperNumber.number)).all()
    assert [state for state, _ in rows] == [NumberState.VOID, NumberState.USED]
    assert "no face for it" in rows[0].void_reason
    _whole(database)


def test_a_number_left_by_a_crash_is_taken_over_by_the_same_paper(database: Database, world: World) -> None:
    with database.write() as session:
        lost = _reserve(session, world, "current", PaperKind.REMINDER)
    made = issue(database, world, "current", PaperKind.REMINDER)
    assert made.number == lost.claim.number
    with pytest.raises(Refused):
        papers.complete(database, act=world.act("member"), draft=lost)
    with database.reader() as session:
        assert session.scalars(select(PaperNumber.state)).all() == [NumberState.USED]


def test_what_becomes_untrue_while_the_paper_is_made_is_not_issued(database: Database, world: World) -> None:
    with database.write() as session:
        draft = _reserve(session, world, "current", PaperKind.REMINDER)
    with database.write() as session:
        session.add(_pause(world, "current"))
    with pytest.raises(Refused, match="looked into"):
        papers.complete(database, act=world.act("member"), draft=draft)
    with database.reader() as session:
        assert session.scalars(select(IssuedPaper)).all() == []
        assert session.scalars(select(PaperNumber.state)).all() == [NumberState.VOID]
    _whole(database)


def test_two_make_the_same_reminder_at_once(database: Database, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "render", lambda content, **_: content.serial.encode())
    who = world.borrowers["current"].id

    def one(person: str) -> str:
        act = world.act(person)
        try:
            with database.write() as session:
                draft = papers.reserve_for_borrower(
                    session, act=act, borrower_id=who, kind=PaperKind.REMINDER, terms=TERMS
                )
            return papers.complete(database, act=act, draft=draft).serial
        except Refused:
            return ""

    with ThreadPoolExecutor(6) as pool:
        serials = list(pool.map(one, ["member", "deputy", "leader", "centre", "centre2", "member"]))
    assert len([serial for serial in serials if serial]) == 1
    with database.reader() as session:
        numbers = session.execute(select(PaperNumber.number, PaperNumber.state)).all()
    assert sorted(number for number, _ in numbers) == list(range(1, len(numbers) + 1))
    assert [state for _, state in numbers].count(NumberState.RESERVED) == 0
    _whole(database)


def test_a_file_that_was_changed_is_found(database: Database, world: World) -> None:
    row = issue(database, world, "current", PaperKind.REMINDER)
    trigger = "DROP TRIGGER issued_papers_no_update"
    with database.write() as session:
        if not database.is_sqlite:
            trigger = "ALTER TABLE issued_papers DISABLE TRIGGER issued_papers_no_change"
        session.execute(text(trigger))
        session.execute(text("UPDATE issued_papers SET sha256 = 'x'"))
    with database.reader() as session:
        found = fsck.check(session, TODAY)["papers"]
    assert [one.subject for one in found] == [f"paper/{row.id}"]
