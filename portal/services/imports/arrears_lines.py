"""What a bank says is overdue: the lines of a list, and the newest list held of a lender."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import ArrearsList, Statement

AMOUNTS = ("overdue_principal", "overdue_interest", "penalty")


@dataclass(frozen=True, slots=True)
class ArrearsLine:
    """What the bank says is overdue under one contract, yuan; ``overdue_since`` is the due day missed."""

    loan_id: int
    overdue_principal: Decimal
    overdue_interest: Decimal
    penalty: Decimal
    overdue_since: date

    @classmethod
    def from_content(cls, clean: dict[str, Any]) -> ArrearsLine:
        """Return a line from what was staged."""
        return cls(
            loan_id=clean["loan_id"],
            overdue_since=date.fromisoformat(clean["overdue_since"]),
            **{name: Decimal(clean[name]) for name in AMOUNTS},
        )

    def content(self) -> dict[str, Any]:
        """Return the line as it is staged."""
        amounts = {name: str(getattr(self, name)) for name in AMOUNTS}
        return {"loan_id": self.loan_id, "overdue_since": self.overdue_since.isoformat()} | amounts

    @property
    def total(self) -> Decimal:
        """Everything overdue."""
        return self.overdue_principal + self.overdue_interest + self.penalty


@dataclass(frozen=True, slots=True)
class NewestList:
    """The newest list of the lender, with its lines by contract."""

    list_id: int | None
    data_on: date | None
    lines: dict[int, ArrearsLine]


def newest_list(session: Session, lender_id: int) -> NewestList:
    """Return the newest list of a lender; an empty one before the first."""
    newest = session.execute(
        select(ArrearsList.id, ArrearsList.data_on)
        .where(ArrearsList.lender_id == lender_id)
        .order_by(ArrearsList.data_on.desc())
        .limit(1)
    ).one_or_none()
    if newest is None:
        return NewestList(None, None, {})
    rows = session.execute(
        select(
            Statement.loan_id,
            Statement.overdue_principal,
            Statement.overdue_interest,
            Statement.penalty,
            Statement.overdue_since,
        ).where(Statement.arrears_list_id == newest.id)
    )
    return NewestList(newest.id, newest.data_on, {row.loan_id: ArrearsLine(*row) for row in rows})
