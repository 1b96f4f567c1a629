"""A backup is what the database was at one moment, opens with its own key alone, and tells of any damage."""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from config import Settings, SettingsError
from models import crypto
from models.accounts import SubmitKey
from models.database import Database
from models.events import Event
from models.rules.backups import Fault, Span
from models.rules.refusals import Refused
from portal.actors import Act
from portal.jobs import backups
from portal.queries import backups as queries
from portal.services.backups import checking, pg_programs, sealing, shelf, sqlite
from tests.backups import Home, everything, flip, home, hours, in_a_child
from tests.conftest import NOW
from tests.world import World


@pytest.fixture
def place(database: Database, settings: Settings, tmp_path: Path) -> Home:
    return home(database, settings, tmp_path)


def _check(place: Home, name: str) -> tuple[Fault, ...]:
    manifest = queries.read_manifest(place.folder, name, place.key)
    return checking.whole(place.database, place.settings, place.folder, manifest, place.key)


def test_what_is_in_it_and_what_is_not(place: Home) -> None:
    place.fill()
    made = place.make()
    rows = everything(place.database)
    assert made.faults == made.missing == ()
    assert made.rows["alembic_version"] == 1
    told = {name: len(found) for name, found in rows.items()}
    told["events"] -= 1  # that the backup was made
    assert {name: count for name, count in made.rows.items() if name != "alembic_version"} == told
    files = {path.name for path in (place.settings.data_dir / "imports").iterdir()}
    assert len(files) == 5
    assert set(made.files) == files
    assert _check(place, made.name) == ()
    last = next(one for one in rows["events"] if "backup:made" in one)
    assert made.name in str(last)
    assert made.head == next(one for one in last if one == made.head)
    # Neither a key nor a name of a person can be read in any file.
    with place.database.reader() as session:
        name = session.scalar(text("SELECT name FROM borrowers LIMIT 1"))
    secrets = [path.read_bytes() for path in (place.settings.data_dir / "keys").iterdir()]
    assert len(secrets) >= 3
    for path in place.folder.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) == 0 or path.stat().st_size == 0
            content = path.read_bytes()
            assert not any(secret in content for secret in [*secrets, str(name).encode(), b"SQLite format", b"PGDMP"])
    plain = b"".join(sealing.opened(place.folder / made.name / "database", f"backup.{made.name}.database", place.key))
    if place.database.is_sqlite:
        plain = b"".join(sealing.unpressed([plain]))
        assert plain.startswith(b"SQLite format 3")
    assert not any(secret in plain for secret in secrets)
    assert not list(place.settings.data_dir.glob("drafts/*"))


def test_lists_are_copied_once(place: Home) -> None:
    place.fill()
    place.make()
    before = {path.name: path.stat().st_ino for path in (place.folder / "files").iterdir()}
    place.make(NOW + hours(1))
    assert {path.name: path.stat().st_ino for path in (place.folder / "files").iterdir()} == before


def test_a_list_of_which_no_copy_is_left_is_named(place: Home) -> None:
    place.fill()
    gone = min((place.settings.data_dir / "imports").iterdir()).name
    for folder in ("imports", "imports-second"):
        flip(place.settings.data_dir / folder / gone, 60)
    made = place.make()
    assert made.missing == (gone,)
    assert gone not in made.files
    assert made.is_good


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.999])
def test_a_changed_byte_of_the_copy_is_found(place: Home, share: float) -> None:
    made = place.make()
    path = place.folder / made.name / "database"
    flip(path, int(path.stat().st_size * share))
    assert _check(place, made.name) == (Fault.CONTENT,)


@pytest.mark.usefixtures("world")
def test_a_copy_cut_off_or_of_another_backup_is_found(place: Home) -> None:
    one, other = place.make(), place.make(NOW + hours(1))
    path = place.folder / one.name / "database"
    path.write_bytes((place.folder / other.name / "database").read_bytes())
    assert _check(place, one.name) == (Fault.CONTENT,)
    path.write_bytes(path.read_bytes()[:-100])
    assert _check(place, one.name) == (Fault.CONTENT,)
    found = place.listed()
    assert [one.fault is None for one in found] == [True, False]
    assert "cut off" in str(found[1].fault)


@pytest.mark.usefixtures("world")
def test_a_changed_byte_of_the_manifest_is_found(place: Home) -> None:
    made = place.make()
    path = place.folder / made.name / "manifest"
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(Refused):
            queries.read_manifest(place.folder, made.name, place.key)
    path.write_bytes(whole)
    (place.folder / made.name).rename(place.folder / "20200101T000000Z")  # an old one taken for another
    with pytest.raises(Refused, match="damaged"):
        queries.read_manifest(place.folder, "20200101T000000Z", place.key)


def test_a_changed_byte_of_a_list_is_found(place: Home) -> None:
    place.fill()
    made = place.make()
    flip(place.folder / "files" / made.files[0], 100)
    assert _check(place, made.name) == (Fault.LISTS,)


@pytest.mark.usefixtures("world")
def test_it_opens_with_its_own_key_alone(place: Home, tmp_path: Path) -> None:
    made = place.make()
    assert stat.S_IMODE(place.settings.backup_key_file.stat().st_mode) == 0o600
    other = tmp_path / "other.key"
    other.write_bytes(b"o" * 32)
    other.chmod(0o600)
    stranger = replace(place.settings, backup_key_file=other)
    with pytest.raises(Refused, match="another key"):
        queries.read_manifest(place.folder, made.name, stranger.backup_key())
    assert [one.manifest for one in queries.listed(place.folder, stranger.backup_key())] == [None]
    with pytest.raises(crypto.NotReadable):
        list(sealing.opened(place.folder / made.name / "database", f"backup.{made.name}.database", b"o" * 32))


@pytest.mark.usefixtures("world")
def test_a_lost_key_is_not_made_anew(place: Home) -> None:
    place.make()
    place.settings.backup_key_file.unlink()
    with pytest.raises(SettingsError, match=r"put .* back"):
        place.make(NOW + hours(1))
    assert not place.settings.backup_key_file.exists()


@pytest.mark.usefixtures("world")
def test_backups_of_another_key_are_never_let_go(place: Home, tmp_path: Path) -> None:
    old = [place.make(NOW - timedelta(days=back)).name for back in range(400, 380, -1)][-10:]
    kept = set(place.names())
    assert set(old) & kept
    other = tmp_path / "other.key"
    other.write_bytes(b"o" * 32)
    other.chmod(0o600)
    later = Home(place.database, replace(place.settings, backup_key_file=other))
    later.make()
    assert kept < set(later.names())


@pytest.mark.usefixtures("world")
def test_what_is_kept_is_what_the_rule_says(place: Home) -> None:
    """From 23 November to 31 December, each night."""
    for day in range(39):
        place.make(NOW + timedelta(days=day))
    found = place.listed()
    for span, wanted in (
        (Span.RECENT, ["20261231"]),
        (Span.DAY, [f"202612{31 - back}" for back in range(7)]),
        (Span.WEEK, ["20261231", "20261227", "20261220", "20261213"]),
        (Span.MONTH, ["20261231", "20261130"]),
    ):
        assert [one.name[:8] for one in found if span in one.spans] == wanted
    assert len(found) == 7 + 2 + 1  # the others are of several spans


def test_a_broken_chain_makes_a_faulty_backup_that_pushes_none_out(place: Home, world: World) -> None:
    first = place.make(NOW - timedelta(days=1, hours=1))
    with place.database.write() as session:
        if place.database.is_sqlite:
            session.execute(text("DROP TRIGGER events_no_update"))
        else:
            session.execute(text("ALTER TABLE events DISABLE TRIGGER events_no_change"))
        session.execute(text("UPDATE events SET actor_name = 'somebody else' WHERE id = 1"))
    bad = [place.make(NOW + hours(hour)) for hour in (0, 1)]
    assert [one.faults for one in bad] == [(Fault.CHAIN,)] * 2
    assert place.names() == [bad[1].name, bad[0].name, first.name]
    newest = queries.newest_good(place.folder, place.key)
    assert newest is not None
    assert newest.name == first.name


def test_who_writes_meanwhile_is_not_kept_waiting_nor_cut_in_two(place: Home, world: World) -> None:
    """Each transaction writes a row and its event: a copy has both or neither, and a chain without a gap."""
    user_id = world.users["centre"].id
    stop, written = threading.Event(), [0]

    def write() -> None:
        while not stop.is_set():
            with place.database.write() as session:
                number = written[0]
                session.add(SubmitKey(key=f"k{number}", user_id=user_id, used_at=NOW, location="x" * 200))
                Act(None, NOW).record(session, "account:signed_in", subject=f"k/{number}")
            written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = []
        for hour in range(6):
            before = written[0]
            made.append((before, place.make(NOW + hours(hour)), written[0]))
    finally:
        stop.set()
        writer.join()
    with place.database.reader() as session:
        others = session.scalar(
            select(func.count()).where(Event.tag != "account:signed_in", Event.tag != "backup:made")
        )
    for number, (before, one, after) in enumerate(made):
        assert one.is_good
        assert one.rows["submit_keys"] == one.rows["events"] - (others or 0) - number
        assert before <= one.rows["submit_keys"] <= after
    assert any(before < after for before, _, after in made), "nobody wrote meanwhile"


@pytest.mark.usefixtures("world")
def test_two_at_once_are_not_made(place: Home) -> None:
    with shelf.alone(place.settings), pytest.raises(Refused, match="at this moment"):
        place.make()
    place.make()


def test_without_a_folder_none_is_made(place: Home) -> None:
    nowhere = replace(place.settings, backup_dir=None)
    with pytest.raises(Refused, match="set BACKUP_DIR"):
        backups.make(place.database, nowhere, now=NOW)
    assert backups.make_for_night(place.database, nowhere, as_of=NOW.date(), now=NOW) == 0


@pytest.mark.usefixtures("world")
def test_no_room_leaves_nothing_behind(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    first = place.make()
    whole = shelf.write

    def full(path: Path, pieces: Iterator[bytes]) -> int:
        if path.name == "database":
            path.write_bytes(b"begun")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(path, pieces)

    monkeypatch.setattr(shelf, "write", full)
    with pytest.raises(Refused, match="no room"):
        place.make(NOW + hours(1))
    assert [one.name for one in place.folder.iterdir() if one.name not in {".lock", "files"}] == [first.name]
    assert not (place.settings.data_dir / "drafts").exists()


@pytest.mark.usefixtures("world")
def test_a_night_has_one_backup(place: Home) -> None:
    day = NOW.date()
    night = {"as_of": day, "now": NOW}
    assert [backups.make_for_night(place.database, place.settings, **night) for _ in range(2)] == [1, 0]
    # Nights made up for after a rest need no copy each: the first of them is newer than all of them.
    earlier = {"as_of": day - timedelta(days=3), "now": NOW}
    assert backups.make_for_night(place.database, place.settings, **earlier) == 0
    later = {"as_of": day + timedelta(days=1), "now": NOW + timedelta(days=1)}
    assert [backups.make_for_night(place.database, place.settings, **later) for _ in range(2)] == [1, 0]
    with place.database.reader() as session:
        told = session.scalars(select(Event.subject).where(Event.tag == "backup:made")).all()
    assert sorted(told) == sorted(f"backup/{name}" for name in place.names())


def test_a_password_is_in_no_argument(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    if database.is_sqlite:
        return
    url = database.engine.url.set(password="open sesame")
    secret = Database(url.render_as_string(hide_password=False))  # the test's server trusts every password
    tools = pg_programs.programs(secret.engine)
    assert "sesame" not in tools.connection
    assert tools.environment["PGPASSWORD"] == "open sesame"
    secret.engine.dispose()


def test_a_refusal_of_the_database_tells_its_code_alone(database: Database) -> None:
    if database.is_sqlite:
        return
    tools = pg_programs.programs(database.engine)
    with pytest.raises(Refused, match="code 22P02") as told:
        pg_programs.execute(tools, [b"CREATE TABLE half (n integer);", b"SELECT 'secret'::integer;"])
    assert "secret" not in str(told.value)

    def breaks() -> Iterator[bytes]:
        yield b"CREATE TABLE half (n integer);"
        raise crypto.NotReadable("cut off")

    with pytest.raises(crypto.NotReadable):
        pg_programs.execute(tools, breaks())
    with database.reader() as session:
        assert session.scalar(text("SELECT to_regclass('half')")) is None


def test_a_database_damaged_already_is_told(tmp_path: Path) -> None:
    """What SQLite finds when it goes through the copy is written down."""
    path, sealed = tmp_path / "plain.sqlite3", tmp_path / "sealed"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE one (n INTEGER, words TEXT)")
        connection.executemany("INSERT INTO one VALUES (?, ?)", [(n, "word " * 50) for n in range(500)])
        connection.commit()
    content = bytearray(path.read_bytes())
    content[5 * 4096 : 5 * 4096 + 200] = os.urandom(200)
    path.write_bytes(content)
    counted = sealing.Counted([bytes(content)])
    sealing.seal(sealed, sealing.pressed(counted), "backup.test", b"b" * 32)
    said: Any = object()
    found = sqlite.verify(sealed, "backup.test", b"b" * 32, counted.sha256, said, tmp_path / "draft")
    assert found == (Fault.STORAGE,)


def _told_there_is_no_room(place: Home) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
    with pytest.raises(Refused, match="no room"):
        place.make(NOW + hours(1))


@pytest.mark.usefixtures("world")
def test_files_that_may_not_grow_leave_nothing_behind(place: Home) -> None:
    """The kernel's own refusal to write on: to SQLite's copy, or to the sealed dump."""
    first = place.make()
    place.database.engine.dispose()
    _, status = os.waitpid(in_a_child(lambda: _told_there_is_no_room(place)), 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert [one.name for one in place.folder.iterdir() if one.name not in {".lock", "files"}] == [first.name]
