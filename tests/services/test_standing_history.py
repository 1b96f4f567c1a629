"""History told anew after late facts: what is told, what stays, and the law that the order of entry does not matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.database import Database
from models.imports import ImportBatch
from models.loans import ArrearsList, Loan, Relief, Repayment, Reversal, Statement
from models.rates import RateSnapshot
from models.rules.facts import PauseCause, ReliefKind, ReliefScope
from models.rules.imports import ImportKind, ImportState
from models.rules.standing import StandingState
from models.rules.standing_history import by_day
from models.standings import BorrowerStanding, HistoryCorrection, StandingChange, SupersededChange
from portal.actors import Act
from portal.queries.plain_contracts import Whose
from portal.queries.standing_history import Cause, History, history, shown
from portal.services import backdatings, nightly, rate_corrections, reliefs, repayments, standing_batches, standings
from portal.services.standing_history import Learnt
from tests.plans import plan_of
from tests.services.test_histories import two_lenders_and_borrowers
from tests.world import World, moment

OVERDUE, CURRENT = StandingState.OVERDUE, StandingState.CURRENT
LATE = moment("2027-02-01 10:00")
DAY = timedelta(days=1)


@pytest.fixture
def winter(database: Database, world: World) -> World:
    """Bring every night until the first of February: who paid nothing on 20 December is overdue by then."""
    day = world.at.date()
    with database.write() as session:
        while (
            day := session.scalar(
                select(func.min(BorrowerStanding.next_change_on)).where(BorrowerStanding.next_change_on > day)
            )
            or LATE.date()
        ) < LATE.date():
            standing_batches.sweep(session, act=Act(None, nightly.moment(day)), as_of=day)
        standing_batches.sweep(session, act=Act(None, nightly.moment(LATE.date())), as_of=LATE.date())
    return world


def _told(database: Database, borrower_id: int) -> History:
    with database.reader() as session:
        return history(session, borrower_id)


def _moves(told: History) -> list[tuple[str, str, str]]:
    return [(row.changed_on.isoformat(), row.to_state.value, row.to_bucket) for row in reversed(told.moves)]


def test_a_payment_known_late_takes_the_arrears_out_of_history(database: Database, winter: World) -> None:
    """It was paid on 19 December and posted in February: the borrower never was overdue, and what was said stays."""
    person = winter.borrowers["current"].id
    before = _told(database, person)
    assert _moves(before)[-2:] == [("2026-12-21", "overdue", "1-30"), ("2027-01-20", "overdue", "31-90")]
    with database.write() as session:
        session.add(
            Repayment(
                loan_id=winter.loans["current/1"].id,
                paid_on=date(2026, 12, 19),
                amount=Decimal(1140),
                bank_reference="late",
            )
        )
        learnt = Learnt(date(2026, 12, 19), "import/31", only_payments=True)
        standings.recompute(session, act=Act(None, LATE), borrower_ids=[person], learnt=learnt)
    after = _told(database, person)
    assert _moves(after) == _moves(before)[:-2]
    (made,) = after.corrections
    assert (made.from_on, made.cause, made.instead) == (date(2026, 12, 21), Cause("import", "31"), ())
    assert [(row.changed_on, row.recorded_on) for row in made.superseded] == [
        (date(2027, 1, 20), date(2027, 1, 20)),
        (date(2026, 12, 21), date(2026, 12, 21)),
    ]
    with database.reader() as session:
        assert session.get_one(BorrowerStanding, person).state is CURRENT


def test_a_pause_entered_late_moves_the_ranges(database: Database, winter: World) -> None:
    person, act = winter.borrowers["current"].id, Act(winter.actor("centre"), LATE)
    with database.write() as session:
        relief = reliefs.enter(
            session,
            act=act,
            loan_id=winter.loans["current/1"].id,
            kind=ReliefKind.PAUSE,
            scope=ReliefScope.ALL,
            from_on=date(2026, 12, 25),
            to_on=date(2027, 1, 10),
            cause=PauseCause.DISPUTE,
            reason="",
        )
    told = _told(database, person)
    assert _moves(told)[-1] == ("2026-12-21", "overdue", "1-30")  # 16 days are not counted: day 31 is 5 February
    (made,) = told.corrections
    assert (made.cause, made.by, made.from_on) == (Cause("relief", str(relief.id)), "中心甲", date(2027, 1, 20))
    with database.write() as session:
        reliefs.void(session, act=act, relief_id=relief.id, reason="误录")
    again = _told(database, person)
    assert _moves(again)[-1] == ("2027-01-20", "overdue", "31-90")  # as it was told at first
    assert [one.cause for one in again.corrections] == [Cause("relief", str(relief.id))] * 2
    assert again.moves[0].recorded_on == LATE.date()
    assert [row.to_bucket for row in again.corrections[0].instead] == ["31-90"]


def test_a_reversal_told_late_brings_the_arrears_back(database: Database, winter: World) -> None:
    person, loan = winter.borrowers["current"].id, winter.loans["current/1"].id
    with database.write() as session:
        paid = session.scalars(
            select(Repayment.id).where(Repayment.loan_id == loan).order_by(Repayment.paid_on.desc())
        ).first()
        assert paid is not None
        repayments.reverse(
            session,
            act=Act(winter.actor("centre"), LATE),
            repayment_id=paid,
            reversed_on=date(2026, 11, 30),
            reason="退票",
        )
    told = _told(database, person)
    assert _moves(told)[-2:] == [("2026-11-30", "overdue", "1-30"), ("2026-12-30", "overdue", "31-90")]
    assert [row.changed_on for row in told.corrections[0].superseded] == [date(2027, 1, 20), date(2026, 12, 21)]


def test_a_list_put_in_place_of_one_of_the_same_day_corrects_what_was_overdue(
    database: Database, winter: World
) -> None:
    """State and range stay as they were told; the amount of the move on that very day does not."""
    person, loan_id = winter.borrowers["current"].id, winter.loans["current/1"].id
    moved_on = date(2027, 1, 20)
    with database.write() as session:
        lender_id = session.get_one(Loan, loan_id).lender_id
        _list(session, loan_id, lender_id, Listed(moved_on, Decimal(1), 31))
        newest = session.scalars(select(ArrearsList.id).where(ArrearsList.data_on == moved_on)).one()
        for turn, amount in enumerate((Decimal(900), Decimal(700)), start=1):
            session.execute(
                update(Statement)
                .where(Statement.arrears_list_id == newest, Statement.loan_id == loan_id)
                .values(overdue_principal=amount)
            )
            standing_batches.judge(
                session,
                act=Act(None, LATE),
                whose=Whose(person, person),
                as_of=LATE.date(),
                learnt=Learnt(moved_on, f"import/{turn}"),
            )
    told = _told(database, person)
    assert (told.moves[0].changed_on, told.moves[0].overdue_total) == (moved_on, Decimal(700))
    assert [one.instead[0].overdue_total for one in told.corrections] == [Decimal(700), Decimal(900)]


def test_history_is_not_made_up_from_before_the_borrower_was_known(database: Database, winter: World) -> None:
    person = winter.borrowers["current"].id
    first = _told(database, person).moves[-1]
    with database.write() as session:
        session.add(
            Relief(
                loan_id=winter.loans["current/1"].id,
                kind=ReliefKind.DEFERRAL,
                scope=ReliefScope.ALL,
                from_on=date(2024, 1, 1),
                to_on=date(2024, 6, 1),
            )
        )
        learnt = Learnt(date(2024, 1, 1), "relief/1")
        standings.recompute(session, act=Act(None, LATE), borrower_ids=[person], learnt=learnt)
    told = _told(database, person)
    assert told.moves[-1] == first
    assert told.corrections == ()  # nothing reads otherwise since then, and nothing is said of before


def test_a_published_figure_stays_and_its_correction_is_listed(database: Database, winter: World) -> None:
    """The same late fact: history is told anew, the snapshot is left alone, the night lists what it would be now."""
    with database.write() as session:
        taken = nightly.parts(session, date(2027, 1, 21), "snapshot")
        nightly.do(session, as_of=date(2027, 1, 21), part=taken[0])
        published = session.execute(select(RateSnapshot.id, RateSnapshot.heads_bad).order_by(RateSnapshot.id)).all()
    with database.write() as session:
        reliefs.enter(
            session,
            act=Act(winter.actor("centre"), LATE),
            loan_id=winter.loans["current/1"].id,
            kind=ReliefKind.WAIVER,
            scope=ReliefScope.ALL,
            from_on=date(2026, 12, 1),
            to_on=date(2027, 1, 1),
            cause=None,
            reason="省里减免",
        )
    with database.reader() as session:
        same = session.execute(select(RateSnapshot.id, RateSnapshot.heads_bad).order_by(RateSnapshot.id)).all()
        assert same == published
        night = date(2027, 2, 2)
        assert any(
            "rows" in part for part in rate_corrections.parts(session, as_of=night, known_at=nightly.moment(night))
        )
        assert session.scalar(select(func.count()).select_from(HistoryCorrection)) == 1


def test_a_night_that_was_missed_is_told_on_its_day(database: Database, world: World) -> None:
    """Nobody judged on 21 December; the night after next finds out, and history says when it was and when it was seen."""
    person = world.borrowers["current"].id
    late = date(2027, 1, 25)
    with database.write() as session:
        standing_batches.sweep(session, act=Act(None, nightly.moment(late)), as_of=late)
        assert standing_batches.sweep(session, act=Act(None, nightly.moment(late)), as_of=late) == 0
    told = _told(database, person)
    assert _moves(told)[-2:] == [("2026-12-21", "overdue", "1-30"), ("2027-01-20", "overdue", "31-90")]
    assert {row.recorded_on for row in told.moves[:2]} == {late}
    assert told.corrections == ()  # nothing that was said is wrong


def test_what_was_told_is_never_changed(database: Database, winter: World) -> None:
    with database.write() as session:
        session.add(
            HistoryCorrection(
                borrower_id=winter.borrowers["current"].id,
                from_on=LATE.date(),
                recorded_at=LATE,
                by_id=None,
                subject="test/1",
            )
        )
    for table, column in (("standing_changes", "to_bucket"), ("history_corrections", "subject")):
        with pytest.raises(DBAPIError, match="never changed"), database.write() as session:
            session.execute(text(f"UPDATE {table} SET {column} = 'x'"))


# --- the law ----------------------------------------------------------------------------------------------------------

KNOWN_ON = date(2026, 11, 20)
LAST = date(2028, 4, 30)
amounts = st.sampled_from([Decimal(5), Decimal(100), Decimal(124), Decimal(248)])
days = st.dates(KNOWN_ON + DAY, LAST - DAY)


@dataclass(frozen=True)
class Paid:
    on: date
    amount: Decimal
    back_after: int | None


@dataclass(frozen=True)
class Relieved:
    on: date
    kind: ReliefKind
    scope: ReliefScope
    length: int | None


@dataclass(frozen=True)
class Listed:
    on: date
    amount: Decimal
    since: int


@dataclass(frozen=True)
class Settled:
    on: date


Entry = tuple[date, Callable[[Session], Any]]

facts = st.lists(
    st.one_of(
        st.builds(Paid, days, amounts, st.one_of(st.none(), st.integers(0, 200))),
        st.builds(Paid, days, amounts, st.none()),
        st.builds(
            Relieved,
            days,
            st.sampled_from(ReliefKind),
            st.sampled_from(ReliefScope),
            st.one_of(st.none(), st.integers(1, 200)),
        ),
        st.builds(Listed, days, st.sampled_from([Decimal(0), Decimal(76), Decimal(124)]), st.sampled_from([1, 30, 90])),
        st.builds(Settled, days),
    ),
    min_size=1,
    max_size=7,
    unique_by=(lambda fact: (type(fact), fact.on),),
)


def _loan(session: Session, borrower_id: int, lender_id: int, paid: int) -> int:
    loan = Loan(
        borrower_id=borrower_id,
        lender_id=lender_id,
        contract_no=f"L{borrower_id}",
        signed_on=date(2018, 9, 1),
        principal=Decimal(8000),
        balance=Decimal(8000),
        rate_percent=Decimal("2.8"),
        subsidy_ends_on=date(2022, 8, 31),
        graduation_year=2022,
        grace_years=3,
        matures_on=date(2029, 9, 20),
    )
    session.add(loan)
    session.flush()
    loan.plan_id = plan_of(session, [(date(year, 12, 20), 100, 24) for year in range(2024, 2029)])
    for year in range(2024, 2029):
        if year < 2024 + paid:
            session.add(
                Repayment(loan_id=loan.id, paid_on=date(year, 12, 20), amount=Decimal(124), bank_reference=f"{year}")
            )
    return loan.id


def _entries(facts: list[Any], loan_id: int, lender_id: int) -> list[Entry]:
    """Return what is to be entered, and the day each takes effect on; a reversal comes on a day of its own."""
    found: list[Entry] = []
    settled = [fact.on for fact in facts if isinstance(fact, Settled)]
    for number, fact in enumerate(facts):
        if isinstance(fact, Paid):
            paid = Repayment(loan_id=loan_id, paid_on=fact.on, amount=fact.amount, bank_reference=f"n{number}")
            found.append((fact.on, lambda session, row=paid: session.add(row)))
            if fact.back_after is not None and (back := fact.on + fact.back_after * DAY) < LAST:
                found.append((back, lambda session, of=number, on=back: _reverse(session, loan_id, of, on)))
        elif isinstance(fact, Relieved):
            to_on = None if fact.length is None else fact.on + fact.length * DAY
            row = Relief(loan_id=loan_id, kind=fact.kind, scope=fact.scope, from_on=fact.on, to_on=to_on)
            found.append((fact.on, lambda session, row=row: session.add(row)))
        elif isinstance(fact, Listed):
            found.append((fact.on, lambda session, fact=fact: _list(session, loan_id, lender_id, fact)))
        elif fact.on == min(settled):
            found.append(
                (
                    fact.on,
                    lambda session, on=fact.on: session.execute(
                        update(Loan).where(Loan.id == loan_id).values(settled_on=on)
                    ),
                )
            )
    return found


def _reverse(session: Session, loan_id: int, number: int, on: date) -> None:
    session.flush()
    found = select(Repayment.id).where(Repayment.loan_id == loan_id, Repayment.bank_reference == f"n{number}")
    session.add(
        Reversal(
            repayment_id=session.scalars(found).one(), reversed_on=on, recorded_at=datetime(2028, 1, 1, tzinfo=UTC)
        )
    )


def _list(session: Session, loan_id: int, lender_id: int, fact: Listed) -> None:
    made = ArrearsList(lender_id=lender_id, data_on=fact.on, applied_at=datetime(2028, 1, 1, tzinfo=UTC))
    session.add(made)
    session.flush()
    if fact.amount:
        session.add(
            Statement(
                arrears_list_id=made.id,
                loan_id=loan_id,
                overdue_principal=fact.amount,
                overdue_interest=Decimal(0),
                penalty=Decimal(0),
                overdue_since=fact.on - fact.since * DAY,
            )
        )


def _nights(session: Session, until: date) -> None:
    """Run the nights on which anything is due, up to a day."""
    while (day := session.scalar(select(func.min(BorrowerStanding.next_change_on)))) is not None and day <= until:
        standing_batches.sweep(session, act=Act(None, nightly.moment(day)), as_of=day)


@given(facts=facts, paid=st.integers(0, 2), order=st.randoms(use_true_random=False), at_once=st.booleans())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_history_entered_late_is_history_entered_in_order(
    database: Database, facts: list[Any], paid: int, order: Any, at_once: bool
) -> None:
    with database.writer() as session:
        lenders, (prompt, late) = two_lenders_and_borrowers(session)
        first, other = (_loan(session, *pair, paid) for pair in zip((prompt, late), lenders, strict=True))
        standings.recompute(session, act=Act(None, nightly.moment(KNOWN_ON)), borrower_ids=[prompt, late])
        session.flush()
        for on, enter in sorted(_entries(facts, first, lenders[0]), key=lambda entry: entry[0]):
            _nights(session, on)
            enter(session)
            session.flush()
            standings.recompute(session, act=Act(None, nightly.moment(on)), borrower_ids=[prompt], as_of=on)
        _nights(session, LAST)
        entries = sorted(_entries(facts, other, lenders[1]), key=lambda entry: entry[0])
        order.shuffle(entries)
        entries.sort(key=lambda entry: "of" in (entry[1].__code__.co_varnames))  # a reversal needs its payment
        for on, enter in entries:
            enter(session)
            session.flush()
            act, learnt = Act(None, nightly.moment(LAST)), Learnt(on, "test/1")
            if at_once:
                standing_batches.judge(session, act=act, whose=Whose(late, late), as_of=LAST, learnt=learnt)
            else:
                standings.recompute(session, act=act, borrower_ids=[late], as_of=LAST, learnt=learnt)
        told = shown(session, [prompt, late])
        busy = {on for on, _ in entries}  # what came in after the morning's move is not in the amount seen with it
        as_read = [
            [(row.on, row.place, row.on in busy or row.overdue_total) for row in by_day(told[one])]
            for one in (prompt, late)
        ]
        assert as_read[0] == as_read[1]
        gone = session.scalar(select(func.count()).select_from(SupersededChange)) or 0
        everything = session.scalar(select(func.count()).select_from(StandingChange)) or 0
        assert everything == gone + len(told[prompt]) + len(told[late])
        session.rollback()


def test_a_list_of_reliefs_learnt_late_has_history_told_anew_for_whom_it_names(
    database: Database, winter: World
) -> None:
    """The bank's list of February puts last December's instalment off; only its borrower is told of."""
    person = winter.borrowers["current"].id
    with database.write() as session:
        batch = ImportBatch(
            kind=ImportKind.RELIEFS,
            state=ImportState.APPLIED,
            file_name="a.xlsx",
            sha256="0" * 64,
            size=1,
            received_at=LATE,
            facts={},
        )
        session.add(batch)
        session.flush()
        session.add(
            Relief(
                loan_id=winter.loans["current/1"].id,
                kind=ReliefKind.DEFERRAL,
                scope=ReliefScope.ALL,
                from_on=date(2026, 12, 1),
                to_on=date(2027, 12, 20),
                reason="",
                import_batch_id=batch.id,
                recorded_at=LATE,
            )
        )
        learnt = backdatings.learnt_by_import(session, batch=batch)
        assert learnt is not None
        assert learnt.days == {person: date(2026, 12, 1)}
        standings.recompute(session, act=Act(None, LATE), borrower_ids=[person], learnt=learnt)
        subject = f"import/{batch.id}"
    (made,) = _told(database, person).corrections
    assert made.cause == Cause.of(subject)
    assert OVERDUE not in {row.to_state for row in _told(database, person).moves if row.changed_on > date(2026, 12, 1)}
