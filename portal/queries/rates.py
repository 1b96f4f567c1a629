"""The default rate of an area on a day, from the standings kept or, for another day, judged anew from the facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.organisation import AreaAssignment, District, School, Township, Village
from models.rules.default_rate import DEFINITIONS, OFFICIAL, Basis, Rate, RateDefinition
from models.rules.money import to_fen
from models.rules.permissions import REACH, Reach
from models.rules.refusals import NotVisible, Refused
from models.rules.standing import Standing, StandingState, stand
from models.standings import BorrowerStanding
from portal.actors import Actor
from portal.pieces import chunks
from portal.queries.area_figures import AreaFigures, Level, figures
from portal.queries.loan_facts import facts_of

_CHUNK = 500
_NIL = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Target:
    """What the target page shows: the district, and the townships and schools the reader may compare."""

    district: AreaFigures | None
    townships: tuple[AreaFigures, ...]
    schools: tuple[AreaFigures, ...]
    definition: RateDefinition
    as_of: date


def target(session: Session, actor: Actor, as_of: date, definition: RateDefinition = DEFINITIONS[OFFICIAL]) -> Target:
    """Return the rates against the target; a school sees the district's sum and itself, not other schools."""
    everybody = select(Borrower.id)
    district = figures(session, everybody, Level.DISTRICT, as_of=as_of, definition=definition)
    schools = figures(session, everybody, Level.SCHOOL, as_of=as_of, definition=definition)
    townships: tuple[AreaFigures, ...] = ()
    if REACH[actor.role] is Reach.DISTRICT:
        townships = figures(session, everybody, Level.TOWNSHIP, as_of=as_of, definition=definition)
    else:
        own = session.scalar(select(School.code).where(School.id == actor.school_id))
        schools = tuple(row for row in schools if row.code == own)
    return Target(district[0] if district else None, townships, schools, definition, as_of)


def rate_on(session: Session, *, as_of: date, area: str = "", definition: RateDefinition) -> tuple[Rate, Rate]:
    """Return the rates by heads and by money (fen) of an area on any day.

    Args:
        session: any session.
        as_of: the day; a day the kept standings do not hold for is judged anew from the facts known today.
        area: code of the district, a township, a village or a school; the whole district when empty.
        definition: what counts as default.

    Raises:
        NotVisible: there is no such area.
        Refused: the day lies before the first list.

    """
    ids = borrowers_in(session, area)
    if _kept_for(session, as_of):
        rows = figures(session, ids, Level.DISTRICT, as_of=as_of, definition=definition)
        return (rows[0].heads, rows[0].money) if rows else (Rate(0, 0), Rate(0, 0))
    return _judged(session, ids, as_of, definition)


def borrowers_in(session: Session, area: str) -> Select[int]:
    """Select ids of the borrowers of an area; a school's are those of the villages it looks after.

    Raises:
        NotVisible: there is no such area.

    """
    query = select(Borrower.id)
    if not area:
        return query
    for table in (District, Township, Village):
        if session.scalar(select(table.id).where(table.code == area)) is not None:
            return query.where(
                Borrower.village_id.in_(select(Village.id).where(Village.code.startswith(area, autoescape=True)))
            )
    school_id = session.scalar(select(School.id).where(School.code == area))
    if school_id is None:
        raise NotVisible
    return query.where(
        Borrower.village_id.in_(
            select(AreaAssignment.village_id).where(
                AreaAssignment.school_id == school_id, AreaAssignment.to_on.is_(None)
            )
        )
    )


def _kept_for(session: Session, as_of: date) -> bool:
    """Say whether the kept standings hold on a day: judged by then, and none due to change by then."""
    newest, next_change = session.execute(
        select(func.max(BorrowerStanding.as_of), func.min(BorrowerStanding.next_change_on))
    ).one()
    return newest is not None and newest <= as_of and (next_change is None or next_change > as_of)


def _judged(session: Session, ids: Select[int], as_of: date, definition: RateDefinition) -> tuple[Rate, Rate]:
    """Judge each borrower for the day, some hundreds at a time."""
    bad = everybody = fen_bad = fen_all = 0
    wanted = session.scalars(ids.order_by(Borrower.id)).all()
    for piece in chunks(wanted, _CHUNK):
        for facts in facts_of(session, piece, as_of).values():
            standing = stand(facts, as_of)
            is_bad = in_default(standing, as_of, definition)
            overdue, due = money(standing, definition)
            bad += is_bad
            everybody += standing.has_anything_due
            fen_bad += to_fen(overdue) if is_bad else 0
            fen_all += to_fen(due)
    if not wanted:
        raise Refused("There is nobody in this area yet: import the lender's roster first.")
    return Rate(bad, everybody), Rate(fen_bad, fen_all)


def in_default(standing: Standing, as_of: date, definition: RateDefinition) -> bool:
    """Say whether a borrower standing so counts as in default on a day."""
    return (
        standing.state is StandingState.OVERDUE
        and standing.overdue_since is not None
        and (as_of - standing.overdue_since).days >= definition.least_days
    )


def money(standing: Standing, definition: RateDefinition) -> tuple[Decimal, Decimal]:
    """Return what a borrower standing so adds to overdue (when in default) and to due, yuan."""
    if definition.basis is Basis.SEASON:
        return standing.overdue_this_season, standing.due_this_season
    return standing.overdue_principal + standing.overdue_interest, standing.due_cumulative
