"""What the demo district's schools did: every page has something to show, and one school is asked about it."""

from __future__ import annotations

from sqlalchemy import select

from config import Settings
from models.database import Database
from models.publicity import PublicityEvent, PublicityPhoto
from portal.demo import books, fates, load, publicity
from portal.demo.clock import Clock
from tests.conftest import NOW
from tests.demo.test_demo import AS_OF, PASSWORD, SMALL


def test_all_schools_but_the_last_did_something(database: Database, settings: Settings) -> None:
    demo = fates.invent(SMALL, 7, AS_OF)
    folder = settings.data_dir / "demo"
    books.write_all(demo, folder, load.logins(demo))
    with database.write() as session:
        load.load_all(session, demo=demo, folder=folder, data_dir=settings.data_dir, password=PASSWORD, latest=NOW)
        made = publicity.tell(session, demo=demo, clock=Clock(NOW))
    with database.reader() as session:
        rows = session.scalars(select(PublicityEvent)).all()
        assert len(rows) == made
        assert len({row.school_id for row in rows} - {None}) == len(demo.district.schools) - 1
        assert [row.place for row in rows if row.school_id is None] == ["县城农贸市场"]
        assert all(row.held_on <= AS_OF and row.recorded_at <= NOW for row in rows)
        assert len(session.scalars(select(PublicityPhoto)).all()) == 1
