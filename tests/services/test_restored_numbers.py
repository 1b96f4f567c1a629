"""Papers issued after a backup are in the world: no restore, and no second one, lets a number be given again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from config import COUNTY_TIME, Settings
from models.database import Database
from models.escalations import EscalationLetter
from models.events import Event
from models.notices import Notice, NoticeNumber
from models.papers import IssuedPaper, PaperNumber
from models.restores import PassedNumbers, Restore
from models.rules import verification
from models.rules.contacts import Reached
from models.rules.escalations import Help
from models.rules.notices import NumberState
from models.rules.organisation import Body
from models.rules.papers import PaperKind
from models.rules.refusals import Refused
from models.rules.serials import SIX_DIGITS, bound
from models.suspicions import SuspicionSlip
from notices import layout
from portal.jobs import backups
from portal.jobs.backups import Restored
from portal.services import escalations, evidence_files, fsck, notices, papers, suspicions
from portal.services.escalations import Ask
from portal.services.notices import Terms
from tests import efforts
from tests.backups import Home, home, hours
from tests.conftest import NOW
from tests.services.test_suspicions import RULES, URL
from tests.world import World

TERMS = Terms(URL, 35)
ASK = Ask(body=Body.TOWNSHIP, help_asked=Help.LOCATE, request="请到村里问一下现在的住处。")


@pytest.fixture(autouse=True)
def _quick_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "render", lambda said, **_: f"%PDF {said.to_json()}".encode())


@pytest.fixture
def place(database: Database, settings: Settings, tmp_path: Path) -> Home:
    return home(database, settings, tmp_path)


def _restore(place: Home, name: str, at: datetime) -> Restored:
    place.database.engine.dispose()
    return backups.restore(place.database, place.settings, name, now=lambda: at, may_go_on=lambda _manifest: True)


def _issue(place: Home, world: World, at: datetime, whom: Iterable[str] = ("overdue_long",)) -> list[str]:
    """Issue a notice each and the one to its co-borrower, help for somebody, and the leaflet; return what they bear."""
    borne = []
    for who in whom:
        with place.database.write() as session:
            notice = notices.issue(
                session, act=world.act("member", at), borrower_id=world.borrowers[who].id, terms=TERMS
            )
            to = papers.issue_to_co_borrower(
                session, act=world.act("member", at), notice_id=notice.id, place=0, terms=TERMS
            )
        borne += [notice.serial, verification.short_code(notice.year, notice.number), notice.check_code]
        borne += [to.serial, str(to.check_code)]
    with place.database.write() as session:
        current = world.borrowers["current"].id
        kind = PaperKind.RELIEF_INFORMATION
        helped = papers.issue_to_borrower(
            session, act=world.act("member", at), borrower_id=current, kind=kind, terms=TERMS
        )
        leaflet = papers.issue_leaflet(session, act=world.act("centre", at))
    return [*borne, helped.serial, str(helped.check_code), leaflet.serial]


def test_no_number_is_given_twice_whatever_is_brought_back_how_often(place: Home, world: World) -> None:
    borne = _issue(place, world, NOW, ["overdue"])
    made = place.make(NOW + hours(1))
    borne += _issue(place, world, NOW + hours(2))  # nobody knows of these afterwards
    assert _restore(place, made.name, NOW + hours(3)).findings == ()
    borne += _issue(place, world, NOW + hours(4))
    newer = place.make(NOW + hours(5))
    borne += _issue(place, world, NOW + hours(6), [])
    assert _restore(place, made.name, NOW + hours(7)).findings == ()  # the same one again: it knows of no restore
    borne += _issue(place, world, NOW + hours(8))
    assert _restore(place, newer.name, NOW + hours(9)).findings == ()
    borne += _issue(place, world, NOW + hours(10), [])
    assert len(borne) == len(set(borne)), sorted(borne)
    with place.database.reader() as session:
        assert fsck.check(session, NOW.date())["serials"] == []
        assert session.scalars(select(Restore.at).order_by(Restore.id)).all() == [NOW + hours(3), NOW + hours(9)]


def test_a_restored_series_goes_on_with_seven_digits_and_says_what_it_passed_over(place: Home, world: World) -> None:
    _issue(place, world, NOW, ["overdue"])
    made = place.make(NOW + hours(1))
    done = _restore(place, made.name, NOW + hours(2))
    highest = bound((NOW + hours(2)).astimezone(COUNTY_TIME))
    assert done.finished.bound == highest > SIX_DIGITS
    _issue(place, world, NOW + hours(3))
    with place.database.reader() as session:
        first, then = session.execute(select(Notice.number, Notice.serial).order_by(Notice.id)).all()
        assert first == (1, "演示助催〔2026〕000001号")
        assert then == (highest + 1, f"演示助催〔2026〕{highest + 1}号")
        passed = select(PassedNumbers.first, PassedNumbers.last).where(PassedNumbers.kind == PaperKind.NOTICE)
        assert session.execute(passed).one() == (2, highest)
        told = session.scalars(select(Event).where(Event.tag == "backup:restored")).one()
        assert told.facts["numbers_after"] == highest
        assert fsck.check(session, NOW.date())["serials"] == []


def test_the_clock_is_read_when_nobody_can_issue_any_more(place: Home, world: World) -> None:
    """Looking at a large backup takes minutes in which a portal may still be at work, with all it gives lost."""
    made = place.make(NOW)
    moments = iter([NOW + hours(1), NOW + hours(2)])

    place.database.engine.dispose()
    done = backups.restore(
        place.database, place.settings, made.name, now=lambda: next(moments), may_go_on=lambda _manifest: True
    )
    assert done.finished.at == NOW + hours(2)


def test_a_number_reserved_in_the_backup_may_have_been_used_since(place: Home, world: World) -> None:
    """Its holder would take it over, and a second paper would bear it."""
    who = world.borrowers["overdue"].id
    kind = PaperKind.RELIEF_INFORMATION
    with place.database.write() as session:
        draft = notices.reserve(session, act=world.act("member"), borrower_id=who, terms=TERMS)
        other = papers.reserve_for_borrower(session, act=world.act("member"), borrower_id=who, kind=kind, terms=TERMS)
    made = place.make(NOW)
    lost = notices.complete(place.database, act=world.act("member"), draft=draft).serial
    also_lost = papers.complete(place.database, act=world.act("member"), draft=other).serial
    assert _restore(place, made.name, NOW + hours(1)).findings == ()
    at = world.act("member", NOW + hours(1) + timedelta(minutes=5))
    with place.database.write() as session:
        assert notices.issue(session, act=at, borrower_id=who, terms=TERMS).serial != lost
        again = papers.issue_to_borrower(session, act=at, borrower_id=who, kind=kind, terms=TERMS)
        assert again.serial != also_lost
    with place.database.reader() as session:
        for table in (NoticeNumber, PaperNumber):
            row = session.scalars(select(table).where(table.number == 1)).one()
            assert row.state is NumberState.VOID
            assert "brought back from a backup" in row.void_reason
        assert fsck.check(session, NOW.date())["serials"] == []


def test_letters_slips_and_evidence_files_are_never_numbered_twice_either(place: Home, world: World) -> None:
    with place.database.write() as session:
        efforts.contacts(session, world)
        efforts.receipt(session, world)
        efforts.contacts(session, world, "overdue_long", reached=Reached.NOBODY)
    made = place.make(NOW)
    borne = []
    for count in (1, 2, 3):
        borne += _letters(place, world, NOW + hours(2 * count))
        _restore(place, made.name, NOW + hours(2 * count + 1))
    borne += _letters(place, world, NOW + hours(9))
    assert len(borne) == len(set(borne)) == 4 * 3, sorted(borne)


def _letters(place: Home, world: World, at: datetime) -> list[str]:
    who, other = world.borrowers["overdue"].id, world.borrowers["overdue_long"].id
    with place.database.write() as session:
        report = suspicions.propose(
            session, act=world.act("member", at), borrower_id=who, thresholds=RULES, answers=efforts.ANSWERS,
            grounds=efforts.GROUNDS,
        )  # fmt: skip
        suspicions.sign(session, act=world.act("leader", at), suspicion_id=report.id, thresholds=RULES, public_url=URL)
        escalations.send(session, act=world.act("leader", at), borrower_id=other, ask=ASK)
        file = evidence_files.ask(session, act=world.act("leader", at), borrower_id=who, reason="移送法律援助")
        session.flush()
        newest = [
            session.scalars(select(table.serial).order_by(table.id.desc()).limit(1)).one()
            for table in (SuspicionSlip, EscalationLetter)
        ]
        return [*newest, evidence_files.serial(file)]


def test_numbers_become_free_with_the_clock_and_never_before(place: Home, world: World) -> None:
    made = place.make(NOW)
    at = NOW + hours(1)
    _restore(place, made.name, at)
    with pytest.raises(Refused, match="free at this moment"):
        _issue(place, world, at)
    with pytest.raises(Refused, match="The clock of this machine"):
        _issue(place, world, at - timedelta(minutes=1))
    with pytest.raises(Refused, match="The clock of this machine"), place.database.write() as session:
        papers.issue_leaflet(session, act=world.act("centre", at - timedelta(days=400)))  # nor in the year before
    _issue(place, world, at + timedelta(minutes=1))


def test_the_next_year_begins_at_one_again(place: Home, world: World) -> None:
    """Nobody can have given a number of a year that had not come when the backup was brought back."""
    made = place.make(NOW)
    _restore(place, made.name, NOW + hours(1))
    with place.database.write() as session:
        leaflet = papers.issue_leaflet(session, act=world.act("centre", NOW + timedelta(days=60)))
    assert (leaflet.year, leaflet.number) == (2027, 1)


def test_a_clock_that_is_behind_the_backup_brings_nothing_back(place: Home, world: World) -> None:
    made = place.make(NOW)
    with pytest.raises(Refused, match="set the clock first"):
        _restore(place, made.name, NOW - timedelta(minutes=1))
    with place.database.reader() as session:
        assert session.scalar(select(func.count()).select_from(Restore)) == 0
        assert session.scalar(select(func.count()).select_from(IssuedPaper)) == 0
    assert world.borrowers


def test_fsck_finds_a_number_given_again_and_a_gap_that_no_restore_explains(place: Home, world: World) -> None:
    made = place.make(NOW)
    _restore(place, made.name, NOW + hours(1))
    _issue(place, world, NOW + hours(2))
    with place.database.write() as session:
        session.execute(update(Restore).values(bound=Restore.bound + 1))
        session.execute(update(PassedNumbers).where(PassedNumbers.kind == PaperKind.LEAFLET).values(first=3))
    with place.database.reader() as session:
        said = {(one.subject, one.what) for one in fsck.check(session, NOW.date())["serials"]}
        number = session.scalars(select(NoticeNumber.number)).one()
    assert (f"notice-number/2026-{number}", "may have been given before the restore as well") in said
    for gap in (1, 2):
        assert (f"paper-number/leaflet-2026-{gap}", "is a gap in the register of numbers") in said
