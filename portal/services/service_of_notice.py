"""Recording that a notice was served, or why it was not. The balance is looked at again first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.casework import Task
from models.notices import Notice, Service
from models.rules.casework import CaseStage
from models.rules.notices import NEXT_TASK, FailureReason
from models.rules.proof_of_service import DELIVERERS, Verdict, counts, judge
from models.rules.refusals import Refused
from models.rules.sentences import N_
from models.rules.service_of_notice import Proofs, ServiceMethod, SignerRelation, Strength
from models.rules.standing import StandingState
from models.rules.workflows import NOTICE, NoticeState, NoticeStep
from models.standings import BorrowerStanding
from notices.photos import CleanPhoto
from portal.actors import Act
from portal.services import receipts, standings
from portal.services.notices import move_case, to_change

CURED = N_("no longer overdue")
"""The reason by which the portal itself calls a notice back; the same words as for a payment that comes in."""

FLAGS = (
    "signed",
    "lives_together",
    "authorisation_seen",
    "arrival_confirmed",
    "address_confirmed",
    "returned",
    "whereabouts_unknown",
    "provincial_or_national",
)
"""Yes-or-no proofs, by their names in ``models.rules.service_of_notice.Proofs``."""

_TASK_REASON = N_("A notice could not be served.")
_CLOCK_TOLERANCE = timedelta(minutes=5)  # phones and servers differ


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to serve, as the person who made it tells it.

    Attributes:
        at: when, with a time zone.
        was_served: whether the paper was handed over, left, or sent.
        method: how.
        failure: why not, when it was not served.
        flags: names out of ``FLAGS``.

    Other fields as in ``models.rules.service_of_notice.Proofs``.

    """

    at: datetime
    was_served: bool
    method: ServiceMethod
    failure: FailureReason | None = None
    signer_name: str = ""
    signer_relation: SignerRelation | None = None
    place: str = ""
    second_visitor: str = ""
    witnesses: tuple[str, ...] = ()
    post_number: str = ""
    publication: str = ""
    refusal_reason: str = ""
    note: str = ""
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of it; ``do_not_serve``: the debt is gone, the notice was called back, no service was recorded."""

    notice_id: int
    do_not_serve: bool
    state: NoticeState
    verdict: Verdict | None = None


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
    if not _is_overdue(session, notice.borrower_id):
        if was_open:
            _call_back_paid(session, act, notice)
        return Recorded(notice.id, do_not_serve=True, state=notice.state)
    _check(act, notice, attempt)
    scanned = receipts.waiting(session, notice.id) if attempt.was_served else ()
    photos = (*photos, *(receipts.photo_of(page) for page in scanned))
    receipts.check(session, notice_id=notice.id, photos=photos)
    verdict = _judge(attempt, photos)
    is_served = attempt.was_served and counts(verdict.strength)
    step = NoticeStep.SERVE if is_served else NoticeStep.FAIL
    notice.state = NOTICE.take(notice.state, step, act.role)  # type: ignore[assignment]  # its own enum
    service = _service(act, notice, attempt, verdict)
    session.add(service)
    session.flush()
    receipts.attach(session, act=act, service=service, photos=photos)
    receipts.settle(session, scanned, service)
    if is_served:
        move_case(session, notice.borrower_id, CaseStage.NOTICE_SERVED)
    elif attempt.failure in NEXT_TASK:
        _ask_next(session, act, notice, attempt.failure)
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
    return Recorded(notice.id, do_not_serve=False, state=notice.state, verdict=verdict)


def _is_overdue(session: Session, borrower_id: int) -> bool:
    return session.scalars(
        select(BorrowerStanding.state).where(BorrowerStanding.borrower_id == borrower_id)
    ).one_or_none() is (StandingState.OVERDUE)


def _call_back_paid(session: Session, act: Act, notice: Notice) -> None:
    notice.state = NOTICE.take(notice.state, NoticeStep.PAID, None)  # type: ignore[assignment]  # its own enum
    notice.called_back_reason = CURED
    Act(None, act.at).record(
        session,
        "notice:called_back",
        borrower_id=notice.borrower_id,
        subject=f"notice/{notice.id}",
        reason=CURED,
    )


def _check(act: Act, notice: Notice, attempt: Attempt) -> None:
    if attempt.at > act.at + _CLOCK_TOLERANCE:
        raise Refused("The time of service lies in the future; correct it.")
    if attempt.at.astimezone(COUNTY_TIME).date() < notice.issued_on:
        raise Refused("The notice was issued on %(day)s; it cannot have been served before.", day=notice.issued_on)
    if not attempt.was_served and attempt.failure is None:
        raise Refused("Say why the notice was not served.")


def _judge(attempt: Attempt, photos: Sequence[CleanPhoto]) -> Verdict:
    if not attempt.was_served:
        return Verdict(Strength.VOID, (N_("It was not served."),), (N_("Serve it again, another way if need be."),))
    return judge(
        attempt.method,
        Proofs(
            signer_relation=attempt.signer_relation,
            signer_name=attempt.signer_name,
            witnesses=attempt.witnesses,
            deliverers=DELIVERERS if attempt.second_visitor.strip() else 1,
            photo_sha256=photos[0].sha256 if photos else "",
            refusal_reason=attempt.refusal_reason,
            post_number=attempt.post_number,
            publication=attempt.publication,
            **dict.fromkeys(attempt.flags & frozenset(FLAGS), True),
        ),
    )


def _service(act: Act, notice: Notice, attempt: Attempt, verdict: Verdict) -> Service:
    return Service(
        notice_id=notice.id,
        borrower_id=notice.borrower_id,
        at=attempt.at,
        logged_at=act.at,
        by_id=act.person.user_id,
        was_served=attempt.was_served,
        method=attempt.method,
        signer_name=attempt.signer_name.strip()[:60],
        signer_relation=attempt.signer_relation,
        place=attempt.place.strip()[:120],
        second_visitor=attempt.second_visitor.strip()[:40],
        witnesses=[name.strip()[:40] for name in attempt.witnesses if name.strip()],
        post_number=attempt.post_number.strip()[:40],
        publication=attempt.publication.strip()[:80],
        refusal_reason=attempt.refusal_reason.strip()[:300],
        failure=attempt.failure,
        note=attempt.note.strip()[:300],
        proofs=sorted(attempt.flags & frozenset(FLAGS)),
        strength=verdict.strength,
        verdict={"reasons": list(verdict.reasons), "mends": list(verdict.mends)},
    )


def _ask_next(session: Session, act: Act, notice: Notice, failure: FailureReason) -> None:
    """Leave the task a failed attempt leads to, unless the same one is open."""
    kind = NEXT_TASK[failure]
    is_open = session.scalars(
        select(Task.id)
        .where(Task.borrower_id == notice.borrower_id, Task.kind == kind, Task.done_at.is_(None))
        .limit(1)
    ).one_or_none()
    if is_open is None:
        session.add(
            Task(
                borrower_id=notice.borrower_id,
                kind=kind,
                due_on=act.today + timedelta(days=1),
                reason=_TASK_REASON,
                created_at=act.at,
            )
        )
