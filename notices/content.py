"""What a notice of arrears says, as plain frozen data: everything the form prints and nothing it looks up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar, NoReturn

from models.rules.identity import surname
from models.rules.money import in_capitals
from models.rules.notices import NoticeLevel
from models.rules.papers import PaperKind
from notices import safeguards
from notices.first_wording import FIRST
from notices.frozen import Paper, texts
from notices.refusals import NoticeNotRendered
from notices.wording import LEVELS, Passage

_MOST = Decimal(10_000_000)  # more than any contract of this kind by far: a slip of the decimal point
_MANY_DIGITS = Decimal(100_000)
_FREE_TEXT = ("authority", "channels", "next_steps", "relief_options", "address_lines", "village")
_FIRST = FIRST[PaperKind.NOTICE]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoBorrowerLine:
    """A joint borrower, who owes the same debt (not a third party)."""

    name: str
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractLine:
    """One contract in arrears, amounts in yuan as the bank's statement gives them.

    Attributes:
        contract_no: the bank's number.
        signed_on: day of signing; None when the bank's list does not give it.
        amount: what was lent.
        balance: principal outstanding.
        overdue_principal: of it overdue.
        overdue_interest: interest overdue.
        penalty: penalty interest so far.
        overdue_total: the three together.
        due_on: the due date missed.

    """

    contract_no: str
    signed_on: date | None
    amount: Decimal
    balance: Decimal
    overdue_principal: Decimal
    overdue_interest: Decimal
    penalty: Decimal
    overdue_total: Decimal
    due_on: date

    @property
    def amounts(self) -> tuple[Decimal, ...]:
        """All amounts of the line."""
        return (
            self.amount,
            self.balance,
            self.overdue_principal,
            self.overdue_interest,
            self.penalty,
            self.overdue_total,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeContent(Paper):
    """A notice of arrears with its receipt.

    A demand interrupts limitation when it names both parties, the contract, the amount and asks for performance
    (Civil Code 195); the receipt proves that it arrived.

    Attributes:
        serial: as printed, for example ``X助催〔2026〕000123号``.
        check_code: twelve characters by which the notice can be verified.
        check_url: the public check page; the QR code holds this and nothing else.
        level: first, second or final.
        issued_on: day of issue, below the signature.
        lender_name: the bank.
        issuing_unit: who signs: the aid centre.
        authority: one sentence: why this unit may ask.
        school_name: who serves the notice.
        borrower_name: full name.
        masked_id: masked ID number.
        co_borrowers: joint borrowers.
        village: where the borrower is looked after.
        address_lines: last known address.
        contracts: one or more, in the order printed.
        total: sum overdue, in yuan.
        data_on: the bank's data date.
        pay_by: by when payment is asked for.
        channels: official ways to pay.
        next_steps: what follows if unpaid, neutrally.
        relief_options: help that can be asked for.
        landline: the centre's.
        wording_version: the version its passages are from.
        is_demo: print the demonstration mark.
        wording: its passages; papers older than this field were printed with those of version one.

    """

    KIND: ClassVar[str] = "生源地信用助学贷款逾期催收通知书"
    TEMPLATE: ClassVar[str] = "notice.html"
    CODE: ClassVar[PaperKind] = PaperKind.NOTICE

    serial: str
    check_code: str
    check_url: str
    level: NoticeLevel
    issued_on: date
    lender_name: str
    issuing_unit: str
    authority: str
    school_name: str
    borrower_name: str
    masked_id: str
    co_borrowers: tuple[CoBorrowerLine, ...]
    village: str
    address_lines: tuple[str, ...]
    contracts: tuple[ContractLine, ...]
    total: Decimal
    data_on: date
    pay_by: date
    channels: tuple[str, ...]
    next_steps: tuple[str, ...]
    relief_options: tuple[str, ...]
    landline: str
    wording_version: str
    is_demo: bool
    wording: tuple[Passage, ...] = _FIRST.passages(PaperKind.NOTICE)

    @property
    def surname(self) -> str:
        """The borrower's surname: all that the public check page shows of the name."""
        return surname(self.borrower_name)

    @property
    def level_heading(self) -> str:
        """How the heading names the level."""
        return LEVELS[self.level]

    @property
    def total_in_capitals(self) -> str:
        """The total in the characters of legal paper."""
        return in_capitals(self.total)

    @property
    def has_long_figures(self) -> bool:
        """Whether the table needs smaller type to hold its figures."""
        return long_figures(self.contracts)

    def check(self) -> None:
        """Refuse a notice that contradicts itself or holds what no notice may hold.

        Raises:
            NoticeNotRendered: names the field.

        """
        Paper.check(self)
        safeguards.public_page(self.serial, self.check_url)
        safeguards.masked(self.serial, self.masked_id)
        safeguards.no_links_or_accounts(
            self.serial, (found for name in _FREE_TEXT for found in texts(getattr(self, name), name))
        )
        safeguards.present(
            self.serial,
            ((name, getattr(self, name)) for name in ("channels", "next_steps", "relief_options", "contracts")),
        )
        check_arrears(self.serial, self.contracts, self.total)
        check_dates(self.serial, self.data_on, self.issued_on, self.pay_by)


def long_figures(lines: Sequence[ContractLine]) -> bool:
    """Say whether a table of contracts needs smaller type to hold its figures."""
    return any(amount >= _MANY_DIGITS for line in lines for amount in line.amounts)


def check_arrears(serial: str, lines: Sequence[ContractLine], total: Decimal) -> None:
    """Refuse amounts that do not add up, are negative, or are too large to be real.

    Raises:
        NoticeNotRendered: names the field.

    """
    if total <= 0 or total != sum(line.overdue_total for line in lines):
        _wrong_sum(serial, "total")
    for place, line in enumerate(lines):
        if line.overdue_total != line.overdue_principal + line.overdue_interest + line.penalty:
            _wrong_sum(serial, f"contracts[{place}].overdue_total")
        check_amounts(serial, f"contracts[{place}]", line.amounts)


def check_amounts(serial: str, field: str, amounts: Sequence[Decimal]) -> None:
    """Refuse amounts that are negative or too large to be real.

    Raises:
        NoticeNotRendered: names the field.

    """
    if not all(0 <= amount < _MOST for amount in amounts):
        raise NoticeNotRendered(
            "%(serial)s was not made: an amount in “%(field)s” is negative or too large to be real.",
            serial=serial,
            field=field,
        )


def check_dates(serial: str, data_on: date, issued_on: date, pay_by: date) -> None:
    """Refuse dates that are out of order.

    Raises:
        NoticeNotRendered: names the field.

    """
    if not data_on <= issued_on < pay_by:
        raise NoticeNotRendered(
            "%(serial)s was not made: data date, day of issue and pay-by date are out of order (“%(field)s”).",
            serial=serial,
            field="pay_by",
        )


def _wrong_sum(serial: str, field: str) -> NoReturn:
    raise NoticeNotRendered(
        "%(serial)s was not made: the amounts do not add up (“%(field)s”).", serial=serial, field=field
    )
