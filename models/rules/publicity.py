"""Publicity: what may be written down about a talk, a stall or a walk from door to door.

When a school is asked for it: the district's calendar puts integrity education into May and June and the payment
window into November and December; nothing published orders either, so both limits here are settings.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from models.rules.calendar import due_day, season_start
from models.rules.refusals import Refused

LATE_DAYS = 60
ASKED_FROM_MONTH = 5
MOST_PEOPLE = 5_000
MOST_LEAFLETS = 20_000
_DECEMBER = 12


class PublicityKind(StrEnum):
    """The way people were told."""

    CLASS_TALK = "class_talk"
    LECTURE = "lecture"
    PARENTS_MEETING = "parents_meeting"
    VILLAGE_MEETING = "village_meeting"
    DOOR_TO_DOOR = "door_to_door"
    STALL = "stall"
    BROADCAST = "broadcast"
    ONLINE = "online"


class PublicityTopic(StrEnum):
    """What was explained."""

    POLICY = "policy"
    REPAYMENT_DATES = "repayment_dates"
    DEFERRAL_AND_RELIEF = "deferral_and_relief"
    CREDIT_INTEGRITY = "credit_integrity"
    FRAUD_WARNING = "fraud_warning"


def check_day(held_on: date, *, today: date, late_days: int = LATE_DAYS) -> None:
    """Refuse a day that has not come, and one so long ago that nobody remembers the numbers.

    Raises:
        Refused: it is one of these.

    """
    if held_on > today:
        raise Refused("This day has not come yet. Record what was done, not what is planned.")
    if held_on < today - timedelta(days=late_days):
        raise Refused("This was more than %(days)d days ago; it can no longer be recorded.", days=late_days)


def check_counts(people: int, leaflets: int) -> None:
    """Refuse numbers that are none, or that a slip of the finger made.

    Raises:
        Refused: a number is below nothing or beyond reason, or nobody came and nothing was handed out.

    """
    if not 0 <= people <= MOST_PEOPLE:
        raise Refused("Check how many people came: at most %(most)d at once.", most=MOST_PEOPLE)
    if not 0 <= leaflets <= MOST_LEAFLETS:
        raise Refused("Check how many leaflets were handed out: at most %(most)d at once.", most=MOST_LEAFLETS)
    if not people and not leaflets:
        raise Refused("Nobody came and no leaflet was handed out: there is nothing to record.")


def asked_from(today: date, from_month: int = ASKED_FROM_MONTH) -> date:
    """Return the day of this season from which a school that recorded nothing is asked about it.

    Args:
        today: in which season.
        from_month: 1 to 12; December means the season's first day.

    """
    if from_month == _DECEMBER:
        return season_start(today)
    return date(season_start(today).year + 1, from_month, 1)


def season_days(season: int) -> tuple[date, date]:
    """Return the first and the last day of a season, named by the year of its first."""
    return due_day(season), due_day(season + 1) - timedelta(days=1)
