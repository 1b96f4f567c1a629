"""Photos and scans of receipts: filed once each, with one notice, as proof of one attempt to serve it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.notices import Receipt, Service
from models.rules.refusals import Refused
from models.rules.scans import ScanState
from models.scans import ScanPage
from notices.photos import CleanPhoto
from portal.actors import Act


class FiledElsewhere(Refused):
    """The very same picture is filed with another notice."""


def check(session: Session, *, notice_id: int, photos: Sequence[CleanPhoto]) -> None:
    """Refuse a picture that is filed with another notice: one receipt proves one service.

    The hash is of the re-encoded picture, so the same photo is known again whatever was written into its file.

    Raises:
        FiledElsewhere: it is.

    """
    hashes = [photo.sha256 for photo in photos]
    elsewhere = session.scalars(
        select(Receipt.id)
        .join(Service, Service.id == Receipt.service_id)
        .where(Receipt.sha256.in_(hashes), Service.notice_id != notice_id)
        .limit(1)
    ).one_or_none()
    if elsewhere is not None:
        raise FiledElsewhere("This photo is filed with another notice already; choose the photo of this one.")


def attach(session: Session, *, act: Act, service: Service, photos: Sequence[CleanPhoto]) -> list[Receipt]:
    """File pictures with an attempt; one that is there already is not filed twice."""
    known = set(session.scalars(select(Receipt.sha256).where(Receipt.service_id == service.id)))
    receipts = [
        Receipt(
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


def waiting(session: Session, notice_id: int) -> Sequence[ScanPage]:
    """Return scanned pages that were read before the service of their notice was recorded, locked."""
    return session.scalars(
        select(ScanPage)
        .where(ScanPage.notice_id == notice_id, ScanPage.state == ScanState.WAITING)
        .order_by(ScanPage.id)
        .with_for_update()
    ).all()


def photo_of(page: ScanPage) -> CleanPhoto:
    """Return a scanned page as the picture it holds."""
    return CleanPhoto(page.image, page.sha256, page.width, page.height)


def settle(session: Session, pages: Sequence[ScanPage], service: Service) -> None:
    """Write down that scanned pages are filed now; the picture is kept once, with the receipt."""
    filed = {
        sha256: receipt_id
        for receipt_id, sha256 in session.execute(
            select(Receipt.id, Receipt.sha256).where(Receipt.service_id == service.id)
        )
    }
    for page in pages:
        page.state, page.trouble, page.notice_id = ScanState.FILED, None, service.notice_id
        page.receipt_id, page.image = filed[page.sha256], b""
    session.flush()
