"""Reads of reports of suspected malicious default: what waits for whom, one report with its steps, its slip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.accounts import User
from models.borrowers import Borrower
from models.events import Event
from models.organisation import Village
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible
from models.rules.suspicion_gates import Facts
from models.rules.suspicions import Answer, Answered, Ground, Question
from models.rules.workflows import SuspicionState
from models.suspicions import Suspicion, SuspicionSlip
from notices.letters import ReplySlipContent
from portal.actors import Actor
from portal.queries.evidence import Evidence, evidence
from portal.queries.paging import PAGE, Paged
from portal.queries.scope import visible_borrowers

OPEN = (SuspicionState.PROPOSED, SuspicionState.RETURNED, SuspicionState.SIGNED, SuspicionState.UPHELD)

_proposer, _signer, _decider = aliased(User), aliased(User), aliased(User)


@dataclass(frozen=True, slots=True)
class Row:
    """One report as a list shows it."""

    id: int
    borrower_id: int
    borrower_name: str
    village_name: str
    state: SuspicionState
    proposed_at: datetime
    proposed_by: str
    reply_by: date | None
    replied: bool
    lapses_on: date
    may_be_decided: bool  # signed, and the person has replied or the time to reply is over


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a report or a request."""

    at: datetime
    tag: str
    by: str


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip that was made: the paper itself is fetched by ``slip``."""

    id: int
    serial: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class Detail:
    """One report with its evidence and its steps."""

    row: Row
    masked_id: str
    proposed_by_id: int
    signed_by_id: int | None
    signed_at: datetime | None
    signed_by: str
    returned_reason: str
    reply_text: str
    replied_on: date | None
    earlier_replies: tuple[tuple[str, str], ...]  # (day, text)
    decided_at: datetime | None
    decided_by: str
    decision_reason: str
    ended_on: date | None
    grounds: dict[Ground, str]
    answers: dict[Question, Answered]
    evidence: Evidence
    steps: tuple[Step, ...]
    slip: Slip | None


def reports(
    session: Session, actor: Actor, today: date, *, state: SuspicionState | None = None, page: int = 1
) -> Paged[Row]:
    """Return one page of the reports the actor may see, the open ones first, the most pressing on top."""
    wanted = _rows(actor, today)
    if state is not None:
        wanted = wanted.where(Suspicion.state == state)
    total = session.scalars(wanted.with_only_columns(func.count(Suspicion.id), maintain_column_froms=True)).one()
    rows = session.execute(
        wanted.order_by(case((Suspicion.state.in_(OPEN), 0), else_=1), Suspicion.lapses_on, Suspicion.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return Paged(tuple(_row(found) for found in rows), total, page)


def waiting(session: Session, actor: Actor, today: date) -> tuple[Row, ...]:
    """Return the reports that wait for this person: to sign, to mend, to decide. At most fifty, most pressing first."""
    theirs: list[ColumnElement[bool]] = []
    if actor.may(Permission.SUSPICIONS_SIGN):
        theirs.append(Suspicion.state == SuspicionState.PROPOSED)
    if actor.may(Permission.SUSPICIONS_PROPOSE):
        theirs.append(and_(Suspicion.state == SuspicionState.RETURNED, Suspicion.proposed_by_id == actor.user_id))
    if actor.may(Permission.SUSPICIONS_DECIDE):
        theirs.append(_ripe(today))
    if not theirs:
        return ()
    rows = session.execute(
        _rows(actor, today).where(or_(*theirs)).order_by(Suspicion.lapses_on, Suspicion.id).limit(PAGE)
    )
    return tuple(_row(found) for found in rows)


def report(session: Session, actor: Actor, today: date, suspicion_id: int) -> Detail:
    """Return one report.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    found = session.execute(
        _rows(actor, today)
        .add_columns(
            Suspicion,
            Borrower.masked_id,
            _signer.name.label("signed_by"),
            _decider.name.label("decided_by"),
        )
        .outerjoin(_signer, _signer.id == Suspicion.signed_by_id)
        .outerjoin(_decider, _decider.id == Suspicion.decided_by_id)
        .where(Suspicion.id == suspicion_id)
    ).one_or_none()
    if found is None:
        raise NotVisible
    kept: Suspicion = found.Suspicion
    slip_row = session.execute(
        select(SuspicionSlip.id, SuspicionSlip.serial, SuspicionSlip.issued_on)
        .where(SuspicionSlip.suspicion_id == suspicion_id)
        .order_by(SuspicionSlip.id.desc())
        .limit(1)
    ).one_or_none()
    return Detail(
        row=_row(found),
        masked_id=found.masked_id,
        proposed_by_id=kept.proposed_by_id,
        signed_by_id=kept.signed_by_id,
        signed_at=kept.signed_at,
        signed_by=found.signed_by or "",
        returned_reason=kept.returned_reason,
        reply_text=kept.reply_text,
        replied_on=kept.replied_on,
        earlier_replies=tuple((one["on"], one["text"]) for one in kept.earlier_replies),
        decided_at=kept.decided_at,
        decided_by=found.decided_by or "",
        decision_reason=kept.decision_reason,
        ended_on=kept.ended_on,
        grounds=stated_grounds(kept.grounds),
        answers=given_answers(kept.answers),
        evidence=evidence(session, kept.borrower_id, today),
        steps=steps(session, kept.borrower_id, f"suspicion/{suspicion_id}"),
        slip=Slip(slip_row.id, slip_row.serial, slip_row.issued_on) if slip_row else None,
    )


def open_report(session: Session, borrower_id: int) -> int | None:
    """Return the id of the open report on a borrower already found to be in scope; none when there is none."""
    return session.scalars(
        select(Suspicion.id).where(Suspicion.borrower_id == borrower_id, Suspicion.state.in_(OPEN))
    ).one_or_none()


def slip(session: Session, actor: Actor, today: date, suspicion_id: int) -> tuple[bytes, ReplySlipContent]:
    """Return the newest slip of a report: the stored PDF and what it says.

    Raises:
        NotVisible: there is no such report or no slip, or not for this person.

    """
    found = session.execute(
        select(SuspicionSlip.pdf, SuspicionSlip.content)
        .join(Suspicion, Suspicion.id == SuspicionSlip.suspicion_id)
        .where(Suspicion.id == suspicion_id, Suspicion.borrower_id.in_(visible_borrowers(actor, today)))
        .order_by(SuspicionSlip.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NotVisible
    return found.pdf, ReplySlipContent.from_json(found.content)


def gate_facts(known: Evidence, today: date, answers: dict[Question, Answered], grounds: dict[Ground, str]) -> Facts:
    """Return what the gates ask about, from what is on record and what is stated."""
    return Facts(
        days_past_due=known.days_counted,
        attempts=known.tries,
        methods=known.methods,
        proven_receipts=known.proven_receipts,
        contact_lost=known.contact_lost,
        data_age_days=(today - known.data_on).days if known.data_on else None,
        answers=answers,
        grounds=grounds,
        unposted_until=known.unposted_until,
    )


def given_answers(stored: list[Any]) -> dict[Question, Answered]:
    """Read the checklist as stored."""
    return {Question(one["question"]): Answered(Answer(one["answer"]), one["evidence"]) for one in stored}


def stated_grounds(stored: list[Any]) -> dict[Ground, str]:
    """Read the grounds as stored."""
    return {Ground(one["ground"]): one["evidence"] for one in stored}


def steps(session: Session, borrower_id: int, subject: str) -> tuple[Step, ...]:
    """Return what happened to one thing of a borrower already found to be in scope, newest first."""
    rows = session.execute(
        select(Event.at, Event.tag, Event.actor_name)
        .where(Event.borrower_id == borrower_id, Event.subject == subject)
        .order_by(Event.id.desc())
        .limit(100)
    )
    return tuple(Step(at, tag, by) for at, tag, by in rows)


def _ripe(today: date) -> ColumnElement[bool]:
    replied_or_over = or_(Suspicion.reply_recorded_at.is_not(None), Suspicion.reply_by < today)
    return and_(Suspicion.state == SuspicionState.SIGNED, replied_or_over)


def _rows(actor: Actor, today: date) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Suspicion.id,
            Suspicion.borrower_id,
            Borrower.name.label("borrower_name"),
            Village.name.label("village_name"),
            Suspicion.state,
            Suspicion.proposed_at,
            _proposer.name.label("proposed_by"),
            Suspicion.reply_by,
            Suspicion.reply_recorded_at.is_not(None).label("replied"),
            Suspicion.lapses_on,
            case((_ripe(today), 1), else_=0).label("ripe"),
        )
        .join(Borrower, Borrower.id == Suspicion.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .join(_proposer, _proposer.id == Suspicion.proposed_by_id)
        .where(Suspicion.borrower_id.in_(visible_borrowers(actor, today)))
    )


def _row(found: Any) -> Row:  # noqa: ANN401  # a result row is untyped
    values = {name: getattr(found, name) for name in Row.__slots__ if name not in {"may_be_decided", "replied"}}
    return Row(**values, replied=bool(found.replied), may_be_decided=bool(found.ripe))
