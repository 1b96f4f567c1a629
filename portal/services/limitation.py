"""Writing down what interrupted the limitation of a contract, and taking back what was written down wrongly."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.limitation import LimitationInterruption
from models.loans import Loan
from models.rules.limitation import InterruptionKind, check
from models.rules.refusals import NotVisible, Refused
from portal.actors import Act
from portal.queries.scope import borrower_to_change

_LONGEST_PROOF = 200


def interrupt(
    session: Session,
    *,
    act: Act,
    loan_id: int,
    on: date,
    kind: InterruptionKind,
    proof: str,
    is_proven: bool,
) -> LimitationInterruption:
    """Write down an interruption.

    Args:
        session: a writing session.
        act: who writes it down, and when.
        loan_id: the contract.
        on: the day it reached the other side, was signed, or was filed with the court.
        kind: what it was.
        proof: what proves it and where the paper is kept.
        is_proven: the paper is at hand; without it nothing starts anew.

    Raises:
        NotVisible: no such contract, or not for this person.
        Refused: a day in the future or before the contract, no proof, a contract paid off, or written down already.

    """
    loan = _contract(session, act, loan_id)
    proof = check(on, signed_on=loan.signed_on, today=act.today, proof=proof)
    if loan.settled_on is not None and loan.settled_on <= act.today:
        raise Refused("This contract was paid off on %(day)s; nothing is left to claim.", day=loan.settled_on)
    if any(one.on == on and one.kind is kind for one in _standing(session, loan.id)):
        raise Refused("This is written down already; take the other one back first if it is wrong.")
    row = LimitationInterruption(
        loan_id=loan.id,
        on=on,
        kind=kind,
        proof=proof[:_LONGEST_PROOF],
        is_proven=is_proven,
        recorded_at=act.at,
        by_id=act.person.user_id,
    )
    session.add(row)
    session.flush()
    act.record(
        session,
        "limitation:interrupted",
        borrower_id=loan.borrower_id,
        subject=f"loan/{loan.id}",
        interruption=kind.value,
        interrupted_on=on.isoformat(),
        is_proven=is_proven,
    )
    return row


def void(session: Session, *, act: Act, interruption_id: int, reason: str) -> LimitationInterruption:
    """Take an interruption back: the row stays, another names it and says why.

    Raises:
        NotVisible: there is none, or not for this person.
        Refused: it was taken back already, or no reason is given.

    """
    row = session.get(LimitationInterruption, interruption_id)
    if row is None or row.voids_id is not None:
        raise NotVisible
    loan = _contract(session, act, row.loan_id)
    if row.id not in {one.id for one in _standing(session, loan.id)}:
        raise Refused("This was taken back already.")
    reason = " ".join(reason.split())[:_LONGEST_PROOF]
    if not reason:
        raise Refused("Say in a few words why.")
    voiding = LimitationInterruption(
        loan_id=loan.id,
        on=row.on,
        kind=row.kind,
        proof=reason,
        is_proven=False,
        voids_id=row.id,
        recorded_at=act.at,
        by_id=act.person.user_id,
    )
    session.add(voiding)
    session.flush()
    act.record(
        session,
        "limitation:voided",
        borrower_id=loan.borrower_id,
        subject=f"loan/{loan.id}",
        interruption=row.kind.value,
        interrupted_on=row.on.isoformat(),
    )
    return voiding


def _contract(session: Session, act: Act, loan_id: int) -> Loan:
    """Return a contract whose borrower is in reach, the borrower locked."""
    loan = session.get(Loan, loan_id)
    if loan is None:
        raise NotVisible
    borrower_to_change(session, act.person, act.today, loan.borrower_id)
    return loan


def _standing(session: Session, loan_id: int) -> list[LimitationInterruption]:
    """Return what was written down about a contract and not taken back."""
    rows = session.scalars(select(LimitationInterruption).where(LimitationInterruption.loan_id == loan_id)).all()
    voided = {one.voids_id for one in rows}
    return [one for one in rows if one.voids_id is None and one.id not in voided]
