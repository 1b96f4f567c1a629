"""What happened: append-only, hash-chained; the audit log and every timeline."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import JSON, ForeignKey, Index, String, Table, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base
from models.types import Instant

GENESIS = "0" * 64


class Event(Base):
    """One thing that happened. Rows are only added; a trigger refuses UPDATE and DELETE."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_borrower_id_id", "borrower_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    tag: Mapped[str] = mapped_column(String(60), index=True)  # "notice:served"
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)  # NULL: the portal itself
    actor_name: Mapped[str] = mapped_column(String(40), default="")
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrowers.id"))
    subject: Mapped[str] = mapped_column(String(60), default="")  # "notice/12"
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)  # no identity or phone numbers
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)

    def digest(self) -> str:
        """Return the SHA-256 that binds this event to the one before it."""
        return _digest(
            self.previous_hash,
            self.at.astimezone(UTC).isoformat(),
            self.tag,
            self.actor_id,
            self.actor_name,
            self.borrower_id,
            self.subject,
            self.facts,
        )


def _digest(*body: Any) -> str:  # noqa: ANN401  # whatever JSON can hold
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


class EventChain(Base):
    """The newest hash; its one row is locked by whoever adds an event, so the chain has no forks."""

    __tablename__ = "event_chain"

    id: Mapped[int] = mapped_column(primary_key=True)
    head: Mapped[str] = mapped_column(String(64))


def record(
    session: Session,
    tag: str,
    *,
    at: datetime,
    actor_id: int | None = None,
    actor_name: str = "",
    borrower_id: int | None = None,
    subject: str = "",
    **facts: Any,  # noqa: ANN401  # whatever JSON can hold
) -> Event:
    """Add an event in the caller's transaction.

    Args:
        session: a writing session; the act and its event commit together.
        tag: ``noun:act``, e.g. ``notice:served``.
        at: the moment, with a time zone.
        actor_id: who did it; ``None`` for the portal itself.
        actor_name: the name as it was then.
        borrower_id: whose timeline shows it.
        subject: ``noun/id`` of the thing it happened to.
        facts: what else a reader needs; never identity numbers, phone numbers or addresses.

    """
    chain = _chain(session)
    event = Event(
        at=at,
        tag=tag,
        actor_id=actor_id,
        actor_name=actor_name,
        borrower_id=borrower_id,
        subject=subject,
        facts=facts,
        previous_hash=chain.head,
    )
    event.hash = event.digest()
    chain.head = event.hash
    session.add(event)
    return event


@dataclass(frozen=True, slots=True)
class Entry:
    """One of many events of a kind; see ``record`` for its fields."""

    borrower_id: int | None = None
    subject: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def record_many(
    session: Session,
    tag: str,
    entries: Iterable[Entry],
    *,
    at: datetime,
    actor_id: int | None = None,
    actor_name: str = "",
) -> None:
    """Add many events of one kind, as ``record`` would one by one, in one statement."""
    chain = _chain(session)
    session.flush()  # ids follow the chain: what was recorded one by one comes first
    moment = at.astimezone(UTC).isoformat()
    rows = []
    for one in entries:
        digest = _digest(chain.head, moment, tag, actor_id, actor_name, one.borrower_id, one.subject, one.facts)
        rows.append(
            {
                "at": at,
                "tag": tag,
                "actor_id": actor_id,
                "actor_name": actor_name,
                "borrower_id": one.borrower_id,
                "subject": one.subject,
                "facts": one.facts,
                "previous_hash": chain.head,
                "hash": digest,
            }
        )
        chain.head = digest
    if rows:
        session.execute(insert(cast("Table", Event.__table__)), rows)  # past the mapper, which looks at each row


def _chain(session: Session) -> EventChain:
    """Return the newest hash, locked until the transaction ends."""
    chain = session.scalars(select(EventChain).where(EventChain.id == 1).with_for_update()).one_or_none()
    if chain is None:
        chain = EventChain(id=1, head=GENESIS)
        session.add(chain)
    return chain
