"""Bundles of scanned receipts: taken in, split by their square codes, filed to the right notices, the rest by hand.

Each page is read once, in a job. A page whose notice has been handed over is filed with that attempt; one that comes
before its return waits for it. What cannot be filed by itself is left to a person with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.database import Database
from models.notices import Notice, Service
from models.papers import IssuedPaper
from models.rules.jobs import JobKind
from models.rules.papers import PaperKind
from models.rules.refusals import NotVisible, Refused
from models.rules.scans import MOST_PAGES, ScanState, ScanTrouble
from models.rules.workflows import NoticeState
from models.scans import ScanBundle, ScanFile, ScanPage
from notices import scans as reading
from notices.photos import CleanPhoto
from portal.actors import Act
from portal.queries.scans import job_key
from portal.queries.scope import visible_borrowers
from portal.queries.served_papers import state_of
from portal.services import jobs, proofs, receipts, service_of_paper
from portal.services.notices import to_change


def take_in(session: Session, *, act: Act, files: Sequence[tuple[bytes, int]]) -> ScanBundle:
    """Keep the files of a bundle and ask for the job that reads them.

    Args:
        session: a writing session.
        act: who scanned.
        files: content and number of pages (``notices.scans.pages``, which refuses what cannot be read).

    Raises:
        Refused: there is none, or there are too many pages.

    """
    total = sum(count for _content, count in files)
    if not total:
        raise Refused("Choose the scan of at least one receipt.")
    if total > MOST_PAGES:
        raise Refused("These are %(count)s pages; a bundle holds at most %(most)s.", count=total, most=MOST_PAGES)
    bundle = ScanBundle(by_id=act.person.user_id, added_at=act.at)
    session.add(bundle)
    session.flush()
    session.add_all(
        ScanFile(bundle_id=bundle.id, position=position, pages=count, content=content)
        for position, (content, count) in enumerate(files, start=1)
    )
    session.flush()
    act.record(session, "receipt-scans:received", subject=f"receipt-scans/{bundle.id}", pages=total)
    jobs.ask(
        session,
        act=act,
        kind=JobKind.RECEIPT_SCANS,
        key=job_key(bundle.id),
        title=str(bundle.id),
        arguments={"bundle_id": bundle.id},
        total=total,
    )
    return bundle


def read_page(database: Database, *, act: Act, bundle_id: int, position: int, number: int) -> ScanTrouble | None:
    """Read one page and file it; a page that was read before stays as it is.

    Returns:
        Why a person has to look at it; ``None`` when it is filed or waits for its return.

    """
    with database.reader() as session:
        known = _page(session, bundle_id, position, number)
        if known is not None:
            return known.trouble
        content = session.scalars(
            select(ScanFile.content).where(ScanFile.bundle_id == bundle_id, ScanFile.position == position)
        ).one()
    try:
        picture, codes = reading.read(content, number)
        trouble = None if len(codes) == 1 else ScanTrouble.SEVERAL_CODES if codes else ScanTrouble.NO_CODE
    except Refused:
        picture, codes, trouble = CleanPhoto(b"", "", 0, 0), (), ScanTrouble.UNREADABLE
    with database.write() as session:
        if (known := _page(session, bundle_id, position, number)) is not None:
            return known.trouble
        page = ScanPage(
            bundle_id=bundle_id,
            file_position=position,
            page=number,
            sha256=picture.sha256,
            width=picture.width,
            height=picture.height,
            image=picture.jpeg,
            state=ScanState.TO_ASSIGN,
            trouble=trouble,
        )
        session.add(page)
        session.flush()
        if trouble is None:
            _file_by_code(session, act, page, codes[0])
        return page.trouble


def finish(session: Session, *, act: Act, bundle_id: int) -> None:
    """Let go of the uploaded files; every page is kept by itself now."""
    bundle = session.get_one(ScanBundle, bundle_id)
    if bundle.finished_at is None:
        bundle.finished_at = act.at
        session.execute(delete(ScanFile).where(ScanFile.bundle_id == bundle_id))
        act.record(session, "receipt-scans:read", subject=f"receipt-scans/{bundle_id}")


def assign(session: Session, *, act: Act, page_id: int, notice_id: int = 0, paper_id: int = 0) -> ScanPage:
    """File a page with a notice, or with a co-borrower's paper, that a person names.

    Raises:
        NotVisible: no such page of one's own, or no such paper.
        Refused: the page is filed or unreadable, the notice is closed, or its picture belongs to another notice.

    """
    page = _own(session, act, page_id)
    if page.state not in {ScanState.TO_ASSIGN, ScanState.SET_ASIDE} or not page.image:
        raise Refused("This page is filed already, or could not be read.")
    if paper_id:
        trouble = _file_with_paper(session, act, page, paper_id)
    else:
        trouble = _file(session, act, page, to_change(session, act, notice_id))
    if trouble is ScanTrouble.DUPLICATE:
        raise Refused("This photo is filed with another notice already; choose the photo of this one.")
    if trouble is not None:
        raise Refused("This notice was called back, or its attempt says it was not handed over: nothing is filed.")
    return page


def set_aside(session: Session, *, act: Act, page_id: int) -> ScanPage:
    """Say that a page belongs to no notice.

    Raises:
        NotVisible: no such page of one's own.
        Refused: it is filed.

    """
    page = _own(session, act, page_id)
    if page.state is not ScanState.TO_ASSIGN:
        raise Refused("This page is filed already, or could not be read.")
    page.state = ScanState.SET_ASIDE
    act.record(session, "receipt-scans:set_aside", subject=f"receipt-scans/{page.bundle_id}", page=page.id)
    return page


def _file_by_code(session: Session, act: Act, page: ScanPage, code: str) -> None:
    mine = Notice.borrower_id.in_(visible_borrowers(act.person, act.today))
    notice_id = session.scalars(select(Notice.id).where(Notice.check_code == code, mine)).one_or_none()
    paper_id = session.scalars(
        select(IssuedPaper.id)
        .join(Notice, Notice.id == IssuedPaper.notice_id)
        .where(IssuedPaper.check_code == code, IssuedPaper.kind == PaperKind.CO_BORROWER, mine)
    ).one_or_none()
    if notice_id is not None:
        page.trouble = _file(session, act, page, to_change(session, act, notice_id))
    elif paper_id is not None:
        page.trouble = _file_with_paper(session, act, page, paper_id)
    else:
        page.trouble = ScanTrouble.NOT_OURS


def _file(session: Session, act: Act, page: ScanPage, notice: Notice) -> ScanTrouble | None:
    """File a page with its notice; return why not."""
    picture = receipts.photo_of(page)
    try:
        receipts.check(session, notice_id=notice.id, photos=[picture])
    except receipts.FiledElsewhere:
        return ScanTrouble.DUPLICATE
    service = proofs.handed_over(session, notice.id)
    if service is None:
        tried = session.scalars(select(Service.id).where(Service.notice_id == notice.id).limit(1)).one_or_none()
        if notice.state is NoticeState.CALLED_BACK or tried is not None:
            return ScanTrouble.NOT_SERVED
        _wait(page, notice.id, None)
        return None
    added = receipts.attach(session, act=act, service=service, photos=[picture])
    receipts.settle(session, [page], service)
    if added:
        proofs.weigh_again(session, act=act, notice=notice, service=service, added=["photo"])
    return None


def _file_with_paper(session: Session, act: Act, page: ScanPage, paper_id: int) -> ScanTrouble | None:
    """File a page with the co-borrower's paper it is the receipt of; return why not."""
    paper, notice = service_of_paper.to_change(session, act, paper_id)
    picture = receipts.photo_of(page)
    try:
        receipts.check(session, paper_id=paper.id, photos=[picture])
    except receipts.FiledElsewhere:
        return ScanTrouble.DUPLICATE
    service = service_of_paper.handed_over(session, paper.id)
    if service is None:
        if state_of(session, paper.id) is not NoticeState.ISSUED:
            return ScanTrouble.NOT_SERVED
        _wait(page, notice.id, paper.id)
        return None
    added = receipts.attach(session, act=act, service=service, photos=[picture])
    page.notice_id = notice.id
    receipts.settle(session, [page], service)
    if added:
        service_of_paper.weigh_again(session, act=act, paper=paper, service=service, added=["photo"])
    return None


def _wait(page: ScanPage, notice_id: int, paper_id: int | None) -> None:
    """Let a page wait until the service of its paper is recorded."""
    page.state, page.trouble, page.notice_id, page.paper_id = ScanState.WAITING, None, notice_id, paper_id


def _page(session: Session, bundle_id: int, position: int, number: int) -> ScanPage | None:
    return session.scalars(
        select(ScanPage).where(
            ScanPage.bundle_id == bundle_id, ScanPage.file_position == position, ScanPage.page == number
        )
    ).one_or_none()


def _own(session: Session, act: Act, page_id: int) -> ScanPage:
    page = session.scalars(
        select(ScanPage)
        .join(ScanBundle, ScanBundle.id == ScanPage.bundle_id)
        .where(ScanPage.id == page_id, ScanBundle.by_id == act.person.user_id)
        .with_for_update(of=ScanPage)
    ).one_or_none()
    if page is None:
        raise NotVisible
    return page
