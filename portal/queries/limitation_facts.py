"""What interrupted the limitation of contracts, as facts for the rule: one bounded set of queries for any number."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from config import COUNTY_TIME
from models.limitation import LimitationInterruption
from models.loans import ContractChange, Loan, Repayment, Reversal
from models.notices import Notice, Service
from models.rules.facts import ContractChangeKind
from models.rules.limitation import Interruption, InterruptionKind, Limitation, LimitationFacts, judge
from models.rules.repayment_kinds import OWN_PAYMENTS
from models.rules.service_of_notice import Strength
from models.rules.workflows import NoticeState


@dataclass(frozen=True, slots=True)
class Paper:
    """A notice that names the contract: one still to be served, or one whose service is not fully proved."""

    notice_id: int
    mends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """The limitation of one contract, and the notices about it that could be made to count."""

    limitation: Limitation
    to_serve: Paper | None
    weakly_served: Paper | None


@dataclass(frozen=True, slots=True)
class _Contract:
    id: int
    borrower_id: int
    contract_no: str
    matures_on: date


@dataclass(frozen=True, slots=True)
class _Notices:
    """What the notices of one contract come to."""

    interruptions: tuple[Interruption, ...] = ()
    to_serve: Paper | None = None
    weakly_served: Paper | None = None


def periods(session: Session, loan_ids: Collection[int], as_of: date) -> dict[int, Period]:
    """Return the limitation of each contract, as known on a day.

    Args:
        session: any session.
        loan_ids: at most some hundreds at a time; the caller chunks. The caller has found them to be in reach.
        as_of: what happened later has no effect.

    """
    contracts = [
        _Contract(*row)
        for row in session.execute(
            select(Loan.id, Loan.borrower_id, Loan.contract_no, Loan.matures_on).where(Loan.id.in_(loan_ids))
        )
    ]
    accelerated = accelerations(session, loan_ids, as_of)
    interruptions: dict[int, list[Interruption]] = defaultdict(list)
    for loan_id, one in (*_payments(session, loan_ids, as_of), *_by_hand(session, loan_ids, as_of)):
        interruptions[loan_id].append(one)
    notices = _notices(session, contracts, as_of)
    return {
        one.id: Period(
            judge(
                LimitationFacts(
                    one.matures_on,
                    (*interruptions[one.id], *notices[one.id].interruptions),
                    accelerated.get(one.id),
                )
            ),
            notices[one.id].to_serve,
            notices[one.id].weakly_served,
        )
        for one in contracts
    }


def standing_accelerations() -> Select[int, date]:
    """Select (contract, day) of every calling due that was not taken back."""
    voiding = aliased(ContractChange)
    return (
        select(ContractChange.loan_id, ContractChange.effective_on)
        .outerjoin(voiding, voiding.voids_id == ContractChange.id)
        .where(
            ContractChange.kind == ContractChangeKind.ACCELERATED,
            ContractChange.voids_id.is_(None),
            voiding.id.is_(None),
        )
    )


def accelerations(session: Session, loan_ids: Collection[int], as_of: date) -> dict[int, date]:
    """Return the day each contract was called due as a whole, for those that were."""
    called = standing_accelerations().where(ContractChange.effective_on <= as_of).subquery()
    rows = session.execute(
        select(called.c.loan_id, func.min(called.c.effective_on))
        .where(called.c.loan_id.in_(loan_ids))
        .group_by(called.c.loan_id)
    )
    return {loan_id: day for loan_id, day in rows}  # noqa: C416  # dict() of rows is untyped


def _payments(session: Session, loan_ids: Collection[int], as_of: date) -> list[tuple[int, Interruption]]:
    """Return each part payment that stayed: it acknowledges the debt."""
    rows = session.execute(
        select(Repayment.loan_id, Repayment.id, Repayment.paid_on)
        .outerjoin(Reversal, and_(Reversal.repayment_id == Repayment.id, Reversal.reversed_on <= as_of))
        .where(
            Repayment.loan_id.in_(loan_ids),
            Repayment.paid_on <= as_of,
            Repayment.kind.in_(OWN_PAYMENTS),
            Reversal.repayment_id.is_(None),
        )
    )
    return [
        (
            loan_id,
            Interruption(
                paid_on,
                InterruptionKind.ACKNOWLEDGEMENT,
                is_proven=True,
                is_payment=True,
                source=f"repayment/{repayment_id}",
            ),
        )
        for loan_id, repayment_id, paid_on in rows
    ]


def _by_hand(session: Session, loan_ids: Collection[int], as_of: date) -> list[tuple[int, Interruption]]:
    """Return what was written down by hand and not taken back."""
    voiding = aliased(LimitationInterruption)
    rows = session.scalars(
        select(LimitationInterruption)
        .outerjoin(voiding, voiding.voids_id == LimitationInterruption.id)
        .where(
            LimitationInterruption.loan_id.in_(loan_ids),
            LimitationInterruption.voids_id.is_(None),
            LimitationInterruption.on <= as_of,
            voiding.id.is_(None),
        )
    )
    return [
        (row.loan_id, Interruption(row.on, row.kind, row.is_proven, source=f"interruption/{row.id}")) for row in rows
    ]


def _notices(session: Session, contracts: Collection[_Contract], as_of: date) -> dict[int, _Notices]:
    """Return what the notices that name each contract come to.

    A demand works for the contract it names. The borrower and who borrowed with them owe the same debt, so service
    on one of them works for both. A void service never counts.
    """
    by_borrower: dict[int, list[tuple[Notice, Service | None, frozenset[str]]]] = defaultdict(list)
    rows = session.execute(
        select(Notice, Service)
        .outerjoin(
            Service,
            and_(Service.notice_id == Notice.id, Service.was_served.is_(True), Service.strength != Strength.VOID),
        )
        .where(Notice.borrower_id.in_({one.borrower_id for one in contracts}), Notice.issued_on <= as_of)
        .order_by(Notice.id, Service.at)
    )
    for notice, service in rows:
        by_borrower[notice.borrower_id].append((notice, service, named(notice.content)))
    return {
        one.id: _about(
            [(notice, service) for notice, service, names in by_borrower[one.borrower_id] if one.contract_no in names],
            as_of,
        )
        for one in contracts
    }


def _about(found: list[tuple[Notice, Service | None]], as_of: date) -> _Notices:
    interruptions = []
    to_serve = weakly_served = None
    for notice, service in found:
        if service is None:
            if notice.state in {NoticeState.ISSUED, NoticeState.FAILED}:
                to_serve = Paper(notice.id)
            continue
        day = service.at.astimezone(COUNTY_TIME).date()
        if day > as_of:
            continue
        is_complete = service.strength is Strength.COMPLETE
        interruptions.append(
            Interruption(day, InterruptionKind.DEMAND, is_proven=is_complete, source=f"notice/{notice.id}")
        )
        weakly_served = None if is_complete else Paper(notice.id, tuple(service.verdict.get("mends", ())))
    return _Notices(tuple(interruptions), to_serve, weakly_served)


def named(content: str) -> frozenset[str]:
    """Return the numbers of the contracts a notice names, from its frozen content; none from one that names none."""
    return frozenset(str(line.get("contract_no", "")) for line in json.loads(content).get("contracts", ()))
