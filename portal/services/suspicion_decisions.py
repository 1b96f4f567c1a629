"""What becomes of a signed report: the person is heard, the aid centre decides, and its time runs out by itself."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.calendar import add_months
from models.rules.refusals import Refused
from models.rules.suspicion_gates import Thresholds
from models.rules.workflows import SUSPICION, SuspicionState, SuspicionStep
from models.suspicions import Suspicion
from portal.actors import Act
from portal.services import case_stages
from portal.services.suspicion_reports import (
    MOST_CHARACTERS,
    pass_stored_gates,
    put_reply_away,
    reason_of,
    record,
    to_change,
)


def record_reply(session: Session, *, act: Act, suspicion_id: int, replied_on: date, text: str) -> Suspicion:
    """Record what the person says. An earlier reply stays on record; after a decision a reply is an objection.

    Raises:
        NotVisible: no such report, or not for this person.
        Refused: the report is not with the centre, the day cannot be right, or nothing is said.

    """
    report = to_change(session, act, suspicion_id)
    if report.state not in {SuspicionState.SIGNED, SuspicionState.UPHELD} or report.signed_at is None:
        raise Refused("A reply is recorded while a signed report is open.")
    if not text.strip():
        raise Refused("Write down what the person says.")
    if replied_on > act.today:
        raise Refused("The day of the reply lies in the future; correct it.")
    if replied_on < Act(None, report.signed_at).today:
        raise Refused("The report was signed after that day; correct the day of the reply.")
    put_reply_away(report)
    report.reply_text = text.strip()[:MOST_CHARACTERS]
    report.replied_on = replied_on
    report.reply_recorded_at, report.reply_recorded_by_id = act.at, act.user_id
    record(session, act, report, "replied", replied_on=replied_on.isoformat())
    return report


def decide(
    session: Session, *, act: Act, suspicion_id: int, step: SuspicionStep, reason: str, thresholds: Thresholds
) -> Suspicion:
    """Uphold, dismiss or send back a signed report, with reasons, as the aid centre. An upheld one may be dismissed.

    Upheld means that the centre passes it to the lender as *suspected*; only a court says more.

    Args:
        session: a writing session.
        act: somebody of the centre who neither proposed nor signed it.
        suspicion_id: which report.
        step: ``UPHOLD``, ``DISMISS`` or ``SEND_BACK``.
        reason: why.
        thresholds: the district's own.

    Raises:
        NotVisible: no such report, or not for this person.
        NotReady: it would be upheld, and what held when it was proposed holds no longer.
        Refused: it is not with the centre, the person may still reply, the same person would decide, or no reason
            is given.

    """
    report = to_change(session, act, suspicion_id)
    if step not in {SuspicionStep.UPHOLD, SuspicionStep.DISMISS, SuspicionStep.SEND_BACK}:
        raise Refused("Choose whether to uphold, dismiss or send back.")
    state = SUSPICION.take(report.state, step, act.role)
    why = reason_of(reason)
    if act.user_id in {report.proposed_by_id, report.signed_by_id}:
        raise Refused("Whoever proposed or signed a report does not decide it: ask a colleague.")
    if step is SuspicionStep.UPHOLD:
        _wait_for_reply(act, report)
        pass_stored_gates(session, act, report, thresholds)
        report.lapses_on = add_months(act.today, thresholds.review_months)
    elif step is SuspicionStep.DISMISS:
        if report.state is SuspicionState.SIGNED:
            _wait_for_reply(act, report)
        report.ended_on = act.today
    report.state = state  # type: ignore[assignment]  # its own enum
    if step is SuspicionStep.SEND_BACK:
        report.returned_reason = why
        report.signed_at = report.signed_by_id = report.reply_by = None
    else:
        report.decided_at, report.decided_by_id, report.decision_reason = act.at, act.user_id, why
    case_stages.settle(session, report.borrower_id)
    record(session, act, report, "sent_back" if step is SuspicionStep.SEND_BACK else state.value)
    return report


def lapse_due(session: Session, *, act: Act, as_of: date) -> int:
    """End the reports whose time is over: undecided, or upheld and not renewed. Twice for a day changes nothing more.

    Args:
        session: a writing session.
        act: the night.
        as_of: the day; reports that lapse on it or before.

    Returns:
        How many lapsed.

    """
    ours = Act(None, act.at)
    due = session.scalars(
        select(Suspicion)
        .where(
            Suspicion.state.in_([state for state in SuspicionState if (state, SuspicionStep.LAPSE) in SUSPICION.moves]),
            Suspicion.lapses_on <= as_of,
        )
        .order_by(Suspicion.borrower_id)
        .with_for_update()
    ).all()
    for report in due:
        report.state = SUSPICION.take(report.state, SuspicionStep.LAPSE, None)  # type: ignore[assignment]  # its own enum
        report.ended_on = as_of
        case_stages.settle(session, report.borrower_id)
        record(session, ours, report, "lapsed")
    return len(due)


def _wait_for_reply(act: Act, report: Suspicion) -> None:
    if report.reply_recorded_at is None and report.reply_by is not None and act.today <= report.reply_by:
        raise Refused(
            "The person may reply until %(day)s: decide after that day, or when the reply is recorded.",
            day=report.reply_by,
        )
