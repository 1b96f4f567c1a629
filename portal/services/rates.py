"""Snapshots of the default rate: taken each night, published by the centre, never edited."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.rates import RateSnapshot
from models.rules.default_rate import DEFINITIONS, OFFICIAL
from portal.actors import Act
from portal.queries.area_figures import AreaFigures, Level, figures


def take_snapshot(session: Session, *, act: Act, as_of: date, definition: str = OFFICIAL) -> int:
    """Keep the rates of every area on a day; the first one taken of a day stays.

    Args:
        session: a writing session.
        act: who takes it; the portal itself at night.
        as_of: the day; standings must have been swept for it.
        definition: key of the definition used.

    Returns:
        How many areas were kept; 0 when the day had been taken already.

    """
    taken = session.scalar(
        select(RateSnapshot.id).where(RateSnapshot.as_of == as_of, RateSnapshot.definition == definition).limit(1)
    )
    if taken is not None:
        return 0
    rows = [
        _row(act, as_of, definition, area)
        for level in Level
        for area in figures(session, select(Borrower.id), level, as_of=as_of, definition=DEFINITIONS[definition])
    ]
    if rows:
        session.execute(insert(RateSnapshot), rows)
        act.record(session, "rate:snapshot", subject=f"rates/{as_of}", areas=len(rows), definition=definition)
    return len(rows)


def _row(act: Act, as_of: date, definition: str, area: AreaFigures) -> dict[str, Any]:
    return {
        "as_of": as_of,
        "definition": definition,
        "area_code": area.code,
        "taken_at": act.at,
        "taken_by_id": act.user_id,
        "heads_bad": area.heads.bad,
        "heads_all": area.heads.all,
        "fen_bad": area.money.bad,
        "fen_all": area.money.all,
        "basis": {"data_on": area.data_on.isoformat() if area.data_on else None},
    }
