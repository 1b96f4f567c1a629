"""Which lists wait, and whose turn it is: one list is applied or taken back at a time.

Whoever else was applied or taken back meanwhile is noticed by a count that only grows.
"""

from __future__ import annotations

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.rules.imports import ImportState
from models.rules.refusals import NotVisible, Refused

WAITING = (ImportState.RECEIVED, ImportState.STAGED)
_ALONE = 7_311_004  # any number: the lock that keeps one list at a time on PostgreSQL


def locked(session: Session, batch_id: int) -> ImportBatch:
    """Return an import, its row locked.

    Raises:
        NotVisible: there is none.

    """
    batch = session.scalars(
        select(ImportBatch)
        .where(ImportBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if batch is None:
        raise NotVisible
    return batch


def must_wait(batch: ImportBatch) -> None:
    """Refuse what is asked of a list that waits no longer.

    Raises:
        Refused: it was applied, discarded or could not be read.

    """
    if batch.state not in WAITING:
        raise Refused("This import no longer waits for confirmation.")


def generation(session: Session) -> int:
    """Return how many lists were ever applied or taken back; it grows with each."""
    return session.execute(select(func.count(ImportBatch.applied_at) + func.count(ImportBatch.undone_at))).scalar_one()


def one_at_a_time(session: Session) -> None:
    """Wait until no other list is being applied or taken back; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL lock_timeout = '10min'"))
        session.execute(select(func.pg_advisory_xact_lock(_ALONE)))
        session.execute(text("SET LOCAL lock_timeout = DEFAULT"))
