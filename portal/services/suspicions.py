"""Reports of suspected malicious default: proposed, signed, answered by the person, decided by somebody else.

Three people act on a report and each is another: who proposes, who signs, who decides. The person concerned is
heard in writing before the centre decides (ten working days), nobody is labelled by the portal itself, and a
report ends by itself: on payment, undecided after its time, and half a year after it was upheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.calendar import add_months
from models.rules.refusals import NotVisible, Refused
from models.rules.suspicion_gates import Obstacle, Thresholds, gate
from models.rules.suspicions import GROUNDS, QUESTIONS, Answered, Ground, Question
from models.rules.workflows import SUSPICION, SuspicionState, SuspicionStep
from models.suspicions import Suspicion
from portal.actors import Act
from portal.queries.evidence import evidence
from portal.queries.notice_facts import working_days
from portal.queries.scope import borrower_to_change
from portal.queries.suspicions import gate_facts, given_answers, open_report, stated_grounds
from portal.services import case_stages, letters, standings

MOST_CHARACTERS = 2000
"""Of a reason, an evidence or a reply: a page of writing."""


class NotReady(Refused):
    """The gates stop the report; ``obstacles`` are all that stands in its way, in the order to clear them."""

    def __init__(self, obstacles: tuple[Obstacle, ...]) -> None:
        first = obstacles[0]
        super().__init__("The report is not ready. %(first)s", first=Refused(first.sentence, **dict(first.values)))
        self.obstacles = obstacles


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
    _pass_gates(session, act, borrower_id, dict(answers), dict(grounds), thresholds)
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
    _record(session, act, report, "proposed", grounds=[one["ground"] for one in report.grounds])
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
    report = _to_change(session, act, suspicion_id)
    state = SUSPICION.take(report.state, SuspicionStep.RESUBMIT, act.role)
    _pass_gates(session, act, report.borrower_id, dict(answers), dict(grounds), thresholds)
    report.state = state  # type: ignore[assignment]  # its own enum
    report.grounds, report.answers = _stored_grounds(grounds), _stored_answers(answers)
    report.proposed_at, report.proposed_by_id = act.at, act.person.user_id
    report.lapses_on = _lapse_of_proposal(session, act.today, thresholds)
    report.returned_reason = ""
    _put_reply_away(report)
    _record(session, act, report, "resubmitted", grounds=[one["ground"] for one in report.grounds])
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
    report = _to_change(session, act, suspicion_id)
    state = SUSPICION.take(report.state, SuspicionStep.SIGN, act.role)
    if act.user_id == report.proposed_by_id:
        raise Refused("Whoever proposed a report does not sign it: another person has to.")
    _pass_stored_gates(session, act, report, thresholds)
    calendar = working_days(session)  # read first: a query would write a half-signed report
    report.state = state  # type: ignore[assignment]  # its own enum
    report.signed_at, report.signed_by_id = act.at, act.person.user_id
    report.reply_by = calendar.add(act.today, thresholds.reply_working_days)
    report.lapses_on = calendar.add(report.reply_by, thresholds.decide_working_days)
    case_stages.settle(session, report.borrower_id)
    slip = letters.make_slip(session, act=act, report=report, public_url=public_url)
    _record(session, act, report, "signed", reply_by=report.reply_by.isoformat(), serial=slip.serial)
    return report


def return_to_proposer(session: Session, *, act: Act, suspicion_id: int, reason: str) -> Suspicion:
    """Return a proposed report with the reason, as the leader.

    Raises:
        NotVisible: no such report, or not for this person.
        Refused: it is not waiting for a signature, or no reason is given.

    """
    report = _to_change(session, act, suspicion_id)
    report.state = SUSPICION.take(report.state, SuspicionStep.RETURN, act.role)  # type: ignore[assignment]  # its own enum
    report.returned_reason = _reason(reason)
    _record(session, act, report, "returned")
    return report


def withdraw(session: Session, *, act: Act, suspicion_id: int) -> Suspicion:
    """Take a report back, as its proposer, before it is signed.

    Raises:
        NotVisible: no such report, or not for this person.
        Refused: somebody else proposed it, or it is signed already.

    """
    report = _to_change(session, act, suspicion_id)
    state = SUSPICION.take(report.state, SuspicionStep.WITHDRAW, act.role)
    if act.user_id != report.proposed_by_id:
        raise Refused("Only the person who proposed a report takes it back.")
    report.state = state  # type: ignore[assignment]  # its own enum
    report.ended_on = act.today
    _record(session, act, report, "withdrawn")
    return report


def record_reply(session: Session, *, act: Act, suspicion_id: int, replied_on: date, text: str) -> Suspicion:
    """Record what the person says. An earlier reply stays on record; after a decision a reply is an objection.

    Raises:
        NotVisible: no such report, or not for this person.
        Refused: the report is not with the centre, the day cannot be right, or nothing is said.

    """
    report = _to_change(session, act, suspicion_id)
    if report.state not in {SuspicionState.SIGNED, SuspicionState.UPHELD} or report.signed_at is None:
        raise Refused("A reply is recorded while a signed report is open.")
    if not text.strip():
        raise Refused("Write down what the person says.")
    if replied_on > act.today:
        raise Refused("The day of the reply lies in the future; correct it.")
    if replied_on < Act(None, report.signed_at).today:
        raise Refused("The report was signed after that day; correct the day of the reply.")
    _put_reply_away(report)
    report.reply_text = text.strip()[:MOST_CHARACTERS]
    report.replied_on = replied_on
    report.reply_recorded_at, report.reply_recorded_by_id = act.at, act.user_id
    _record(session, act, report, "replied", replied_on=replied_on.isoformat())
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
    report = _to_change(session, act, suspicion_id)
    if step not in {SuspicionStep.UPHOLD, SuspicionStep.DISMISS, SuspicionStep.SEND_BACK}:
        raise Refused("Choose whether to uphold, dismiss or send back.")
    state = SUSPICION.take(report.state, step, act.role)
    why = _reason(reason)
    if act.user_id in {report.proposed_by_id, report.signed_by_id}:
        raise Refused("Whoever proposed or signed a report does not decide it: ask a colleague.")
    if step is SuspicionStep.UPHOLD:
        _wait_for_reply(act, report)
        _pass_stored_gates(session, act, report, thresholds)
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
    _record(session, act, report, "sent_back" if step is SuspicionStep.SEND_BACK else state.value)
    return report


def record_print(session: Session, *, act: Act, suspicion_id: int) -> bool:
    """Record that the slip was fetched for printing; return whether it had been before (a reprint).

    Raises:
        NotVisible: no such report, or not for this person.

    """
    report = _to_change(session, act, suspicion_id)
    return letters.record_print(session, act=act, borrower_id=report.borrower_id, subject=f"suspicion/{report.id}")


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
        _record(session, ours, report, "lapsed")
    return len(due)


def _wait_for_reply(act: Act, report: Suspicion) -> None:
    if report.reply_recorded_at is None and report.reply_by is not None and act.today <= report.reply_by:
        raise Refused(
            "The person may reply until %(day)s: decide after that day, or when the reply is recorded.",
            day=report.reply_by,
        )


def _to_change(session: Session, act: Act, suspicion_id: int) -> Suspicion:
    """Return a report on a borrower the person may see, both locked, the borrower first."""
    borrower_id = session.scalars(select(Suspicion.borrower_id).where(Suspicion.id == suspicion_id)).one_or_none()
    if borrower_id is None:
        raise NotVisible
    borrower_to_change(session, act.person, act.today, borrower_id)
    return session.scalars(
        select(Suspicion)
        .where(Suspicion.id == suspicion_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _pass_stored_gates(session: Session, act: Act, report: Suspicion, thresholds: Thresholds) -> None:
    _pass_gates(
        session, act, report.borrower_id, given_answers(report.answers), stated_grounds(report.grounds), thresholds
    )


def _pass_gates(
    session: Session,
    act: Act,
    borrower_id: int,
    answers: dict[Question, Answered],
    grounds: dict[Ground, str],
    thresholds: Thresholds,
) -> None:
    standings.recompute(session, act=act, borrower_ids=[borrower_id])
    known = evidence(session, borrower_id, act.today)
    if known.overdue_since is None:
        raise Refused("Nothing is overdue any more: there is nothing to report.")
    obstacles = gate(gate_facts(known, act.today, answers, grounds), thresholds)
    if obstacles:
        raise NotReady(obstacles)


def _lapse_of_proposal(session: Session, today: date, thresholds: Thresholds) -> date:
    return working_days(session).add(today, thresholds.reply_working_days + thresholds.decide_working_days)


def _put_reply_away(report: Suspicion) -> None:
    if report.reply_text and report.replied_on is not None:
        report.earlier_replies = [
            *report.earlier_replies,
            {"on": report.replied_on.isoformat(), "text": report.reply_text},
        ]
    report.reply_text, report.replied_on = "", None
    report.reply_recorded_at = report.reply_recorded_by_id = None


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


def _reason(text: str) -> str:
    if not text.strip():
        raise Refused("Give the reason: whoever reads it later was not there.")
    return text.strip()[:MOST_CHARACTERS]


def _record(session: Session, act: Act, report: Suspicion, happened: str, **facts: object) -> None:
    session.flush()
    act.record(
        session, f"suspicion:{happened}", borrower_id=report.borrower_id, subject=f"suspicion/{report.id}", **facts
    )
