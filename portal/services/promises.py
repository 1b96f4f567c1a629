"""Promises to pay: written down, and judged by what came in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.casework import Promise
from models.loans import Loan, Repayment, Reversal
from models.rules.casework import PromiseState, TaskKind
from models.rules.refusals import Refused
from models.rules.repayment_kinds import OWN_PAYMENTS
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.scope import borrower_to_change
from portal.services import tasks

LONGEST_WAIT = timedelta(days=366)  # a promise further ahead than the next due day is not one
_CHUNK = 500
_NIL = Decimal("0.00")


def record(
    session: Session,
    *,
    act: Act,
    borrower_id: int,
    amount: Decimal,
    promised_for: date,
    made_on: date | None = None,
    contact_id: int | None = None,
) -> Promise:
    """Write down a promise to pay.

    Args:
        session: a writing session.
        act: by whom and when.
        borrower_id: whose promise.
        amount: yuan, more than 0.
        promised_for: the last day on which the money comes in.
        made_on: the day it was given; the act's day when not said.
        contact_id: the contact in which it was given.

    Raises:
        NotVisible: not within this person's reach.
        Refused: no amount, or a day before the promise or more than a year after it.

    """
    borrower = borrower_to_change(session, act.person, act.today, borrower_id)
    made_on = made_on or act.today
    if amount <= _NIL:
        raise Refused("A promise names an amount of more than 0 yuan.")
    if promised_for < made_on:
        raise Refused("The day promised lies before the day of the promise.")
    if promised_for - made_on > LONGEST_WAIT:
        raise Refused("The day promised is more than a year away: agree on a nearer one, or offer deferral.")
    promise = Promise(
        borrower_id=borrower.id,
        contact_id=contact_id,
        made_on=made_on,
        promised_for=promised_for,
        amount=amount,
        recorded_by_id=act.person.user_id,
    )
    session.add(promise)
    session.flush()
    act.record(
        session,
        "promise:made",
        borrower_id=borrower.id,
        subject=f"promise/{promise.id}",
        amount=str(amount),
        promised_for=promised_for.isoformat(),
    )
    return promise


def judge_due(session: Session, *, act: Act, as_of: date) -> int:
    """Judge every open promise whose day is over; running it twice changes nothing the second time.

    Kept: what the borrower's contracts received from the day of the promise to the day promised, reversals left
    out, reaches the amount. Partly kept: something came in. Otherwise not kept, and the member is asked to find out
    why on the next day.

    Args:
        session: a writing session.
        act: the night, or whoever asks.
        as_of: promises for an earlier day than this are judged.

    Returns:
        How many were judged.

    """
    judged = 0
    while True:
        promises = session.scalars(
            select(Promise)
            .where(Promise.state == PromiseState.OPEN, Promise.promised_for < as_of)
            .order_by(Promise.id)
            .limit(_CHUNK)
            .with_for_update()
        ).all()
        if not promises:
            return judged
        received = _received(session, promises, as_of)
        for promise in promises:
            _judge(session, act, promise, received.get(promise.id, _NIL), as_of)
        session.flush()
        judged += len(promises)


def judge_received(session: Session, *, act: Act, borrower_ids: Collection[int]) -> list[Promise]:
    """Judge open promises that the money received keeps already, before their day.

    Returns:
        Those that are kept by now.

    """
    found: list[Promise] = []
    for piece in chunks(sorted(borrower_ids)):
        promises = session.scalars(
            select(Promise)
            .where(Promise.state == PromiseState.OPEN, Promise.borrower_id.in_(piece))
            .order_by(Promise.id)
            .with_for_update()
        ).all()
        received = _received(session, promises, act.today)
        for promise in promises:
            if received.get(promise.id, _NIL) >= promise.amount:
                _judge(session, Act(None, act.at), promise, received[promise.id], act.today)
                found.append(promise)
    session.flush()
    return found


def end_for_cured(session: Session, *, act: Act, borrower_ids: Collection[int]) -> None:
    """Close the open promises of borrowers who are no longer overdue: kept by what came in, or no longer needed."""
    judge_received(session, act=act, borrower_ids=borrower_ids)
    for promise in session.scalars(
        select(Promise)
        .where(Promise.state == PromiseState.OPEN, Promise.borrower_id.in_(borrower_ids))
        .order_by(Promise.id)
        .with_for_update()
    ):
        promise.state, promise.judged_on = PromiseState.WITHDRAWN, act.today
        Act(None, act.at).record(
            session, "promise:withdrawn", borrower_id=promise.borrower_id, subject=f"promise/{promise.id}"
        )


def state_for(received: Decimal, amount: Decimal) -> PromiseState:
    """Judge a promise by the sum received (yuan): nothing else counts."""
    if received >= amount:
        return PromiseState.KEPT
    return PromiseState.PARTLY_KEPT if received > _NIL else PromiseState.BROKEN


def _judge(session: Session, act: Act, promise: Promise, received: Decimal, as_of: date) -> None:
    promise.state = state_for(received, promise.amount)
    promise.judged_on = as_of
    act.record(
        session,
        f"promise:{promise.state.value}",
        borrower_id=promise.borrower_id,
        subject=f"promise/{promise.id}",
        amount=str(promise.amount),
        received=str(received),
        promised_for=promise.promised_for.isoformat(),
    )
    if promise.state is PromiseState.BROKEN:
        tasks.ask(
            session,
            act=act,
            borrower_id=promise.borrower_id,
            kind=TaskKind.ASK_WHY_BROKEN,
            due_on=max(promise.promised_for + timedelta(days=1), as_of),
        )


def _received(session: Session, promises: Sequence[Promise], as_of: date) -> dict[int, Decimal]:
    """Return what came in for each promise, in one query."""
    rows = session.execute(
        select(Promise.id, func.sum(Repayment.amount))
        .join(Loan, Loan.borrower_id == Promise.borrower_id)
        .join(
            Repayment,
            and_(
                Repayment.loan_id == Loan.id,
                Repayment.kind.in_(OWN_PAYMENTS),
                Repayment.paid_on.between(Promise.made_on, Promise.promised_for),
            ),
        )
        .outerjoin(Reversal, and_(Reversal.repayment_id == Repayment.id, Reversal.reversed_on <= as_of))
        .where(Promise.id.in_([promise.id for promise in promises]), Reversal.repayment_id.is_(None))
        .group_by(Promise.id)
    )
    return {promise_id: received for promise_id, received in rows}  # noqa: C416  # dict() of rows is untyped
