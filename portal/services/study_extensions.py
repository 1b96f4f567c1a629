"""Plans moved by further study, and moved back: what :mod:`portal.services.contract_changes` builds on.

The terms and lines that were replaced are kept in the event of the change, so voiding it brings back exactly those.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.events import Event
from models.loans import ContractChange, Lender, Loan
from models.rules.facts import ContractChangeKind, InstalmentFact
from models.rules.interest_rates import contract_rates, interest_year
from models.rules.plan_changes import replanned
from models.rules.refusals import Refused
from models.rules.reliefs import check_not_far
from models.rules.repayment_plans import PlanContent
from models.rules.schedule import Terms
from portal.actors import Act
from portal.queries.interest_rates import rate_table
from portal.queries.loan_facts import stands
from portal.queries.repayment_plans import contents
from portal.services import repayment_plans

_TERMS = ("subsidy_ends_on", "graduation_year", "matures_on")


def extended(
    session: Session, act: Act, loan: Loan, lines: Sequence[InstalmentFact], terms: tuple[date, int, date]
) -> tuple[InstalmentFact, ...]:
    """Return the plan under terms moved by further study, checked."""
    subsidy_ends_on, graduation_year, matures_on = terms
    check_open(loan)
    for day in (subsidy_ends_on, matures_on):
        check_not_far(day, act.today)
    if subsidy_ends_on <= loan.subsidy_ends_on:
        raise Refused("The subsidy ends on %(day)s now: further study ends later.", day=loan.subsidy_ends_on)
    if subsidy_ends_on >= matures_on:
        raise Refused("The subsidy would end after the last due day of the contract.")
    if matures_on < loan.matures_on or matures_on <= act.today:
        raise Refused("Further study does not bring the last due day forward: it is %(day)s.", day=loan.matures_on)
    if graduation_year != subsidy_ends_on.year:
        raise Refused("The subsidy ends in the year of graduation.")
    if has(session, loan, ContractChangeKind.ACCELERATED):
        raise Refused("This contract was called due: it has no plan to move.")
    day_count = session.scalars(select(Lender.day_count).where(Lender.id == loan.lender_id)).one()
    new = Terms(
        principal=loan.principal,
        signed_on=loan.signed_on,
        graduation_year=graduation_year,
        subsidy_ends_on=subsidy_ends_on,
        matures_on=matures_on,
        grace_years=loan.grace_years,
        rate_pct=loan.rate_percent,
        day_count=day_count,
        rates=_rates(session, act, loan, range(subsidy_ends_on.year, interest_year(matures_on) + 1)),
    )
    return replanned(lines, new, act.today)


def _rates(session: Session, act: Act, loan: Loan, years: range) -> dict[int, Decimal]:
    """Return the rates of coming interest years, as any plan of ours has them: a new published rate then finds it."""
    kept = contents(session, [loan.plan_id])[loan.plan_id].rates
    from_on, rate = kept[-1] if kept else (act.today, loan.rate_percent)
    return contract_rates(
        rate_table(session), signed_on=loan.signed_on, given={interest_year(from_on): rate}, years=years
    )


def replaced_by(
    session: Session, loan: Loan, change: ContractChange
) -> tuple[tuple[date, int, date], list[InstalmentFact], date]:
    """Return the terms and lines a study extension replaced, and the day after which it replaced them.

    Raises:
        Refused: the terms are no longer those of the extension.

    """
    if any(getattr(loan, name) != getattr(change, name) for name in _TERMS):
        raise Refused("The terms have changed again since: mend them by a newer change or the lender's roster.")
    event = session.scalars(
        select(Event).where(
            Event.borrower_id == loan.borrower_id,
            Event.tag == "contract:study_extended",
            Event.subject == f"contract-change/{change.id}",
        )
    ).one()
    subsidy_ends_on, graduation_year, matures_on = event.facts["old_terms"]
    terms = (date.fromisoformat(subsidy_ends_on), int(graduation_year), date.fromisoformat(matures_on))
    lines = [
        InstalmentFact(date.fromisoformat(due_on), Decimal(principal), Decimal(interest))
        for due_on, principal, interest in event.facts["old_plan"]
    ]
    return terms, lines, Act(None, event.at).today


def restore(session: Session, loan: Loan, change: ContractChange) -> None:
    """Bring back the terms and lines a study extension replaced; raises as :func:`replaced_by`."""
    terms, restored, first = replaced_by(session, loan, change)
    loan.subsidy_ends_on, loan.graduation_year, loan.matures_on = terms
    replace_lines(session, loan, [line for line in lines_of(session, loan) if line.due_on > first], restored)


def lines_of(session: Session, loan: Loan) -> list[InstalmentFact]:
    """Return the plan of a contract, oldest first."""
    return list(contents(session, [loan.plan_id])[loan.plan_id].instalments)


def replace_lines(session: Session, loan: Loan, old: Sequence[InstalmentFact], new: Sequence[InstalmentFact]) -> None:
    """Give a contract a plan that has new lines in the place of old ones."""
    plan = contents(session, [loan.plan_id])[loan.plan_id]
    gone = {line.due_on for line in old}
    lines = [line for line in plan.instalments if line.due_on not in gone]
    loan.plan_id = repayment_plans.keep_one(session, PlanContent.of([*lines, *new], plan.rates))
    session.flush()


def check_open(loan: Loan) -> None:
    """Refuse to change a contract that is paid off."""
    if loan.settled_on is not None:
        raise Refused("This contract is paid off since %(day)s: nothing of it can change.", day=loan.settled_on)


def has(session: Session, loan: Loan, kind: ContractChangeKind) -> bool:
    """Say whether a change of this kind stands under the contract."""
    found = select(ContractChange.id).where(ContractChange.loan_id == loan.id, ContractChange.kind == kind, stands())
    return session.scalar(found) is not None
