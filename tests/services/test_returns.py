"""Returns of a walk: noted, corrected, taken back, filed; and what would not be noted says why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from models.casework import Task
from models.database import Database
from models.loans import Repayment
from models.notices import Notice, Service
from models.restores import Restore
from models.returns import ReturnEntry
from models.rules import verification
from models.rules.casework import TaskKind
from models.rules.refusals import NotVisible, Refused
from models.rules.returns import KEYS, MEANINGS, ReturnOutcome
from models.rules.service_of_notice import Strength
from models.rules.workflows import NoticeState
from notices import layout
from portal.queries import returns as reads
from portal.services import notices, returns, standings
from portal.services.notices import Terms
from portal.services.returns import OutcomeMissing, Walk
from tests.world import NAMES, World, moment

TERMS = Terms("https://loans.example", 35)
WALK = Walk(moment("2026-11-23 09:00"), "成员乙", "村干部甲", "村干部乙")


@pytest.fixture(autouse=True)
def _quick_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "render", lambda said, **_: f"%PDF {said.to_json()}".encode())


@pytest.fixture
def papers(database: Database, world: World) -> dict[str, Notice]:
    """Two notices of the member's, one of a colleague's."""
    issued = {}
    for name, person in (("overdue", "member"), ("overdue_long", "member"), ("colleague", "member2")):
        with database.write() as session:
            borrower_id = world.borrowers[name].id
            issued[name] = notices.issue(session, act=world.act(person), borrower_id=borrower_id, terms=TERMS)
    with database.write() as session:
        returns.begin(session, act=world.act("member"), walk=WALK)
    return issued


def _short(notice: Notice) -> str:
    return verification.short_code(notice.year, notice.number)


def _note(database: Database, world: World, text: str, person: str = "member") -> returns.Noted:
    with database.write() as session:
        return returns.note(session, act=world.act(person), text=text)


def _refusal(database: Database, world: World, text: str, person: str = "member") -> str:
    with pytest.raises(Refused) as caught:
        _note(database, world, text, person)
    return str(caught.value)


def _file(database: Database, world: World) -> returns.Filed:
    with database.write() as session:
        return returns.file(session, act=world.act("member"))


def test_a_round_is_filed_as_attempts_to_serve(database: Database, world: World, papers: dict[str, Notice]) -> None:
    _note(database, world, f"https://loans.example/check/{papers['overdue'].check_code} 1")
    _note(database, world, f"{_short(papers['overdue_long']).lower()}6 门锁着，邻居说搬走了")
    with database.reader() as session:
        found = reads.open_round(session, world.actor("member"), world.act("member").today)
        assert session.scalars(select(func.count(Service.id))).one() == 0
    assert found is not None
    assert found.tally == ((ReturnOutcome.SIGNED_SELF, 1), (ReturnOutcome.MOVED, 1))
    filed = _file(database, world)
    assert (filed.served, filed.not_served, filed.refused) == (1, 1, 0)
    with database.reader() as session:
        served = session.scalars(select(Service).where(Service.notice_id == papers["overdue"].id)).one()
        moved = session.scalars(select(Service).where(Service.notice_id == papers["overdue_long"].id)).one()
        states = dict(session.execute(select(Notice.id, Notice.state)).all())
        task = session.scalars(select(Task).where(Task.borrower_id == moved.borrower_id)).one()
    assert (served.signer_name, served.second_visitor, served.strength) == (NAMES["overdue"], "成员乙", Strength.WEAK)
    assert served.at == WALK.walked_at
    assert moved.note == "门锁着，邻居说搬走了"
    assert states[papers["overdue"].id] is NoticeState.SERVED
    assert states[papers["overdue_long"].id] is NoticeState.FAILED
    assert task.kind is TaskKind.FIND_NUMBER
    with pytest.raises(NotVisible):
        _file(database, world)


@pytest.mark.parametrize(("key", "outcome"), KEYS.items())
def test_every_key_is_recorded_as_what_it_means(
    database: Database, world: World, papers: dict[str, Notice], key: str, outcome: ReturnOutcome
) -> None:
    _note(database, world, f"{_short(papers['overdue'])} {key} 说已经还清")
    filed = _file(database, world)
    meaning = MEANINGS[outcome]
    assert (filed.served, filed.not_served) == ((1, 0) if meaning.was_served else (0, 1))
    with database.reader() as session:
        service = session.scalars(select(Service)).one()
    assert (service.was_served, service.method, service.failure) == (
        meaning.was_served,
        meaning.method,
        meaning.failure,
    )
    if outcome is ReturnOutcome.LEFT:
        assert service.witnesses == ["村干部甲", "村干部乙"]
        assert service.refusal_reason == "说已经还清"


def test_noting_again_corrects_and_the_last_can_be_taken_back(
    database: Database, world: World, papers: dict[str, Notice]
) -> None:
    first = _note(database, world, f"{_short(papers['overdue'])} 1")
    again = _note(database, world, f"{_short(papers['overdue'])} 7")
    assert (first.before, again.before, again.outcome) == (None, ReturnOutcome.SIGNED_SELF, ReturnOutcome.NOBODY_HOME)
    _note(database, world, f"{_short(papers['overdue_long'])} 1")
    with database.write() as session:
        assert returns.undo(session, act=world.act("member")) == papers["overdue_long"].id
    with database.reader() as session:
        assert [one.outcome for one in session.scalars(select(ReturnEntry))] == [ReturnOutcome.NOBODY_HOME]
    with database.write() as session:
        returns.undo(session, act=world.act("member"))
    with pytest.raises(Refused, match="Nothing is noted"), database.write() as session:
        returns.undo(session, act=world.act("member"))


def test_what_cannot_be_noted_says_why(database: Database, world: World, papers: dict[str, Notice]) -> None:
    code = _short(papers["overdue"])
    assert "mistyped" in _refusal(database, world, f"{code[1]}{code[0]}{code[2:]} 1") or code[0] == code[1]
    assert "six or eight characters" in _refusal(database, world, "12")
    assert "Scan or type" in _refusal(database, world, " ")
    assert "No notice of those you look after" in _refusal(database, world, f"{_short(papers['colleague'])} 1")
    assert "No notice of those you look after" in _refusal(database, world, verification.short_code(2026, 999) + "1")
    with pytest.raises(OutcomeMissing):
        _note(database, world, code)
    with database.write() as session:
        notices.call_back(session, act=world.act("member"), notice_id=papers["overdue_long"].id, reason="名单有误")
    assert "called back (名单有误)" in _refusal(database, world, f"{_short(papers['overdue_long'])} 1")
    _note(database, world, f"{code} 1")
    _file(database, world)
    with database.write() as session:
        returns.begin(session, act=world.act("member"), walk=WALK)
    assert "served on 2026-11-23 already" in _refusal(database, world, f"{code} 1")


def test_a_walk_before_the_day_of_issue_or_in_the_future(
    database: Database, world: World, papers: dict[str, Notice]
) -> None:
    with database.write() as session:
        returns.begin(session, act=world.act("member"), walk=Walk(moment("2026-11-20 09:00")))
    assert "after the day of this walk" in _refusal(database, world, f"{_short(papers['overdue'])} 1")
    with pytest.raises(Refused, match="future"), database.write() as session:
        returns.begin(session, act=world.act("member"), walk=Walk(moment("2026-12-01 09:00")))


def test_who_paid_meanwhile_is_called_back_and_the_rest_is_filed(
    database: Database, world: World, papers: dict[str, Notice]
) -> None:
    _note(database, world, f"{_short(papers['overdue'])} 1")
    _note(database, world, f"{_short(papers['overdue_long'])} 1")
    with database.write() as session:
        session.add(
            Repayment(
                loan_id=world.loans["overdue/1"].id,
                paid_on=date(2026, 11, 22),
                amount=Decimal("1171.50"),
                bank_reference="all",
            )
        )
        standings.recompute(session, act=world.act(None), borrower_ids=[])
    filed = _file(database, world)
    assert (filed.served, filed.not_served, filed.refused) == (1, 0, 1)
    with database.reader() as session:
        found = reads.filed_round(session, world.actor("member"), world.act("member").today, filed.round_id)
        state = session.get_one(Notice, papers["overdue"].id).state
    refused = {row.notice_id: row.refusal for row in found.rows}
    assert "called back" in refused[papers["overdue"].id]
    assert refused[papers["overdue_long"].id] == ""
    assert state is NoticeState.CALLED_BACK


def test_a_round_is_ones_own(database: Database, world: World, papers: dict[str, Notice]) -> None:
    with pytest.raises(NotVisible):
        _note(database, world, f"{_short(papers['colleague'])} 1", person="member2")
    with database.reader() as session:
        assert reads.open_round(session, world.actor("member2"), world.act("member").today) is None


def test_a_code_that_a_restore_may_have_lost_says_so(
    database: Database, world: World, papers: dict[str, Notice]
) -> None:
    with database.write() as session:
        session.add(
            Restore(
                backup="20261120T120000Z",
                made_at=moment("2026-11-20 20:00"),
                at=moment("2026-11-22 09:00"),
                year=2026,
                bound=8_000_000,
            )
        )
    for code in (verification.short_code(2026, 999), verification.make_code(b"a paper that is lost")):
        said = _refusal(database, world, f"{code} 1")
        assert "papers issued on these days may be missing: 2026-11-20–2026-11-22" in said
        assert "No notice of those you look after" in said
