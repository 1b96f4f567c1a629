from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.accounts import User
from models.borrowers import ContactPoint
from models.casework import Contact, PaymentClaim, Promise, Question
from models.database import Database
from models.events import Event
from models.handovers import Handover
from models.loans import Loan, Relief
from models.organisation import AreaAssignment, GroupSeat, Holiday
from models.rules.casework import PromiseState
from models.rules.claims import ClaimState
from models.rules.contacts import ContactMethod, Outcome, Reached
from models.rules.facts import PauseCause, ReliefKind, ReliefScope
from models.rules.handovers import Counts, HandoverState, Risk
from models.rules.organisation import Seat
from models.rules.refusals import NotVisible, Refused
from models.suspicions import Suspicion
from portal.queries import handovers as reads
from portal.queries.handover_kits import Kit, kit
from portal.services import fsck, handovers, notices
from portal.services.areas import assign_village
from portal.services.notices import Terms
from tests.world import World, moment

AT = moment("2026-11-24 09:00")  # a Tuesday
DAY = date(2026, 11, 24)


def _give(session: Session, world: World, village: str, to: str | None, by: str = "leader") -> AreaAssignment:
    return assign_village(
        session,
        act=world.act(by, AT),
        village_code=world.villages[village].code,
        school_id=world.schools["S01"].id,
        seat_id=world.seats[to].id if to else None,
    )


def _given(database: Database, world: World, village: str = "东湾", to: str = "member2", by: str = "leader") -> int:
    with database.write() as session:
        _give(session, world, village, to, by)
        return session.scalars(select(Handover.id).where(Handover.state == HandoverState.OPEN)).one()


def _events(session: Session) -> list[str]:
    return list(session.scalars(select(Event.tag).where(Event.tag.like("handover:%")).order_by(Event.id)))


def test_a_village_goes_on_with_what_is_open_in_it(database: Database, world: World) -> None:
    with database.write() as session:
        session.add(Holiday(day=date(2026, 11, 26), is_working=False, name="演示假日"))
    handover_id = _given(database, world)
    with database.reader() as session:
        found = reads.handover(session, world.actor("member2"), handover_id)
        assert (found.given.member, found.received.member, found.opened_by) == ("成员甲", "成员乙", "组长甲")
        assert found.receiver_id == world.users["member2"].id
        assert found.accept_by == date(2026, 11, 30)  # three working days: 25, 27, 30 November
        assert found.then == kit(session, found.village_id, DAY).counts
        assert (found.then.borrowers, found.then.overdue) == (3, 2)
        event = session.scalars(select(Event).where(Event.tag == "handover:opened")).one()
        assert event.facts["area"] == "东湾村"
        assert world.borrowers["overdue"].name not in str(event.facts)
        for other in ("member", "member_b", "township"):
            with pytest.raises(NotVisible):
                reads.handover(session, world.actor(other), handover_id)
        assert reads.handovers(session, world.actor("centre"))[0].id == handover_id
        assert reads.handovers(session, world.actor("leader_b")) == ()


def test_from_nobody_and_to_nobody(database: Database, world: World) -> None:
    with database.write() as session:
        _give(session, world, "石桥", None, by="centre")  # the school has still to name somebody
        assert session.scalars(select(Handover)).all() == []
        _give(session, world, "石桥", "member2")
        found = session.scalars(select(Handover)).one()
        assert found.from_assignment_id is None
    with database.write() as session:
        _give(session, world, "东湾", None)
        assert session.scalars(select(Handover.village_id)).all() == [world.villages["石桥"].id]
        _give(session, world, "东湾", "member2")
    with database.reader() as session:
        row = reads.open_of(session, world.villages["东湾"].id)
        assert row is not None
        assert row.given.member == "成员甲"  # who looked after it last, though nobody did on the day


def test_nothing_is_handed_over_where_nobody_has_borrowed(database: Database, world: World) -> None:
    with database.write() as session:
        for who in ("current", "studying", "deferred", "settled"):
            world.borrowers[who].village_id = world.villages["东湾"].id
            session.merge(world.borrowers[who])
        session.flush()
        _give(session, world, "西岭", "member2")
        assert session.scalars(select(Handover)).all() == []


def test_the_receiver_accepts_and_nobody_else(database: Database, world: World) -> None:
    handover_id = _given(database, world)
    with database.write() as session:
        for name in ("leader", "deputy", "centre"):
            with pytest.raises(Refused, match="Only the person who received"):
                handovers.accept(session, act=world.act(name, AT), handover_id=handover_id)
            with pytest.raises(Refused, match="has an account"):
                handovers.accept_on_paper(session, act=world.act(name, AT), handover_id=handover_id)
        for name in ("member", "member_b", "leader_b"):
            with pytest.raises(NotVisible):
                handovers.accept(session, act=world.act(name, AT), handover_id=handover_id)
        with pytest.raises(Refused, match="somebody else's part"):
            handovers.accept_on_paper(session, act=world.act("member2", AT), handover_id=handover_id)
        assert _events(session) == ["handover:opened"]
    with database.write() as session:
        handovers.accept(session, act=world.act("member2", AT), handover_id=handover_id, remarks="  电话请补  ")
    with database.write() as session:
        found = session.get_one(Handover, handover_id)
        assert (found.state, found.on_paper, found.remarks) == (HandoverState.ACCEPTED, False, "电话请补")
        assert found.accepted_by_id == world.users["member2"].id
        with pytest.raises(Refused, match="no longer possible"):
            handovers.accept(session, act=world.act("member2", AT), handover_id=handover_id)
        assert _events(session) == ["handover:opened", "handover:accepted"]
        accepted = session.scalars(select(Event).where(Event.tag == "handover:accepted")).one()
        assert "电话请补" not in str(accepted.facts)


@pytest.mark.parametrize("why", ["no account", "account stopped"])
def test_a_signed_copy_is_seen_for_who_cannot_sign_in(database: Database, world: World, why: str) -> None:
    with database.write() as session:
        if why == "no account":
            session.execute(update(GroupSeat).where(GroupSeat.id == world.seats["member2"].id).values(user_id=None))
        else:
            session.execute(update(User).where(User.id == world.users["member2"].id).values(is_active=False))
    handover_id = _given(database, world)
    with database.write() as session:
        with pytest.raises(Refused, match="Only the person who received"):
            handovers.accept(session, act=world.act("leader", AT), handover_id=handover_id)
        handovers.accept_on_paper(session, act=world.act("leader", AT), handover_id=handover_id)
    with database.reader() as session:
        row = reads.handover(session, world.actor("leader"), handover_id)
        assert (row.state, row.on_paper, row.accepted_by) == (HandoverState.ACCEPTED, True, "组长甲")


def test_a_head_who_takes_a_village_over_accepts_it_in_person(database: Database, world: World) -> None:
    handover_id = _given(database, world, to="deputy")
    with database.write() as session:
        handovers.accept(session, act=world.act("deputy", AT), handover_id=handover_id)
        assert session.get_one(Handover, handover_id).state is HandoverState.ACCEPTED


def test_a_village_that_goes_on_ends_the_handover_before(database: Database, world: World) -> None:
    first = _given(database, world)
    second = _given(database, world, to="deputy")
    with database.reader() as session:
        states = {one.id: one.state for one in session.scalars(select(Handover))}
        assert states == {first: HandoverState.ENDED, second: HandoverState.OPEN}
        assert _events(session) == ["handover:opened", "handover:ended", "handover:opened"]
        assert reads.handover(session, world.actor("deputy"), second).given.member == "成员乙"
    with database.write() as session, pytest.raises(Refused, match="no longer possible"):
        handovers.accept(session, act=world.act("deputy", AT), handover_id=first)
    with database.write() as session:  # back to nobody: ended, and nothing new to accept
        _give(session, world, "东湾", None)
        assert session.scalars(select(Handover.state)).all() == [HandoverState.ENDED, HandoverState.ENDED]


def test_an_accepted_handover_stays_when_the_village_goes_on(database: Database, world: World) -> None:
    first = _given(database, world)
    with database.write() as session:
        handovers.accept(session, act=world.act("member2", AT), handover_id=first)
    _given(database, world, to="deputy")
    with database.reader() as session:
        assert session.get_one(Handover, first).state is HandoverState.ACCEPTED
        assert fsck.check(session, DAY)["states"] == []


def test_who_is_told_and_when(database: Database, world: World) -> None:
    _given(database, world)
    last, after = date(2026, 11, 27), date(2026, 11, 28)
    with database.reader() as session:
        assert reads.count_to_accept(session, world.actor("member2"), last) == (1, 0)
        assert reads.count_to_accept(session, world.actor("member2"), after) == (1, 1)
        assert reads.count_to_accept(session, world.actor("leader"), after) == (0, 0)
        for name, late in (("leader", 1), ("deputy", 1), ("centre", 1), ("leader_b", 0), ("member2", 0)):
            assert reads.count_late(session, world.actor(name), last) == 0
            assert reads.count_late(session, world.actor(name), after) == late, name


def test_the_database_knows_one_open_handover_of_a_village(database: Database, world: World) -> None:
    handover_id = _given(database, world)
    with database.reader() as session:
        other = session.scalars(select(AreaAssignment.id).where(AreaAssignment.to_on.is_(None)).limit(1)).one()
    with database.write() as session:
        session.add(
            Handover(village_id=world.villages["东湾"].id, assignment_id=other, opened_at=AT, accept_by=DAY, summary={})
        )
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
    with database.write() as session:
        session.get_one(Handover, handover_id).state = HandoverState.ACCEPTED  # by nobody
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def _kit(session: Session, world: World, village: str = "东湾") -> Kit:
    return kit(session, world.villages[village].id, DAY)


def test_every_kind_of_open_matter_is_told_once_it_is_there(database: Database, world: World) -> None:
    who, by = world.borrowers["current"], world.users["member"]  # somebody who owes nothing today
    with database.write() as session:
        assert _kit(session, world, "西岭").counts == Counts(borrowers=4)
        promised = Promise(
            borrower_id=who.id,
            made_on=DAY,
            promised_for=DAY,
            amount=Decimal(100),
            state=PromiseState.OPEN,
            recorded_by_id=by.id,
        )
        kept = Promise(
            borrower_id=who.id,
            made_on=DAY,
            promised_for=DAY,
            amount=Decimal(90),
            state=PromiseState.KEPT,
            recorded_by_id=by.id,
        )
        asked = Question(borrower_id=who.id, asked_on=DAY, asked_text="明年还要还多少？", recorded_by_id=by.id)
        answered = Question(
            borrower_id=who.id, asked_on=DAY, asked_text="？", recorded_by_id=by.id, answered_on=DAY, answer_text="是"
        )
        claim = PaymentClaim(borrower_id=who.id, claimed_on=DAY, created_at=AT, state=ClaimState.OPEN)
        pause = Relief(
            loan_id=world.loans["current/1"].id,
            kind=ReliefKind.PAUSE,
            cause=PauseCause.DISPUTE,
            scope=ReliefScope.ALL,
            from_on=DAY,
        )
        report = Suspicion(
            borrower_id=who.id,
            grounds=[],
            answers=[],
            proposed_at=AT,
            proposed_by_id=by.id,
            lapses_on=DAY + timedelta(30),
        )
        session.add_all([promised, kept, asked, answered, claim, pause, report])
        session.flush()
        found = _kit(session, world, "西岭")
        assert found.counts == Counts(borrowers=4, people=1, promises=1, questions=1, claims=1, pauses=1, suspicions=1)
        (row,) = found.rows
        assert (row.name, row.is_overdue, row.overdue) == (who.name, False, Decimal("0.00"))
        assert [one.id for one in row.promises] == [promised.id]
        assert [one.asked_text for one in row.questions] == ["明年还要还多少？"]
        assert (row.claimed_on, row.pauses[0].cause) == (DAY, PauseCause.DISPUTE)
        assert row.suspicion == (report.id, report.state)


def test_a_relief_is_told_only_when_it_ends_soon(database: Database, world: World) -> None:
    with database.write() as session:
        relief = session.scalars(select(Relief).where(Relief.loan_id == world.loans["deferred/1"].id)).one()
        assert _kit(session, world, "西岭").counts.pauses == 0  # it ends in ten months
        relief.to_on = DAY + timedelta(days=31)
        session.flush()
        assert _kit(session, world, "西岭").counts.pauses == 0
        relief.to_on = DAY + timedelta(days=30)
        session.flush()
        assert _kit(session, world, "西岭").counts.pauses == 1


def test_a_notice_is_told_until_it_need_not_be_served(database: Database, world: World) -> None:
    with database.write() as session:
        notice = notices.issue(
            session,
            act=world.act("member"),
            borrower_id=world.borrowers["overdue"].id,
            terms=Terms("https://portal.example.cn", 35),
        )
        row = next(one for one in _kit(session, world).rows if one.borrower_id == world.borrowers["overdue"].id)
        assert [one.serial for one in row.notices] == [notice.serial]
        assert [one.days for one in _kit(session, world).rows] == sorted(
            (one.days for one in _kit(session, world).rows), reverse=True
        )


def test_hidden_risks(database: Database, world: World) -> None:
    who = world.borrowers["overdue"]
    with database.write() as session:
        point = session.scalars(select(ContactPoint).where(ContactPoint.borrower_id == who.id)).one()
        row = _row(session, world)
        assert row.risks == ()
        assert row.point is not None
        assert row.point.masked == point.masked
        assert world.phones["overdue"] not in repr(row)
        point.last_failed_on = DAY
        session.add(_contact(world, Outcome.MOVED_AWAY, Reached.FAMILY, days_ago=3))
        session.flush()
        row = _row(session, world)
        assert row.risks == (Risk.NO_NUMBER, Risk.MOVED)
        session.add(_contact(world, Outcome.INFORMED, Reached.BORROWER, days_ago=1))  # there after all
        point.last_worked_on, point.last_failed_on = DAY, None
        session.flush()
        assert _row(session, world).risks == ()


def test_a_claim_that_soon_becomes_too_old_is_a_hidden_risk(database: Database, world: World) -> None:
    with database.write() as session:
        loan = world.loans["overdue/1"].id
        session.execute(update(Loan).where(Loan.id == loan).values(matures_on=date(2024, 1, 10)))
        for today, watched in ((date(2027, 6, 1), False), (date(2027, 11, 24), True)):
            rows = kit(session, world.villages["东湾"].id, today).rows
            row = next(one for one in rows if one.borrower_id == world.borrowers["overdue"].id)
            assert (Risk.LIMITATION in row.risks) is watched
            assert row.limitation_ends_on == (
                date(2027, 12, 20) if watched else None
            )  # three years from the last payment


def _row(session: Session, world: World):  # noqa: ANN202  # a row of the kit
    return next(one for one in _kit(session, world).rows if one.borrower_id == world.borrowers["overdue"].id)


def _contact(world: World, outcome: Outcome, reached: Reached, *, days_ago: int) -> Contact:
    at = AT - timedelta(days=days_ago)
    return Contact(
        borrower_id=world.borrowers["overdue"].id,
        at=at,
        logged_at=at,
        by_id=world.users["member"].id,
        method=ContactMethod.VISIT,
        reached=reached,
        outcome=outcome,
    )


def test_the_seat_of_a_new_member_receives_too(database: Database, world: World) -> None:
    """A seat without an account is what a list of the organisation makes for somebody new."""
    with database.write() as session:
        seat = GroupSeat(
            group_id=world.seats["member"].group_id, person_name="成员丁", seat=Seat.MEMBER, from_on=date(2026, 11, 1)
        )
        session.add(seat)
        session.flush()
        world.seats["new"] = seat
    handover_id = _given(database, world, to="new")
    with database.reader() as session:
        row = reads.handover(session, world.actor("leader"), handover_id)
        assert (row.received.member, row.receiver_id) == ("成员丁", None)
