"""Standings at scale: the night's sweep, the rebuild of all, one borrower inside a request.

``BENCH_BORROWERS`` (default 100,000; three contracts and fifteen instalments each) sets the size. The database is a
SQLite file of the run, or ``BENCH_DATABASE_URL``: an empty one, or one that an earlier run has filled to that size.
``BENCH_ROUNDS`` (default 3) says how often all standings are rebuilt; 1 is for a million on a busy machine.
What is measured is rolled back, so every round meets the same rows. Our side pays for all it does: the rows of history,
the look for cases to open and to close, the locks. Peak memory is this process's; a PostgreSQL server has its own.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from models import schema
from models.crypto import KeyRing, use_keys
from models.database import Database
from models.loans import Instalment, Loan
from models.standings import BorrowerStanding, StandingChange
from portal.actors import Act
from portal.services import nightly, standing_batches, standings
from tests.bench import plain_sql, portfolio
from tests.bench.report import Report
from tests.world import build

_EVE = date(2027, 1, 19)
_AGEING = date(2027, 1, 20)  # the 31st day after 20 December: the range of one in a hundred moves on
_IDLE = date(2027, 1, 25)
_FALLING = date(2027, 2, 20)  # an instalment of another one in a hundred falls due


def run(report: Report) -> None:
    """Measure on one database."""
    use_keys(KeyRing(values=b"v" * 32, index=b"i" * 32))
    size = int(os.environ.get("BENCH_BORROWERS", "100000"))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(os.environ.get("BENCH_DATABASE_URL") or f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        _fill(report, database, size)
        with database.reader() as session:
            counts = [session.scalar(select(func.count()).select_from(table)) for table in (Loan, Instalment)]
            about = _about(session, database)
        report.say(f"{about}: {size:,} borrowers, {counts[0]:,} contracts, {counts[1]:,} instalments")
        rounds = int(os.environ.get("BENCH_ROUNDS", "3"))
        _rebuild(report, database, rounds)
        if rounds > 1:
            _from_nothing(report, database)
        _nights(report, database)
        _one_by_one(report, database)
        database.engine.dispose()


def _fill(report: Report, database: Database, size: int) -> None:
    schema.migrate(database)
    with database.reader() as session:
        held = portfolio.size_of(session)
    if not held:
        with database.write() as session:
            world = build(session, datetime(2026, 11, 23, 2, 0, tzinfo=UTC))
        with report.timed("fill the tables", size):
            portfolio.fill(database, world, size)
    elif held != size:
        raise SystemExit(f"the database holds {held:,} borrowers; set BENCH_BORROWERS to that or give an empty one")
    with database.write() as session:
        plain_sql.drop(session)
        session.execute(delete(StandingChange))
        session.execute(delete(BorrowerStanding))


def _about(session: Session, database: Database) -> str:
    if database.is_sqlite:
        cache = session.scalar(text("PRAGMA cache_size"))
        return f"SQLite {session.scalar(text('SELECT sqlite_version()'))}, cache_size {cache}"
    shown = [
        f"{name} {session.scalar(text(f'SHOW {name}'))}" for name in ("shared_buffers", "work_mem", "fsync", "jit")
    ]
    return f"PostgreSQL {session.scalar(text('SHOW server_version'))}, {', '.join(shown)}"


def _rebuild(report: Report, database: Database, rounds: int) -> None:
    eve = _night(_EVE)
    with report.timed("first rebuild: every row is new, with its history and the cases to open") as found:
        found.things = _in_pieces(database, eve)
    portfolio.tidy(database)
    with database.write() as session:
        plain_sql.prepare(session)

    def rebuild(session: Session) -> int:
        changed = standing_batches.rebuild(session, act=eve)
        if changed:
            raise AssertionError(f"{changed} standings changed without a fact")
        return found.things

    with database.writer() as session:
        plain_sql.compute(session, _EVE)
        differing, looked_at = plain_sql.difference(session), plain_sql.compared(session)
        session.rollback()
    if differing or not looked_at:
        raise AssertionError(f"{differing} of {looked_at} rows of the plain SQL are not ours")
    report.say(f"plain SQL and portal agree on every column of {looked_at:,} rows (those put off are not compared)")
    _compare(
        report,
        database,
        "rebuild of all standings, of the plain SQL's time",
        {"plain SQL into a fresh table": lambda session: plain_sql.compute(session, _EVE), "rebuild": rebuild},
        rounds=rounds,
        goal=2,
    )


def _from_nothing(report: Report, database: Database) -> None:
    """Let both write every row, where the rebuild above finds nothing to write."""

    def plain(session: Session) -> int:
        session.execute(delete(BorrowerStanding))
        return plain_sql.compute(session, _EVE, into="borrower_standings")

    def ours(session: Session) -> int:
        session.execute(delete(BorrowerStanding))
        return standing_batches.rebuild(session, act=_night(_EVE))

    _compare(
        report,
        database,
        "rebuild from nothing with history, of DELETE and plain SQL into the same table",
        {"DELETE and plain SQL": plain, "DELETE and rebuild": ours},
        rounds=1,
        goal=2,
    )


def _nights(report: Report, database: Database) -> None:
    _compare(
        report,
        database,
        "sweep of those a day older, of one UPDATE's time",
        {
            "one UPDATE": lambda session: plain_sql.age(session, _AGEING),
            "sweep": lambda session: _sweep(session, _AGEING),
        },
        rounds=7,
        goal=3,
    )
    with database.write() as session:
        _sweep(session, _AGEING)
    idle = report.rounds({"idle night": _rolled_back(database, lambda session: _sweep(session, _IDLE) or 1)}, 7)
    report.at_most("seconds of a night on which nothing changes", median(idle["idle night"].seconds), 1)
    _compare(
        report,
        database,
        "sweep of those with an instalment that day, of one UPDATE's time",
        {
            "one UPDATE from the facts": lambda session: plain_sql.update(session, _FALLING),
            "sweep of what falls due": lambda session: _sweep(session, _FALLING),
        },
        rounds=7,
        goal=3,
    )


def _one_by_one(report: Report, database: Database) -> None:
    taken = []
    with database.writer() as session:
        ids = session.scalars(
            select(BorrowerStanding.borrower_id)
            .where(BorrowerStanding.borrower_id >= portfolio.FIRST)
            .order_by(BorrowerStanding.borrower_id)
            .limit(500)
        ).all()
        for borrower_id in ids:
            start = perf_counter()
            standings.recompute(session, act=_night(_IDLE), borrower_ids=[borrower_id])
            taken.append(perf_counter() - start)
        session.rollback()
    report.at_most(f"milliseconds to judge one borrower in a request, median of {len(ids)}", 1000 * median(taken), 5)


def _compare(
    report: Report, database: Database, label: str, two: dict[str, Callable[[Session], int]], rounds: int, goal: float
) -> None:
    """Measure the plain way and ours in turn; ours is the second."""
    plain, ours = report.rounds({name: _rolled_back(database, work) for name, work in two.items()}, rounds).values()
    if abs(plain.things - ours.things) > 0.01 * plain.things:
        raise AssertionError(f"{ours.label} did {ours.things:,} things, {plain.label} {plain.things:,}")
    report.at_most(label, median(ours.seconds) / median(plain.seconds), goal)


def _sweep(session: Session, day: date) -> int:
    """Do the parts of a night that move standings, in one transaction."""
    return sum(
        nightly.do(session, as_of=day, part=part)
        for step in ("ageing", "standings")
        for part in nightly.parts(session, day, step)
    )


def _in_pieces(database: Database, act: Act) -> int:
    """Rebuild as a job would, each piece in a transaction of its own."""
    with database.reader() as session:
        pieces = standing_batches.all_ranges(session)
    changed = 0
    for first, last, _ in pieces:
        with database.write() as session:
            changed += standing_batches.rebuild_range(session, act=act, first=first, last=last, as_of=act.today)
    return changed


def _night(day: date) -> Act:
    return Act(None, datetime.combine(day, time(1, 30), UTC))


def _rolled_back(database: Database, work: Callable[[Session], int]) -> Callable[[], int]:
    def one() -> int:
        with database.writer() as session:
            done = work(session)
            session.rollback()
            return done

    return one
