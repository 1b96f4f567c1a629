"""Issuing a notice of arrears to one borrower, calling one back, printing one.

What issuing consists of is in ``notice_issuing``, which does it for one borrower as for a hundred.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.casework import Case
from models.database import Database
from models.notices import Notice
from models.rules.casework import CaseStage
from models.rules.notices import STAGE_BEFORE
from models.rules.refusals import NotVisible, Refused, StaleData
from models.rules.workflows import NOTICE, NoticeStep
from notices import layout
from portal.actors import Act
from portal.queries.print_fetches import PRINTED_MEANWHILE
from portal.queries.print_files import Stop
from portal.queries.scope import borrower_to_change
from portal.services import notice_issuing
from portal.services.notice_drafts import Draft as Draft  # noqa: PLC0414 - callers know it by this door
from portal.services.notice_drafts import Terms as Terms  # noqa: PLC0414 - the same
from portal.services.notice_issuing import Made


def reserve(session: Session, *, act: Act, borrower_id: int, terms: Terms, batch_id: int | None = None) -> Draft:
    """Check that a notice may be issued today, take a number, and freeze what the notice says.

    Raises:
        NotVisible: no such borrower, or not this person's.
        Refused: nothing is overdue, or a notice is open.
        StaleData: the bank's figures are missing, too old, or money came in after them.

    """
    found = notice_issuing.reserve(session, act=act, borrower_ids=[borrower_id], terms=terms, batch_id=batch_id)
    if borrower_id in found.refused:
        raise found.refused[borrower_id]
    return found.drafts[0]


def store(session: Session, *, act: Act, draft: Draft, pdf: bytes) -> Notice:
    """Issue the notice whose paper was made from the draft.

    Raises:
        NotVisible: the borrower is no longer this person's.
        Refused: somebody else issued one meanwhile, or one may no longer be issued.
        StaleData: what the paper says is no longer what is known.

    """
    found = notice_issuing.store(session, act=act, made=[Made(draft, pdf)])
    if draft.borrower_id in found.refused:
        raise found.refused[draft.borrower_id]
    return found.notices[0]


def complete(database: Database, *, act: Act, draft: Draft) -> Notice:
    """Make the paper of a committed draft with no transaction open, then issue it in one of its own.

    Raises:
        Refused: see ``store``; or the paper could not be made (``NoticeNotRendered``). The number is void then.

    """
    found = notice_issuing.complete(database, act=act, drafts=[draft])
    if draft.borrower_id in found.refused:
        raise found.refused[draft.borrower_id]
    return found.notices[0]


def issue(session: Session, *, act: Act, borrower_id: int, terms: Terms, batch_id: int | None = None) -> Notice:
    """Issue one notice in the caller's transaction; if anything fails, its number was never taken.

    For commands and tests: it holds its locks while the paper is made. Pages and jobs use ``reserve`` and
    ``complete``.

    Raises:
        NotVisible: no such borrower, or not this person's.
        Refused: a notice may not be issued now.
        StaleData: the bank's figures are missing or out of date.

    """
    draft = reserve(session, act=act, borrower_id=borrower_id, terms=terms, batch_id=batch_id)
    return store(session, act=act, draft=draft, pdf=layout.render(draft.content))


def call_back(session: Session, *, act: Act, notice_id: int, reason: str) -> Notice:
    """Call a notice back: issued in error, settled otherwise, not to be served any more.

    Raises:
        NotVisible: no such notice, or not for this person.
        Refused: it was served or called back already, or no reason is given.

    """
    reason = reason.strip()
    if not reason:
        raise Refused("Say why the notice is called back.")
    notice = to_change(session, act, notice_id)
    notice.state = NOTICE.take(notice.state, NoticeStep.CALL_BACK, act.role)  # type: ignore[assignment]  # its own enum
    notice.called_back_reason = reason[:200]
    act.record(
        session,
        "notice:called_back",
        borrower_id=notice.borrower_id,
        subject=f"notice/{notice.id}",
        serial=notice.serial,
        reason=notice.called_back_reason,
    )
    return notice


def record_print(session: Session, *, act: Act, notice_id: int) -> bool:
    """Record that the paper was fetched for printing; return whether it had been before (a reprint).

    Raises:
        NotVisible: no such notice, or not for this person.

    """
    notice = to_change(session, act, notice_id)
    is_reprint = notice.printed_at is not None
    notice.printed_at = notice.printed_at or act.at
    act.record(
        session,
        "notice:printed",
        borrower_id=notice.borrower_id,
        subject=f"notice/{notice.id}",
        serial=notice.serial,
        reprint=is_reprint,
    )
    return is_reprint


def record_batch_print(session: Session, *, act: Act, batch_id: int, part: int, stops: Sequence[Stop]) -> None:
    """Record that a batch's file for printing was made to be fetched; its papers count as printed.

    Args:
        session: a writing session.
        act: who fetches it.
        batch_id: the batch.
        part: which of its files.
        stops: the doors in it, whose papers are marked as reprints where they were printed before.

    Raises:
        StaleData: one of them was printed at the same moment, so its mark is missing.

    """
    ids = [stop.notice_id for stop in stops]
    rows = session.execute(
        select(Notice.id, Notice.printed_at).where(Notice.id.in_(ids)).order_by(Notice.id).with_for_update()
    ).all()
    again = {row.id for row in rows if row.printed_at is not None}
    if again != {stop.notice_id for stop in stops if stop.was_printed}:
        raise StaleData(PRINTED_MEANWHILE)
    session.execute(update(Notice).where(Notice.id.in_(ids), Notice.printed_at.is_(None)).values(printed_at=act.at))
    act.record(
        session,
        "notice-batch:printed",
        subject=f"notice-batch/{batch_id}",
        part=part,
        papers=len(ids),
        reprints=len(again),
    )


def to_change(session: Session, act: Act, notice_id: int) -> Notice:
    """Return a notice of a borrower the person may see, both locked, the borrower first.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    borrower_id = session.scalars(select(Notice.borrower_id).where(Notice.id == notice_id)).one_or_none()
    if borrower_id is None:
        raise NotVisible
    borrower_to_change(session, act.person, act.today, borrower_id)
    return session.scalars(
        select(Notice).where(Notice.id == notice_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def move_case(session: Session, borrower_id: int, stage: CaseStage) -> None:
    """Move the open case on to a stage, unless it is there or further already."""
    case = session.scalars(
        select(Case).where(Case.borrower_id == borrower_id, Case.closed_on.is_(None)).with_for_update()
    ).one_or_none()
    if case is not None and case.stage in STAGE_BEFORE[stage]:
        case.stage = stage
