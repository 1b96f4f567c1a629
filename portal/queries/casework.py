"""Promises that fall due, and those that were not kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.casework import Promise
from models.organisation import Village
from models.rules.casework import PromiseState
from portal.actors import Actor
from portal.queries.scope import visible_borrowers

PAGE_ROWS = 50
_AHEAD = timedelta(days=14)
_BACK = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class DuePromise:
    """A promise with whose it is."""

    id: int
    borrower_id: int
    name: str
    village: str
    made_on: date
    promised_for: date
    amount: Decimal
    state: PromiseState


def promises(session: Session, actor: Actor, today: date, *, after: int = 0) -> tuple[DuePromise, ...]:
    """Return promises within the person's reach, one row more than a page when there are more.

    Open ones due within two weeks or overdue, then those of the last two months that were not or only partly kept.

    Args:
        session: any session.
        actor: who reads.
        today: what is due is counted from it.
        after: how many rows to pass over.

    """
    rows = session.execute(
        select(
            Promise.id,
            Borrower.id,
            Borrower.name,
            Village.name,
            Promise.made_on,
            Promise.promised_for,
            Promise.amount,
            Promise.state,
        )
        .join(Borrower, Borrower.id == Promise.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .where(
            Borrower.id.in_(visible_borrowers(actor, today)),
            Promise.promised_for <= today + _AHEAD,
            (Promise.state == PromiseState.OPEN)
            | (
                Promise.state.in_((PromiseState.BROKEN, PromiseState.PARTLY_KEPT))
                & (Promise.promised_for >= today - _BACK)
            ),
        )
        .order_by((Promise.state == PromiseState.OPEN).desc(), Promise.promised_for, Promise.id)
        .offset(after)
        .limit(PAGE_ROWS + 1)
    )
    return tuple(DuePromise(*row) for row in rows)
