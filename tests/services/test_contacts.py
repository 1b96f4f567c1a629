from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from models.borrowers import ContactPoint
from models.casework import Case, Contact, Promise, Task
from models.database import Database
from models.events import Event
from models.rules.casework import CaseStage, PromiseState, TaskKind
from models.rules.contacts import Cause, ContactMethod, NextStep, Outcome, Reached
from models.rules.refusals import NotVisible, Refused
from portal.services import tasks
from portal.services.contacts import ContactFacts, LimitsBroken, attempts, log
from tests.world import World, moment

MORNING = moment("2026-11-23 10:00")


def point_of(database: Database, world: World, key: str = "overdue") -> int:
    with database.reader() as session:
        return session.scalars(select(ContactPoint.id).where(ContactPoint.borrower_id == world.borrowers[key].id)).one()


def call(point_id: int, at: datetime = MORNING, /, **changes: Any) -> ContactFacts:
    facts = ContactFacts(
        at=at,
        method=ContactMethod.CALL,
        reached=Reached.BORROWER,
        outcome=Outcome.INFORMED,
        point_id=point_id,
    )
    return replace(facts, **changes)


def write(database: Database, world: World, facts: ContactFacts, *, who: str = "member", key: str = "overdue") -> int:
    logged_at = max(world.at, facts.at) + timedelta(minutes=1)
    with database.write() as session:
        return log(session, act=world.act(who, logged_at), borrower_id=world.borrowers[key].id, facts=facts).id


def test_a_call_moves_the_case_and_the_number(database: Database, world: World) -> None:
    point = point_of(database, world)
    with database.write() as session:
        tasks.ask(
            session,
            act=world.act(None),
            borrower_id=world.borrowers["overdue"].id,
            kind=TaskKind.FIRST_CONTACT,
            due_on=date(2026, 11, 24),
        )
    write(database, world, call(point, cause=Cause.LOST_CARD))
    with database.reader() as session:
        case = session.scalars(select(Case).where(Case.borrower_id == world.borrowers["overdue"].id)).one()
        assert (case.stage, case.cause, case.last_contact_at) == (CaseStage.CONTACTED, Cause.LOST_CARD, MORNING)
        assert session.get_one(ContactPoint, point).last_worked_on == date(2026, 11, 23)
        assert session.scalars(select(Task)).one().done_at is not None
        facts = session.scalars(select(Event).where(Event.tag == "contact:logged")).one().facts
        assert facts["outcome"] == "informed"
        assert world.phones["overdue"] not in str(facts)


def test_half_past_ten_at_night_needs_a_reason(database: Database, world: World) -> None:
    point = point_of(database, world)
    late = moment("2026-11-22 22:30")
    with pytest.raises(LimitsBroken) as refused:
        write(database, world, call(point, late))
    assert [breach.code.value for breach in refused.value.breaches] == ["outside_hours"]
    assert refused.value.may_override
    with pytest.raises(LimitsBroken):
        write(database, world, call(point, late, breach_reason="  x "))
    contact = write(database, world, call(point, late, breach_reason="The borrower asked to be called after work."))
    with database.reader() as session:
        row = session.get_one(Contact, contact)
        assert row.breaches == ["outside_hours"]
        assert row.breach_reason.startswith("The borrower asked")
        assert session.scalars(select(func.count(Contact.id))).one() == 1


def test_the_fourth_answered_call_of_a_day_is_refused(database: Database, world: World) -> None:
    point = point_of(database, world)
    for hour in (9, 11, 13):
        write(database, world, call(point, moment(f"2026-11-22 {hour:02}:00")))
    with pytest.raises(LimitsBroken, match="3 answered calls"):
        write(database, world, call(point, moment("2026-11-22 15:00")))
    unanswered = call(point, moment("2026-11-22 15:00"), reached=Reached.NOBODY, outcome=Outcome.NO_ANSWER)
    write(database, world, unanswered)
    write(database, world, call(point, moment("2026-11-23 09:00")))
    with database.reader() as session:
        assert len(attempts(session, world.borrowers["overdue"].id)) == 5


def test_no_reason_lets_a_person_be_called_who_asked_to_be_left_alone(database: Database, world: World) -> None:
    point = point_of(database, world)
    stop = call(
        point,
        reached=Reached.FAMILY,
        outcome=Outcome.ASKED_TO_STOP,
        breach_reason="Only the parents were at home.",
    )
    write(database, world, stop)
    again = replace(stop, at=MORNING + timedelta(hours=1), outcome=Outcome.OTHER, breach_reason="It seemed important.")
    with pytest.raises(LimitsBroken) as refused:
        write(database, world, again)
    assert not refused.value.may_override


def test_a_stranger_ends_the_number(database: Database, world: World) -> None:
    point = point_of(database, world)
    write(database, world, call(point, reached=Reached.WRONG_PERSON, outcome=Outcome.NOT_KNOWN_HERE))
    with database.reader() as session:
        row = session.get_one(ContactPoint, point)
        assert row.ended_on == date(2026, 11, 23)
        assert row.last_worked_on is None
    with pytest.raises(Refused, match="no longer in use"):
        write(database, world, call(point, MORNING + timedelta(hours=1)))


def test_no_answer_marks_the_number_as_failed(database: Database, world: World) -> None:
    point = point_of(database, world)
    write(database, world, call(point, reached=Reached.NOBODY, outcome=Outcome.NO_ANSWER))
    with database.reader() as session:
        row = session.get_one(ContactPoint, point)
        assert (row.last_failed_on, row.last_worked_on, row.ended_on) == (date(2026, 11, 23), None, None)


def test_a_promise_is_recorded_with_the_contact(database: Database, world: World) -> None:
    facts = call(
        point_of(database, world),
        outcome=Outcome.PROMISED,
        promised_amount=Decimal("500.00"),
        promised_for=date(2026, 12, 5),
    )
    contact = write(database, world, facts)
    with database.reader() as session:
        promise = session.scalars(select(Promise)).one()
        assert (promise.contact_id, promise.made_on, promise.state) == (
            contact,
            date(2026, 11, 23),
            PromiseState.OPEN,
        )


def test_paid_already_asks_for_a_check_once(database: Database, world: World) -> None:
    facts = call(
        point_of(database, world),
        outcome=Outcome.PAID_ALREADY,
        next_step=NextStep.CHECK_PAYMENT,
        next_step_on=date(2026, 11, 30),
    )
    write(database, world, facts)
    with database.reader() as session:
        task = session.scalars(select(Task)).one()
        assert (task.kind, task.due_on) == (TaskKind.CHECK_PAYMENT, date(2026, 11, 24))


def test_a_new_number_is_added_with_where_it_came_from(database: Database, world: World) -> None:
    facts = call(point_of(database, world), outcome=Outcome.NEW_CONTACT, new_number="+86 139 0000 0000")
    write(database, world, facts)
    with database.reader() as session:
        row = session.scalars(select(ContactPoint).where(ContactPoint.masked == "139****0000")).one()
        assert (row.value, row.source.value) == ("13900000000", "borrower")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reached": Reached.NOBODY}, "does not go with"),
        ({"outcome": Outcome.PROMISED}, "amount and a day"),
        ({"outcome": Outcome.PROMISED, "promised_amount": Decimal(1)}, "amount and a day"),
        ({"promised_amount": Decimal(1)}, "only when the outcome"),
        ({"at": MORNING + timedelta(days=400)}, None),
        ({"at": MORNING - timedelta(days=400)}, "more than a year ago"),
        ({"point_id": None}, "which number"),
        ({"next_step_on": date(2026, 11, 1), "next_step": NextStep.VISIT}, "before the contact"),
        ({"next_step_on": date(2026, 12, 1)}, "which next step"),
        ({"new_number": "123"}, "area code|neither|digits"),
    ],
)
def test_facts_that_do_not_go_together_change_nothing(
    database: Database, world: World, changes: dict[str, Any], says: str | None
) -> None:
    facts = call(point_of(database, world), **changes)
    with pytest.raises(Refused, match=says or "future"), database.write() as session:
        log(session, act=world.act("member"), borrower_id=world.borrowers["overdue"].id, facts=facts)
    with database.reader() as session:
        assert session.scalars(select(func.count(Contact.id))).one() == 0
        assert session.scalars(select(func.count(Event.id)).where(Event.tag == "contact:logged")).one() == 0


def test_a_visit_alone_needs_a_reason(database: Database, world: World) -> None:
    visit = call(point_of(database, world), method=ContactMethod.VISIT, point_id=None)
    with pytest.raises(LimitsBroken, match="at least 2"):
        write(database, world, visit)
    write(database, world, replace(visit, second_visitor="成员乙"))


def test_out_of_reach(database: Database, world: World) -> None:
    own = point_of(database, world)
    for key in ("colleague", "foreign"):
        with pytest.raises(NotVisible):
            write(database, world, call(point_of(database, world, key)), key=key)
    with pytest.raises(NotVisible):
        write(database, world, call(own), key="overdue_long")  # somebody else's number
