"""Attempts to serve one paper, with the pictures of their receipts, as a page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts import User
from models.notices import Receipt, Service
from models.papers import PaperReceipt, PaperService
from models.rules.notices import FailureReason
from models.rules.service_of_notice import ServiceMethod, SignerRelation, Strength


@dataclass(frozen=True, slots=True)
class Attempted:
    """One attempt to serve."""

    id: int
    at: datetime
    logged_at: datetime
    by: str
    was_served: bool
    method: ServiceMethod
    signer_name: str
    signer_relation: SignerRelation | None
    place: str
    second_visitor: str
    witnesses: tuple[str, ...]
    post_number: str
    publication: str
    refusal_reason: str
    failure: FailureReason | None
    note: str
    strength: Strength
    reasons: tuple[str, ...]
    mends: tuple[str, ...]
    receipts: tuple[int, ...]


def of_notice(session: Session, notice_id: int) -> tuple[Attempted, ...]:
    """Return the attempts to serve a notice, the newest first; who may see it is the caller's to ask."""
    rows = session.execute(
        select(Service, User.name)
        .join(User, User.id == Service.by_id)
        .where(Service.notice_id == notice_id)
        .order_by(Service.id.desc())
    ).all()
    return _attempted(session, Receipt, [(service, name) for service, name in rows])


def of_paper(session: Session, paper_id: int) -> tuple[Attempted, ...]:
    """Return the attempts to serve a co-borrower's notice, the newest first; as ``of_notice``."""
    rows = session.execute(
        select(PaperService, User.name)
        .join(User, User.id == PaperService.by_id)
        .where(PaperService.paper_id == paper_id)
        .order_by(PaperService.id.desc())
    ).all()
    return _attempted(session, PaperReceipt, [(service, name) for service, name in rows])


def _attempted(
    session: Session, pictures: type[Receipt | PaperReceipt], rows: list[tuple[Service | PaperService, str]]
) -> tuple[Attempted, ...]:
    by_service: dict[int, list[int]] = {}
    for receipt_id, service_id in session.execute(
        select(pictures.id, pictures.service_id)
        .where(pictures.service_id.in_([service.id for service, _ in rows]))
        .order_by(pictures.id)
    ):
        by_service.setdefault(service_id, []).append(receipt_id)
    return tuple(
        Attempted(
            id=service.id,
            at=service.at,
            logged_at=service.logged_at,
            by=name,
            was_served=service.was_served,
            method=service.method,
            signer_name=service.signer_name,
            signer_relation=service.signer_relation,
            place=service.place,
            second_visitor=service.second_visitor,
            witnesses=tuple(service.witnesses),
            post_number=service.post_number,
            publication=service.publication,
            refusal_reason=service.refusal_reason,
            failure=service.failure,
            note=service.note,
            strength=service.strength,
            reasons=tuple(service.verdict["reasons"]),
            mends=tuple(service.verdict["mends"]),
            receipts=tuple(by_service.get(service.id, ())),
        )
        for service, name in rows
    )
