"""Rules of ``fsck`` about paper: files are those that were issued, numbers have no gap, batches say what they made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from models.notices import Notice, NoticeNumber, NoticePaper, NoticeSerial
from models.papers import (
    IssuedPaper,
    PaperBatch,
    PaperBatchItem,
    PaperNumber,
    PaperReceipt,
    PaperSerial,
    PaperService,
)
from models.restores import PassedNumbers, Restore
from models.rules.notices import NumberState
from models.rules.papers import PaperKind
from portal.services.findings import Finding

_AT_A_TIME = 50  # files held in memory


def papers(session: Session, _today: date) -> Iterator[Finding]:
    """Compare each stored file with the hash it was issued with."""
    found = session.execute(
        select(Notice.id, Notice.sha256, NoticePaper.pdf)
        .outerjoin(NoticePaper, NoticePaper.notice_id == Notice.id)
        .order_by(Notice.id)
        .execution_options(yield_per=_AT_A_TIME)
    )
    for notice_id, sha256, pdf in found:
        if pdf is None:
            yield Finding("papers", f"notice/{notice_id}", "has no paper")
        elif hashlib.sha256(pdf).hexdigest() != sha256:
            yield Finding("papers", f"notice/{notice_id}", "its paper is not the one that was issued")
    others = select(IssuedPaper.id, IssuedPaper.sha256, IssuedPaper.pdf).order_by(IssuedPaper.id)
    for paper_id, sha256, pdf in session.execute(others.execution_options(yield_per=_AT_A_TIME)):
        if hashlib.sha256(pdf).hexdigest() != sha256:
            yield Finding("papers", f"paper/{paper_id}", "its file is not the one that was issued")


def serials(session: Session, _today: date) -> Iterator[Finding]:
    """Look for gaps in the registers of numbers, and for numbers and papers that do not know of each other."""
    yield from _of_notices(session)
    yield from _of_papers(session)
    yield from _given_again(session)


def _of_notices(session: Session) -> Iterator[Finding]:
    for year, last in session.execute(select(NoticeSerial.year, NoticeSerial.last)):
        numbers = set(session.scalars(select(NoticeNumber.number).where(NoticeNumber.year == year)))
        for number in sorted(_given(session, PaperKind.NOTICE, year, last) ^ numbers):
            yield Finding("serials", f"notice-number/{year}-{number}", "is a gap in the register of numbers")
    has_notice = exists().where(Notice.year == NoticeNumber.year, Notice.number == NoticeNumber.number)
    is_used = NoticeNumber.state == NumberState.USED
    for year, number in session.execute(select(NoticeNumber.year, NoticeNumber.number).where(is_used != has_notice)):
        yield Finding("serials", f"notice-number/{year}-{number}", "its notice and its state in the register disagree")
    registered = exists().where(NoticeNumber.year == Notice.year, NoticeNumber.number == Notice.number)
    for notice_id in session.scalars(select(Notice.id).where(~registered)):
        yield Finding("serials", f"notice/{notice_id}", "has a number that was never given out")


def _of_papers(session: Session) -> Iterator[Finding]:
    row = PaperNumber
    for kind, year, last in session.execute(select(PaperSerial.kind, PaperSerial.year, PaperSerial.last)):
        numbers = set(session.scalars(select(row.number).where(row.kind == kind, row.year == year)))
        for number in sorted(_given(session, kind, year, last) ^ numbers):
            subject = f"paper-number/{kind.value}-{year}-{number}"
            yield Finding("serials", subject, "is a gap in the register of numbers")
    same = and_(IssuedPaper.kind == row.kind, IssuedPaper.year == row.year, IssuedPaper.number == row.number)
    is_used = row.state == NumberState.USED
    for kind, year, number in session.execute(
        select(row.kind, row.year, row.number).where(is_used != exists().where(same))
    ):
        subject = f"paper-number/{kind.value}-{year}-{number}"
        yield Finding("serials", subject, "its paper and its state in the register disagree")
    for paper_id in session.scalars(select(IssuedPaper.id).where(~exists().where(same))):
        yield Finding("serials", f"paper/{paper_id}", "has a number that was never given out")


def _given(session: Session, kind: PaperKind, year: int, last: int) -> set[int]:
    """Return all numbers of a year up to the last but those passed over after a restore, which may be millions."""
    row = PassedNumbers
    passed = session.execute(
        select(row.first, row.last).where(row.kind == kind, row.year == year).order_by(row.first)
    ).all()
    begins = [1, *(end + 1 for _, end in passed)]
    ends = [*(start for start, _ in passed), last + 1]
    return {number for begin, end in zip(begins, ends, strict=True) for number in range(begin, end)}


def _given_again(session: Session) -> Iterator[Finding]:
    """Look for numbers given after a restore that may have been given before it."""
    for row, noun in ((NoticeNumber, "notice-number"), (PaperNumber, "paper-number")):
        again = select(row.year, row.number).join(
            Restore, and_(Restore.year == row.year, row.number <= Restore.bound, row.reserved_at > Restore.at)
        )
        for year, number in session.execute(again):
            yield Finding("serials", f"{noun}/{year}-{number}", "may have been given before the restore as well")


def batches(session: Session, _today: date) -> Iterator[Finding]:
    """Hold what batches of papers say against the papers themselves."""
    item = PaperBatchItem
    rows = session.execute(
        select(item.batch_id, item.position)
        .join(PaperBatch, PaperBatch.id == item.batch_id)
        .join(IssuedPaper, IssuedPaper.id == item.paper_id)
        .where(
            or_(
                item.dropped_reason != "",
                IssuedPaper.kind != PaperBatch.kind,
                IssuedPaper.borrower_id.is_distinct_from(item.borrower_id),
                IssuedPaper.notice_id.is_distinct_from(item.notice_id),
            )
        )
    )
    for batch_id, position in rows:
        yield Finding("paper batches", f"paper-batch/{batch_id}/{position}", "its paper is not the one it stands for")
    is_waiting = and_(item.batch_id == PaperBatch.id, item.paper_id.is_(None), item.dropped_reason == "")
    for batch_id in session.scalars(
        select(PaperBatch.id).where(PaperBatch.finished_at.is_not(None), exists().where(is_waiting))
    ):
        yield Finding("paper batches", f"paper-batch/{batch_id}", "is finished and somebody in it waits still")


def services(session: Session, _today: date) -> Iterator[Finding]:
    """Hold attempts to serve co-borrowers' notices against the papers, and receipts against their hashes."""
    wrong = (
        select(PaperService.id)
        .join(IssuedPaper, IssuedPaper.id == PaperService.paper_id)
        .where(
            or_(
                IssuedPaper.kind != PaperKind.CO_BORROWER,
                IssuedPaper.borrower_id.is_distinct_from(PaperService.borrower_id),
            )
        )
    )
    for service_id in session.scalars(wrong):
        yield Finding("services", f"paper-service/{service_id}", "is of no co-borrower's notice of its borrower")
    pictures = select(PaperReceipt.id, PaperReceipt.sha256, PaperReceipt.image).order_by(PaperReceipt.id)
    for receipt_id, sha256, image in session.execute(pictures.execution_options(yield_per=_AT_A_TIME)):
        if hashlib.sha256(image).hexdigest() != sha256:
            yield Finding("services", f"paper-receipt/{receipt_id}", "its picture is not the one that was filed")
