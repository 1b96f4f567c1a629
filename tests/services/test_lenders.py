"""Lenders' profiles: changed with what hangs on them, and a rural credit union that is a row, not code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from config import Settings
from models.database import Database
from models.events import Event
from models.loans import Instalment, Lender, Loan
from models.rules.facts import Part
from models.rules.imports import ImportKind
from models.rules.interest import DayCount
from models.rules.lenders import Profile
from models.rules.refusals import NotVisible, Refused
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal.actors import Act
from portal.queries.lenders import lender, lenders
from portal.services import lenders as services
from portal.services.lenders import LenderTerms
from tests import books
from tests.services.test_imports import Desk

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ACT = Act(None, AT)
UNION = LenderTerms(
    name="示范农村信用合作联社",
    day_count=DayCount.ACT_365,
    penalty_percent=150,
    tolerance=Decimal("5.00"),
    order=(Part.PRINCIPAL, Part.INTEREST, Part.PENALTY),
    profile=Profile(settlement_day=31, unsettled_month=None, posting_days=3),
    official_channels="示范柜台",
)


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    found = Desk(database, settings.data_dir)
    found.load(ImportKind.ORGANISATION, books.organisation())
    return found


def interest(database: Database, number: int) -> list[Decimal]:
    with database.reader() as session:
        return list(
            session.scalars(
                select(Instalment.interest)
                .join(Loan, Loan.plan_id == Instalment.plan_id)
                .where(Loan.contract_no == f"HT{number:06d}")
                .order_by(Instalment.due_on)
            )
        )


def lender_id(database: Database, name: str) -> int:
    with database.reader() as session:
        return session.scalars(select(Lender.id).where(Lender.name == name)).one()


def terms(database: Database, name: str) -> LenderTerms:
    with database.reader() as session:
        row = lender(session, session.scalars(select(Lender.id).where(Lender.name == name)).one())
    return LenderTerms(
        row.name, row.day_count, row.penalty_percent, row.tolerance, row.order, row.profile, row.official_channels
    )


def test_a_rural_credit_union_is_a_row(desk: Desk, database: Database) -> None:
    with database.write() as session:
        made = services.add(session, act=ACT, code="RCU", terms=UNION)
        assert made.allocation == "principal,interest,penalty"
    union = {"贷款银行": UNION.name, "贷款利率": "4.5%"}
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1, **union), books.contract(2)))
    # 8,000 at its own 4.5 %, 365 days over 365, 366 in the year to December 2028.
    assert interest(database, 1)[2:5] == [Decimal("360.00"), Decimal("360.00"), Decimal("360.99")]
    assert interest(database, 2)[2:5] == [Decimal("224.00")] * 3
    desk.load(
        ImportKind.ARREARS,
        books.arrears(books.overdue(1, 贷款银行=UNION.name, 逾期利息=260)),
    )
    with database.reader() as session:
        found = dict(
            session.execute(
                select(Loan.contract_no, BorrowerStanding.state).join(
                    BorrowerStanding, BorrowerStanding.borrower_id == Loan.borrower_id
                )
            ).all()
        )
        row = lender(session, lender_id(database, UNION.name))
    assert found["HT000001"] is StandingState.OVERDUE
    assert (row.contracts, row.borrowers, row.newest_list_on) == (1, 1, date(2026, 11, 20))
    assert (row.order, row.profile, row.day_count) == (UNION.order, UNION.profile, UNION.day_count)


def test_a_lender_first_named_by_a_roster_has_the_state_lenders_practice(desk: Desk, database: Database) -> None:
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1)))
    assert terms(database, books.LENDER) == LenderTerms(books.LENDER)
    with database.reader() as session:
        assert [row.name for row in lenders(session)] == [books.LENDER]


def test_another_day_count_plans_coming_instalments_anew(desk: Desk, database: Database) -> None:
    with database.write() as session:
        services.add(session, act=ACT, code="RCU", terms=replace(UNION, day_count=DayCount.HYBRID_360))
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1), books.contract(2, 贷款银行=UNION.name)))
    before = interest(database, 1)
    with database.write() as session:
        done = services.change(
            session,
            act=ACT,
            lender_id=lender_id(database, UNION.name),
            terms=replace(UNION, day_count=DayCount.ACT_360),
        )
    assert (done.contracts, done.borrowers) == (1, 1)
    after = interest(database, 2)
    assert after[:2] == before[:2]  # fallen due
    assert after[2] == Decimal("227.11")  # 8,000 at 2.80 %, 365 days over 360
    assert interest(database, 1) == before  # the other lender's
    with database.reader() as session:
        event = session.scalars(select(Event).where(Event.tag == "lender:changed")).one()
    assert event.facts["changes"] == [{"field": "day_count", "old": "hybrid_360", "new": "act_360"}]


def test_the_same_profile_again_is_no_change(desk: Desk, database: Database) -> None:
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1)))
    same = terms(database, books.LENDER)
    with database.write() as session:
        services.change(session, act=ACT, lender_id=lender_id(database, books.LENDER), terms=same)
    with database.reader() as session:
        assert session.scalar(select(func.count()).where(Event.tag == "lender:changed")) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"penalty_percent": 30},
        {"tolerance": Decimal(-1)},
        {"tolerance": Decimal("0.001")},
        {"tolerance": Decimal(5000)},
        {"order": (Part.PENALTY, Part.PENALTY, Part.PRINCIPAL)},
        {"profile": Profile(settlement_day=0)},
        {"profile": Profile(unsettled_month=13)},
        {"profile": Profile(posting_days=400)},
        {"name": books.LENDER},
    ],
)
def test_what_cannot_be_is_refused_and_stored_nowhere(desk: Desk, database: Database, wrong: dict[str, Any]) -> None:
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1)))
    with database.write() as session:
        made = services.add(session, act=ACT, code="RCU", terms=UNION).id
    with pytest.raises(Refused), database.write() as session:
        services.change(session, act=ACT, lender_id=made, terms=replace(UNION, **wrong))
    with pytest.raises(Refused), database.write() as session:
        services.add(session, act=ACT, code="NEW", terms=replace(UNION, **{"name": "又一家", **wrong}))
    assert terms(database, UNION.name) == UNION
    with database.reader() as session:
        assert session.scalar(select(func.count()).select_from(Lender)) == 2


def test_names_codes_and_ids_are_checked(desk: Desk, database: Database) -> None:
    with database.write() as session:
        services.add(session, act=ACT, code="RCU", terms=UNION)
    with pytest.raises(Refused, match="code"), database.write() as session:
        services.add(session, act=ACT, code="RCU", terms=replace(UNION, name="又一家"))
    with pytest.raises(NotVisible), database.write() as session:
        services.change(session, act=ACT, lender_id=999, terms=UNION)
    with pytest.raises(NotVisible), database.reader() as session:
        lender(session, 999)
