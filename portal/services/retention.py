"""Destroying the copies of a list whose time of keeping is over: one person asks, another carries it out."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.imports import Destruction, ImportBatch, ImportContent, ImportImage, ImportRow
from models.rules.imports import DestructionCause
from models.rules.refusals import NotVisible, Refused
from models.rules.reliefs import checked_reason
from portal.actors import Act
from portal.queries.retention import clock


def ask(session: Session, *, act: Act, batch_id: int, reason: str, years: int) -> Destruction:
    """Ask for the copies of a list to be destroyed; nothing is until another person carries it out.

    Raises:
        NotVisible: there is no such list.
        Refused: its time is not over, it was asked for before, or no reason is given.

    """
    _check_over(session, act, batch_id, years)
    if session.get(Destruction, batch_id) is not None:
        raise Refused("This was asked for already.")
    found = Destruction(
        batch_id=batch_id,
        cause=DestructionCause.CLOCK_RAN_OUT,
        reason=checked_reason(reason),
        asked_at=act.at,
        asked_by_id=act.person.user_id,
    )
    session.add(found)
    session.flush()
    act.record(session, "import:destruction_asked", subject=f"import/{batch_id}", reason=found.reason)
    return found


def withdraw(session: Session, *, act: Act, batch_id: int) -> None:
    """Let a destruction that was asked for not happen.

    Raises:
        NotVisible: none was asked for.
        Refused: it is carried out.

    """
    session.delete(_open(session, batch_id))
    act.record(session, "import:destruction_withdrawn", subject=f"import/{batch_id}")
    session.flush()


def carry_out(session: Session, *, act: Act, batch_id: int, years: int) -> Destruction:
    """Write down that the copies are destroyed, and wipe the list's rows; the caller removes the files after it.

    That the list came in, when, by whom, its hash and its figures stay on record.

    Raises:
        NotVisible: none was asked for.
        Refused: the same person asked for it, it is done, or the clock runs again.

    """
    found = _open(session, batch_id)
    if found.asked_by_id == act.person.user_id:
        raise Refused("Whoever asked for a destruction does not carry it out: another person has to.")
    _check_over(session, act, batch_id, years)
    found.destroyed_at, found.destroyed_by_id = act.at, act.person.user_id
    for table in (ImportRow, ImportContent, ImportImage):
        session.execute(delete(table).where(table.batch_id == batch_id).execution_options(synchronize_session=False))
    act.record(session, "import:destroyed", subject=f"import/{batch_id}", reason=found.reason)
    session.flush()
    return found


def _check_over(session: Session, act: Act, batch_id: int, years: int) -> None:
    if session.get(ImportBatch, batch_id) is None:
        raise NotVisible
    if not clock(session, batch_id, act.today, years).is_over:
        raise Refused("The time of keeping is not over: the copies of this list stay.")


def _open(session: Session, batch_id: int) -> Destruction:
    found = session.scalars(select(Destruction).where(Destruction.batch_id == batch_id).with_for_update()).one_or_none()
    if found is None:
        raise NotVisible
    if found.destroyed_at is not None:
        raise Refused("The copies of this list are destroyed already.")
    return found
