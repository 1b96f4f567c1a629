"""One line of a repayment list: read, checked, and held against the payment we hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from models.rules import cells, figures
from models.rules.facts import RepaymentKind
from models.rules.imports import RowOutcome
from models.rules.refusals import Refused
from models.rules.repayment_kinds import WRITTEN, repayment_kind
from portal.services.imports.holdings import HeldLoan, Holdings
from portal.services.imports.rows import (
    Memo,
    RowCheck,
    change,
)
from portal.sheets.columns import REPAYMENTS
from portal.sheets.tables import TableRow

CONTRACT, _REFERENCE = 40, 50  # the column has room for what marks an entry made again
_MOST = 2  # times what was lent: all of it, interest and arrears included


@dataclass(frozen=True, slots=True)
class RepaymentLine:
    """One payment, yuan."""

    loan_id: int
    paid_on: date
    amount: Decimal
    bank_reference: str
    reversed_on: date | None
    kind: RepaymentKind | None = None  # the list does not say: an ordinary one, or what we hold

    @classmethod
    def from_content(cls, clean: dict[str, Any]) -> RepaymentLine:
        """Return a line from what was staged."""
        return cls(
            loan_id=clean["loan_id"],
            paid_on=date.fromisoformat(clean["paid_on"]),
            amount=Decimal(clean["amount"]),
            bank_reference=clean["bank_reference"],
            reversed_on=date.fromisoformat(clean["reversed_on"]) if clean["reversed_on"] else None,
            kind=RepaymentKind(clean["kind"]) if clean.get("kind") else None,
        )

    def content(self) -> dict[str, Any]:
        """Return the line as it is staged."""
        return {
            "loan_id": self.loan_id,
            "paid_on": self.paid_on.isoformat(),
            "amount": str(self.amount),
            "bank_reference": self.bank_reference,
            "reversed_on": self.reversed_on.isoformat() if self.reversed_on else None,
            "kind": self.kind.value if self.kind else None,
        }


@dataclass(frozen=True, slots=True)
class Held:
    """A payment we hold."""

    id: int
    paid_on: date
    amount: Decimal
    reversed_on: date | None
    kind: RepaymentKind


def read_line(row: TableRow, holdings: Holdings, latest: date, memo: Memo) -> tuple[RowCheck, RepaymentLine | None]:
    """Read one line; what is wrong with it is collected.

    Args:
        row: of the list.
        holdings: what the list is compared with.
        latest: no payment lies after it.
        memo: what cells of the list were read as.

    """
    check = RowCheck(row, REPAYMENTS, memo)
    contract_no = check.words("contract_no", CONTRACT)
    paid_on = check.need("paid_on", figures.day)
    amount = check.need("amount", figures.amount)
    reference = check.words("bank_reference", _REFERENCE)
    reversed_on = check.take("reversed_on", figures.day)
    kind = check.take("kind", repayment_kind)
    loan: HeldLoan | None = None
    if contract_no:
        try:
            lender = cells.text(row["lender"])
            loan = holdings.contract(contract_no, holdings.lender(lender) if lender else None)
        except Refused as refusal:
            check.refuse("contract_no", refusal)
    if amount is not None and not amount:
        check.refuse("amount", Refused("A payment must be more than 0."))
    if paid_on and paid_on > latest:
        check.refuse("paid_on", Refused("The payment lies after the date of the list, %(day)s.", day=latest))
    if paid_on and loan and paid_on < loan.signed_on:
        check.refuse("paid_on", Refused("The payment lies before the contract was signed: correct the date."))
    if amount is not None and loan and kind is RepaymentKind.EARLY and amount > loan.principal * _MOST:
        check.refuse("amount", Refused("Repaid early is more than the contract ever lent: check the amount."))
    if reversed_on and paid_on and reversed_on < paid_on:
        check.refuse("reversed_on", Refused("The payment would be reversed before it was made: check both dates."))
    if loan is None or paid_on is None or amount is None:
        return check, None
    return check, RepaymentLine(loan.id, paid_on, amount, reference, reversed_on, kind)


def is_money(line: RepaymentLine) -> bool:
    """Say whether money came in and stayed."""
    return not line.reversed_on and line.kind is not RepaymentKind.WAIVED


def check_same(check: RowCheck, line: RepaymentLine, old: Held) -> None:
    """Refuse a line that says something else of a payment we hold than we do."""
    if old.amount != line.amount or old.paid_on != line.paid_on:
        check.refuse(
            "bank_reference",
            Refused(
                "We hold a payment of this number of %(day)s over %(amount)s: ask the bank which is right.",
                day=old.paid_on,
                amount=old.amount,
            ),
        )
    if line.kind and line.kind is not old.kind:
        check.refuse(
            "kind",
            Refused("We hold this payment as “%(kind)s”: ask the bank which is right.", kind=WRITTEN[old.kind][0]),
        )
    if old.reversed_on and line.reversed_on and old.reversed_on != line.reversed_on:
        check.refuse(
            "reversed_on",
            Refused("We hold this payment as taken back on %(day)s: ask the bank which is right.", day=old.reversed_on),
        )


def compare(old: Held | None, line: RepaymentLine) -> tuple[RowOutcome, list[dict[str, Any]]]:
    """Say what a line does to the payment we hold, and which of its fields change."""
    if old is None:
        return RowOutcome.NEW, []
    if line.reversed_on and line.reversed_on != old.reversed_on:
        return RowOutcome.CHANGED, [change(REPAYMENTS.heading("reversed_on"), old.reversed_on, line.reversed_on)]
    return RowOutcome.UNCHANGED, []
