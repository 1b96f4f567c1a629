"""Differences between a lender's list and our ledger, kept with the cause that was found."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.reconciliation import DifferenceCause
from models.types import Instant, Yuan, one_of


class Reconciliation(Base):
    """One list held against the ledger carried forward to its data date."""

    __tablename__ = "reconciliations"

    arrears_list_id: Mapped[int] = mapped_column(ForeignKey("arrears_lists.id"), primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    contracts: Mapped[int]  # how many were compared
    agreeing: Mapped[int]  # how many differ by no more than the tolerance
    ours_total: Mapped[Decimal] = mapped_column(Yuan)
    theirs_total: Mapped[Decimal] = mapped_column(Yuan)


class Difference(Base):
    """One contract on which list and ledger differ by more than the lender's tolerance."""

    __tablename__ = "differences"
    __table_args__ = (UniqueConstraint("arrears_list_id", "loan_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    arrears_list_id: Mapped[int] = mapped_column(ForeignKey("reconciliations.arrears_list_id"))
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"), index=True)
    cause: Mapped[DifferenceCause] = mapped_column(one_of(DifferenceCause))
    ours_principal: Mapped[Decimal] = mapped_column(Yuan)
    ours_interest: Mapped[Decimal] = mapped_column(Yuan)
    ours_penalty: Mapped[Decimal] = mapped_column(Yuan)
    theirs_principal: Mapped[Decimal] = mapped_column(Yuan)
    theirs_interest: Mapped[Decimal] = mapped_column(Yuan)
    theirs_penalty: Mapped[Decimal] = mapped_column(Yuan)
    note: Mapped[str] = mapped_column(String(200), default="")  # what a clerk found out
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    settled_on: Mapped[date | None]  # a clerk put it away as explained
