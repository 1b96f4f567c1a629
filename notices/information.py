"""What helps before and after: the reminder, what relief there is, thanks with the next due date, the leaflet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from models.rules.money import in_capitals
from models.rules.papers import PaperKind
from notices import safeguards
from notices.addressed import Addressed
from notices.content import check_amounts
from notices.frozen import Paper, texts
from notices.refusals import NoticeNotRendered
from notices.wording import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """What falls due on one contract, in yuan, as its plan says.

    Attributes:
        contract_no: the bank's number.
        lender_name: the bank.
        due_on: the due day.
        principal: of it.
        interest: of it.

    """

    contract_no: str
    lender_name: str
    due_on: date
    principal: Decimal
    interest: Decimal

    @property
    def total(self) -> Decimal:
        """Principal and interest together."""
        return self.principal + self.interest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderContent(Addressed):
    """A reminder before the due day: no demand, nothing is overdue.

    Attributes:
        round: 1 for the early reminder, 2 for the late one.
        lender_name: the banks.
        due_on: the day.
        lines: what falls due on it, by contract.
        channels: official ways to pay.
        relief_options: help that can be asked for.

    """

    KIND: ClassVar[str] = "生源地信用助学贷款还款提醒函"
    TEMPLATE: ClassVar[str] = "reminder.html"
    CODE: ClassVar[PaperKind] = PaperKind.REMINDER

    round: int
    lender_name: str
    due_on: date
    lines: tuple[DueLine, ...]
    channels: tuple[str, ...]
    relief_options: tuple[str, ...]

    @property
    def lenders(self) -> tuple[str, ...]:
        """The bank of each line."""
        return tuple(line.lender_name for line in self.lines)

    @property
    def total(self) -> Decimal:
        """What falls due in all."""
        return sum((line.total for line in self.lines), Decimal("0.00"))

    @property
    def total_in_capitals(self) -> str:
        """The total in the characters of legal paper."""
        return in_capitals(self.total)

    def check(self) -> None:
        """Refuse content that must not go to print.

        Raises:
            NoticeNotRendered: names the field.

        """
        Addressed.check(self)
        self.check_lists("channels", "relief_options")
        safeguards.present(self.serial, [("lines", self.lines)])
        _check_due(self.serial, self.lines)
        if self.total <= 0 or any(line.due_on != self.due_on for line in self.lines):
            raise NoticeNotRendered(
                "%(serial)s was not made: the amounts do not add up (“%(field)s”).", serial=self.serial, field="lines"
            )
        safeguards.after(self.serial, "due_on", self.issued_on, self.due_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThanksContent(Addressed):
    """Thanks when nothing is overdue any more, with what falls due next.

    Attributes:
        data_on: the day on which nothing was overdue.
        lines: the next instalment of each contract that is not paid off; none: everything is.
        channels: official ways to pay.

    """

    KIND: ClassVar[str] = "生源地信用助学贷款还款致谢函"
    TEMPLATE: ClassVar[str] = "thanks.html"
    CODE: ClassVar[PaperKind] = PaperKind.THANKS

    data_on: date
    lines: tuple[DueLine, ...]
    channels: tuple[str, ...]

    def check(self) -> None:
        """Refuse content that must not go to print.

        Raises:
            NoticeNotRendered: names the field.

        """
        Addressed.check(self)
        self.check_lists("channels")
        _check_due(self.serial, self.lines)
        if any(line.due_on < self.issued_on for line in self.lines):
            raise NoticeNotRendered(
                "%(serial)s was not made: “%(field)s” must be after the day of issue.",
                serial=self.serial,
                field="lines",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefContent(Addressed):
    """What relief and deferral there are, what to bring, how to apply; with a slip to ask for a call back.

    Attributes:
        relief_options: help that can be asked for.
        materials: papers to bring.

    """

    KIND: ClassVar[str] = "还款困难帮扶政策告知书"
    TEMPLATE: ClassVar[str] = "relief_information.html"
    CODE: ClassVar[PaperKind] = PaperKind.RELIEF_INFORMATION

    relief_options: tuple[str, ...]
    materials: tuple[str, ...]

    def check(self) -> None:
        """Refuse content that must not go to print.

        Raises:
            NoticeNotRendered: names the field.

        """
        Addressed.check(self)
        self.check_lists("relief_options", "materials")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafletContent(Paper):
    """The leaflet on the year's work plan and the policy of the loan; it is about nobody in particular.

    Attributes:
        serial: as printed.
        issued_on: day of issue.
        issuing_unit: the aid centre.
        landline: the centre's.
        plan: what is done when.
        policy: how the loan works.
        channel_list: official ways to pay.
        relief_options: help that can be asked for.
        fraud: what to beware of.
        wording: its passages.
        wording_version: the version they are from.
        is_demo: print the demonstration mark.

    """

    KIND: ClassVar[str] = "生源地信用助学贷款还款工作安排与政策明白纸"
    TEMPLATE: ClassVar[str] = "leaflet.html"
    CODE: ClassVar[PaperKind] = PaperKind.LEAFLET

    serial: str
    issued_on: date
    issuing_unit: str
    landline: str
    plan: tuple[str, ...]
    policy: tuple[str, ...]
    channel_list: tuple[str, ...]
    relief_options: tuple[str, ...]
    fraud: tuple[str, ...]
    wording: tuple[Passage, ...]
    wording_version: str
    is_demo: bool

    def check(self) -> None:
        """Refuse content that must not go to print.

        Raises:
            NoticeNotRendered: names the field.

        """
        Paper.check(self)
        names = ("plan", "policy", "channel_list", "relief_options", "fraud")
        safeguards.present(self.serial, ((name, getattr(self, name)) for name in names))
        safeguards.no_links_or_accounts(
            self.serial, (found for name in names for found in texts(getattr(self, name), name))
        )


def _check_due(serial: str, lines: tuple[DueLine, ...]) -> None:
    for place, line in enumerate(lines):
        check_amounts(serial, f"lines[{place}]", (line.principal, line.interest))
