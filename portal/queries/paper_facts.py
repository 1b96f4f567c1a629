"""What papers to persons are made from beyond a dossier, for any number of borrowers in a bounded set of queries."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import Lender, Loan
from models.notices import Notice
from models.papers import IssuedPaper
from models.rules.facts import BorrowerFacts, PauseCause
from models.rules.money import from_fen
from models.rules.papers import EARLIEST_REMINDER_DAYS, PaperKind
from models.rules.standing import Standing, StandingState, next_unpaid
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
class Due:
    """What a reminder would rest on, as one judged from all facts and one from what is kept have it in common.

    Attributes:
        state: where the borrower stands.
        paused: why the days stand still, if they do.
        data_on: the oldest list that the standing rests on.
        due_on: the next day on which something falls due; none when nothing does.
        reminded: the reminders sent already, with their serials.

    """

    state: StandingState
    paused: PauseCause | None
    data_on: date | None
    due_on: date | None
    reminded: Mapping[Round, str]


@dataclass(frozen=True, slots=True)
class Demand:
    """A notice as a paper to a co-borrower rests on it."""

    notice_id: int
    borrower_id: int
    state: NoticeState
    said: NoticeContent


def coming(
    session: Session, facts: Mapping[int, BorrowerFacts], standings: Mapping[int, Standing], today: date
) -> dict[int, Coming]:
    """Return what is to be paid next, today or later, for each borrower, after reliefs and what was repaid early.

    What was paid ahead may hold the next due day whole: then the day after it is the one to be told. Left out, it
    would leave nothing to come, and a letter of thanks would call the contract paid off.

    Args:
        session: any session.
        facts: of the borrowers; at most some hundreds.
        standings: judged from them today.
        today: the day.

    """
    dues = {
        loan.loan_key: found
        for borrower_id, known in facts.items()
        for loan, standing in zip(known.loans, standings[borrower_id].loans, strict=True)
        if standing.next_due_on is not None and (found := next_unpaid(loan, today)) is not None
    }
    rows = session.execute(
        select(Loan.borrower_id, Loan.id, Loan.contract_no, Lender.name, Lender.official_channels)
        .join(Lender, Lender.id == Loan.lender_id)
        .where(Loan.id.in_(dues))
        .order_by(Loan.contract_no)
    )
    lines: dict[int, list[DueLine]] = defaultdict(list)
    channels: dict[int, dict[str, None]] = defaultdict(dict)
    for row in rows:
        due, ahead = dues[row.id]
        paid = from_fen(ahead)
        of_interest = min(paid, from_fen(due.interest))
        lines[row.borrower_id].append(
            DueLine(
                contract_no=row.contract_no,
                lender_name=row.name,
                due_on=due.on,
                principal=from_fen(due.principal) - (paid - of_interest),
                interest=from_fen(due.interest) - of_interest,
            )
        )
        channels[row.borrower_id][row.official_channels] = None
    return {
        borrower_id: Coming(
            tuple(sorted(lines[borrower_id], key=lambda line: line.due_on)), tuple(channels[borrower_id])
        )
        for borrower_id in facts
    }


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
