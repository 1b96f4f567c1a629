"""Standings of very many at a time: what time alone changes each night, and the rebuild of all.

Three ways to one result, the cheapest that is sure first: a range of days that moves on is one UPDATE; plain borrowers
are judged by the database (``queries/plain_standings``); the rest by the rules. Each call is one bounded piece of work
for a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Column,
    Enum,
    Join,
    MetaData,
    String,
    Table,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import Date

from models.borrowers import Borrower
from models.casework import Case
from models.loans import Loan
from models.rules.standing import StandingState
from models.standings import BorrowerStanding, StandingChange
from models.types import Yuan
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.among import among
from portal.queries.loan_facts import newest_lists
from portal.queries.plain_contracts import Whose
from portal.queries.plain_standings import bucket_on, next_edge, plain_standings
from portal.queries.plain_telling import PlainDays
from portal.services import cures, scratch_tables, standings
from portal.services.standing_history import Learnt, tell_anew, to_tell

AT_A_TIME = 20_000  # borrowers in one transaction: bounds memory, and how long another writer waits
_TOLD_AT_A_TIME = 5_000  # histories told anew at a time: bounds memory
_KEPT = cast("Table", BorrowerStanding.__table__)
_NEVER = date(9999, 12, 31)
_MOVE = ["borrower_id", "changed_on", "recorded_on"]
_MOVE += ["from_state", "from_bucket", "to_state", "to_bucket", "overdue_total"]


def _plain_type(column: Column[Any]) -> Any:  # noqa: ANN401  # a column type
    if isinstance(column.type, Enum):
        return String(40)
    return BigInteger() if isinstance(column.type, Yuan) else column.type


_FRESH = Table(
    "fresh_standings",
    MetaData(),
    *(Column(one.name, _plain_type(one), primary_key=one.primary_key) for one in _KEPT.columns),
    prefixes=["TEMPORARY"],
)
_COMPARED = [name for name in _FRESH.columns.keys() if name not in {"borrower_id", "as_of"}]  # noqa: SIM118  # a collection of columns


def age(session: Session, *, as_of: date) -> int:
    """Move on those overdue for whom nothing but the range of days has changed by a day.

    Returns:
        How many standings changed.

    """
    row = BorrowerStanding
    due = and_(
        row.next_change_on == as_of,  # those of days that were missed have their history told from there
        or_(row.next_fact_on.is_(None), row.next_fact_on > as_of),
        row.overdue_since.is_not(None),  # overdue, said so that no index looks more fitting than the day's
        row.clock_stopped.is_(False),
        row.days_removed == 0,
    )
    bucket = bucket_on(as_of, row.overdue_since)
    fact, edge = func.coalesce(row.next_fact_on, _NEVER), next_edge(as_of, row.overdue_since)
    session.execute(
        insert(StandingChange).from_select(
            _MOVE,
            select(
                row.borrower_id,
                literal(as_of, Date),
                literal(as_of, Date),
                row.state,
                row.bucket,
                row.state,
                bucket,
                row.overdue_total,
            ).where(due, row.bucket != bucket),
        )
    )
    return (
        session.connection()
        .execute(
            update(row)
            .where(due)
            .values(
                as_of=as_of, bucket=bucket, next_change_on=func.nullif(case((fact <= edge, fact), else_=edge), _NEVER)
            )
        )
        .rowcount
    )


def due_ranges(session: Session, as_of: date) -> list[tuple[int, int, int]]:
    """Return (first id, last id, how many) of pieces of those whose day has come."""
    pieces = chunks(standings.due_for_sweep(session, as_of), AT_A_TIME)
    return [(piece[0], piece[-1], len(piece)) for piece in pieces]


def all_ranges(session: Session) -> list[tuple[int, int, int]]:
    """Return (first id, last id, how many) of pieces of all borrowers."""
    place = (func.row_number().over(order_by=Borrower.id) - 1).label("place")
    numbered = select(Borrower.id, place).subquery().c
    pieces = select(func.min(numbered.id), func.max(numbered.id), func.count()).group_by(numbered.place // AT_A_TIME)
    return [(first, last, count) for first, last, count in session.execute(pieces.order_by(func.min(numbered.id)))]


def sweep_range(session: Session, *, act: Act, first: int, last: int, as_of: date) -> int:
    """Judge those of a range of ids whose day has come; the second time nobody's has.

    Returns:
        How many standings changed.

    """
    return judge(session, act=act, whose=Whose(first, last, due_by=as_of), as_of=as_of)


def rebuild_range(
    session: Session, *, act: Act, first: int, last: int, as_of: date, learnt: Learnt | None = None
) -> int:
    """Judge a range of ids anew; returns how many standings changed."""
    return judge(session, act=act, whose=Whose(first, last), as_of=as_of, learnt=learnt)


def sweep(session: Session, *, act: Act, as_of: date) -> int:
    """Do all of a night's standings in one transaction; running it twice changes nothing the second time.

    Returns:
        How many standings changed.

    """
    changed = age(session, as_of=as_of)
    for first, last, _ in due_ranges(session, as_of):
        changed += sweep_range(session, act=act, first=first, last=last, as_of=as_of)
    return changed


def rebuild(session: Session, *, act: Act) -> int:
    """Judge every borrower anew in one transaction; returns how many standings changed."""
    return sum(
        rebuild_range(session, act=act, first=first, last=last, as_of=act.today)
        for first, last, _ in all_ranges(session)
    )


def judge(session: Session, *, act: Act, whose: Whose, as_of: date, learnt: Learnt | None = None) -> int:
    """Judge borrowers anew, the plain ones all at once, and tell their histories anew where a fact is late.

    Args:
        session: a writing session.
        act: the night, or who asked for the rebuild.
        whose: which borrowers; at most some ten thousands.
        as_of: the day to judge for.
        learnt: a fact that may take effect earlier.

    Returns:
        How many standings changed.

    """
    session.flush()
    connection = session.connection()
    is_postgres = connection.dialect.name == "postgresql"
    if is_postgres:  # a request that judges one of them meanwhile waits for us, or we for it
        if whose.only is None:
            loans, plans = _ranges_of(session, whose)
            whose = replace(whose, loans=loans, plans=plans)
        locked = select(_KEPT.c.borrower_id).where(whose.holds(_KEPT.c.borrower_id)).order_by(_KEPT.c.borrower_id)
        connection.execute(select(func.count()).select_from(locked.with_for_update().subquery()))
    connection.execute(CreateTable(_FRESH, if_not_exists=True))
    scratch_tables.empty(connection, _FRESH)
    plain = plain_standings(whose, as_of, newest_lists(session, as_of))
    connection.execute(insert(_FRESH).from_select(list(_FRESH.columns.keys()), plain))
    if is_postgres:
        connection.execute(text("ANALYZE fresh_standings"))
    rest = session.scalars(whose.ids().where(Borrower.id.not_in(select(_FRESH.c.borrower_id)))).all()
    days = PlainDays(session, whose)
    late = to_tell(session, whose, days, until=as_of, learnt=learnt) - set(rest)
    if late:
        days.keep(as_of, _FRESH)
    told = _tell(session, act, late, days, as_of, learnt)
    changed = _take_over(session, act, whose, as_of, told)
    scratch_tables.empty(connection, _FRESH)
    return changed + standings.recompute(session, act=act, borrower_ids=rest, as_of=as_of, learnt=learnt)


def _tell(
    session: Session, act: Act, borrower_ids: Collection[int], days: PlainDays, until: date, learnt: Learnt | None
) -> set[int]:
    """Tell histories of plain borrowers anew; returns whose move of the day is told with the rest."""
    told: set[int] = set()
    kept = _KEPT.c
    for piece in chunks(sorted(borrower_ids), _TOLD_AT_A_TIME):
        rows = session.execute(select(kept.borrower_id, kept.next_change_on).where(among(kept.borrower_id, piece)))
        next_days = {row.borrower_id: row.next_change_on for row in rows}
        told |= tell_anew(session, act=act, next_days=next_days, until=until, learnt=learnt, plain_days=days)
    return told


def _ranges_of(session: Session, whose: Whose) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the lowest and the highest id of their contracts, and of the plans of these.

    The count is for the planner: a lowest and a highest alone it seeks along the primary key, past everybody else's
    contracts, and the further on a piece lies the longer that takes.
    """
    ends = (func.min(Loan.id), func.max(Loan.id), func.min(Loan.plan_id), func.max(Loan.plan_id))
    first, last, first_plan, last_plan, _count = session.execute(
        select(*ends, func.count()).where(whose.holds(Loan.borrower_id))
    ).one()
    return (first or 0, last or 0), (first_plan or 0, last_plan or 0)


def _take_over(session: Session, act: Act, whose: Whose, as_of: date, told: Collection[int]) -> int:
    """Write the fresh standings that differ, with what follows from them, and the history of who is not told of yet."""
    fresh, kept = _FRESH.c, _KEPT.c
    both = _beside_kept(whose)
    is_overdue, was_overdue = fresh.state == StandingState.OVERDUE.value, kept.state == StandingState.OVERDUE
    session.execute(
        insert(StandingChange).from_select(
            _MOVE,
            select(
                fresh.borrower_id,
                literal(as_of, Date),
                literal(as_of, Date),
                kept.state,
                func.coalesce(kept.bucket, ""),
                fresh.state,
                fresh.bucket,
                fresh.overdue_total,
            )
            .select_from(both)
            .where(
                or_(kept.state.is_distinct_from(fresh.state), kept.bucket.is_distinct_from(fresh.bucket)),
                ~among(fresh.borrower_id, sorted(told)),
            ),
        )
    )
    has_case = select(Case.id).where(Case.borrower_id == fresh.borrower_id, Case.closed_on.is_(None)).exists()
    overdue = session.scalars(
        select(fresh.borrower_id).where(is_overdue, fresh.data_on.is_not(None), ~has_case).order_by(fresh.borrower_id)
    ).all()
    cured = session.scalars(
        select(fresh.borrower_id).select_from(both).where(~is_overdue, was_overdue).order_by(fresh.borrower_id)
    ).all()
    changed = _upsert(session, whose)
    standings.open_cases(session, act, overdue, as_of)
    for ids in chunks(cured, standings.CHUNK):
        cures.end_for_cured(session, act=act, borrower_ids=ids)
    for held in session.identity_map.values():
        if isinstance(held, BorrowerStanding):
            session.expire(held)
    return changed


def _beside_kept(whose: Whose) -> Join:
    """Lay the fresh standings beside the kept ones; that these lie within the range saves reading all before it."""
    kept = _KEPT.c.borrower_id
    return _FRESH.outerjoin(_KEPT, and_(kept == _FRESH.c.borrower_id, kept.between(whose.first, whose.last)))


def _upsert(session: Session, whose: Whose) -> int:
    fresh, kept = _FRESH.c, _KEPT.c
    differs = or_(kept.borrower_id.is_(None), *(fresh[name].is_distinct_from(kept[name]) for name in _COMPARED))
    rows = select(*_FRESH.columns).select_from(_beside_kept(whose)).where(differs)
    make = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
    statement = make(_KEPT).from_select(list(_FRESH.columns.keys()), rows)
    statement = statement.on_conflict_do_update(
        index_elements=["borrower_id"],
        set_={name: statement.excluded[name] for name in ("as_of", *_COMPARED)},
    )
    return session.connection().execute(statement, execution_options={"preserve_rowcount": True}).rowcount
