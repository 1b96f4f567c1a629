"""Everything the page of one borrower shows, masked: who it is, money, people and numbers, papers, work under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.accounts import User
from models.borrowers import Borrower, CoBorrower
from models.escalations import Escalation
from models.notices import Notice, Service
from models.organisation import AreaAssignment, GroupSeat, School, Township, Village
from models.rules.standing import StandingState
from models.rules.workflows import EscalationState, NoticeState, SuspicionState
from models.standings import BorrowerStanding
from models.suspicions import Suspicion
from portal.actors import Actor
from portal.queries import open_work
from portal.queries.contact_points import PointRow, points
from portal.queries.loans import Contract, contracts
from portal.queries.roster_matches import MatchRow, of_borrower
from portal.queries.scope import borrower_to_read
from portal.queries.standing_history import History, history
from portal.queries.timeline import Timeline, timeline


@dataclass(frozen=True, slots=True)
class Person:
    """Who the borrower is, where they belong, and who looks after them."""

    id: int
    name: str
    masked_id: str
    township_code: str
    township: str
    village_code: str
    village: str
    school: str
    member: str
    high_school: str
    college: str
    graduation_year: int | None
    verified_at: datetime | None
    verified_by: str
    verified_source: str
    is_out_of_touch: bool


@dataclass(frozen=True, slots=True)
class StandingRow:
    """Where the borrower stands; amounts in yuan, days worked out for today."""

    state: StandingState
    bucket: str
    overdue_since: date | None
    clock_stopped: bool
    overdue_principal: Decimal
    overdue_interest: Decimal
    penalty: Decimal
    overdue_total: Decimal
    data_on: date | None
    is_estimated: bool
    next_due_on: date | None
    next_due_amount: Decimal | None
    days_past_due: int


@dataclass(frozen=True, slots=True)
class CoBorrowerRow:
    """Somebody who signed too and owes too."""

    id: int
    name: str
    relation: str
    masked_id: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice and when it was served."""

    id: int
    serial: str
    state: NoticeState
    issued_on: date
    pay_by: date
    total: Decimal
    attempts: int
    served_at: datetime | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """The page of one borrower."""

    person: Person
    standing: StandingRow | None
    contracts: tuple[Contract, ...]
    co_borrowers: tuple[CoBorrowerRow, ...]
    points: tuple[PointRow, ...]
    notices: tuple[NoticeRow, ...]
    suspicion: tuple[int, SuspicionState] | None
    escalation: tuple[int, EscalationState] | None
    case: open_work.CaseRow | None
    promises: tuple[open_work.PromiseRow, ...]
    claim: open_work.ClaimRow | None
    tasks: tuple[open_work.TaskRow, ...]
    questions: tuple[open_work.QuestionRow, ...]
    roster_matches: tuple[MatchRow, ...]
    history: History
    timeline: Timeline


def dossier(session: Session, actor: Actor, today: date, borrower_id: int, *, before: int | None = None) -> Dossier:
    """Return the page of one borrower.

    Args:
        session: any session.
        actor: who reads.
        today: days are counted to it.
        borrower_id: whose page.
        before: the timeline shows only events older than this one.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    borrower = borrower_to_read(session, actor, today, borrower_id)
    return Dossier(
        person=_person(session, borrower),
        standing=_standing(session, borrower.id, today),
        contracts=contracts(session, borrower.id),
        co_borrowers=_co_borrowers(session, borrower.id),
        points=points(session, borrower.id),
        notices=_notices(session, borrower.id),
        suspicion=_suspicion(session, borrower.id),
        escalation=_escalation(session, borrower.id),
        case=open_work.case_of(session, borrower.id),
        promises=open_work.promises_of(session, borrower.id),
        claim=open_work.claim_of(session, borrower.id),
        tasks=open_work.tasks_of(session, borrower.id),
        questions=open_work.questions_of(session, borrower.id),
        roster_matches=of_borrower(session, borrower.id),
        history=history(session, borrower.id),
        timeline=timeline(session, borrower.id, before=before),
    )


def _person(session: Session, borrower: Borrower) -> Person:
    row = session.execute(
        select(Township.code, Township.name, Village.code, Village.name, School.name, GroupSeat.person_name, User.name)
        .select_from(Village)
        .join(Township, Township.id == Village.township_id)
        .outerjoin(AreaAssignment, and_(AreaAssignment.village_id == Village.id, AreaAssignment.to_on.is_(None)))
        .outerjoin(School, School.id == AreaAssignment.school_id)
        .outerjoin(GroupSeat, and_(GroupSeat.id == AreaAssignment.seat_id, GroupSeat.to_on.is_(None)))
        .outerjoin(User, User.id == borrower.verified_by_id)
        .where(Village.id == borrower.village_id)
    ).one()
    return Person(
        id=borrower.id,
        name=borrower.name,
        masked_id=borrower.masked_id,
        township_code=row[0],
        township=row[1],
        village_code=row[2],
        village=row[3],
        school=row[4] or "",
        member=row[5] or "",
        high_school=borrower.school_name,
        college=borrower.college,
        graduation_year=borrower.graduation_year,
        verified_at=borrower.verified_at,
        verified_by=row[6] or "",
        verified_source=borrower.verified_source,
        is_out_of_touch=borrower.is_out_of_touch,
    )


def _standing(session: Session, borrower_id: int, today: date) -> StandingRow | None:
    row = session.get(BorrowerStanding, borrower_id)
    if row is None:
        return None
    return StandingRow(
        state=row.state,
        bucket=row.bucket,
        overdue_since=row.overdue_since,
        clock_stopped=row.clock_stopped,
        overdue_principal=row.overdue_principal,
        overdue_interest=row.overdue_interest,
        penalty=row.penalty,
        overdue_total=row.overdue_total,
        data_on=row.data_on,
        is_estimated=row.is_estimated,
        next_due_on=row.next_due_on,
        next_due_amount=row.next_due_amount,
        days_past_due=(today - row.overdue_since).days if row.overdue_since else 0,
    )


def _co_borrowers(session: Session, borrower_id: int) -> tuple[CoBorrowerRow, ...]:
    rows = session.execute(
        select(CoBorrower.id, CoBorrower.name, CoBorrower.relation, CoBorrower.masked_id)
        .where(CoBorrower.borrower_id == borrower_id)
        .order_by(CoBorrower.id)
    )
    return tuple(CoBorrowerRow(*row) for row in rows)


def _notices(session: Session, borrower_id: int) -> tuple[NoticeRow, ...]:
    services: dict[int, list[tuple[bool, datetime]]] = {}
    for notice_id, was_served, at in session.execute(
        select(Service.notice_id, Service.was_served, Service.at)
        .where(Service.borrower_id == borrower_id)
        .order_by(Service.at)
    ):
        services.setdefault(notice_id, []).append((was_served, at))
    rows = session.execute(
        select(Notice.id, Notice.serial, Notice.state, Notice.issued_on, Notice.pay_by, Notice.total)
        .where(Notice.borrower_id == borrower_id)
        .order_by(Notice.id.desc())
        .limit(20)
    )
    return tuple(
        NoticeRow(
            *row,
            attempts=len(services.get(row[0], [])),
            served_at=next((at for served, at in services.get(row[0], []) if served), None),
        )
        for row in rows
    )


def _suspicion(session: Session, borrower_id: int) -> tuple[int, SuspicionState] | None:
    row = session.execute(
        select(Suspicion.id, Suspicion.state)
        .where(Suspicion.borrower_id == borrower_id)
        .order_by(Suspicion.id.desc())
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def _escalation(session: Session, borrower_id: int) -> tuple[int, EscalationState] | None:
    row = session.execute(
        select(Escalation.id, Escalation.state)
        .where(Escalation.borrower_id == borrower_id)
        .order_by(Escalation.id.desc())
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None
