"""Issuing notices of arrears and calling them back.

A paper shows its serial number, so the number is taken before the paper is made, and making it takes a quarter of a
second, too long to hold locks. Therefore three steps: ``reserve`` (short transaction: checks, number, frozen
content), rendering with no transaction open, ``store`` (short transaction: the same checks again; what the paper says
must still be what the tables say). A number whose paper failed is void with the reason, so the numbers of a year
have no gap that nobody can explain. Each borrower has at most one number reserved: whoever reserves again, after a
crash or at the same moment, takes it over, and only the last claim can be stored.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.casework import Case
from models.database import Database
from models.notices import Notice, NoticeBatchItem, NoticePaper
from models.rules import verification
from models.rules.casework import CaseStage
from models.rules.notices import (
    PAY_BY_WORKING_DAYS,
    STAGE_BEFORE,
    NumberState,
)
from models.rules.refusals import NotVisible, Refused, StaleData
from models.rules.workflows import NOTICE, NoticeStep
from notices import layout
from notices.content import NoticeContent
from portal.actors import Act
from portal.queries.notice_facts import Dossier, dossiers, office, working_days
from portal.queries.scope import borrower_to_change
from portal.services import notice_numbers, standings
from portal.services.notice_drafts import content, obstacle


@dataclass(frozen=True, slots=True)
class Terms:
    """What an installation sets about issuing.

    Attributes:
        public_url: how families reach the portal, without a slash at the end; the QR code leads there.
        fresh_days: how old the bank's data may be, in days.

    """

    public_url: str
    fresh_days: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A number taken and the words that will stand on its paper; nothing is issued yet."""

    borrower_id: int
    year: int
    number: int
    content: NoticeContent
    terms: Terms
    batch_id: int | None


def reserve(session: Session, *, act: Act, borrower_id: int, terms: Terms, batch_id: int | None = None) -> Draft:
    """Check that a notice may be issued today, take a number, and freeze what the notice says.

    Raises:
        NotVisible: no such borrower, or not this person's.
        Refused: nothing is overdue, or a notice is open.
        StaleData: the bank's figures are missing, too old, or money came in after them.

    """
    borrower_to_change(session, act.person, act.today, borrower_id)
    standings.recompute(session, act=act, borrower_ids=[borrower_id])
    code = verification.make_code(os.urandom(verification.RANDOM_BYTES))
    found = _may_issue(session, act, borrower_id, terms)
    number = notice_numbers.claim(session, act, borrower_id, code)
    said = _content(session, act, found, terms, number.number, code)
    return Draft(borrower_id, number.year, number.number, said, terms, batch_id)


def store(session: Session, *, act: Act, draft: Draft, pdf: bytes) -> Notice:
    """Issue the notice whose paper was made from the draft.

    Raises:
        NotVisible: the borrower is no longer this person's.
        Refused: somebody else issued one meanwhile, or one may no longer be issued.
        StaleData: what the paper says is no longer what is known.

    """
    borrower_to_change(session, act.person, act.today, draft.borrower_id)
    number = notice_numbers.reserved(session, draft.number, draft.year, draft.content.check_code)
    if number is None:
        raise Refused("A notice for this person was issued at the same moment; open it from the list of notices.")
    found = _may_issue(session, act, draft.borrower_id, draft.terms)
    said = draft.content
    if _content(session, act, found, draft.terms, draft.number, said.check_code) != said:
        raise StaleData("The figures changed while the paper was made; nothing was issued. Try again.")
    notice = Notice(
        borrower_id=draft.borrower_id,
        batch_id=draft.batch_id,
        year=draft.year,
        number=draft.number,
        serial=said.serial,
        check_code=said.check_code,
        state=NOTICE.start,
        level=said.level,
        issued_on=said.issued_on,
        issued_by_id=act.person.user_id,
        pay_by=said.pay_by,
        total=said.total,
        data_on=said.data_on,
        wording_version=said.wording_version,
        content=said.to_json(),
        sha256=hashlib.sha256(pdf).hexdigest(),
    )
    session.add(notice)
    session.flush()
    session.add(NoticePaper(notice_id=notice.id, pdf=pdf))
    number.state = NumberState.USED
    if draft.batch_id is not None:
        session.execute(
            update(NoticeBatchItem)
            .where(NoticeBatchItem.batch_id == draft.batch_id, NoticeBatchItem.borrower_id == draft.borrower_id)
            .values(notice_id=notice.id, dropped_reason="", dropped_values={})
        )
    move_case(session, draft.borrower_id, CaseStage.NOTICE_ISSUED)
    session.flush()
    act.record(
        session,
        "notice:issued",
        borrower_id=draft.borrower_id,
        subject=f"notice/{notice.id}",
        serial=notice.serial,
        level=notice.level.value,
        pay_by=notice.pay_by.isoformat(),
    )
    return notice


def give_up(session: Session, *, act: Act, draft: Draft, reason: str) -> None:
    """Make a reserved number void, with the reason; a claim that somebody took over is theirs and stays."""
    number = notice_numbers.reserved(session, draft.number, draft.year, draft.content.check_code)
    if number is not None:
        notice_numbers.void(number, reason)
        act.record(
            session,
            "notice:number_void",
            borrower_id=draft.borrower_id,
            subject=f"notice-number/{draft.year}-{draft.number}",
            reason=number.void_reason,
        )


def complete(database: Database, *, act: Act, draft: Draft) -> Notice:
    """Make the paper of a committed draft with no transaction open, then issue it in one of its own.

    Raises:
        Refused: see ``store``; or the paper could not be made (``NoticeNotRendered``). The number is void then.

    """
    try:
        pdf = layout.render(draft.content)
        with database.write() as session:
            return store(session, act=act, draft=draft, pdf=pdf)
    except Exception as error:
        reason = str(error) if isinstance(error, Refused) else type(error).__name__
        with database.write() as session:
            give_up(session, act=act, draft=draft, reason=reason)
        raise


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


def record_batch_print(session: Session, *, act: Act, batch_id: int, notice_ids: Collection[int]) -> None:
    """Record that a batch's file for printing was fetched; its papers count as printed."""
    session.execute(
        update(Notice).where(Notice.id.in_(notice_ids), Notice.printed_at.is_(None)).values(printed_at=act.at)
    )
    act.record(session, "notice-batch:printed", subject=f"notice-batch/{batch_id}", papers=len(notice_ids))


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


def _may_issue(session: Session, act: Act, borrower_id: int, terms: Terms) -> Dossier:
    found = dossiers(session, [borrower_id], act.today)[borrower_id]
    refusal = obstacle(found, act.today, terms.fresh_days)
    if refusal is not None:
        raise refusal
    return found


def _content(session: Session, act: Act, found: Dossier, terms: Terms, number: int, code: str) -> NoticeContent:
    return content(
        found,
        office(session),
        number=number,
        check_code=code,
        check_url=f"{terms.public_url}/check/{code}",
        today=act.today,
        pay_by=working_days(session).add(act.today, PAY_BY_WORKING_DAYS),
    )
