"""What papers to a person have in common, and the notice to a co-borrower."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from models.rules.money import in_capitals
from models.rules.papers import PaperKind
from notices import safeguards
from notices.content import ContractLine, check_arrears, check_dates, long_figures
from notices.frozen import Paper, texts
from notices.wording import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed(Paper):
    """A paper of the aid centre to one person about one borrower's loans; kinds add what is theirs.

    Attributes:
        serial: as printed.
        check_code: twelve characters by which the paper can be verified.
        check_url: the public check page; the QR code holds this and nothing else.
        issued_on: day of issue.
        issuing_unit: who signs: the aid centre.
        school_name: who hands it over.
        borrower_name: full name.
        masked_id: the borrower's masked ID number.
        landline: the centre's.
        wording: its passages.
        wording_version: the version they are from.
        is_demo: print the demonstration mark.

    """

    serial: str
    check_code: str
    check_url: str
    issued_on: date
    issuing_unit: str
    school_name: str
    borrower_name: str
    masked_id: str
    landline: str
    wording: tuple[Passage, ...]
    wording_version: str
    is_demo: bool

    @property
    def to(self) -> str:
        """Whom the paper speaks to."""
        return f"{self.borrower_name}（身份证号：{self.masked_id}）"

    def check(self) -> None:
        """Refuse content that must not go to print.

        Raises:
            NoticeNotRendered: names the field.

        """
        Paper.check(self)
        safeguards.public_page(self.serial, self.check_url)
        safeguards.masked(self.serial, self.masked_id)
        safeguards.present(
            self.serial,
            ((name, getattr(self, name)) for name in ("borrower_name", "school_name", "issuing_unit")),
        )

    def check_lists(self, *names: str) -> None:
        """Refuse lists that are empty, or hold a link or an account.

        Raises:
            NoticeNotRendered: names the field.

        """
        safeguards.present(self.serial, ((name, getattr(self, name)) for name in names))
        safeguards.no_links_or_accounts(
            self.serial, (found for name in names for found in texts(getattr(self, name), name))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Indebted(Addressed):
    """A paper that lists contracts in arrears, with the bank's figures as a notice prints them.

    Attributes:
        lender_name: the bank.
        contracts: one or more.
        total: sum overdue, in yuan.
        data_on: the bank's data date.
        channels: official ways to pay.
        relief_options: help that can be asked for.

    """

    lender_name: str
    contracts: tuple[ContractLine, ...]
    total: Decimal
    data_on: date
    channels: tuple[str, ...]
    relief_options: tuple[str, ...]

    @property
    def total_in_capitals(self) -> str:
        """The total in the characters of legal paper."""
        return in_capitals(self.total)

    @property
    def has_long_figures(self) -> bool:
        """Whether the table needs smaller type to hold its figures."""
        return long_figures(self.contracts)

    def check(self) -> None:
        """Refuse content that must not go to print.

        Raises:
            NoticeNotRendered: names the field.

        """
        Addressed.check(self)
        self.check_lists("channels", "relief_options")
        safeguards.present(self.serial, [("contracts", self.contracts)])
        check_arrears(self.serial, self.contracts, self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoBorrowerContent(Indebted):
    """The notice to a joint borrower, who owes the same debt: the figures of the notice it belongs to.

    Attributes:
        co_borrower_name: whom it is addressed to.
        relation: to the borrower.
        notice_serial: of the notice to the borrower.
        authority: one sentence: why this unit may ask.
        next_steps: what follows if unpaid, neutrally.
        pay_by: by when payment is asked for.

    """

    KIND: ClassVar[str] = "致共同借款人的逾期还款通知书"
    TEMPLATE: ClassVar[str] = "co_borrower.html"
    CODE: ClassVar[PaperKind] = PaperKind.CO_BORROWER

    co_borrower_name: str
    relation: str
    notice_serial: str
    authority: str
    next_steps: tuple[str, ...]
    pay_by: date

    @property
    def to(self) -> str:
        """Whom the paper speaks to."""
        related = f"，借款学生的{self.relation}" if self.relation else ""
        return f"{self.co_borrower_name}（共同借款人{related}）"

    def check(self) -> None:
        """Refuse content that must not go to print.

        Raises:
            NoticeNotRendered: names the field.

        """
        Indebted.check(self)
        self.check_lists("next_steps")
        safeguards.present(self.serial, [("co_borrower_name", self.co_borrower_name)])
        safeguards.no_links_or_accounts(self.serial, [("authority", self.authority)])
        check_dates(self.serial, self.data_on, self.issued_on, self.pay_by)
