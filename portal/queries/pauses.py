"""Pauses and other reliefs in force: who is not to be chased today, and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import Loan, Relief, ReliefCorrection
from models.rules.facts import PauseCause, ReliefKind


@dataclass(frozen=True, slots=True)
class InForce:
    """A relief of one contract that holds today; ``to_on`` is the day the days count again, ``None`` for open."""

    borrower_id: int
    kind: ReliefKind
    cause: PauseCause | None
    to_on: date | None


def pauses(session: Session, borrower_ids: Collection[int], today: date) -> dict[int, PauseCause]:
    """Return why the days of a borrower stand still today, for those with a pause on any contract.

    The newest correction of a pause holds. The caller has found the borrowers to be in reach.
    """
    return {
        one.borrower_id: one.cause or PauseCause.OTHER
        for one in in_force(session, borrower_ids, today, (ReliefKind.PAUSE,))
    }


def in_force(
    session: Session, borrower_ids: Collection[int], today: date, kinds: Collection[ReliefKind] = tuple(ReliefKind)
) -> tuple[InForce, ...]:
    """Return the reliefs of some kinds that hold today, as they were entered.

    The newest correction of one holds. The caller has found the borrowers to be in reach.
    """
    rows = session.execute(
        select(Loan.borrower_id, Relief, ReliefCorrection)
        .join(Loan, Loan.id == Relief.loan_id)
        .outerjoin(ReliefCorrection, ReliefCorrection.relief_id == Relief.id)
        .where(Loan.borrower_id.in_(borrower_ids), Relief.kind.in_(kinds))
        .order_by(Relief.id, ReliefCorrection.id)
    )
    newest = {relief.id: (borrower_id, relief, correction) for borrower_id, relief, correction in rows}
    return tuple(
        InForce(borrower_id, relief.kind, relief.cause, (correction or relief).to_on)
        for borrower_id, relief, correction in newest.values()
        if not (correction and correction.is_void) and _holds(correction or relief, today)
    )


def _holds(one: Relief | ReliefCorrection, today: date) -> bool:
    return one.from_on <= today and (one.to_on is None or today < one.to_on)
