"""Everything the page of one contract shows: terms, plan line by line, money, reliefs and changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import Lender
from models.rules.allocation import dues_of
from models.rules.facts import ContractChangeKind, RepaymentKind
from models.rules.lenders import Profile, settlement_on_or_after
from models.rules.plan_lines import PlanLine, plan_lines
from models.rules.standing import LoanStanding, stand_loan
from portal.actors import Actor
from portal.queries.entered_facts import ChangeRow, HeldRelief, HeldRepayment, changes_of, reliefs_of, repayments_of
from portal.queries.loan_facts import facts_of
from portal.queries.loans import loan_to_read


@dataclass(frozen=True, slots=True)
class LoanPage:
    """The page of one contract; amounts in yuan."""

    id: int
    borrower_id: int
    contract_no: str
    lender: str
    signed_on: date
    principal: Decimal
    balance: Decimal
    rate_percent: Decimal
    subsidy_ends_on: date
    graduation_year: int
    grace_years: int
    matures_on: date
    settled_on: date | None
    standing: LoanStanding
    lines: tuple[PlanLine, ...]
    repayments: tuple[HeldRepayment, ...]
    settles: dict[int, date]  # of early repayments: the day the lender settles them
    reliefs: tuple[HeldRelief, ...]
    changes: tuple[ChangeRow, ...]

    def relief(self, relief_id: int) -> HeldRelief | None:
        """Return one of its reliefs."""
        return next((one for one in self.reliefs if one.id == relief_id), None)

    def change(self, change_id: int) -> ChangeRow | None:
        """Return one of its changes."""
        return next((one for one in self.changes if one.id == change_id), None)

    def repayment(self, repayment_id: int) -> HeldRepayment | None:
        """Return one of its repayments."""
        return next((one for one in self.repayments if one.id == repayment_id), None)

    @property
    def is_reckoned(self) -> bool:
        """Say whether the plan shown is worked out by us: the lender's own plan governs."""
        kinds = {ContractChangeKind.ACCELERATED, ContractChangeKind.STUDY_EXTENDED}
        return any(one.kind is RepaymentKind.EARLY and one.reversed_on is None for one in self.repayments) or any(
            one.kind in kinds and one.voided_at is None for one in self.changes
        )


def loan_page(session: Session, actor: Actor, today: date, loan_id: int) -> LoanPage:
    """Return the page of one contract.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    loan = loan_to_read(session, actor, today, loan_id)
    lender = session.execute(
        select(Lender.name, Lender.settlement_day, Lender.unsettled_month).where(Lender.id == loan.lender_id)
    ).one()
    profile = Profile(lender.settlement_day, lender.unsettled_month)
    facts = next(
        one for one in facts_of(session, [loan.borrower_id], today)[loan.borrower_id].loans if one.loan_key == loan.id
    )
    repayments = repayments_of(session, loan.id)
    return LoanPage(
        id=loan.id,
        borrower_id=loan.borrower_id,
        contract_no=loan.contract_no,
        lender=lender.name,
        signed_on=loan.signed_on,
        principal=loan.principal,
        balance=loan.balance,
        rate_percent=loan.rate_percent,
        subsidy_ends_on=loan.subsidy_ends_on,
        graduation_year=loan.graduation_year,
        grace_years=loan.grace_years,
        matures_on=loan.matures_on,
        settled_on=loan.settled_on,
        standing=stand_loan(facts, dues_of(facts), today),
        lines=plan_lines(facts, today),
        repayments=repayments,
        settles={
            one.id: settlement_on_or_after(one.paid_on, profile)
            for one in repayments
            if one.kind is RepaymentKind.EARLY and one.reversed_on is None
        },
        reliefs=reliefs_of(session, loan.id),
        changes=changes_of(session, loan.id),
    )
