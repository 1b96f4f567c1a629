"""What every fact of a contract written down by hand is followed by."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from models.loans import Loan
from portal.actors import Act
from portal.services import backdatings, standings
from portal.services.standing_history import Learnt


def changed(session: Session, *, act: Act, loan: Loan, effective_on: date, subject: str) -> None:
    """Judge the borrower anew in the same transaction; a fact that reaches into the past has history told anew.

    Args:
        session: a writing session.
        act: who wrote the fact down.
        loan: the contract it is about.
        effective_on: the earliest day anything changes on.
        subject: what it was: ``relief/7``.

    """
    session.flush()
    learnt = Learnt(effective_on, subject)
    standings.recompute(session, act=act, borrower_ids=[loan.borrower_id], learnt=learnt)
    backdatings.note(session, act=act, effective_on=effective_on, borrowers=1, subject=subject)
