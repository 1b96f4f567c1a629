"""“I have paid already”: the claim is kept, and the bank's lists answer it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.casework import PaymentClaim
from models.imports import ImportBatch
from models.loans import Lender, Loan, Relief, Repayment, Reversal
from models.rules.casework import TaskKind
from models.rules.claims import CLAIM, ClaimState, ClaimStep, Paid, must_show, payment_meant
from models.rules.facts import PauseCause
from models.rules.lenders import Profile
from models.rules.sentences import N_
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal.actors import Act
from portal.queries.loan_facts import reliefs_in_force
from portal.queries.notice_facts import working_days
from portal.services import relief_facts, standings, tasks

_AT_A_TIME = 500
_DAY = timedelta(days=1)
_ANSWERED = N_("The bank's list has answered whether it is paid.")


@dataclass(frozen=True, slots=True)
class Answered:
    """How many claims a list answered."""

    found: Sequence[int]  # whose
    not_found: Sequence[int]


def open_claim(
    session: Session, *, act: Act, borrower_id: int, claimed_on: date, contact_id: int | None = None
) -> PaymentClaim:
    """Keep a claim; another of the same borrower that is still open stands for both.

    The caller has found the borrower to be in reach.
    """
    held = session.scalars(
        select(PaymentClaim)
        .where(PaymentClaim.borrower_id == borrower_id, PaymentClaim.state == ClaimState.OPEN)
        .order_by(PaymentClaim.id)
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if held is not None:
        return held
    claim = PaymentClaim(
        borrower_id=borrower_id, contact_id=contact_id, claimed_on=claimed_on, created_at=act.at, state=CLAIM.start
    )
    session.add(claim)
    session.flush()
    act.record(session, "claim:open", borrower_id=borrower_id, subject=f"claim/{claim.id}")
    return claim


def answer(session: Session, *, act: Act, batch: ImportBatch) -> Answered:
    """Let an applied list answer the claims it can: found, or not found though it had to be there.

    A claim that is answered closes the task of checking it, and the pause that waited for it ends: the days count
    again from today. One not found asks for a call, so that the family can name the day, channel and number.

    Args:
        session: a writing session; standings have followed the list already.
        act: who applied it.
        batch: a repayment list or an arrears list.

    """
    found: list[int] = []
    missed: list[int] = []
    last = 0
    while True:
        claims = session.scalars(
            select(PaymentClaim)
            .where(PaymentClaim.state != ClaimState.FOUND, PaymentClaim.id > last)
            .order_by(PaymentClaim.id)
            .limit(_AT_A_TIME)
            .with_for_update()
        ).all()
        if not claims:
            return Answered(found, missed)
        last = claims[-1].id
        ids = {claim.borrower_id for claim in claims}
        payments, overdue, profiles = _payments(session, claims), _overdue(session, ids), _profiles(session, ids)
        for claim in claims:
            paid = payment_meant(claim.claimed_on, payments.get(claim.id, ()))
            if paid is not None or claim.borrower_id not in overdue:
                _take(session, act, claim, batch, ClaimStep.FIND, paid)
                found.append(claim.borrower_id)
            elif claim.state is ClaimState.OPEN and _had_to_show(claim, batch, profiles[claim.borrower_id]):
                _take(session, act, claim, batch, ClaimStep.MISS, None)
                missed.append(claim.borrower_id)


def reopen(session: Session, *, act: Act, batch_id: int) -> set[int]:
    """Open the claims again that a list answered which is taken back; returns whose they are."""
    claims = session.scalars(
        select(PaymentClaim).where(PaymentClaim.import_batch_id == batch_id).order_by(PaymentClaim.id).with_for_update()
    ).all()
    for claim in claims:
        claim.state = CLAIM.take(claim.state, ClaimStep.REOPEN, None)  # type: ignore[assignment]  # its own enum
        claim.answered_on = claim.listed_on = claim.repayment_id = claim.import_batch_id = None
        ours = Act(None, act.at)
        ours.record(session, "claim:open", borrower_id=claim.borrower_id, subject=f"claim/{claim.id}")
        tasks.ask(
            session, act=ours, borrower_id=claim.borrower_id, kind=TaskKind.CHECK_PAYMENT, due_on=act.today + _DAY
        )
    return {claim.borrower_id for claim in claims}


def _take(
    session: Session, act: Act, claim: PaymentClaim, batch: ImportBatch, step: ClaimStep, paid: Paid | None
) -> None:
    ours = Act(None, act.at)  # the list answers, whoever applied it
    claim.state = CLAIM.take(claim.state, step, None)  # type: ignore[assignment]  # its own enum
    claim.answered_on, claim.listed_on = act.today, batch.data_on
    claim.repayment_id = paid.repayment_id if paid else None
    claim.import_batch_id = batch.id
    repayment = session.get_one(Repayment, paid.repayment_id) if paid else None
    ours.record(
        session,
        f"claim:{claim.state.value}",
        borrower_id=claim.borrower_id,
        subject=f"claim/{claim.id}",
        amount=str(repayment.amount) if repayment else None,
        paid_on=repayment.paid_on.isoformat() if repayment else None,
    )
    tasks.finish_kinds(session, act=ours, borrower_id=claim.borrower_id, kinds=(TaskKind.CHECK_PAYMENT,))
    _end_pauses(session, act, claim.borrower_id)
    if step is ClaimStep.MISS:
        due_on = working_days(session).add(act.today, 1)
        tasks.ask(session, act=ours, borrower_id=claim.borrower_id, kind=TaskKind.CALL_BACK, due_on=due_on)


def _end_pauses(session: Session, act: Act, borrower_id: int) -> None:
    """Let the days count again where the count waited for this answer."""
    waiting = session.scalars(
        select(Relief)
        .join(Loan, Loan.id == Relief.loan_id)
        .where(Loan.borrower_id == borrower_id, Relief.cause == PauseCause.CLAIMS_PAID)
        .order_by(Relief.id)
    ).all()
    ended = False
    for relief in waiting:
        loan = session.scalars(select(Loan).where(Loan.id == relief.loan_id).with_for_update()).one()
        fact = dict(reliefs_in_force(session, [loan.id]).get(loan.id, ())).get(relief.id)
        if fact is None or not fact.in_force(act.today) or loan.settled_on is not None:
            continue
        until = max(act.today, fact.from_on + _DAY)
        if until == fact.to_on:
            continue
        relief_facts.correct(
            session,
            act=Act(None, act.at),
            loan=loan,
            relief=relief,
            from_on=fact.from_on,
            to_on=until,
            reason=_ANSWERED,
        )
        ended = True
    if ended:
        standings.recompute(session, act=act, borrower_ids=[borrower_id])


def _payments(session: Session, claims: Sequence[PaymentClaim]) -> dict[int, list[Paid]]:
    """Return, by claim, what came in that was not known when it was made."""
    rows = session.execute(
        select(PaymentClaim.id, Repayment.id, Repayment.paid_on)
        .join(Loan, Loan.borrower_id == PaymentClaim.borrower_id)
        .join(Repayment, Repayment.loan_id == Loan.id)
        .join(ImportBatch, ImportBatch.id == Repayment.import_batch_id)
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .where(
            PaymentClaim.id.in_([claim.id for claim in claims]),
            ImportBatch.received_at > PaymentClaim.created_at,
            Reversal.repayment_id.is_(None),
        )
    )
    found: dict[int, list[Paid]] = defaultdict(list)
    for claim_id, repayment_id, paid_on in rows:
        found[claim_id].append(Paid(repayment_id, paid_on))
    return found


def _overdue(session: Session, borrower_ids: set[int]) -> set[int]:
    return set(
        session.scalars(
            select(BorrowerStanding.borrower_id).where(
                BorrowerStanding.borrower_id.in_(borrower_ids), BorrowerStanding.state == StandingState.OVERDUE
            )
        )
    )


def _profiles(session: Session, borrower_ids: set[int]) -> dict[int, dict[int, Profile]]:
    """Return, by borrower, the posting days of each lender of theirs."""
    rows = session.execute(
        select(Loan.borrower_id, Lender.id, Lender.settlement_day, Lender.unsettled_month, Lender.posting_days)
        .join(Lender, Lender.id == Loan.lender_id)
        .where(Loan.borrower_id.in_(borrower_ids))
        .distinct()
    )
    found: dict[int, dict[int, Profile]] = defaultdict(dict)
    for borrower_id, lender_id, settlement_day, unsettled_month, posting_days in rows:
        found[borrower_id][lender_id] = Profile(settlement_day, unsettled_month, posting_days)
    return found


def _had_to_show(claim: PaymentClaim, batch: ImportBatch, profiles: dict[int, Profile]) -> bool:
    """Say whether the list had to show the payment, of whichever lender it was."""
    if batch.data_on is None or not profiles:
        return False
    if batch.lender_id is not None and set(profiles) != {batch.lender_id}:
        return False  # the payment may have gone to another lender
    return must_show(claim.claimed_on, batch.data_on, profiles.values())
