"""Mending the proof of a service that was recorded: what was missing is added, nothing that is there changes.

A notice that is served stays served and its proof may still grow: the scan of the receipt comes days later, the
post confirms the arrival. An attempt whose proof was void may come to count by it; then the notice is served.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.notices import Notice, Service
from models.papers import PaperService
from models.rules import service_on_co_borrower
from models.rules.casework import CaseStage
from models.rules.proof_of_service import Verdict, counts, judge
from models.rules.refusals import Refused
from models.rules.service_of_notice import Strength
from models.rules.workflows import NOTICE, NoticeState, NoticeStep
from notices.photos import CleanPhoto
from portal.actors import Act
from portal.queries.evidence import proofs_of
from portal.services import receipts
from portal.services.attempts import FLAGS
from portal.services.notices import move_case, to_change

_TEXTS = ("signer_name", "second_visitor", "post_number", "publication", "refusal_reason")
_LENGTHS = {"signer_name": 60, "second_visitor": 40, "post_number": 40, "publication": 80, "refusal_reason": 300}


@dataclass(frozen=True, slots=True)
class Addition:
    """What is added to an attempt; empty for what is not."""

    signer_name: str = ""
    second_visitor: str = ""
    post_number: str = ""
    publication: str = ""
    refusal_reason: str = ""
    witnesses: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()


def mend(
    session: Session, *, act: Act, notice_id: int, addition: Addition, photos: Sequence[CleanPhoto] = ()
) -> Verdict:
    """Add what was missing to the newest attempt that handed a notice over, and weigh its proofs again.

    Raises:
        NotVisible: no such notice, or not for this person.
        Refused: nothing was handed over yet, nothing is added, what is added is there already in other words, or a
            picture belongs to another notice.

    """
    notice = to_change(session, act, notice_id)
    service = handed_over(session, notice_id)
    if service is None:
        raise Refused("Nobody has handed this notice over yet: record the service first.")
    receipts.check(session, notice_id=notice_id, photos=photos)
    added = add(session, act=act, service=service, addition=addition, photos=photos)
    return weigh_again(session, act=act, notice=notice, service=service, added=added)


def handed_over(session: Session, notice_id: int) -> Service | None:
    """Return the newest attempt that says the notice was handed over, left or sent; locked."""
    return session.scalars(
        select(Service)
        .where(Service.notice_id == notice_id, Service.was_served.is_(True))
        .order_by(Service.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()


def weigh_again(session: Session, *, act: Act, notice: Notice, service: Service, added: Sequence[str]) -> Verdict:
    """Judge an attempt by all that is on record now, and serve its notice where that makes it count."""
    before = service.strength
    verdict = reweigh(session, service)
    act.record(
        session,
        "notice:proof_added",
        borrower_id=notice.borrower_id,
        subject=f"notice/{notice.id}",
        serial=notice.serial,
        method=service.method.value,
        strength=verdict.strength.value,
        strength_before=before.value,
        added=list(added),
    )
    if before is Strength.VOID and counts(verdict.strength) and notice.state is NoticeState.FAILED:
        notice.state = NOTICE.take(notice.state, NoticeStep.SERVE, act.role)  # type: ignore[assignment]  # its own enum
        move_case(session, notice.borrower_id, CaseStage.NOTICE_SERVED)
        act.record(
            session,
            "notice:served",
            borrower_id=notice.borrower_id,
            subject=f"notice/{notice.id}",
            serial=notice.serial,
            method=service.method.value,
            strength=verdict.strength.value,
            served_at=service.at.isoformat(),
        )
    session.flush()
    return verdict


def reweigh(session: Session, service: Service | PaperService) -> Verdict:
    """Judge an attempt by all that is on record now, and write the verdict down with it."""
    weigh = judge if isinstance(service, Service) else service_on_co_borrower.judge
    verdict = weigh(service.method, proofs_of(service, receipts.first_hash(session, service)))
    service.strength = verdict.strength
    service.verdict = {"reasons": list(verdict.reasons), "mends": list(verdict.mends)}
    return verdict


def add(
    session: Session,
    *,
    act: Act,
    service: Service | PaperService,
    addition: Addition,
    photos: Sequence[CleanPhoto],
) -> list[str]:
    """Add to an attempt what was missing and the pictures, which were checked; return the names of what was added.

    Raises:
        Refused: nothing is added, or something else stands there already.

    """
    added = _fill(service, addition)
    if receipts.attach(session, act=act, service=service, photos=photos):
        added.append("photo")
    if not added:
        raise Refused("Nothing new is added: fill in what is missing, or choose a photo.")
    return added


def _fill(service: Service | PaperService, addition: Addition) -> list[str]:
    """Fill what is empty; return the names of what was filled.

    Raises:
        Refused: something else stands there.

    """
    filled = []
    for name in _TEXTS:
        text = " ".join(str(getattr(addition, name)).split())[: _LENGTHS[name]]
        if not text or text == getattr(service, name):
            continue
        if getattr(service, name):
            raise Refused("“%(value)s” is on record already; what is recorded stays.", value=getattr(service, name))
        setattr(service, name, text)
        filled.append(name)
    named = [one.strip()[:40] for one in addition.witnesses if one.strip()]
    fresh = [one for one in dict.fromkeys(named) if one not in service.witnesses]
    if fresh:
        service.witnesses = [*service.witnesses, *fresh]
        filled.append("witnesses")
    flags = sorted((addition.flags & frozenset(FLAGS)) - set(service.proofs))
    if flags:
        service.proofs = sorted({*service.proofs, *flags})
        filled.extend(flags)
    return filled
