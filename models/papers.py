"""Papers that are no notices, as issued: what each says, frozen, and its PDF."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.papers import PaperKind
from models.types import Sealed, one_of


class IssuedPaper(Base):
    """One paper: reminder, co-borrower's notice, statement to sign, thanks, leaflet, summary. Rows are only added."""

    __tablename__ = "issued_papers"
    __table_args__ = (
        UniqueConstraint("kind", "year", "number"),
        Index("ix_issued_papers_borrower_id", "borrower_id", "id"),
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
