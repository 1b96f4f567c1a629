"""What papers to persons are made from beyond a dossier, for any number of borrowers in a bounded set of queries."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import Instalment, Lender, Loan
from models.notices import Notice
from models.papers import IssuedPaper
from models.rules.papers import EARLIEST_REMINDER_DAYS, PaperKind
from models.rules.standing import Standing
from models.rules.workflows import NoticeState
from notices.content import NoticeContent
from notices.information import DueLine

Round = tuple[date, int]
"""A due day, and which reminder of it."""


@dataclass(frozen=True, slots=True)
class Coming:
    """What falls due next: the next instalment of each contract, less what was paid ahead.

    ``channels`` are the lenders' ways to pay, as their terms say them.
    """

    lines: tuple[DueLine, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Demand:
    """A notice as a paper to a co-borrower rests on it."""

    notice_id: int
    borrower_id: int
    state: NoticeState
    said: NoticeContent


def coming(session: Session, standings: Mapping[int, Standing], today: date) -> dict[int, Coming]:
    """Return what falls due next after today for each borrower.

    Args:
        session: any session.
        standings: of the borrowers, judged today; at most some hundreds.
        today: the day.

    """
    ahead = {
        loan.loan_key: loan
        for standing in standings.values()
        for loan in standing.loans
        if loan.next_due_on is not None and loan.next_due_on > today and loan.next_due_amount > 0
    }
    rows = session.execute(
        select(
            Loan.borrower_id,
            Loan.id,
            Loan.contract_no,
            Lender.name,
            Lender.official_channels,
            Instalment.due_on,
            Instalment.principal,
            Instalment.interest,
        )
        .join(Lender, Lender.id == Loan.lender_id)
        .join(Instalment, Instalment.loan_id == Loan.id)
        .where(Loan.id.in_(ahead), Instalment.due_on > today, Loan.settled_on.is_(None))
        .order_by(Instalment.due_on, Loan.contract_no)
    )
    lines: dict[int, list[DueLine]] = defaultdict(list)
    channels: dict[int, dict[str, None]] = defaultdict(dict)
    for row in rows:
        next_one = ahead[row.id]
        if row.due_on != next_one.next_due_on:
            continue
        paid = max(Decimal(0), row.principal + row.interest - next_one.next_due_amount)
        of_interest = min(paid, row.interest)
        lines[row.borrower_id].append(
            DueLine(
                contract_no=row.contract_no,
                lender_name=row.name,
                due_on=row.due_on,
                principal=row.principal - (paid - of_interest),
                interest=row.interest - of_interest,
            )
        )
        channels[row.borrower_id][row.official_channels] = None
    return {borrower_id: Coming(tuple(lines[borrower_id]), tuple(channels[borrower_id])) for borrower_id in standings}


def reminded(session: Session, borrower_ids: Collection[int], today: date) -> dict[int, dict[Round, str]]:
    """Return which reminders of days to come each borrower was sent already, with their serials.

    Args:
        session: any session.
        borrower_ids: at most a thousand at a time.
        today: the day; a reminder older than the earliest for today is of a day that is over.

    """
    rows = session.execute(
        select(IssuedPaper.borrower_id, IssuedPaper.serial, IssuedPaper.content).where(
            IssuedPaper.kind == PaperKind.REMINDER,
            IssuedPaper.borrower_id.in_(borrower_ids),
            IssuedPaper.issued_on >= today - timedelta(days=EARLIEST_REMINDER_DAYS),
        )
    )
    found: dict[int, dict[Round, str]] = defaultdict(dict)
    for borrower_id, serial, content in rows:
        said = json.loads(content)  # two of its fields: reading all of a thousand papers would be felt
        found[borrower_id or 0][date.fromisoformat(said["due_on"]), said["round"]] = serial
    return found


def demands(session: Session, notice_ids: Collection[int]) -> dict[int, Demand]:
    """Return notices with what they say, as they are now."""
    rows = session.execute(
        select(Notice.id, Notice.borrower_id, Notice.state, Notice.content).where(Notice.id.in_(notice_ids))
    )
    return {row.id: Demand(row.id, row.borrower_id, row.state, NoticeContent.from_json(row.content)) for row in rows}


def to_co_borrowers(session: Session, notice_ids: Collection[int]) -> dict[tuple[int, str], str]:
    """Return serials of the papers to co-borrowers that belong to notices, by notice and the co-borrower's name."""
    rows = session.execute(
        select(IssuedPaper.notice_id, IssuedPaper.serial, IssuedPaper.content).where(
            IssuedPaper.kind == PaperKind.CO_BORROWER, IssuedPaper.notice_id.in_(notice_ids)
        )
    )
    return {(notice_id or 0, json.loads(content)["co_borrower_name"]): serial for notice_id, serial, content in rows}
