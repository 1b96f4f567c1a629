"""What a paper to a borrower would say today, or why none may be made: reminder, relief, statements, thanks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.casework import Promise
from models.loans import Instalment, Lender, Loan, Repayment, Reversal
from models.rules.casework import PromiseState
from models.rules.papers import EARLIEST_REMINDER_DAYS, PaperKind, PassageName, reminder_round
from models.rules.refusals import Refused
from models.rules.standing import Standing, StandingState
from notices.content import NoticeContent
from notices.information import DueLine
from notices.statements import PLAN_ROWS, PlanLine
from portal.queries.notice_facts import Dossier, Office
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

    """

    dossier: Dossier
    standing: Standing
    office: Office
    today: date
    fresh_days: int


def facts(session: Session, kind: PaperKind, subject: Subject) -> dict[str, Any]:
    """Return the fields of a kind beyond those of every paper to a person.

    Raises:
        Refused: such a paper would not be true today.
        StaleData: the bank's figures are missing or out of date.

    """
    match kind:
        case PaperKind.REMINDER:
            return _reminder(session, subject)
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


def _reminder(session: Session, subject: Subject) -> dict[str, Any]:
    if subject.standing.state is StandingState.OVERDUE:
        raise Refused("Something is overdue already: a notice says so, a reminder would not be true.")
    lines, channels = _next_due(session, subject)
    if not lines:
        raise Refused("Nothing falls due on any contract: there is nothing to remind of.")
    due_on = min(line.due_on for line in lines)
    number = reminder_round((due_on - subject.today).days)
    if not number:
        raise Refused(
            "The next payment is due on %(day)s: a reminder is made within %(days)s days before.",
            day=due_on,
            days=EARLIEST_REMINDER_DAYS,
        )
    due = tuple(line for line in lines if line.due_on == due_on)
    return {
        "round": number,
        "due_on": due_on,
        "lines": due,
        "lender_name": "、".join(dict.fromkeys(line.lender_name for line in due)),
        "channels": channels or _channels_of(subject, PaperKind.REMINDER),
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
    lines, channels = _next_due(session, subject)
    if not lines and subject.standing.state is not StandingState.SETTLED:
        raise Refused("It is not known what falls due next: enter the plan of the contract first.")
    return {
        "data_on": subject.today,
        "lines": lines,
        "channels": channels or _channels_of(subject, PaperKind.THANKS),
    }


def _channels_of(subject: Subject, kind: PaperKind) -> tuple[str, ...]:
    return subject.office.wordings.on(kind, subject.today).lines(PassageName.CHANNEL_LIST)


def _next_due(session: Session, subject: Subject) -> tuple[tuple[DueLine, ...], tuple[str, ...]]:
    """Return the next instalment of each contract, less what was paid ahead, and the lenders' ways to pay."""
    ahead = {
        loan.loan_key: loan
        for loan in subject.standing.loans
        if loan.next_due_on is not None and loan.next_due_on > subject.today and loan.next_due_amount > 0
    }
    rows = session.execute(
        select(Loan, Lender.name, Lender.official_channels, Instalment)
        .join(Lender, Lender.id == Loan.lender_id)
        .join(Instalment, Instalment.loan_id == Loan.id)
        .where(Loan.id.in_(ahead.keys()), Loan.settled_on.is_(None))
        .order_by(Instalment.due_on, Loan.contract_no)
    ).all()
    lines: list[DueLine] = []
    channels: dict[str, None] = {}
    for loan, lender, official, instalment in rows:
        coming = ahead[loan.id]
        if instalment.due_on != coming.next_due_on:
            continue
        paid = max(Decimal(0), instalment.principal + instalment.interest - coming.next_due_amount)
        of_interest = min(paid, instalment.interest)
        lines.append(
            DueLine(
                contract_no=loan.contract_no,
                lender_name=lender,
                due_on=instalment.due_on,
                principal=instalment.principal - (paid - of_interest),
                interest=instalment.interest - of_interest,
            )
        )
        channels |= dict.fromkeys(notice_drafts.channels_of(official))
    return tuple(lines), tuple(channels)
