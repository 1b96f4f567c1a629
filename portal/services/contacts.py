"""Contacts: a call, visit, message or letter written down with what came of it, within the limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.borrowers import ContactPoint
from models.casework import Case, Contact
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.casework import CaseStage, TaskKind
from models.rules.contact_policy import Attempt, Breach, Limits, judge
from models.rules.contacts import Cause, ContactMethod, NextStep, Outcome, Reached, check_outcome
from models.rules.refusals import Refused
from models.rules.sentences import N_
from portal.actors import Act
from portal.queries.scope import borrower_to_change
from portal.services import claims, contact_points, promises, tasks

_CLOCKS_DIFFER = timedelta(minutes=5)
_OLDEST = timedelta(days=366)
_LONGEST_NOTE = 2000
_LONGEST_REASON = 300
_SHORTEST_REASON = 4

_TASKS = {
    NextStep.CALL_AGAIN: TaskKind.CALL_BACK,
    NextStep.VISIT: TaskKind.VISIT,
    NextStep.FIND_CONTACT: TaskKind.FIND_NUMBER,
    NextStep.OFFER_RELIEF: TaskKind.OFFER_RELIEF,
    NextStep.CHECK_PAYMENT: TaskKind.CHECK_PAYMENT,
}
_SOURCES = {
    Reached.BORROWER: (ContactOwner.BORROWER, ContactSource.BORROWER),
    Reached.CO_BORROWER: (ContactOwner.BORROWER, ContactSource.FAMILY),
    Reached.FAMILY: (ContactOwner.BORROWER, ContactSource.FAMILY),
    Reached.THIRD_PARTY: (ContactOwner.BORROWER, ContactSource.VILLAGE),
}


class LimitsBroken(Refused):
    """The contact breaks limits; ``breaches`` says which, and whether a stated reason would let it pass."""

    def __init__(self, breaches: Sequence[Breach]) -> None:
        first = breaches[0]
        super().__init__(first.sentence, **dict(first.values))
        self.breaches = tuple(breaches)

    @property
    def may_override(self) -> bool:
        """Say whether a stated reason lets the record pass."""
        return all(breach.may_override for breach in self.breaches)


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """One contact as it is told.

    Args:
        at: when it began, with its zone.
        method: the way.
        reached: who was there.
        outcome: what came of it; must go with ``reached``.
        point_id: the number or address used.
        second_visitor: who went along, for a visit.
        cause: why the instalment was missed, as told.
        next_step: what happens next.
        next_step_on: by which day.
        note: in the collector's words.
        promised_amount: yuan, for a promise.
        promised_for: by which day, for a promise.
        new_number: a phone number given in the contact.
        breach_reason: why limits could not be kept.

    """

    at: datetime
    method: ContactMethod
    reached: Reached
    outcome: Outcome
    point_id: int | None = None
    second_visitor: str = ""
    cause: Cause | None = None
    next_step: NextStep | None = None
    next_step_on: date | None = None
    note: str = ""
    promised_amount: Decimal | None = None
    promised_for: date | None = None
    new_number: str = ""
    breach_reason: str = ""

    @property
    def day(self) -> date:
        """The day of the contact in the county."""
        return self.at.astimezone(COUNTY_TIME).date()


def log(session: Session, *, act: Act, borrower_id: int, facts: ContactFacts, limits: Limits | None = None) -> Contact:
    """Write down a contact and everything that follows from it, in one transaction.

    What follows: the case is begun and its last contact set; the contact point worked, failed or was wrong and
    ends; a promise is kept to be judged; "paid already" asks for the payment to be checked; a next step with a
    day becomes a task.

    Args:
        session: a writing session.
        act: who logs it, and when.
        borrower_id: whom it was about.
        facts: what happened.
        limits: the thresholds; the defaults of ``contact_policy`` when not given.

    Raises:
        NotVisible: the borrower, or the contact point, is not within this person's reach.
        LimitsBroken: limits are broken and no reason is given, or no reason could let it pass.
        Refused: the facts do not go together.

    """
    borrower = borrower_to_change(session, act.person, act.today, borrower_id)
    point = contact_points.to_change(session, borrower.id, facts.point_id) if facts.point_id else None
    _check(act, facts, point)
    breaches = judge(_attempt(facts), _history(session, borrower.id), limits or Limits())
    reason = " ".join(facts.breach_reason.split())
    if breaches and (len(reason) < _SHORTEST_REASON or not all(breach.may_override for breach in breaches)):
        raise LimitsBroken(breaches)
    case = session.scalars(
        select(Case).where(Case.borrower_id == borrower.id, Case.closed_on.is_(None)).with_for_update()
    ).one_or_none()
    contact = Contact(
        borrower_id=borrower.id,
        case_id=case.id if case else None,
        contact_point_id=facts.point_id,
        at=facts.at,
        logged_at=act.at,
        by_id=act.person.user_id,
        second_visitor=facts.second_visitor.strip(),
        method=facts.method,
        reached=facts.reached,
        outcome=facts.outcome,
        cause=facts.cause,
        next_step=facts.next_step,
        next_step_on=facts.next_step_on,
        note=facts.note.strip(),
        breaches=[breach.code.value for breach in breaches],
        breach_reason=reason if breaches else "",
    )
    session.add(contact)
    session.flush()
    act.record(
        session,
        "contact:logged",
        borrower_id=borrower.id,
        subject=f"contact/{contact.id}",
        method=facts.method.value,
        reached=facts.reached.value,
        outcome=facts.outcome.value,
        cause=facts.cause.value if facts.cause else None,
        next_step=facts.next_step.value if facts.next_step else None,
        next_step_on=facts.next_step_on.isoformat() if facts.next_step_on else None,
        breaches=contact.breaches,
    )
    if case is not None:
        _move_case(case, facts)
    if point is not None:
        _mark_point(session, act, point, facts)
    _follow(session, act, contact, facts)
    return contact


def attempts(session: Session, borrower_id: int) -> tuple[Attempt, ...]:
    """Return everything tried with a borrower as the contact rules want it: for ``exhausted`` and the like."""
    return _history(session, borrower_id)


def _check(act: Act, facts: ContactFacts, point: ContactPoint | None) -> None:
    check_outcome(facts.reached, facts.outcome)
    if facts.at > act.at + _CLOCKS_DIFFER:
        raise Refused("The time of the contact lies in the future: a contact is written down after it was made.")
    if facts.at < act.at - _OLDEST:
        raise Refused("The time of the contact is more than a year ago: correct the date.")
    if point is not None and point.ended_on is not None:
        raise Refused("This contact point is no longer in use: choose another.")
    if point is None and facts.method is ContactMethod.CALL:
        raise Refused("Say which number was called.")
    promise = (facts.promised_amount, facts.promised_for)
    if facts.outcome is Outcome.PROMISED and None in promise:
        raise Refused("A promise needs an amount and a day.")
    if facts.outcome is not Outcome.PROMISED and promise != (None, None):
        raise Refused("An amount and a day are written down only when the outcome is a promise.")
    if facts.next_step_on is not None and facts.next_step_on < facts.day:
        raise Refused("The next step lies before the contact.")
    if facts.next_step_on is not None and facts.next_step is None:
        raise Refused("Say which next step the day is for.")
    if len(facts.note) > _LONGEST_NOTE or len(facts.breach_reason) > _LONGEST_REASON:
        raise Refused("The text is too long.")


def _attempt(facts: ContactFacts) -> Attempt:
    others = [name for name in facts.second_visitor.replace("、", ",").replace("，", ",").split(",") if name.strip()]
    return Attempt(
        at=facts.at,
        method=facts.method,
        reached=facts.reached,
        outcome=facts.outcome,
        number_key=str(facts.point_id or ""),
        visitors=1 + len(others),
    )


def _history(session: Session, borrower_id: int) -> tuple[Attempt, ...]:
    rows = session.execute(
        select(Contact.at, Contact.method, Contact.reached, Contact.outcome, Contact.contact_point_id)
        .where(Contact.borrower_id == borrower_id)
        .order_by(Contact.at)
    )
    return tuple(
        Attempt(at=at, method=method, reached=reached, outcome=outcome, number_key=str(point_id or ""))
        for at, method, reached, outcome, point_id in rows
    )


def _move_case(case: Case, facts: ContactFacts) -> None:
    if case.last_contact_at is None or case.last_contact_at < facts.at:
        case.last_contact_at = facts.at
        case.next_step_on = facts.next_step_on
        if facts.cause is not None:
            case.cause = facts.cause
    if case.stage is CaseStage.NEW:
        case.stage = CaseStage.CONTACTED


def _mark_point(session: Session, act: Act, point: ContactPoint, facts: ContactFacts) -> None:
    if facts.reached is Reached.WRONG_PERSON:
        contact_points.found_wrong(session, act=act, point=point, on=facts.day, reason=N_("wrong person"))
    elif facts.outcome is Outcome.INVALID_NUMBER:
        contact_points.found_wrong(session, act=act, point=point, on=facts.day, reason=N_("does not exist"))
    elif facts.reached is not Reached.NOBODY:
        contact_points.worked(point, facts.day)
    elif facts.outcome is not Outcome.SENT:
        contact_points.failed(point, facts.day)


def _follow(session: Session, act: Act, contact: Contact, facts: ContactFacts) -> None:
    done = {TaskKind.FIRST_CONTACT}
    if facts.method is ContactMethod.CALL:
        done.add(TaskKind.CALL_BACK)
    if facts.method is ContactMethod.VISIT:
        done.add(TaskKind.VISIT)
    tasks.finish_kinds(session, act=act, borrower_id=contact.borrower_id, kinds=done)
    if facts.promised_amount is not None and facts.promised_for is not None:
        promises.record(
            session,
            act=act,
            borrower_id=contact.borrower_id,
            amount=facts.promised_amount,
            promised_for=facts.promised_for,
            made_on=facts.day,
            contact_id=contact.id,
        )
    if facts.new_number.strip():
        if facts.reached not in _SOURCES:
            raise Refused("Nobody was there to give a new number: correct who was reached.")
        owner, source = _SOURCES[facts.reached]
        contact_points.add(
            session,
            act=act,
            borrower_id=contact.borrower_id,
            kind=ContactKind.PHONE,
            text=facts.new_number,
            owner=owner,
            source=source,
        )
    if facts.outcome is Outcome.PAID_ALREADY:
        claims.open_claim(
            session, act=act, borrower_id=contact.borrower_id, claimed_on=facts.day, contact_id=contact.id
        )
        tasks.ask(
            session,
            act=act,
            borrower_id=contact.borrower_id,
            kind=TaskKind.CHECK_PAYMENT,
            due_on=act.today + timedelta(days=1),
        )
    kind = _TASKS.get(facts.next_step) if facts.next_step else None
    if kind is not None and facts.next_step_on is not None:
        tasks.ask(session, act=act, borrower_id=contact.borrower_id, kind=kind, due_on=facts.next_step_on)
