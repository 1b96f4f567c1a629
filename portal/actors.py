"""Who acts, and when: what every service is told, so that none reads the clock or the request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.events import Entry, Event, record, record_many
from models.rules.permissions import GRANTS, Permission, Role


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person: one account, one role, one school or township where the role has one."""

    user_id: int
    name: str
    role: Role
    school_id: int | None = None
    township_id: int | None = None

    def may(self, permission: Permission) -> bool:
        """Say whether this person's role holds the permission."""
        return permission in GRANTS[self.role]


@dataclass(frozen=True, slots=True)
class Act:
    """One act: by whom (``None``: the portal itself, at night or for a payment that came in) and at what moment."""

    actor: Actor | None
    at: datetime

    @property
    def today(self) -> date:
        """The day of the act in the county's time."""
        return self.at.astimezone(COUNTY_TIME).date()

    @property
    def role(self) -> Role | None:
        """The role that acts, as workflows ask for it."""
        return self.actor.role if self.actor else None

    @property
    def user_id(self) -> int | None:
        """The account that acts."""
        return self.actor.user_id if self.actor else None

    @property
    def person(self) -> Actor:
        """The person who acts.

        Raises:
            LookupError: the portal itself acts, where only a person may.

        """
        if self.actor is None:
            raise LookupError("this act needs a person")
        return self.actor

    def record(
        self,
        session: Session,
        tag: str,
        *,
        borrower_id: int | None = None,
        subject: str = "",
        **facts: Any,  # noqa: ANN401  # whatever JSON can hold
    ) -> Event:
        """Record what happened in the caller's transaction; see ``models.events.record``."""
        return record(
            session,
            tag,
            at=self.at,
            actor_id=self.user_id,
            actor_name=self.actor.name if self.actor else "",
            borrower_id=borrower_id,
            subject=subject,
            **facts,
        )

    def record_many(self, session: Session, tag: str, entries: Iterable[Entry]) -> None:
        """Record many things of one kind that happened in the caller's transaction."""
        record_many(
            session,
            tag,
            entries,
            at=self.at,
            actor_id=self.user_id,
            actor_name=self.actor.name if self.actor else "",
        )
