"""Borrowers, the people who borrowed with them, and how to reach them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.crypto import blind_index
from models.database import Base
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.types import Instant, Sealed, one_of


class Borrower(Base):
    """A person with loans. Identity numbers are sealed; the index columns find them again."""

    __tablename__ = "borrowers"
    __table_args__ = (
        Index("ix_borrowers_village_id_name", "village_id", "name"),
        Index("ix_borrowers_name", "name"),
        Index("ix_borrowers_initials", "initials"),
        Index("ix_borrowers_id_last_four_index", "id_last_four_index"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    initials: Mapped[str] = mapped_column(String(60))  # pinyin initials, lower case: how a teacher searches
    id_number: Mapped[str] = mapped_column(Sealed("borrowers.id_number"))
    id_index: Mapped[str] = mapped_column(String(32), unique=True)
    id_last_four_index: Mapped[str] = mapped_column(String(32))
    masked_id: Mapped[str] = mapped_column(String(20))
    village_id: Mapped[int] = mapped_column(ForeignKey("villages.id"), index=True)
    address: Mapped[str | None] = mapped_column(Sealed("borrowers.address"))
    school_name: Mapped[str] = mapped_column(String(80), default="")  # high school
    college: Mapped[str] = mapped_column(String(80), default="")
    graduation_year: Mapped[int | None]
    verified_at: Mapped[datetime | None] = mapped_column(Instant)
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    verified_source: Mapped[str] = mapped_column(String(200), default="")
    is_out_of_touch: Mapped[bool] = mapped_column(default=False)  # 失联: every known way tried; not malicious
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy's own spelling


class CoBorrower(Base):
    """A parent or guardian who signed too: a debtor, not a third party."""

    __tablename__ = "co_borrowers"
    __table_args__ = (Index("uq_co_borrowers_person", "borrower_id", "id_index", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    relation: Mapped[str] = mapped_column(String(20), default="")
    id_number: Mapped[str] = mapped_column(Sealed("co_borrowers.id_number"))
    id_index: Mapped[str] = mapped_column(String(32))
    masked_id: Mapped[str] = mapped_column(String(20))


class ContactPoint(Base):
    """A number, account or address by which somebody may be reached, with where it came from and whether it works."""

    __tablename__ = "contact_points"
    __table_args__ = (Index("uq_contact_points_value", "borrower_id", "kind", "value_index", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    co_borrower_id: Mapped[int | None] = mapped_column(ForeignKey("co_borrowers.id"))
    owner: Mapped[ContactOwner] = mapped_column(one_of(ContactOwner))
    kind: Mapped[ContactKind] = mapped_column(one_of(ContactKind))
    value: Mapped[str] = mapped_column(Sealed("contact_points.value"))
    value_index: Mapped[str] = mapped_column(String(32))
    last_four_index: Mapped[str] = mapped_column(String(32), index=True)
    masked: Mapped[str] = mapped_column(String(40))
    source: Mapped[ContactSource] = mapped_column(one_of(ContactSource))
    added_on: Mapped[date]
    last_worked_on: Mapped[date | None]
    last_failed_on: Mapped[date | None]
    ended_on: Mapped[date | None]  # wrong person or replaced: never used or printed again
    ended_reason: Mapped[str] = mapped_column(String(100), default="")


def id_index(resident_id: str) -> str:
    """Return the index under which a checked identity number is found: of a borrower or of a co-borrower."""
    return blind_index(resident_id, "borrowers.id_number")


def id_last_four_index(last_four: str) -> str:
    """Return the index of the last four characters of an identity number (``identity.last_four``)."""
    return blind_index(last_four, "borrowers.id_last_four")


def contact_index(kind: ContactKind, value: str) -> str:
    """Return the index under which a contact point's clean value is found."""
    return blind_index(f"{kind.value}:{value}", "contact_points.value")


def contact_last_four_index(last_four: str) -> str:
    """Return the index of the last four characters of a contact point (``identity.last_four``)."""
    return blind_index(last_four, "contact_points.last_four")
