"""Papers that are no notices: their numbers, what each says, frozen, with its PDF, and those made together."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.attempts import ReceiptPicture, ServiceAttempt
from models.database import Base
from models.rules.papers import PaperKind
from models.serials import SerialCounter, SerialNumber
from models.types import Instant, Sealed, one_of

_RESERVED = text("state = 'reserved'")
_ONCE = text("state = 'used' AND kind IN ('co_borrower', 'reminder')")


class PaperSerial(SerialCounter, Base):
    """The last serial number of a kind used in a year."""

    __tablename__ = "paper_serials"

    kind: Mapped[PaperKind] = mapped_column(one_of(PaperKind), primary_key=True)


class PaperNumber(SerialNumber, Base):
    """What became of each number of a kind.

    ``held_for`` is the natural name of what the paper is for, without personal data (``borrower/7/2026-12-20/1``: the
    first reminder of that due day). Of reminders and co-borrowers' notices there is one for each name.
    """

    __tablename__ = "paper_numbers"
    __table_args__ = (
        CheckConstraint("(state = 'void') = (void_reason <> '')", name="void_has_a_reason"),
        Index(
            "uq_paper_numbers_reserved",
            "kind",
            "held_for",
            unique=True,
            sqlite_where=_RESERVED,
            postgresql_where=_RESERVED,
        ),
        Index("uq_paper_numbers_once", "kind", "held_for", unique=True, sqlite_where=_ONCE, postgresql_where=_ONCE),
    )

    kind: Mapped[PaperKind] = mapped_column(one_of(PaperKind), primary_key=True)
    held_for: Mapped[str] = mapped_column(String(60))


class IssuedPaper(Base):
    """One paper: reminder, co-borrower's notice, statement to sign, thanks, leaflet, summary. Rows are only added."""

    __tablename__ = "issued_papers"
    __table_args__ = (
        UniqueConstraint("kind", "year", "number"),
        Index("ix_issued_papers_borrower_id", "borrower_id", "id"),
        Index("ix_issued_papers_notice_id", "notice_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PaperKind] = mapped_column(one_of(PaperKind))
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrowers.id"))  # none: about nobody in particular
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"))  # whose figures a co-borrower is told
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"))  # whose summary it is
    year: Mapped[int]
    number: Mapped[int]
    serial: Mapped[str] = mapped_column(String(60), unique=True)
    check_code: Mapped[str | None] = mapped_column(String(16), unique=True)  # of those served on a person
    issued_on: Mapped[date]
    issued_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    wording_version: Mapped[str] = mapped_column(String(20))
    content: Mapped[str] = mapped_column(Sealed("issued_papers.content"))  # JSON of the frozen content
    sha256: Mapped[str] = mapped_column(String(64))
    pdf: Mapped[bytes] = mapped_column(LargeBinary)


class PaperService(ServiceAttempt, Base):
    """One attempt to serve a co-borrower's notice on the co-borrower.

    It lies apart from the services of notices, so that nothing that counts those can take it for one: not the next
    level, not limitation, not the evidence for a suspicion.
    """

    __tablename__ = "paper_services"

    paper_id: Mapped[int] = mapped_column(ForeignKey("issued_papers.id"), index=True)


class PaperReceipt(ReceiptPicture, Base):
    """A picture of the receipt of a co-borrower's notice."""

    __tablename__ = "paper_receipts"

    service_id: Mapped[int] = mapped_column(ForeignKey("paper_services.id"), index=True)


class PaperBatch(Base):
    """Papers of one kind made together, as a job: for a place, or for the notices of a batch."""

    __tablename__ = "paper_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PaperKind] = mapped_column(one_of(PaperKind))
    title: Mapped[str] = mapped_column(String(120))
    notice_batch_id: Mapped[int | None] = mapped_column(ForeignKey("notice_batches.id"), index=True)
    narrowed: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # the place and its filters, as in an address
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    as_of: Mapped[date]
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class PaperBatchItem(Base):
    """One paper of a batch: waiting, made, or dropped with the reason."""

    __tablename__ = "paper_batch_items"
    __table_args__ = (
        UniqueConstraint("paper_id"),
        Index("ix_paper_batch_items_borrower_id", "borrower_id"),
        Index("ix_paper_batch_items_notice_id", "notice_id"),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("paper_batches.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"))  # of a co-borrower's paper
    place: Mapped[int] = mapped_column(default=0)  # which of the co-borrowers the notice names, from 0
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("issued_papers.id"))
    dropped_reason: Mapped[str] = mapped_column(String(300), default="")  # English sentence with slots
    dropped_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what fills its slots, as text
