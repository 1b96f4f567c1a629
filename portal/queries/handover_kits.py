"""What is open in a village, person by person: what somebody who receives it has to know.

The callers have found the village to be in reach. Each kind of thing is asked for once for all people of the village,
from the same queries as the page of one borrower.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.borrowers import Borrower
from models.casework import Contact
from models.escalations import Escalation
from models.loans import Loan
from models.notices import Notice
from models.rules.borrowers import ContactKind
from models.rules.casework import PromiseState
from models.rules.contact_confidence import Confidence
from models.rules.contacts import Outcome, Reached
from models.rules.facts import ReliefKind
from models.rules.handovers import ENDING_DAYS, Counts, Risk, is_moved
from models.rules.limitation import WATCHED_DAYS
from models.rules.standing import StandingState
from models.rules.workflows import ESCALATION, SUSPICION, EscalationState, NoticeState, SuspicionState
from models.standings import BorrowerStanding
from models.suspicions import Suspicion
from portal.pieces import chunks
from portal.queries import open_work
from portal.queries.contact_points import PointRow, points_of_many
from portal.queries.limitation_facts import periods
from portal.queries.notice_facts import OPEN
from portal.queries.pauses import InForce, in_force

_AT_A_TIME = 400


@dataclass(frozen=True, slots=True)
class ToServe:
    """A notice that was issued and is not served yet."""

    id: int
    serial: str
    state: NoticeState
    issued_on: date


@dataclass(frozen=True, slots=True)
class KitRow:
    """One borrower with something open; amounts in yuan, days worked out for today.

    ``point`` is the number to try first, masked, none when there is none in use; ``last_contact_at`` is of anybody's.
    """

    borrower_id: int
    name: str
    overdue_since: date | None  # none when nothing is overdue
    days: int
    overdue: Decimal
    data_on: date | None
    is_estimated: bool
    point: PointRow | None
    last_contact_at: datetime | None
    promises: tuple[open_work.PromiseRow, ...]
    notices: tuple[ToServe, ...]
    questions: tuple[open_work.QuestionRow, ...]
    claimed_on: date | None
    pauses: tuple[InForce, ...]
    suspicion: tuple[int, SuspicionState] | None
    escalation: tuple[int, EscalationState] | None
    risks: tuple[Risk, ...]
    limitation_ends_on: date | None  # of the contract that ends first, when it is watched

    @property
    def is_overdue(self) -> bool:
        """Whether this borrower is in arrears."""
        return self.overdue_since is not None

    @property
    def has_something_open(self) -> bool:
        """Whether the receiver has to know of this borrower."""
        return self.is_overdue or self.has_more_than_arrears

    @property
    def has_more_than_arrears(self) -> bool:
        """Whether a list of arrears would not tell it all."""
        things = (self.promises, self.notices, self.questions, self.pauses, self.suspicion, self.escalation, self.risks)
        return self.claimed_on is not None or any(things)


@dataclass(frozen=True, slots=True)
class Kit:
    """What is open in a village: the people with something open, the longest overdue first, and all of it counted."""

    rows: tuple[KitRow, ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class _Said:
    """The last that is known of where somebody is; instants of contacts with them."""

    last_at: datetime | None = None
    moved_at: datetime | None = None
    reached_at: datetime | None = None


def kit(session: Session, village_id: int, today: date) -> Kit:
    """Return what is open in a village on a day."""
    people = session.execute(
        select(
            Borrower.id,
            Borrower.name,
            Borrower.is_out_of_touch,
            BorrowerStanding.state,
            BorrowerStanding.overdue_since,
            BorrowerStanding.overdue_total,
            BorrowerStanding.data_on,
            BorrowerStanding.is_estimated,
        )
        .outerjoin(BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id)
        .where(Borrower.village_id == village_id)
        .order_by(Borrower.id)
    ).all()
    rows = [row for piece in chunks(people, _AT_A_TIME) for row in _rows(session, piece, today)]
    listed = sorted(
        (row for row in rows if row.has_something_open), key=lambda row: (-row.days, row.name, row.borrower_id)
    )
    return Kit(tuple(listed), _counted(len(people), listed))


def has_people(session: Session, village_id: int) -> bool:
    """Say whether anybody who borrowed lives in a village."""
    return session.scalar(select(Borrower.id).where(Borrower.village_id == village_id).limit(1)) is not None


def _counted(borrowers: int, rows: list[KitRow]) -> Counts:
    return Counts(
        borrowers=borrowers,
        people=len(rows),
        overdue=sum(row.is_overdue for row in rows),
        promises=sum(len(row.promises) for row in rows),
        notices=sum(len(row.notices) for row in rows),
        questions=sum(len(row.questions) for row in rows),
        claims=sum(row.claimed_on is not None for row in rows),
        pauses=sum(len(row.pauses) for row in rows),
        suspicions=sum(row.suspicion is not None for row in rows),
        escalations=sum(row.escalation is not None for row in rows),
        risks=sum(bool(row.risks) for row in rows),
    )


def _rows(session: Session, people: Collection[Row[*tuple[object, ...]]], today: date) -> list[KitRow]:
    ids = [person.id for person in people]
    points = points_of_many(session, ids)
    promises, questions = open_work.promises_of_many(session, ids), open_work.questions_of_many(session, ids)
    claims = open_work.open_claims(session, ids)
    notices, pauses = _to_serve(session, ids), _pauses(session, ids, today)
    suspicions, escalations = _suspicions(session, ids), _escalations(session, ids)
    said, ends = _said(session, ids), _limitation(session, ids, today)
    rows = []
    for person in people:
        is_overdue = person.state is StandingState.OVERDUE and person.overdue_since is not None
        phones = [one for one in points.get(person.id, ()) if one.kind is ContactKind.PHONE]
        risks = {
            Risk.NO_NUMBER: is_overdue
            and all(one.confidence in {Confidence.FAILED, Confidence.ENDED} for one in phones),
            Risk.OUT_OF_TOUCH: person.is_out_of_touch,
            Risk.MOVED: _moved(said.get(person.id, _Said())),
            Risk.LIMITATION: person.id in ends,
        }
        rows.append(
            KitRow(
                borrower_id=person.id,
                name=person.name,
                overdue_since=person.overdue_since if is_overdue else None,
                days=(today - person.overdue_since).days if is_overdue else 0,
                overdue=person.overdue_total if is_overdue else Decimal("0.00"),
                data_on=person.data_on,
                is_estimated=bool(person.is_estimated),
                point=next((one for one in phones if one.confidence is not Confidence.ENDED), None),
                last_contact_at=said.get(person.id, _Said()).last_at,
                promises=tuple(one for one in promises.get(person.id, ()) if one.state is PromiseState.OPEN),
                notices=notices.get(person.id, ()) if is_overdue else (),  # whoever paid meanwhile: do not serve
                questions=questions.get(person.id, ()),
                claimed_on=claims.get(person.id),
                pauses=pauses.get(person.id, ()),
                suspicion=suspicions.get(person.id),
                escalation=escalations.get(person.id),
                risks=tuple(risk for risk, holds in risks.items() if holds),
                limitation_ends_on=ends.get(person.id),
            )
        )
    return rows


def _moved(said: _Said) -> bool:
    days = [at.astimezone(COUNTY_TIME).date() if at else None for at in (said.moved_at, said.reached_at)]
    return is_moved(moved_on=days[0], reached_on=days[1])


def _to_serve(session: Session, ids: Collection[int]) -> dict[int, tuple[ToServe, ...]]:
    found: dict[int, list[ToServe]] = defaultdict(list)
    for row in session.execute(
        select(Notice.borrower_id, Notice.id, Notice.serial, Notice.state, Notice.issued_on)
        .where(Notice.borrower_id.in_(ids), Notice.state.in_(OPEN))
        .order_by(Notice.id)
    ):
        found[row[0]].append(ToServe(*row[1:]))
    return {borrower_id: tuple(rows) for borrower_id, rows in found.items()}


def _pauses(session: Session, ids: Collection[int], today: date) -> dict[int, tuple[InForce, ...]]:
    """Return every pause in force, since its borrower is not to be chased, and of other reliefs those that end soon."""
    soon = today + timedelta(days=ENDING_DAYS)
    found: dict[int, list[InForce]] = defaultdict(list)
    for one in in_force(session, ids, today):
        is_near = one.kind is ReliefKind.PAUSE or (one.to_on is not None and one.to_on <= soon)
        if is_near and one not in found[one.borrower_id]:  # the same on several contracts is one thing to know
            found[one.borrower_id].append(one)
    return {borrower_id: tuple(rows) for borrower_id, rows in found.items() if rows}


def _suspicions(session: Session, ids: Collection[int]) -> dict[int, tuple[int, SuspicionState]]:
    rows = session.execute(
        select(Suspicion.borrower_id, Suspicion.id, Suspicion.state)
        .where(Suspicion.borrower_id.in_(ids), Suspicion.state.not_in(SUSPICION.final))
        .order_by(Suspicion.id)
    )
    return {borrower_id: (report_id, state) for borrower_id, report_id, state in rows}


def _escalations(session: Session, ids: Collection[int]) -> dict[int, tuple[int, EscalationState]]:
    rows = session.execute(
        select(Escalation.borrower_id, Escalation.id, Escalation.state)
        .where(Escalation.borrower_id.in_(ids), Escalation.state.not_in(ESCALATION.final))
        .order_by(Escalation.id)
    )
    return {borrower_id: (request_id, state) for borrower_id, request_id, state in rows}


def _said(session: Session, ids: Collection[int]) -> dict[int, _Said]:
    rows = session.execute(
        select(
            Contact.borrower_id,
            func.max(Contact.at),
            func.max(case((Contact.outcome == Outcome.MOVED_AWAY, Contact.at))),
            func.max(case((Contact.reached == Reached.BORROWER, Contact.at))),
        )
        .where(Contact.borrower_id.in_(ids))
        .group_by(Contact.borrower_id)
    )
    return {borrower_id: _Said(*instants) for borrower_id, *instants in rows}


def _limitation(session: Session, ids: Collection[int], today: date) -> dict[int, date]:
    """Return the day the claim on a contract becomes too old, of each borrower with one that is watched."""
    rows = session.execute(
        select(Loan.id, Loan.borrower_id).where(Loan.borrower_id.in_(ids), Loan.settled_on.is_(None), Loan.balance > 0)
    )
    owners = {loan_id: borrower_id for loan_id, borrower_id in rows}  # noqa: C416  # dict() of rows is untyped
    last = today + timedelta(days=WATCHED_DAYS)
    found: dict[int, date] = {}
    for piece in chunks(tuple(owners), _AT_A_TIME):
        for loan_id, period in periods(session, piece, today).items():
            ends_on = period.limitation.ends_on
            if today <= ends_on <= last:
                found[owners[loan_id]] = min(ends_on, found.get(owners[loan_id], date.max))
    return found
