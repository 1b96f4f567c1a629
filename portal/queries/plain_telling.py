"""Histories the database can tell of many at once: plain borrowers on the few days on which anything may change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Date, FromClause, select, type_coerce
from sqlalchemy.orm import Session

from models.loans import ArrearsList
from models.rules.money import from_fen
from models.rules.standing import StandingState
from models.rules.standing_history import Stretch
from portal.queries.loan_facts import newest_lists
from portal.queries.plain_contracts import Whose
from portal.queries.plain_standings import plain_standings

Then = tuple[Stretch, date | None]
"""Where a borrower stands from a day on, and the next day on which time alone may change it."""

_FEW = 20  # a guess, not measured: fewer are left to the rules
_MANY_DAYS = 6  # to be looked at; who is told of from longer ago has seen more than lists come


class PlainDays:
    """Where the plain ones among some borrowers stand on some days, each day worked out once for all who ask."""

    def __init__(self, session: Session, whose: Whose) -> None:
        self._session = session
        self._whose = whose
        self._known: dict[date, dict[int, Then]] = {}

    def keep(self, day: date, standings: FromClause) -> None:
        """Take over the standings of a day that are worked out already; columns as in ``borrower_standings``."""
        self._known[day] = _read(self._session, standings.c, day)

    def on(self, day: date) -> Mapping[int, Then]:
        """Return all of them on a day."""
        if day not in self._known:
            self._known[day] = _read(self._session, _standings(self._session, self._whose, day), day)
        return self._known[day]

    def of(self, ids: Sequence[int], day: date) -> Mapping[int, Then]:
        """Return some of them on a day, who are not worth all."""
        if day in self._known:
            known = self._known[day]
            return {borrower_id: known[borrower_id] for borrower_id in ids if borrower_id in known}
        return _read(self._session, _standings(self._session, Whose.of(ids), day), day)


def _standings(session: Session, whose: Whose, day: date) -> Any:  # noqa: ANN401  # columns of a subquery
    return plain_standings(whose, day, newest_lists(session, day)).subquery("then").c


def _read(session: Session, then: Any, day: date) -> dict[int, Then]:  # noqa: ANN401  # columns of a table or a subquery
    rows = session.execute(
        select(
            then.borrower_id,
            then.state,
            then.bucket,
            type_coerce(then.overdue_total, BigInteger),
            type_coerce(then.next_change_on, Date),
        )
    )
    return {
        borrower_id: (Stretch(day, StandingState(state), bucket, from_fen(int(total))), next_change_on)
        for borrower_id, state, bucket, total, next_change_on in rows
    }


def plainly_told(
    session: Session, days: PlainDays, first_days: Mapping[int, date], until: date
) -> dict[int, tuple[Stretch, ...]]:
    """Return what ``rules/standing_history.told`` says of those who are sure to have moved only when a list came.

    They are plain on their first day, on the data day of every list since and on the last day, and time alone changed
    nothing in between. Who is not among them is to be told of by the rules.

    Args:
        session: any session.
        days: where they stand.
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
        looked_at = [first, *(day for day in listed if day > first), until]
        if len(looked_at) <= _MANY_DAYS:
            found |= _told(days, sorted(ids), looked_at)
    return found


def _told(plain: PlainDays, ids: Sequence[int], days: Sequence[date]) -> dict[int, tuple[Stretch, ...]]:
    stretches: dict[int, tuple[Stretch, ...]] = dict.fromkeys(ids, ())
    for day, following in zip(days, [*days[1:], None], strict=True):
        if not stretches:
            break
        before, stretches = stretches, {}
        for borrower_id, (here, next_change_on) in plain.of(list(before), day).items():
            if following and next_change_on and next_change_on < following:
                continue
            told = before[borrower_id]
            stretches[borrower_id] = told if told and told[-1].place == here.place else (*told, here)
    return stretches
