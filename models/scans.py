"""Bundles of scanned receipts: the files until they are split, then each page and where it belongs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.scans import ScanState, ScanTrouble
from models.types import Instant, one_of


class ScanBundle(Base):
    """What one person scanned in one go."""

    __tablename__ = "scan_bundles"

    id: Mapped[int] = mapped_column(primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    added_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class ScanFile(Base):
    """One uploaded file of a bundle, kept only until its pages are read."""

    __tablename__ = "scan_files"

    bundle_id: Mapped[int] = mapped_column(ForeignKey("scan_bundles.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    pages: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ScanPage(Base):
    """One page, re-encoded without metadata; ``image`` is emptied once the page is filed as a receipt.

    ``paper_id``: it is the receipt of a co-borrower's paper of that notice.
    """

    __tablename__ = "scan_pages"
    __table_args__ = (UniqueConstraint("bundle_id", "file_position", "page"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bundle_id: Mapped[int] = mapped_column(ForeignKey("scan_bundles.id"), index=True)
    file_position: Mapped[int]
    page: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    image: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[ScanState] = mapped_column(one_of(ScanState))
    trouble: Mapped[ScanTrouble | None] = mapped_column(one_of(ScanTrouble))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"), index=True)
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipts.id"))
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("issued_papers.id"), index=True)
    paper_receipt_id: Mapped[int | None] = mapped_column(ForeignKey("paper_receipts.id"))
