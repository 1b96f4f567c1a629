"""Which serial numbers may be given at a moment, so that none is ever given twice, whatever is brought back.

A database brought back from a backup does not know the papers issued after the backup. Nobody may be left who does: the
disk is broken, the machine is another one, the same backup may have been brought back before. All that is left is the
clock. So at every moment only the numbers up to a bound may be given, in every installation, restored or not, and the
bound rises with the time of the year. What is brought back goes on above the bound of that moment: whatever was given
before, by whichever life of the database, lies below it.

Numbers of an installation that was never restored stay at six digits, as offices write them; it would have to issue a
million papers of a kind in a year to notice the bound. After a restore they have seven.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from models.rules.refusals import Refused

SIX_DIGITS = 999_999
MOST = 9_999_999
PER_MINUTE = 17
"""Numbers by which the bound rises: with it a leap year just fills the seven digits."""

_MINUTE = timedelta(minutes=1)
_PER_HOUR = 60 * PER_MINUTE


def bound(moment: datetime) -> int:
    """Return the highest number of its year that may have been given by a moment.

    Args:
        moment: in the county's time, which makes the year of a number.

    """
    year = moment.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return SIX_DIGITS + PER_MINUTE * ((moment - year) // _MINUTE)


def first_free(*, last: int, passed: int, count: int, moment: datetime) -> int:
    """Return the first of so many numbers that follow one another.

    Args:
        last: the last number of the series that was given in its year; 0 for none.
        passed: the bound of the last restore in that year, 0 for none: no number up to it is given again.
        count: how many, at least 1.
        moment: in the county's time, in that year.

    Raises:
        Refused: so many are not free yet.

    """
    first = max(last, passed) + 1
    free = bound(moment) - first + 1
    if count > free:
        raise Refused(
            "Only %(free)s serial numbers are free at this moment, and about %(hourly)s more each hour, so that no "
            "number is given twice after a restore. Try again later, or for fewer people.",
            free=max(free, 0), hourly=_PER_HOUR,
        )  # fmt: skip
    return first
