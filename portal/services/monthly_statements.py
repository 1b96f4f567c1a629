"""Monthly statements with lenders: signed by the deputy, countersigned by the aid centre, corrected by new versions."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import Lender
from models.monthly_statements import MonthlyStatement
from models.rules.monthly_statements import StatementState, StatementStep, check_over
from models.rules.permissions import REACH, Reach
from models.rules.refusals import NotVisible, Refused, StaleData
from models.rules.reliefs import checked_reason
from models.rules.workflows import MONTHLY_STATEMENT
from portal.actors import Act
from portal.queries.monthly_figures import draw_up
from portal.queries.monthly_statements import may_see, versions


def sign(
    session: Session, *, act: Act, lender_id: int, month: date, school_id: int | None, sha256: str
) -> MonthlyStatement:
    """Sign what the statement says now, and freeze it as a new version.

    A school's deputy signs for the school; for villages of no school an official of the aid centre does.

    Args:
        session: a writing session.
        act: who signs.
        lender_id: with which lender.
        month: its first day.
        school_id: whose villages; ``None`` for those of no school.
        sha256: the digest of what the person has read, so that nothing else is signed.

    Raises:
        NotVisible: there is no such statement, or not for this person.
        StaleData: it says something else by now than what was read.
        Refused: the month is not over, a version waits for the aid centre, or nothing has changed since the last.

    """
    if not may_see(act.person, school_id):
        raise NotVisible
    if school_id is not None and REACH[act.person.role] is Reach.DISTRICT:
        raise Refused("A school's statement is signed by its deputy leader; the aid centre countersigns it.")
    check_over(month, act.today)
    session.scalars(select(Lender).where(Lender.id == lender_id).with_for_update()).one_or_none()
    before = versions(session, lender_id, month, school_id)
    if before and before[0].state is StatementState.SIGNED:
        raise Refused("Version %(version)s is signed and waits for the aid centre.", version=before[0].version)
    content = draw_up(session, lender_id, month, school_id, act.today)
    if before and before[0].state is StatementState.CLOSED and before[0].sha256 == content.digest:
        raise Refused("Nothing has changed since version %(version)s was closed.", version=before[0].version)
    if content.digest != sha256:
        raise StaleData("The figures changed while the page was open: read them again, then sign.")
    found = MonthlyStatement(
        lender_id=lender_id,
        month=month,
        school_id=school_id,
        version=before[0].version + 1 if before else 1,
        state=MONTHLY_STATEMENT.start,
        content=content.to_json(),
        sha256=content.digest,
        signed_at=act.at,
        signed_by_id=act.person.user_id,
    )
    session.add(found)
    session.flush()
    _record(session, act, found)
    return found


def confirm(session: Session, *, act: Act, statement_id: int) -> MonthlyStatement:
    """Countersign a statement as the aid centre: it is closed, and never changed again.

    Raises:
        NotVisible: there is no such statement, or not for this person.
        StaleData: what is known now is no longer what was signed.
        Refused: it does not wait for this, or the same person signed it.

    """
    found = _to_change(session, act, statement_id)
    state = MONTHLY_STATEMENT.take(found.state, StatementStep.CONFIRM, act.role)
    _check_other(act, found)
    if draw_up(session, found.lender_id, found.month, found.school_id, act.today).digest != found.sha256:
        raise StaleData("The figures changed after this was signed: return it, so that it is drawn up anew.")
    found.state = state  # type: ignore[assignment]  # its own enum
    found.decided_at, found.decided_by_id = act.at, act.person.user_id
    _record(session, act, found)
    return found


def return_to_school(session: Session, *, act: Act, statement_id: int, reason: str) -> MonthlyStatement:
    """Return a signed statement with the reason, as the aid centre; the version stays to be read.

    Raises:
        NotVisible: there is no such statement, or not for this person.
        Refused: it does not wait for this, the same person signed it, or no reason is given.

    """
    found = _to_change(session, act, statement_id)
    state = MONTHLY_STATEMENT.take(found.state, StatementStep.RETURN, act.role)
    _check_other(act, found)
    found.returned_reason = checked_reason(reason)
    found.state = state  # type: ignore[assignment]  # its own enum
    found.decided_at, found.decided_by_id = act.at, act.person.user_id
    _record(session, act, found)
    return found


def _to_change(session: Session, act: Act, statement_id: int) -> MonthlyStatement:
    found = session.scalars(
        select(MonthlyStatement).where(MonthlyStatement.id == statement_id).with_for_update()
    ).one_or_none()
    if found is None or not may_see(act.person, found.school_id):
        raise NotVisible
    return found


def _check_other(act: Act, found: MonthlyStatement) -> None:
    if act.user_id == found.signed_by_id:
        raise Refused("Whoever signed a statement does not countersign it: another person has to.")


def _record(session: Session, act: Act, found: MonthlyStatement) -> None:
    act.record(
        session,
        f"monthly-statement:{found.state.value}",
        subject=f"monthly-statement/{found.id}",
        month=found.month.isoformat(),
        version=found.version,
        sha256=found.sha256,
    )
