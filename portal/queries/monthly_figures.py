"""What a monthly statement says, drawn up from what is known now: contracts, money, differences, people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.borrowers import Borrower
from models.casework import Contact
from models.imports import ImportBatch
from models.loans import ArrearsList, Lender, Loan, Repayment, Reversal, Statement
from models.notices import Service
from models.organisation import AreaAssignment, GroupSeat, School, Village
from models.reconciliations import Difference
from models.rules.identity import masked_name
from models.rules.monthly_statements import Content, ContractLine, PersonLine, last_day
from models.rules.refusals import NotVisible
from models.rules.standing import StandingState
from models.standings import StandingChange
from models.types import Yuan
from portal.pieces import chunks

_NIL = Decimal("0.00")
_DAY = timedelta(days=1)
_LISTED = Statement.overdue_principal + Statement.overdue_interest + Statement.penalty
_Key = tuple[str, str]  # person, school


def draw_up(session: Session, lender_id: int, month: date, school_id: int | None, today: date) -> Content:
    """Return what the statement of one school says.

    A borrower belongs to the school that looks after the village on the last day of the month, or today while it
    runs; money belongs to whoever looked after the village on the day it was paid.

    Raises:
        NotVisible: there is no such lender or school, or no list of the month.

    """
    until = min(last_day(month), today)
    lender = session.get(Lender, lender_id)
    school = session.get(School, school_id) if school_id is not None else None
    listed = newest_list_of(session, lender_id, month)
    if lender is None or listed is None or (school_id is not None and school is None):
        raise NotVisible
    people = _borrowers(school_id, until)
    return Content(
        lender=lender.name,
        school=school.name if school else "",
        month=month,
        listed_on=listed[1],
        lines=_lines(session, lender_id, listed[0], month, until, people),
        people=_people(session, lender_id, month, until, people),
    )


def newest_list_of(session: Session, lender_id: int, month: date) -> tuple[int, date] | None:
    """Return id and data date of a lender's newest arrears list dated in a month."""
    row = session.execute(
        select(ArrearsList.id, ArrearsList.data_on)
        .where(ArrearsList.lender_id == lender_id, ArrearsList.data_on.between(month, last_day(month)))
        .order_by(ArrearsList.data_on.desc())
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def _borrowers(school_id: int | None, until: date) -> Select[int]:
    held = _held_on(until)
    assigned = select(AreaAssignment.village_id).where(held)
    if school_id is None:
        return select(Borrower.id).where(Borrower.village_id.not_in(assigned))
    return select(Borrower.id).where(Borrower.village_id.in_(assigned.where(AreaAssignment.school_id == school_id)))


def _held_on(day: Any) -> Any:  # noqa: ANN401  # a day, or a column of days
    """Say which assignments hold on a day; the last day of one is the first of the next."""
    return and_(AreaAssignment.from_on <= day, or_(AreaAssignment.to_on.is_(None), AreaAssignment.to_on > day))


def _payments(lender_id: int, people: Select[int]) -> Select[Any]:
    """Select the payments of some borrowers; what came with a list that was taken back never was."""
    undone = select(ImportBatch.id).where(ImportBatch.undone_at.is_not(None))
    return (
        select(Repayment)
        .join(Loan, Loan.id == Repayment.loan_id)
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .where(
            Loan.lender_id == lender_id,
            Loan.borrower_id.in_(people),
            or_(Repayment.import_batch_id.is_(None), Repayment.import_batch_id.not_in(undone)),
            or_(Reversal.import_batch_id.is_(None), Reversal.import_batch_id.not_in(undone)),
        )
    )


def _lines(
    session: Session, lender_id: int, list_id: int, month: date, until: date, people: Select[int]
) -> tuple[ContractLine, ...]:
    listed = dict(
        _pairs(
            session,
            select(Statement.loan_id, type_coerce(_LISTED, Yuan()))
            .join(Loan, Loan.id == Statement.loan_id)
            .where(Statement.arrears_list_id == list_id, Loan.borrower_id.in_(people)),
        )
    )
    payments = _payments(lender_id, people)
    received = _by_loan(session, payments.where(Repayment.paid_on.between(month, until)))
    taken_back = _by_loan(session, payments.where(Reversal.reversed_on.between(month, until)))
    differing = {
        row.loan_id: row
        for row in session.scalars(
            select(Difference)
            .join(Loan, Loan.id == Difference.loan_id)
            .where(Difference.arrears_list_id == list_id, Loan.borrower_id.in_(people))
        )
    }
    found = []
    for loan_id, contract_no, name, village in _named(session, {*listed, *received, *taken_back, *differing}):
        gap = differing.get(loan_id)
        found.append(
            ContractLine(
                contract_no=contract_no,
                name=masked_name(name),
                village=village,
                received=received.get(loan_id, _NIL),
                taken_back=taken_back.get(loan_id, _NIL),
                listed=listed.get(loan_id, _NIL),
                ours=gap.ours_principal + gap.ours_interest + gap.ours_penalty if gap else None,
                cause=gap.cause if gap else None,
                is_explained=gap is not None and gap.settled_on is not None,
                note=gap.note if gap else "",
            )
        )
    return tuple(found)


def _by_loan(session: Session, payments: Select[Any]) -> dict[int, Decimal]:
    amount = type_coerce(func.sum(Repayment.amount), Yuan())
    return dict(_pairs(session, payments.with_only_columns(Repayment.loan_id, amount).group_by(Repayment.loan_id)))


def _pairs(session: Session, query: Select[*tuple[Any, ...]]) -> Iterable[tuple[int, Decimal]]:
    return ((row[0], Decimal(row[1])) for row in session.execute(query))


def _named(session: Session, loan_ids: set[int]) -> list[tuple[int, str, str, str]]:
    found: list[tuple[int, str, str, str]] = []
    for piece in chunks(sorted(loan_ids)):
        rows = session.execute(
            select(Loan.id, Loan.contract_no, Borrower.name, Village.name)
            .join(Borrower, Borrower.id == Loan.borrower_id)
            .join(Village, Village.id == Borrower.village_id)
            .where(Loan.id.in_(piece))
        )
        found += [(loan_id, contract_no, name, village) for loan_id, contract_no, name, village in rows]
    return sorted(found, key=lambda one: (one[3], one[1]))


def _people(session: Session, lender_id: int, month: date, until: date, people: Select[int]) -> tuple[PersonLine, ...]:
    """Return who collected what; contacts and services count for whoever made them."""
    money: dict[_Key, tuple[int, int, Decimal]] = {}
    rows = session.execute(
        _payments(lender_id, people)
        .join(Borrower, Borrower.id == Loan.borrower_id)
        .outerjoin(AreaAssignment, and_(AreaAssignment.village_id == Borrower.village_id, _held_on(Repayment.paid_on)))
        .outerjoin(GroupSeat, GroupSeat.id == AreaAssignment.seat_id)
        .outerjoin(School, School.id == AreaAssignment.school_id)
        .where(Repayment.paid_on.between(month, until), Reversal.repayment_id.is_(None))
        .with_only_columns(
            GroupSeat.person_name,
            School.name,
            func.count(),
            func.count(Loan.borrower_id.distinct()),
            type_coerce(func.sum(Repayment.amount), Yuan()),
        )
        .group_by(GroupSeat.person_name, School.name)
    )
    for name, school, payments, payers, received in rows:
        money[name or "", school or ""] = (payments, payers, received)
    cured = _cured(session, month, until, people)
    contacts, served = _done(session, month, until, people)
    keys = sorted({*money, *cured, *contacts, *served}, key=lambda key: (not key[0], key))
    return tuple(
        PersonLine(
            name=key[0],
            school=key[1],
            payments=money.get(key, (0, 0, _NIL))[0],
            payers=money.get(key, (0, 0, _NIL))[1],
            received=money.get(key, (0, 0, _NIL))[2],
            cured=cured.get(key, 0),
            contacts=contacts.get(key, 0),
            served=served.get(key, 0),
        )
        for key in keys
    )


def _cured(session: Session, month: date, until: date, people: Select[int]) -> dict[_Key, int]:
    rows = session.execute(
        select(
            GroupSeat.person_name,
            School.name,
            func.count(StandingChange.borrower_id.distinct()),
        )
        .join(Borrower, Borrower.id == StandingChange.borrower_id)
        .outerjoin(
            AreaAssignment,
            and_(AreaAssignment.village_id == Borrower.village_id, _held_on(StandingChange.changed_on)),
        )
        .outerjoin(GroupSeat, GroupSeat.id == AreaAssignment.seat_id)
        .outerjoin(School, School.id == AreaAssignment.school_id)
        .where(
            StandingChange.borrower_id.in_(people),
            StandingChange.changed_on.between(month, until),
            StandingChange.from_state == StandingState.OVERDUE,
            StandingChange.to_state != StandingState.OVERDUE,
        )
        .group_by(GroupSeat.person_name, School.name)
    )
    return {(name or "", school or ""): count for name, school, count in rows}


def _done(session: Session, month: date, until: date, people: Select[int]) -> tuple[dict[_Key, int], dict[_Key, int]]:
    """Return contacts made and notices served, by who holds a seat."""
    begins = datetime.combine(month, time(), COUNTY_TIME)
    ends = datetime.combine(until + _DAY, time(), COUNTY_TIME)
    names: dict[int, _Key] = {}
    seats = session.execute(
        select(GroupSeat.user_id, GroupSeat.person_name, School.name)
        .join(AreaAssignment, AreaAssignment.seat_id == GroupSeat.id)
        .join(School, School.id == AreaAssignment.school_id)
        .where(GroupSeat.user_id.is_not(None), GroupSeat.from_on <= until)
        .order_by(GroupSeat.id)
    )
    for user_id, name, school in seats:
        if user_id is not None:
            names[user_id] = (name, school)
    found: list[dict[_Key, int]] = []
    for table, only in ((Contact, ()), (Service, (Service.was_served.is_(True),))):
        counts: dict[_Key, int] = defaultdict(int)
        rows = session.execute(
            select(table.by_id, func.count())
            .where(table.borrower_id.in_(people), table.at >= begins, table.at < ends, *only)
            .group_by(table.by_id)
        )
        for user_id, count in rows:
            if user_id in names:
                counts[names[user_id]] += count
        found.append(dict(counts))
    return found[0], found[1]
