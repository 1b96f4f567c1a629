"""A school's work of a period in figures, by village."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.borrowers import Borrower
from models.casework import Contact, Promise
from models.loans import Loan, Repayment, Reversal
from models.notices import Notice, Service
from models.organisation import AreaAssignment, School, Township, Village
from models.rules.permissions import REACH, Reach
from models.rules.refusals import NotVisible, Refused
from models.rules.service_of_notice import Strength
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from notices.summaries import VillageLine
from portal.actors import Actor

_NOTHING = Decimal("0.00")


def summary(session: Session, school_id: int, from_on: date, today: date) -> dict[str, Any]:
    """Return the fields of a summary that come from the tables.

    Args:
        session: any session.
        school_id: whose work; found to be in the actor's reach.
        from_on: first day of the period.
        today: its last.

    Raises:
        NotVisible: there is no such school.
        Refused: the period is none, or the school looks after no village.

    """
    name = session.scalars(select(School.name).where(School.id == school_id)).one_or_none()
    if name is None:
        raise NotVisible
    if not from_on <= today:
        raise Refused("The period begins after today: choose an earlier day.")
    villages = session.execute(
        select(Village.id, Township.name, Village.name)
        .join(Township, Township.id == Village.township_id)
        .join(AreaAssignment, AreaAssignment.village_id == Village.id)
        .where(AreaAssignment.school_id == school_id, AreaAssignment.to_on.is_(None))
        .order_by(Village.code)
    ).all()
    if not villages:
        raise Refused("The school looks after no village: there is nothing to summarise.")
    ids = [village_id for village_id, _township, _village in villages]
    counted = _counted(session, ids, from_on, today)
    lines = tuple(_line(f"{township}{village}", village_id, counted) for village_id, township, village in villages)
    return {"school_name": name, "from_on": from_on, "lines": lines, "total": _total(lines)}


def schools(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return (id, name) of the schools whose work the actor may summarise: one's own, or all of the district."""
    wanted = select(School.id, School.name).order_by(School.code)
    if REACH[actor.role] is not Reach.DISTRICT:
        wanted = wanted.where(School.id == actor.school_id)
    return [(school_id, name) for school_id, name in session.execute(wanted)]


def _counted(session: Session, villages: list[int], from_on: date, today: date) -> dict[str, dict[int, Any]]:
    since = datetime.combine(from_on, time.min, COUNTY_TIME)
    overdue = BorrowerStanding.state == StandingState.OVERDUE
    standing = _by_village(villages, func.count(), func.sum(BorrowerStanding.overdue_total)).join(
        BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id
    )
    heads = func.count(Borrower.id.distinct())
    in_arrears = {row[0]: row[1:] for row in session.execute(standing.where(overdue))}
    served = _by_village(villages, func.count(Notice.id.distinct())).join(Notice, Notice.borrower_id == Borrower.id)
    paid = (
        _by_village(villages, func.sum(Repayment.amount))
        .join(Loan, Loan.borrower_id == Borrower.id)
        .join(Repayment, Repayment.loan_id == Loan.id)
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .where(Repayment.paid_on.between(from_on, today), Reversal.repayment_id.is_(None))
    )
    contacted = (
        _by_village(villages, heads)
        .join(BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id)
        .join(Contact, Contact.borrower_id == Borrower.id)
        .where(overdue, Contact.at >= since)
    )
    promised = (
        _by_village(villages, func.count(Promise.id))
        .join(Promise, Promise.borrower_id == Borrower.id)
        .where(Promise.made_on.between(from_on, today))
    )
    issued = served.where(Notice.issued_on.between(from_on, today))
    proven = issued.join(Service, Service.notice_id == Notice.id).where(
        Service.was_served, Service.strength != Strength.VOID
    )
    return {
        "borrowers": _numbers(session, _by_village(villages, func.count())),
        "overdue": {village: row[0] for village, row in in_arrears.items()},
        "overdue_yuan": {village: row[1] for village, row in in_arrears.items()},
        "contacted": _numbers(session, contacted),
        "issued": _numbers(session, issued),
        "served": _numbers(session, proven),
        "promised": _numbers(session, promised),
        "repaid_yuan": _numbers(session, paid),
    }


def _by_village(villages: list[int], *counted: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401 - SQL expressions
    return select(Borrower.village_id, *counted).where(Borrower.village_id.in_(villages)).group_by(Borrower.village_id)


def _numbers(session: Session, wanted: Select[*tuple[Any, ...]]) -> dict[int, Any]:
    return {row[0]: row[1] for row in session.execute(wanted)}


def _line(name: str, village_id: int, counted: Mapping[str, Mapping[int, Any]]) -> VillageLine:
    values: dict[str, Any] = {
        field: found.get(village_id) or (_NOTHING if field.endswith("_yuan") else 0) for field, found in counted.items()
    }
    return VillageLine(village=name, **values)


def _total(lines: tuple[VillageLine, ...]) -> VillageLine:
    def added(field: str) -> Any:  # noqa: ANN401 - a count or yuan
        return sum((getattr(line, field) for line in lines), _NOTHING if field.endswith("_yuan") else 0)

    return VillageLine(
        village="合计", **{name: added(name) for name in VillageLine.__dataclass_fields__ if name != "village"}
    )
