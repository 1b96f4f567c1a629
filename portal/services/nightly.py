"""What time alone changes, night by night. Every step may be run again for the same day and changes nothing then.

The steps run in the order of ``STEPS``: standings first, since the others look at them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.accounts import SignInFailure, SubmitKey, UserSession
from models.casework import Case, Task
from models.rules.casework import CaseStage, TaskKind
from portal.actors import Act
from portal.queries.notice_facts import working_days
from portal.services import promises, rate_corrections, rates, standing_batches, suspicion_decisions, tasks

HOUR = time(1, 30)  # county time: after the bank's day, before anybody works
_SUBMIT_KEYS_KEPT = timedelta(days=2)  # longer than any page stays open
_SIGN_INS_KEPT = timedelta(days=30)  # the event log keeps the fact itself

Part = dict[str, Any]
"""What one transaction does: the step's name and plain arguments of its own."""


@dataclass(frozen=True, slots=True)
class NightStep:
    """One step of the night.

    Attributes:
        parts: list what is to be done, each part a transaction of its own.
        do: do one part; returns how many things changed.

    """

    parts: Callable[[Session, date], Sequence[Part]]
    do: Callable[[Session, Act, date, Part], int]


def moment(as_of: date) -> datetime:
    """Return the moment of a night: the same however late, or how often, it is run."""
    return datetime.combine(as_of, HOUR, COUNTY_TIME)


def parts(session: Session, as_of: date, step: str) -> list[Part]:
    """List the parts of a step, each with the step's name in it."""
    return [{**part, "step": step} for part in STEPS[step].parts(session, as_of)]


def do(session: Session, *, as_of: date, part: Part) -> int:
    """Do one part in the caller's transaction, as the portal itself at the night's moment.

    Args:
        session: a writing session.
        as_of: the day the night belongs to; 01:30 of its morning.
        part: one of ``parts``.

    Returns:
        How many things changed; 0 the second time.

    """
    return STEPS[part["step"]].do(session, Act(None, moment(as_of)), as_of, part)


def _once(_session: Session, _as_of: date) -> Sequence[Part]:
    return ({},)


def _due_standings(session: Session, as_of: date) -> Sequence[Part]:
    ranges = standing_batches.due_ranges(session, as_of)
    return [{"first": first, "last": last, "items": items} for first, last, items in ranges]


def _age(session: Session, _act: Act, as_of: date, _part: Part) -> int:
    return standing_batches.age(session, as_of=as_of)


def _sweep(session: Session, act: Act, as_of: date, part: Part) -> int:
    return standing_batches.sweep_range(session, act=act, first=part["first"], last=part["last"], as_of=as_of)


def _judge_promises(session: Session, act: Act, as_of: date, _part: Part) -> int:
    return promises.judge_due(session, act=act, as_of=as_of)


def _lapse_suspicions(session: Session, act: Act, as_of: date, _part: Part) -> int:
    return suspicion_decisions.lapse_due(session, act=act, as_of=as_of)


def _first_contacts(session: Session, act: Act, as_of: date, _part: Part) -> int:
    """Ask for a first contact with everybody newly in arrears, by the next working day."""
    has_task = exists().where(
        Task.borrower_id == Case.borrower_id, Task.kind == TaskKind.FIRST_CONTACT, Task.due_on >= Case.opened_on
    )
    due_on = working_days(session).add(as_of, 1)
    waiting = session.scalars(
        select(Case.borrower_id)
        .where(
            Case.closed_on.is_(None),
            Case.opened_on <= as_of,
            Case.stage == CaseStage.NEW,
            Case.last_contact_at.is_(None),
            ~has_task,
        )
        .order_by(Case.borrower_id)
    ).all()
    for borrower_id in waiting:
        tasks.ask(session, act=act, borrower_id=borrower_id, kind=TaskKind.FIRST_CONTACT, due_on=due_on)
    return len(waiting)


def _lapse_thanks(session: Session, act: Act, as_of: date, _part: Part) -> int:
    return tasks.lapse_thanks(session, act=act, as_of=as_of)


def _snapshot(session: Session, act: Act, as_of: date, _part: Part) -> int:
    return rates.take_snapshot(session, act=act, as_of=as_of)


def _differing_rates(session: Session, as_of: date) -> Sequence[Part]:
    return rate_corrections.parts(session, as_of=as_of, known_at=moment(as_of))


def _correct(session: Session, act: Act, as_of: date, part: Part) -> int:
    return rate_corrections.write(session, act=act, as_of=as_of, part=part)


def _clean_up(session: Session, act: Act, _as_of: date, _part: Part) -> int:
    old = act.at - _SIGN_INS_KEPT
    answers = (
        delete(SubmitKey).where(SubmitKey.used_at < act.at - _SUBMIT_KEYS_KEPT),
        delete(SignInFailure).where(SignInFailure.at < old),
        delete(UserSession).where(or_(UserSession.ended_at < old, UserSession.created_at < old)),
    )
    return sum(session.connection().execute(statement).rowcount for statement in answers)


STEPS: Mapping[str, NightStep] = {
    "ageing": NightStep(_once, _age),
    "standings": NightStep(_due_standings, _sweep),
    "corrections": NightStep(_differing_rates, _correct),
    "promises": NightStep(_once, _judge_promises),
    "suspicions": NightStep(_once, _lapse_suspicions),
    "first_contacts": NightStep(_once, _first_contacts),
    "thanks": NightStep(_once, _lapse_thanks),
    "snapshot": NightStep(_once, _snapshot),
    "clean_up": NightStep(_once, _clean_up),
}
