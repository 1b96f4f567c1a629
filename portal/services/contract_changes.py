"""Changes of a contract: called due as a whole, written off in the lender's books, study gone on; and their voiding."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import ContractChange, Loan
from models.rules.facts import ContractChangeKind, LoanFacts
from models.rules.refusals import NotVisible, Refused
from models.rules.reliefs import check_happened, check_not_far, checked_reason
from portal.actors import Act
from portal.queries.loans import loan_to_change, loan_to_read
from portal.queries.previews import Preview, preview
from portal.services import ledger, study_extensions


def accelerate(session: Session, *, act: Act, loan_id: int, effective_on: date, reason: str) -> ContractChange:
    """Write down that the lender called the whole contract due: what was still to come falls due that day.

    Raises:
        NotVisible: no such contract, or not within this person's reach.
        Refused: it is paid off, was called due before, or the day cannot be.

    """
    loan = loan_to_change(session, act.person, act.today, loan_id)
    _check_once(session, act, loan, ContractChangeKind.ACCELERATED, effective_on)
    return _write(session, act, loan, ContractChangeKind.ACCELERATED, effective_on, reason)


def write_off(session: Session, *, act: Act, loan_id: int, effective_on: date, reason: str) -> ContractChange:
    """Write down that the lender wrote the contract off in its own books; the debt and the chase stand.

    Raises:
        NotVisible: no such contract, or not within this person's reach.
        Refused: it is paid off, was written off before, or the day cannot be.

    """
    loan = loan_to_change(session, act.person, act.today, loan_id)
    _check_once(session, act, loan, ContractChangeKind.WRITTEN_OFF, effective_on)
    return _write(session, act, loan, ContractChangeKind.WRITTEN_OFF, effective_on, reason)


def extend_study(
    session: Session,
    *,
    act: Act,
    loan_id: int,
    subsidy_ends_on: date,
    graduation_year: int,
    matures_on: date,
    reason: str,
) -> ContractChange:
    """Move the end of the interest subsidy to the end of further study, and plan anew what has not fallen due.

    Args:
        session: a writing session.
        act: who writes it down.
        loan_id: the contract.
        subsidy_ends_on: the new last day the state pays the interest; takes effect the day after the old one.
        graduation_year: the new one.
        matures_on: the new last due day.
        reason: in a few words.

    Raises:
        NotVisible: no such contract, or not within this person's reach.
        Refused: the subsidy would end before it does now, or after maturity, or the terms cannot be.

    """
    loan = loan_to_change(session, act.person, act.today, loan_id)
    effective_on = loan.subsidy_ends_on
    before = study_extensions.lines_of(session, loan)
    after = study_extensions.extended(session, act, loan, before, (subsidy_ends_on, graduation_year, matures_on))
    replaced = [line for line in before if line.due_on > act.today]
    change = ContractChange(
        loan_id=loan.id,
        kind=ContractChangeKind.STUDY_EXTENDED,
        effective_on=effective_on,
        subsidy_ends_on=subsidy_ends_on,
        graduation_year=graduation_year,
        matures_on=matures_on,
        reason=checked_reason(reason),
        recorded_at=act.at,
        by_id=act.user_id,
    )
    session.add(change)
    session.flush()
    act.record(
        session,
        "contract:study_extended",
        borrower_id=loan.borrower_id,
        subject=f"contract-change/{change.id}",
        subsidy_ends_on=subsidy_ends_on.isoformat(),
        matures_on=matures_on.isoformat(),
        reason=change.reason,
        old_terms=[loan.subsidy_ends_on.isoformat(), loan.graduation_year, loan.matures_on.isoformat()],
        old_plan=[[line.due_on.isoformat(), str(line.principal), str(line.interest)] for line in replaced],
    )
    loan.subsidy_ends_on, loan.graduation_year, loan.matures_on = subsidy_ends_on, graduation_year, matures_on
    study_extensions.replace_lines(session, loan, replaced, [line for line in after if line.due_on > act.today])
    ledger.changed(session, act=act, loan=loan, effective_on=effective_on, subject=f"contract-change/{change.id}")
    return change


def void(session: Session, *, act: Act, change_id: int, reason: str) -> ContractChange:
    """Take a change back: it should never have been written down. Terms and plan become what they were.

    Raises:
        NotVisible: no such change, or not within this person's reach.
        Refused: it is void already, or the contract has changed again since.

    """
    change = _change(session, change_id)
    loan = loan_to_change(session, act.person, act.today, change.loan_id)
    _check_not_void(session, change)
    if change.kind is ContractChangeKind.STUDY_EXTENDED:
        study_extensions.restore(session, loan, change)
    return _write(session, act, loan, change.kind, change.effective_on, reason, voids=change)


def preview_accelerate(session: Session, *, act: Act, loan_id: int, effective_on: date) -> Preview:
    """Return what calling the contract due would do; raises as :func:`accelerate`."""
    loan = loan_to_read(session, act.person, act.today, loan_id)
    _check_once(session, act, loan, ContractChangeKind.ACCELERATED, effective_on)
    return preview(session, act.today, loan, lambda facts: replace(facts, accelerated_on=effective_on))


def preview_write_off(session: Session, *, act: Act, loan_id: int, effective_on: date) -> Preview:
    """Return what a write-off does to the debt: nothing; raises as :func:`write_off`."""
    loan = loan_to_read(session, act.person, act.today, loan_id)
    _check_once(session, act, loan, ContractChangeKind.WRITTEN_OFF, effective_on)
    return preview(session, act.today, loan, lambda facts: facts)


def preview_extend_study(
    session: Session, *, act: Act, loan_id: int, subsidy_ends_on: date, graduation_year: int, matures_on: date
) -> Preview:
    """Return what further study would do; raises as :func:`extend_study`."""
    loan = loan_to_read(session, act.person, act.today, loan_id)
    lines = study_extensions.extended(
        session, act, loan, study_extensions.lines_of(session, loan), (subsidy_ends_on, graduation_year, matures_on)
    )

    def extended(facts: LoanFacts) -> LoanFacts:
        return replace(facts, subsidy_ends_on=subsidy_ends_on, matures_on=matures_on, instalments=tuple(lines))

    return preview(session, act.today, loan, extended)


def preview_void(session: Session, *, act: Act, change_id: int) -> Preview:
    """Return what voiding a change would do; raises as :func:`void`."""
    change = _change(session, change_id)
    loan = loan_to_read(session, act.person, act.today, change.loan_id)
    _check_not_void(session, change)
    if change.kind is ContractChangeKind.ACCELERATED:
        return preview(session, act.today, loan, lambda facts: replace(facts, accelerated_on=None))
    if change.kind is ContractChangeKind.WRITTEN_OFF:
        return preview(session, act.today, loan, lambda facts: facts)
    (subsidy_ends_on, _, matures_on), restored, first = study_extensions.replaced_by(session, loan, change)
    kept = [line for line in study_extensions.lines_of(session, loan) if line.due_on <= first]

    def shortened(facts: LoanFacts) -> LoanFacts:
        return replace(facts, subsidy_ends_on=subsidy_ends_on, matures_on=matures_on, instalments=(*kept, *restored))

    return preview(session, act.today, loan, shortened)


def _check_once(session: Session, act: Act, loan: Loan, kind: ContractChangeKind, effective_on: date) -> None:
    study_extensions.check_open(loan)
    check_not_far(effective_on, act.today)
    check_happened(effective_on, act.today)
    if effective_on < loan.signed_on:
        raise Refused("This lies before the contract was signed.")
    if study_extensions.has(session, loan, kind):
        raise Refused("This has been written down already: void the other one first.")


def _write(
    session: Session,
    act: Act,
    loan: Loan,
    kind: ContractChangeKind,
    effective_on: date,
    reason: str,
    *,
    voids: ContractChange | None = None,
) -> ContractChange:
    change = ContractChange(
        loan_id=loan.id,
        kind=kind,
        effective_on=effective_on,
        reason=checked_reason(reason),
        voids_id=voids.id if voids else None,
        recorded_at=act.at,
        by_id=act.user_id,
    )
    session.add(change)
    session.flush()
    subject = f"contract-change/{voids.id if voids else change.id}"
    act.record(
        session,
        "contract:change_voided" if voids else f"contract:{kind.value}",
        borrower_id=loan.borrower_id,
        subject=subject,
        kind=kind.value,
        effective_on=effective_on.isoformat(),
        reason=change.reason,
    )
    ledger.changed(session, act=act, loan=loan, effective_on=effective_on, subject=subject)
    return change


def _change(session: Session, change_id: int) -> ContractChange:
    change = session.get(ContractChange, change_id)
    if change is None or change.voids_id is not None:
        raise NotVisible
    return change


def _check_not_void(session: Session, change: ContractChange) -> None:
    if session.scalar(select(ContractChange.id).where(ContractChange.voids_id == change.id)) is not None:
        raise Refused("This change is void already.")
