"""Published rates: what an installation begins with, plans that follow them, and what a change plans anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select, update

from config import Settings
from models.database import Database
from models.events import Event
from models.interest_rates import RateSpread, ReferenceRate
from models.loans import Instalment, Loan, RatePeriod
from models.rules.imports import ImportKind
from models.rules.interest_rates import DEFAULTS, RateBasis, Reference, Spread
from models.rules.refusals import NotVisible, Refused
from models.standings import BorrowerStanding
from portal.actors import Act
from portal.queries.interest_rates import rate_table, years
from portal.services import interest_rates, replans, standings
from tests import books
from tests.plans import instalments_of, plan_of, rates_of
from tests.services.test_imports import Desk

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
ACT = Act(None, AT)
LPR = RateBasis.LPR_5Y
CHEAPER = Reference(LPR, date(2026, 11, 20), Decimal("3.40"), "announcement", is_confirmed=True)


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    found = Desk(database, settings.data_dir)
    found.load(ImportKind.ORGANISATION, books.organisation())
    return found


def interest(database: Database, number: int) -> dict[int, Decimal]:
    with database.reader() as session:
        rows = session.execute(
            select(Instalment.due_on, Instalment.interest)
            .join(Loan, Loan.plan_id == Instalment.plan_id)
            .where(Loan.contract_no == f"HT{number:06d}")
        )
        return {due_on.year: amount for due_on, amount in rows}


def periods(database: Database, number: int) -> list[tuple[date, Decimal]]:
    with database.reader() as session:
        rows = session.execute(
            select(RatePeriod.from_on, RatePeriod.rate_percent)
            .join(Loan, Loan.plan_id == RatePeriod.plan_id)
            .where(Loan.contract_no == f"HT{number:06d}")
            .order_by(RatePeriod.from_on)
        )
        return [(from_on, rate) for from_on, rate in rows]


def test_the_migration_writes_the_rates_of_the_rules(database: Database) -> None:
    with database.reader() as session:
        found = rate_table(session)
    assert set(found.references) == set(DEFAULTS.references)
    assert set(found.spreads) == set(DEFAULTS.spreads)


def test_a_contract_follows_the_table_and_is_reset_on_the_21st(desk: Desk, database: Database) -> None:
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1)))
    assert periods(database, 1) == [
        (date(2023, 12, 21), Decimal("3.60")),
        (date(2024, 12, 21), Decimal("2.90")),
        (date(2025, 12, 21), Decimal("2.80")),
    ]
    found = interest(database, 1)
    # 8,000: 111 days over 360 at 3.60 %, then full years at 2.90 % and 2.80 %.
    assert [found[year] for year in (2024, 2025, 2026, 2027)] == [
        Decimal("88.80"),
        Decimal("232.00"),
        Decimal("224.00"),
        Decimal("224.00"),
    ]


def test_the_rates_come_from_the_database_not_from_the_code(desk: Desk, database: Database) -> None:
    with database.write() as session:
        session.execute(
            update(ReferenceRate).where(ReferenceRate.from_on == date(2024, 10, 21)).values(rate_percent=Decimal(4))
        )
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1)))
    assert interest(database, 1)[2025] == Decimal("264.00")  # 4.00 - 0.70


def test_a_new_rate_plans_coming_instalments_anew(desk: Desk, database: Database) -> None:
    desk.load(
        ImportKind.ROSTER,
        books.roster(
            books.contract(1),
            books.contract(2, 贷款利率="4.1%"),  # its lender's own rate: what is published does not move it
            books.contract(3, 毕业年份=2027, 贴息截止日=date(2027, 8, 31)),  # still studying
        ),
    )
    before = [interest(database, number) for number in (1, 2, 3)]
    with database.reader() as session:
        assert interest_rates.consequence(session, today=TODAY, row=CHEAPER) == 2
    with database.write() as session:
        done = interest_rates.keep_reference(session, act=ACT, row=CHEAPER)
    assert (done.contracts, done.borrowers) == (2, 2)
    after = [interest(database, number) for number in (1, 2, 3)]
    assert after[1] == before[1]
    # fallen due, and running until 20 December at the lender's figure, stays; from 21 December 2.70 %.
    assert {year: after[0][year] for year in (2024, 2025, 2026)} == {
        year: before[0][year] for year in (2024, 2025, 2026)
    }
    assert after[0][2027] == Decimal("216.00")
    assert after[2][2028] == Decimal("216.00")
    assert done.instalments == sum(
        old != new for a, b in zip(before, after, strict=True) for old, new in zip(a.values(), b.values(), strict=True)
    )
    with database.reader() as session:
        event = session.scalars(select(Event).where(Event.tag == "interest_rate:added")).one()
    assert (event.facts["contracts"], event.facts["rate"], event.facts["from_on"]) == (2, "3.40", "2026-11-20")


def test_the_plan_is_the_one_an_import_would_make(desk: Desk, database: Database, settings: Settings) -> None:
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1)))
    with database.write() as session:
        interest_rates.keep_reference(session, act=ACT, row=CHEAPER)
    changed = interest(database, 1)
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1), books.contract(9)))
    assert interest(database, 9) == interest(database, 1) == changed


def test_figures_of_the_lender_stay(desk: Desk, database: Database) -> None:
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1)))
    with database.write() as session:
        loan = session.scalars(select(Loan)).one()
        lines = [tuple(row) for row in session.execute(instalments_of(loan.id))]
        theirs = [(on, principal, Decimal(1) if on.year == 2030 else interest) for on, principal, interest in lines]
        loan.plan_id = plan_of(session, theirs, [tuple(row) for row in session.execute(rates_of(loan.id))])
    before = interest(database, 1)
    with database.write() as session:
        assert interest_rates.keep_reference(session, act=ACT, row=CHEAPER) == replans.Replanned()
    assert interest(database, 1) == before


def test_a_correction_takes_the_place_of_what_was_wrong(desk: Desk, database: Database) -> None:
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1)))
    before = interest(database, 1)
    with database.write() as session:
        interest_rates.keep_reference(session, act=ACT, row=replace(CHEAPER, rate_pct=Decimal("1.40")))
    with database.write() as session:
        wrong = replace(CHEAPER, rate_pct=Decimal("1.40"))
        right = Reference(LPR, date(2026, 11, 21), Decimal("3.50"))
        interest_rates.keep_reference(session, act=ACT, row=right, instead_of=wrong)
    assert interest(database, 1) == before
    with database.reader() as session:
        assert [row for row in rate_table(session).references if row.from_on.year == 2026] == [right]
        event = session.scalars(select(Event).where(Event.tag == "interest_rate:corrected")).one()
    assert event.facts["was_rate"] == "1.40"
    with database.write() as session, pytest.raises(NotVisible):
        interest_rates.keep_reference(session, act=ACT, row=CHEAPER, instead_of=wrong)


def test_a_spread_is_added_corrected_and_confirmed(desk: Desk, database: Database) -> None:
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1)))
    spread = Spread(date(2020, 1, 1), 2027, LPR, Decimal("-1.00"), "policy of 2027")
    with database.write() as session:
        assert interest_rates.keep_spread(session, act=ACT, row=spread).contracts == 1
    assert interest(database, 1)[2027] == Decimal("200.00")  # 2.50 %
    with database.write() as session:
        interest_rates.keep_spread(session, act=ACT, row=replace(spread, spread_pct=Decimal("-0.7")), instead_of=spread)
        interest_rates.confirm_spread(session, act=ACT, signed_from=spread.signed_from, ends_from=2027)
        interest_rates.confirm_reference(session, act=ACT, basis=LPR, from_on=date(2024, 10, 21))
        interest_rates.confirm_reference(session, act=ACT, basis=LPR, from_on=date(2024, 10, 21))  # once is enough
    assert interest(database, 1)[2027] == Decimal("224.00")
    with database.reader() as session:
        assert session.get_one(RateSpread, (date(2020, 1, 1), 2027)).is_confirmed
        assert session.get_one(ReferenceRate, (LPR, date(2024, 10, 21))).is_confirmed
        tags = session.scalars(select(Event.tag).where(Event.tag.like("%rate%:%")).order_by(Event.id)).all()
    assert tags == ["rate_spread:added", "rate_spread:corrected", "rate_spread:confirmed", "interest_rate:confirmed"]


@pytest.mark.parametrize(
    "row",
    [
        replace(CHEAPER, rate_pct=Decimal(-1)),
        replace(CHEAPER, rate_pct=Decimal(280)),
        replace(CHEAPER, from_on=date(2025, 5, 20)),
        replace(CHEAPER, from_on=date(2099, 1, 1)),
    ],
)
def test_what_cannot_be_is_refused_and_stored_nowhere(database: Database, row: Reference) -> None:
    with database.reader() as session, pytest.raises(Refused):
        interest_rates.consequence(session, today=TODAY, row=row)
    with pytest.raises(Refused), database.write() as session:
        interest_rates.keep_reference(session, act=ACT, row=row)
    with database.reader() as session:
        assert session.scalar(select(func.count()).select_from(ReferenceRate)) == len(DEFAULTS.references)
        assert session.scalar(select(func.count()).select_from(Event)) == 0


def test_standings_follow_in_the_same_transaction_piece_by_piece(
    desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replans, "CHUNK", 2)
    desk.load(ImportKind.ROSTER, books.roster(*(books.contract(number) for number in range(1, 6))))
    later = Act(None, datetime(2027, 1, 15, 2, 0, tzinfo=UTC))
    with database.write() as session:
        standings.recompute(session, act=later, borrower_ids=session.scalars(select(Loan.borrower_id)).all())
        assert set(session.scalars(select(BorrowerStanding.next_due_amount))) == {Decimal("224.00")}
    with database.write() as session:
        assert interest_rates.keep_reference(session, act=later, row=CHEAPER).contracts == 5
        assert set(session.scalars(select(BorrowerStanding.next_due_amount))) == {Decimal("216.00")}


def test_the_page_shows_what_the_tables_come_to(database: Database) -> None:
    with database.reader() as session:
        found = years(rate_table(session), TODAY)
    assert found.signed_from == (date(2020, 1, 1), date(2000, 1, 1))
    shown = {ends: [one and (one.rate_pct, one.is_extrapolated) for one in rates] for ends, rates in found.rows}
    assert shown == {
        2027: [(Decimal("2.80"), True), (Decimal("2.80"), True)],
        2026: [(Decimal("2.80"), True), (Decimal("2.80"), True)],
        2025: [(Decimal("2.90"), False), (Decimal("2.90"), False)],
        2024: [(Decimal("3.60"), False), (Decimal("3.60"), False)],
        2023: [(Decimal("4.00"), False), (Decimal("4.90"), False)],
        2022: [(Decimal("4.35"), False), (Decimal("4.90"), False)],
    }
    with database.write() as session:
        session.execute(delete(RateSpread).where(RateSpread.signed_from == date(2000, 1, 1)))
        session.execute(delete(ReferenceRate).where(ReferenceRate.from_on < date(2023, 1, 1)))
    with database.reader() as session:
        assert years(rate_table(session), TODAY).rows[-1] == (2022, (None,))
