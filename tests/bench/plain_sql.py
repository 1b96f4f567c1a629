"""What a good engineer writes by hand for one night of one portfolio: the baselines of the standings' benchmark.

They know the portfolio: no reversal, no early repayment, one lender, a list of 31 December. They give the same rows as
the portal, and the benchmark compares them, except for the few with a contract put off, whom they take as current.
Repayments are looked up on SQLite and joined on PostgreSQL: on each the faster of the two.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.rules.calendar import season_start
from models.standings import BorrowerStanding
from tests.bench.portfolio import DATA_ON

COLUMNS = [column.name for column in BorrowerStanding.__table__.columns]
_FIRSTS = (31, 91, 181, 366)  # days past due on which the range moves on

_CONTRACTS = """
    SELECT l.id, l.borrower_id, l.plan_id, min(a.data_on) AS data_on, min(s.overdue_since) AS overdue_since,
           coalesce(min(s.overdue_principal), 0) AS principal, coalesce(min(s.overdue_interest), 0) AS interest,
           coalesce(min(s.penalty), 0) AS penalty,
           sum(CASE WHEN i.due_on >= :opened AND i.due_on <= :day THEN i.principal + i.interest ELSE 0 END) AS season,
           sum(CASE WHEN i.due_on >= :opened AND i.due_on < :day THEN i.principal + i.interest ELSE 0 END) AS season_before,
           sum(CASE WHEN i.due_on <= :day THEN i.principal + i.interest ELSE 0 END) AS fallen,
           min(CASE WHEN i.due_on >= :day THEN i.due_on END) AS next_due,
           min(CASE WHEN i.due_on > :day THEN i.due_on END) AS turn,
           {paid} AS paid
    FROM loans l
    JOIN arrears_lists a ON a.lender_id = l.lender_id AND a.data_on = :data_on
    LEFT JOIN statements s ON s.arrears_list_id = a.id AND s.loan_id = l.id
    LEFT JOIN instalments i ON i.plan_id = l.plan_id AND i.due_on > l.subsidy_ends_on
    {join}
    {where}
    GROUP BY l.id
"""
_BORROWERS = """
    SELECT c.borrower_id, min(c.overdue_since) AS since, sum(c.principal) AS principal, sum(c.interest) AS interest,
           sum(c.penalty) AS penalty, sum(c.season) AS season, sum(c.fallen) AS fallen, min(c.data_on) AS data_on,
           sum(CASE WHEN c.season_before < c.principal + c.interest THEN c.season_before
                    ELSE c.principal + c.interest END) AS season_overdue,
           min(c.next_due) AS next_due, min(CASE WHEN c.next_due = :day THEN {tomorrow} ELSE c.turn END) AS turn,
           sum((SELECT n.principal + n.interest FROM instalments n WHERE n.plan_id = c.plan_id AND n.due_on = c.next_due)
               - CASE WHEN c.principal + c.interest = 0 AND c.paid > c.fallen THEN c.paid - c.fallen ELSE 0 END
           ) AS next_amount
    FROM ({contracts}) AS c
    GROUP BY c.borrower_id
"""
_STANDINGS = """
    SELECT borrower_id, {today} AS as_of, CASE WHEN principal + interest > 0 THEN 'overdue' ELSE 'current' END AS state,
           CASE WHEN since IS NULL THEN '' WHEN since <= :first_366 THEN '365+' WHEN since <= :first_181 THEN '181-365'
                WHEN since <= :first_91 THEN '91-180' WHEN since <= :first_31 THEN '31-90' ELSE '1-30' END AS bucket,
           since AS overdue_since, 0 AS days_removed, false AS clock_stopped, principal AS overdue_principal,
           interest AS overdue_interest, penalty, principal + interest + penalty AS overdue_total,
           season_overdue AS overdue_this_season, season AS due_this_season, fallen AS due_cumulative,
           fallen > 0 AS has_anything_due, data_on, false AS is_estimated, next_due AS next_due_on,
           next_amount AS next_due_amount,
           CASE WHEN since > :first_31 THEN {least}(turn, {since_31}) WHEN since > :first_91 THEN {least}(turn, {since_91})
                WHEN since > :first_181 THEN {least}(turn, {since_181})
                WHEN since > :first_366 THEN {least}(turn, {since_366}) ELSE turn END AS next_change_on,
           turn AS next_fact_on
    FROM ({borrowers}) AS b
"""
_PAID_OF_ONE = "coalesce((SELECT sum(r.amount) FROM repayments r WHERE r.loan_id = l.id AND r.paid_on <= :day), 0)"
_PAID_OF_ALL = """LEFT JOIN (SELECT loan_id, sum(amount) AS amount FROM repayments WHERE paid_on <= :day GROUP BY loan_id)
    AS r ON r.loan_id = l.id"""
_DUE = "borrower_id IN (SELECT borrower_id FROM borrower_standings WHERE next_change_on <= :day)"
_AGE = """
UPDATE borrower_standings
SET bucket = '31-90', as_of = :day, next_change_on = CASE WHEN next_fact_on < :edge THEN next_fact_on ELSE :edge END
WHERE next_change_on <= :day
"""
# Not the few whose contracts are put off, nor the small district's own people.
_COMPARED = (
    "borrower_id >= 1000 AND borrower_id NOT IN (SELECT borrower_id FROM loans JOIN reliefs ON loan_id = loans.id)"
)


def prepare(session: Session) -> None:
    """Make the baseline's table: the standings' columns and key, without their other indexes and their checks."""
    if _is_sqlite(session):
        session.execute(text("CREATE TABLE bench_standings AS SELECT * FROM borrower_standings WHERE false"))
        session.execute(text("CREATE UNIQUE INDEX bench_standings_id ON bench_standings (borrower_id)"))
    else:
        session.execute(text("CREATE TABLE bench_standings (LIKE borrower_standings, PRIMARY KEY (borrower_id))"))


def drop(session: Session) -> None:
    """Drop the baseline's table, where there is one."""
    session.execute(text("DROP TABLE IF EXISTS bench_standings"))


def compute(session: Session, day: date, *, into: str = "bench_standings") -> int:
    """Compute everybody's standing into an empty table; returns how many rows."""
    into = f"INSERT INTO {into} ({', '.join(COLUMNS)})"
    return _run(session, f"{into} {_standings(session, where='')}", day)


def update(session: Session, day: date) -> int:
    """Compute the standings of those whose day has come, in one UPDATE; returns how many rows."""
    values = ", ".join(f"{name} = fresh.{name}" for name in COLUMNS if name != "borrower_id")
    rows = _standings(session, where=f"WHERE l.{_DUE}")
    return _run(
        session,
        f"UPDATE borrower_standings SET {values} FROM ({rows}) AS fresh WHERE fresh.borrower_id = borrower_standings.borrower_id",
        day,
    )


def age(session: Session, day: date) -> int:
    """Move those overdue since last December on to the next range, in one UPDATE; returns how many rows."""
    return _run(session, _AGE, day, edge=date(day.year, 3, 21))


def difference(session: Session) -> int:
    """Count the rows of the baseline's table that the portal's table does not hold just so."""
    columns = ", ".join(COLUMNS)
    sides = (f"SELECT {columns} FROM {table} WHERE {_COMPARED}" for table in ("bench_standings", "borrower_standings"))
    return session.scalar(text(f"SELECT count(*) FROM ({' EXCEPT '.join(sides)}) AS differing")) or 0


def compared(session: Session) -> int:
    """Count the rows that ``difference`` looks at."""
    return session.scalar(text(f"SELECT count(*) FROM bench_standings WHERE {_COMPARED}")) or 0


def _standings(session: Session, where: str) -> str:
    is_sqlite = _is_sqlite(session)
    paid, join = (_PAID_OF_ONE, "") if is_sqlite else ("coalesce(min(r.amount), 0)", _PAID_OF_ALL)
    contracts = _CONTRACTS.format(paid=paid, join=join, where=where)
    today, least = (":day", "min") if is_sqlite else ("CAST(:day AS DATE)", "least")
    after = "date({}, '+{} days')" if is_sqlite else "{} + {}"
    return _STANDINGS.format(
        borrowers=_BORROWERS.format(contracts=contracts, tomorrow=after.format(today, 1)),
        today=today,
        least=least,
        **{f"since_{first}": after.format("since", first) for first in _FIRSTS},
    )


def _run(session: Session, statement: str, day: date, **more: date) -> int:
    facts = {"day": day, "data_on": DATA_ON, "opened": season_start(day), **more}
    facts |= {f"first_{first}": day - timedelta(days=first) for first in _FIRSTS}
    given: dict[str, Any] = {name: on for name, on in facts.items() if f":{name}" in statement}
    if _is_sqlite(session):
        given = {name: on.isoformat() for name, on in given.items()}
    return session.connection().execute(text(statement), given).rowcount


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
