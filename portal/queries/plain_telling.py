"""Histories the database can tell of many at once: plain borrowers on the few days on which anything may change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Date, select, type_coerce
from sqlalchemy.orm import Session

from models.loans import ArrearsList
from models.rules.money import from_fen
from models.rules.standing import StandingState
from models.rules.standing_history import Stretch
from portal.queries.loan_facts import newest_lists
from portal.queries.plain_contracts import Whose
from portal.queries.plain_standings import plain_standings

_FEW = 20  # a guess, not measured: fewer are left to the rules
_MANY_DAYS = 6  # to be looked at; who is told of from longer ago has seen more than lists come


def plainly_told(session: Session, first_days: Mapping[int, date], until: date) -> dict[int, tuple[Stretch, ...]]:
    """Return what ``rules/standing_history.told`` says of those who are sure to have moved only when a list came.

    They are plain on their first day, on the data day of every list since and on the last day, and time alone changed
    nothing in between. Who is not among them is to be told of by the rules.

    Args:
        session: any session.
        first_days: by borrower, the first day told of.
        until: the last one.

    """
    of_day: dict[date, list[int]] = defaultdict(list)
    for borrower_id, first in first_days.items():
        of_day[first].append(borrower_id)
    groups = {first: ids for first, ids in of_day.items() if len(ids) >= _FEW}
    if not groups:
        return {}
    listed = session.scalars(
        select(ArrearsList.data_on)
        .where(ArrearsList.data_on > min(groups), ArrearsList.data_on < until)
        .distinct()
        .order_by(ArrearsList.data_on)
    ).all()
    found: dict[int, tuple[Stretch, ...]] = {}
    for first, ids in groups.items():
        days = [first, *(day for day in listed if day > first), until]
        if len(days) <= _MANY_DAYS:
            found |= _told(session, sorted(ids), days)
    return found


def _told(session: Session, ids: Sequence[int], days: Sequence[date]) -> dict[int, tuple[Stretch, ...]]:
    stretches: dict[int, tuple[Stretch, ...]] = dict.fromkeys(ids, ())
    for day, following in zip(days, [*days[1:], None], strict=True):
        if not stretches:
            break
        then = plain_standings(Whose.of(list(stretches)), day, newest_lists(session, day)).subquery("then").c
        rows = session.execute(
            select(
                then.borrower_id, then.state, then.bucket, then.overdue_total, type_coerce(then.next_change_on, Date)
            )
        ).all()
        before, stretches = stretches, {}
        for borrower_id, state, bucket, total, next_change_on in rows:
            if following and next_change_on and next_change_on < following:
                continue
            told = before[borrower_id]
            here = Stretch(day, StandingState(state), bucket, from_fen(int(total)))
            stretches[borrower_id] = told if told and told[-1].place == here.place else (*told, here)
    return stretches
