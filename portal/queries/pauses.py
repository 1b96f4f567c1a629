"""Pauses in force: who is not to be chased today, and why."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import Loan, Relief, ReliefCorrection
from models.rules.facts import PauseCause, ReliefKind


def pauses(session: Session, borrower_ids: Collection[int], today: date) -> dict[int, PauseCause]:
    """Return why the days of a borrower stand still today, for those with a pause on any contract.

    The newest correction of a pause holds. The caller has found the borrowers to be in reach.
    """
    rows = session.execute(
        select(Loan.borrower_id, Relief, ReliefCorrection)
        .join(Loan, Loan.id == Relief.loan_id)
        .outerjoin(ReliefCorrection, ReliefCorrection.relief_id == Relief.id)
        .where(Loan.borrower_id.in_(borrower_ids), Relief.kind == ReliefKind.PAUSE)
        .order_by(Relief.id, ReliefCorrection.id)
    )
    newest = {relief.id: (borrower_id, relief, correction) for borrower_id, relief, correction in rows}
    return {
        borrower_id: relief.cause or PauseCause.OTHER
        for borrower_id, relief, correction in newest.values()
        if not (correction and correction.is_void) and _holds(correction or relief, today)
    }


def _holds(one: Relief | ReliefCorrection, today: date) -> bool:
    return one.from_on <= today and (one.to_on is None or today < one.to_on)
