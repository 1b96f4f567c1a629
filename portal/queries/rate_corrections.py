"""Published rates that would read otherwise today, with what was learnt since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from models.organisation import District, School, Township, Village
from models.rates import RateCorrection, RateSnapshot
from models.rules.default_rate import Rate, RateDefinition
from models.rules.permissions import REACH, Reach
from portal.actors import Actor
from portal.queries.late_facts import Cause

SHOWN = 50
MOST_EXPORTED = 10_000


@dataclass(frozen=True, slots=True)
class Correction:
    """One published figure and what it would be now; money in fen."""

    as_of: date
    area_code: str
    area: str
    heads: Rate
    money: Rate
    heads_now: Rate
    money_now: Rate
    causes: tuple[Cause, ...]
    found_on: date


def corrections(
    session: Session, actor: Actor, definition: RateDefinition, *, limit: int = SHOWN
) -> tuple[Correction, ...]:
    """Return the newest corrections first: all areas to who sees the district, else the district and one's school."""
    areas = union_all(
        *(select(table.code.label("code"), table.name.label("name")) for table in (District, Township, Village, School))
    ).subquery()
    query = (
        select(
            RateSnapshot.as_of,
            RateSnapshot.area_code,
            areas.c.name,
            RateSnapshot.heads_bad,
            RateSnapshot.heads_all,
            RateSnapshot.fen_bad,
            RateSnapshot.fen_all,
            RateCorrection.heads_bad,
            RateCorrection.heads_all,
            RateCorrection.fen_bad,
            RateCorrection.fen_all,
            RateCorrection.causes,
            RateCorrection.found_on,
        )
        .join(RateSnapshot, RateSnapshot.id == RateCorrection.snapshot_id)
        .outerjoin(areas, areas.c.code == RateSnapshot.area_code)
        .where(RateSnapshot.definition == definition.key)
        .order_by(RateCorrection.found_on.desc(), RateSnapshot.as_of.desc(), RateSnapshot.id)
        .limit(limit)
    )
    if REACH[actor.role] is not Reach.DISTRICT:
        own = select(School.code).where(School.id == actor.school_id)
        query = query.where(RateSnapshot.area_code.in_(union_all(select(District.code), own)))
    return tuple(
        Correction(
            as_of=row[0],
            area_code=row[1],
            area=row[2] or row[1],
            heads=Rate(row[3], row[4]),
            money=Rate(row[5], row[6]),
            heads_now=Rate(row[7], row[8]),
            money_now=Rate(row[9], row[10]),
            causes=tuple(Cause.of(subject) for subject in row[11]),
            found_on=row[12],
        )
        for row in session.execute(query)
    )
