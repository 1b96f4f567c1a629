"""Publicity: writing down what was done, and making void what was written down wrongly."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisation import Village
from models.publicity import PublicityEvent, PublicityPhoto
from models.rules.publicity import LATE_DAYS, PublicityKind, PublicityTopic, check_counts, check_day
from models.rules.refusals import NotVisible, Refused
from notices.photos import CleanPhoto
from portal.actors import Act
from portal.queries.publicity import own_events, villages_in_reach

LENGTHS = {"place": 80, "held_by": 80, "note": 500, "reason": 200}
"""The longest text of each field, in characters."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was done, as it is entered; a village, a place in words, or both say where."""

    held_on: date
    kind: PublicityKind
    held_by: str
    people: int
    leaflets: int
    topics: Collection[PublicityTopic] = field(default_factory=frozenset)
    village_id: int | None = None
    place: str = ""
    note: str = ""


def record(
    session: Session, *, act: Act, told: Told, photo: CleanPhoto | None = None, late_days: int = LATE_DAYS
) -> PublicityEvent:
    """Write down what the person's own school, or the aid centre itself, did.

    Args:
        session: a writing session.
        act: who writes it down, and when.
        told: what was done.
        photo: of the occasion.
        late_days: how long after the day it may still be written down.

    Raises:
        NotVisible: the village is none of the person's school.
        Refused: the day, the numbers, or the words do not do; or the photo is kept with another record.

    """
    check_day(told.held_on, today=act.today, late_days=late_days)
    check_counts(told.people, told.leaflets)
    place, held_by = _short(told.place, "place"), _short(told.held_by, "held_by")
    if told.village_id is None and not place:
        raise Refused("Say where it was: choose a village or write the place.")
    if not held_by:
        raise Refused("Say who held it.")
    topics = [one.value for one in PublicityTopic if one in told.topics]
    if not topics:
        raise Refused("Choose at least one thing that was explained.")
    if told.village_id is not None:
        _check_village(session, act, told.village_id)
    if photo is not None:
        _check_photo(session, photo)
    event = PublicityEvent(
        school_id=act.person.school_id,
        held_on=told.held_on,
        kind=told.kind,
        village_id=told.village_id,
        place=place,
        held_by=held_by,
        people=told.people,
        leaflets=told.leaflets,
        topics=topics,
        note=told.note.strip()[: LENGTHS["note"]],
        recorded_at=act.at,
        recorded_by_id=act.person.user_id,
    )
    session.add(event)
    session.flush()
    if photo is not None:
        session.add(
            PublicityPhoto(
                event_id=event.id,
                sha256=photo.sha256,
                width=photo.width,
                height=photo.height,
                image=photo.jpeg,
                added_at=act.at,
                added_by_id=act.person.user_id,
            )
        )
        session.flush()
    _tell(session, act, event, "recorded", topics=topics, has_photo=photo is not None)
    return event


def void(session: Session, *, act: Act, event_id: int, reason: str) -> PublicityEvent:
    """Make a record void: it stays readable and counts no longer.

    Raises:
        NotVisible: there is none, or it is not of the person's own school.
        Refused: it is void already, or no reason is given.

    """
    event = session.scalars(
        select(PublicityEvent).where(PublicityEvent.id == event_id, own_events(act.person)).with_for_update()
    ).one_or_none()
    if event is None:
        raise NotVisible
    if event.voided_at is not None:
        raise Refused("This record is void already.")
    reason = _short(reason, "reason")
    if not reason:
        raise Refused("Say in a few words why.")
    event.voided_at, event.voided_by_id, event.void_reason = act.at, act.person.user_id, reason
    session.flush()
    _tell(session, act, event, "voided")
    return event


def _tell(session: Session, act: Act, event: PublicityEvent, step: str, **facts: Any) -> None:  # noqa: ANN401  # as Act.record
    act.record(
        session,
        f"publicity:{step}",
        subject=f"publicity/{event.id}",
        publicity=event.kind.value,
        held_on=event.held_on.isoformat(),
        people=event.people,
        leaflets=event.leaflets,
        **facts,
    )


def _check_village(session: Session, act: Act, village_id: int) -> None:
    if session.scalar(villages_in_reach(act.person).where(Village.id == village_id)) is None:
        raise NotVisible


def _check_photo(session: Session, photo: CleanPhoto) -> None:
    """Refuse a picture that stands behind another record which still counts: one occasion is told once."""
    kept = (
        select(PublicityPhoto.id)
        .join(PublicityEvent, PublicityEvent.id == PublicityPhoto.event_id)
        .where(PublicityPhoto.sha256 == photo.sha256, PublicityEvent.voided_at.is_(None))
    )
    if session.scalar(kept.limit(1)) is not None:
        raise Refused("This photo is kept with another record already; choose the photo of this occasion.")


def _short(text: str, name: str) -> str:
    return " ".join(text.split())[: LENGTHS[name]]
