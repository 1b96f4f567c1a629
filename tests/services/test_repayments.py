"""Payments taken back by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from models.database import Database
from models.events import Event
from models.loans import Repayment, Reversal
from models.rates import Backdating
from models.rules.facts import RepaymentKind
from models.rules.refusals import NotVisible, Refused
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal.queries.loan_facts import facts_of
from portal.services import repayments, standings
from tests.world import World


def payment(database: Database, world: World, key: str, paid_on: date) -> int:
    with database.reader() as session:
        of_loan = select(Repayment.id).where(
            Repayment.loan_id == world.loans[f"{key}/1"].id, Repayment.paid_on == paid_on
        )
        return session.scalars(of_loan).one()


def reverse(database: Database, world: World, who: str, repayment_id: int, on: date, reason: str = "银行冲正") -> None:
    with database.write() as session:
        repayments.reverse(session, act=world.act(who), repayment_id=repayment_id, reversed_on=on, reason=reason)


def test_a_payment_taken_back_after_the_list_is_owed_again(database: Database, world: World) -> None:
    paid = payment(database, world, "paid_after_list", date(2026, 11, 10))
    with database.reader() as session:
        shown = repayments.preview_reverse(
            session, act=world.act("centre"), repayment_id=paid, reversed_on=date(2026, 11, 16)
        )
    assert (shown.before.overdue_total, shown.after.overdue_total) == (0, Decimal("1171.50"))
    reverse(database, world, "centre", paid, date(2026, 11, 16))
    with database.reader() as session:
        row = session.get_one(BorrowerStanding, world.borrowers["paid_after_list"].id)
        assert (row.state, row.overdue_total) == (StandingState.OVERDUE, Decimal("1171.50"))
        assert session.get_one(Repayment, paid).amount == Decimal("1171.50")
        event = session.scalars(select(Event).where(Event.tag == "repayment:reversed")).one()
        assert (event.subject, event.facts["reversed_on"]) == (f"repayment/{paid}", "2026-11-16")
        assert session.scalars(select(Backdating.effective_on)).all() == [date(2026, 11, 16)]


def test_bad_input_is_refused_and_stored_nowhere(database: Database, world: World) -> None:
    paid = payment(database, world, "paid_after_list", date(2026, 11, 10))
    for on, reason, sentence in (
        (date(2026, 11, 9), "冲正", "cannot be taken back before"),
        (date(2026, 11, 24), "冲正", "has not come yet"),
        (date(2300, 1, 1), "冲正", "has not come yet"),
        (date(2026, 11, 16), " ", "in a few words why"),
    ):
        with pytest.raises(Refused, match=sentence):
            reverse(database, world, "centre", paid, on, reason)
    with pytest.raises(NotVisible):
        reverse(database, world, "centre", 999_999, date(2026, 11, 16))
    with pytest.raises(NotVisible):
        reverse(database, world, "deputy_b", paid, date(2026, 11, 16))
    with database.reader() as session:
        assert session.scalar(select(func.count()).select_from(Reversal)) == 0
    reverse(database, world, "centre", paid, date(2026, 11, 10))  # on its own day: it never counted
    with pytest.raises(Refused, match="already, on 2026-11-10"):
        reverse(database, world, "centre", paid, date(2026, 11, 20))


def test_an_early_repayment_lowers_the_plan_from_the_settlement_until_it_is_taken_back(
    database: Database, world: World
) -> None:
    """Paid in October, settled on the 20th; in November nothing is settled."""
    loan, borrower = world.loans["current/1"], world.borrowers["current"]
    with database.write() as session:
        early = Repayment(
            loan_id=loan.id,
            paid_on=date(2026, 10, 5),
            amount=Decimal(1600),
            kind=RepaymentKind.EARLY,
            bank_reference="early",
        )
        late = Repayment(
            loan_id=loan.id,
            paid_on=date(2026, 11, 5),
            amount=Decimal(10),
            kind=RepaymentKind.EARLY,
            bank_reference="early-2",
        )
        session.add_all([early, late])
        standings.recompute(session, act=world.act("centre"), borrower_ids=[borrower.id])
        early_id = early.id
    with database.reader() as session:
        facts = facts_of(session, [borrower.id], date(2026, 11, 23))[borrower.id].loans[0]
        settled = [one.paid_on for one in facts.repayments if one.kind is RepaymentKind.EARLY]
        before = session.get_one(BorrowerStanding, borrower.id).next_due_amount
    assert settled == [date(2026, 10, 20), date(2026, 12, 20)]
    assert before is not None
    assert before < Decimal(1140)
    reverse(database, world, "centre", early_id, date(2026, 11, 20))
    with database.reader() as session:
        assert session.get_one(BorrowerStanding, borrower.id).next_due_amount == Decimal(1140)
        assert session.scalars(select(Backdating.effective_on)).all() == [date(2026, 10, 5)]
