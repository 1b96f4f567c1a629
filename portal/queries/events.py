"""Reads of the audit log: pages of events, newest first, each checked against the chain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from config import COUNTY_TIME
from models.accounts import User
from models.events import GENESIS, Event, EventChain
from portal.queries.paging import PAGE

MOST_EXPORTED = 50_000


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as the auditor sees it: ids, no names or numbers of borrowers.

    ``is_whole``: its own hash is right, and it follows the event before it.
    """

    id: int
    at: datetime
    tag: str
    actor_name: str
    borrower_id: int | None
    subject: str
    facts: dict[str, Any]
    hash: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What the log is narrowed to; days are the county's, both included; ``None`` narrows nothing."""

    tag: str | None = None
    actor_id: int | None = None
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True)
class EventPage:
    """One page of the log; ``next_before`` is the id the following page starts before."""

    rows: tuple[EventRow, ...]
    total: int
    next_before: int | None

    @property
    def broken(self) -> tuple[EventRow, ...]:
        """The events of this page that do not fit the chain."""
        return tuple(row for row in self.rows if not row.is_whole)


def events(session: Session, wanted: EventFilter, before: int | None = None) -> EventPage:
    """Return a page of events, newest first."""
    narrowed = _narrowed(wanted)
    total = session.scalars(select(func.count()).select_from(Event).where(*narrowed)).one()
    found = _checked(session, narrowed, before, PAGE + 1)
    return EventPage(found[:PAGE], total, found[PAGE - 1].id if len(found) > PAGE else None)


def all_events(session: Session, wanted: EventFilter) -> tuple[EventRow, ...]:
    """Return every event that matches, newest first, up to ``MOST_EXPORTED``."""
    return _checked(session, _narrowed(wanted), None, MOST_EXPORTED)


def newest_is_head(session: Session) -> bool:
    """Say whether the newest event is the one the chain ends with: events cut off the end show here."""
    head = session.scalar(select(EventChain.head).where(EventChain.id == 1))
    newest = session.scalar(select(Event.hash).order_by(Event.id.desc()).limit(1))
    return (head or GENESIS) == (newest or GENESIS)


def tags(session: Session) -> tuple[str, ...]:
    """Return every tag in use."""
    return tuple(session.scalars(select(Event.tag).distinct().order_by(Event.tag)))


def actors(session: Session) -> tuple[tuple[int, str], ...]:
    """Return (id, name) of every account that may have done something, by name."""
    query = (
        select(User.id, User.name).where(User.id.in_(select(Event.actor_id).distinct())).order_by(User.name, User.id)
    )
    return tuple((row.id, row.name) for row in session.execute(query))


def _narrowed(wanted: EventFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.tag is not None:
        found.append(Event.tag == wanted.tag)
    if wanted.actor_id is not None:
        found.append(Event.actor_id == wanted.actor_id)
    if wanted.from_on is not None:
        found.append(Event.at >= _midnight(wanted.from_on))
    if wanted.to_on is not None:
        found.append(Event.at < _midnight(wanted.to_on + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, COUNTY_TIME)


def _checked(
    session: Session, narrowed: list[ColumnElement[bool]], before: int | None, limit: int
) -> tuple[EventRow, ...]:
    # The event before, whether or not the filters match it: each must follow exactly that one.
    earlier = aliased(Event)
    before_it = (
        select(earlier.hash)
        .where(earlier.id < Event.id)
        .order_by(earlier.id.desc())
        .limit(1)
        .correlate(Event)
        .scalar_subquery()
    )
    query = select(Event, before_it).where(*narrowed).order_by(Event.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Event.id < before)
    return tuple(
        EventRow(
            id=event.id,
            at=event.at,
            tag=event.tag,
            actor_name=event.actor_name,
            borrower_id=event.borrower_id,
            subject=event.subject,
            facts=event.facts,
            hash=event.hash,
            is_whole=event.digest() == event.hash and event.previous_hash == (hash_before or GENESIS),
        )
        for event, hash_before in session.execute(query)
    )
