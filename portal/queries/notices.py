"""Reads of notices: the list, one notice with its attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from models.accounts import User
from models.borrowers import Borrower
from models.notices import Notice, NoticePaper, Receipt, Service
from models.organisation import Township, Village
from models.rules.notices import NoticeLevel
from models.rules.refusals import NotVisible
from models.rules.standing import StandingState
from models.rules.workflows import NoticeState
from models.standings import BorrowerStanding
from notices.content import NoticeContent
from portal.actors import Actor
from portal.queries import attempts
from portal.queries.attempts import Attempted
from portal.queries.notice_facts import OPEN
from portal.queries.paging import PAGE, Paged
from portal.queries.scope import visible_borrowers


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice as a list shows it; ``do_not_serve``: it is open, but nothing is overdue any more."""

    id: int
    serial: str
    borrower_id: int
    name: str
    village: str
    village_code: str
    state: NoticeState
    level: NoticeLevel
    issued_on: date
    pay_by: date
    total: Decimal
    do_not_serve: bool


@dataclass(frozen=True, slots=True)
class Notices(Paged[NoticeRow]):
    """One page of the list of notices. ``to_serve``: how many of the whole list are still to be served."""

    to_serve: int


@dataclass(frozen=True, slots=True)
class NoticeDetail:
    """One notice: what it says, where it stands, what was tried."""

    row: NoticeRow
    content: NoticeContent
    batch_id: int | None
    issued_by: str
    printed_at: datetime | None
    called_back_reason: str
    sha256: str
    attempts: tuple[Attempted, ...]


def notices(
    session: Session,
    actor: Actor,
    today: date,
    *,
    state: NoticeState | None = None,
    area_code: str = "",
    page: int = 1,
) -> Notices:
    """Return one page of the notices the actor may see, those to be served first, the most pressing on top.

    Args:
        session: a reading session.
        actor: who asks.
        today: the day.
        state: only these; all when not given.
        area_code: only those of a village or township; all when empty.
        page: 1 for the first.

    """
    wanted = _rows(actor, today)
    if state is not None:
        wanted = wanted.where(Notice.state == state)
    if area_code:
        wanted = wanted.where(or_(Village.code == area_code, Township.code == area_code))
    counted = wanted.with_only_columns(
        func.count(Notice.id), func.count(Notice.id).filter(Notice.state.in_(OPEN)), maintain_column_froms=True
    )
    total, to_serve = session.execute(counted).one()
    rows = session.execute(
        wanted.order_by(case((Notice.state.in_(OPEN), 0), else_=1), Notice.pay_by, Village.code, Notice.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return Notices(tuple(_row(row) for row in rows), total, page, to_serve)


def notice(session: Session, actor: Actor, today: date, notice_id: int) -> NoticeDetail:
    """Return one notice.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    found = session.execute(
        _rows(actor, today)
        .add_columns(
            Notice.content,
            Notice.batch_id,
            User.name.label("issued_by"),
            Notice.printed_at,
            Notice.called_back_reason,
            Notice.sha256,
        )
        .join(User, User.id == Notice.issued_by_id)
        .where(Notice.id == notice_id)
    ).one_or_none()
    if found is None:
        raise NotVisible
    return NoticeDetail(
        row=_row(found),
        content=NoticeContent.from_json(found.content),
        batch_id=found.batch_id,
        issued_by=found.issued_by,
        printed_at=found.printed_at,
        called_back_reason=found.called_back_reason,
        sha256=found.sha256,
        attempts=attempts.of_notice(session, notice_id),
    )


def paper(session: Session, actor: Actor, today: date, notice_id: int) -> bytes:
    """Return the stored PDF.

    Raises:
        NotVisible: there is no such notice, or not for this person.

    """
    pdf = session.scalars(
        select(NoticePaper.pdf)
        .join(Notice, Notice.id == NoticePaper.notice_id)
        .where(Notice.id == notice_id, Notice.borrower_id.in_(visible_borrowers(actor, today)))
    ).one_or_none()
    if pdf is None:
        raise NotVisible
    return pdf


def receipt(session: Session, actor: Actor, today: date, notice_id: int, receipt_id: int) -> bytes:
    """Return the picture of a receipt (JPEG).

    Raises:
        NotVisible: there is no such receipt of this notice, or not for this person.

    """
    image = session.scalars(
        select(Receipt.image)
        .join(Service, Service.id == Receipt.service_id)
        .where(
            Receipt.id == receipt_id,
            Service.notice_id == notice_id,
            Service.borrower_id.in_(visible_borrowers(actor, today)),
        )
    ).one_or_none()
    if image is None:
        raise NotVisible
    return image


def _rows(actor: Actor, today: date) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Notice.id,
            Notice.serial,
            Notice.borrower_id,
            Borrower.name,
            Village.name.label("village"),
            Village.code.label("village_code"),
            Notice.state,
            Notice.level,
            Notice.issued_on,
            Notice.pay_by,
            Notice.total,
            BorrowerStanding.state.label("standing"),
        )
        .join(Borrower, Borrower.id == Notice.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .join(Township, Township.id == Village.township_id)
        .outerjoin(BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id)
        .where(Notice.borrower_id.in_(visible_borrowers(actor, today)))
    )


def _row(found: object) -> NoticeRow:
    values = {name: getattr(found, name) for name in NoticeRow.__slots__ if name != "do_not_serve"}
    standing = getattr(found, "standing", None)
    return NoticeRow(**values, do_not_serve=values["state"] in OPEN and standing is not StandingState.OVERDUE)
