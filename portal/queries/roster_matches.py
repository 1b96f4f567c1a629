"""Suggestions from schools' rosters, within what a person may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.accounts import User
from models.borrowers import Borrower
from models.organisation import Village
from models.roster_matches import RosterMatch
from models.rules.roster_matches import MatchedBy, MatchState
from portal.actors import Actor
from portal.queries.paging import PAGE
from portal.queries.scope import visible_borrowers


@dataclass(frozen=True, slots=True)
class MatchRow:
    """What a roster says of somebody who may be a borrower."""

    id: int
    borrower_id: int
    borrower: str
    masked_id: str
    village: str
    matched_by: MatchedBy
    state: MatchState
    school: str
    class_name: str
    teacher: str
    masked_phone: str
    import_batch_id: int
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to, as it stands in the address."""

    state: MatchState | None = MatchState.SUGGESTED

    @classmethod
    def of(cls, address: Mapping[str, str]) -> Self:
        """Read the filters of an address; without one, what waits is shown."""
        wanted = address.get("state", MatchState.SUGGESTED.value)
        return cls(next((state for state in MatchState if state.value == wanted), None))

    @property
    def address(self) -> dict[str, str]:
        """Return the filters as parts of an address."""
        return {"state": self.state.value if self.state else "all"}


@dataclass(frozen=True, slots=True)
class Matches:
    """One page of suggestions; ``after`` leads to the next."""

    rows: tuple[MatchRow, ...]
    total: int
    after: int | None


def matches(session: Session, actor: Actor, today: date, filters: Filters, *, after: int = 0) -> Matches:
    """Return suggestions, oldest first, a page at a time."""
    mine: list[Any] = [RosterMatch.borrower_id.in_(visible_borrowers(actor, today))]
    if filters.state is not None:
        mine.append(RosterMatch.state == filters.state)
    total = session.scalars(select(func.count()).select_from(RosterMatch).where(*mine)).one()
    found = session.execute(_rows().where(*mine, RosterMatch.id > after).order_by(RosterMatch.id).limit(PAGE + 1)).all()
    rows = tuple(MatchRow(*tuple(row)) for row in found[:PAGE])
    return Matches(rows, total, rows[-1].id if len(found) > PAGE else None)


def of_borrower(session: Session, borrower_id: int) -> tuple[MatchRow, ...]:
    """Return what rosters say of one borrower, refused ones left out; the caller has found the borrower in reach."""
    found = session.execute(
        _rows()
        .where(RosterMatch.borrower_id == borrower_id, RosterMatch.state != MatchState.REFUSED)
        .order_by(RosterMatch.id)
    )
    return tuple(MatchRow(*tuple(row)) for row in found)


def count_waiting(session: Session, actor: Actor, today: date) -> int:
    """Return how many suggestions wait for this person."""
    return session.scalars(
        select(func.count())
        .select_from(RosterMatch)
        .where(RosterMatch.state == MatchState.SUGGESTED, RosterMatch.borrower_id.in_(visible_borrowers(actor, today)))
    ).one()


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            RosterMatch.id,
            RosterMatch.borrower_id,
            Borrower.name,
            Borrower.masked_id,
            Village.name,
            RosterMatch.matched_by,
            RosterMatch.state,
            RosterMatch.school,
            RosterMatch.class_name,
            RosterMatch.teacher,
            RosterMatch.masked_phone,
            RosterMatch.import_batch_id,
            RosterMatch.created_at,
            RosterMatch.decided_at,
            User.name,
        )
        .join(Borrower, Borrower.id == RosterMatch.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .outerjoin(User, User.id == RosterMatch.decided_by_id)
    )
