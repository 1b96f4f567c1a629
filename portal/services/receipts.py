"""Photos and scans of receipts: filed once each, with one paper, as proof of one attempt to serve it.

A paper is a notice, or the paper of one of its co-borrowers.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.notices import Receipt, Service
from models.papers import PaperReceipt, PaperService
from models.rules.refusals import Refused
from models.rules.scans import ScanState
from models.scans import ScanPage
from notices.photos import CleanPhoto
from portal.actors import Act


class FiledElsewhere(Refused):
    """The very same picture is filed with another paper."""


def check(
    session: Session, *, photos: Sequence[CleanPhoto], notice_id: int | None = None, paper_id: int | None = None
) -> None:
    """Refuse a picture that is filed with another paper than this notice or this paper: one receipt, one service.

    The hash is of the re-encoded picture, so the same photo is known again whatever was written into its file.

    Raises:
        FiledElsewhere: it is.

    """
    hashes = [photo.sha256 for photo in photos]
    of_notice = (
        select(Receipt.id)
        .join(Service, Service.id == Receipt.service_id)
        .where(Receipt.sha256.in_(hashes), Service.notice_id.is_distinct_from(notice_id))
    )
    of_paper = (
        select(PaperReceipt.id)
        .join(PaperService, PaperService.id == PaperReceipt.service_id)
        .where(PaperReceipt.sha256.in_(hashes), PaperService.paper_id.is_distinct_from(paper_id))
    )
    if any(session.scalars(one.limit(1)).one_or_none() is not None for one in (of_notice, of_paper)):
        raise FiledElsewhere("This photo is filed with another notice already; choose the photo of this one.")


def attach(
    session: Session, *, act: Act, service: Service | PaperService, photos: Sequence[CleanPhoto]
) -> list[Receipt | PaperReceipt]:
    """File pictures with an attempt; one that is there already is not filed twice."""
    model = _of(service)
    known = set(session.scalars(select(model.sha256).where(model.service_id == service.id)))
    receipts: list[Receipt | PaperReceipt] = [
        model(
            service_id=service.id,
            sha256=photo.sha256,
            width=photo.width,
            height=photo.height,
            image=photo.jpeg,
            added_at=act.at,
            added_by_id=act.person.user_id,
        )
        for photo in dict.fromkeys(photos)
        if photo.sha256 not in known
    ]
    session.add_all(receipts)
    session.flush()
    return receipts


def first_hash(session: Session, service: Service | PaperService) -> str | None:
    """Return the hash of a picture that is filed with an attempt."""
    model = _of(service)
    return session.scalars(select(func.min(model.sha256)).where(model.service_id == service.id)).one()


def waiting(session: Session, *, notice_id: int, paper_id: int | None = None) -> Sequence[ScanPage]:
    """Return scanned pages that were read before the service of their paper was recorded, locked."""
    return session.scalars(
        select(ScanPage)
        .where(
            ScanPage.notice_id == notice_id,
            ScanPage.paper_id.is_not_distinct_from(paper_id),
            ScanPage.state == ScanState.WAITING,
        )
        .order_by(ScanPage.id)
        .with_for_update()
    ).all()


def photo_of(page: ScanPage) -> CleanPhoto:
    """Return a scanned page as the picture it holds."""
    return CleanPhoto(page.image, page.sha256, page.width, page.height)


def settle(session: Session, pages: Sequence[ScanPage], service: Service | PaperService) -> None:
    """Write down that scanned pages are filed now; the picture is kept once, with the receipt."""
    model = _of(service)
    filed = {
        sha256: receipt_id
        for receipt_id, sha256 in session.execute(select(model.id, model.sha256).where(model.service_id == service.id))
    }
    for page in pages:
        page.state, page.trouble, page.image = ScanState.FILED, None, b""
        if isinstance(service, Service):
            page.notice_id, page.receipt_id = service.notice_id, filed[page.sha256]
        else:
            page.paper_id, page.paper_receipt_id = service.paper_id, filed[page.sha256]
    session.flush()


def _of(service: Service | PaperService) -> type[Receipt | PaperReceipt]:
    return Receipt if isinstance(service, Service) else PaperReceipt
