"""Reliefs written down as facts, whoever brings them: the page of a contract, or a list.

Nothing entered is ever changed: a correction is a new fact that names what it corrects, and voiding is one. Who may
write one, and judging the borrower anew, is the caller's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from models.loans import Loan, Relief, ReliefCorrection
from models.rules.facts import PauseCause, ReliefFact, ReliefKind
from models.rules.refusals import Refused
from models.rules.reliefs import check_relief, checked_reason
from portal.actors import Act
from portal.queries.loan_facts import reliefs_in_force


def enter(
    session: Session,
    *,
    act: Act,
    loan: Loan,
    fact: ReliefFact,
    cause: PauseCause | None,
    reason: str,
    import_batch_id: int | None = None,
) -> Relief:
    """Write a relief down.

    Args:
        session: a writing session.
        act: who enters it.
        loan: the contract, locked.
        fact: what it does, from when to when.
        cause: of a pause.
        reason: in a few words; a pause whose cause says it all needs none.
        import_batch_id: the list it came with.

    Raises:
        Refused: it cannot stand beside the others of its contract.

    """
    check(session, act, loan, fact, cause)
    says_enough = cause is not None and cause is not PauseCause.OTHER and not reason.strip()
    relief = Relief(
        loan_id=loan.id,
        kind=fact.kind,
        scope=fact.scope,
        cause=cause,
        from_on=fact.from_on,
        to_on=fact.to_on,
        reason="" if says_enough else checked_reason(reason),
        import_batch_id=import_batch_id,
        recorded_at=act.at,
        by_id=act.user_id,
    )
    session.add(relief)
    session.flush()
    _record(session, act, loan, "relief:entered", relief, fact, relief.reason)
    return relief


def correct(
    session: Session,
    *,
    act: Act,
    loan: Loan,
    relief: Relief,
    from_on: date,
    to_on: date | None,
    reason: str,
    import_batch_id: int | None = None,
) -> tuple[ReliefCorrection, date]:
    """Write down what a relief should have said, for oneself or for the list that says so.

    Returns:
        The correction, and the first day it changes anything on.

    Raises:
        Refused: it is void, says this already, or cannot stand so.

    """
    old, new = corrected(session, act, loan, relief, from_on, to_on)
    correction = _correction(act, relief, new, reason, is_void=False, import_batch_id=import_batch_id)
    session.add(correction)
    _record(session, act, loan, "relief:corrected", relief, new, correction.reason)
    return correction, first_difference(old, new)


def void(
    session: Session, *, act: Act, loan: Loan, relief: Relief, reason: str, import_batch_id: int | None = None
) -> tuple[ReliefCorrection, date]:
    """Write down that a relief should never have been entered; it stays to be seen.

    Returns:
        The correction, and the first day it changes anything on.

    Raises:
        Refused: it is void already.

    """
    old, _others = split(session, loan, relief)
    correction = _correction(act, relief, old, reason, is_void=True, import_batch_id=import_batch_id)
    session.add(correction)
    _record(session, act, loan, "relief:voided", relief, old, correction.reason)
    return correction, old.from_on


def check(session: Session, act: Act, loan: Loan, fact: ReliefFact, cause: PauseCause | None) -> None:
    """Refuse a relief that cannot stand beside the others of its contract."""
    others = [one for _, one in reliefs_in_force(session, [loan.id]).get(loan.id, ())]
    check_relief(fact, others, cause=cause, signed_on=loan.signed_on, settled_on=loan.settled_on, today=act.today)


def corrected(
    session: Session, act: Act, loan: Loan, relief: Relief, from_on: date, to_on: date | None
) -> tuple[ReliefFact, ReliefFact]:
    """Return what a relief says and what it should say, checked."""
    old, others = split(session, loan, relief)
    new = replace(old, from_on=from_on, to_on=to_on)
    if new == old:
        raise Refused("This is what the relief says already.")
    cause = relief.cause
    if relief.kind is ReliefKind.PAUSE and cause is None:
        cause = PauseCause.OTHER  # from before causes were kept
    check_relief(new, others, cause=cause, signed_on=loan.signed_on, settled_on=loan.settled_on, today=act.today)
    return old, new


def split(session: Session, loan: Loan, relief: Relief) -> tuple[ReliefFact, list[ReliefFact]]:
    """Return a relief as it holds now, and the others of its contract.

    Raises:
        Refused: it is void.

    """
    held = reliefs_in_force(session, [loan.id]).get(loan.id, [])
    old = next((fact for relief_id, fact in held if relief_id == relief.id), None)
    if old is None:
        raise Refused("This relief is void: enter a new one instead.")
    return old, [fact for relief_id, fact in held if relief_id != relief.id]


def first_difference(old: ReliefFact, new: ReliefFact) -> date:
    """Return the first day a correction changes anything on."""
    if old.from_on != new.from_on:
        return min(old.from_on, new.from_on)
    if old.kind is ReliefKind.PAUSE:
        return min(old.to_on or date.max, new.to_on or date.max)
    return old.from_on  # what was put off falls due on another day


def _correction(
    act: Act, relief: Relief, fact: ReliefFact, reason: str, *, is_void: bool, import_batch_id: int | None
) -> ReliefCorrection:
    return ReliefCorrection(
        relief_id=relief.id,
        from_on=fact.from_on,
        to_on=fact.to_on,
        is_void=is_void,
        reason=checked_reason(reason),
        import_batch_id=import_batch_id,
        recorded_at=act.at,
        by_id=act.user_id,
    )


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
