"""A backup brought back is the installation as it was: onto a new machine, or over the one that is there."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import select, text

from config import Settings, SettingsError
from models import crypto, schema
from models.accounts import SubmitKey, UserSession
from models.borrowers import Borrower
from models.database import Database
from models.rules.refusals import Refused
from portal.app import create_app
from portal.jobs import backups
from portal.jobs.backups import Restored
from portal.queries import backups as queries
from portal.services import fsck
from portal.services.backups import restoring
from tests import conftest
from tests.backups import Home, everything, flip, home, hours, in_a_child
from tests.conftest import NOW
from tests.world import World

_ADDED = {"events", "event_chain", "restores", "user_sessions"}  # that it was brought back, and all sign in again
_KILLS, _MOST_KILLS = 12, 40


@pytest.fixture
def place(database: Database, settings: Settings, tmp_path: Path) -> Home:
    return home(database, settings, tmp_path)


@pytest.fixture
def elsewhere(
    request: pytest.FixtureRequest, database: Database, place: Home, tmp_path: Path
) -> Iterator[Callable[[], Home]]:
    """Another machine with nothing on it but the keys."""
    made: list[tuple[Database, str]] = []

    def make() -> Home:
        folder = tmp_path / "other"
        shutil.copytree(place.settings.data_dir / "keys", folder / "keys")
        if database.is_sqlite:
            url, name = f"sqlite:///{folder / 'portal.sqlite3'}", ""
        else:
            base, name = request.getfixturevalue("postgres_url"), f"r_{tmp_path.name[-20:].replace('-', '_')}"
            conftest._create(base.format(name="postgres"), f'CREATE DATABASE "{name}"')
            url = base.format(name=name)
        made.append((Database(url), name))
        settings = replace(
            place.settings,
            database_url=url,
            jobs_database_url=f"sqlite:///{folder / 'jobs.sqlite3'}" if database.is_sqlite else url,
            data_dir=folder,
            backup_key_file=folder / "keys" / "backup.key",
        )
        return Home(made[-1][0], settings)

    yield make
    for found, name in made:
        found.engine.dispose()
        if name:
            base = request.getfixturevalue("postgres_url")
            conftest._create(base.format(name="postgres"), f'DROP DATABASE "{name}" WITH (FORCE)')


def _restore(place: Home, name: str, *, over: bool = False) -> Restored:
    place.database.engine.dispose()
    return backups.restore(
        place.database, place.settings, name, now=lambda: NOW + timedelta(days=2), may_go_on=lambda _manifest: over
    )


def _same(found: dict[str, list[Any]], before: dict[str, list[Any]]) -> None:
    assert list(found) == list(before)
    for name, rows in before.items():
        if name not in _ADDED:
            assert found[name] == rows, name
    assert len(found["events"]) == len(before["events"]) + 1
    assert set(map(repr, before["events"])) < set(map(repr, found["events"]))


def test_onto_a_new_machine(place: Home, elsewhere: Callable[[], Home]) -> None:
    place.fill(60)
    before = everything(place.database)
    made = place.make()
    there = elsewhere()
    done = _restore(there, made.name)
    assert done.findings == ()
    _same(everything(there.database), before)
    for folder in ("imports", "imports-second"):
        assert {path.name for path in (there.settings.data_dir / folder).iterdir()} == set(made.files)
    with there.database.reader() as session, place.database.reader() as other:
        query = select(Borrower.id_number).order_by(Borrower.id)
        numbers = list(session.scalars(query))
        assert numbers == list(other.scalars(query))
        assert len(numbers[0]) == 18
        assert fsck.check(session, NOW.date())["events"] == []
    assert there.make(NOW + timedelta(days=3)).is_good
    assert there.names()[1:] == [made.name]


def test_over_what_is_there(place: Home, world: World) -> None:
    with place.database.write() as session:
        user = world.users["centre"].id
        session.add(UserSession(key_hash="k", user_id=user, created_at=NOW, last_seen_at=NOW))
    before = everything(place.database)
    made = place.make()
    with place.database.write() as session:
        session.add(SubmitKey(key="later", user_id=user, used_at=NOW, location=""))
    after = everything(place.database)
    with pytest.raises(Refused, match="There are data already"):
        _restore(place, made.name)
    assert everything(place.database) == after
    assert _restore(place, made.name, over=True).findings == ()
    _same(everything(place.database), before)
    with place.database.reader() as session:
        assert session.scalars(select(UserSession.ended_at)).one() is not None


@pytest.mark.usefixtures("world")
def test_the_portal_may_open_the_file_as_before(place: Home) -> None:
    if not place.database.is_sqlite:
        return
    made = place.make()
    path = place.settings.data_dir / "portal.sqlite3"
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    before = path.stat()
    _restore(place, made.name, over=True)
    after = path.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def _add_checkpoints(place: Home) -> Callable[[], bool]:
    if place.database.is_sqlite:
        path = place.settings.data_dir / "jobs.sqlite3"
        path.write_bytes(b"of another moment")
        return path.exists
    with place.database.write() as session:
        session.execute(text("CREATE SCHEMA dbos"))
        session.execute(text("CREATE TABLE dbos.workflow_status (n integer)"))

    def are_there() -> bool:
        with place.database.reader() as session:
            return session.scalar(text("SELECT to_regclass('dbos.workflow_status')")) is not None

    return are_there


@pytest.mark.usefixtures("world")
def test_checkpoints_of_jobs_are_of_another_moment(place: Home, elsewhere: Callable[[], Home]) -> None:
    place.settings = replace(
        place.settings,
        jobs_database_url=place.settings.jobs_database_url if place.database.is_sqlite else place.settings.database_url,
    )
    are_there = _add_checkpoints(place)
    made = place.make()
    _restore(place, made.name, over=True)
    assert not are_there()
    there = elsewhere()
    _restore(there, made.name)  # they are in no backup either
    if not there.database.is_sqlite:
        with there.database.reader() as session:
            assert session.scalar(text("SELECT to_regclass('dbos.workflow_status')")) is None


@pytest.mark.usefixtures("world")
def test_one_of_an_older_schema_is_brought_up_to_date(place: Home, elsewhere: Callable[[], Home]) -> None:
    schema.go_back(place.database, "0014")
    made = place.make()
    assert made.revision == "0014"
    schema.migrate(place.database)
    assert _restore(place, made.name, over=True).findings == ()  # over tables it does not know of
    there = elsewhere()
    assert _restore(there, made.name).findings == ()
    for one in (place, there):
        with one.database.reader() as session:
            assert session.scalar(text("SELECT version_num FROM alembic_version")) == schema.head_revision()


def _sealed_anew(place: Home, name: str, **changed: Any) -> None:
    manifest = queries.read_manifest(place.folder, name, place.key)
    (place.folder / name / "manifest").write_bytes(replace(manifest, **changed).sealed(place.key))


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("nothing there", "There is no backup"),
        ("a way out", "There is no backup"),
        ("another key", "another key"),
        ("no key", "put .* back"),
        ("other data keys", "values.key and index.key"),
        ("newer schema", "newer portal"),
        ("other engine", "do not fit"),
        ("a changed byte", "damaged"),
        ("a changed manifest", "damaged"),
        ("a missing list", "damaged"),
        ("rows missing", "damaged"),
    ],
)
def test_what_cannot_be_brought_back_changes_nothing(place: Home, world: World, what: str, said: str) -> None:
    made = place.make()
    name = made.name
    if what == "nothing there":
        name = "20200101T000000Z"
    elif what == "a way out":
        name = f"../{place.folder.name}/{name}"
    elif what == "another key":
        place.settings.backup_key_file.write_bytes(b"o" * 32)
    elif what == "no key":
        place.settings.backup_key_file.unlink()
    elif what == "other data keys":
        crypto.use_keys(crypto.KeyRing(values=b"v" * 32, index=b"x" * 32))
    elif what == "newer schema":
        _sealed_anew(place, name, revision="9999")
    elif what == "other engine":
        _sealed_anew(place, name, engine="another")
    elif what == "a changed byte":
        path = place.folder / name / "database"
        flip(path, path.stat().st_size // 2)
    elif what == "a changed manifest":
        flip(place.folder / name / "manifest", 200)
    elif what == "a missing list":
        _sealed_anew(place, name, files=("0" * 64,))
    elif what == "rows missing":
        _sealed_anew(place, name, rows={**made.rows, "borrowers": made.rows["borrowers"] + 1})
    before = everything(place.database)
    with pytest.raises((Refused, SettingsError), match=said):
        _restore(place, name, over=True)
    assert everything(place.database) == before


@pytest.mark.usefixtures("world")
def test_not_while_somebody_has_it_open(place: Home) -> None:
    made = place.make()
    before = everything(place.database)
    other = Database(place.settings.database_url)
    with other.reader() as session:
        session.execute(text("SELECT 1 FROM users"))
        with pytest.raises(Refused, match="stop them first"):
            _restore(place, made.name, over=True)
    other.engine.dispose()
    assert everything(place.database) == before
    assert _restore(place, made.name, over=True).findings == ()


@pytest.mark.usefixtures("world")
def test_a_damaged_file_is_set_aside(place: Home) -> None:
    if not place.database.is_sqlite:
        return
    made = place.make()
    before = everything(place.database)
    place.database.engine.dispose()
    path = place.settings.data_dir / "portal.sqlite3"
    path.write_bytes(os.urandom(8192))
    (path.with_name("portal.sqlite3-wal")).write_bytes(b"of the damaged one")
    done = _restore(place, made.name, over=True)
    assert done.set_aside
    assert done.findings == ()
    assert path.with_name("portal.sqlite3.damaged").stat().st_size == 8192
    assert {name: rows for name, rows in everything(place.database).items() if name == "borrowers"} == {
        "borrowers": before["borrowers"]
    }


@pytest.mark.usefixtures("world")
def test_what_postgres_refuses_leaves_all_as_it_was(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that fits its manifest and still cannot be taken, on the last of its statements."""
    if place.database.is_sqlite:
        return
    made = place.make()
    before = everything(place.database)
    whole = restoring.postgres.pg_programs.script

    def spoilt(*given: Any, **more: Any) -> Iterator[bytes]:
        yield from whole(*given, **more)
        if not more:
            yield b"\nSELECT 1/0;\n"

    monkeypatch.setattr(restoring.postgres.pg_programs, "script", spoilt)
    with pytest.raises(Refused, match="code 22012"):
        _restore(place, made.name, over=True)
    assert everything(place.database) == before


def _command(place: Home, *words: str, typed: str = "") -> Result:
    place.database.engine.dispose()
    app = create_app(place.settings, Database(place.settings.database_url))
    done = app.test_cli_runner().invoke(args=list(words), input=typed)
    app.extensions["portal_database"].engine.dispose()
    return done


@pytest.mark.usefixtures("world")
def test_the_commands(place: Home) -> None:
    said = _command(place, "backups")
    assert (said.exit_code, said.output) == (0, "there is no backup yet\n")
    said = _command(place, "backup")
    assert said.exit_code == 0, said.output
    assert "keep a copy of it elsewhere" in said.output
    name = place.names()[0]
    said = _command(place, "backups", "--check")
    assert said.exit_code == 0
    assert f"{name}  20" in said.output
    assert "good  kept for its recent, day, week, month" in said.output
    said = _command(place, "restore", name, typed="yes\n")
    assert said.exit_code == 1
    assert "nothing was changed" in said.output
    said = _command(place, "restore", name, typed=f"{name}\n")
    assert "brought back as of" in said.output
    with place.database.reader() as session:
        assert session.scalar(text("SELECT count(*) FROM events WHERE tag = 'backup:restored'")) == 1
    place.database.engine.dispose()
    said = _command(place, "restore", name, "--over")
    assert "brought back as of" in said.output
    path = place.folder / name / "database"
    flip(path, path.stat().st_size // 2)
    said = _command(place, "backups", "--check")
    assert (said.exit_code, "content" in said.output) == (1, True)
    said = _command(place, "restore", name, "--over")
    assert said.exit_code == 1
    assert "is damaged" in said.output


def _told_there_is_no_room(place: Home, name: str) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
    with pytest.raises(Refused, match="no room left to bring it back"):
        _restore(place, name, over=True)


@pytest.mark.usefixtures("world")
def test_no_room_leaves_all_as_it_was(place: Home) -> None:
    if not place.database.is_sqlite:
        return  # the dump never lies on this machine's disk
    made = place.make()
    before = everything(place.database)
    place.database.engine.dispose()
    _, status = os.waitpid(in_a_child(lambda: _told_there_is_no_room(place, made.name)), 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert everything(place.database) == before
    assert not list(place.settings.data_dir.glob("*.restoring*"))


def test_a_database_without_a_schema_is_told(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {"PORTAL_PROFILE": "test", "DATA_DIR": str(tmp_path / "data"), "BACKUP_DIR": str(tmp_path / "backups")}
    )
    app = create_app(settings)
    said = app.test_cli_runner().invoke(args=["backup"])
    app.extensions["portal_database"].engine.dispose()
    assert said.exit_code == 1
    assert "has no schema" in said.output
    assert queries.names(tmp_path / "backups") == []


def test_killed_at_any_moment_it_is_the_old_or_the_new(
    place: Home, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moments close in on the one at which the old gives way to the new, however fast the machine is just now."""
    monkeypatch.setattr(restoring, "_PATIENCE", 60)  # the server of a killed one has its work to end
    made = place.make()
    with place.database.write() as session:
        session.add(SubmitKey(key="later", user_id=world.users["centre"].id, used_at=NOW, location=""))
    backup_of_later = place.make(NOW + hours(1))
    began = time.monotonic()
    _restore(place, made.name, over=True)
    too_early, late_enough = 0.0, 1.2 * (time.monotonic() - began)
    _restore(place, backup_of_later.name, over=True)
    seen = []
    while len(seen) < _KILLS or (len(set(seen)) == 1 and len(seen) < _MOST_KILLS):
        moment = (too_early + late_enough) / 2
        place.database.engine.dispose()
        child = in_a_child(lambda: _restore(place, made.name, over=True))
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        is_old = _later(place)
        seen.append(is_old)
        with place.database.reader() as session:
            found = fsck.check(session, NOW.date())
        assert [one for findings in found.values() for one in findings] == []
        if is_old:
            too_early = moment
            if late_enough - too_early < 0.05:  # it takes longer than before
                late_enough = 2 * too_early + 0.1
        else:
            late_enough = moment
            if late_enough - too_early < 0.05:
                too_early /= 2
            assert _restore(place, backup_of_later.name, over=True).findings == ()
    assert set(seen) == {True, False}, "every kill came too early, or too late"


def _later(place: Home) -> bool:
    """Say whether the database is the one with the later row; on PostgreSQL once the killed one's server has ended."""
    if not place.database.is_sqlite:
        restoring._alone(place.database.engine)
    with place.database.reader() as session:
        return session.get(SubmitKey, "later") is not None
