"""What the body asked does with a request for help: it accepts or returns it, reports, and closes it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from models.escalations import Escalation
from models.rules.refusals import Refused
from models.rules.sentences import N_
from models.rules.workflows import ESCALATION, EscalationState, EscalationStep
from portal.actors import Act
from portal.queries.escalation_sight import has_account, is_asked
from portal.services import case_stages
from portal.services.escalation_requests import record, seen, to_change, words_of


def accept(session: Session, *, act: Act, escalation_id: int) -> Escalation:
    """Accept a request, as the body asked.

    Raises:
        NotVisible: no such request, or not addressed to this body.
        Refused: it is not waiting for an answer, or the body answers itself.

    """
    request = _to_answer(session, act, escalation_id, EscalationStep.ACCEPT)
    request.accepted_at = act.at
    record(session, act, request, "accepted")
    return request


def return_to_sender(session: Session, *, act: Act, escalation_id: int, reason: str) -> Escalation:
    """Return a request with the reason, as the body asked; its view of the case ends.

    Raises:
        NotVisible: no such request, or not addressed to this body.
        Refused: it is not waiting for an answer, or no reason is given.

    """
    request = _to_answer(session, act, escalation_id, EscalationStep.RETURN)
    request.returned_reason = words_of(reason, N_("Give the reason: the leader needs it to go on."))
    case_stages.settle(session, request.borrower_id)
    record(session, act, request, "returned")
    return request


def report(session: Session, *, act: Act, escalation_id: int, text: str) -> Escalation:
    """Report what was done, as the body asked; a request that nobody has accepted yet is accepted with it.

    Raises:
        NotVisible: no such request, or not addressed to this body.
        Refused: it was returned, closed or taken back meanwhile, or nothing is said.

    """
    if to_change(session, act, escalation_id).state is EscalationState.SENT:
        accept(session, act=act, escalation_id=escalation_id)
    request = _to_answer(session, act, escalation_id, EscalationStep.REPORT)
    request.report = words_of(text, N_("Say what was done and what came of it."))
    request.reported_at = act.at
    record(session, act, request, "reported")
    return request


def close(session: Session, *, act: Act, escalation_id: int) -> Escalation:
    """Close a request after its report, as the body asked; its view of the case ends.

    Raises:
        NotVisible: no such request, or not addressed to this body.
        Refused: nothing was reported yet.

    """
    request = _to_answer(session, act, escalation_id, EscalationStep.CLOSE)
    request.closed_at = act.at
    case_stages.settle(session, request.borrower_id)
    record(session, act, request, "closed")
    return request


def record_view(session: Session, *, act: Act, escalation_id: int) -> None:
    """Record that a body that is asked has read a request; everybody else's reading is not recorded.

    Raises:
        NotVisible: no such request, or not in this person's sight.

    """
    if is_asked(act.person):
        record(session, act, seen(session, act, escalation_id, lock=False), "viewed")


def _to_answer(session: Session, act: Act, escalation_id: int, step: EscalationStep) -> Escalation:
    """Return a request, locked and moved by a step of the body asked.

    The centre stands in for a body without an account, and for one whose view has ended.
    """
    request = to_change(session, act, escalation_id)
    request.state = ESCALATION.take(request.state, step, act.role)  # type: ignore[assignment]  # its own enum
    answers_itself = has_account(session, request.township_id) and request.view_expires_on >= act.today
    if not is_asked(act.person) and answers_itself:
        raise Refused("The township answers in the portal itself; ring it if the answer is late.")
    request.answered_by_id = act.user_id
    return request
