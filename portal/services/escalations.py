"""Requests for help: a leader asks one body for one stated help, and may take it back.

The body asked is a third party to the debt; what it does is in ``escalation_answers``. It gets a view of this one case
without amounts, for a limited time, and the clock counts working days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.escalations import Escalation
from models.organisation import Township, Village
from models.rules.contact_policy import Limits
from models.rules.escalations import ANSWER_WORKING_DAYS, Help, check_words, deadlines, may_ask
from models.rules.organisation import Body
from models.rules.refusals import NotVisible, Refused
from models.rules.sentences import N_
from models.rules.workflows import ESCALATION, EscalationStep
from portal.actors import Act
from portal.queries.escalation_sight import open_request
from portal.queries.evidence import Evidence, evidence
from portal.queries.notice_facts import working_days
from portal.queries.scope import borrower_to_change
from portal.services import case_stages, letters, standings
from portal.services.escalation_requests import record, seen, to_change, words_of


@dataclass(frozen=True, slots=True)
class Ask:
    """What a leader asks for.

    Attributes:
        body: whom.
        help_asked: the one help.
        request: in the leader's words; without amounts and numbers.
        what_was_tried: one or a few sentences, for the body asked; without amounts and numbers.
        untried_reason: why help is asked for before enough was tried; needed only then, and not shown to the body.
        working_days: for the answer.
        township_id: which township; the borrower's own when not given. Only for a township.

    """

    body: Body
    help_asked: Help
    request: str
    what_was_tried: str = ""
    untried_reason: str = ""
    working_days: int = ANSWER_WORKING_DAYS
    township_id: int | None = None


def suggestion(session: Session, borrower_id: int, today: date) -> str:
    """Return one sentence on what was tried with a borrower in scope, to begin the leader's own words with."""
    return letters.tried_in_words(evidence(session, borrower_id, today).attempts)


def send(session: Session, *, act: Act, borrower_id: int, ask: Ask) -> Escalation:
    """Send a request about a borrower, with its letter; the body's view and its clock begin.

    Raises:
        NotVisible: no such borrower, or not this person's.
        Refused: nothing is overdue, a request is open, too little was tried, or the words disclose what they must not.

    """
    borrower = borrower_to_change(session, act.person, act.today, borrower_id)
    if open_request(session, borrower_id) is not None:
        raise Refused("A request about this person is open already: open it from the list.")
    known = _may_send(session, act, borrower_id, ask)
    if act.person.school_id is None:
        raise Refused("Only a school's leader asks others for help.")
    due_on, expires_on = deadlines(working_days(session), act.today, ask.working_days)
    request = Escalation(
        borrower_id=borrower_id,
        school_id=act.person.school_id,
        state=ESCALATION.start,
        body=ask.body,
        township_id=_township(session, borrower, ask),
        help_asked=ask.help_asked,
        what_was_tried=ask.what_was_tried.strip(),
        untried_reason=ask.untried_reason.strip(),
        request=ask.request.strip(),
        sent_at=act.at,
        sent_by_id=act.person.user_id,
        sent_on=act.today,
        due_on=due_on,
        view_expires_on=expires_on,
    )
    session.add(request)
    _go_out(session, act, request, known, "sent")
    return request


def resend(session: Session, *, act: Act, escalation_id: int, ask: Ask) -> Escalation:
    """Send a returned request again, amended; clock, view and letter begin anew.

    Raises:
        NotVisible: no such request, or not for this person.
        Refused: it was not returned, or see ``send``.

    """
    request = to_change(session, act, escalation_id)
    state = ESCALATION.take(request.state, EscalationStep.RESEND, act.role)
    known = _may_send(session, act, request.borrower_id, ask)
    borrower = session.get_one(Borrower, request.borrower_id)
    request.due_on, request.view_expires_on = deadlines(working_days(session), act.today, ask.working_days)
    request.state = state  # type: ignore[assignment]  # its own enum
    request.body, request.township_id = ask.body, _township(session, borrower, ask)
    request.help_asked, request.request = ask.help_asked, ask.request.strip()
    request.what_was_tried, request.untried_reason = ask.what_was_tried.strip(), ask.untried_reason.strip()
    request.sent_at, request.sent_by_id, request.sent_on = act.at, act.person.user_id, act.today
    request.accepted_at = request.answered_by_id = None
    request.returned_reason = ""
    _go_out(session, act, request, known, "resent")
    return request


def withdraw(session: Session, *, act: Act, escalation_id: int) -> Escalation:
    """Withdraw a request, as the leader; the body's view of the case ends.

    Raises:
        NotVisible: no such request, or not for this person.
        Refused: it was answered already.

    """
    request = to_change(session, act, escalation_id)
    request.state = ESCALATION.take(request.state, EscalationStep.WITHDRAW, act.role)  # type: ignore[assignment]  # its own enum
    request.closed_at = act.at
    case_stages.settle(session, request.borrower_id)
    record(session, act, request, "withdrawn")
    return request


def record_print(session: Session, *, act: Act, escalation_id: int) -> bool:
    """Record that the letter was fetched for printing; return whether it had been before (a reprint).

    Raises:
        NotVisible: no such request, or not in this person's sight.

    """
    request = seen(session, act, escalation_id, lock=True)
    return letters.record_print(session, act=act, borrower_id=request.borrower_id, subject=f"escalation/{request.id}")


def _may_send(session: Session, act: Act, borrower_id: int, ask: Ask) -> Evidence:
    words_of(ask.request, N_("Say what the help should be, in a sentence or two."))
    for text in (ask.request, ask.what_was_tried):
        check_words(text)
    standings.recompute(session, act=act, borrower_ids=[borrower_id])
    known = evidence(session, borrower_id, act.today)
    if known.overdue_since is None:
        raise Refused("Nothing is overdue any more: there is nothing to ask for.")
    if not may_ask(ask.help_asked, known.attempts, ask.untried_reason):
        limits = Limits()
        raise Refused(
            "Try the family yourself first: at least %(attempts)s times by %(methods)s ways; "
            "on record are %(tried)s by %(ways)s. Or state the reason why that is not possible.",
            attempts=limits.attempts_until_exhausted,
            methods=limits.methods_until_exhausted,
            tried=known.tries,
            ways=known.methods,
        )
    return known


def _township(session: Session, borrower: Borrower, ask: Ask) -> int | None:
    """Return the township asked: the borrower's own unless another of the district is named; none for other bodies."""
    if ask.body is not Body.TOWNSHIP:
        return None
    if ask.township_id is None:
        return session.scalars(select(Village.township_id).where(Village.id == borrower.village_id)).one()
    if session.get(Township, ask.township_id) is None:
        raise NotVisible
    return ask.township_id


def _go_out(session: Session, act: Act, request: Escalation, known: Evidence, happened: str) -> None:
    session.flush()
    letter = letters.make_letter(
        session, act=act, request=request, attempts=known.attempts, contact_name=act.person.name
    )
    case_stages.settle(session, request.borrower_id)
    record(
        session,
        act,
        request,
        happened,
        body=request.body.value,
        help=request.help_asked.value,
        due_on=request.due_on.isoformat(),
        serial=letter.serial,
    )
