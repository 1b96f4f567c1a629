"""Reads of publicity: a school sees its own, the aid centre all; and what each school did in a season."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, select, true
from sqlalchemy.orm import Session, aliased

from models.accounts import User
from models.organisation import AreaAssignment, School, Township, Village
from models.publicity import PublicityEvent, PublicityPhoto
from models.rules.calendar import season_of
from models.rules.permissions import REACH, Reach
from models.rules.publicity import PublicityKind, PublicityTopic, season_days
from models.rules.refusals import NotVisible
from portal.actors import Actor
from portal.queries.paging import PAGE, Paged

MOST_EXPORTED = 10_000
CENTRE = "centre"
"""Stands for the aid centre among codes of schools in the filter."""

_recorder = aliased(User)
_voider = aliased(User)
_counts = PublicityEvent.voided_at.is_(None)


@dataclass(frozen=True, slots=True)
class PublicityFilters:
    """What the list is narrowed to: a season by its first year, a kind, a school by its code (or ``CENTRE``)."""

    season: int | None = None
    kind: PublicityKind | None = None
    school: str = ""

    @property
    def address(self) -> dict[str, str]:
        """Return the filters as parts of an address."""
        pairs = {"season": self.season or "", "kind": self.kind.value if self.kind else "", "school": self.school}
        return {name: str(value) for name, value in pairs.items() if value}


@dataclass(frozen=True, slots=True)
class PublicityRow:
    """One line of the list; ``school`` and ``village`` are empty for the centre's own and for a place in words."""

    id: int
    school_id: int | None
    school: str
    held_on: date
    kind: PublicityKind
    village: str
    place: str
    held_by: str
    people: int
    leaflets: int
    topics: tuple[PublicityTopic, ...]
    is_void: bool


@dataclass(frozen=True, slots=True)
class PublicityDetail:
    """One record whole."""

    row: PublicityRow
    note: str
    recorded_at: datetime
    recorded_by: str
    voided_at: datetime | None
    voided_by: str
    void_reason: str
    has_photo: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class SchoolEffort:
    """What one school did in a season; void records do not count. ``code`` is empty for the centre itself."""

    code: str
    school: str
    events: int
    people: int
    leaflets: int
    last_on: date | None


def visible_events(actor: Actor) -> ColumnElement[bool]:
    """Say which records the person may read: of the own school; all for the centre; none for others."""
    return true() if REACH[actor.role] is Reach.DISTRICT else own_events(actor)


def own_events(actor: Actor) -> ColumnElement[bool]:
    """Say which records are of the person's own school; for the centre those of no school."""
    reach = REACH[actor.role]
    if reach is Reach.DISTRICT:
        return PublicityEvent.school_id.is_(None)
    if reach in {Reach.OWN_SCHOOL, Reach.OWN_VILLAGES} and actor.school_id is not None:
        return PublicityEvent.school_id == actor.school_id
    return false()


def villages_in_reach(actor: Actor) -> Select[int]:
    """Select ids of the villages a record may name: those the school looks after, whoever of it; all for the centre."""
    query = select(Village.id)
    if REACH[actor.role] is Reach.DISTRICT:
        return query
    if actor.school_id is None:
        return query.where(false())
    return query.join(AreaAssignment, AreaAssignment.village_id == Village.id).where(
        AreaAssignment.to_on.is_(None), AreaAssignment.school_id == actor.school_id
    )


def village_choices(session: Session, actor: Actor) -> tuple[tuple[int, str], ...]:
    """Return (id, township and name) of the villages a record may name."""
    rows = session.execute(
        select(Village.id, Township.name, Village.name)
        .join(Township, Township.id == Village.township_id)
        .where(Village.id.in_(villages_in_reach(actor)))
        .order_by(Village.code)
    )
    return tuple((village_id, f"{township} · {name}") for village_id, township, name in rows)


def seasons(session: Session, actor: Actor, today: date) -> tuple[int, ...]:
    """Return the seasons there is something to see of, and the present one; the newest first."""
    first = session.scalar(select(func.min(PublicityEvent.held_on)).where(visible_events(actor)))
    now = season_of(today)
    return tuple(range(now, (season_of(first) if first else now) - 1, -1))


def events(session: Session, actor: Actor, filters: PublicityFilters, *, page: int = 1) -> Paged[PublicityRow]:
    """Return one page of the list, the newest day first; void records stand in it and say so."""
    narrowed = _narrowed(actor, filters)
    total = session.scalars(
        select(func.count())
        .select_from(PublicityEvent)
        .outerjoin(School, School.id == PublicityEvent.school_id)
        .where(*narrowed)
    ).one()
    query = _rows().where(*narrowed).limit(PAGE).offset((page - 1) * PAGE)
    return Paged(tuple(_row(one) for one in session.execute(query)), total, page)


def all_events(session: Session, actor: Actor, filters: PublicityFilters) -> tuple[PublicityRow, ...]:
    """Return every record that matches, up to ``MOST_EXPORTED``."""
    query = _rows().where(*_narrowed(actor, filters)).limit(MOST_EXPORTED)
    return tuple(_row(one) for one in session.execute(query))


def event(session: Session, actor: Actor, event_id: int) -> PublicityDetail:
    """Return one record.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    found = session.execute(
        _rows()
        .add_columns(
            PublicityEvent.note,
            PublicityEvent.recorded_at,
            _recorder.name.label("recorded_by"),
            _voider.name.label("voided_by"),
            PublicityEvent.void_reason,
            PublicityPhoto.id.label("photo_id"),
            own_events(actor).label("is_own"),
        )
        .join(_recorder, _recorder.id == PublicityEvent.recorded_by_id)
        .outerjoin(_voider, _voider.id == PublicityEvent.voided_by_id)
        .outerjoin(PublicityPhoto, PublicityPhoto.event_id == PublicityEvent.id)
        .where(PublicityEvent.id == event_id, visible_events(actor))
    ).one_or_none()
    if found is None:
        raise NotVisible
    return PublicityDetail(
        row=_row(found),
        note=found.note,
        recorded_at=found.recorded_at,
        recorded_by=found.recorded_by,
        voided_at=found.voided_at,
        voided_by=found.voided_by or "",
        void_reason=found.void_reason,
        has_photo=found.photo_id is not None,
        is_own=bool(found.is_own),
    )


def photo(session: Session, actor: Actor, event_id: int) -> bytes:
    """Return the photo of a record (JPEG).

    Raises:
        NotVisible: there is none, or not for this person.

    """
    image = session.scalars(
        select(PublicityPhoto.image)
        .join(PublicityEvent, PublicityEvent.id == PublicityPhoto.event_id)
        .where(PublicityEvent.id == event_id, visible_events(actor))
    ).one_or_none()
    if image is None:
        raise NotVisible
    return image


def by_school(session: Session, actor: Actor, season: int) -> tuple[SchoolEffort, ...]:
    """Return what each school did in a season, those without anything first, then by what they did least.

    Empty for who does not see the district: a school has its own list.
    """
    if REACH[actor.role] is not Reach.DISTRICT:
        return ()
    events_held = func.count(PublicityEvent.id)
    days = season_days(season)
    in_season = and_(PublicityEvent.school_id == School.id, _counts, PublicityEvent.held_on.between(*days))
    rows = session.execute(
        select(
            School.code,
            School.name,
            events_held,
            func.coalesce(func.sum(PublicityEvent.people), 0),
            func.coalesce(func.sum(PublicityEvent.leaflets), 0),
            func.max(PublicityEvent.held_on),
        )
        .outerjoin(PublicityEvent, in_season)
        .group_by(School.id, School.code, School.name)
        .order_by(events_held, School.code)
    )
    return tuple(
        SchoolEffort(code, name, held, int(people), int(leaflets), last)
        for code, name, held, people, leaflets, last in rows
    )


def has_any(session: Session, school_id: int, season: int) -> bool:
    """Say whether a school has recorded anything that counts in a season."""
    found = select(PublicityEvent.id).where(
        PublicityEvent.school_id == school_id, _counts, PublicityEvent.held_on.between(*season_days(season))
    )
    return session.scalar(found.limit(1)) is not None


def _narrowed(actor: Actor, filters: PublicityFilters) -> Sequence[ColumnElement[bool]]:
    narrowed = [visible_events(actor)]
    if filters.season is not None:
        narrowed.append(PublicityEvent.held_on.between(*season_days(filters.season)))
    if filters.kind is not None:
        narrowed.append(PublicityEvent.kind == filters.kind)
    if filters.school:
        narrowed.append(School.code.is_(None) if filters.school == CENTRE else School.code == filters.school)
    return narrowed


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            PublicityEvent.id,
            PublicityEvent.school_id,
            School.name.label("school"),
            PublicityEvent.held_on,
            PublicityEvent.kind,
            Township.name.label("township"),
            Village.name.label("village"),
            PublicityEvent.place,
            PublicityEvent.held_by,
            PublicityEvent.people,
            PublicityEvent.leaflets,
            PublicityEvent.topics,
            PublicityEvent.voided_at,
        )
        .outerjoin(School, School.id == PublicityEvent.school_id)
        .outerjoin(Village, Village.id == PublicityEvent.village_id)
        .outerjoin(Township, Township.id == Village.township_id)
        .order_by(PublicityEvent.held_on.desc(), PublicityEvent.id.desc())
    )


def _row(found: Any) -> PublicityRow:  # noqa: ANN401  # a result row is untyped
    return PublicityRow(
        id=found.id,
        school_id=found.school_id,
        school=found.school or "",
        held_on=found.held_on,
        kind=found.kind,
        village=f"{found.township} {found.village}" if found.village else "",
        place=found.place,
        held_by=found.held_by,
        people=found.people,
        leaflets=found.leaflets,
        topics=tuple(PublicityTopic(code) for code in found.topics),
        is_void=found.voided_at is not None,
    )
