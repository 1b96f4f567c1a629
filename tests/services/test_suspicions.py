"""Reports of suspected malicious default: gates, three people, the person's reply, ends by themselves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from models.accounts import User
from models.casework import Case
from models.database import Database
from models.events import Event
from models.loans import Repayment
from models.rules.casework import CaseStage
from models.rules.contacts import Reached
from models.rules.permissions import Role
from models.rules.refusals import NotVisible, Refused
from models.rules.suspicion_gates import ObstacleCode, Thresholds
from models.rules.suspicions import Answer, Answered, Ground, Question
from models.rules.workflows import SuspicionState, SuspicionStep
from models.suspicions import Suspicion, SuspicionSlip
from notices import layout
from notices.letters import ReplySlipContent
from portal.queries import checks
from portal.queries import suspicions as reads
from portal.services import standings, suspicion_decisions, suspicions
from portal.services.suspicion_reports import NotReady
from tests import efforts
from tests.world import World, moment

RULES = Thresholds()
URL = "https://loans.example"
TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _quick_paper(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "real_paper" not in request.keywords and "paper" not in request.node.name:
        monkeypatch.setattr(layout, "render", lambda said, **_: f"%PDF {said.to_json()}".encode())


@pytest.fixture
def ready(database: Database, world: World) -> World:
    """Everything a report needs is on record for ``overdue``."""
    with database.write() as session:
        efforts.contacts(session, world)
        efforts.receipt(session, world)
    return world


def _propose(database: Database, world: World, who: str = "overdue", by: str = "member", **changes: object) -> int:
    stated = {"answers": efforts.ANSWERS, "grounds": efforts.GROUNDS} | changes
    with database.write() as session:
        return suspicions.propose(
            session, act=world.act(by), borrower_id=world.borrowers[who].id, thresholds=RULES, **stated
        ).id


def _sign(database: Database, world: World, number: int, by: str = "leader") -> None:
    with database.write() as session:
        suspicions.sign(session, act=world.act(by), suspicion_id=number, thresholds=RULES, public_url=URL)


def _decide(
    database: Database,
    world: World,
    number: int,
    step: SuspicionStep = SuspicionStep.UPHOLD,
    at: str = "2026-12-08 10:00",
    by: str = "centre",
) -> None:
    with database.write() as session:
        suspicion_decisions.decide(
            session,
            act=world.act(by, moment(at)),
            suspicion_id=number,
            step=step,
            reason="两次核实，理由成立。",
            thresholds=Thresholds(data_age_days=60),
        )


def _report(database: Database, number: int) -> Suspicion:
    with database.reader() as session:
        return session.get_one(Suspicion, number)


def _stage(database: Database, world: World) -> CaseStage:
    with database.reader() as session:
        return session.scalars(select(Case.stage).where(Case.borrower_id == world.borrowers["overdue"].id)).one()


def _codes(caught: pytest.ExceptionInfo[NotReady]) -> set[ObstacleCode]:
    return {one.code for one in caught.value.obstacles}


def test_the_whole_way(database: Database, ready: World) -> None:
    number = _propose(database, ready)
    assert _report(database, number).state is SuspicionState.PROPOSED
    _sign(database, ready, number)
    signed = _report(database, number)
    assert (signed.state, signed.reply_by) == (SuspicionState.SIGNED, date(2026, 12, 7))  # ten working days
    assert _stage(database, ready) is CaseStage.SUSPECTED
    with database.write() as session:
        suspicion_decisions.record_reply(
            session, act=ready.act("member"), suspicion_id=number, replied_on=TODAY, text="我下个月就还。"
        )
    _decide(database, ready, number, at="2026-11-24 10:00")  # the person replied: no need to wait
    upheld = _report(database, number)
    assert (upheld.state, upheld.lapses_on) == (SuspicionState.UPHELD, date(2027, 5, 24))
    people = {upheld.proposed_by_id, upheld.signed_by_id, upheld.decided_by_id}
    assert people == {ready.users[name].id for name in ("member", "leader", "centre")}
    with database.reader() as session:
        tags = session.scalars(select(Event.tag).where(Event.subject == f"suspicion/{number}").order_by(Event.id)).all()
    assert tags == ["suspicion:proposed", "suspicion:signed", "suspicion:replied", "suspicion:upheld"]


def test_nothing_on_record_stops_it_by_name(database: Database, world: World) -> None:
    with pytest.raises(NotReady) as caught:
        _propose(database, world)
    assert _codes(caught) == {
        ObstacleCode.TOO_FEW_ATTEMPTS,
        ObstacleCode.TOO_FEW_METHODS,
        ObstacleCode.NO_PROVEN_RECEIPT,
    }


def test_an_unsigned_receipt_proves_nothing(database: Database, world: World) -> None:
    with database.write() as session:
        efforts.contacts(session, world)
        efforts.receipt(session, world, signed=False)
    with pytest.raises(NotReady) as caught:
        _propose(database, world)
    assert _codes(caught) == {ObstacleCode.NO_PROVEN_RECEIPT}


def test_out_of_reach_is_not_malice(database: Database, world: World) -> None:
    with database.write() as session:
        efforts.contacts(session, world, reached=Reached.NOBODY)
        efforts.receipt(session, world)
    with pytest.raises(NotReady) as caught:
        _propose(database, world)
    assert _codes(caught) == {ObstacleCode.OUT_OF_REACH}


def test_old_data_stops_it(database: Database, ready: World) -> None:
    with pytest.raises(NotReady) as caught, database.write() as session:
        suspicions.propose(
            session,
            act=ready.act("member"),
            borrower_id=ready.borrowers["overdue"].id,
            answers=efforts.ANSWERS,
            grounds=efforts.GROUNDS,
            thresholds=Thresholds(data_age_days=21),  # the list is 22 days old
        )
    assert _codes(caught) == {ObstacleCode.STALE_DATA}


@pytest.mark.parametrize("answer", [Answer.YES, Answer.UNKNOWN])
def test_a_benign_cause_stops_it(database: Database, ready: World, answer: Answer) -> None:
    answers = efforts.ANSWERS | {Question.LOW_INCOME: Answered(answer, "村里说是低保户，2026年")}
    with pytest.raises(NotReady) as caught:
        _propose(database, ready, answers=answers)
    assert [one.question for one in caught.value.obstacles] == [Question.LOW_INCOME]


def test_refusing_to_sign_is_no_ground(database: Database, ready: World) -> None:
    with pytest.raises(NotReady) as caught:
        _propose(database, ready, grounds={Ground.REFUSES_TO_SIGN: "11月12日两人在场时不肯签收"})
    assert _codes(caught) == {ObstacleCode.NO_GROUND}


def test_one_open_report_a_person(database: Database, ready: World) -> None:
    _propose(database, ready)
    with pytest.raises(Refused, match="open already"):
        _propose(database, ready, by="deputy")
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(
            text(
                "INSERT INTO suspicions (borrower_id, state, grounds, answers, proposed_at, proposed_by_id,"
                " returned_reason, reply_text, earlier_replies, decision_reason, lapses_on)"
                " SELECT borrower_id, state, grounds, answers, proposed_at, proposed_by_id, '', '', '[]', '', lapses_on"
                " FROM suspicions"
            )
        )


def test_no_decision_before_the_person_could_reply(database: Database, ready: World) -> None:
    number = _propose(database, ready)
    _sign(database, ready, number)
    for step in (SuspicionStep.UPHOLD, SuspicionStep.DISMISS):
        with pytest.raises(Refused, match="2026-12-07"):
            _decide(database, ready, number, step, at="2026-12-07 17:00")  # the last day is the person's
    _decide(database, ready, number, SuspicionStep.DISMISS, at="2026-12-08 09:00")
    assert _report(database, number).state is SuspicionState.DISMISSED
    assert _stage(database, ready) is CaseStage.NEW


def test_nobody_decides_on_their_own_proposal(database: Database, ready: World) -> None:
    """An account that changed its role is still the same person."""
    number = _propose(database, ready)
    with database.write() as session:
        session.execute(update(User).where(User.username == "member").values(role=Role.LEADER))
        session.flush()
    proposer = ready.act("member")
    as_leader = type(proposer)(
        type(proposer.person)(proposer.person.user_id, "成员甲", Role.LEADER, proposer.person.school_id), proposer.at
    )
    with pytest.raises(Refused, match="does not sign"), database.write() as session:
        suspicions.sign(session, act=as_leader, suspicion_id=number, thresholds=RULES, public_url=URL)
    _sign(database, ready, number)
    for who in ("member", "leader"):
        person = ready.actor(who)
        as_centre = type(proposer)(type(person)(person.user_id, person.name, Role.CENTRE), moment("2026-12-08 10:00"))
        with pytest.raises(Refused, match="ask a colleague"), database.write() as session:
            suspicion_decisions.decide(
                session,
                act=as_centre,
                suspicion_id=number,
                step=SuspicionStep.DISMISS,
                reason="理由",
                thresholds=RULES,
            )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE suspicions SET decided_by_id = proposed_by_id",
        "UPDATE suspicions SET decided_by_id = signed_by_id",
        "UPDATE suspicions SET proposed_by_id = signed_by_id",
        "UPDATE suspicions SET signed_by_id = NULL",
        "UPDATE suspicions SET state = 'upheld'",
    ],
)
def test_the_database_refuses_it_too(database: Database, ready: World, change: str) -> None:
    _sign(database, ready, _propose(database, ready))
    with pytest.raises(DBAPIError), database.write() as session:
        session.execute(text(change))


def test_returned_mended_and_signed_the_person_is_heard_anew(database: Database, ready: World) -> None:
    number = _propose(database, ready)
    with pytest.raises(Refused, match="Give the reason"), database.write() as session:
        suspicions.return_to_proposer(session, act=ready.act("leader"), suspicion_id=number, reason="  ")
    _sign(database, ready, number)
    with database.write() as session:
        suspicion_decisions.record_reply(
            session, act=ready.act("centre"), suspicion_id=number, replied_on=TODAY, text="不服"
        )
    _decide(database, ready, number, SuspicionStep.SEND_BACK, at="2026-11-24 10:00")
    back = _report(database, number)
    assert (back.state, back.signed_by_id, back.reply_by) == (SuspicionState.RETURNED, None, None)
    assert _stage(database, ready) is CaseStage.NEW
    later = moment("2026-11-25 10:00")
    with database.write() as session:
        suspicions.resubmit(
            session,
            act=ready.act("deputy", later),
            suspicion_id=number,
            answers=efforts.ANSWERS,
            grounds=efforts.GROUNDS,
            thresholds=RULES,
        )
        suspicions.sign(session, act=ready.act("leader", later), suspicion_id=number, thresholds=RULES, public_url=URL)
    again = _report(database, number)
    assert again.proposed_by_id == ready.users["deputy"].id
    assert (again.reply_text, again.earlier_replies) == ("", [{"on": "2026-11-23", "text": "不服"}])
    with pytest.raises(Refused, match="may reply until 2026-12-09"):
        _decide(database, ready, number, at="2026-12-01 10:00")
    with database.reader() as session:
        assert len(session.scalars(select(SuspicionSlip).where(SuspicionSlip.suspicion_id == number)).all()) == 2


def test_only_its_proposer_takes_it_back(database: Database, ready: World) -> None:
    number = _propose(database, ready)
    with pytest.raises(Refused, match="Only the person"), database.write() as session:
        suspicions.withdraw(session, act=ready.act("deputy"), suspicion_id=number)
    with database.write() as session:
        suspicions.withdraw(session, act=ready.act("member"), suspicion_id=number)
    assert _report(database, number).ended_on == TODAY
    assert _propose(database, ready) != number  # another may be proposed then


def test_a_reply_has_a_day_that_can_be(database: Database, ready: World) -> None:
    number = _propose(database, ready)
    with pytest.raises(Refused, match="signed report"), database.write() as session:
        suspicion_decisions.record_reply(
            session, act=ready.act("member"), suspicion_id=number, replied_on=TODAY, text="话"
        )
    _sign(database, ready, number)
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(Refused, match=r"day of the reply"), database.write() as session:
            suspicion_decisions.record_reply(
                session, act=ready.act("member"), suspicion_id=number, replied_on=day, text="话"
            )


def test_payment_withdraws_it(database: Database, ready: World) -> None:
    number = _propose(database, ready)
    _sign(database, ready, number)
    with database.write() as session:
        session.add(
            Repayment(
                loan_id=ready.loans["overdue/1"].id, paid_on=TODAY, amount=1172, bank_reference="paid-after-report"
            )
        )
        standings.recompute(session, act=ready.act("centre"), borrower_ids=[ready.borrowers["overdue"].id])
    gone = _report(database, number)
    assert (gone.state, gone.ended_on) == (SuspicionState.WITHDRAWN, TODAY)
    with pytest.raises(Refused):
        _decide(database, ready, number)


@pytest.mark.parametrize("upheld", [False, True])
def test_it_lapses_by_itself_once(database: Database, ready: World, upheld: bool) -> None:
    number = _propose(database, ready)
    _sign(database, ready, number)
    if upheld:
        _decide(database, ready, number)
    ends = date(2027, 6, 8) if upheld else date(2027, 1, 4)  # half a year; ten and twenty working days
    for day, expected in ((ends - timedelta(days=1), 0), (ends, 1), (ends, 0)):
        with database.write() as session:
            assert suspicion_decisions.lapse_due(session, act=ready.act(None), as_of=day) == expected
    assert _report(database, number).state is SuspicionState.LAPSED
    assert _stage(database, ready) is CaseStage.NEW


def test_out_of_scope_is_missing(database: Database, ready: World) -> None:
    with pytest.raises(NotVisible):
        _propose(database, ready, who="foreign")
    with pytest.raises(NotVisible):
        _propose(database, ready, who="colleague")  # a colleague's village
    number = _propose(database, ready)
    for who in ("member2", "leader_b", "township", "auditor"):
        with pytest.raises(NotVisible), database.write() as session:
            suspicions.withdraw(session, act=ready.act(who), suspicion_id=number)
        with database.reader() as session, pytest.raises(NotVisible):
            reads.report(session, ready.actor(who), TODAY, number)
        with database.reader() as session:
            assert reads.reports(session, ready.actor(who), TODAY).total == 0
    with pytest.raises(Refused, match="somebody else's part"):
        _sign(database, ready, number, by="deputy")


def test_what_waits_for_whom(database: Database, ready: World) -> None:
    def waits(day: date = TODAY) -> dict[str, int]:
        with database.reader() as session:
            people = ("member", "member2", "leader", "leader_b", "centre", "township")
            return {who: len(reads.waiting(session, ready.actor(who), day)) for who in people}

    nobody = waits()
    number = _propose(database, ready)
    assert waits() == nobody | {"leader": 1}
    _sign(database, ready, number)
    assert waits() == nobody  # the person's time
    assert waits(date(2026, 12, 8)) == nobody | {"centre": 1}
    _decide(database, ready, number, SuspicionStep.SEND_BACK)
    assert waits() == nobody | {"member": 1}


def test_the_paper_says_the_grounds_and_the_day(database: Database, ready: World) -> None:
    number = _propose(database, ready)
    _sign(database, ready, number)
    with database.reader() as session:
        pdf, said = reads.slip(session, ready.actor("leader"), TODAY, number)
        slip = session.scalars(select(SuspicionSlip)).one()
        public = checks.check(session, slip.check_code)
    assert pdf.startswith(b"%PDF-")
    assert isinstance(said, ReplySlipContent)
    assert said.answer_by == date(2026, 12, 7)
    assert "有钱也不还" in said.grounds[0]
    assert slip.serial == "演示助核〔2026〕000001号"
    assert public is not None
    assert public.surname == "甲"
    with database.write() as session:
        assert suspicions.record_print(session, act=ready.act("leader"), suspicion_id=number) is False
        session.flush()
        assert suspicions.record_print(session, act=ready.act("leader"), suspicion_id=number) is True
    with pytest.raises(DBAPIError), database.write() as session:
        session.execute(text("UPDATE suspicion_slips SET serial = 'x'"))
