"""The copies of lists that came in, when they are no longer kept: destroyed on record, never by themselves.

The record is written in a transaction; the files go after it. A machine that stops in between, or a long import that
is being written meanwhile, leaves files that the next list, or the night, takes away: ``remove`` may be called at any
time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from models.database import Database
from models.imports import Destruction, ImportBatch
from models.rules.imports import DestructionCause
from portal.actors import Act
from portal.services.imports import store
from portal.services.imports.store import Places
from portal.services.imports.waiting import alone_with_copies
from portal.sheets.sources import Source


def not_kept(session: Session, *, act: Act, batch: ImportBatch) -> None:
    """Write down that the copies of a list are not kept at all: it names people who are no business of ours."""
    held = session.get(Destruction, batch.id)
    if held is not None and held.destroyed_at is not None:
        return
    ours = Act(None, act.at)
    session.add(Destruction(batch_id=batch.id, cause=DestructionCause.NOT_KEPT, asked_at=act.at, destroyed_at=act.at))
    ours.record(session, "import:destroyed", subject=f"import/{batch.id}", reason=DestructionCause.NOT_KEPT.value)


@contextmanager
def arriving(database: Database, places: Places, content: Source) -> Iterator[str]:
    """Keep both copies of a list before the transaction that names them, so that no writer waits for it; give its hash.

    Where nothing names them in the end, they go again, unless a long import is being written meanwhile: then they are
    left to be found as ``strangers``.
    """
    sha256 = store.hash_of(content)
    store.keep(places, sha256, content)
    try:
        yield sha256
    except BaseException:
        database.write_if_free(lambda session: _destroy_unnamed(session, places, sha256))
        raise


def _destroy_unnamed(session: Session, places: Places, sha256: str) -> None:
    alone_with_copies(session)
    if session.scalar(select(ImportBatch.id).where(ImportBatch.sha256 == sha256).limit(1)) is None:
        store.destroy(places, sha256)


def gone(session: Session) -> set[str]:
    """Return the hashes of files no list needs any more."""
    other, kept = aliased(ImportBatch), aliased(Destruction)
    still_needed = exists().where(
        other.sha256 == ImportBatch.sha256,
        ~exists().where(kept.batch_id == other.id, kept.destroyed_at.is_not(None)),
    )
    return set(
        session.scalars(
            select(ImportBatch.sha256)
            .join(Destruction, Destruction.batch_id == ImportBatch.id)
            .where(Destruction.destroyed_at.is_not(None), ~still_needed)
        )
    )


def remove(database: Database, places: Places) -> int:
    """Take away the files whose destruction is on record, unless a long import is being written.

    Returns:
        How many of them were still there, and are not any more.

    """
    found = 0

    def take_away(session: Session) -> None:
        nonlocal found
        alone_with_copies(session)
        for sha256 in _still_there(session, places):
            store.destroy(places, sha256)
            found += 1

    with database.reader() as session:
        is_wanted = bool(_still_there(session, places))
    if is_wanted:
        database.write_if_free(take_away)
    return found


def _still_there(session: Session, places: Places) -> list[str]:
    return [sha256 for sha256 in gone(session) if any((folder / sha256).exists() for _, folder in places.named)]
