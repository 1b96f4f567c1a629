"""Repayments taken back by hand, when the bank says so before its next list does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import Loan, Repayment, Reversal
from models.rules.facts import LoanFacts, RepaymentKind
from models.rules.refusals import NotVisible
from models.rules.reliefs import check_reversal, checked_reason
from portal.actors import Act
from portal.queries.loans import loan_to_change, loan_to_read
from portal.queries.previews import Preview, preview
from portal.services import ledger


def reverse(session: Session, *, act: Act, repayment_id: int, reversed_on: date, reason: str) -> Reversal:
    """Write down that the bank took a repayment back, and judge the borrower anew.

    Args:
        session: a writing session.
        act: who writes it down.
        repayment_id: the repayment; it stays as it was.
        reversed_on: the day from which it counts no more.
        reason: in a few words.

    Raises:
        NotVisible: no such repayment, or not within this person's reach.
        Refused: it was taken back before, was not made yet by then, or the day has not come.

    """
    repayment = _repayment(session, repayment_id)
    loan = loan_to_change(session, act.person, act.today, repayment.loan_id)
    check_reversal(repayment.paid_on, reversed_on, _held(session, repayment.id), act.today)
    reversal = Reversal(
        repayment_id=repayment.id,
        reversed_on=reversed_on,
        reason=checked_reason(reason),
        recorded_at=act.at,
        by_id=act.user_id,
    )
    session.add(reversal)
    act.record(
        session,
        "repayment:reversed",
        borrower_id=loan.borrower_id,
        subject=f"repayment/{repayment.id}",
        amount=str(repayment.amount),
        paid_on=repayment.paid_on.isoformat(),
        reversed_on=reversed_on.isoformat(),
        reason=reversal.reason,
    )
    # Taken back, an early repayment never lowered the plan: that reaches back to the day it was paid.
    effective_on = repayment.paid_on if repayment.kind is RepaymentKind.EARLY else reversed_on
    ledger.changed(session, act=act, loan=loan, effective_on=effective_on, subject=f"repayment/{repayment.id}")
    return reversal


def preview_reverse(session: Session, *, act: Act, repayment_id: int, reversed_on: date) -> Preview:
    """Return what taking a repayment back would do; raises as :func:`reverse`."""
    repayment = _repayment(session, repayment_id)
    loan = loan_to_read(session, act.person, act.today, repayment.loan_id)
    check_reversal(repayment.paid_on, reversed_on, _held(session, repayment.id), act.today)
    return preview(session, act.today, loan, lambda facts: _reversed(facts, loan, repayment, reversed_on))


def _reversed(facts: LoanFacts, loan: Loan, repayment: Repayment, reversed_on: date) -> LoanFacts:
    """Return the facts with one repayment of this kind, amount and day taken back."""
    if facts.loan_key != loan.id:
        return facts
    held = list(facts.repayments)
    place = next(
        place
        for place, one in enumerate(held)
        if (one.kind, one.amount, one.reversed_on) == (repayment.kind, repayment.amount, None)
        and (one.paid_on == repayment.paid_on or one.lowers_plan)
    )
    held[place] = replace(held[place], paid_on=repayment.paid_on, reversed_on=reversed_on)
    return replace(facts, repayments=tuple(held))


def _repayment(session: Session, repayment_id: int) -> Repayment:
    found = session.get(Repayment, repayment_id)
    if found is None:
        raise NotVisible
    return found


def _held(session: Session, repayment_id: int) -> date | None:
    return session.scalar(select(Reversal.reversed_on).where(Reversal.repayment_id == repayment_id))
