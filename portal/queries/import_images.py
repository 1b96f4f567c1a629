"""What an applied list touched, and what stands against taking it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.events import Event
from models.imports import ImportBatch, ImportImage
from models.rules.imports import ImportKind, ImportState

TOUCHED = "#borrowers"
VANISHED = "#vanished"
SUPPLEMENTED = "#supplemented"
REPLANNED = "#plans"
_NAMED = 50
_LOOKED_AT_ONLY = ("borrower:revealed", "escalation:viewed")


@dataclass(frozen=True, slots=True)
class ActedOn:
    """A borrower of a list with whom somebody has done something since."""

    borrower_id: int
    name: str
    tag: str


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What stands against taking a list back.

    Attributes:
        is_possible: whether lists of its kind, applied as it was, can be taken back at all.
        acted_on: the first of the borrowers acted on since.
        borrowers: how many there are.
        later: the newest list applied since that touched one of the same borrowers.

    """

    is_possible: bool
    acted_on: tuple[ActedOn, ...] = ()
    borrowers: int = 0
    later: int | None = None

    @property
    def are_none(self) -> bool:
        """Whether the list can be taken back."""
        return self.is_possible and not self.borrowers and self.later is None


def kept(session: Session, batch_id: int, name: str) -> list[Any]:
    """Return what was kept under a name, in order."""
    return [one for piece in kept_pieces(session, batch_id, name) for one in piece]


def kept_pieces(session: Session, batch_id: int, name: str) -> Iterator[list[Any]]:
    """Go through what was kept under a name in the pieces it was kept in: of a long list they are very many."""
    pieces = session.scalars(
        select(ImportImage.content)
        .where(ImportImage.batch_id == batch_id, ImportImage.name == name)
        .order_by(ImportImage.position)
    )
    return map(json.loads, pieces)


def obstacles(session: Session, batch_id: int) -> Obstacles:
    """Say what stands against taking an applied list back: an act of somebody, or a later list, on one of its rows."""
    batch = session.get_one(ImportBatch, batch_id)
    applied = _applied_event(session, batch_id)
    has_image = session.scalars(
        select(ImportImage.position).where(ImportImage.batch_id == batch_id, ImportImage.name == TOUCHED)
    ).first()
    if (
        batch.state is not ImportState.APPLIED
        or batch.kind is ImportKind.ORGANISATION
        or applied is None
        or has_image is None
    ):
        return Obstacles(is_possible=False)
    touched = set(kept(session, batch_id, TOUCHED))
    acts: dict[int, str] = {}
    since = select(Event.borrower_id, Event.tag).where(
        Event.id > applied,
        Event.borrower_id.is_not(None),
        Event.actor_id.is_not(None),
        Event.tag.not_in(_LOOKED_AT_ONLY),
    )
    for borrower_id, tag in session.execute(since.order_by(Event.id)):
        if borrower_id is not None and borrower_id in touched:
            acts.setdefault(borrower_id, tag)
    first = sorted(acts)[:_NAMED]
    people = session.execute(select(Borrower.id, Borrower.name).where(Borrower.id.in_(first)))
    names = {borrower_id: name for borrower_id, name in people}  # noqa: C416  # dict() of rows is untyped
    return Obstacles(
        is_possible=True,
        acted_on=tuple(ActedOn(one, names.get(one, ""), acts[one]) for one in first),
        borrowers=len(acts),
        later=_later(session, batch_id, applied, touched),
    )


def _applied_event(session: Session, batch_id: int) -> int | None:
    return session.scalars(
        select(Event.id)
        .where(Event.tag == "import:applied", Event.subject == f"import/{batch_id}")
        .order_by(Event.id.desc())
    ).first()


def _later(session: Session, batch_id: int, applied: int, touched: set[int]) -> int | None:
    since = session.scalars(
        select(Event.subject).where(Event.id > applied, Event.tag == "import:applied").order_by(Event.id.desc())
    ).all()
    ids = [int(subject.partition("/")[2]) for subject in since]
    in_use = set(
        session.scalars(select(ImportBatch.id).where(ImportBatch.id.in_(ids), ImportBatch.state == ImportState.APPLIED))
    )
    for other in ids:
        if other != batch_id and other in in_use and not touched.isdisjoint(kept(session, other, TOUCHED)):
            return other
    return None
