"""Which papers the database cannot know: those issued between a backup and the moment it was brought back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.restores import Restore


@dataclass(frozen=True, slots=True)
class Gap:
    """Days of issue, both included, of papers that may be missing since a restore on the last of them."""

    first: date
    last: date


def gaps(session: Session) -> tuple[Gap, ...]:
    """Return the gaps that restores have left, newest first; the same days once."""
    found = session.execute(select(Restore.made_at, Restore.at).order_by(Restore.at.desc()))
    days = [tuple(at.astimezone(COUNTY_TIME).date() for at in row) for row in found]
    return tuple(Gap(*row) for row in dict.fromkeys(days))
