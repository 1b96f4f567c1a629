"""Recording that a notice was served, or why it was not. The balance is looked at again first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from models.notices import Notice, Service
from models.rules.casework import CaseStage
from models.rules.proof_of_service import counts
from models.rules.sentences import N_
from models.rules.workflows import NOTICE, NoticeState, NoticeStep
from notices.photos import CleanPhoto
from portal.actors import Act
from portal.services import attempts, receipts, standings
from portal.services.attempts import Attempt, Recorded
from portal.services.notices import move_case, to_change

CURED = N_("no longer overdue")
"""The reason by which the portal itself calls a notice back; the same words as for a payment that comes in."""


def record_service(
    session: Session, *, act: Act, notice_id: int, attempt: Attempt, photos: Sequence[CleanPhoto] = ()
) -> Recorded:
    """Record an attempt to serve, weigh its proofs, and move the notice.

    Scans of the receipt that were read before are filed with it. Only a service that counts makes the notice served;
    a void one is recorded as a failed attempt with what would mend it.

    Args:
        session: a writing session.
        act: who reports, and when.
        notice_id: which notice.
        attempt: what happened.
        photos: of the signed receipt or the paper at the door, re-encoded.

    Raises:
        NotVisible: no such notice, or not for this person.
        Refused: the time cannot be right, the notice is closed, or a photo belongs to another notice.

    """
    notice = to_change(session, act, notice_id)
    standings.recompute(session, act=act, borrower_ids=[notice.borrower_id])
    was_open = notice.state in {NoticeState.ISSUED, NoticeState.FAILED}
    if not attempts.is_overdue(session, notice.borrower_id):
        if was_open:
            call_back_paid(session, act, notice)
        return Recorded(do_not_serve=True, state=notice.state)
    attempts.check(act, notice.issued_on, attempt)
    scanned = receipts.waiting(session, notice_id=notice.id) if attempt.was_served else ()
    photos = (*photos, *(receipts.photo_of(page) for page in scanned))
    receipts.check(session, notice_id=notice.id, photos=photos)
    verdict = attempts.weigh(attempt, photos)
    is_served = attempt.was_served and counts(verdict.strength)
    step = NoticeStep.SERVE if is_served else NoticeStep.FAIL
    notice.state = NOTICE.take(notice.state, step, act.role)  # type: ignore[assignment]  # its own enum
    service = Service(notice_id=notice.id, borrower_id=notice.borrower_id, **attempts.columns(act, attempt, verdict))
    session.add(service)
    session.flush()
    receipts.attach(session, act=act, service=service, photos=photos)
    receipts.settle(session, scanned, service)
    if is_served:
        move_case(session, notice.borrower_id, CaseStage.NOTICE_SERVED)
    elif attempt.failure is not None:
        attempts.ask_next(session, act, notice.borrower_id, attempt.failure, attempts.OF_BORROWER)
    session.flush()
    act.record(
        session,
        "notice:served" if is_served else "notice:not_served",
        borrower_id=notice.borrower_id,
        subject=f"notice/{notice.id}",
        serial=notice.serial,
        method=attempt.method.value,
        strength=verdict.strength.value,
        failure=attempt.failure.value if attempt.failure else "",
        served_at=attempt.at.isoformat(),
        receipts=len(photos),
    )
    return Recorded(do_not_serve=False, state=notice.state, verdict=verdict, service_id=service.id)


def call_back_paid(session: Session, act: Act, notice: Notice) -> None:
    """Call an open notice back, by the portal itself, of somebody who is no longer overdue."""
    notice.state = NOTICE.take(notice.state, NoticeStep.PAID, None)  # type: ignore[assignment]  # its own enum
    notice.called_back_reason = CURED
    Act(None, act.at).record(
        session,
        "notice:called_back",
        borrower_id=notice.borrower_id,
        subject=f"notice/{notice.id}",
        reason=CURED,
    )
