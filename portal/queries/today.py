"""What waits for a person today, by what their role may do: one small count each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.borrowers import Borrower
from models.casework import Case, Promise, Task
from models.escalations import Escalation
from models.imports import Destruction, ImportBatch
from models.loans import ArrearsList
from models.notices import Notice
from models.organisation import AreaAssignment, Village
from models.reconciliations import Difference
from models.rules.calendar import season_of
from models.rules.casework import CaseStage, PromiseState
from models.rules.imports import ImportState
from models.rules.organisation import Body
from models.rules.permissions import REACH, Permission, Reach
from models.rules.publicity import ASKED_FROM_MONTH, asked_from
from models.rules.workflows import EscalationState, NoticeState, SuspicionState, WordingState
from models.suspicions import Suspicion
from models.wordings import WordingVersion
from portal.actors import Actor
from portal.queries import handovers
from portal.queries.escalation_sight import in_sight, is_late
from portal.queries.imports import asks_for_columns
from portal.queries.limitation import count_ending
from portal.queries.monthly_statements import count_to_confirm, count_to_sign
from portal.queries.publicity import has_any
from portal.queries.roster_matches import count_waiting
from portal.queries.scope import visible_borrowers

_list = aliased(ArrearsList)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One kind of thing that waits, and how many; ``late`` of them are past their day."""

    key: str
    count: int
    late: int = 0


@dataclass(frozen=True, slots=True)
class _Desk:
    """Whose desk, on which day."""

    session: Session
    actor: Actor
    today: date
    publicity_from: date

    @property
    def people(self) -> Select[int]:
        return visible_borrowers(self.actor, self.today)

    def count(self, query: Select[int]) -> int:
        return self.session.scalars(query).one()


def waiting(
    session: Session, actor: Actor, today: date, *, publicity_from_month: int = ASKED_FROM_MONTH
) -> tuple[Waiting, ...]:
    """Return what waits for this person, most pressing kinds first; kinds with nothing waiting have count 0."""
    desk = _Desk(session, actor, today, asked_from(today, publicity_from_month))
    return tuple(look(desk) for permission, look in _KINDS if actor.may(permission))


def newest_data_on(session: Session) -> date | None:
    """Return the data date of the newest arrears list; ``None`` before the first."""
    return session.scalar(select(func.max(ArrearsList.data_on)))


def _notices_to_serve(desk: _Desk) -> Waiting:
    to_serve = (
        select(func.count())
        .select_from(Notice)
        .where(Notice.state.in_([NoticeState.ISSUED, NoticeState.FAILED]), Notice.borrower_id.in_(desk.people))
    )
    # A notice is to be delivered within a week of its issue.
    late = to_serve.where(Notice.issued_on < desk.today - timedelta(days=7))
    return Waiting("notices", desk.count(to_serve), desk.count(late))


def _promises_due(desk: _Desk) -> Waiting:
    due = (
        select(func.count())
        .select_from(Promise)
        .where(
            Promise.state == PromiseState.OPEN,
            Promise.promised_for <= desk.today + timedelta(days=3),
            Promise.borrower_id.in_(desk.people),
        )
    )
    return Waiting("promises", desk.count(due), desk.count(due.where(Promise.promised_for < desk.today)))


def _new_cases(desk: _Desk) -> Waiting:
    new = (
        select(func.count())
        .select_from(Case)
        .where(Case.closed_on.is_(None), Case.stage == CaseStage.NEW, Case.borrower_id.in_(desk.people))
    )
    return Waiting("cases", desk.count(new), desk.count(new.where(Case.opened_on < desk.today - timedelta(days=1))))


def _tasks(desk: _Desk) -> Waiting:
    due = (
        select(func.count())
        .select_from(Task)
        .where(Task.done_at.is_(None), Task.due_on <= desk.today, Task.borrower_id.in_(desk.people))
    )
    return Waiting("tasks", desk.count(due), desk.count(due.where(Task.due_on < desk.today)))


def _villages_without_anybody(desk: _Desk) -> Waiting:
    """Villages with borrowers and no member; for a school its own, for the centre also those of no school."""
    assigned = select(AreaAssignment.village_id).where(AreaAssignment.to_on.is_(None))
    with_people = select(func.count()).select_from(Village).where(Village.id.in_(select(Borrower.village_id)))
    unmanned = Village.id.in_(assigned.where(AreaAssignment.seat_id.is_(None)))
    if REACH[desk.actor.role] is Reach.DISTRICT:
        return Waiting("villages", desk.count(with_people.where(or_(unmanned, Village.id.not_in(assigned)))))
    own = assigned.where(AreaAssignment.seat_id.is_(None), AreaAssignment.school_id == desk.actor.school_id)
    return Waiting("villages", desk.count(with_people.where(Village.id.in_(own))))


def _suspicions_to_sign(desk: _Desk) -> Waiting:
    return Waiting("to_sign", desk.count(_suspicions(desk).where(Suspicion.state == SuspicionState.PROPOSED)))


def _suspicions_returned(desk: _Desk) -> Waiting:
    return Waiting("returned", desk.count(_suspicions(desk).where(Suspicion.state == SuspicionState.RETURNED)))


def _suspicions_to_decide(desk: _Desk) -> Waiting:
    ripe = _suspicions(desk).where(
        Suspicion.state == SuspicionState.SIGNED,
        or_(Suspicion.reply_recorded_at.is_not(None), Suspicion.reply_by < desk.today),
    )
    return Waiting("to_decide", desk.count(ripe), desk.count(ripe.where(Suspicion.lapses_on <= desk.today)))


def _suspicions(desk: _Desk) -> Select[int]:
    return select(func.count()).select_from(Suspicion).where(Suspicion.borrower_id.in_(desk.people))


def _escalations_to_answer(desk: _Desk) -> Waiting:
    open_ones = (
        select(func.count())
        .select_from(Escalation)
        .where(
            Escalation.state.in_([EscalationState.SENT, EscalationState.ACCEPTED, EscalationState.REPORTED]),
            Escalation.borrower_id.in_(desk.people),
        )
    )
    if REACH[desk.actor.role] is Reach.DISTRICT:
        open_ones = open_ones.where(Escalation.body != Body.TOWNSHIP)  # a township answers for itself
    return Waiting("to_answer", desk.count(open_ones), desk.count(open_ones.where(Escalation.due_on < desk.today)))


def _escalations_returned(desk: _Desk) -> Waiting:
    back = (
        select(func.count())
        .select_from(Escalation)
        .where(Escalation.state == EscalationState.RETURNED, Escalation.borrower_id.in_(desk.people))
    )
    return Waiting("sent_back", desk.count(back))


def _escalations_reported(desk: _Desk) -> Waiting:
    told = (
        select(func.count())
        .select_from(Escalation)
        .where(Escalation.state == EscalationState.REPORTED, Escalation.borrower_id.in_(desk.people))
    )
    return Waiting("reported", desk.count(told))


def _escalations_late(desk: _Desk) -> Waiting:
    """Count requests nobody answered in time, for who sends them; what the centre answers itself is counted there."""
    is_district = REACH[desk.actor.role] is Reach.DISTRICT
    if not is_district and not desk.actor.may(Permission.ESCALATIONS_SEND):
        return Waiting("late_requests", 0)
    late = select(func.count()).select_from(Escalation).where(is_late(desk.today), in_sight(desk.actor, desk.today))
    if is_district:
        late = late.where(Escalation.body == Body.TOWNSHIP)
    count = desk.count(late)
    return Waiting("late_requests", count, count)


def _limitation_ending(desk: _Desk) -> Waiting:
    return Waiting("limitation", count_ending(desk.session, desk.actor, desk.today))


def _former_pupils(desk: _Desk) -> Waiting:
    return Waiting("matches", count_waiting(desk.session, desk.actor, desk.today))


def _handovers_to_accept(desk: _Desk) -> Waiting:
    return Waiting("handovers", *handovers.count_to_accept(desk.session, desk.actor, desk.today))


def _handovers_late(desk: _Desk) -> Waiting:
    """Count handovers that others should have accepted: who gave the village reminds them."""
    return Waiting("handovers_late", handovers.count_late(desk.session, desk.actor, desk.today))


def _imports_to_confirm(desk: _Desk) -> Waiting:
    staged = select(func.count()).select_from(ImportBatch).where(ImportBatch.state == ImportState.STAGED)
    return Waiting("imports", desk.count(staged))


def _lists_of_unknown_columns(desk: _Desk) -> Waiting:
    untold = select(func.count()).select_from(ImportBatch).where(asks_for_columns())
    return Waiting("columns", desk.count(untold))


def _differences(desk: _Desk) -> Waiting:
    """Count what nobody explained on the newest list of each lender: a newer list overtakes older ones."""
    newest = select(func.max(ArrearsList.data_on)).where(ArrearsList.lender_id == _list.lender_id).scalar_subquery()
    unexplained = (
        select(func.count())
        .select_from(Difference)
        .join(_list, _list.id == Difference.arrears_list_id)
        .where(Difference.settled_on.is_(None), _list.data_on == newest)
    )
    return Waiting("differences", desk.count(unexplained))


def _publicity(desk: _Desk) -> Waiting:
    """One for who answers for a school that has recorded nothing this season, once its time of the year has come."""
    school_id = desk.actor.school_id
    is_time = desk.today >= desk.publicity_from
    waits = is_time and school_id is not None and not has_any(desk.session, school_id, season_of(desk.today))
    return Waiting("publicity", int(waits))


def _wordings(desk: _Desk) -> Waiting:
    others = WordingVersion.drafted_by_id != desk.actor.user_id
    proposed = select(func.count()).select_from(WordingVersion).where(WordingVersion.state == WordingState.PROPOSED)
    return Waiting("wordings", desk.count(proposed.where(others)))


def _destructions(desk: _Desk) -> Waiting:
    asked = select(func.count()).select_from(Destruction).where(Destruction.destroyed_at.is_(None))
    return Waiting("destructions", desk.count(asked.where(Destruction.asked_by_id != desk.actor.user_id)))


def _statements(desk: _Desk) -> Waiting:
    """Of a school the months to sign; of the centre, which signs last, those to countersign."""
    if REACH[desk.actor.role] is Reach.DISTRICT:
        return Waiting("to_countersign", count_to_confirm(desk.session, desk.actor))
    return Waiting("statements", count_to_sign(desk.session, desk.actor, desk.today))


_KINDS: tuple[tuple[Permission, Callable[[_Desk], Waiting]], ...] = (
    (Permission.SUSPICIONS_SIGN, _suspicions_to_sign),
    (Permission.SUSPICIONS_DECIDE, _suspicions_to_decide),
    (Permission.ESCALATIONS_ANSWER, _escalations_to_answer),
    (Permission.ESCALATIONS_SEND, _escalations_returned),
    (Permission.ESCALATIONS_SEND, _escalations_reported),
    (Permission.ESCALATIONS_READ, _escalations_late),
    (Permission.IMPORTS_RUN, _imports_to_confirm),
    (Permission.IMPORTS_RUN, _lists_of_unknown_columns),
    (Permission.RECONCILIATIONS_SETTLE, _differences),
    (Permission.RECONCILIATIONS_SIGN, _statements),
    (Permission.CONTACTS_LOG, _handovers_to_accept),
    (Permission.LIMITATION_READ, _limitation_ending),
    (Permission.NOTICES_SERVE, _notices_to_serve),
    (Permission.PROMISES_RECORD, _promises_due),
    (Permission.CONTACTS_LOG, _new_cases),
    (Permission.CONTACTS_LOG, _tasks),
    (Permission.SUSPICIONS_PROPOSE, _suspicions_returned),
    (Permission.CONTACT_POINTS_CORRECT, _former_pupils),
    (Permission.AREAS_ASSIGN, _handovers_late),
    (Permission.AREAS_ASSIGN, _villages_without_anybody),
    (Permission.PAPERS_SUMMARISE, _publicity),
    (Permission.WORDINGS_APPROVE, _wordings),
    (Permission.RECORDS_DESTROY, _destructions),
)
