"""Requests for help: one help, one body, a clock of working days, a view that ends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from models.accounts import User
from models.casework import Case
from models.database import Database
from models.escalations import Escalation, EscalationLetter
from models.events import Event
from models.loans import Repayment
from models.organisation import Holiday
from models.rules.casework import CaseStage
from models.rules.contacts import Reached
from models.rules.escalations import Help
from models.rules.organisation import Body
from models.rules.refusals import NotVisible, Refused
from models.rules.workflows import EscalationState
from notices import layout
from portal.queries import escalations as reads
from portal.queries import today
from portal.queries.scope import visible_borrowers
from portal.services import escalation_answers, escalations, standings
from portal.services.escalations import Ask
from tests import efforts
from tests.world import World, moment

TODAY = date(2026, 11, 23)
ASK = Ask(body=Body.TOWNSHIP, help_asked=Help.LOCATE, request="请到村里问一下现在的住处。")


@pytest.fixture(autouse=True)
def _quick_paper(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "paper" not in request.node.name:
        monkeypatch.setattr(layout, "render", lambda said, **_: f"%PDF {said.to_json()}".encode())


@pytest.fixture
def ready(database: Database, world: World) -> World:
    """Three attempts by two methods are on record for ``overdue``."""
    with database.write() as session:
        efforts.contacts(session, world, reached=Reached.NOBODY)
    return world


def _send(database: Database, world: World, ask: Ask = ASK, who: str = "overdue", by: str = "leader") -> int:
    with database.write() as session:
        return escalations.send(session, act=world.act(by), borrower_id=world.borrowers[who].id, ask=ask).id


def _do(database: Database, world: World, step: str, number: int, by: str = "township", **words: str) -> None:
    with database.write() as session:
        room = escalations if step == "withdraw" else escalation_answers
        getattr(room, step)(session, act=world.act(by), escalation_id=number, **words)


def _row(database: Database, number: int) -> Escalation:
    with database.reader() as session:
        return session.get_one(Escalation, number)


def _seen(database: Database, world: World, who: str, day: date = TODAY) -> int:
    with database.reader() as session:
        return reads.requests(session, world.actor(who), day).total


def test_the_whole_way(database: Database, ready: World) -> None:
    number = _send(database, ready)
    sent = _row(database, number)
    assert (sent.due_on, sent.view_expires_on) == (date(2026, 12, 7), date(2026, 12, 23))
    assert sent.township_id == ready.townships["山前镇"].id
    with database.reader() as session:
        stage = session.scalars(select(Case.stage).where(Case.borrower_id == sent.borrower_id)).one()
        assert stage is CaseStage.ESCALATED
        assert reads.request(session, ready.actor("township"), TODAY, number).row.days_left == 10
    _do(database, ready, "accept", number)
    _do(database, ready, "report", number, text="人在外地务工，已请其联系中心。")
    _do(database, ready, "close", number)
    assert _row(database, number).state is EscalationState.CLOSED
    with database.reader() as session:
        tags = session.scalars(
            select(Event.tag).where(Event.subject == f"escalation/{number}").order_by(Event.id)
        ).all()
        stage = session.scalars(select(Case.stage).where(Case.borrower_id == sent.borrower_id)).one()
    assert tags == [f"escalation:{done}" for done in ("sent", "accepted", "reported", "closed")]
    assert stage is CaseStage.NEW


def test_holidays_are_no_working_days(database: Database, ready: World) -> None:
    with database.write() as session:
        session.add(Holiday(day=date(2026, 11, 30), is_working=False, name="演示假日"))
    assert _row(database, _send(database, ready)).due_on == date(2026, 12, 8)


def test_the_family_is_tried_first(database: Database, world: World) -> None:
    with pytest.raises(Refused, match="0 by 0"):
        _send(database, world)
    assert _row(database, _send(database, world, Ask(Body.CIVIL_AFFAIRS, Help.CONFIRM_HARDSHIP, "请核实低保。")))
    stated = Ask(Body.TOWNSHIP, Help.LOCATE, "请协助寻找。", untried_reason="全家外出多年，没有任何号码")
    assert _row(database, _send(database, world, stated, who="overdue_long"))


@pytest.mark.parametrize(
    "words", ["欠款1171.50元", "欠¥300", "欠三千元", "电话13300000001", "证件990000199701010019", "座机0999-7654321"]
)
def test_words_that_disclose_are_refused(database: Database, ready: World, words: str) -> None:
    for ask in (
        Ask(Body.TOWNSHIP, Help.LOCATE, f"请协助，{words}。"),
        Ask(Body.TOWNSHIP, Help.LOCATE, "请协助。", what_was_tried=words),
    ):
        with pytest.raises(Refused, match="Leave"):
            _send(database, ready, ask)


def test_one_open_request_a_person(database: Database, ready: World) -> None:
    _send(database, ready)
    with pytest.raises(Refused, match="open already"):
        _send(database, ready)


def test_who_owes_nothing_is_nobodys_business(database: Database, ready: World) -> None:
    with pytest.raises(Refused, match="Nothing is overdue"):
        _send(database, ready, Ask(Body.TOWNSHIP, Help.PASS_ON, "请转告。", untried_reason="试"), who="current")


def test_a_township_sees_only_what_is_open_and_addressed_to_it(database: Database, ready: World) -> None:
    number = _send(database, ready)
    assert [_seen(database, ready, who) for who in ("township", "township_b")] == [1, 0]
    assert _seen(database, ready, "township", date(2026, 12, 23)) == 1
    assert _seen(database, ready, "township", date(2026, 12, 24)) == 0  # expired
    with pytest.raises(NotVisible):
        _do(database, ready, "accept", number, by="township_b")
    with database.write() as session, pytest.raises(NotVisible):
        escalation_answers.accept(session, act=ready.act("township", moment("2026-12-24 09:00")), escalation_id=number)
    _do(database, ready, "return_to_sender", number, reason="不属于本镇")
    assert _seen(database, ready, "township") == 0
    with database.reader() as session:
        assert session.scalars(visible_borrowers(ready.actor("township"), TODAY)).all() == []


def test_a_second_closed_request_opens_no_door(database: Database, ready: World) -> None:
    """An open request about a person does not show the closed one about the same person."""
    first = _send(database, ready)
    _do(database, ready, "withdraw", first, by="leader")
    second = _send(database, ready)
    with database.reader() as session:
        assert reads.request(session, ready.actor("township"), TODAY, second)
        with pytest.raises(NotVisible):
            reads.request(session, ready.actor("township"), TODAY, first)


def test_the_centre_answers_for_bodies_without_an_account(database: Database, ready: World) -> None:
    number = _send(database, ready)
    with pytest.raises(Refused, match="township answers"):
        _do(database, ready, "accept", number, by="centre")
    with database.write() as session:
        session.execute(update(User).where(User.username == "township").values(is_active=False))
    _do(database, ready, "accept", number, by="centre")
    village = _send(
        database, ready, Ask(Body.VILLAGE, Help.PASS_ON, "请转告。", untried_reason="不便"), who="overdue_long"
    )
    assert _row(database, village).township_id is None
    assert _seen(database, ready, "township") == 1
    _do(database, ready, "accept", village, by="centre")


def test_the_centre_closes_what_outlived_the_view(database: Database, ready: World) -> None:
    number = _send(database, ready)
    _do(database, ready, "accept", number)
    _do(database, ready, "report", number, text="已转告。")
    late = ready.act("centre", moment("2026-12-24 09:00"))
    with database.write() as session:
        escalation_answers.close(session, act=late, escalation_id=number)
    assert _row(database, number).state is EscalationState.CLOSED


def test_returned_amended_and_sent_again(database: Database, ready: World) -> None:
    number = _send(database, ready)
    _do(database, ready, "return_to_sender", number, reason="请说明要做什么")
    later = ready.act("leader", moment("2026-11-25 09:00"))
    with database.write() as session:
        escalations.resend(session, act=later, escalation_id=number, ask=ASK)
    again = _row(database, number)
    assert (again.state, again.due_on, again.returned_reason) == (EscalationState.SENT, date(2026, 12, 9), "")
    with database.reader() as session:
        serials = session.scalars(select(EscalationLetter.serial).order_by(EscalationLetter.id)).all()
    assert serials == ["演示助函〔2026〕000001号", "演示助函〔2026〕000002号"]


def test_payment_withdraws_it(database: Database, ready: World) -> None:
    number = _send(database, ready)
    with database.write() as session:
        session.add(
            Repayment(loan_id=ready.loans["overdue/1"].id, paid_on=TODAY, amount=1172, bank_reference="paid-now")
        )
        standings.recompute(session, act=ready.act("centre"), borrower_ids=[ready.borrowers["overdue"].id])
    assert _row(database, number).state is EscalationState.WITHDRAWN
    assert _seen(database, ready, "township") == 0


def test_only_a_leader_in_scope_sends(database: Database, ready: World) -> None:
    with pytest.raises(NotVisible):
        _send(database, ready, who="foreign")
    with pytest.raises(NotVisible):
        _send(database, ready, by="township")
    number = _send(database, ready)
    for who in ("leader_b", "member2"):
        with pytest.raises(NotVisible):
            _do(database, ready, "withdraw", number, by=who)
    with pytest.raises(Refused, match="somebody else's part"):
        _do(database, ready, "withdraw", number, by="deputy")


def test_each_reading_of_a_township_is_recorded(database: Database, ready: World) -> None:
    number = _send(database, ready)
    for who in ("township", "leader", "township"):
        _do(database, ready, "record_view", number, by=who)
    with database.reader() as session:
        readers = session.scalars(select(Event.actor_id).where(Event.tag == "escalation:viewed")).all()
    assert readers == [ready.users["township"].id] * 2


def test_what_waits_for_whom(database: Database, ready: World) -> None:
    def waits() -> dict[str, int]:
        people = ("member", "leader", "leader_b", "centre", "township", "township_b")
        with database.reader() as session:
            return {who: len(reads.waiting(session, ready.actor(who), TODAY)) for who in people}

    nobody = waits()
    number = _send(database, ready)
    assert waits() == nobody | {"township": 1}
    _do(database, ready, "return_to_sender", number, reason="不属于本镇")
    assert waits() == nobody | {"leader": 1}


def test_the_leader_hears_of_an_answer_and_of_none(database: Database, ready: World) -> None:
    """The body's page says that it is late; whoever asked has to know it too, or nobody rings."""

    def told(who: str, day: date) -> dict[str, int]:
        with database.reader() as session:
            found = today.waiting(session, ready.actor(who), day)
        return {one.key: one.count for one in found if one.key in {"late_requests", "reported"}}

    number = _send(database, ready)
    with database.reader() as session:
        due = session.get_one(Escalation, number).due_on
    assert told("leader", due) == {"late_requests": 0, "reported": 0}
    assert told("leader", due + timedelta(days=1)) == {"late_requests": 1, "reported": 0}
    assert told("leader_b", due + timedelta(days=1)) == {"late_requests": 0, "reported": 0}
    for other in ("township", "member"):
        assert not any(told(other, due + timedelta(days=1)).values())
    _do(database, ready, "accept", number)
    _do(database, ready, "report", number, text="本人在县城务工，已转告。")
    assert told("leader", due + timedelta(days=1)) == {"late_requests": 0, "reported": 1}
    _do(database, ready, "close", number)
    assert told("leader", due + timedelta(days=1)) == {"late_requests": 0, "reported": 0}


def test_the_clock_counts_working_days(database: Database, ready: World) -> None:
    number = _send(database, ready)
    expected = {TODAY: 10, date(2026, 12, 2): 3, date(2026, 12, 7): 0, date(2026, 12, 8): -1, date(2026, 12, 14): -5}
    with database.reader() as session:
        found = {day: reads.request(session, ready.actor("township"), day, number).row.days_left for day in expected}
    assert found == expected


def test_the_paper_names_no_amount_and_is_kept(database: Database, ready: World) -> None:
    with database.reader() as session:
        words = escalations.suggestion(session, ready.borrowers["overdue"].id, TODAY)
    number = _send(database, ready, Ask(Body.TOWNSHIP, Help.LOCATE, "请问住处。", what_was_tried=words))
    with database.reader() as session:
        pdf, said = reads.letter(session, ready.actor("township"), TODAY, number)
    assert pdf.startswith(b"%PDF-")
    assert said.addressee == "山前镇人民政府"
    assert said.facts == ("2026-11-11至2026-11-13，我校先后3次拨打电话、入户走访，均没有联系上。",)
    assert len(said.tried) == 3
    assert "1,171" not in said.to_json()
    with pytest.raises(DBAPIError), database.write() as session:
        session.execute(text("UPDATE escalation_letters SET serial = 'x'"))


def test_a_township_must_be_named_for_a_township(database: Database, ready: World) -> None:
    number = _send(database, ready)
    with pytest.raises(DBAPIError), database.write() as session:
        session.execute(update(Escalation).where(Escalation.id == number).values(township_id=None))
    with pytest.raises(Refused, match="working days"):
        _send(
            database,
            ready,
            Ask(Body.TOWNSHIP, Help.LOCATE, "请问。", untried_reason="是", working_days=99),
            who="overdue_long",
        )
    assert _row(database, number).view_expires_on - timedelta(days=30) == TODAY
