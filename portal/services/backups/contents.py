"""What is in a database, in figures: to be written down beside a copy, and compared with the copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, inspect, select, table, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from models.events import GENESIS, EventChain
from models.imports import Destruction, ImportBatch
from models.rules.backups import Fault
from portal.services import fsck


@dataclass(frozen=True, slots=True)
class Contents:
    """A database in figures.

    Attributes:
        revision: of its schema.
        rows: how many, by table.
        head: the newest hash of the chain of events.

    """

    revision: str
    rows: Mapping[str, int]
    head: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A sealed copy of a database.

    Attributes:
        contents: in figures, counted in the copy, or at its very moment.
        lists: hashes of the lists that belong to it.
        size, sha256: before it was sealed.
        sealed_size: bytes of the file.
        faults: what was wrong already when it was copied.

    """

    contents: Contents
    lists: list[str]
    size: int
    sha256: str
    sealed_size: int
    faults: tuple[Fault, ...] = ()


def of(session: Session) -> Contents:
    """Count what is there."""
    names = sorted(inspect(session.connection()).get_table_names())
    return Contents(
        revision=str(session.scalar(text("SELECT version_num FROM alembic_version"))),
        rows={name: session.scalar(select(func.count()).select_from(table(name))) or 0 for name in names},
        head=session.scalar(select(EventChain.head).where(EventChain.id == 1)) or GENESIS,
    )


def lists(session: Session) -> list[str]:
    """Return the hashes of the lists whose sealed copies belong to the database."""
    destroyed = select(Destruction.batch_id).where(Destruction.destroyed_at.is_not(None))
    kept = select(ImportBatch.sha256).where(ImportBatch.id.not_in(destroyed)).distinct()
    return list(session.scalars(kept.order_by(ImportBatch.sha256)))


def faults(session: Session, said: Contents) -> tuple[Fault, ...]:
    """Compare a database that can be read with what is said of it, and look at what holds it together."""
    try:
        found = []
        if of(session) != said:
            found.append(Fault.ROWS)
        if session.get_bind().dialect.name == "sqlite" and list(session.scalars(text("PRAGMA integrity_check"))) != [
            "ok"
        ]:
            found.append(Fault.STORAGE)
        if not chain_is_whole(session):
            found.append(Fault.CHAIN)
    except DatabaseError:  # SQLite found the file damaged
        return (Fault.STORAGE,)
    return tuple(found)


def chain_is_whole(session: Session) -> bool:
    """Say whether the chain of events is whole, from the first to the newest."""
    return sum(1 for _ in fsck.RULES["events"](session, date.min)) == 0  # to its end: the server keeps its place
