"""How often, when and whom a collector may contact, and what a contact is recorded as.

The thresholds come from rules written for banks and their agents and are kept here as a floor. A breach is
found when a contact is recorded: the record stays truthful, so most breaches may be saved with a stated
reason and are then counted; those that may not need another way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from enum import StrEnum

from models.rules.contacts import DEBTORS, OTHERS, ContactMethod, Outcome, Reached
from models.rules.sentences import N_

COUNTY_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")
"""One zone for the whole country, without summer time since 1991."""


class BreachCode(StrEnum):
    """Which limit a contact breaks."""

    OUTSIDE_HOURS = "outside_hours"
    TOO_MANY_CALLS = "too_many_calls"
    TOO_MANY_DIALS = "too_many_dials"
    TOO_MANY_IN_WEEK = "too_many_in_week"
    VISIT_ALONE = "visit_alone"
    THIRD_PARTY = "third_party"
    ASKED_TO_STOP = "asked_to_stop"
    WRONG_NUMBER = "wrong_number"


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds. All are settings; the defaults are the floor named beside each."""

    opens: time = time(8)  # GB/T 45251-2025 and the Banking Association's guideline of 2026: none 22:00-08:00
    closes: time = time(22)
    answered_calls_a_day: int = 3  # GB/T 45251-2025: effective calls per debtor and day
    dials_a_number_a_day: int = 6  # Banking Association guideline of 2026
    contacts_a_week: int = 7  # United States Regulation F, as a soft cap
    visitors: int = 2  # Banking Association guideline: visits by two or more
    failures_until_lost: int = 3  # the same: contact is lost after three failures in a row
    attempts_until_exhausted: int = 3  # our own: tried enough to ask others for help
    methods_until_exhausted: int = 2


@dataclass(frozen=True, slots=True)
class Attempt:
    """One contact made or tried.

    Args:
        at: when it began, with its zone.
        number_key: stands for the number dialled without being it; empty when no number was used.
        visitors: how many went, for a visit.

    """

    at: datetime
    method: ContactMethod
    reached: Reached
    outcome: Outcome
    number_key: str = ""
    visitors: int = 0


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit broken: sentence, what fills its slots, and whether a stated reason lets the record pass."""

    code: BreachCode
    sentence: str
    values: tuple[tuple[str, object], ...]
    may_override: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """How much has been tried: attempts to reach the borrower's side, and by how many methods."""

    attempts: int
    methods: int


def judge(attempt: Attempt, history: Iterable[Attempt], limits: Limits) -> tuple[Breach, ...]:
    """Return every limit the attempt breaks, given the other attempts of the same case in any order.

    Days and hours are the county's. Later attempts of the same day count; those of later days do not.

    Raises:
        ValueError: a time without its zone.

    """
    past = tuple(history)
    return tuple(
        breach
        for breach in (
            _outside_hours(attempt, limits),
            _too_many_calls(attempt, past, limits),
            _too_many_dials(attempt, past, limits),
            _too_many_in_week(attempt, past, limits),
            _visit_alone(attempt, limits),
            _third_party(attempt, past, limits),
            _stop(attempt, past),
            _wrong_number(attempt, past),
        )
        if breach is not None
    )


def contact_lost(history: Iterable[Attempt], limits: Limits) -> bool:
    """Say whether the borrower's side is out of reach: three tries in a row failed since it was reached.

    Only then may others be asked, and only where the borrower is, not what is owed.
    """
    failures = 0
    for attempt in sorted(history, key=_local):
        if attempt.reached in DEBTORS:
            failures = 0
        elif attempt.reached in {Reached.NOBODY, Reached.WRONG_PERSON}:
            failures += 1
    return failures >= limits.failures_until_lost


def tried(history: Iterable[Attempt]) -> Tried:
    """Count the attempts to reach the borrower's side; asking a third party is not one."""
    own = [attempt for attempt in history if attempt.reached is not Reached.THIRD_PARTY]
    return Tried(attempts=len(own), methods=len({attempt.method for attempt in own}))


def exhausted(history: Iterable[Attempt], limits: Limits | None = None) -> bool:
    """Say whether enough was tried to escalate or to report: by default three attempts by two methods."""
    limits = limits or Limits()
    sum_ = tried(history)
    return sum_.attempts >= limits.attempts_until_exhausted and sum_.methods >= limits.methods_until_exhausted


def _local(attempt: Attempt) -> datetime:
    if attempt.at.tzinfo is None:
        message = "the time of a contact needs its zone"
        raise ValueError(message)
    return attempt.at.astimezone(COUNTY_TIME)


def _answered_call(attempt: Attempt) -> bool:
    return attempt.method is ContactMethod.CALL and attempt.reached is not Reached.NOBODY


def _outside_hours(attempt: Attempt, limits: Limits) -> Breach | None:
    # A letter or notice is not a disturbance whenever it is posted.
    if attempt.method is ContactMethod.LETTER or limits.opens <= _local(attempt).time() < limits.closes:
        return None
    return Breach(
        BreachCode.OUTSIDE_HOURS,
        N_("Contacts are made between %(opens)s and %(closes)s: say why this one could not wait, or correct the time."),
        (("opens", f"{limits.opens:%H:%M}"), ("closes", f"{limits.closes:%H:%M}")),
        may_override=True,
    )


def _too_many_calls(attempt: Attempt, past: tuple[Attempt, ...], limits: Limits) -> Breach | None:
    if not _answered_call(attempt):
        return None
    day = _local(attempt).date()
    answered = sum(_answered_call(other) and _local(other).date() == day for other in past)
    if answered < limits.answered_calls_a_day:
        return None
    return Breach(
        BreachCode.TOO_MANY_CALLS,
        N_("There were already %(count)s answered calls on this day: say why another was needed."),
        (("count", answered),),
        may_override=True,
    )


def _too_many_dials(attempt: Attempt, past: tuple[Attempt, ...], limits: Limits) -> Breach | None:
    if attempt.method is not ContactMethod.CALL or not attempt.number_key:
        return None
    day = _local(attempt).date()
    dials = sum(
        other.method is ContactMethod.CALL and other.number_key == attempt.number_key and _local(other).date() == day
        for other in past
    )
    if dials < limits.dials_a_number_a_day:
        return None
    return Breach(
        BreachCode.TOO_MANY_DIALS,
        N_("This number was already dialled %(count)s times on this day: say why once more was needed."),
        (("count", dials),),
        may_override=True,
    )


def _too_many_in_week(attempt: Attempt, past: tuple[Attempt, ...], limits: Limits) -> Breach | None:
    if attempt.method is ContactMethod.LETTER:
        return None
    last = _local(attempt).date()
    first = last - timedelta(days=6)
    contacts = sum(other.method is not ContactMethod.LETTER and first <= _local(other).date() <= last for other in past)
    if contacts < limits.contacts_a_week:
        return None
    return Breach(
        BreachCode.TOO_MANY_IN_WEEK,
        N_("There were already %(count)s contacts in seven days: say why this one was needed."),
        (("count", contacts),),
        may_override=True,
    )


def _visit_alone(attempt: Attempt, limits: Limits) -> Breach | None:
    if attempt.method is not ContactMethod.VISIT or attempt.visitors >= limits.visitors:
        return None
    return Breach(
        BreachCode.VISIT_ALONE,
        N_("A visit is made by at least %(count)s people: name the others, or say why one went alone."),
        (("count", limits.visitors),),
        may_override=True,
    )


def _third_party(attempt: Attempt, past: tuple[Attempt, ...], limits: Limits) -> Breach | None:
    # Meeting the family at the door of the borrower's own home is nobody's fault.
    met_at_home = attempt.method is ContactMethod.VISIT and attempt.reached is Reached.FAMILY
    if attempt.reached not in OTHERS or met_at_home:
        return None
    before = (other for other in past if _local(other) < _local(attempt))
    if contact_lost(before, limits):
        return None
    return Breach(
        BreachCode.THIRD_PARTY,
        N_(
            "Others may be asked only when the borrower and the co-borrower cannot be reached: "
            "say why they were asked, and that the debt was not mentioned."
        ),
        (),
        may_override=True,
    )


def _stop(attempt: Attempt, past: tuple[Attempt, ...]) -> Breach | None:
    if attempt.reached in DEBTORS or not attempt.number_key:
        return None
    if not any(
        other.outcome is Outcome.ASKED_TO_STOP
        and other.number_key == attempt.number_key
        and _local(other) < _local(attempt)
        for other in past
    ):
        return None
    return Breach(
        BreachCode.ASKED_TO_STOP,
        N_("The person at this number asked not to be contacted again: the number may not be used."),
        (),
        may_override=False,
    )


def _wrong_number(attempt: Attempt, past: tuple[Attempt, ...]) -> Breach | None:
    # Numbers are given out anew: what was the borrower's may be a stranger's. Reaching them clears it.
    if attempt.reached in DEBTORS or not attempt.number_key:
        return None
    same = [other for other in past if other.number_key == attempt.number_key and _local(other) < _local(attempt)]
    known = [other for other in sorted(same, key=_local) if other.reached is not Reached.NOBODY]
    if not known or known[-1].reached is not Reached.WRONG_PERSON:
        return None
    return Breach(
        BreachCode.WRONG_NUMBER,
        N_("A stranger answered at this number before: mark the number as wrong and look for another."),
        (),
        may_override=False,
    )
