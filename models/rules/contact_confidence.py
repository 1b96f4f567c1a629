"""How far a number or address can be relied on: the order in which to try them.

What worked last comes first, the newest first; what was never tried comes next, the better source first; what
failed last comes after that. What has ended is never tried, used or printed again.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from models.rules.borrowers import ContactSource

SOURCES = (
    ContactSource.BORROWER,
    ContactSource.MEMBER,
    ContactSource.FAMILY,
    ContactSource.VILLAGE,
    ContactSource.SCHOOL_FILE,
    ContactSource.BANK,
)
"""Best first: what was checked on the spot beats the bank's list, which is as old as the contract."""


class Confidence(StrEnum):
    """How far a contact point can be relied on, best first."""

    WORKS = "works"
    UNTRIED = "untried"
    FAILED = "failed"
    ENDED = "ended"


def confidence(*, worked_on: date | None, failed_on: date | None, ended_on: date | None) -> Confidence:
    """Judge one contact point; a success and a failure on the same day count as a failure."""
    if ended_on is not None:
        return Confidence.ENDED
    if failed_on is not None and (worked_on is None or worked_on <= failed_on):
        return Confidence.FAILED
    return Confidence.UNTRIED if worked_on is None else Confidence.WORKS


def order(
    *,
    source: ContactSource,
    worked_on: date | None,
    failed_on: date | None,
    ended_on: date | None,
    added_on: date,
) -> tuple[int, int, int, int]:
    """Return a sort key: the smallest is the contact point to try first."""
    judged = confidence(worked_on=worked_on, failed_on=failed_on, ended_on=ended_on)
    newest_success = -(worked_on or date.min).toordinal()
    return (list(Confidence).index(judged), newest_success, SOURCES.index(source), -added_on.toordinal())
