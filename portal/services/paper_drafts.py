"""What a paper to a borrower would say today, or why none may be made: reminder, relief, statements, thanks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.casework import Promise
from models.loans import Loan, Repayment, Reversal
from models.rules.casework import PromiseState
from models.rules.papers import EARLIEST_REMINDER_DAYS, PaperKind, PassageName, reminder_round
from models.rules.refusals import Refused, StaleData
from models.rules.standing import Standing, StandingState
from notices.content import NoticeContent
from notices.statements import PLAN_ROWS, PlanLine
from portal.queries.notice_facts import Dossier, Office
from portal.queries.paper_facts import Coming, Due, Round
from portal.services import notice_drafts


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a paper is about, as known today.

    Attributes:
        dossier: the borrower.
        standing: judged today.
        office: the centre.
        today: day of issue.
        fresh_days: how old the bank's data may be, in days.
        coming: what falls due next.
        reminded: the reminders of days to come that were sent already, with their serials.

    """

    dossier: Dossier
    standing: Standing
    office: Office
    today: date
    fresh_days: int
    coming: Coming
    reminded: Mapping[Round, str]


def facts(session: Session, kind: PaperKind, subject: Subject) -> dict[str, Any]:
    """Return the fields of a kind beyond those of every paper to a person.

    Raises:
        Refused: such a paper would not be true today.
        StaleData: the bank's figures are missing or out of date.

    """
    match kind:
        case PaperKind.REMINDER:
            return _reminder(subject)
        case PaperKind.ACKNOWLEDGEMENT:
            return _arrears(subject)
        case PaperKind.PROMISE:
            return _arrears(subject) | {"plan": _plan(session, subject)}
        case PaperKind.THANKS:
            return _thanks(session, subject)
        case PaperKind.RELIEF_INFORMATION:
            return {}
        case _:
            message = f"{kind} is not made from a borrower's page"
            raise LookupError(message)


def occasion(kind: PaperKind, said: Mapping[str, Any]) -> str:
    """Return what tells papers of a kind to one borrower apart, where there is one for each occasion."""
    return f"/{said['due_on'].isoformat()}/{said['round']}" if kind is PaperKind.REMINDER else ""


def _arrears(subject: Subject) -> dict[str, Any]:
    """Return the table of contracts exactly as a notice of today would print it."""
    refusal = notice_drafts.obstacle(replace(subject.dossier, has_open_notice=False), subject.today, subject.fresh_days)
    if refusal is not None:
        raise refusal
    said: NoticeContent = notice_drafts.content(
        subject.dossier,
        subject.office,
        number=1,
        check_code="",
        check_url="",
        today=subject.today,
        pay_by=subject.today,
    )
    return {name: getattr(said, name) for name in ("lender_name", "contracts", "total", "data_on", "channels")}


def _plan(session: Session, subject: Subject) -> tuple[PlanLine, ...]:
    rows = session.execute(
        select(Promise.promised_for, Promise.amount)
        .where(
            Promise.borrower_id == subject.dossier.borrower_id,
            Promise.state == PromiseState.OPEN,
            Promise.promised_for >= subject.today,
        )
        .order_by(Promise.promised_for, Promise.id)
        .limit(PLAN_ROWS)
    )
    return tuple(PlanLine(by=row.promised_for, amount=row.amount) for row in rows)


def no_reminder(due: Due, today: date, fresh_days: int) -> Refused | None:
    """Return why no reminder may be sent today, with what would mend it; ``None`` when one may.

    Args:
        due: what is known of the borrower.
        today: day of issue.
        fresh_days: how old the bank's data may be, in days.

    """
    if due.state is StandingState.OVERDUE:
        return Refused("Something is overdue already: a notice says so, a reminder would not be true.")
    if due.due_on is None:
        return Refused("Nothing falls due on any contract: there is nothing to remind of.")
    number = reminder_round((due.due_on - today).days)
    if not number:
        return Refused(
            "The next payment is due on %(day)s: a reminder is made within %(days)s days before.",
            day=due.due_on,
            days=EARLIEST_REMINDER_DAYS,
        )
    if (due.due_on, number) in due.reminded:
        return Refused(
            "This reminder of %(day)s was sent already as %(serial)s: print it again from its page.",
            day=due.due_on,
            serial=due.reminded[due.due_on, number],
        )
    return _uncertain(due, today, fresh_days)


def _uncertain(due: Due, today: date, fresh_days: int) -> Refused | None:
    """Return why it is not known well enough whether something is overdue by now."""
    if due.paused is not None:
        return Refused(
            "A dispute, a request for help or a claim of having paid is being looked into: "
            "no reminder before that is answered."
        )
    stale = notice_drafts.too_old(due.data_on, today, fresh_days)
    if stale is not None and due.data_on is not None:
        return StaleData(
            "No reminder on data of %(day)s, since something may be overdue by now: "
            "ask the aid centre to import the newest list.",
            day=due.data_on,
        )
    return stale


def _reminder(subject: Subject) -> dict[str, Any]:
    lines = [line for line in subject.coming.lines if line.due_on > subject.today]
    due_on = min((line.due_on for line in lines), default=None)
    standing = subject.standing
    due = Due(standing.state, subject.dossier.paused, standing.data_on, due_on, subject.reminded)
    refusal = no_reminder(due, subject.today, subject.fresh_days)
    if refusal is not None or due_on is None:
        raise refusal or LookupError("nothing falls due")
    falling = tuple(line for line in lines if line.due_on == due_on)
    return {
        "round": reminder_round((due_on - subject.today).days),
        "due_on": due_on,
        "lines": falling,
        "lender_name": "、".join(dict.fromkeys(line.lender_name for line in falling)),
        "channels": _channels(subject, PaperKind.REMINDER),
    }


def _thanks(session: Session, subject: Subject) -> dict[str, Any]:
    if subject.standing.state is StandingState.OVERDUE:
        raise Refused("Something is still overdue: thanks are due when it is paid.")
    paid = select(Repayment.id).join(Loan, Loan.id == Repayment.loan_id).outerjoin(Reversal)
    if (
        session.scalars(
            paid.where(Loan.borrower_id == subject.dossier.borrower_id, Reversal.repayment_id.is_(None)).limit(1)
        ).one_or_none()
        is None
    ):
        raise Refused("No payment is known yet: there is nothing to give thanks for.")
    lines = subject.coming.lines
    if not lines and subject.standing.state is not StandingState.SETTLED:
        raise Refused("It is not known what falls due next: enter the plan of the contract first.")
    return {
        "data_on": subject.today,
        "lines": lines,
        "channels": _channels(subject, PaperKind.THANKS),
    }


def _channels(subject: Subject, kind: PaperKind) -> tuple[str, ...]:
    """Return the lenders' official ways to pay, or those of the wording where their terms name none."""
    named = dict.fromkeys(part for said in subject.coming.channels for part in notice_drafts.channels_of(said))
    return tuple(named) or subject.office.wordings.on(kind, subject.today).lines(PassageName.CHANNEL_LIST)
