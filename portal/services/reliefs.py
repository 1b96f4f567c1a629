"""Waivers, deferrals and pauses: entered, corrected and voided; nothing entered is ever changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from models.loans import Loan, Relief, ReliefCorrection
from models.rules.facts import LoanFacts, PauseCause, ReliefFact, ReliefKind, ReliefScope
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from portal.actors import Act
from portal.queries.loans import loan_to_change, loan_to_read
from portal.queries.previews import Preview, preview
from portal.services import ledger, relief_facts


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
    _check_may_enter(act, kind)
    fact = ReliefFact(kind, from_on, to_on, scope)
    relief = relief_facts.enter(session, act=act, loan=loan, fact=fact, cause=cause, reason=reason)
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
    _check_may_correct(act, relief)
    correction, effective_on = relief_facts.correct(
        session, act=act, loan=loan, relief=relief, from_on=from_on, to_on=to_on, reason=reason
    )
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
    correction, effective_on = relief_facts.void(session, act=act, loan=loan, relief=relief, reason=reason)
    ledger.changed(session, act=act, loan=loan, effective_on=effective_on, subject=f"relief/{relief.id}")
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
    relief_facts.check(session, act, loan, fact, cause)
    return preview(session, act.today, loan, lambda facts: replace(facts, reliefs=(*facts.reliefs, fact)))


def preview_correct(session: Session, *, act: Act, relief_id: int, from_on: date, to_on: date | None) -> Preview:
    """Return what a correction would do; raises as :func:`correct`."""
    relief, loan = _to_read(session, act, relief_id)
    _check_may_correct(act, relief)
    old, new = relief_facts.corrected(session, act, loan, relief, from_on, to_on)
    return preview(session, act.today, loan, lambda facts: _without(facts, old, new))


def preview_void(session: Session, *, act: Act, relief_id: int) -> Preview:
    """Return what voiding a relief would do; raises as :func:`void`."""
    relief, loan = _to_read(session, act, relief_id)
    _check_may_correct(act, relief)
    old, _others = relief_facts.split(session, loan, relief)
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


def _without(facts: LoanFacts, old: ReliefFact, *instead: ReliefFact) -> LoanFacts:
    kept = list(facts.reliefs)
    kept.remove(old)
    return replace(facts, reliefs=(*kept, *instead))
