"""Reports of suspected malicious default: proposed, signed by somebody else, returned or taken back.

Three people act on a report and each is another: who proposes, who signs, who decides (``suspicion_decisions``). The
person concerned is heard in writing before the centre decides (ten working days), nobody is labelled by the portal
itself, and a report ends by itself: on payment, undecided after its time, and half a year after it was upheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from models.rules.refusals import Refused
from models.rules.suspicion_gates import Thresholds
from models.rules.suspicions import GROUNDS, QUESTIONS, Answered, Ground, Question
from models.rules.workflows import SUSPICION, SuspicionStep
from models.suspicions import Suspicion
from portal.actors import Act
from portal.queries.notice_facts import working_days
from portal.queries.scope import borrower_to_change
from portal.queries.suspicions import open_report
from portal.services import case_stages, letters
from portal.services.suspicion_reports import (
    MOST_CHARACTERS,
    pass_gates,
    pass_stored_gates,
    put_reply_away,
    reason_of,
    record,
    to_change,
)


def propose(
    session: Session,
    *,
    act: Act,
    borrower_id: int,
    answers: Mapping[Question, Answered],
    grounds: Mapping[Ground, str],
    thresholds: Thresholds,
) -> Suspicion:
    """Propose a report on a borrower.

    Args:
        session: a writing session.
        act: a member or deputy.
        borrower_id: on whom.
        answers: the checklist of benign causes, each answer with its evidence.
        grounds: the grounds stated, each with its evidence.
        thresholds: the district's own.

    Raises:
        NotVisible: no such borrower, or not this person's.
        NotReady: the gates stop it.
        Refused: a report on this person is open already.

    """
    borrower_to_change(session, act.person, act.today, borrower_id)
    if open_report(session, borrower_id) is not None:
        raise Refused("A report on this person is open already: open it from the list.")
    pass_gates(session, act, borrower_id, dict(answers), dict(grounds), thresholds)
    report = Suspicion(
        borrower_id=borrower_id,
        state=SUSPICION.start,
        grounds=_stored_grounds(grounds),
        answers=_stored_answers(answers),
        proposed_at=act.at,
        proposed_by_id=act.person.user_id,
        earlier_replies=[],
        lapses_on=_lapse_of_proposal(session, act.today, thresholds),
    )
    session.add(report)
    session.flush()
    record(session, act, report, "proposed", grounds=[one["ground"] for one in report.grounds])
    return report


def resubmit(
    session: Session,
    *,
    act: Act,
    suspicion_id: int,
    answers: Mapping[Question, Answered],
    grounds: Mapping[Ground, str],
    thresholds: Thresholds,
) -> Suspicion:
    """Hand a returned report in again. Whoever does so is its proposer from now on; the person is heard anew.

    Raises:
        NotVisible: no such report, or not for this person.
        NotReady: the gates stop it.
        Refused: it was not returned.

    """
    report = to_change(session, act, suspicion_id)
    state = SUSPICION.take(report.state, SuspicionStep.RESUBMIT, act.role)
    pass_gates(session, act, report.borrower_id, dict(answers), dict(grounds), thresholds)
    report.state = state  # type: ignore[assignment]  # its own enum
    report.grounds, report.answers = _stored_grounds(grounds), _stored_answers(answers)
    report.proposed_at, report.proposed_by_id = act.at, act.person.user_id
    report.lapses_on = _lapse_of_proposal(session, act.today, thresholds)
    report.returned_reason = ""
    put_reply_away(report)
    record(session, act, report, "resubmitted", grounds=[one["ground"] for one in report.grounds])
    return report


def sign(session: Session, *, act: Act, suspicion_id: int, thresholds: Thresholds, public_url: str) -> Suspicion:
    """Sign a report as the leader: it goes to the aid centre, and the person is asked to reply in writing.

    Args:
        session: a writing session.
        act: the leader.
        suspicion_id: which report.
        thresholds: the district's own.
        public_url: how people reach the portal; the code on the slip leads there.

    Raises:
        NotVisible: no such report, or not for this person.
        NotReady: what held when it was proposed holds no longer.
        Refused: it is not waiting for a signature, its proposer would sign it, or the slip cannot be made.

    """
    report = to_change(session, act, suspicion_id)
    state = SUSPICION.take(report.state, SuspicionStep.SIGN, act.role)
    if act.user_id == report.proposed_by_id:
        raise Refused("Whoever proposed a report does not sign it: another person has to.")
    pass_stored_gates(session, act, report, thresholds)
    calendar = working_days(session)  # read first: a query would write a half-signed report
    report.state = state  # type: ignore[assignment]  # its own enum
    report.signed_at, report.signed_by_id = act.at, act.person.user_id
    report.reply_by = calendar.add(act.today, thresholds.reply_working_days)
    report.lapses_on = calendar.add(report.reply_by, thresholds.decide_working_days)
    case_stages.settle(session, report.borrower_id)
    slip = letters.make_slip(session, act=act, report=report, public_url=public_url)
    record(session, act, report, "signed", reply_by=report.reply_by.isoformat(), serial=slip.serial)
    return report


def return_to_proposer(session: Session, *, act: Act, suspicion_id: int, reason: str) -> Suspicion:
    """Return a proposed report with the reason, as the leader.

    Raises:
        NotVisible: no such report, or not for this person.
        Refused: it is not waiting for a signature, or no reason is given.

    """
    report = to_change(session, act, suspicion_id)
    report.state = SUSPICION.take(report.state, SuspicionStep.RETURN, act.role)  # type: ignore[assignment]  # its own enum
    report.returned_reason = reason_of(reason)
    record(session, act, report, "returned")
    return report


def withdraw(session: Session, *, act: Act, suspicion_id: int) -> Suspicion:
    """Take a report back, as its proposer, before it is signed.

    Raises:
        NotVisible: no such report, or not for this person.
        Refused: somebody else proposed it, or it is signed already.

    """
    report = to_change(session, act, suspicion_id)
    state = SUSPICION.take(report.state, SuspicionStep.WITHDRAW, act.role)
    if act.user_id != report.proposed_by_id:
        raise Refused("Only the person who proposed a report takes it back.")
    report.state = state  # type: ignore[assignment]  # its own enum
    report.ended_on = act.today
    record(session, act, report, "withdrawn")
    return report


def record_print(session: Session, *, act: Act, suspicion_id: int) -> bool:
    """Record that the slip was fetched for printing; return whether it had been before (a reprint).

    Raises:
        NotVisible: no such report, or not for this person.

    """
    report = to_change(session, act, suspicion_id)
    return letters.record_print(session, act=act, borrower_id=report.borrower_id, subject=f"suspicion/{report.id}")


def _lapse_of_proposal(session: Session, today: date, thresholds: Thresholds) -> date:
    return working_days(session).add(today, thresholds.reply_working_days + thresholds.decide_working_days)


def _stored_grounds(grounds: Mapping[Ground, str]) -> list[dict[str, str]]:
    return [
        {"ground": one.value, "evidence": grounds[one].strip()[:MOST_CHARACTERS]} for one in GROUNDS if one in grounds
    ]


def _stored_answers(answers: Mapping[Question, Answered]) -> list[dict[str, str]]:
    return [
        {
            "question": one.value,
            "answer": answers[one].answer.value,
            "evidence": answers[one].evidence.strip()[:MOST_CHARACTERS],
        }
        for one in QUESTIONS
        if one in answers
    ]
