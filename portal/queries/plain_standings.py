"""The standings of plain borrowers, worked out by the database: ``rules/standing`` said once more, for many at a time.

Plain are those for whom the rules come down to sums: no relief, early repayment or change of the contract, no reversal
but from a payment's own day on, nothing dated later than the day, and whatever is owed since the newest list was paid
in full or not at all. That is nearly everybody. The others are left out here and judged by the rules themselves; a test
holds both against each other on random portfolios.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from models.rules.buckets import BUCKETS, Bucket
from models.rules.calendar import due_day, season_of
from models.rules.standing import StandingState
from portal.queries.plain_contracts import Whose, figures

_DAY = timedelta(days=1)
_RANK = {state: place for place, state in enumerate(StandingState)}  # most pressing first, as the rules have it
_LATE = literal(date(9999, 12, 31), Date)


class plus_days(FunctionElement[date]):  # noqa: N801  # reads as the SQL function it is
    """A day and a number of days: ``date(x, '+n days')`` on SQLite, ``x + n`` on PostgreSQL."""

    type = Date()
    inherit_cache = True


@compiles(plus_days, "sqlite")
def _plus_days_sqlite(element: plus_days, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  # its signature
    day, count = element.clauses
    return f"date({compiler.process(day, **options)}, {compiler.process(count, **options)} || ' days')"


@compiles(plus_days)
def _plus_days(element: plus_days, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  # same
    day, count = element.clauses
    return f"({compiler.process(day, **options)} + {compiler.process(count, **options)})"


def after(day: ColumnElement[Any], count: int) -> ColumnElement[date]:
    """Return the day ``count`` days later, in SQL."""
    return plus_days(day, literal(count, Integer))


def bucket_on(day: date, since: Any, buckets: Sequence[Bucket] = BUCKETS) -> ColumnElement[str]:  # noqa: ANN401  # a column, mapped or not
    """Return the key of the range of days a due day missed falls in on a day, in SQL; empty for none."""
    return case(
        *((since <= day - timedelta(days=bucket.first), bucket.key) for bucket in reversed(buckets)),
        else_="",
    )


def next_edge(day: date, since: Any, buckets: Sequence[Bucket] = BUCKETS) -> ColumnElement[date]:  # noqa: ANN401  # a column, mapped or not
    """Return the day the range changes next, in SQL; far away when it does not."""
    edges = [
        (since > day - timedelta(days=following.first), after(since, following.first))
        for _, following in pairwise(buckets)
    ]
    return case((since.is_(None), _LATE), *edges, else_=_LATE)


def plain_standings(
    whose: Whose, day: date, lists: Mapping[int, tuple[int, date]], buckets: Sequence[Bucket] = BUCKETS
) -> Select[Any]:
    """Select the standings of the plain ones among some borrowers; columns as in ``borrower_standings``.

    Args:
        whose: the borrowers.
        day: the day to judge for.
        lists: by lender, (id, data date) of its newest list on that day.
        buckets: ranges of days.

    """
    c = _lines(whose, day, lists).subquery("lines").c
    rank = func.min(c.rank)
    since = func.min(c.since)
    principal, interest, penalty = func.sum(c.principal), func.sum(c.interest), func.sum(c.penalty)
    season, season_overdue = func.sum(c.season), func.sum(c.season_overdue)
    next_season = literal(due_day(season_of(day) + 1), Date)
    fact = _earlier(
        func.min(func.coalesce(c.turn, _LATE)), case((season + season_overdue > 0, next_season), else_=_LATE)
    )
    return (
        select(
            c.borrower_id,
            literal(day, Date).label("as_of"),
            case(*((rank == place, state.value) for state, place in _RANK.items())).label("state"),
            case((rank == _RANK[StandingState.OVERDUE], bucket_on(day, since, buckets)), else_="").label("bucket"),
            since.label("overdue_since"),
            literal(0, Integer).label("days_removed"),
            false().label("clock_stopped"),
            principal.label("overdue_principal"),
            interest.label("overdue_interest"),
            penalty.label("penalty"),
            (principal + interest + penalty).label("overdue_total"),
            season_overdue.label("overdue_this_season"),
            season.label("due_this_season"),
            func.sum(c.cumulative).label("due_cumulative"),
            (principal + interest + penalty + season + func.max(c.live_due) > 0).label("has_anything_due"),
            func.min(c.data_on).label("data_on"),
            (func.max(c.estimated) > 0).label("is_estimated"),
            func.min(c.next_due_on).label("next_due_on"),
            func.sum(c.next_amount).label("next_due_amount"),
            func.nullif(_earlier(fact, next_edge(day, since, buckets)), _LATE).label("next_change_on"),
            func.nullif(fact, _LATE).label("next_fact_on"),
        )
        .group_by(c.borrower_id)
        .having(func.max(c.odd) == 0)
    )


def _lines(whose: Whose, day: date, lists: Mapping[int, tuple[int, date]]) -> Select[Any]:
    """Select one line for each contract: what its standing is made of, in fen."""
    m = figures(whose, day, lists).subquery("figures").c
    is_open = m.settled_on.is_(None)
    is_studying = m.subsidy_ends_on >= day
    is_live = and_(is_open, m.subsidy_ends_on < day)
    owes = and_(m.needed > 0, m.funds == 0, is_live)
    owed = m.needed - m.said_penalty
    season_before = m.season - case((m.next_due == day, m.next_total), else_=0)
    credit = case((and_(m.funds > m.needed, is_live), m.funds - m.needed), else_=0)
    odd = or_(
        m.odd,
        and_(m.funds > 0, m.funds < m.needed, is_live),
        and_(m.said > 0, owes, m.since >= day),
    )
    turn = case(
        (is_studying, after(m.subsidy_ends_on, 1)),
        (m.next_due == day, literal(day + _DAY, Date)),
        else_=m.next_due,
    )
    estimated = case((m.data_on.is_(None), m.fallen > 0), (owes, m.needed > m.said), else_=m.said > 0)
    return select(
        m.borrower_id,
        case(
            (owes, _RANK[StandingState.OVERDUE]),
            (~is_open, _RANK[StandingState.SETTLED]),
            (is_studying, _RANK[StandingState.STUDYING]),
            (m.fallen > 0, _RANK[StandingState.CURRENT]),
            else_=_RANK[StandingState.NOT_DUE],
        ).label("rank"),
        case((owes, m.said_principal + m.principal_since), else_=0).label("principal"),
        case((owes, m.said_interest + m.interest_since), else_=0).label("interest"),
        case((owes, m.said_penalty), else_=0).label("penalty"),
        case((owes, m.since), else_=null()).label("since"),
        m.season,
        case((~owes, 0), (owed < season_before, owed), else_=season_before).label("season_overdue"),
        case((and_(owes, owed > m.fallen), owed), else_=m.fallen).label("cumulative"),
        case((and_(is_open, or_(m.fallen > 0, and_(owes, owed > 0))), 1), else_=0).label("live_due"),
        m.data_on,
        case((and_(is_live, estimated), 1), else_=0).label("estimated"),
        case((is_open, m.next_due), else_=null()).label("next_due_on"),
        case(
            (or_(~is_open, m.next_due.is_(None), m.next_due > m.first_due), 0),
            (m.next_total > credit, m.next_total - credit),
            else_=0,
        ).label("next_amount"),
        case((is_open, turn), else_=null()).label("turn"),
        case((odd, 1), else_=0).label("odd"),
    )


def _earlier(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((one <= other, one), else_=other)
