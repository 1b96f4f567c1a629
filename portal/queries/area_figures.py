"""Borrowers, arrears and dues counted by area: one grouped query, the only source of every rate shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, func, select, type_coerce
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.organisation import AreaAssignment, District, School, Township, Village
from models.rules.default_rate import DEFINITIONS, OFFICIAL, Basis, Rate, RateDefinition
from models.rules.money import to_fen
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from models.types import Yuan


class Level(StrEnum):
    """What figures are grouped by."""

    DISTRICT = "district"
    TOWNSHIP = "township"
    VILLAGE = "village"
    SCHOOL = "school"


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """What stands behind one area's rates; amounts in yuan, penalty in neither amount.

    Attributes:
        in_default: borrowers in arrears for at least the definition's days: above the line by heads.
        has_due: borrowers with anything fallen due: below the line by heads.
        overdue: overdue principal and interest of the definition's basis, of those in default.
        due: principal and interest fallen due on that basis.
        overdue_total: everything overdue, penalty included, as the list shows it.

    """

    code: str
    name: str
    borrowers: int
    in_arrears: int
    in_default: int
    has_due: int
    overdue: Decimal
    due: Decimal
    overdue_total: Decimal
    data_on: date | None

    @property
    def heads(self) -> Rate:
        """Return the rate by heads."""
        return Rate(self.in_default, self.has_due)

    @property
    def heads_exceed(self) -> bool:
        """Say whether the rate by heads is above the target."""
        return self.heads.exceeds()

    @property
    def money(self) -> Rate:
        """Return the rate by money, in fen."""
        return Rate(to_fen(self.overdue), to_fen(self.due))


def figures(
    session: Session,
    visible: Select[int],
    level: Level,
    *,
    as_of: date,
    definition: RateDefinition = DEFINITIONS[OFFICIAL],
    within: str = "",
) -> tuple[AreaFigures, ...]:
    """Count by area, in order of codes.

    Args:
        session: any session.
        visible: ids of the borrowers that may be counted; ``visible_borrowers(actor, today)``.
        level: what to group by; villages nobody looks after are in no school's figures.
        as_of: the day the days past due are counted to.
        definition: what counts as default.
        within: code of a township or district; only villages inside it.

    """
    areas: dict[Level, type[District | Township | Village | School]] = {
        Level.DISTRICT: District,
        Level.TOWNSHIP: Township,
        Level.VILLAGE: Village,
        Level.SCHOOL: School,
    }
    area = areas[level]
    standing = BorrowerStanding
    in_default = and_(
        standing.state == StandingState.OVERDUE,
        standing.overdue_since <= as_of - timedelta(days=definition.least_days),
    )
    overdue: ColumnElement[int]
    if definition.basis is Basis.SEASON:
        overdue = type_coerce(standing.overdue_this_season, BigInteger)
        due = standing.due_this_season
    else:
        overdue = type_coerce(standing.overdue_principal, BigInteger) + type_coerce(
            standing.overdue_interest, BigInteger
        )
        due = standing.due_cumulative
    query = (
        select(
            area.code,
            area.name,
            func.count(),
            func.count(case((standing.state == StandingState.OVERDUE, 1))),
            func.count(case((in_default, 1))),
            func.count(case((standing.has_anything_due, 1))),
            func.sum(case((in_default, overdue), else_=0), type_=Yuan()),
            func.sum(due, type_=Yuan()),
            func.sum(standing.overdue_total),
            func.min(standing.data_on),
        )
        .select_from(Borrower)
        .join(standing, standing.borrower_id == Borrower.id)
        .join(Village, Village.id == Borrower.village_id)
        .join(Township, Township.id == Village.township_id)
        .join(District, District.id == Township.district_id)
        .where(Borrower.id.in_(visible))
        .group_by(area.code, area.name)
        .order_by(area.code)
    )
    if level is Level.SCHOOL:
        query = query.join(
            AreaAssignment, and_(AreaAssignment.village_id == Village.id, AreaAssignment.to_on.is_(None))
        ).join(School, School.id == AreaAssignment.school_id)
    if within:
        query = query.where(Village.code.startswith(within, autoescape=True))
    return tuple(AreaFigures(*row) for row in session.execute(query))
