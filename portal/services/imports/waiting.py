"""Which lists wait, and whose turn it is: one list is applied or taken back at a time, and one named or destroyed.

Whoever else was applied or taken back meanwhile is noticed by a count that only grows.
"""

from __future__ import annotations

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.rules.imports import ImportState
from models.rules.refusals import NotVisible, Refused

WAITING = (ImportState.RECEIVED, ImportState.STAGED)
_LISTS, _COPIES = 7_311_004, 7_311_005  # any numbers: the locks of PostgreSQL


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
    _wait_for(session, _LISTS)


def alone_with_copies(session: Session) -> None:
    """Wait until nobody else is naming sealed copies in a new import or taking such away; holds until the end.

    Otherwise the copies of a file that comes in a second time could be taken away, since no import that anybody sees
    names them any more, at the moment in which one names them again.
    """
    _wait_for(session, _COPIES)


def _wait_for(session: Session, number: int) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL lock_timeout = '10min'"))
        session.execute(select(func.pg_advisory_xact_lock(number)))
        session.execute(text("SET LOCAL lock_timeout = DEFAULT"))
