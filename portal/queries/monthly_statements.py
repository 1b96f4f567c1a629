"""Monthly statements within what a person may see: months, schools, versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from models.accounts import User
from models.loans import ArrearsList, Lender
from models.monthly_statements import MonthlyStatement
from models.organisation import School
from models.rules.monthly_statements import Content, StatementState, last_day
from models.rules.permissions import REACH, Reach
from models.rules.refusals import NotVisible
from portal.actors import Actor

MONTHS = 24


@dataclass(frozen=True, slots=True)
class Version:
    """One signed version and where it stands."""

    id: int
    lender_id: int
    month: date
    school_id: int | None
    school: str
    version: int
    state: StatementState
    sha256: str
    signed_at: datetime
    signed_by: str
    signed_by_id: int
    decided_at: datetime | None
    decided_by: str | None
    returned_reason: str


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month of one lender: how many schools' statements are closed, wait, or are not signed."""

    lender_id: int
    lender: str
    month: date
    schools: int
    signed: int
    closed: int


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school's newest version in a month; ``None`` before the first."""

    school_id: int | None
    school: str
    newest: Version | None


def may_see(actor: Actor, school_id: int | None) -> bool:
    """Say whether a person may see a school's statement: the aid centre all, a deputy the own school's."""
    if REACH[actor.role] is Reach.DISTRICT:
        return True
    return school_id is not None and school_id == actor.school_id


def months(session: Session, actor: Actor) -> tuple[MonthRow, ...]:
    """Return the months of which there is a list, newest first, with how far their statements are."""
    rows = session.execute(
        select(Lender.id, Lender.name, ArrearsList.data_on)
        .join(ArrearsList, ArrearsList.lender_id == Lender.id)
        .order_by(ArrearsList.data_on.desc(), Lender.id)
    )
    keys = dict.fromkeys((row[0], row[1], row[2].replace(day=1)) for row in rows)
    wanted = list(keys)[:MONTHS]
    schools = _schools(session, actor)
    newest = _newest(session, [month for _, _, month in wanted])
    found = []
    for lender_id, lender, month in wanted:
        states = [newest[key].state for school_id, _ in schools if (key := (lender_id, month, school_id)) in newest]
        signed, closed = (states.count(state) for state in (StatementState.SIGNED, StatementState.CLOSED))
        found.append(MonthRow(lender_id, lender, month, len(schools), signed, closed))
    return tuple(found)


def of_month(session: Session, actor: Actor, lender_id: int, month: date) -> tuple[SchoolRow, ...]:
    """Return each school a person may see with its newest version."""
    newest = _newest(session, [month])
    return tuple(
        SchoolRow(school_id, name, newest.get((lender_id, month, school_id)))
        for school_id, name in _schools(session, actor)
    )


def count_to_sign(session: Session, actor: Actor, today: date) -> int:
    """Count the months that are over and whose statement this person's school has not signed, or was to mend."""
    return sum(row.schools - row.signed - row.closed for row in months(session, actor) if today > last_day(row.month))


def count_to_confirm(session: Session, actor: Actor) -> int:
    """Count the signed statements that wait for the aid centre."""
    return sum(row.signed for row in months(session, actor))


def versions(session: Session, lender_id: int, month: date, school_id: int | None) -> tuple[Version, ...]:
    """Return a school's versions, newest first; the caller has checked who may see them."""
    same = MonthlyStatement.school_id == school_id if school_id else MonthlyStatement.school_id.is_(None)
    query = _VERSIONS.where(MonthlyStatement.lender_id == lender_id, MonthlyStatement.month == month, same)
    rows = session.execute(query.order_by(MonthlyStatement.version.desc()))
    return tuple(Version(*tuple(row)) for row in rows)


def one(session: Session, actor: Actor, statement_id: int) -> tuple[Version, Content]:
    """Return one version and what it says.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    row = session.execute(_VERSIONS.where(MonthlyStatement.id == statement_id)).one_or_none()
    if row is None or not may_see(actor, row.school_id):
        raise NotVisible
    return Version(*tuple(row)), content_of(session, statement_id)


def content_of(session: Session, statement_id: int) -> Content:
    """Return what a version says."""
    return Content.from_json(
        session.scalars(select(MonthlyStatement.content).where(MonthlyStatement.id == statement_id)).one()
    )


def lender_name(session: Session, lender_id: int) -> str:
    """Return a lender's name.

    Raises:
        NotVisible: there is no such lender.

    """
    found = session.scalar(select(Lender.name).where(Lender.id == lender_id))
    if found is None:
        raise NotVisible
    return found


def _schools(session: Session, actor: Actor) -> list[tuple[int | None, str]]:
    rows = session.execute(select(School.id, School.name).order_by(School.code)).all()
    every: list[tuple[int | None, str]] = [(row[0], row[1]) for row in rows]
    return [pair for pair in [*every, (None, "")] if may_see(actor, pair[0])]


def _newest(session: Session, months: list[date]) -> dict[tuple[int, date, int | None], Version]:
    rows = session.execute(_VERSIONS.where(MonthlyStatement.month.in_(months)).order_by(MonthlyStatement.version))
    found = [Version(*tuple(row)) for row in rows]
    return {(version.lender_id, version.month, version.school_id): version for version in found}


_SIGNER, _DECIDER = aliased(User), aliased(User)
_VERSIONS = (
    select(
        MonthlyStatement.id,
        MonthlyStatement.lender_id,
        MonthlyStatement.month,
        MonthlyStatement.school_id,
        School.name,
        MonthlyStatement.version,
        MonthlyStatement.state,
        MonthlyStatement.sha256,
        MonthlyStatement.signed_at,
        _SIGNER.name,
        MonthlyStatement.signed_by_id,
        MonthlyStatement.decided_at,
        _DECIDER.name,
        MonthlyStatement.returned_reason,
    )
    .join(_SIGNER, _SIGNER.id == MonthlyStatement.signed_by_id)
    .outerjoin(_DECIDER, _DECIDER.id == MonthlyStatement.decided_by_id)
    .outerjoin(School, School.id == MonthlyStatement.school_id)
)
