"""A backup brought back: looked at as a whole first, then put in place at once, or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, func, inspect, make_url, select, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from config import Settings
from models import schema
from models.accounts import User
from models.borrowers import Borrower
from models.crypto import data_keys_mark
from models.database import Database, is_busy, is_out_of_room, remove_file, replace_file
from models.events import Event
from models.rules.refusals import Refused
from models.rules.sentences import N_
from portal.queries import backups as queries
from portal.queries.backups import DATABASE, Manifest, purpose
from portal.services.backups import checking, finishing, lists, postgres, shelf, sqlite
from portal.services.backups.finishing import Finished
from portal.services.imports.store import Places

_PATIENCE, _LOOK_EVERY = 3.0, 0.05  # seconds
_IN_USE = N_("The portal or a worker has the database open: stop them first. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Done:
    """What was brought back, and whether a damaged database file was set aside for it."""

    finished: Finished
    set_aside: bool


def is_in_use(database: Database) -> bool:
    """Say whether there is anything in the database that would be lost; one that cannot be read may hold something."""
    try:
        with database.reader() as session:
            tables = inspect(session.connection())
            looked_at = [table for table in (User, Borrower, Event) if tables.has_table(table.__tablename__)]
            return any(session.scalar(select(func.count()).select_from(table)) for table in looked_at)
    except OperationalError as fault:
        if is_busy(fault):
            raise
        return True
    except DatabaseError:
        return True


def look_at(database: Database, settings: Settings, folder: Path, name: str, now: datetime) -> Manifest:
    """Open all of a backup, and say whether it can be brought back here. Nothing is changed.

    Args:
        database: of this installation; may be empty, or damaged.
        settings: of this installation.
        folder: of backups.
        name: of the backup.
        now: the moment.

    Raises:
        Refused: there is none, it does not fit this installation, or it is damaged; says which.
        SettingsError: the key of backups is not there.

    """
    key = settings.backup_key()
    manifest = queries.read_manifest(folder, name, key)
    engine = database.engine.dialect.name
    if manifest.engine != engine:
        raise Refused(
            "The backup %(name)s is of %(theirs)s and DATABASE_URL names %(ours)s: they do not fit.",
            name=name, theirs=manifest.engine, ours=engine,
        )  # fmt: skip
    if manifest.revision not in schema.known_revisions():
        raise Refused(
            "The backup %(name)s is of a newer portal (schema %(revision)s): install that version first.",
            name=name, revision=manifest.revision,
        )  # fmt: skip
    if manifest.data_keys != data_keys_mark():
        raise Refused(
            "The backup %(name)s was sealed with other data keys: put values.key and index.key back into DATA_DIR/keys "
            "first.",
            name=name,
        )
    if now < manifest.made_at:  # by the clock papers get numbers that were never given before
        raise Refused(
            "The backup %(name)s is of a later moment than the clock of this machine says: set the clock first.",
            name=name,
        )
    found = checking.whole(database, settings, folder, manifest, key)
    if set(found) - set(manifest.faults):
        raise Refused("The backup %(name)s is damaged: it was not brought back, and nothing was changed.", name=name)
    return manifest


def bring_back(
    database: Database, settings: Settings, folder: Path, manifest: Manifest, now: Callable[[], datetime]
) -> Done:
    """Put a backup that was looked at in the place of what is there, brought up to this code's schema.

    The lists come first: without the database that names them they are strangers, and harm nothing.

    Args:
        database: of this installation; everything in it goes.
        settings: of this installation.
        folder: of backups.
        manifest: of the backup.
        now: the clock; read when nobody can issue a paper any more in what is there.

    Raises:
        Refused: somebody has the database open, or it does not take the copy; it is as it was.

    """
    lists.bring_back(folder, Places.from_settings(settings), manifest.files)
    database.engine.dispose()
    if database.is_sqlite:
        return _replace(database, settings, folder, manifest, now)
    _alone(database.engine)
    _forget_checkpoints(settings)
    path = folder / manifest.name / DATABASE
    sealed_for = purpose(manifest.name, DATABASE)
    postgres.bring_back(database, path, sealed_for, settings.backup_key(), finishing.note(manifest))
    return Done(_finished(database, now), set_aside=False)


def _replace(
    database: Database, settings: Settings, folder: Path, manifest: Manifest, now: Callable[[], datetime]
) -> Done:
    old = Path(str(database.engine.url.database))
    old.parent.mkdir(parents=True, exist_ok=True)
    new = old.with_name(f".{old.name}.restoring")
    remove_file(new)
    try:
        path = folder / manifest.name / DATABASE
        sealed_for = purpose(manifest.name, DATABASE)
        if not sqlite.unseal(path, sealed_for, settings.backup_key(), manifest.sha256, new):
            raise Refused(
                "The backup %(name)s is damaged: it was not brought back, and nothing was changed.", name=manifest.name
            )
        fresh = Database(f"sqlite:///{new}")
        schema.migrate(fresh)
        with fresh.write() as session:
            for statement in finishing.note(manifest):
                session.execute(text(statement))
        fresh.engine.dispose()
        if old.exists():  # whoever runs this, the portal must be able to open it as before
            was = old.stat()
            new.chmod(was.st_mode)
            os.chown(new, was.st_uid, was.st_gid)
        finished = []

        def meanwhile() -> None:
            finished.append(_finished(fresh, now))
            fresh.engine.dispose()
            _forget_checkpoints(settings)

        try:
            set_aside = replace_file(new, old, meanwhile)
        except OperationalError as fault:
            if is_out_of_room(fault):
                raise
            raise Refused(_IN_USE) from fault
        shelf.sync(old.parent)
    finally:
        remove_file(new)
    return Done(finished[0], set_aside=set_aside)


def _finished(database: Database, now: Callable[[], datetime]) -> Finished:
    done = finishing.finish(database, now)
    if done is None:
        raise LookupError("what was just brought back has its note")
    return done


def _alone(engine: Engine) -> None:
    """Refuse while somebody else is connected; the server takes a moment to see that a connection was closed."""
    until = time.monotonic() + _PATIENCE
    while _others(engine):
        if time.monotonic() > until:
            raise Refused(_IN_USE)
        time.sleep(_LOOK_EVERY)


def _others(engine: Engine) -> int:
    with Session(engine) as session:
        found = session.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        )
    return found or 0


def _forget_checkpoints(settings: Settings) -> None:
    """Take away the checkpoints of jobs: they are of another moment, and what was under way begins anew."""
    url = make_url(settings.jobs_database_url)
    if url.get_backend_name() == "sqlite":
        if url.database:
            remove_file(Path(url.database))
    elif url != make_url(settings.database_url):  # in the same one they go with everything else
        elsewhere = Database(settings.jobs_database_url)
        with elsewhere.write() as session:
            session.execute(text("DROP SCHEMA IF EXISTS dbos CASCADE"))
        elsewhere.engine.dispose()
