"""Where co-borrowers' notices stand: to be served, served, not served, or fallen with the borrower's notice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.notices import Notice
from models.papers import IssuedPaper, PaperReceipt, PaperService
from models.rules.papers import PaperKind
from models.rules.proof_of_service import counts
from models.rules.refusals import NotVisible
from models.rules.standing import StandingState
from models.rules.workflows import NoticeState
from models.standings import BorrowerStanding
from notices.addressed import CoBorrowerContent
from portal.actors import Actor
from portal.queries import attempts
from portal.queries.attempts import Attempted
from portal.queries.scope import visible_borrowers


@dataclass(frozen=True, slots=True)
class ServedPaper:
    """One co-borrower's notice and what was tried; ``do_not_serve``: open, but nothing is overdue any more."""

    id: int
    serial: str
    name: str  # the co-borrower's
    borrower: str
    issued_on: date
    notice_id: int
    notice_serial: str
    called_back_reason: str
    state: NoticeState
    do_not_serve: bool
    attempts: tuple[Attempted, ...]

    @property
    def is_open(self) -> bool:
        """Whether it is still to be served."""
        return self.state in _OPEN and not self.do_not_serve

    @property
    def newest_service(self) -> int | None:
        """The newest attempt that handed it over: whose proof may be added to."""
        return next((one.id for one in self.attempts if one.was_served), None)


def states(session: Session, paper_ids: Collection[int]) -> dict[int, NoticeState]:
    """Return where co-borrowers' notices stand; other papers are left out."""
    fallen = {
        paper_id: notice_state is NoticeState.CALLED_BACK
        for paper_id, notice_state in session.execute(
            select(IssuedPaper.id, Notice.state)
            .join(Notice, Notice.id == IssuedPaper.notice_id)
            .where(IssuedPaper.id.in_(paper_ids), IssuedPaper.kind == PaperKind.CO_BORROWER)
        )
    }
    tried: dict[int, bool] = {}
    for paper_id, was_served, strength in session.execute(
        select(PaperService.paper_id, PaperService.was_served, PaperService.strength).where(
            PaperService.paper_id.in_(fallen)
        )
    ):
        tried[paper_id] = tried.get(paper_id, False) or (was_served and counts(strength))
    return {paper_id: _state(is_fallen, tried.get(paper_id)) for paper_id, is_fallen in fallen.items()}


def state_of(session: Session, paper_id: int) -> NoticeState:
    """Return where one co-borrower's notice stands.

    Raises:
        NotVisible: there is none.

    """
    found = states(session, [paper_id])
    if paper_id not in found:
        raise NotVisible
    return found[paper_id]


def served_paper(session: Session, actor: Actor, today: date, paper_id: int) -> ServedPaper:
    """Return one co-borrower's notice with what was tried.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    found = session.execute(
        select(IssuedPaper, Notice, BorrowerStanding.state)
        .join(Notice, Notice.id == IssuedPaper.notice_id)
        .outerjoin(BorrowerStanding, BorrowerStanding.borrower_id == Notice.borrower_id)
        .where(
            IssuedPaper.id == paper_id,
            IssuedPaper.kind == PaperKind.CO_BORROWER,
            Notice.borrower_id.in_(visible_borrowers(actor, today)),
        )
    ).one_or_none()
    if found is None:
        raise NotVisible
    paper, notice, standing = found
    said = CoBorrowerContent.from_json(paper.content)
    state = state_of(session, paper_id)
    return ServedPaper(
        id=paper.id,
        serial=paper.serial,
        name=said.co_borrower_name,
        borrower=said.borrower_name,
        issued_on=paper.issued_on,
        notice_id=notice.id,
        notice_serial=notice.serial,
        called_back_reason=notice.called_back_reason,
        state=state,
        do_not_serve=state in _OPEN and standing is not StandingState.OVERDUE,
        attempts=attempts.of_paper(session, paper_id),
    )


def to_serve(session: Session, notice_ids: Collection[int]) -> dict[int, list[tuple[str, str, str]]]:
    """Return name, serial and code of the co-borrowers' notices still to be served, by the notice they tell of."""
    rows = session.execute(
        select(IssuedPaper.id, IssuedPaper.notice_id, IssuedPaper.serial, IssuedPaper.check_code, IssuedPaper.content)
        .where(IssuedPaper.notice_id.in_(notice_ids), IssuedPaper.kind == PaperKind.CO_BORROWER)
        .order_by(IssuedPaper.id)
    ).all()
    stands = states(session, [row.id for row in rows])
    found: dict[int, list[tuple[str, str, str]]] = {}
    for row in rows:
        if stands[row.id] in _OPEN:
            name = CoBorrowerContent.from_json(row.content).co_borrower_name
            found.setdefault(row.notice_id, []).append((name, row.serial, row.check_code))
    return found


def receipt(session: Session, actor: Actor, today: date, paper_id: int, receipt_id: int) -> bytes:
    """Return the picture of a receipt (JPEG).

    Raises:
        NotVisible: there is no such receipt of this paper, or not for this person.

    """
    image = session.scalars(
        select(PaperReceipt.image)
        .join(PaperService, PaperService.id == PaperReceipt.service_id)
        .where(
            PaperReceipt.id == receipt_id,
            PaperService.paper_id == paper_id,
            PaperService.borrower_id.in_(visible_borrowers(actor, today)),
        )
    ).one_or_none()
    if image is None:
        raise NotVisible
    return image


_OPEN = frozenset({NoticeState.ISSUED, NoticeState.FAILED})


def _state(is_fallen: bool, was_served: bool | None) -> NoticeState:  # noqa: FBT001  # none: nobody has tried
    if was_served:
        return NoticeState.SERVED
    if is_fallen:
        return NoticeState.CALLED_BACK
    return NoticeState.ISSUED if was_served is None else NoticeState.FAILED
