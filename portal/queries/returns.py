"""Reads of returns: the open round with what is noted and its tally, and rounds that are filed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.notices import Notice, Service
from models.organisation import Village
from models.papers import IssuedPaper, PaperService
from models.returns import ReturnEntry, ReturnRound
from models.rules.refusals import NotVisible
from models.rules.returns import MEANINGS, ReturnOutcome
from models.rules.service_of_notice import Strength
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal.actors import Actor
from portal.queries.scope import visible_borrowers


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One noted return, newest first in a round; ``is_paid``: nothing is overdue any more, filing calls it back.

    ``paper_id``: it is about the paper of a co-borrower; ``name`` is the borrower's all the same.
    """

    id: int
    notice_id: int
    paper_id: int | None
    serial: str
    name: str
    village: str
    outcome: ReturnOutcome
    note: str
    refusal: str
    refusal_values: dict[str, str]
    strength: Strength | None
    is_paid: bool


@dataclass(frozen=True, slots=True)
class Round:
    """One walk and what is noted of it."""

    id: int
    started_at: datetime
    walked_at: datetime
    second_visitor: str
    witness_1: str
    witness_2: str
    filed_at: datetime | None
    rows: tuple[EntryRow, ...]

    @property
    def served(self) -> int:
        """How many were handed over or left."""
        return sum(MEANINGS[row.outcome].was_served for row in self.rows)

    @property
    def tally(self) -> tuple[tuple[ReturnOutcome, int], ...]:
        """How many of each outcome that occurs, in the order of the keys."""
        counts = dict.fromkeys(MEANINGS, 0)
        for row in self.rows:
            counts[row.outcome] += 1
        return tuple((outcome, count) for outcome, count in counts.items() if count)


def open_round(session: Session, actor: Actor, today: date) -> Round | None:
    """Return the person's open round, if there is one."""
    found = session.scalars(
        select(ReturnRound).where(ReturnRound.by_id == actor.user_id, ReturnRound.filed_at.is_(None))
    ).one_or_none()
    return None if found is None else _round(session, actor, today, found)


def filed_round(session: Session, actor: Actor, today: date, round_id: int) -> Round:
    """Return one of the person's own filed rounds.

    Raises:
        NotVisible: there is none.

    """
    found = session.scalars(
        select(ReturnRound).where(
            ReturnRound.id == round_id, ReturnRound.by_id == actor.user_id, ReturnRound.filed_at.is_not(None)
        )
    ).one_or_none()
    if found is None:
        raise NotVisible
    return _round(session, actor, today, found)


def _round(session: Session, actor: Actor, today: date, found: ReturnRound) -> Round:
    rows = session.execute(
        select(
            ReturnEntry.id,
            ReturnEntry.notice_id,
            ReturnEntry.paper_id,
            func.coalesce(IssuedPaper.serial, Notice.serial),
            Borrower.name,
            Village.name,
            ReturnEntry.outcome,
            ReturnEntry.note,
            ReturnEntry.refusal,
            ReturnEntry.refusal_values,
            func.coalesce(Service.strength, PaperService.strength, type_=Service.strength.type),
            BorrowerStanding.state,
        )
        .join(Notice, Notice.id == ReturnEntry.notice_id)
        .join(Borrower, Borrower.id == Notice.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .outerjoin(IssuedPaper, IssuedPaper.id == ReturnEntry.paper_id)
        .outerjoin(Service, Service.id == ReturnEntry.service_id)
        .outerjoin(PaperService, PaperService.id == ReturnEntry.paper_service_id)
        .outerjoin(BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id)
        .where(ReturnEntry.round_id == found.id, Borrower.id.in_(visible_borrowers(actor, today)))
        .order_by(ReturnEntry.entered_at.desc(), ReturnEntry.id.desc())
    )
    return Round(
        id=found.id,
        started_at=found.started_at,
        walked_at=found.walked_at,
        second_visitor=found.second_visitor,
        witness_1=found.witness_1,
        witness_2=found.witness_2,
        filed_at=found.filed_at,
        rows=tuple(_entry(row) for row in rows),
    )


def _entry(row: Row[*tuple[Any, ...]]) -> EntryRow:
    fields = dict(zip(EntryRow.__slots__, row, strict=True))
    return EntryRow(**{**fields, "is_paid": fields["is_paid"] is not StandingState.OVERDUE})
