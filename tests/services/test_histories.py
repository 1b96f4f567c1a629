"""Random histories on a real database, held against a slow and obvious model after every step.

Money comes in, on past days too, and is taken back; reliefs are entered late or ahead; complete lists come with data
dates of their own; contracts are settled; nights pass, and some are missed. After each step the standings kept are what
the model says of the day, a rebuild changes nothing, history is an unbroken chain that says of past days what the model
says of them, with all that is known by now, what it said before is still there, and a case is open exactly for those the
bank has called overdue. Every example lives in one transaction that is rolled back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.casework import Case
from models.database import Database
from models.imports import ImportBatch
from models.loans import Lender, Loan, Relief
from models.organisation import District, Township, Village
from models.rules.facts import (
    InstalmentFact,
    LoanFacts,
    ReliefFact,
    ReliefKind,
    ReliefScope,
    RepaymentFact,
    StatementFact,
)
from models.rules.imports import ImportKind
from models.rules.interest import DayCount
from models.rules.standing import StandingState
from models.standings import BorrowerStanding, StandingChange
from portal.actors import Act
from portal.queries import plain_telling
from portal.queries.plain_contracts import Whose
from portal.queries.standing_history import MoveRow, history
from portal.services import standing_batches, standings
from portal.services.imports import arrears, repayments
from portal.services.imports.arrears_lines import ArrearsLine
from portal.services.imports.repayment_lines import RepaymentLine
from portal.services.standing_history import Learnt
from tests.plans import plan_of
from tests.rules import model

DAY = timedelta(days=1)
NIL = Decimal(0)
FIRST_DAY = date(2025, 11, 20)
LAST_DAY = date(2028, 12, 31)
COINS = st.sampled_from([Decimal(5), Decimal(24), Decimal(76), Decimal(100), Decimal(124), Decimal(248), Decimal(1000)])
LENDERS = 2


@dataclass
class Held:
    """One contract as the test knows it, beside what the database holds of it."""

    loan_id: int
    borrower_id: int
    lender_id: int
    signed_on: date
    facts: LoanFacts
    references: list[str] = field(default_factory=list)  # one for each repayment of the facts
    lists: dict[date, StatementFact] = field(default_factory=dict)

    def contract(self) -> model.Contract:
        return model.Contract(self.facts, tuple(self.lists.values()))


class Histories(RuleBasedStateMachine):
    """A few borrowers, two lenders, and everything that can happen to them."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.session: Session = database.writer()
        self.today = FIRST_DAY
        self.held: list[Held] = []
        self.newest: dict[int, date] = {}
        self.references = 0
        self.turns = 0

    # --- what there is ----------------------------------------------------------------------------------------------

    @initialize(
        kinds=st.lists(
            st.tuples(
                st.integers(0, 1),  # which borrower
                st.integers(0, LENDERS - 1),
                st.sampled_from([2022, 2024, 2026]),  # graduation
                st.booleans(),  # signed after the first lists may have come
                st.lists(st.tuples(st.sampled_from([0, 100]), st.sampled_from([0, 24])), min_size=5, max_size=5),
                st.booleans(),  # paid until now
            ),
            min_size=1,
            max_size=4,
        )
    )
    def begin(self, kinds: list[tuple[int, int, int, bool, list[tuple[int, int]], bool]]) -> None:
        lenders, borrowers = two_lenders_and_borrowers(self.session)
        self.borrowers = borrowers
        for number, (who, lender, graduation, late, dues, was_paid) in enumerate(kinds):
            loan = Loan(
                borrower_id=borrowers[who],
                lender_id=lenders[lender],
                contract_no=f"H{number}",
                signed_on=date(2026, 3, 5) if late else date(2018, 9, 1),
                principal=Decimal(8000),
                balance=Decimal(8000),
                rate_percent=Decimal("2.8"),
                subsidy_ends_on=date(graduation, 8, 31),
                graduation_year=graduation,
                grace_years=3,
                matures_on=date(2029, 9, 20),
                settled_on=None,
            )
            self.session.add(loan)
            self.session.flush()
            plan = [(date(year, 12, 20), *amounts) for year, amounts in zip(range(2023, 2028), dues, strict=True)]
            plan.append((date(2028, 9, 20), 100, 3))
            facts = LoanFacts(
                loan_key=loan.id,
                signed_on=loan.signed_on,
                matures_on=loan.matures_on,
                subsidy_ends_on=loan.subsidy_ends_on,
                instalments=tuple(InstalmentFact(on, Decimal(p), Decimal(i)) for on, p, i in plan),
            )
            loan.plan_id = plan_of(self.session, plan)
            held = Held(loan.id, loan.borrower_id, loan.lender_id, loan.signed_on, facts)
            self.held.append(held)
            if was_paid:
                for one in facts.instalments:
                    if one.due_on < FIRST_DAY and one.principal + one.interest:
                        self._pay(held, one.due_on, one.principal + one.interest)
        standings.recompute(self.session, act=self.act, borrower_ids=borrowers)
        self.check()

    @property
    def act(self) -> Act:
        return Act(None, datetime.combine(self.today, time(2), UTC))  # ten in the morning in the county

    def one(self, number: int) -> Held:
        return self.held[number % len(self.held)]

    # --- what happens -----------------------------------------------------------------------------------------------

    @rule(number=st.integers(0, 3), ago=st.integers(0, 500), amount=st.one_of(COINS, st.none()))
    def pay(self, number: int, ago: int, amount: Decimal | None) -> None:
        """Money comes in, on a past day perhaps; without an amount exactly what is overdue."""
        held = self.one(number)
        owed = model.judge([held.contract()], self.today)
        exactly = owed.overdue_principal + owed.overdue_interest + owed.penalty
        paid_on = max(held.signed_on, self.today - ago * DAY)
        touched = self._pay(held, paid_on, amount or exactly or Decimal(24))
        assert touched == {held.borrower_id}
        self.recompute(touched, paid_on, only_payments=True)

    @precondition(lambda self: any(held.references for held in self.held))
    @rule(number=st.integers(0, 3), which=st.integers(0, 9), later=st.integers(0, 500))
    def take_back(self, number: int, which: int, later: int) -> None:
        """The bank takes a repayment back, and tells it late perhaps."""
        able = [held for held in self.held if any(one.reversed_on is None for one in held.facts.repayments)]
        if not able:
            return
        held = able[number % len(able)]
        standing = [place for place, one in enumerate(held.facts.repayments) if one.reversed_on is None]
        place = standing[which % len(standing)]
        was = held.facts.repayments[place]
        if was.paid_on > self.today:
            return
        taken = replace(was, reversed_on=min(self.today, was.paid_on + later * DAY))
        line = RepaymentLine(held.loan_id, was.paid_on, was.amount, held.references[place], taken.reversed_on)
        touched = repayments.apply(self.session, act=self.act, batch=self._batch(ImportKind.REPAYMENTS), lines=[line])
        assert touched == {held.borrower_id}
        known = (*held.facts.repayments[:place], taken, *held.facts.repayments[place + 1 :])
        held.facts = replace(held.facts, repayments=known)
        self.recompute(touched, taken.reversed_on)

    @rule(
        number=st.integers(0, 3),
        kind=st.sampled_from(ReliefKind),
        scope=st.sampled_from(ReliefScope),
        begins=st.one_of(st.integers(-500, 90), st.just(0)),
        length=st.one_of(st.none(), st.integers(1, 30), st.integers(31, 500)),
    )
    def relieve(self, number: int, kind: ReliefKind, scope: ReliefScope, begins: int, length: int | None) -> None:
        """A waiver, deferral or pause is entered: late, or ahead."""
        held = self.one(number)
        from_on = max(held.signed_on, self.today + begins * DAY)
        if any((one.kind, one.from_on) == (kind, from_on) for one in held.facts.reliefs):
            return  # one of a kind begins on a day
        fact = ReliefFact(kind, from_on, None if length is None else from_on + length * DAY, scope)
        self.session.add(Relief(loan_id=held.loan_id, kind=kind, scope=scope, from_on=fact.from_on, to_on=fact.to_on))
        held.facts = replace(held.facts, reliefs=(*held.facts.reliefs, fact))
        self.recompute({held.borrower_id}, fact.from_on)

    @rule(
        lender=st.integers(0, LENDERS - 1),
        ago=st.integers(0, 60),
        lines=st.lists(
            st.one_of(
                st.none(),  # not on the list: not overdue
                st.just("ours"),  # what our own ledger says
                st.tuples(
                    COINS, st.one_of(st.just(NIL), COINS), st.just(Decimal(3)), st.sampled_from([1, 30, 31, 400])
                ),
            ),
            min_size=4,
            max_size=4,
        ),
    )
    def bring_list(
        self, lender: int, ago: int, lines: Sequence[str | tuple[Decimal, Decimal, Decimal, int] | None]
    ) -> None:
        """A complete list of a lender is applied, with a data date at or after the one before."""
        lender_id = list(self.lender_ids())[lender % len(self.lender_ids())]
        data_on = max(self.newest.get(lender_id, date.min), self.today - ago * DAY)
        batch = self._batch(ImportKind.ARREARS, lender_id, data_on)
        applied = []
        for held, said in zip(self.held, lines, strict=False):
            if held.lender_id != lender_id or held.signed_on > data_on:
                continue
            figure = StatementFact(data_on, NIL, NIL, NIL)
            if isinstance(said, tuple):
                figure = StatementFact(data_on, *said[:3], data_on - said[3] * DAY)
            elif said == "ours":
                ours = model.judge([held.contract()], data_on)
                if ours.overdue_since:
                    amounts = (ours.overdue_principal, ours.overdue_interest, ours.penalty)
                    figure = StatementFact(data_on, *amounts, ours.overdue_since)
            held.lists[data_on] = figure
            if figure.overdue_since:
                applied.append(
                    ArrearsLine(
                        held.loan_id,
                        figure.overdue_principal,
                        figure.overdue_interest,
                        figure.penalty,
                        figure.overdue_since,
                    )
                )
        touched = arrears.apply(self.session, act=self.act, batch=batch, lines=applied, kept=())
        assert touched == {held.borrower_id for held in self.held if held.lender_id == lender_id}
        self.newest[lender_id] = data_on
        self.recompute(touched, data_on)

    @rule(number=st.integers(0, 3), ago=st.one_of(st.just(0), st.integers(0, 400)))
    def settle(self, number: int, ago: int) -> None:
        """A contract is paid off, or is told to have been."""
        held = self.one(number)
        if held.facts.settled_on is not None:
            return
        settled_on = max(held.signed_on + DAY, self.today - ago * DAY)
        if settled_on > self.today:
            return
        self.session.get_one(Loan, held.loan_id).settled_on = settled_on
        held.facts = replace(held.facts, settled_on=settled_on)
        self.recompute({held.borrower_id}, settled_on)

    @precondition(lambda self: self.today < LAST_DAY)
    @rule(nights=st.integers(1, 12))
    def nights_pass(self, nights: int) -> None:
        """Night after night is run, each twice."""
        for _ in range(nights):
            self.today += DAY
            standing_batches.sweep(self.session, act=self.act, as_of=self.today)
            assert standing_batches.sweep(self.session, act=self.act, as_of=self.today) == 0
        self.check()

    @precondition(lambda self: self.today < LAST_DAY)
    @rule(days=st.one_of(st.integers(1, 60), st.integers(61, 500)))
    def nights_are_missed(self, days: int) -> None:
        """Time passes unseen: whose day has not come stands as the row says; then one night makes up for all."""
        self.today += days * DAY
        self._kept_rows_are_honest()
        standing_batches.sweep(self.session, act=self.act, as_of=self.today)
        assert standing_batches.sweep(self.session, act=self.act, as_of=self.today) == 0
        self.check()

    # --- what must hold ---------------------------------------------------------------------------------------------

    def recompute(self, borrower_ids: set[int], effective_on: date, *, only_payments: bool = False) -> None:
        """Judge who was touched, by turns one by one as a request does and at once as a list does."""
        self.turns += 1
        learnt = Learnt(effective_on, f"test/{self.turns}", only_payments=only_payments)
        before = self._told()
        if self.turns % 2:
            standings.recompute(self.session, act=self.act, borrower_ids=borrower_ids, learnt=learnt)
        else:
            whose = Whose.of(sorted(borrower_ids)) if self.turns % 4 else Whose(min(borrower_ids), max(borrower_ids))
            standing_batches.judge(self.session, act=self.act, whose=whose, as_of=self.today, learnt=learnt)
        after = self._told()
        assert after[: len(before)] == before  # nothing told before is changed or gone
        self.check()

    def _told(self) -> list[tuple[object, ...]]:
        move = StandingChange
        told = select(move.id, move.borrower_id, move.changed_on, move.to_state, move.to_bucket, move.overdue_total)
        return [tuple(row) for row in self.session.execute(told.order_by(move.id))]

    def check(self) -> None:
        self.session.flush()
        self.session.expire_all()  # as a new transaction would read it
        expected = {borrower_id: self._by_the_model(borrower_id) for borrower_id in self.borrowers}
        rows = self._rows()
        assert {borrower_id: self._as_shown(row) for borrower_id, row in rows.items()} == expected
        self._history_is_a_chain(rows)
        self._cases_are_in_step(rows)
        with self.session.begin_nested() as looked:  # and is undone, so that the rows stay as old as they are
            assert standing_batches.rebuild(self.session, act=self.act) == 0
            self.session.expire_all()
            assert {borrower_id: self._as_shown(row) for borrower_id, row in self._rows().items()} == expected
            looked.rollback()
        self.session.expire_all()

    def _by_the_model(self, borrower_id: int, day: date | None = None) -> model.Judged:
        contracts = [held.contract() for held in self.held if held.borrower_id == borrower_id]
        return model.judge(contracts, day or self.today)

    def _rows(self) -> dict[int, BorrowerStanding]:
        return {row.borrower_id: row for row in self.session.scalars(select(BorrowerStanding))}

    def _as_shown(self, row: BorrowerStanding) -> model.Judged:
        """Read a row as a page does on the day: the days are worked out, the rest is kept."""
        since = row.overdue_since
        counts_to = row.as_of if row.clock_stopped else self.today
        return model.Judged(
            state=row.state,
            bucket=row.bucket,
            overdue_since=since,
            days_past_due=(self.today - since).days if since else 0,
            days_counted=max(0, (counts_to - since).days - row.days_removed) if since else 0,
            clock_stopped=row.clock_stopped,
            overdue_principal=row.overdue_principal,
            overdue_interest=row.overdue_interest,
            penalty=row.penalty,
            overdue_this_season=row.overdue_this_season,
            due_this_season=row.due_this_season,
            due_cumulative=row.due_cumulative,
            has_anything_due=row.has_anything_due,
            data_on=row.data_on,
            is_estimated=row.is_estimated,
            next_due_on=row.next_due_on,
            next_due_amount=row.next_due_amount or NIL,
        )

    def _kept_rows_are_honest(self) -> None:
        """Before its next change a row still says the truth; before its next fact all of it but the range."""
        for borrower_id, row in self._rows().items():
            said, true = self._as_shown(row), self._by_the_model(borrower_id)
            if row.next_change_on is None or self.today < row.next_change_on:
                assert said == true, (borrower_id, row.as_of, row.next_change_on)
            elif (row.next_fact_on is None or self.today < row.next_fact_on) and row.days_removed == 0:
                assert replace(said, bucket="") == replace(true, bucket=""), (borrower_id, row.next_fact_on)

    def _history_is_a_chain(self, rows: dict[int, BorrowerStanding]) -> None:
        held = {borrower_id: list(reversed(history(self.session, borrower_id).moves)) for borrower_id in rows}
        for borrower_id, row in rows.items():
            moves = held[borrower_id]
            here: tuple[StandingState | None, str] = (None, "")
            for move in moves:
                assert (move.from_state, move.from_bucket) == here
                here = (move.to_state, move.to_bucket)
                assert here != (move.from_state, move.from_bucket)
            assert here == (row.state, row.bucket)
            assert [move.changed_on for move in moves] == sorted(move.changed_on for move in moves)
            self._history_says_what_the_model_says(borrower_id, moves)

    def _history_says_what_the_model_says(self, borrower_id: int, moves: Sequence[MoveRow]) -> None:
        """Hold history against the model on the days around its last moves, and some days between."""
        known = (self.today - FIRST_DAY).days
        edges = [day for move in moves[-4:] for day in (move.changed_on - DAY, move.changed_on)]
        some = [FIRST_DAY + known * part // 4 * DAY for part in range(4)]
        for day in {one for one in (*edges, *some) if FIRST_DAY <= one <= self.today}:
            last = [move for move in moves if move.changed_on <= day][-1]
            true = self._by_the_model(borrower_id, day)
            assert (last.to_state, last.to_bucket) == (true.state, true.bucket), (borrower_id, day)
            if last.changed_on == day < last.recorded_on:  # told later: with all that came on that very day, too
                owed = true.overdue_principal + true.overdue_interest + true.penalty
                assert last.overdue_total == owed, (borrower_id, day)

    def _cases_are_in_step(self, rows: dict[int, BorrowerStanding]) -> None:
        by_borrower = select(Case.borrower_id, func.count()).where(Case.closed_on.is_(None)).group_by(Case.borrower_id)
        opened = {row[0]: row[1] for row in self.session.execute(by_borrower)}
        chased = [row for row in rows.values() if row.state is StandingState.OVERDUE and row.data_on]
        assert opened == {row.borrower_id: 1 for row in chased}

    def teardown(self) -> None:
        self.session.rollback()
        self.session.close()

    # --- by what means ----------------------------------------------------------------------------------------------

    def lender_ids(self) -> list[int]:
        return sorted({held.lender_id for held in self.held})

    def _pay(self, held: Held, paid_on: date, amount: Decimal) -> set[int]:
        self.references += 1
        reference = f"B{self.references}"
        line = RepaymentLine(held.loan_id, paid_on, amount, reference, None)
        touched = repayments.apply(self.session, act=self.act, batch=self._batch(ImportKind.REPAYMENTS), lines=[line])
        held.facts = replace(held.facts, repayments=(*held.facts.repayments, RepaymentFact(paid_on, amount)))
        held.references.append(reference)
        return touched

    def _batch(self, kind: ImportKind, lender_id: int | None = None, data_on: date | None = None) -> ImportBatch:
        batch = ImportBatch(
            kind=kind,
            file_name="list.xlsx",
            sha256="0" * 64,
            size=1,
            lender_id=lender_id,
            data_on=data_on,
            received_at=self.act.at,
        )
        self.session.add(batch)
        self.session.flush()
        return batch


def two_lenders_and_borrowers(session: Session) -> tuple[list[int], list[int]]:
    """Write two lenders and two borrowers of one village; return their ids."""
    district = District(
        code="990101",
        name="演示区",
        centre_name="演示中心",
        centre_landline="0999-1234567",
        issuing_mark="演示",
        is_fictional=True,
    )
    session.add(district)
    session.flush()
    township = Township(code="990101101", name="山前镇", district_id=district.id)
    session.add(township)
    session.flush()
    village = Village(code="990101101201", name="东湾村", township_id=township.id)
    lenders = [
        Lender(code=f"L{n}", name=f"演示银行{n}", day_count=DayCount.HYBRID_360, tolerance=Decimal(1))
        for n in range(LENDERS)
    ]
    session.add_all([village, *lenders])
    session.flush()
    borrowers = [
        Borrower(
            name="甲一鸣",
            initials="jym",
            id_number=f"{n:018d}",
            id_index=f"index{n}",
            id_last_four_index=f"last{n}",
            masked_id="9900**********0000",
            village_id=village.id,
        )
        for n in range(2)
    ]
    session.add_all(borrowers)
    session.flush()
    return [one.id for one in lenders], [one.id for one in borrowers]


def test_random_histories_stand_as_the_model_says(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_telling, "_FEW", 1)  # the database tells of whom it can, however few
    examples, steps = (200, 30) if settings.default.max_examples > 50 else (25, 15)
    run_state_machine_as_test(
        lambda: Histories(database),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
