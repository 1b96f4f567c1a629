"""Reads of papers that are no notices: the newest, those of a borrower, one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from models.accounts import User
from models.borrowers import Borrower
from models.events import Event
from models.organisation import School
from models.papers import IssuedPaper
from models.rules.papers import PaperKind
from models.rules.permissions import REACH, Reach
from models.rules.refusals import NotVisible
from notices import kinds
from notices.addressed import CoBorrowerContent
from notices.frozen import Paper
from portal.actors import Actor
from portal.queries.paging import PAGE
from portal.queries.scope import visible_borrowers


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One paper as lists show it; ``borrower`` and ``school`` are empty where it is about neither."""

    id: int
    kind: PaperKind
    serial: str
    issued_on: date
    issued_by: str
    borrower_id: int | None
    borrower: str
    school: str
    notice_id: int | None
    wording_version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PaperDetail:
    """One paper with what it says, and whether it was printed before."""

    row: PaperRow
    content: Paper
    was_printed: bool


@dataclass(frozen=True, slots=True)
class Papers:
    """One page of papers, the newest first; ``after`` leads to the next, 0 for none."""

    rows: tuple[PaperRow, ...]
    after: int


def papers(session: Session, actor: Actor, today: date, *, kind: PaperKind | None = None, after: int = 0) -> Papers:
    """Return the papers the actor may see.

    Args:
        session: a reading session.
        actor: who asks.
        today: the day.
        kind: only these; all when not given.
        after: the ``after`` of the page before; 0 for the first.

    """
    wanted = _rows(actor, today)
    if kind is not None:
        wanted = wanted.where(IssuedPaper.kind == kind)
    if after:
        wanted = wanted.where(IssuedPaper.id < after)
    rows = tuple(_row(one) for one in session.execute(wanted.order_by(IssuedPaper.id.desc()).limit(PAGE + 1)))
    return Papers(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else 0)


def of_borrower(session: Session, actor: Actor, today: date, borrower_id: int) -> tuple[PaperRow, ...]:
    """Return a borrower's papers, the newest first."""
    rows = session.execute(
        _rows(actor, today).where(IssuedPaper.borrower_id == borrower_id).order_by(IssuedPaper.id.desc()).limit(PAGE)
    )
    return tuple(_row(one) for one in rows)


def of_notice(session: Session, actor: Actor, today: date, notice_id: int) -> dict[str, PaperRow]:
    """Return the papers to co-borrowers that belong to a notice, by the co-borrower's name."""
    rows = session.execute(
        _rows(actor, today).add_columns(IssuedPaper.content).where(IssuedPaper.notice_id == notice_id)
    )
    return {CoBorrowerContent.from_json(one.content).co_borrower_name: _row(one) for one in rows}


def of_co_borrower(session: Session, notice_id: int, name: str) -> str | None:
    """Return the serial of the paper to a co-borrower that belongs to a notice, or nothing."""
    rows = session.execute(select(IssuedPaper.serial, IssuedPaper.content).where(IssuedPaper.notice_id == notice_id))
    return next((one.serial for one in rows if CoBorrowerContent.from_json(one.content).co_borrower_name == name), None)


def paper(session: Session, actor: Actor, today: date, paper_id: int) -> PaperDetail:
    """Return one paper.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    found = session.execute(
        _rows(actor, today).add_columns(IssuedPaper.content).where(IssuedPaper.id == paper_id)
    ).one_or_none()
    if found is None:
        raise NotVisible
    row = _row(found)
    printed = session.scalars(
        select(Event.id).where(Event.subject == f"paper/{paper_id}", Event.tag == "paper:printed").limit(1)
    ).one_or_none()
    return PaperDetail(row, kinds.read(row.kind, found.content), printed is not None)


def pdf(session: Session, actor: Actor, today: date, paper_id: int) -> bytes:
    """Return the stored file.

    Raises:
        NotVisible: there is no such paper, or not for this person.

    """
    found = session.scalars(
        select(IssuedPaper.pdf).where(IssuedPaper.id == paper_id, _may_see(actor, today))
    ).one_or_none()
    if found is None:
        raise NotVisible
    return found


def _may_see(actor: Actor, today: date) -> ColumnElement[bool]:
    """Let whoever sees the borrower see their papers, the school and the centre the school's, everybody the rest."""
    about_nobody = and_(IssuedPaper.borrower_id.is_(None), IssuedPaper.school_id.is_(None))
    of_school = (
        IssuedPaper.school_id.is_not(None)
        if REACH[actor.role] is Reach.DISTRICT
        else IssuedPaper.school_id == actor.school_id
    )
    return or_(IssuedPaper.borrower_id.in_(visible_borrowers(actor, today)), about_nobody, of_school)


def _rows(actor: Actor, today: date) -> Select[*tuple[Any, ...]]:
    return (
        select(
            IssuedPaper.id,
            IssuedPaper.kind,
            IssuedPaper.serial,
            IssuedPaper.issued_on,
            User.name.label("issued_by"),
            IssuedPaper.borrower_id,
            Borrower.name.label("borrower"),
            School.name.label("school"),
            IssuedPaper.notice_id,
            IssuedPaper.wording_version,
            IssuedPaper.sha256,
        )
        .join(User, User.id == IssuedPaper.issued_by_id)
        .outerjoin(Borrower, Borrower.id == IssuedPaper.borrower_id)
        .outerjoin(School, School.id == IssuedPaper.school_id)
        .where(_may_see(actor, today))
    )


def _row(found: Any) -> PaperRow:  # noqa: ANN401 - a row of ``_rows``
    values = {name: getattr(found, name) for name in PaperRow.__slots__}
    return PaperRow(**values | {"borrower": found.borrower or "", "school": found.school or ""})
