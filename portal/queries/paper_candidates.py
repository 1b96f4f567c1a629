"""Whom a batch of papers may be for, from what is kept: a whole district must be looked through while a page loads.

Each is judged from all facts when the paper's turn comes; here the standing that is kept in step with them decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.notices import Notice, NoticeBatchItem
from models.organisation import Township, Village
from models.rules.addresses import house_key
from models.rules.papers import reminder_round
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal.actors import Actor
from portal.pieces import chunks
from portal.queries.borrower_filters import Filters
from portal.queries.borrowers import matching
from portal.queries.notice_facts import OPEN
from portal.queries.paper_facts import Demand, Due, demands, reminded, to_co_borrowers
from portal.queries.pauses import pauses
from portal.queries.scope import visible_borrowers


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody a paper may be for: ``name`` as it is addressed, ``about`` masked number or relation."""

    borrower_id: int
    name: str
    about: str
    place: str  # township and village
    address: str
    due: Due
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Remindable(Candidate):
    """A borrower who is not paid off; ``amount`` is what falls due next."""

    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint(Candidate):
    """A co-borrower whom a notice names; ``amount`` is the notice's, ``before`` the serial of what they got already."""

    demand: Demand
    number: int  # which of those the notice names, from 0
    before: str | None


def remindable(session: Session, actor: Actor, today: date, filters: Filters) -> tuple[Remindable, ...]:
    """Return the borrowers of a list who are not paid off, in the order of a walk: by village, house and name."""
    rows = _in_order(
        session.execute(
            _kept().where(
                Borrower.id.in_(matching(actor, today, filters)), BorrowerStanding.state != StandingState.SETTLED
            )
        )
    )
    found = []
    for piece in chunks(rows):
        ids = [row.id for row in piece]
        paused, before = pauses(session, ids, today), reminded(session, ids, today)
        for row in piece:
            due_on = row.next_due_on if row.next_due_amount else None
            found.append(
                Remindable(
                    borrower_id=row.id,
                    name=row.name,
                    about=row.masked_id,
                    place=row.township + row.village,
                    address=row.address or "",
                    due=Due(row.state, paused.get(row.id), row.data_on, due_on, before.get(row.id, {})),
                    amount=row.next_due_amount or Decimal(0),
                    round=reminder_round((due_on - today).days) if due_on else 0,
                )
            )
    return tuple(found)


def joint(session: Session, actor: Actor, today: date, notice_batch_id: int) -> tuple[Joint, ...]:
    """Return every co-borrower whom the open notices of a batch name, in the order of the batch."""
    rows = session.execute(
        _kept()
        .add_columns(Notice.id.label("notice_id"))
        .join(NoticeBatchItem, NoticeBatchItem.borrower_id == Borrower.id)
        .join(Notice, Notice.id == NoticeBatchItem.notice_id)
        .where(
            NoticeBatchItem.batch_id == notice_batch_id,
            Notice.state.in_(OPEN),
            Borrower.id.in_(visible_borrowers(actor, today)),
        )
        .order_by(NoticeBatchItem.position)
    ).all()
    return tuple(one for piece in chunks(rows) for one in _joint(session, piece, today))


def _joint(session: Session, rows: Collection[Any], today: date) -> Iterable[Joint]:
    notice_ids = [row.notice_id for row in rows]
    known, given = demands(session, notice_ids), to_co_borrowers(session, notice_ids)
    paused = pauses(session, [row.id for row in rows], today)
    for row in rows:
        demand = known[row.notice_id]
        for number, person in enumerate(demand.said.co_borrowers):
            yield Joint(
                borrower_id=row.id,
                name=person.name,
                about=person.relation,
                place=row.township + row.village,
                address=row.address or "",
                due=Due(row.state, paused.get(row.id), row.data_on, None, {}),
                amount=demand.said.total,
                demand=demand,
                number=number,
                before=given.get((demand.notice_id, person.name)),
            )


def _kept() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Borrower.id,
            Borrower.name,
            Borrower.masked_id,
            Borrower.address,
            Village.code,
            Village.name.label("village"),
            Township.name.label("township"),
            BorrowerStanding.state,
            BorrowerStanding.data_on,
            BorrowerStanding.next_due_on,
            BorrowerStanding.next_due_amount,
        )
        .join(Village, Village.id == Borrower.village_id)
        .join(Township, Township.id == Village.township_id)
        .join(BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id)
    )


def _in_order(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (row.code, house_key(row.address or ""), row.name, row.id))
