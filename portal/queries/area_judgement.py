"""The rates of every area on a past day, judged anew from the facts known now: each borrower once, summed by area."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.organisation import AreaAssignment, District, School, Township, Village
from models.rules.default_rate import RateDefinition
from models.rules.money import to_fen
from models.rules.standing import Standing, stand
from portal.queries.loan_facts import facts_of
from portal.queries.rates import in_default, money

_CHUNK = 500  # borrowers in memory at a time


@dataclass(slots=True)
class Figures:
    """What stands behind an area's two rates; amounts in fen."""

    heads_bad: int = 0
    heads_all: int = 0
    fen_bad: int = 0
    fen_all: int = 0

    def add(self, standing: Standing, as_of: date, definition: RateDefinition) -> None:
        """Count one borrower."""
        overdue, due = money(standing, definition)
        if in_default(standing, as_of, definition):
            self.heads_bad += 1
            self.fen_bad += to_fen(overdue)
        self.heads_all += standing.has_anything_due
        self.fen_all += to_fen(due)

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """Return the four figures in the order snapshots keep them."""
        return self.heads_bad, self.heads_all, self.fen_bad, self.fen_all


def judged_by_area(
    session: Session, *, as_of: date, definitions: Collection[RateDefinition]
) -> Mapping[tuple[str, str], Figures]:
    """Return figures by (definition, area code): district, townships, villages, and schools as they looked after then.

    Args:
        session: any session.
        as_of: the day; an area without a borrower is not in the answer.
        definitions: what counts as default; each borrower is judged once for all of them.

    """
    areas = _areas_of_villages(session, as_of)
    found: defaultdict[tuple[str, str], Figures] = defaultdict(Figures)
    last = 0
    while True:
        rows = session.execute(
            select(Borrower.id, Borrower.village_id).where(Borrower.id > last).order_by(Borrower.id).limit(_CHUNK)
        ).all()
        if not rows:
            return found
        last = rows[-1][0]
        village_of = {borrower_id: village_id for borrower_id, village_id in rows}  # noqa: C416  # dict() of rows is untyped
        for borrower_id, facts in facts_of(session, list(village_of), as_of).items():
            standing = stand(facts, as_of)
            for definition in definitions:
                for code in areas[village_of[borrower_id]]:
                    found[definition.key, code].add(standing, as_of, definition)


def _areas_of_villages(session: Session, as_of: date) -> dict[int, tuple[str, ...]]:
    """Return the codes of the areas each village counts in on a day."""
    rows = session.execute(
        select(Village.id, Village.code, Township.code, District.code, School.code)
        .join(Township, Township.id == Village.township_id)
        .join(District, District.id == Township.district_id)
        .outerjoin(
            AreaAssignment,
            (AreaAssignment.village_id == Village.id)
            & (AreaAssignment.from_on <= as_of)
            & or_(AreaAssignment.to_on.is_(None), AreaAssignment.to_on > as_of),
        )
        .outerjoin(School, School.id == AreaAssignment.school_id)
    )
    return {row[0]: tuple(code for code in row[1:] if code) for row in rows}
