"""What a school tells the centre of its collection work in figures, signed by its leader and deputy."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import ClassVar

from models.rules.papers import PaperKind
from notices import safeguards
from notices.content import check_amounts
from notices.frozen import Paper
from notices.refusals import NoticeNotRendered
from notices.wording import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageLine:
    """One village: heads, papers and yuan. Nobody is named.

    Attributes:
        village: its name, with the township's.
        borrowers: looked after.
        overdue: of them in arrears.
        overdue_yuan: what is overdue.
        contacted: of those in arrears, with a contact logged in the period.
        issued: notices issued in the period.
        served: of those issued notices, served with proof that counts.
        promised: promises to pay taken in the period.
        repaid_yuan: what came in during the period on contracts in arrears or not.

    """

    village: str
    borrowers: int
    overdue: int
    overdue_yuan: Decimal
    contacted: int
    issued: int
    served: int
    promised: int
    repaid_yuan: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryContent(Paper):
    """The summary of a period.

    Attributes:
        serial: as printed.
        issued_on: last day of the period.
        from_on: its first.
        issuing_unit: the aid centre it goes to.
        school_name: whose work it is.
        landline: the centre's.
        lines: by village.
        total: the sums, on a line of its own.
        notes: on the figures.
        wording: its passages.
        wording_version: the version they are from.
        is_demo: print the demonstration mark.

    """

    KIND: ClassVar[str] = "生源地信用助学贷款本息回收工作情况汇总表"
    TEMPLATE: ClassVar[str] = "summary.html"
    CODE: ClassVar[PaperKind] = PaperKind.SUMMARY

    serial: str
    issued_on: date
    from_on: date
    issuing_unit: str
    school_name: str
    landline: str
    lines: tuple[VillageLine, ...]
    total: VillageLine
    notes: tuple[str, ...]
    wording: tuple[Passage, ...]
    wording_version: str
    is_demo: bool

    def check(self) -> None:
        """Refuse a summary without a village, whose sums are not those of its lines, or whose period is no period.

        Raises:
            NoticeNotRendered: names the field.

        """
        Paper.check(self)
        safeguards.present(self.serial, [("lines", self.lines), ("notes", self.notes)])
        for field in fields(VillageLine):
            values = [getattr(line, field.name) for line in self.lines]
            if field.name != "village" and sum(values) != getattr(self.total, field.name):
                raise NoticeNotRendered(
                    "%(serial)s was not made: the amounts do not add up (“%(field)s”).",
                    serial=self.serial,
                    field=f"total.{field.name}",
                )
        for place, line in enumerate(self.lines):
            check_amounts(self.serial, f"lines[{place}]", (line.overdue_yuan, line.repaid_yuan))
        if self.issued_on < self.from_on:
            raise NoticeNotRendered(
                "%(serial)s was not made: its period ends before it begins (“%(field)s”).",
                serial=self.serial,
                field="from_on",
            )
