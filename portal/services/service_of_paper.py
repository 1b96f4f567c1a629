"""Recording that a co-borrower's notice was served, or why it was not, and mending the proof later.

It tells the co-borrower what the borrower's notice told, so it falls with it: nothing is served once the notice is
called back or nothing is overdue any more. What comes of it is evidence of its own. It moves no notice, no case and
no limitation: whether a demand made to one joint debtor works against the other is for a person to judge, who can
write it down with the contract.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.notices import Notice
from models.papers import IssuedPaper, PaperService
from models.rules import service_on_co_borrower
from models.rules.papers import PaperKind
from models.rules.proof_of_service import Verdict, counts
from models.rules.refusals import NotVisible, Refused
from models.rules.sentences import N_
from models.rules.workflows import NoticeState
from notices.photos import CleanPhoto
from portal.actors import Act
from portal.queries.scope import borrower_to_change
from portal.queries.served_papers import state_of
from portal.services import attempts, proofs, receipts, standings
from portal.services.attempts import Attempt, Recorded
from portal.services.proofs import Addition
from portal.services.service_of_notice import call_back_paid


def record_service(
    session: Session, *, act: Act, paper_id: int, attempt: Attempt, photos: Sequence[CleanPhoto] = ()
) -> Recorded:
    """Record an attempt to serve a co-borrower's notice, and weigh its proofs.

    Scans of its receipt that were read before are filed with it.

    Args:
        session: a writing session.
        act: who reports, and when.
        paper_id: which paper.
        attempt: what happened; who signed is seen from the borrower, as with a notice.
        photos: of the signed receipt or the paper at the door, re-encoded.

    Raises:
        NotVisible: no such paper of a co-borrower, or not for this person.
        Refused: the time cannot be right, the paper is served or fell with its notice, or a photo belongs elsewhere.

    """
    paper, notice = to_change(session, act, paper_id)
    standings.recompute(session, act=act, borrower_ids=[notice.borrower_id])
    if not attempts.is_overdue(session, notice.borrower_id):
        if notice.state in {NoticeState.ISSUED, NoticeState.FAILED}:
            call_back_paid(session, act, notice)
        return Recorded(do_not_serve=True, state=NoticeState.CALLED_BACK)
    refuse_closed(session, paper, notice)
    attempts.check(act, paper.issued_on, attempt)
    scanned = receipts.waiting(session, notice_id=notice.id, paper_id=paper.id) if attempt.was_served else ()
    photos = (*photos, *(receipts.photo_of(page) for page in scanned))
    receipts.check(session, paper_id=paper.id, photos=photos)
    verdict = attempts.weigh(attempt, photos, service_on_co_borrower.judge)
    service = PaperService(paper_id=paper.id, borrower_id=notice.borrower_id, **attempts.columns(act, attempt, verdict))
    session.add(service)
    session.flush()
    receipts.attach(session, act=act, service=service, photos=photos)
    receipts.settle(session, scanned, service)
    is_served = attempt.was_served and counts(verdict.strength)
    if not is_served and attempt.failure is not None:
        attempts.ask_next(session, act, notice.borrower_id, attempt.failure, attempts.OF_CO_BORROWER)
    session.flush()
    _tell(
        session,
        act,
        "paper:served" if is_served else "paper:not_served",
        paper,
        service,
        failure=attempt.failure.value if attempt.failure else "",
        served_at=attempt.at.isoformat(),
        receipts=len(photos),
    )
    state = NoticeState.SERVED if is_served else NoticeState.FAILED
    return Recorded(do_not_serve=False, state=state, verdict=verdict, service_id=service.id)


def mend(
    session: Session, *, act: Act, paper_id: int, addition: Addition, photos: Sequence[CleanPhoto] = ()
) -> Verdict:
    """Add what was missing to the newest attempt that handed the paper over, and weigh its proofs again.

    Raises:
        NotVisible: no such paper of a co-borrower, or not for this person.
        Refused: nothing was handed over yet, nothing is added, what is added is there already in other words, or a
            picture belongs elsewhere.

    """
    paper, _notice = to_change(session, act, paper_id)
    service = handed_over(session, paper_id)
    if service is None:
        raise Refused("Nobody has handed this notice over yet: record the service first.")
    receipts.check(session, paper_id=paper_id, photos=photos)
    added = proofs.add(session, act=act, service=service, addition=addition, photos=photos)
    return weigh_again(session, act=act, paper=paper, service=service, added=added)


def weigh_again(
    session: Session, *, act: Act, paper: IssuedPaper, service: PaperService, added: Sequence[str]
) -> Verdict:
    """Judge an attempt by all that is on record now."""
    before = service.strength
    verdict = proofs.reweigh(session, service)
    _tell(session, act, "paper:proof_added", paper, service, strength_before=before.value, added=list(added))
    if not counts(before) and counts(verdict.strength):
        _tell(session, act, "paper:served", paper, service, served_at=service.at.isoformat())
    session.flush()
    return verdict


def handed_over(session: Session, paper_id: int) -> PaperService | None:
    """Return the newest attempt that says the paper was handed over, left or sent; locked."""
    return session.scalars(
        select(PaperService)
        .where(PaperService.paper_id == paper_id, PaperService.was_served.is_(True))
        .order_by(PaperService.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()


def to_change(session: Session, act: Act, paper_id: int) -> tuple[IssuedPaper, Notice]:
    """Return a co-borrower's paper and the notice it tells of, of a borrower the person may see; all locked.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    found = session.execute(
        select(Notice.borrower_id, Notice.id)
        .join(IssuedPaper, IssuedPaper.notice_id == Notice.id)
        .where(IssuedPaper.id == paper_id, IssuedPaper.kind == PaperKind.CO_BORROWER)
    ).one_or_none()
    if found is None:
        raise NotVisible
    borrower_to_change(session, act.person, act.today, found.borrower_id)
    notice = session.scalars(
        select(Notice).where(Notice.id == found.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    return session.get_one(IssuedPaper, paper_id), notice


def refuse_closed(session: Session, paper: IssuedPaper, notice: Notice) -> None:
    """Refuse a paper that is served, or fell with its notice.

    Raises:
        Refused: it is.

    """
    if notice.state is NoticeState.CALLED_BACK:
        raise Refused(
            "%(serial)s was called back (%(why)s): keep the paper, nothing is recorded.",
            serial=notice.serial,
            why=Refused(notice.called_back_reason or N_("no reason is on record")),
        )
    if state_of(session, paper.id) is NoticeState.SERVED:
        raise Refused("%(serial)s is recorded as served already. Mend its proof instead.", serial=paper.serial)


def _tell(session: Session, act: Act, tag: str, paper: IssuedPaper, service: PaperService, **facts: object) -> None:
    act.record(
        session,
        tag,
        borrower_id=service.borrower_id,
        subject=f"paper/{paper.id}",
        serial=paper.serial,
        method=service.method.value,
        strength=service.strength.value,
        **facts,
    )
