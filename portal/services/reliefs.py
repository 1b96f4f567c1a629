"""Waivers, deferrals and pauses: entered, corrected and voided; nothing entered is ever changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from models.loans import Loan, Relief, ReliefCorrection
from models.rules.facts import LoanFacts, PauseCause, ReliefFact, ReliefKind, ReliefScope
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from models.rules.reliefs import check_relief, checked_reason
from portal.actors import Act
from portal.queries.loan_facts import reliefs_in_force
from portal.queries.loans import loan_to_change, loan_to_read
from portal.queries.previews import Preview, preview
from portal.services import ledger


def enter(
    session: Session,
    *,
    act: Act,
    loan_id: int,
    kind: ReliefKind,
    scope: ReliefScope,
    from_on: date,
    to_on: date | None,
    cause: PauseCause | None,
    reason: str,
) -> Relief:
    """Write a relief down and judge the borrower anew.

    Args:
        session: a writing session.
        act: who enters it; a school may enter pauses only.
        loan_id: the contract.
        kind: what it does.
        scope: which part of an instalment; a pause always covers all.
        from_on: the first day it holds.
        to_on: the day all runs again; ``None`` for open.
        cause: of a pause.
        reason: in a few words; a pause whose cause says it all needs none.

    Raises:
        NotVisible: no such contract, or not within this person's reach.
        Refused: it may not be entered by this person, or cannot stand.

    """
    loan = loan_to_change(session, act.person, act.today, loan_id)
    fact = ReliefFact(kind, from_on, to_on, scope)
    _check_may_enter(act, kind)
    _check(session, act, loan, fact, cause)
    says_enough = cause is not None and cause is not PauseCause.OTHER and not reason.strip()
    relief = Relief(
        loan_id=loan.id,
        kind=kind,
        scope=scope,
        cause=cause,
        from_on=from_on,
        to_on=to_on,
        reason="" if says_enough else checked_reason(reason),
        recorded_at=act.at,
        by_id=act.user_id,
    )
    session.add(relief)
    session.flush()
    _record(session, act, loan, "relief:entered", relief, fact, relief.reason)
    ledger.changed(session, act=act, loan=loan, effective_on=from_on, subject=f"relief/{relief.id}")
    return relief


def correct(
    session: Session, *, act: Act, relief_id: int, from_on: date, to_on: date | None, reason: str
) -> ReliefCorrection:
    """Write down what a relief should have said; a pause is ended by correcting its last day.

    Raises:
        NotVisible: no such relief, or not within this person's reach.
        Refused: it is void, says this already, or cannot stand so.

    """
    relief, loan = _to_change(session, act, relief_id)
    old, new = _corrected(session, act, loan, relief, from_on, to_on)
    correction = ReliefCorrection(
        relief_id=relief.id,
        from_on=from_on,
        to_on=to_on,
        is_void=False,
        reason=checked_reason(reason),
        recorded_at=act.at,
        by_id=act.user_id,
    )
    session.add(correction)
    _record(session, act, loan, "relief:corrected", relief, new, correction.reason)
    effective_on = _first_difference(old, new)
    ledger.changed(session, act=act, loan=loan, effective_on=effective_on, subject=f"relief/{relief.id}")
    return correction


def void(session: Session, *, act: Act, relief_id: int, reason: str) -> ReliefCorrection:
    """Write down that a relief should never have been entered; it stays to be seen.

    Raises:
        NotVisible: no such relief, or not within this person's reach.
        Refused: it is void already, or this person may not void it.

    """
    relief, loan = _to_change(session, act, relief_id)
    _check_may_correct(act, relief)
    old, _others = _split(session, loan, relief)
    correction = ReliefCorrection(
        relief_id=relief.id,
        from_on=old.from_on,
        to_on=old.to_on,
        is_void=True,
        reason=checked_reason(reason),
        recorded_at=act.at,
        by_id=act.user_id,
    )
    session.add(correction)
    _record(session, act, loan, "relief:voided", relief, old, correction.reason)
    ledger.changed(session, act=act, loan=loan, effective_on=old.from_on, subject=f"relief/{relief.id}")
    return correction


def preview_enter(
    session: Session,
    *,
    act: Act,
    loan_id: int,
    kind: ReliefKind,
    scope: ReliefScope,
    from_on: date,
    to_on: date | None,
    cause: PauseCause | None,
) -> Preview:
    """Return what entering a relief would do; raises as :func:`enter`."""
    loan = loan_to_read(session, act.person, act.today, loan_id)
    fact = ReliefFact(kind, from_on, to_on, scope)
    _check_may_enter(act, kind)
    _check(session, act, loan, fact, cause)
    return preview(session, act.today, loan, lambda facts: replace(facts, reliefs=(*facts.reliefs, fact)))


def preview_correct(session: Session, *, act: Act, relief_id: int, from_on: date, to_on: date | None) -> Preview:
    """Return what a correction would do; raises as :func:`correct`."""
    relief, loan = _to_read(session, act, relief_id)
    old, new = _corrected(session, act, loan, relief, from_on, to_on)
    return preview(session, act.today, loan, lambda facts: _without(facts, old, new))


def preview_void(session: Session, *, act: Act, relief_id: int) -> Preview:
    """Return what voiding a relief would do; raises as :func:`void`."""
    relief, loan = _to_read(session, act, relief_id)
    _check_may_correct(act, relief)
    old, _others = _split(session, loan, relief)
    return preview(session, act.today, loan, lambda facts: _without(facts, old))


def may_correct(act: Act, kind: ReliefKind, by_id: int | None) -> bool:
    """Say whether this person may correct or void a relief: the aid centre any, others a pause they entered."""
    if act.person.may(Permission.RELIEFS_RECORD):
        return True
    return kind is ReliefKind.PAUSE and by_id == act.user_id and act.person.may(Permission.PAUSES_ENTER)


def _check_may_enter(act: Act, kind: ReliefKind) -> None:
    needed = Permission.PAUSES_ENTER if kind is ReliefKind.PAUSE else Permission.RELIEFS_RECORD
    if not act.person.may(needed):
        raise Refused("Waivers and deferrals are entered by the aid centre; a school may enter a pause.")


def _check_may_correct(act: Act, relief: Relief) -> None:
    if not may_correct(act, relief.kind, relief.by_id):
        raise Refused("Only the aid centre, or who entered it, may correct this.")


def _to_change(session: Session, act: Act, relief_id: int) -> tuple[Relief, Loan]:
    relief = session.get(Relief, relief_id)
    if relief is None:
        raise NotVisible
    return relief, loan_to_change(session, act.person, act.today, relief.loan_id)


def _to_read(session: Session, act: Act, relief_id: int) -> tuple[Relief, Loan]:
    relief = session.get(Relief, relief_id)
    if relief is None:
        raise NotVisible
    return relief, loan_to_read(session, act.person, act.today, relief.loan_id)


def _check(session: Session, act: Act, loan: Loan, fact: ReliefFact, cause: PauseCause | None) -> None:
    others = [one for _, one in reliefs_in_force(session, [loan.id]).get(loan.id, ())]
    check_relief(fact, others, cause=cause, signed_on=loan.signed_on, settled_on=loan.settled_on, today=act.today)


def _corrected(
    session: Session, act: Act, loan: Loan, relief: Relief, from_on: date, to_on: date | None
) -> tuple[ReliefFact, ReliefFact]:
    """Return what a relief says and what it should say, checked."""
    _check_may_correct(act, relief)
    old, others = _split(session, loan, relief)
    new = replace(old, from_on=from_on, to_on=to_on)
    if new == old:
        raise Refused("This is what the relief says already.")
    cause = relief.cause
    if relief.kind is ReliefKind.PAUSE and cause is None:
        cause = PauseCause.OTHER  # from before causes were kept
    check_relief(new, others, cause=cause, signed_on=loan.signed_on, settled_on=loan.settled_on, today=act.today)
    return old, new


def _split(session: Session, loan: Loan, relief: Relief) -> tuple[ReliefFact, list[ReliefFact]]:
    """Return a relief as it holds now, and the others of its contract."""
    held = reliefs_in_force(session, [loan.id]).get(loan.id, [])
    old = next((fact for relief_id, fact in held if relief_id == relief.id), None)
    if old is None:
        raise Refused("This relief is void: enter a new one instead.")
    return old, [fact for relief_id, fact in held if relief_id != relief.id]


def _without(facts: LoanFacts, old: ReliefFact, *instead: ReliefFact) -> LoanFacts:
    kept = list(facts.reliefs)
    kept.remove(old)
    return replace(facts, reliefs=(*kept, *instead))


def _first_difference(old: ReliefFact, new: ReliefFact) -> date:
    """Return the first day a correction changes anything on."""
    if old.from_on != new.from_on:
        return min(old.from_on, new.from_on)
    if old.kind is ReliefKind.PAUSE:
        return min(old.to_on or date.max, new.to_on or date.max)
    return old.from_on  # what was put off falls due on another day


def _record(session: Session, act: Act, loan: Loan, tag: str, relief: Relief, fact: ReliefFact, reason: str) -> None:
    act.record(
        session,
        tag,
        borrower_id=loan.borrower_id,
        subject=f"relief/{relief.id}",
        kind=fact.kind.value,
        scope=fact.scope.value,
        pause_cause=relief.cause.value if relief.cause else None,
        from_on=fact.from_on.isoformat(),
        to_on=fact.to_on.isoformat() if fact.to_on else None,
        reason=reason,
    )
