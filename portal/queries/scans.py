"""Reads of scanned receipts: bundles of one's own, their pages, and which notices a page could belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, null, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.jobs import Job
from models.notices import Notice, Service
from models.organisation import Village
from models.papers import IssuedPaper, PaperService
from models.rules.papers import PaperKind
from models.rules.refusals import NotVisible
from models.rules.scans import ScanState, ScanTrouble
from models.rules.workflows import NoticeState
from models.scans import ScanBundle, ScanFile, ScanPage
from portal.actors import Actor
from portal.queries.scope import visible_borrowers

MOST_CHOICES = 300


def job_key(bundle_id: int) -> str:
    """Return the natural name of a bundle's job."""
    return f"receipt-scans:{bundle_id}"


@dataclass(frozen=True, slots=True)
class BundleRow:
    """One bundle with how many of its pages stand where."""

    id: int
    added_at: datetime
    finished_at: datetime | None
    pages: int
    filed: int
    waiting: int
    to_assign: int
    job_id: int | None


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page; ``serial`` of the notice, or of the co-borrower's paper, it is filed with or waits for."""

    id: int
    file: int
    page: int
    state: ScanState
    trouble: ScanTrouble | None
    has_picture: bool
    notice_id: int | None
    paper_id: int | None
    serial: str
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A paper that a page could belong to: a notice, or with ``paper_id`` that of a co-borrower."""

    notice_id: int
    paper_id: int | None
    serial: str
    name: str  # the borrower's
    village: str


def bundles(session: Session, actor: Actor, limit: int = 50) -> tuple[BundleRow, ...]:
    """Return the person's own bundles, the newest first."""
    return _bundles(session, actor, None, limit)


def bundle(session: Session, actor: Actor, bundle_id: int) -> BundleRow:
    """Return one of the person's own bundles.

    Raises:
        NotVisible: there is none.

    """
    found = _bundles(session, actor, bundle_id, 1)
    if not found:
        raise NotVisible
    return found[0]


def pages(session: Session, actor: Actor, today: date, bundle_id: int) -> tuple[PageRow, ...]:
    """Return the pages of a bundle that ``bundle`` found, those a person has to look at first."""
    rows = session.execute(
        select(
            ScanPage.id,
            ScanPage.file_position,
            ScanPage.page,
            ScanPage.state,
            ScanPage.trouble,
            (ScanPage.width > 0).label("has_picture"),
            Notice.id,
            IssuedPaper.id,
            func.coalesce(IssuedPaper.serial, Notice.serial, ""),
            func.coalesce(Borrower.name, ""),
        )
        .select_from(ScanPage)
        .outerjoin(Notice, (Notice.id == ScanPage.notice_id) & Notice.borrower_id.in_(visible_borrowers(actor, today)))
        .outerjoin(IssuedPaper, (IssuedPaper.id == ScanPage.paper_id) & (IssuedPaper.notice_id == Notice.id))
        .outerjoin(Borrower, Borrower.id == Notice.borrower_id)
        .where(ScanPage.bundle_id == bundle_id)
        .order_by(ScanPage.file_position, ScanPage.page)
    )
    found = [PageRow(*tuple(row)) for row in rows]
    return tuple(sorted(found, key=lambda row: row.state is not ScanState.TO_ASSIGN))


def picture(session: Session, actor: Actor, page_id: int) -> bytes:
    """Return the picture of a page that is not filed yet (JPEG).

    Raises:
        NotVisible: there is none of the person's own.

    """
    image = session.scalars(
        select(ScanPage.image)
        .join(ScanBundle, ScanBundle.id == ScanPage.bundle_id)
        .where(ScanPage.id == page_id, ScanBundle.by_id == actor.user_id)
    ).one_or_none()
    if not image:
        raise NotVisible
    return image


def choices(session: Session, actor: Actor, today: date) -> tuple[Choice, ...]:
    """Return the papers a page could belong to: to be served, or handed over, by village and name."""
    mine = Borrower.id.in_(visible_borrowers(actor, today))
    handed_over = select(Service.id).where(Service.notice_id == Notice.id, Service.was_served.is_(True)).exists()
    notices = session.execute(
        select(Notice.id, null(), Notice.serial, Borrower.name, Village.name, Village.code)
        .select_from(Notice)
        .join(Borrower, Borrower.id == Notice.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .where(mine, (Notice.state == NoticeState.ISSUED) | handed_over)
        .order_by(Village.code, Borrower.name, Notice.id.desc())
        .limit(MOST_CHOICES)
    )
    tried = select(PaperService.id).where(PaperService.paper_id == IssuedPaper.id)
    papers = session.execute(
        select(Notice.id, IssuedPaper.id, IssuedPaper.serial, Borrower.name, Village.name, Village.code)
        .select_from(IssuedPaper)
        .join(Notice, Notice.id == IssuedPaper.notice_id)
        .join(Borrower, Borrower.id == Notice.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .where(
            mine,
            IssuedPaper.kind == PaperKind.CO_BORROWER,
            tried.where(PaperService.was_served.is_(True)).exists()
            | (~tried.exists() & (Notice.state != NoticeState.CALLED_BACK)),
        )
        .order_by(Village.code, Borrower.name, IssuedPaper.id.desc())
        .limit(MOST_CHOICES)
    )
    found = sorted([*notices, *papers], key=lambda row: (row[5], row[3]))
    return tuple(Choice(*row[:5]) for row in found)


def _bundles(session: Session, actor: Actor, bundle_id: int | None, limit: int) -> tuple[BundleRow, ...]:
    in_files = select(func.sum(ScanFile.pages)).where(ScanFile.bundle_id == ScanBundle.id).correlate(ScanBundle)
    counts = [
        func.count(ScanPage.id).filter(ScanPage.state == state).label(state.value)
        for state in (ScanState.FILED, ScanState.WAITING, ScanState.TO_ASSIGN)
    ]
    query = (
        select(
            ScanBundle.id,
            ScanBundle.added_at,
            ScanBundle.finished_at,
            func.coalesce(in_files.scalar_subquery(), func.count(ScanPage.id)).label("pages"),
            *counts,
        )
        .outerjoin(ScanPage, ScanPage.bundle_id == ScanBundle.id)
        .where(ScanBundle.by_id == actor.user_id)
        .group_by(ScanBundle.id)
        .order_by(ScanBundle.id.desc())
        .limit(limit)
    )
    if bundle_id is not None:
        query = query.where(ScanBundle.id == bundle_id)
    rows = session.execute(query).all()
    keys = [job_key(row.id) for row in rows]
    jobs = dict(session.execute(select(Job.key, Job.id).where(Job.key.in_(keys))).all())
    return tuple(
        BundleRow(
            id=row.id,
            added_at=row.added_at,
            finished_at=row.finished_at,
            pages=row.pages,
            filed=row.filed,
            waiting=row.waiting,
            to_assign=row.to_assign,
            job_id=jobs.get(job_key(row.id)),
        )
        for row in rows
    )
