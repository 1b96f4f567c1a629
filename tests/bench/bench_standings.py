"""Standings at scale: the night's sweep, the rebuild of all, one borrower inside a request.

``BENCH_BORROWERS`` (default 100,000; three contracts and fifteen instalments each) sets the size, ``BENCH_DATABASE_URL``
an empty PostgreSQL database instead of a SQLite file. What is written is rolled back, so every round meets the same rows.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models import schema
from models.crypto import KeyRing, use_keys
from models.database import Database
from models.loans import ArrearsList, Instalment, Loan
from models.standings import BorrowerStanding
from portal.actors import Act
from portal.services import standing_batches, standings
from tests.bench.report import Report
from tests.world import World, build

_FIRST = 1_000  # ids below belong to the small district itself
_DATA_ON = date(2026, 12, 31)
_EVE = date(2027, 1, 19)
_DAY = date(2027, 1, 20)  # the 31st day after 20 December: the range moves on
_IDLE = date(2027, 1, 25)
_ROUNDS = 3

_PLAIN_SQL = """
INSERT INTO bench_standings
SELECT borrower_id, min(CASE WHEN principal + interest > 0 THEN 0 ELSE 2 END), min(since), sum(principal), sum(interest),
       sum(penalty), sum(season), sum(ever), min(listed), min(next_on),
       sum((SELECT n.principal + n.interest FROM instalments n WHERE n.loan_id = contracts.id
            AND n.due_on = contracts.next_on)), min(turn)
FROM (
    SELECT l.id, l.borrower_id, min(a.data_on) AS listed,
           coalesce(min(s.overdue_principal), 0) AS principal, coalesce(min(s.overdue_interest), 0) AS interest,
           coalesce(min(s.penalty), 0) AS penalty, min(s.overdue_since) AS since,
           sum(CASE WHEN i.due_on >= :opened AND i.due_on <= :day THEN i.principal + i.interest ELSE 0 END) AS season,
           sum(CASE WHEN i.due_on <= :day THEN i.principal + i.interest ELSE 0 END) AS ever,
           min(CASE WHEN i.due_on >= :day THEN i.due_on END) AS next_on,
           min(CASE WHEN i.due_on > :day THEN i.due_on END) AS turn,
           (SELECT sum(r.amount) FROM repayments r WHERE r.loan_id = l.id AND r.paid_on <= :day) AS paid
    FROM loans l
    JOIN arrears_lists a ON a.lender_id = l.lender_id AND a.data_on = :data_on
    LEFT JOIN statements s ON s.arrears_list_id = a.id AND s.loan_id = l.id
    LEFT JOIN instalments i ON i.loan_id = l.id AND i.due_on > l.subsidy_ends_on
    GROUP BY l.id, l.borrower_id
) AS contracts
GROUP BY borrower_id
"""
_PLAIN_UPDATE = """
UPDATE borrower_standings
SET bucket = '31-90', as_of = :day, next_change_on = CASE WHEN next_fact_on < :edge THEN next_fact_on ELSE :edge END
WHERE next_change_on <= :day
"""


def run(report: Report) -> None:
    """Measure on one database."""
    use_keys(KeyRing(values=b"v" * 32, index=b"i" * 32))
    size = int(os.environ.get("BENCH_BORROWERS", "100000"))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(os.environ.get("BENCH_DATABASE_URL") or f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        schema.migrate(database)
        with database.write() as session:
            world = build(session, datetime(2026, 11, 23, 2, 0, tzinfo=UTC))
        with report.timed("fill the tables", size):
            _fill(database, world, size)
        with database.reader() as session:
            counts = [session.scalar(select(func.count()).select_from(table)) for table in (Loan, Instalment)]
        report.say(
            f"{database.engine.dialect.name}: {size:,} borrowers, {counts[0]:,} contracts, {counts[1]:,} instalments"
        )
        _measure(report, database)
        database.engine.dispose()


def _measure(report: Report, database: Database) -> None:
    eve = Act(None, datetime.combine(_EVE, time(1, 30), UTC))
    with report.timed("first rebuild: every row is new"), database.write() as session:
        standing_batches.rebuild(session, act=eve)
    columns = (
        "borrower_id BIGINT PRIMARY KEY, state INTEGER, since DATE, principal BIGINT, interest BIGINT, penalty BIGINT, "
        "season BIGINT, ever BIGINT, listed DATE, next_on DATE, next_amount BIGINT, turn DATE"
    )
    with database.write() as session:
        session.execute(text(f"CREATE TABLE bench_standings ({columns})"))

    def plain_sql(session: Session) -> int:
        facts = {"opened": date(2026, 12, 20), "day": _EVE, "data_on": _DATA_ON}
        session.execute(text(_PLAIN_SQL), _bound(database, facts))
        return session.scalar(text("SELECT count(*) FROM bench_standings")) or 0

    def rebuild(session: Session) -> int:
        changed = standing_batches.rebuild(session, act=eve)
        if changed:
            raise AssertionError(f"{changed} standings changed without a fact")
        return session.scalar(select(func.count()).select_from(BorrowerStanding)) or 0

    found = report.rounds(
        {"plain SQL": _rolled_back(database, plain_sql), "rebuild": _rolled_back(database, rebuild)}, _ROUNDS
    )
    report.at_most(
        "rebuild of all standings, of the plain SQL's time", found["rebuild"].each / found["plain SQL"].each, 2
    )

    def plain_update(session: Session) -> int:
        facts = {"day": _DAY, "edge": date(2027, 3, 21)}
        return session.connection().execute(text(_PLAIN_UPDATE), _bound(database, facts)).rowcount

    night = Act(None, datetime.combine(_DAY, time(1, 30), UTC))

    def sweep(session: Session) -> int:
        return standing_batches.sweep(session, act=night, as_of=_DAY)

    found = report.rounds(
        {"one UPDATE": _rolled_back(database, plain_update), "sweep": _rolled_back(database, sweep)}, 5
    )
    report.at_most(
        "sweep of the rows whose day has come, of one UPDATE's time", found["sweep"].each / found["one UPDATE"].each, 3
    )
    with database.write() as session:
        standing_batches.sweep(session, act=night, as_of=_DAY)
    idle = report.rounds(
        {
            "idle night": _rolled_back(
                database, lambda session: standing_batches.sweep(session, act=night, as_of=_IDLE) or 1
            )
        },
        5,
    )
    report.at_most("seconds of a night on which nothing changes", median(idle["idle night"].seconds), 1)
    _one_by_one(report, database, night)


def _one_by_one(report: Report, database: Database, act: Act) -> None:
    taken = []
    with database.writer() as session:
        for borrower_id in session.scalars(select(BorrowerStanding.borrower_id).limit(200)).all():
            start = perf_counter()
            standings.recompute(session, act=act, borrower_ids=[borrower_id])
            taken.append(perf_counter() - start)
        session.rollback()
    report.at_most("milliseconds to judge one borrower in a request, median of 200", 1000 * median(taken), 5)


def _rolled_back(database: Database, work: Callable[[Session], int]) -> Callable[[], int]:
    def one() -> int:
        with database.writer() as session:
            done = work(session)
            session.rollback()
            return done

    return one


def _bound(database: Database, facts: dict[str, date]) -> dict[str, Any]:
    return {name: day.isoformat() if database.is_sqlite else day for name, day in facts.items()}


def _fill(database: Database, world: World, size: int) -> None:
    with database.write() as session:
        newest = ArrearsList(lender_id=world.arrears_list.lender_id, data_on=_DATA_ON, applied_at=world.at)
        session.add(newest)
        session.flush()
        list_id, lender_id, village_id = newest.id, newest.lender_id, world.borrowers["overdue"].village_id
    numbers = range(_FIRST, _FIRST + size)
    loans = ((n, n * 3 + k) for n in numbers for k in range(3))
    _many(
        database,
        "borrowers (id, name, initials, id_number, id_index, id_last_four_index, masked_id, village_id, school_name, "
        "college, verified_source, is_out_of_touch, version)",
        ((n, "某", "m", "-", str(n), str(n % 9999), "-", village_id, "", "", "", False, 1) for n in numbers),
    )
    _many(
        database,
        "loans (id, borrower_id, lender_id, contract_no, signed_on, principal, balance, rate_percent, subsidy_ends_on, "
        "graduation_year, grace_years, matures_on)",
        (
            (i, n, lender_id, f"B{i}", "2018-09-01", 800000, 800000, 4.9, "2022-08-31", 2022, 3, "2036-09-20")
            for n, i in loans
        ),
    )
    ids = range(_FIRST * 3, (_FIRST + size) * 3)
    years = range(2024, 2029)
    _many(
        database,
        "instalments (loan_id, due_on, principal, interest)",
        ((i, f"{year}-12-20", 60000, 20000) for i in ids for year in years),
    )
    _many(
        database,
        "repayments (loan_id, paid_on, amount, bank_reference)",
        (
            (i, f"{year}-12-{10 + i % 9}", 80000, f"{i}/{year}")
            for i in ids
            if i // 3 % 100 > 6
            for year in (2024, 2025, 2026)
        ),
    )
    _many(  # a hundredth missed last December, six hundredths an earlier one; the list has them all
        database,
        "statements (arrears_list_id, loan_id, overdue_principal, overdue_interest, penalty, overdue_since)",
        (
            (list_id, i, 60000, 20000, 300, "2026-12-20" if i // 3 % 100 == 0 else "2025-12-20")
            for i in ids
            if i // 3 % 100 <= 6
        ),
    )
    _many(  # one in two hundred is put off: those the rules judge one by one
        database,
        "reliefs (loan_id, kind, scope, from_on, to_on, reason)",
        ((i, "deferral", "all", "2026-12-01", "2027-12-01", "") for i in ids if i % 600 == 599),
    )
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _many(database: Database, into: str, rows: Iterator[tuple[Any, ...]]) -> None:
    columns = into.count(",") + 1
    places = ", ".join(["?" if database.is_sqlite else "%s"] * columns)
    with database.write() as session:
        connection = session.connection()
        while batch := list(islice(rows, 20_000)):
            connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({places})", batch)
