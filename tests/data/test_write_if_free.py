"""What may as well be written later waits for nobody."""

from __future__ import annotations

import time

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.database import Database


def _count(database: Database) -> int:
    with database.reader() as session:
        return session.execute(text("SELECT count(*) FROM event_chain WHERE id > 10")).scalar_one()


def test_it_is_written_unless_somebody_writes(database: Database) -> None:
    def work(session: Session, key: int) -> None:
        session.execute(
            text("INSERT INTO event_chain (id, head) VALUES (:id, :head)"),
            {"id": key, "head": "0"},
        )

    assert database.write_if_free(lambda session: work(session, 11))
    assert _count(database) == 1
    with database.write() as session:
        work(session, 12)
        session.flush()
        started = time.monotonic()
        assert database.write_if_free(lambda other: work(other, 13)) is not database.is_sqlite
        assert time.monotonic() - started < 5
    assert database.write_if_free(lambda session: work(session, 14))
    assert _count(database) == (3 if database.is_sqlite else 4)
    with database.reader() as session:
        if database.is_sqlite:  # whoever takes the connection next waits for his turn again
            assert session.execute(text("PRAGMA busy_timeout")).scalar_one() == 15_000
