"""Notices and reports wait for a list that is fresh and shows who paid in time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from models.database import Database
from models.loans import ArrearsList, Lender, Statement
from models.rules.refusals import Refused, StaleData
from models.rules.suspicion_gates import ObstacleCode, gate
from portal.actors import Act
from portal.queries.borrower_filters import Filters
from portal.queries.data_ages import lender_ages, unposted_until
from portal.queries.evidence import evidence
from portal.queries.freshness import freshness
from portal.queries.notice_batches import Place
from portal.queries.suspicions import gate_facts
from portal.services import notice_batches, notices, standings
from portal.services.notices import Terms
from tests.world import World, moment

TERMS = Terms("https://portal.example", 35)
AFTER = moment("2026-12-22 10:00")
POSTED = moment("2027-01-06 10:00")


def list_of(session: Session, world: World, data_on: date, *keys: str, since: date = date(2026, 12, 20)) -> None:
    """Apply a list on which these borrowers missed a due day."""
    at = moment(f"{data_on.isoformat()} 09:00")
    held = ArrearsList(lender_id=world.lender.id, data_on=data_on, applied_at=at)
    session.add(held)
    session.flush()
    for key in keys:
        session.add(
            Statement(
                arrears_list_id=held.id,
                loan_id=world.loans[f"{key}/1"].id,
                overdue_principal=Decimal(1000),
                overdue_interest=Decimal(140),
                penalty=Decimal(1),
                overdue_since=since,
            )
        )
    standings.recompute(session, act=Act(None, at), borrower_ids=[row.id for row in world.borrowers.values()])


def issue(database: Database, world: World, key: str, at: object) -> None:
    with database.write() as session:
        act = world.act("centre", at)  # type: ignore[arg-type]
        notices.issue(session, act=act, borrower_id=world.borrowers[key].id, terms=TERMS)


def test_a_list_of_the_day_after_may_not_show_who_paid_in_time(database: Database, world: World) -> None:
    with database.write() as session:
        list_of(session, world, date(2026, 12, 21), "current")
    with pytest.raises(StaleData, match=r"wait for a list of 2027-01-04 or later"):
        issue(database, world, "current", AFTER)
    with database.write() as session:
        list_of(session, world, date(2027, 1, 5), "current")
    issue(database, world, "current", POSTED)


def test_an_older_debt_on_the_same_list_may_be_written_to(database: Database, world: World) -> None:
    with database.write() as session:
        list_of(session, world, date(2026, 12, 21), "overdue", since=date(2025, 12, 20))
    issue(database, world, "overdue", AFTER)


def test_data_older_than_the_limit_stops_notices(database: Database, world: World) -> None:
    issue(database, world, "overdue", moment("2026-12-06 10:00"))  # the 35th day
    with pytest.raises(StaleData, match="No notice on data of 2026-11-01"):
        issue(database, world, "colleague", moment("2026-12-07 10:00"))


def test_a_batch_lets_who_waits_for_the_settlement_drop_out(database: Database, world: World) -> None:
    with database.write() as session:
        list_of(session, world, date(2026, 12, 21), "current")
        place = Place(Filters(area=world.townships["山前镇"].code), None, "山前镇")
        with pytest.raises(Refused, match="Nobody in"):
            notice_batches.create_batch(session, act=world.act("centre", AFTER), where=place, terms=TERMS)
    with database.write() as session:
        list_of(session, world, date(2027, 1, 5), "current")
        batch = notice_batches.create_batch(session, act=world.act("centre", POSTED), where=place, terms=TERMS)
        assert batch.id


def test_a_report_waits_for_the_settlement_and_for_fresh_data(database: Database, world: World) -> None:
    borrower_id = world.borrowers["current"].id
    with database.write() as session:
        list_of(session, world, date(2026, 12, 21), "current")
    with database.reader() as session:
        assert unposted_until(session, borrower_id, date(2026, 12, 22)) == date(2027, 1, 4)
        known = evidence(session, borrower_id, date(2026, 12, 22))
        codes = [one.code for one in gate(gate_facts(known, date(2026, 12, 22), {}, {}))]
        assert ObstacleCode.NOT_POSTED in codes
        assert ObstacleCode.STALE_DATA not in codes
        codes = [one.code for one in gate(gate_facts(known, date(2027, 2, 1), {}, {}))]
        assert ObstacleCode.STALE_DATA in codes
    with database.write() as session:
        list_of(session, world, date(2027, 1, 5), "current")
    with database.reader() as session:
        assert unposted_until(session, borrower_id, date(2027, 1, 6)) is None


def test_the_oldest_lender_decides_what_the_top_of_the_page_says(database: Database, world: World) -> None:
    with database.write() as session:
        other = Lender(
            code="rcu", name="演示信用社", day_count=world.lender.day_count, tolerance=Decimal(1), unsettled_month=None
        )
        session.add(other)
        session.flush()
        session.add(ArrearsList(lender_id=other.id, data_on=date(2026, 11, 20), applied_at=world.at))
    with database.reader() as session:
        assert freshness(session).data_on == date(2026, 11, 1)
        ages = lender_ages(session, date(2026, 11, 23), 35)
    assert [(one.lender, one.age.days, one.age.settled_on) for one in ages] == [
        ("演示开发银行", 22, date(2026, 10, 20)),
        ("演示信用社", 3, date(2026, 11, 20)),
    ]
