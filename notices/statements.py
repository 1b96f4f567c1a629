"""What a person may sign on a visit: that the debt exists, and by when it will be paid. Nobody has to sign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from models.rules.money import in_capitals
from models.rules.papers import PaperKind
from notices.addressed import Indebted
from notices.content import check_amounts
from notices.refusals import NoticeNotRendered

PLAN_ROWS = 4
"""Rows of a plan; those that are not filled in are left for the pen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementContent(Indebted):
    """An acknowledgement of debt: it interrupts limitation (Civil Code 195), signed by one's own will."""

    KIND: ClassVar[str] = "生源地信用助学贷款债务确认书"
    TEMPLATE: ClassVar[str] = "acknowledgement.html"
    CODE: ClassVar[PaperKind] = PaperKind.ACKNOWLEDGEMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """One payment that is promised, in yuan."""

    by: date
    amount: Decimal

    @property
    def in_capitals(self) -> str:
        """The amount in the characters of legal paper."""
        return in_capitals(self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseContent(Indebted):
    """A written promise: what the person themself proposes; rows left empty are filled in by hand.

    Attributes:
        plan: what was agreed before, oldest first; none: all rows are empty.

    """

    KIND: ClassVar[str] = "生源地信用助学贷款还款承诺书"
    TEMPLATE: ClassVar[str] = "promise.html"
    CODE: ClassVar[PaperKind] = PaperKind.PROMISE

    plan: tuple[PlanLine, ...]

    @property
    def empty_rows(self) -> int:
        """How many rows are left for the pen."""
        return PLAN_ROWS - len(self.plan)

    def check(self) -> None:
        """Refuse content that must not go to print.

        Raises:
            NoticeNotRendered: names the field.

        """
        Indebted.check(self)
        days = [line.by for line in self.plan]
        if len(days) > PLAN_ROWS or days != sorted(days) or (days and days[0] < self.issued_on):
            raise NoticeNotRendered(
                "%(serial)s was not made: “%(field)s” is in the past, out of order or too long.",
                serial=self.serial,
                field="plan",
            )
        check_amounts(self.serial, "plan", [line.amount for line in self.plan])
