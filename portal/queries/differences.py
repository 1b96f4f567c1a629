"""The contracts on which a list and our ledger differ, seen where their borrower is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, func, literal, or_, select, type_coerce
from sqlalchemy.orm import Session

from models.accounts import User
from models.borrowers import Borrower
from models.loans import Loan
from models.organisation import AreaAssignment, School, Village
from models.reconciliations import Difference
from models.rules.money import to_fen
from models.rules.permissions import REACH, Reach
from models.rules.reconciliation import Amounts, DifferenceCause
from models.rules.refusals import NotVisible, Refused
from portal.actors import Actor
from portal.queries.scope import visible_borrowers

PAGE_LINES = 50
MOST_LINES = 10_000  # of an export or a print

_CURSOR = re.compile(r"(\d{1,18})\.(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One contract on which list and ledger differ."""

    id: int
    borrower_id: int
    name: str
    contract_no: str
    village: str
    school: str
    cause: DifferenceCause
    ours: Amounts
    theirs: Amounts
    note: str
    noted_by: str
    settled_on: date | None

    @property
    def gap(self) -> Decimal:
        """What the list has more than our ledger."""
        return self.theirs.total - self.ours.total


@dataclass(frozen=True, slots=True)
class Lines:
    """One page of differences, how many match in all, and where the next page begins ("" for none)."""

    rows: tuple[Line, ...]
    total: int
    after: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of differences is narrowed by; empty for all. ``open`` is ``yes`` or ``no``."""

    cause: str = ""
    school: str = ""
    open: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Filters:
        """Read filters from an address; what is not a filter is passed over."""
        cause, is_open = values.get("cause", ""), values.get("open", "")
        return cls(
            cause if cause in {one.value for one in DifferenceCause} else "",
            values.get("school", "")[:20],
            is_open if is_open in {"yes", "no"} else "",
        )

    @property
    def address(self) -> dict[str, str]:
        """Return the filters as they stand in an address."""
        named = {"cause": self.cause, "school": self.school, "open": self.open}
        return {name: value for name, value in named.items() if value}


OURS = (
    type_coerce(Difference.ours_principal, BigInteger)
    + type_coerce(Difference.ours_interest, BigInteger)
    + type_coerce(Difference.ours_penalty, BigInteger)
)
THEIRS = (
    type_coerce(Difference.theirs_principal, BigInteger)
    + type_coerce(Difference.theirs_interest, BigInteger)
    + type_coerce(Difference.theirs_penalty, BigInteger)
)
_GAP: ColumnElement[int] = func.abs(OURS - THEIRS)


def schools(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of the schools a reader may choose between; none to who sees only their own."""
    if REACH[actor.role] is not Reach.DISTRICT:
        return ()
    return tuple((row[0], row[1]) for row in session.execute(select(School.code, School.name).order_by(School.code)))


def lines(
    session: Session,
    actor: Actor,
    today: date,
    list_id: int,
    filters: Filters,
    *,
    after: str = "",
    limit: int = PAGE_LINES,
) -> Lines:
    """Return one page of differences, largest first."""
    conditions = _conditions(actor, today, list_id, filters)
    total = session.scalar(_joined(select(func.count(Difference.id))).where(*conditions)) or 0
    place = _CURSOR.fullmatch(after)
    if place:
        gap, last_id = literal(int(place[1]), BigInteger), int(place[2])
        conditions.append(or_(gap > _GAP, and_(gap == _GAP, Difference.id > last_id)))
    rows = _rows(session, conditions, limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    return Lines(rows, total, f"{to_fen(abs(rows[-1].gap))}.{rows[-1].id}" if more else "")


def whole(session: Session, actor: Actor, today: date, list_id: int, filters: Filters) -> Lines:
    """Return every difference that matches, for an export or a print.

    Raises:
        Refused: there are more than fit one file.

    """
    found = lines(session, actor, today, list_id, filters, limit=MOST_LINES)
    if found.after:
        raise Refused(
            "This list has %(count)s contracts; an export or print takes at most %(most)s. Narrow it with a filter.",
            count=found.total,
            most=MOST_LINES,
        )
    return found


def difference(session: Session, actor: Actor, today: date, difference_id: int) -> tuple[int, Line]:
    """Return a difference with the id of its list.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    conditions = [Difference.id == difference_id, Borrower.id.in_(visible_borrowers(actor, today))]
    rows = _rows(session, conditions, 1)
    list_id = session.scalar(select(Difference.arrears_list_id).where(Difference.id == difference_id))
    if not rows or list_id is None:
        raise NotVisible
    return list_id, rows[0]


def _conditions(actor: Actor, today: date, list_id: int, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        Difference.arrears_list_id == list_id,
        Borrower.id.in_(visible_borrowers(actor, today)),
    ]
    if filters.cause:
        found.append(Difference.cause == DifferenceCause(filters.cause))
    if filters.school:
        found.append(School.code == filters.school)
    if filters.open:
        found.append(Difference.settled_on.is_(None) if filters.open == "yes" else Difference.settled_on.is_not(None))
    return found


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        query.select_from(Difference)
        .join(Loan, Loan.id == Difference.loan_id)
        .join(Borrower, Borrower.id == Loan.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .outerjoin(AreaAssignment, and_(AreaAssignment.village_id == Village.id, AreaAssignment.to_on.is_(None)))
        .outerjoin(School, School.id == AreaAssignment.school_id)
    )


def _rows(session: Session, conditions: list[ColumnElement[bool]], limit: int) -> tuple[Line, ...]:
    query = (
        _joined(select(Difference, Borrower.id, Borrower.name, Loan.contract_no, Village.name, School.name, User.name))
        .outerjoin(User, User.id == Difference.noted_by_id)
        .where(*conditions)
        .order_by(_GAP.desc(), Difference.id)
        .limit(limit)
    )
    return tuple(
        Line(
            id=row.id,
            borrower_id=borrower_id,
            name=name,
            contract_no=contract_no,
            village=village,
            school=school or "",
            cause=row.cause,
            ours=Amounts(row.ours_principal, row.ours_interest, row.ours_penalty),
            theirs=Amounts(row.theirs_principal, row.theirs_interest, row.theirs_penalty),
            note=row.note,
            noted_by=noted_by or "",
            settled_on=row.settled_on,
        )
        for row, borrower_id, name, contract_no, village, school, noted_by in session.execute(query)
    )
