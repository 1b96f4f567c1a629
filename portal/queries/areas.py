"""Areas: what a person may see of district, townships and villages, and who looks after each village."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from models.organisation import AreaAssignment, District, GroupSeat, LeadershipGroup, School, Township, Village
from models.rules.default_rate import DEFINITIONS, OFFICIAL, RateDefinition
from models.rules.permissions import REACH, Permission, Reach
from models.rules.refusals import NotVisible
from portal.actors import Actor
from portal.queries.area_figures import AreaFigures, Level, figures
from portal.queries.scope import visible_borrowers, visible_villages

_DISTRICT_DIGITS = 6  # GB/T 2260
_TOWNSHIP_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who looks after a village: a school, and one of its group; both may be empty."""

    school_id: int | None = None
    school: str = ""
    seat_id: int | None = None
    member: str = ""


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One line of the table: a township or a village, with its figures.

    ``unkept`` counts its villages without a member; for a village it is 0 or 1.
    """

    code: str
    name: str
    level: Level
    figures: AreaFigures
    keeper: Keeper
    villages: int
    unkept: int


@dataclass(frozen=True, slots=True)
class AreaPage:
    """One area: its place among areas, its figures, and the areas in it.

    ``steps`` are (code, name) from the district down to this area; ``village_id`` is set for a village only.
    """

    code: str
    name: str
    level: Level
    steps: tuple[tuple[str, str], ...]
    figures: AreaFigures
    rows: tuple[AreaRow, ...]
    keeper: Keeper
    village_id: int | None
    has_unkept: bool


@dataclass(frozen=True, slots=True)
class PastKeeper:
    """One stretch of looking after a village."""

    school: str
    member: str
    from_on: date
    to_on: date | None


@dataclass(frozen=True, slots=True)
class SeatChoice:
    """Somebody a village may be given to."""

    seat_id: int
    school_id: int
    school: str
    person: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A village the person may see, with what it lies in and who keeps it."""

    village_id: int
    code: str
    name: str
    township_code: str
    township: str
    district_code: str
    district: str
    keeper: Keeper = field(default_factory=Keeper)


def area_page(
    session: Session,
    actor: Actor,
    today: date,
    code: str | None,
    definition: RateDefinition = DEFINITIONS[OFFICIAL],
) -> AreaPage:
    """Return an area within the person's reach; without a code the top of what the person may see.

    Raises:
        NotVisible: there is no such area, or nothing in it is this person's.

    """
    places = _places(session, actor)
    district = _district(session, places)
    code = code or district[0]
    within = [place for place in places if place.code.startswith(code)]
    if not within and code != district[0]:
        raise NotVisible
    if code not in {district[0], *(part for place in within for part in (place.township_code, place.code))}:
        raise NotVisible
    visible = visible_borrowers(actor, today)
    steps: tuple[tuple[str, str], ...]
    if len(code) <= _DISTRICT_DIGITS:
        level = Level.DISTRICT
        rows = _townships(session, visible, within, today, definition)
        name, steps = district[1], (district,)
    else:
        first = within[0]
        steps = (district, (first.township_code, first.township))
        rows = _villages(session, visible, within, code[:_TOWNSHIP_DIGITS], today, definition)
        if len(code) <= _TOWNSHIP_DIGITS:
            level, name = Level.TOWNSHIP, first.township
        else:
            level, name = Level.VILLAGE, first.name
            steps = (*steps, (first.code, first.name))
    only = within[0] if level is Level.VILLAGE else None
    return AreaPage(
        code=code,
        name=name,
        level=level,
        steps=steps,
        figures=total(code, name, tuple(row.figures for row in rows)),
        rows=() if only else rows,
        keeper=only.keeper if only else Keeper(),
        village_id=only.village_id if only else None,
        has_unkept=any(row.unkept for row in rows),
    )


def total(code: str, name: str, parts: Sequence[AreaFigures]) -> AreaFigures:
    """Add figures of areas that do not overlap."""
    nil = Decimal("0.00")
    return AreaFigures(
        code=code,
        name=name,
        borrowers=sum(part.borrowers for part in parts),
        in_arrears=sum(part.in_arrears for part in parts),
        in_default=sum(part.in_default for part in parts),
        has_due=sum(part.has_due for part in parts),
        overdue=sum((part.overdue for part in parts), nil),
        due=sum((part.due for part in parts), nil),
        overdue_total=sum((part.overdue_total for part in parts), nil),
        data_on=min((part.data_on for part in parts if part.data_on), default=None),
    )


def history(session: Session, village_id: int) -> tuple[PastKeeper, ...]:
    """Return who looked after a village, newest first; the caller has found the village to be in reach."""
    rows = session.execute(
        select(School.name, GroupSeat.person_name, AreaAssignment.from_on, AreaAssignment.to_on)
        .select_from(AreaAssignment)
        .join(School, School.id == AreaAssignment.school_id)
        .outerjoin(GroupSeat, GroupSeat.id == AreaAssignment.seat_id)
        .where(AreaAssignment.village_id == village_id)
        .order_by(AreaAssignment.id.desc())
        .limit(50)
    )
    return tuple(PastKeeper(school, member or "", from_on, to_on) for school, member, from_on, to_on in rows)


def seat_choices(session: Session, actor: Actor) -> tuple[SeatChoice, ...]:
    """List the open seats the person may give a village to: of the own school, or of any school for the centre."""
    if not actor.may(Permission.AREAS_ASSIGN):
        return ()
    query = (
        select(GroupSeat.id, School.id, School.name, GroupSeat.person_name)
        .join(LeadershipGroup, LeadershipGroup.id == GroupSeat.group_id)
        .join(School, School.id == LeadershipGroup.school_id)
        .where(GroupSeat.to_on.is_(None), LeadershipGroup.ended_on.is_(None))
        .order_by(School.code, GroupSeat.id)
    )
    if REACH[actor.role] is not Reach.DISTRICT:
        query = query.where(School.id == actor.school_id)
    return tuple(SeatChoice(*row) for row in session.execute(query))


def area_choices(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of every area in reach, a township before its villages: for the filter of lists."""
    found: dict[str, str] = {}
    for place in _places(session, actor):
        found.setdefault(place.township_code, place.township)
        found[place.code] = f"{place.township} · {place.name}"
    return tuple(found.items())


def school_choices(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of the schools in reach; a school's own people have no choice to make."""
    if REACH[actor.role] is not Reach.DISTRICT:
        return ()
    rows = session.execute(select(School.code, School.name).order_by(School.code))
    return tuple((code, name) for code, name in rows)


def _places(session: Session, actor: Actor) -> tuple[_Place, ...]:
    query = (
        select(
            Village.id,
            Village.code,
            Village.name,
            Township.code,
            Township.name,
            District.code,
            District.name,
            School.id,
            School.name,
            GroupSeat.id,
            GroupSeat.person_name,
        )
        .join(Township, Township.id == Village.township_id)
        .join(District, District.id == Township.district_id)
        .outerjoin(AreaAssignment, and_(AreaAssignment.village_id == Village.id, AreaAssignment.to_on.is_(None)))
        .outerjoin(School, School.id == AreaAssignment.school_id)
        .outerjoin(GroupSeat, and_(GroupSeat.id == AreaAssignment.seat_id, GroupSeat.to_on.is_(None)))
        .order_by(Village.code)
    )
    if REACH[actor.role] is not Reach.DISTRICT:
        query = query.where(Village.id.in_(visible_villages(actor)))
    return tuple(
        _Place(*row[:7], Keeper(row[7], row[8] or "", row[9], row[10] or "")) for row in session.execute(query)
    )


def _district(session: Session, places: tuple[_Place, ...]) -> tuple[str, str]:
    """Return code and name of the district, also for somebody who looks after nothing yet."""
    if places:
        return places[0].district_code, places[0].district
    row = session.execute(select(District.code, District.name).order_by(District.id).limit(1)).one_or_none()
    if row is None:
        raise NotVisible
    return row[0], row[1]


def _townships(
    session: Session, visible: Select[int], places: list[_Place], today: date, definition: RateDefinition
) -> tuple[AreaRow, ...]:
    found = {one.code: one for one in figures(session, visible, Level.TOWNSHIP, as_of=today, definition=definition)}
    names = {place.township_code: place.township for place in places}
    return tuple(
        AreaRow(
            code=code,
            name=name,
            level=Level.TOWNSHIP,
            figures=found.get(code) or total(code, name, ()),
            keeper=Keeper(),
            villages=sum(place.township_code == code for place in places),
            unkept=sum(place.township_code == code and place.keeper.seat_id is None for place in places),
        )
        for code, name in names.items()
    )


def _villages(
    session: Session,
    visible: Select[int],
    places: list[_Place],
    within: str,
    today: date,
    definition: RateDefinition,
) -> tuple[AreaRow, ...]:
    rows = figures(session, visible, Level.VILLAGE, as_of=today, definition=definition, within=within)
    found = {one.code: one for one in rows}
    return tuple(
        AreaRow(
            code=place.code,
            name=place.name,
            level=Level.VILLAGE,
            figures=found.get(place.code) or total(place.code, place.name, ()),
            keeper=place.keeper,
            villages=1,
            unkept=int(place.keeper.seat_id is None),
        )
        for place in places
    )
