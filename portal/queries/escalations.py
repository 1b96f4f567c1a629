"""Reads of requests for help: what waits for whom, one request, and the one page a township sees of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.accounts import User
from models.borrowers import Borrower
from models.escalations import Escalation, EscalationLetter
from models.organisation import School, Township, Village
from models.rules.calendar import WorkingDays
from models.rules.contacts import ContactMethod, Reached
from models.rules.escalations import Help, days_left
from models.rules.organisation import Body
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible
from models.rules.workflows import EscalationState
from notices.letters import EscalationContent
from portal.actors import Actor
from portal.queries.escalation_sight import UNANSWERED, has_account, in_sight, is_asked, is_late
from portal.queries.evidence import evidence
from portal.queries.notice_facts import office, working_days
from portal.queries.paging import PAGE, Paged
from portal.queries.suspicions import Step, steps

_ORDER = {
    EscalationState.RETURNED: 0,
    EscalationState.SENT: 1,
    EscalationState.ACCEPTED: 2,
    EscalationState.REPORTED: 3,
}
_sender, _answerer, _asked = aliased(User), aliased(User), aliased(Township)


@dataclass(frozen=True, slots=True)
class Row:
    """One request as a list shows it; ``days_left`` counts working days and is negative when it is late."""

    id: int
    borrower_id: int
    borrower_name: str
    village_name: str
    school_name: str
    state: EscalationState
    body: Body
    asked_name: str  # of the township asked; "" for other bodies
    help_asked: Help
    sent_on: date
    due_on: date
    days_left: int
    clock_runs: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that was tried, without what was said."""

    on: datetime
    method: ContactMethod
    reached: Reached


@dataclass(frozen=True, slots=True)
class Detail:
    """One request as school and centre see it."""

    row: Row
    township_id: int | None
    what_was_tried: str
    untried_reason: str
    request: str
    sent_by: str
    view_expires_on: date
    accepted_at: datetime | None
    answered_by: str
    returned_reason: str
    report: str
    reported_at: datetime | None
    closed_at: datetime | None
    steps: tuple[Step, ...]
    letter_serial: str
    can_be_answered_here: bool  # by this actor: the township asked, or the centre for a body without an account


@dataclass(frozen=True, slots=True)
class Request:
    """All that a township sees: whom to reach and what is asked. No amount, number or contract is in it."""

    row: Row
    address: str
    what_was_tried: str
    tried: tuple[Tried, ...]
    request: str
    report: str
    view_expires_on: date
    centre: str
    landline: str
    letter_serial: str


def requests(
    session: Session,
    actor: Actor,
    today: date,
    *,
    state: EscalationState | None = None,
    only_late: bool = False,
    page: int = 1,
) -> Paged[Row]:
    """Return one page of the requests the actor may see, those under way first, the most pressing on top.

    Args:
        session: any session.
        actor: who looks.
        today: the day.
        state: only those in it.
        only_late: only those whose day to answer has passed without an answer.
        page: from 1.

    """
    wanted = _rows(actor, today)
    if only_late:
        wanted = wanted.where(is_late(today))
    if state is not None:
        wanted = wanted.where(Escalation.state == state)
    total = session.scalars(wanted.with_only_columns(func.count(Escalation.id), maintain_column_froms=True)).one()
    order = case(*((Escalation.state == one, place) for one, place in _ORDER.items()), else_=9)
    found = session.execute(
        wanted.order_by(order, Escalation.due_on, Escalation.id).limit(PAGE).offset((page - 1) * PAGE)
    ).all()
    calendar = working_days(session)
    return Paged(tuple(_row(one, calendar, today) for one in found), total, page)


def waiting(session: Session, actor: Actor, today: date) -> tuple[Row, ...]:
    """Return the requests that wait for this person: to answer, or to amend and send again. At most fifty."""
    theirs: list[ColumnElement[bool]] = []
    if actor.may(Permission.ESCALATIONS_ANSWER):
        answerable = Escalation.state.in_([*UNANSWERED, EscalationState.REPORTED])
        theirs.append(answerable if is_asked(actor) else and_(answerable, Escalation.body != Body.TOWNSHIP))
    if actor.may(Permission.ESCALATIONS_SEND):
        theirs.append(Escalation.state == EscalationState.RETURNED)
    if not theirs:
        return ()
    found = session.execute(
        _rows(actor, today).where(or_(*theirs)).order_by(Escalation.due_on, Escalation.id).limit(PAGE)
    ).all()
    calendar = working_days(session)
    return tuple(_row(one, calendar, today) for one in found)


def escalation(session: Session, actor: Actor, today: date, escalation_id: int) -> Detail:
    """Return one request as school and centre see it.

    Raises:
        NotVisible: there is none, or not for this person; a body that is asked reads ``request`` instead.

    """
    if is_asked(actor):
        raise NotVisible
    found = _one(session, actor, today, escalation_id)
    kept: Escalation = found.Escalation
    answers_itself = has_account(session, kept.township_id) and kept.view_expires_on >= today
    return Detail(
        row=_row(found, working_days(session), today),
        township_id=kept.township_id,
        what_was_tried=kept.what_was_tried,
        untried_reason=kept.untried_reason,
        request=kept.request,
        sent_by=found.sent_by,
        view_expires_on=kept.view_expires_on,
        accepted_at=kept.accepted_at,
        answered_by=found.answered_by or "",
        returned_reason=kept.returned_reason,
        report=kept.report,
        reported_at=kept.reported_at,
        closed_at=kept.closed_at,
        steps=steps(session, kept.borrower_id, f"escalation/{escalation_id}"),
        letter_serial=_letter_serial(session, escalation_id),
        can_be_answered_here=actor.may(Permission.ESCALATIONS_ANSWER) and not answers_itself,
    )


def request(session: Session, actor: Actor, today: date, escalation_id: int) -> Request:
    """Return the one page a body that is asked sees. Each reading is recorded by the caller.

    Raises:
        NotVisible: there is none, it is closed, withdrawn or expired, or it is addressed to another body.

    """
    found = _one(session, actor, today, escalation_id)
    kept: Escalation = found.Escalation
    address = session.scalars(select(Borrower.address).where(Borrower.id == kept.borrower_id)).one()
    known = evidence(session, kept.borrower_id, today)
    centre = office(session)
    return Request(
        row=_row(found, working_days(session), today),
        address=address or "",
        what_was_tried=kept.what_was_tried,
        tried=tuple(Tried(line.at, line.method, line.reached) for line in known.contacts),
        request=kept.request,
        report=kept.report,
        view_expires_on=kept.view_expires_on,
        centre=centre.centre,
        landline=centre.landline,
        letter_serial=_letter_serial(session, escalation_id),
    )


def letter(session: Session, actor: Actor, today: date, escalation_id: int) -> tuple[bytes, EscalationContent]:
    """Return the newest letter of a request: the stored PDF and what it says.

    Raises:
        NotVisible: there is no such request, or not for this person.

    """
    found = session.execute(
        select(EscalationLetter.pdf, EscalationLetter.content)
        .join(Escalation, Escalation.id == EscalationLetter.escalation_id)
        .where(Escalation.id == escalation_id, in_sight(actor, today))
        .order_by(EscalationLetter.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NotVisible
    return found.pdf, EscalationContent.from_json(found.content)


def _one(session: Session, actor: Actor, today: date, escalation_id: int) -> Any:  # noqa: ANN401  # a result row is untyped
    found = session.execute(
        _rows(actor, today)
        .add_columns(Escalation, _sender.name.label("sent_by"), _answerer.name.label("answered_by"))
        .join(_sender, _sender.id == Escalation.sent_by_id)
        .outerjoin(_answerer, _answerer.id == Escalation.answered_by_id)
        .where(Escalation.id == escalation_id)
    ).one_or_none()
    if found is None:
        raise NotVisible
    return found


def _letter_serial(session: Session, escalation_id: int) -> str:
    return (
        session.scalars(
            select(EscalationLetter.serial)
            .where(EscalationLetter.escalation_id == escalation_id)
            .order_by(EscalationLetter.id.desc())
            .limit(1)
        ).one_or_none()
        or ""
    )


def _rows(actor: Actor, today: date) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Escalation.id,
            Escalation.borrower_id,
            Borrower.name.label("borrower_name"),
            Village.name.label("village_name"),
            School.name.label("school_name"),
            Escalation.state,
            Escalation.body,
            _asked.name.label("asked_name"),
            Escalation.help_asked,
            Escalation.sent_on,
            Escalation.due_on,
        )
        .join(Borrower, Borrower.id == Escalation.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .join(School, School.id == Escalation.school_id)
        .outerjoin(_asked, _asked.id == Escalation.township_id)
        .where(in_sight(actor, today))
    )


def _row(found: Any, calendar: WorkingDays, today: date) -> Row:  # noqa: ANN401  # a result row is untyped
    computed = {"asked_name", "days_left", "clock_runs"}
    values = {name: getattr(found, name) for name in Row.__slots__ if name not in computed}
    return Row(
        **values,
        asked_name=found.asked_name or "",
        days_left=days_left(calendar, today, found.due_on),
        clock_runs=found.state in UNANSWERED,
    )
