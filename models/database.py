"""Engine, sessions, and the only place that commits.

SQLite: every writing transaction opens with BEGIN IMMEDIATE, since a reader cannot be promoted to a writer; reading
ones open with BEGIN and never wait (WAL). PostgreSQL: READ COMMITTED with row locks.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

_PATIENCE = "PRAGMA busy_timeout=15000"
_PRAGMAS = (
    _PATIENCE,
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA recursive_triggers=ON",
)
_BESIDE = ("", "-wal", "-shm", "-journal")
_TAKEN = ("55P03", "40P01", "40001")  # a lock waited for in vain, a deadlock, two who changed the same
_LOCKED = "database is locked"
_DISK_FULL = "53100"  # PostgreSQL
_NO_ROOM = ("database or disk is full", "disk I/O error")  # SQLite


class Base(DeclarativeBase):
    """All tables; constraints are named by convention so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """One database: an engine and two kinds of session, reading and writing."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._read = sessionmaker(self.engine, expire_on_commit=False)
        self._write = sessionmaker(self.engine.execution_options(writes=True), expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether writers queue for the whole file instead of for rows."""
        return self.engine.dialect.name == "sqlite"

    def reader(self) -> Session:
        """Open a session that only reads."""
        return self._read()

    def writer(self) -> Session:
        """Open a session that may write; wrap its use in ``transaction``."""
        return self._write()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a writing session, commit at the end, close it: for jobs and commands."""
        with self.writer() as session, transaction(session):
            yield session

    def write_if_free(self, work: Callable[[Session], None]) -> bool:
        """Write what may as well be written later, unless somebody else is writing: nobody waits for a long import.

        Args:
            work: does it, in a transaction of its own.

        Returns:
            Whether it was done. On PostgreSQL writers do not queue, so it is.

        """
        if not self.is_sqlite:
            with self.write() as session:
                work(session)
            return True
        with self.engine.execution_options(writes=True).connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA busy_timeout=0")
            try:
                connection.begin()
            except OperationalError:
                return False
            finally:
                driver.execute(_PATIENCE)
            with Session(connection, join_transaction_mode="control_fully") as session, transaction(session):
                work(session)
        return True


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """Commit what was done inside, or nothing of it. The only place that commits."""
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def open_copy(path: Path) -> Engine:
    """Open a SQLite file that nobody else has, to read; nothing is written, not even beside it."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    return create_engine("sqlite://", module=sqlite, creator=lambda: sqlite.connect(address, uri=True))


def copy_file(source: Engine, path: Path) -> None:
    """Copy a SQLite database as it is at one moment into a new file; who writes meanwhile is not kept waiting.

    In one go: with pauses, as the manual shows it, each write that comes between begins the copy anew.

    Raises:
        OSError: there is no room for the copy.

    """
    try:
        _copy_file(source, path)
    except sqlite.OperationalError as fault:
        if any(words in str(fault) for words in _NO_ROOM):
            raise OSError(errno.ENOSPC, "no room for a copy of the database") from fault
        raise


def _copy_file(source: Engine, path: Path) -> None:
    with closing(sqlite.connect(str(path))) as into, source.connect() as connection:
        driver: Any = connection.connection.driver_connection
        into.execute("PRAGMA synchronous=OFF")
        driver.backup(into, pages=-1)
        into.execute("PRAGMA journal_mode=DELETE")  # one file, that can be read where nothing can be written


def replace_file(new: Path, old: Path, meanwhile: Callable[[], None]) -> bool:
    """Put a database file in another's place, at once and only when nobody else has that one open.

    What stands in its log beside it is taken into the old one first: left there it would be played into the new one.
    One that is too damaged for that is set aside under the name ``….damaged``.

    Args:
        new: complete, closed, and down on the disk.
        old: may be missing.
        meanwhile: done while nobody can open the old one.

    Returns:
        Whether the old one was set aside.

    Raises:
        OperationalError: somebody else has it open; see ``is_busy``.

    """
    with closing(sqlite.connect(str(old), timeout=2, isolation_level=None)) as held:
        is_damaged = False
        try:
            held.execute("PRAGMA locking_mode=EXCLUSIVE")
            held.execute("PRAGMA journal_mode=DELETE")
            held.execute("BEGIN EXCLUSIVE")
        except sqlite.OperationalError as fault:
            raise OperationalError("the old file", None, fault) from fault
        except sqlite.DatabaseError:
            is_damaged = True
        meanwhile()
        for ending in _BESIDE:
            path = old.with_name(old.name + ending)
            if is_damaged and path.exists():
                path.rename(old.with_name(f"{old.name}.damaged{ending}"))
            elif ending:
                path.unlink(missing_ok=True)
        new.replace(old)
    return is_damaged


def remove_file(path: Path) -> None:
    """Remove a database file and what SQLite keeps beside it."""
    for ending in _BESIDE:
        path.with_name(path.name + ending).unlink(missing_ok=True)


def is_busy(fault: OperationalError) -> bool:
    """Say whether somebody else held what was to be written for too long; the same may well go through in a moment."""
    state = getattr(fault.orig, "sqlstate", None)
    return state in _TAKEN if state else _LOCKED in str(fault.orig)


def is_out_of_room(fault: OperationalError) -> bool:
    """Say whether a write failed because the disk is full, or because the file may not grow any more."""
    if getattr(fault.orig, "sqlstate", None) == _DISK_FULL:
        return True
    return any(words in str(fault.orig) for words in _NO_ROOM)


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        # Compiling a long statement just in time costs more than running it over one piece of the standings.
        options = "-c timezone=UTC -c lock_timeout=15s -c jit=off"
        return create_engine(url, pool_pre_ping=True, connect_args={"options": options})
    engine = create_engine(url, module=sqlite)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401  # the driver is untyped
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
