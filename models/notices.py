"""Collection notices: a batch, each notice with its frozen paper, each attempt to serve it, the proofs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.attempts import ReceiptPicture, ServiceAttempt
from models.database import Base
from models.rules.notices import NoticeLevel
from models.rules.workflows import NoticeState
from models.serials import SerialCounter, SerialNumber
from models.types import Instant, Sealed, Yuan, one_of


class NoticeSerial(SerialCounter, Base):
    """The last serial number of a notice used in a year."""

    __tablename__ = "notice_serials"


class NoticeNumber(SerialNumber, Base):
    """What became of each number of a notice; a reservation is held by a borrower."""

    __tablename__ = "notice_numbers"
    __table_args__ = (
        CheckConstraint("(state = 'void') = (void_reason <> '')", name="void_has_a_reason"),
        Index(
            "uq_notice_numbers_reserved",
            "borrower_id",
            unique=True,
            sqlite_where=text("state = 'reserved'"),
            postgresql_where=text("state = 'reserved'"),
        ),
    )

    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"))


class NoticeBatch(Base):
    """Notices issued together, as a job, for an area or a school."""

    __tablename__ = "notice_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    area_code: Mapped[str] = mapped_column(String(20), default="")
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"))
    narrowed: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # further filters, as in an address
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    as_of: Mapped[date]
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class NoticeBatchItem(Base):
    """One borrower of a batch: waiting, issued, or dropped with the reason."""

    __tablename__ = "notice_batch_items"

    batch_id: Mapped[int] = mapped_column(ForeignKey("notice_batches.id"), primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), primary_key=True)
    position: Mapped[int]
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"))
    dropped_reason: Mapped[str] = mapped_column(String(300), default="")  # English sentence with slots
    dropped_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what fills its slots, as text


class Notice(Base):
    """One notice (催收通知书): what it says, frozen, and its paper's hash. The paper itself never changes."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        Index(
            "uq_notices_open",
            "borrower_id",
            unique=True,
            sqlite_where=text("state IN ('issued', 'failed')"),
            postgresql_where=text("state IN ('issued', 'failed')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("notice_batches.id"), index=True)
    year: Mapped[int]
    number: Mapped[int]
    serial: Mapped[str] = mapped_column(String(60), unique=True)
    check_code: Mapped[str] = mapped_column(String(16), unique=True)
    state: Mapped[NoticeState] = mapped_column(one_of(NoticeState), default=NoticeState.ISSUED)
    level: Mapped[NoticeLevel] = mapped_column(one_of(NoticeLevel), default=NoticeLevel.FIRST)
    issued_on: Mapped[date]
    issued_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    pay_by: Mapped[date]
    total: Mapped[Decimal] = mapped_column(Yuan)
    data_on: Mapped[date]
    wording_version: Mapped[str] = mapped_column(String(20))
    content: Mapped[str] = mapped_column(Sealed("notices.content"))  # JSON of the frozen content
    sha256: Mapped[str] = mapped_column(String(64))
    called_back_reason: Mapped[str] = mapped_column(String(200), default="")
    printed_at: Mapped[datetime | None] = mapped_column(Instant)  # first time; later prints are marked as such


class NoticePaper(Base):
    """The PDF of a notice, stored once; a trigger refuses to change it."""

    __tablename__ = "notice_papers"

    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"), primary_key=True)
    pdf: Mapped[bytes] = mapped_column(LargeBinary)


class Service(ServiceAttempt, Base):
    """One attempt to serve a notice on its borrower."""

    __tablename__ = "services"

    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"), index=True)


class Receipt(ReceiptPicture, Base):
    """A picture of the receipt of a notice."""

    __tablename__ = "receipts"

    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"), index=True)
