"""How far the work with a borrower has come, as the facts show it: after a report or a request ended, or began."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.casework import Case
from models.escalations import Escalation
from models.notices import Notice
from models.rules.casework import CaseStage
from models.rules.workflows import EscalationState, NoticeState, SuspicionState
from models.suspicions import Suspicion

_REPORTED = (SuspicionState.SIGNED, SuspicionState.UPHELD)
_ASKED = (EscalationState.SENT, EscalationState.ACCEPTED, EscalationState.REPORTED)


def settle(session: Session, borrower_id: int) -> None:
    """Set the stage of the open case to the furthest that holds now; without an open case nothing happens."""
    session.flush()
    case = session.scalars(
        select(Case).where(Case.borrower_id == borrower_id, Case.closed_on.is_(None)).with_for_update()
    ).one_or_none()
    if case is not None:
        case.stage = _stage(session, case)


def _stage(session: Session, case: Case) -> CaseStage:
    if session.scalars(
        select(Suspicion.id).where(Suspicion.borrower_id == case.borrower_id, Suspicion.state.in_(_REPORTED)).limit(1)
    ).first():
        return CaseStage.SUSPECTED
    if session.scalars(
        select(Escalation.id).where(Escalation.borrower_id == case.borrower_id, Escalation.state.in_(_ASKED)).limit(1)
    ).first():
        return CaseStage.ESCALATED
    notices = set(
        session.scalars(
            select(Notice.state).where(Notice.borrower_id == case.borrower_id, Notice.issued_on >= case.opened_on)
        )
    )
    if NoticeState.SERVED in notices:
        return CaseStage.NOTICE_SERVED
    if notices & {NoticeState.ISSUED, NoticeState.FAILED}:
        return CaseStage.NOTICE_ISSUED
    return CaseStage.CONTACTED if case.last_contact_at is not None else CaseStage.NEW
