"""Monthly statements: drawn up by contract, cause and person, signed by two people, frozen, corrected by versions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from models.database import Database
from models.loans import Repayment, Reversal
from models.monthly_statements import MonthlyStatement
from models.organisation import AreaAssignment
from models.reconciliations import Difference, Reconciliation
from models.rules.monthly_statements import Content, StatementState
from models.rules.reconciliation import DifferenceCause
from models.rules.refusals import NotVisible, Refused, StaleData
from portal.queries.monthly_figures import draw_up
from portal.queries.monthly_statements import months, of_month, one, versions
from portal.services import monthly_statements as service
from tests.world import World, moment

MONTH = date(2026, 11, 1)
DECEMBER = moment("2026-12-02 10:00")


def said(database: Database, world: World, school: str | None = "S01", today: date = date(2026, 12, 2)) -> Content:
    with database.reader() as session:
        school_id = world.schools[school].id if school else None
        return draw_up(session, world.lender.id, MONTH, school_id, today)


def sign(
    database: Database, world: World, who: str = "deputy", school: str | None = "S01", **other: Any
) -> MonthlyStatement:
    digest = other.pop("sha256", None) or said(database, world, school).digest
    with database.write() as session:
        return service.sign(
            session,
            act=world.act(who, other.get("at", DECEMBER)),
            lender_id=world.lender.id,
            month=MONTH,
            school_id=world.schools[school].id if school else None,
            sha256=digest,
        )


def differ(database: Database, world: World, key: str) -> None:
    with database.write() as session:
        held = session.get(Reconciliation, world.arrears_list.id)
        if held is None:
            session.add(
                Reconciliation(
                    arrears_list_id=world.arrears_list.id, made_at=world.at, contracts=9, agreeing=8,
                    ours_total=Decimal(0), theirs_total=Decimal(0),
                )
            )  # fmt: skip
            session.flush()
        session.add(
            Difference(
                arrears_list_id=world.arrears_list.id,
                loan_id=world.loans[f"{key}/1"].id,
                cause=DifferenceCause.LATE_POSTING,
                ours_principal=Decimal(1000),
                ours_interest=Decimal(140),
                ours_penalty=Decimal(0),
                theirs_principal=Decimal(1000),
                theirs_interest=Decimal(140),
                theirs_penalty=Decimal("31.50"),
            )
        )


def paid(database: Database, world: World, key: str, amount: str, on: date, reference: str = "M") -> int:
    with database.write() as session:
        row = Repayment(
            loan_id=world.loans[f"{key}/1"].id, paid_on=on, amount=Decimal(amount), bank_reference=f"{reference}-{key}"
        )
        session.add(row)
        session.flush()
        return row.id


def test_it_says_what_came_in_what_is_listed_and_who_collected(database: Database, world: World) -> None:
    differ(database, world, "overdue")
    paid(database, world, "colleague", "200.00", date(2026, 11, 15))
    back = paid(database, world, "overdue", "50.00", date(2026, 11, 16))
    paid(database, world, "overdue", "9.00", date(2026, 12, 1), "later")
    with database.write() as session:
        session.add(Reversal(repayment_id=back, reversed_on=date(2026, 11, 20), recorded_at=world.at))
    found = said(database, world)
    assert {line.contract_no: (line.received, line.taken_back, line.listed) for line in found.lines} == {
        "DEMO-overdue-1": (Decimal("50.00"), Decimal("50.00"), Decimal("1171.50")),
        "DEMO-overdue_long-1": (Decimal(0), Decimal(0), Decimal("2343.00")),
        "DEMO-paid_after_list-1": (Decimal("1171.50"), Decimal(0), Decimal("1171.50")),
        "DEMO-colleague-1": (Decimal("200.00"), Decimal(0), Decimal("1171.50")),
    }
    sums = found.totals
    assert (sums.received, sums.listed, sums.differing, sums.unexplained) == (
        Decimal("1421.50"), Decimal("5857.50"), 1, 1,
    )  # fmt: skip
    assert sums.difference == Decimal("31.50")
    assert [(one.cause, one.contracts, one.listed - one.ours) for one in found.causes] == [
        (DifferenceCause.LATE_POSTING, 1, Decimal("31.50"))
    ]
    assert {person.name: (person.received, person.payers) for person in found.people} == {
        "成员甲": (Decimal("1171.50"), 1),  # what was taken back is nobody's result
        "成员乙": (Decimal("200.00"), 1),
    }
    assert all(line.name.startswith(("甲", "丙")) and "*" in line.name for line in found.lines)
    assert Content.from_json(found.to_json()) == found


def test_money_is_the_result_of_who_looked_after_the_village_then(database: Database, world: World) -> None:
    paid(database, world, "colleague", "200.00", date(2026, 11, 10))
    paid(database, world, "colleague", "70.00", date(2026, 11, 20), "later")
    with database.write() as session:
        village = world.villages["南坡"].id
        session.execute(
            update(AreaAssignment).where(AreaAssignment.village_id == village).values(to_on=date(2026, 11, 15))
        )
        session.add(
            AreaAssignment(
                village_id=village, school_id=world.schools["S01"].id, seat_id=world.seats["member"].id,
                from_on=date(2026, 11, 15),
            )
        )  # fmt: skip
    found = {person.name: person.received for person in said(database, world).people}
    assert found == {"成员乙": Decimal("200.00"), "成员甲": Decimal("1241.50")}


def test_two_people_sign_and_nothing_changes_it_then(database: Database, world: World) -> None:
    signed = sign(database, world)
    assert (signed.version, signed.state) == (1, StatementState.SIGNED)
    with pytest.raises(Refused, match="signed and waits"):
        sign(database, world)
    with database.write() as session:
        closed = service.confirm(session, act=world.act("centre", DECEMBER), statement_id=signed.id)
        assert closed.state is StatementState.CLOSED
    with pytest.raises(Refused, match="Nothing has changed"):
        sign(database, world)
    with pytest.raises(DBAPIError, match="never changed"), database.write() as session:
        session.execute(text("UPDATE monthly_statements SET content = 'x'"))
    paid(database, world, "overdue", "10.00", date(2026, 11, 30), "late")
    with database.reader() as session:
        _version, content = one(session, world.actor("deputy"), signed.id)
        assert content.totals.received == Decimal("1171.50")
    again = sign(database, world)
    assert again.version == 2
    with database.reader() as session:
        found = versions(session, world.lender.id, MONTH, world.schools["S01"].id)
        assert [(row.version, row.state) for row in found] == [(2, StatementState.SIGNED), (1, StatementState.CLOSED)]


def test_what_changed_after_the_signature_goes_back(database: Database, world: World) -> None:
    signed = sign(database, world)
    paid(database, world, "overdue", "10.00", date(2026, 11, 30), "late")
    with pytest.raises(StaleData, match="changed after this was signed"), database.write() as session:
        service.confirm(session, act=world.act("centre", DECEMBER), statement_id=signed.id)
    with database.write() as session:
        back = service.return_to_school(
            session, act=world.act("centre", DECEMBER), statement_id=signed.id, reason="11月30日有一笔补记"
        )
        assert back.state is StatementState.RETURNED
    assert sign(database, world).version == 2


def test_only_what_was_read_is_signed_and_only_for_a_month_that_is_over(database: Database, world: World) -> None:
    with pytest.raises(StaleData, match="changed while the page was open"):
        sign(database, world, sha256="0" * 64)
    with pytest.raises(Refused, match="not over"):
        sign(database, world, at=moment("2026-11-30 10:00"))


def test_each_signs_only_the_own_part_and_nobody_both(database: Database, world: World) -> None:
    with pytest.raises(NotVisible):
        sign(database, world, "deputy_b", "S01")
    with pytest.raises(Refused, match="signed by its deputy leader"):
        sign(database, world, "centre", "S01")
    with pytest.raises(NotVisible):
        sign(database, world, "deputy", None)
    nobody = sign(database, world, "centre", None)
    with pytest.raises(Refused, match="does not countersign"), database.write() as session:
        service.confirm(session, act=world.act("centre", DECEMBER), statement_id=nobody.id)
    with pytest.raises(Refused, match="does not countersign"), database.write() as session:
        service.return_to_school(session, act=world.act("centre", DECEMBER), statement_id=nobody.id, reason="再看一遍")
    with database.write() as session:
        service.confirm(session, act=world.act("centre2", DECEMBER), statement_id=nobody.id)
    with pytest.raises(DBAPIError), database.write() as session:
        session.execute(text("UPDATE monthly_statements SET decided_by_id = signed_by_id"))


def test_a_school_sees_its_own_statement_only(database: Database, world: World) -> None:
    signed = sign(database, world)
    with database.reader() as session:
        assert [row.schools for row in months(session, world.actor("centre"))] == [3]
        assert [row.schools for row in months(session, world.actor("deputy_b"))] == [1]
        names = [row.school for row in of_month(session, world.actor("deputy_b"), world.lender.id, MONTH)]
        assert names == ["河口乡中心学校"]
        with pytest.raises(NotVisible):
            one(session, world.actor("deputy_b"), signed.id)
        assert [line.contract_no for line in said(database, world, "S02").lines] == ["DEMO-foreign-1"]
        assert [line.contract_no for line in said(database, world, None).lines] == ["DEMO-nobody-1"]


def test_a_month_without_a_list_cannot_be_drawn_up(database: Database, world: World) -> None:
    with pytest.raises(NotVisible), database.reader() as session:
        draw_up(session, world.lender.id, date(2026, 10, 1), world.schools["S01"].id, date(2026, 12, 2))
