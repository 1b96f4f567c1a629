"""Killed after the copy was put in place and before it was finished: the database says so, and nobody works on it.

Only PostgreSQL can be caught there: SQLite's file is finished before it takes the other's place.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import func, select, text

from config import Settings
from models import schema
from models.accounts import UserSession
from models.database import Database
from models.events import Event
from models.restores import Restore
from models.rules.refusals import Refused
from portal.app import create_app
from portal.jobs import backups
from portal.queries import readiness
from portal.services import fsck
from portal.services.backups import finishing, restoring
from tests.backups import Home, everything, home, in_a_child
from tests.conftest import NOW
from tests.world import World

AT = NOW + timedelta(hours=1)


@pytest.fixture
def place(database: Database, settings: Settings, tmp_path: Path) -> Home:
    found = home(database, settings, tmp_path)
    found.settings = replace(found.settings, jobs_database_url=f"sqlite:///{found.settings.data_dir / 'jobs.sqlite3'}")
    return found


def _restore(place: Home, name: str) -> None:
    place.database.engine.dispose()
    backups.restore(place.database, place.settings, name, now=lambda: AT, may_go_on=lambda _manifest: True)


def _killed_in(place: Home, name: str, where: object, what: str) -> None:
    """Bring a backup back, and die where a step would begin."""

    def die(*_given: object, **_more: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def restore() -> None:
        setattr(where, what, die)
        _restore(place, name)

    place.database.engine.dispose()
    _, status = os.waitpid(in_a_child(restore), 0)
    assert os.WIFSIGNALED(status)


def _made(place: Home, world: World, revision: str = "") -> str:
    """Make a backup of an open session, of an older schema where one is named, and change something afterwards."""
    with place.database.write() as session:
        user = world.users["centre"].id
        session.add(UserSession(key_hash="k", user_id=user, created_at=NOW, last_seen_at=NOW))
    if revision:
        schema.go_back(place.database, revision)
    made = place.make()
    if revision:
        schema.migrate(place.database)
    return made.name


def _command(place: Home, *words: str) -> Result:
    place.database.engine.dispose()
    app = create_app(place.settings, Database(place.settings.database_url))
    done = app.test_cli_runner().invoke(args=list(words))
    app.extensions["portal_database"].engine.dispose()
    return done


@pytest.mark.parametrize("revision", ["", "0014"], ids=["this schema", "an older schema"])
@pytest.mark.parametrize(
    ("where", "what"),
    [(restoring, "_finished"), (finishing.serial_numbers, "void_reserved")],
    ids=["at once", "after the migrations"],
)
def test_nobody_works_on_a_copy_that_is_not_finished(
    place: Home, world: World, revision: str, where: object, what: str
) -> None:
    name = _made(place, world, revision)
    before = everything(place.database)
    _killed_in(place, name, where, what)
    if place.database.is_sqlite:
        assert everything(place.database) == before
        return
    app = create_app(place.settings, Database(place.settings.database_url))
    client = app.test_client()
    for url in ("/sign-in", "/check", "/"):
        answer = client.get(url, headers={"Accept-Language": "en"})
        assert answer.status_code == 503
        assert name in answer.get_data(as_text=True)
        assert "migrate" in answer.get_data(as_text=True)
    assert name in client.get("/healthz").get_json()["reason"]
    with client.get("/static/portal.css") as answer:
        assert answer.status_code == 200
    said = _command(place, "worker")
    assert said.exit_code == 1
    assert f"The restore of the backup {name} was cut off" in said.output
    with pytest.raises(Refused, match="cut off before its end"):
        place.make(AT)
    said = _command(place, "migrate")
    assert said.exit_code == 0, said.output
    assert f"the restore of {name} is finished" in said.output
    assert client.get("/check").status_code == 200
    assert client.get("/healthz").status_code == 200
    app.extensions["portal_database"].engine.dispose()
    _is_finished(place, name)
    assert "is finished" not in _command(place, "migrate").output


def test_it_can_be_brought_back_once_more_instead(place: Home, world: World) -> None:
    name = _made(place, world)
    _killed_in(place, name, restoring, "_finished")
    _restore(place, name)
    _is_finished(place, name)
    assert place.make(AT + timedelta(hours=1)).is_good


def _is_finished(place: Home, name: str) -> None:
    with place.database.reader() as session:
        assert readiness.fault(session) is None
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == schema.head_revision()
        assert session.scalars(select(Restore.backup)).all() == [name]
        told = select(func.count()).select_from(Event).where(Event.tag == "backup:restored")
        assert session.scalar(told) == 1
        assert session.scalars(select(UserSession.ended_at)).one() is not None
        assert [one for found in fsck.check(session, NOW.date()).values() for one in found] == []


def _broken(database: Database, statement: str) -> None:
    with database.write() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        (lambda database: schema.go_back(database, "0016"), "The schema is 0016"),
        (lambda database: _broken(database, "UPDATE alembic_version SET version_num = '9999'"), "The schema is 9999"),
        (lambda database: _broken(database, "DROP TABLE alembic_version"), "has no schema"),
    ],
    ids=["older", "newer", "none"],
)
def test_another_schema_is_said_before_any_page(place: Home, breaks: Callable[[Database], None], said: str) -> None:
    breaks(place.database)
    app = create_app(place.settings, place.database)
    client = app.test_client()
    answer = client.get("/sign-in", headers={"Accept-Language": "en"})
    assert answer.status_code == 503
    assert said in answer.get_data(as_text=True)
    assert said in client.get("/healthz").get_json()["reason"]
