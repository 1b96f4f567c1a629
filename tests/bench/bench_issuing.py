"""Issuing for real: a batch of notices with its rows, events and papers, as the job does it, then the files to print.

``BENCH_ISSUED`` (default 2,000) is how many borrowers are in arrears, with one to four contracts of eleven instalments
each; ``BENCH_DATABASE_URL`` an empty PostgreSQL database instead of a SQLite file. All of it runs in one process held
to one processor (a PostgreSQL server takes its share elsewhere, which is not counted). Beside it, in the same run: one
borrower after the other, and the papers alone.
"""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

from sqlalchemy import func, select, text

from config import Settings
from models import schema
from models.crypto import KeyRing, use_keys
from models.database import Database
from models.events import Event
from models.notices import Notice, NoticeBatch, NoticePaper
from notices import layout, typefaces
from notices.content import NoticeContent
from portal.jobs.registry import PLANS
from portal.jobs.runner import Runner
from portal.queries.borrower_filters import Filters
from portal.queries.notice_batches import Place, candidates, job_key
from portal.services import notice_batches, notices
from portal.services.notice_drafts import Terms, obstacle
from tests.arrears import people_in_arrears
from tests.bench.report import Report
from tests.conftest import TYPEFACES
from tests.world import World, build

_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
_TERMS = Terms("https://loans.example", 35)
_ONE_BY_ONE = 100
_KIB = 1024


def run(report: Report) -> None:
    """Measure on one database."""
    use_keys(KeyRing(values=b"v" * 32, index=b"i" * 32))
    typefaces.use(TYPEFACES)
    count = int(os.environ.get("BENCH_ISSUED", "2000"))
    with tempfile.TemporaryDirectory() as folder, _one_processor():
        database = Database(os.environ.get("BENCH_DATABASE_URL") or f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        schema.migrate(database)
        with database.write() as session:
            world = build(session, _AT)
            villages = people_in_arrears(session, world, count + _ONE_BY_ONE)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        report.say(f"{database.engine.dialect.name}: {count:,} borrowers in arrears")
        _measure(report, database, world, villages)
        database.engine.dispose()
    typefaces.use(None)


def _measure(report: Report, database: Database, world: World, villages: tuple[str, str]) -> None:
    few, many = villages
    act = world.act("centre")
    with report.timed("forms laid out, which a worker does once a day", 4):
        for contracts in _forms(database, world):
            layout.render(contracts)
    with database.reader() as session:
        ids = candidates(session, act.person, act.today, Place(Filters(area=few), None, few))
    with report.timed("issued one by one", len(ids)) as single:
        for one in ids:
            with database.write() as session:
                draft = notices.reserve(session, act=act, borrower_id=one.borrower_id, terms=_TERMS)
            notices.complete(database, act=act, draft=draft)
    with report.timed("batch written down"), database.write() as session:
        batch = notice_batches.create_batch(session, act=act, where=Place(Filters(area=many), None, many), terms=_TERMS)
    settings = Settings.from_environment({"PORTAL_PROFILE": "test", "PUBLIC_URL": _TERMS.public_url})
    runner = Runner(database, settings, PLANS, lambda: _AT)
    busy = process_time()
    with report.timed("issued by the job") as issued:
        runner.drive(job_key(batch.id), 1)
        busy = process_time() - busy
        issued.things = _checked(database, batch)
    said = _said(database, batch)
    alone = process_time()
    for one in said:
        layout.render(one)
    alone = process_time() - alone
    report.at_least(
        "borrowers for each second of one processor, with rows, events and papers written", issued.things / busy, 250
    )
    report.say(f"{1 / issued.each:,.0f} a second by the clock, on a machine that does other things as well")
    report.at_least("times one by one, by the clock", single.each / issued.each, 3)
    report.say(f"the papers alone: {len(said) / alone:,.0f} for each second of one processor")
    report.say(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB:,.0f} MB")


def _checked(database: Database, batch: NoticeBatch) -> int:
    """Count what the job issued, and see that all of it is there."""
    with database.reader() as session:
        count = session.scalar(select(func.count()).select_from(Notice).where(Notice.batch_id == batch.id)) or 0
        papers = session.scalar(
            select(func.count())
            .select_from(NoticePaper)
            .join(Notice, Notice.id == NoticePaper.notice_id)
            .where(Notice.batch_id == batch.id)
        )
        events = session.scalar(select(func.count()).select_from(Event).where(Event.tag == "notice:issued"))
    if not count or papers != count or (events or 0) < count:
        raise AssertionError(f"{count} notices, {papers} papers, {events} events")
    return count


def _said(database: Database, batch: NoticeBatch) -> list[NoticeContent]:
    with database.reader() as session:
        rows = session.scalars(select(Notice.content).where(Notice.batch_id == batch.id)).all()
    return [NoticeContent.from_json(row) for row in rows]


def _forms(database: Database, world: World) -> list[NoticeContent]:
    """Return one notice of each count of contracts, as the batch will make them, issued and taken back."""
    act = world.act("centre")
    found = {}
    with database.writer() as session:
        for one in candidates(
            session, act.person, act.today, Place(Filters(area=world.district.code), None, world.district.code)
        ):
            if len(one.contracts) not in found and obstacle(one, act.today, _TERMS.fresh_days) is None:
                draft = notices.reserve(session, act=act, borrower_id=one.borrower_id, terms=_TERMS)
                found[len(one.contracts)] = replace(draft.content)
        session.rollback()
    return list(found.values())


@contextmanager
def _one_processor() -> Iterator[None]:
    """Hold this process to one processor."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
