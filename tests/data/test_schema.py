"""The database keeps the rules that code might forget."""

from __future__ import annotations

import re
from contextlib import nullcontext

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Enum, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from config import COUNTY_TIME
from models import schema
from models.database import Database
from models.events import Event, EventChain, record
from models.jobs import Job
from models.papers import PaperNumber
from models.rules.notices import NumberState
from models.rules.papers import PaperKind
from models.tables import METADATA
from portal.services import fsck, papers
from portal.services.notices import Terms
from tests.conftest import NOW
from tests.world import World


def test_migrations_make_what_the_tables_say(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_checks_let_every_code_through(database: Database) -> None:
    """Two migrations that each rewrite a check from a list of their own would take back what the other let through."""
    with database.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            if database.is_sqlite:
                found = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table.name})
            else:
                definitions = text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = cast(:name AS regclass)")
                found = " ".join(connection.scalars(definitions, {"name": table.name}))
            for column in table.columns:
                if isinstance(column.type, Enum):
                    missing = [code for code in column.type.enums if f"'{code}'" not in str(found)]
                    assert missing == [], f"{table.name}.{column.name}"


def test_codes_are_compared_one_by_one(database: Database, world: World) -> None:
    """SQLite makes a table of what stands behind IN anew for each row it writes.

    Where this fails, a new migration has to write its checks as 0018 wrote those before it.
    """
    assert _looked_up(database) == []
    schema.go_back(database, "0017")
    assert bool(_looked_up(database)) is database.is_sqlite  # PostgreSQL writes no check so
    schema.migrate(database)
    assert _looked_up(database) == []
    for code, is_known in (("unheard_of", False), ("overdue", True)):
        change = text("UPDATE borrower_standings SET state = :code")
        with nullcontext() if is_known else pytest.raises(IntegrityError), database.write() as session:
            assert session.execute(change, {"code": code}).rowcount == len(world.borrowers)


def _looked_up(database: Database) -> list[str]:
    """Return the checks of columns of codes that are written with IN."""
    written = (
        "SELECT sql FROM sqlite_master WHERE type = 'table'"
        if database.is_sqlite
        else "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
    )
    with database.engine.connect() as connection:
        return re.findall(r"CHECK \(\w+ IN \([^)]+\)\)", "\n".join(connection.scalars(text(written))))


def test_migrations_go_back_and_forth(database: Database) -> None:
    schema.go_back(database, "base")
    with database.engine.connect() as connection:
        assert METADATA.tables.keys() & set(database.engine.dialect.get_table_names(connection)) == set()
    schema.migrate(database)
    with database.engine.connect() as connection:
        assert METADATA.tables.keys() <= set(database.engine.dialect.get_table_names(connection))


def test_what_jobs_told_as_text_is_not_lost(database: Database) -> None:
    schema.go_back(database, "0012")
    values = (
        "'nightly:1', 1, 'nightly', '', '{}', 'done', 2, 0, 2, 'No. 7 · No. 9: paid', '', false, "
        "'2026-11-20 01:00:00+00:00'"
    )
    columns = "key, attempt, kind, title, arguments, state, total, done, failed, message, result_url, cancel_asked, created_at"
    with database.write() as session:
        session.connection().exec_driver_sql(f"INSERT INTO jobs ({columns}) VALUES ({values})")
    schema.migrate(database)
    with database.reader() as session:
        found = session.execute(select(Job.message, Job.failures)).one()
    assert tuple(found) == ("", [{"name": "No. 7"}, {"name": "No. 9: paid"}])


def test_papers_made_before_there_was_a_register_are_in_it(database: Database, world: World) -> None:
    with database.write() as session:
        act, kind = world.act("member"), PaperKind.RELIEF_INFORMATION
        made = [
            papers.issue_to_borrower(session, act=act, borrower_id=who.id, kind=kind, terms=Terms("https://portal.example.cn", 35))
            for who in (world.borrowers["current"], world.borrowers["overdue"])
        ]
        leaflet = papers.issue_leaflet(session, act=act)
    schema.go_back(database, "0013")
    schema.migrate(database)
    with database.reader() as session:
        found = session.scalars(select(PaperNumber).order_by(PaperNumber.kind, PaperNumber.number)).all()
        assert fsck.check(session, NOW.date())["serials"] == []
    assert [(one.kind, one.number, one.state) for one in found] == [
        (PaperKind.LEAFLET, 1, NumberState.USED),
        (kind, 1, NumberState.USED),
        (kind, 2, NumberState.USED),
    ]
    assert [one.check_code for one in found] == [f"paper/{leaflet.id}", *(one.check_code for one in made)]
    with database.write() as session:
        again = papers.issue_leaflet(session, act=act)
    assert again.number == 2


@pytest.mark.parametrize("statement", ["UPDATE events SET tag = 'x'", "DELETE FROM events"])
def test_events_are_never_changed(database: Database, world: World, statement: str) -> None:
    with pytest.raises(DBAPIError, match="never changed"), database.write() as session:
        session.execute(text(statement))


def test_events_are_chained(database: Database) -> None:
    with database.write() as session:
        for number in range(3):
            record(session, "test:happened", at=NOW, number=number)
            session.flush()
    with database.reader() as session:
        events = session.scalars(select(Event).order_by(Event.id)).all()
        assert [event.hash for event in events] == [event.digest() for event in events]
        assert [event.previous_hash for event in events[1:]] == [event.hash for event in events[:-1]]
        assert session.get_one(EventChain, 1).head == events[-1].hash


def test_a_refused_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        record(session, "test:happened", at=NOW)
        session.flush()
        _ = 1 // 0
    with database.reader() as session:
        assert session.scalars(select(Event)).all() == []


def test_the_chain_does_not_depend_on_the_zone_a_moment_is_given_in(database: Database) -> None:
    with database.write() as session:
        record(session, "test:happened", at=NOW.astimezone(COUNTY_TIME))
    with database.reader() as session:
        event = session.scalars(select(Event)).one()
        assert event.hash == event.digest()
