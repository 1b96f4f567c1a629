"""The standings of plain borrowers, worked out by the database: ``rules/standing`` said once more, for many at a time.

Plain are those for whom the rules come down to sums: no relief, reversal, early repayment or change of the contract,
nothing dated later than the day, and whatever is owed since the newest list was paid in full or not at all. That is
nearly everybody. The others are left out here and judged by the rules themselves; a test holds both against each
other on random portfolios.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
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
    type_coerce,
    union,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from models.loans import (
    ArrearsList,
    ContractChange,
    Instalment,
    Loan,
    Relief,
    Repayment,
    Reversal,
    Statement,
)
from models.rules.buckets import BUCKETS, Bucket
from models.rules.calendar import due_day, season_of, season_start
from models.rules.facts import RepaymentKind
from models.rules.standing import StandingState

_DAY = timedelta(days=1)
_RANK = {state: place for place, state in enumerate(StandingState)}  # most pressing first, as the rules have it
_LIVE, _STUDYING, _SETTLED = range(3)
_EARLY = literal(date(1, 1, 1), Date)
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


def plain_standings(ids: Select[int], day: date, buckets: Sequence[Bucket] = BUCKETS) -> Select[Any]:
    """Select the standings of the plain ones among some borrowers; columns as in ``borrower_standings``.

    Args:
        ids: select of borrower ids.
        day: the day to judge for.
        buckets: ranges of days.

    """
    lines = _lines(_loans(ids, day), day).subquery("lines")
    first_due = func.min(lines.c.next_due_on).over(partition_by=lines.c.borrower_id)
    loan = select(lines, first_due.label("first_due")).subquery("judged")
    c = loan.c
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
            func.sum(case((c.next_due_on == c.first_due, c.next_amount), else_=0)).label("next_due_amount"),
            func.nullif(_earlier(fact, next_edge(day, since, buckets)), _LATE).label("next_change_on"),
            func.nullif(fact, _LATE).label("next_fact_on"),
        )
        .group_by(c.borrower_id)
        .having(func.max(c.odd) == 0)
    )


def _loans(ids: Select[int], day: date) -> CTE:
    """Select the contracts, each with what the newest list of its lender says."""
    newest = (
        select(ArrearsList.lender_id, func.max(ArrearsList.data_on).label("data_on"))
        .where(ArrearsList.data_on <= day)
        .group_by(ArrearsList.lender_id)
        .subquery()
    )
    lists = (
        select(ArrearsList.id, ArrearsList.lender_id, ArrearsList.data_on)
        .join(newest, and_(newest.c.lender_id == ArrearsList.lender_id, newest.c.data_on == ArrearsList.data_on))
        .subquery()
    )
    altered = union(select(Relief.loan_id), select(ContractChange.loan_id))
    statement = Statement
    return (
        select(
            Loan.id,
            Loan.borrower_id,
            Loan.subsidy_ends_on,
            Loan.settled_on,
            lists.c.data_on,
            func.coalesce(lists.c.data_on, _EARLY).label("listed_on"),
            func.coalesce(_fen(statement.overdue_principal), 0).label("said_principal"),
            func.coalesce(_fen(statement.overdue_interest), 0).label("said_interest"),
            func.coalesce(_fen(statement.penalty), 0).label("said_penalty"),
            statement.overdue_since.label("said_since"),
            case((or_(Loan.id.in_(altered), Loan.settled_on > day), 1), else_=0).label("altered"),
        )
        .outerjoin(lists, and_(lists.c.lender_id == Loan.lender_id, Loan.signed_on <= lists.c.data_on))
        .outerjoin(statement, and_(statement.arrears_list_id == lists.c.id, statement.loan_id == Loan.id))
        .where(Loan.borrower_id.in_(ids))
        .cte("contracts")
    )


def _lines(loan: CTE, day: date) -> Select[Any]:
    """Select one line for each contract: what its standing is made of, in fen."""
    due, paid = _dues(loan, day), _paid(loan, day)
    said = loan.c.said_principal + loan.c.said_interest + loan.c.said_penalty
    paid_before = func.coalesce(paid.c.before, 0)
    # Paid ahead of a list on which nothing is overdue; see rules/allocation.
    since_last_due = (
        select(func.coalesce(func.sum(_fen(Repayment.amount)), 0))
        .where(
            Repayment.loan_id == loan.c.id,
            Repayment.paid_on > func.coalesce(due.c.last_before, _EARLY),
            Repayment.paid_on <= loan.c.listed_on,
        )
        .correlate(loan, due)
        .scalar_subquery()
    )
    ahead = case(
        (or_(said > 0, paid_before == 0), 0),
        (paid_before >= due.c.before, paid_before - due.c.before),
        else_=since_last_due,
    )
    funds = ahead + func.coalesce(paid.c.since, 0)
    needed = said + due.c.principal_since + due.c.interest_since
    is_settled = loan.c.settled_on.is_not(None)
    is_studying = loan.c.subsidy_ends_on >= day
    money = select(
        loan.c.id,
        loan.c.borrower_id,
        loan.c.data_on,
        loan.c.subsidy_ends_on,
        *(loan.c[name] for name in ("said_principal", "said_interest", "said_penalty", "said_since", "altered")),
        *(due.c[name] for name in ("principal_since", "interest_since", "first_since", "season", "season_before")),
        *(due.c[name] for name in ("fallen", "next_due", "next_turn", "falls_today")),
        said.label("said"),
        funds.label("funds"),
        needed.label("needed"),
        func.coalesce(paid.c.odd, 0).label("odd_payment"),
        case((is_settled, _SETTLED), (is_studying, _STUDYING), else_=_LIVE).label("phase"),
    ).select_from(loan.join(due, due.c.id == loan.c.id).outerjoin(paid, paid.c.id == loan.c.id))
    return _judged(money.subquery("money"), day)


def _judged(money: Any, day: date) -> Select[Any]:  # noqa: ANN401  # a subquery: its columns are not typed
    """Select a contract's line from its sums."""
    m = money.c
    is_live = m.phase == _LIVE
    is_open = m.phase != _SETTLED
    owes = and_(is_live, m.needed > 0, m.funds == 0)
    owed = m.said_principal + m.principal_since + m.said_interest + m.interest_since
    next_total = (
        select(_fen(Instalment.principal) + _fen(Instalment.interest))
        .where(Instalment.loan_id == m.id, Instalment.due_on == m.next_due)
        .correlate(money)
        .scalar_subquery()
    )
    credit = case((and_(is_live, m.funds > m.needed), m.funds - m.needed), else_=0)
    odd = or_(
        m.altered > 0,
        m.odd_payment > 0,
        and_(is_live, m.funds > 0, m.funds < m.needed),
        and_(owes, m.said > 0, m.said_since >= day),
    )
    tomorrow = literal(day + _DAY, Date)
    turn = case(
        (m.phase == _STUDYING, after(m.subsidy_ends_on, 1)),
        (m.falls_today > 0, tomorrow),
        else_=m.next_turn,
    )
    estimated = or_(
        and_(m.data_on.is_(None), m.fallen > 0),
        and_(m.data_on.is_not(None), case((owes, m.needed > m.said), else_=m.said > 0)),
    )
    return select(
        m.borrower_id,
        case(
            (owes, _RANK[StandingState.OVERDUE]),
            (m.phase == _SETTLED, _RANK[StandingState.SETTLED]),
            (m.phase == _STUDYING, _RANK[StandingState.STUDYING]),
            (m.fallen > 0, _RANK[StandingState.CURRENT]),
            else_=_RANK[StandingState.NOT_DUE],
        ).label("rank"),
        case((owes, m.said_principal + m.principal_since), else_=0).label("principal"),
        case((owes, m.said_interest + m.interest_since), else_=0).label("interest"),
        case((owes, m.said_penalty), else_=0).label("penalty"),
        case((and_(owes, m.said > 0), m.said_since), (owes, m.first_since), else_=null()).label("since"),
        m.season,
        case((and_(owes, owed < m.season_before), owed), (owes, m.season_before), else_=0).label("season_overdue"),
        case((and_(owes, owed > m.fallen), owed), else_=m.fallen).label("cumulative"),
        case((and_(is_open, or_(m.fallen > 0, and_(owes, owed > 0))), 1), else_=0).label("live_due"),
        m.data_on,
        case((and_(is_live, estimated), 1), else_=0).label("estimated"),
        case((is_open, m.next_due), else_=null()).label("next_due_on"),
        case((m.next_due.is_(None), 0), (next_total > credit, next_total - credit), else_=0).label("next_amount"),
        case((is_open, turn), else_=null()).label("turn"),
        case((odd, 1), else_=0).label("odd"),
    )


def _dues(loan: CTE, day: date) -> CTE:
    """Select what fell due under each contract before and since its list, this season, ever and next."""
    on, principal, interest = Instalment.due_on, _fen(Instalment.principal), _fen(Instalment.interest)
    opened = season_start(day)
    is_since = and_(on > loan.c.listed_on, on < day)
    last_day = func.coalesce(loan.c.settled_on, literal(day, Date))
    return (
        select(
            loan.c.id,
            _sum(on <= loan.c.listed_on, principal + interest).label("before"),
            func.max(case((on <= loan.c.listed_on, on))).label("last_before"),
            _sum(is_since, principal).label("principal_since"),
            _sum(is_since, interest).label("interest_since"),
            func.min(case((is_since, on))).label("first_since"),
            _sum(and_(on >= opened, on <= last_day), principal + interest).label("season"),
            _sum(and_(on >= opened, on < day), principal + interest).label("season_before"),
            _sum(on <= last_day, principal + interest).label("fallen"),
            func.min(case((on >= day, on))).label("next_due"),
            func.min(case((on > day, on))).label("next_turn"),
            func.max(case((on == day, 1), else_=0)).label("falls_today"),
        )
        .select_from(loan)
        .outerjoin(
            Instalment,
            and_(Instalment.loan_id == loan.c.id, on > loan.c.subsidy_ends_on, principal + interest > 0),
        )
        .group_by(loan.c.id)
        .cte("dues")
    )


def _paid(loan: CTE, day: date) -> CTE:
    """Select what was paid under each contract before and since its list, and whether any of it is not plain."""
    on, amount = Repayment.paid_on, _fen(Repayment.amount)
    odd = or_(Reversal.repayment_id.is_not(None), Repayment.kind == RepaymentKind.EARLY, on > day)
    return (
        select(
            loan.c.id,
            _sum(on <= loan.c.listed_on, amount).label("before"),
            _sum(on > loan.c.listed_on, amount).label("since"),
            func.max(case((odd, 1), else_=0)).label("odd"),
        )
        .select_from(loan)
        .join(Repayment, Repayment.loan_id == loan.c.id)
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .group_by(loan.c.id)
        .cte("paid")
    )


def _fen(column: Any) -> ColumnElement[int]:  # noqa: ANN401  # a mapped attribute
    return type_coerce(column, BigInteger)


def _sum(condition: ColumnElement[bool], amount: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, amount), else_=0)), 0, type_=BigInteger())


def _earlier(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((one <= other, one), else_=other)
