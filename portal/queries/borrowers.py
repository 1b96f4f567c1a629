"""Lists of borrowers: filtered, searched, page by page. Rows are masked here, before any page sees them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.borrowers import (
    Borrower,
    ContactPoint,
    contact_index,
    contact_last_four_index,
    id_index,
    id_last_four_index,
)
from models.casework import Case, Contact, Task
from models.loans import Loan
from models.notices import Notice
from models.organisation import AreaAssignment, GroupSeat, School, Township, Village
from models.rules import identity, verification
from models.rules.borrowers import ContactKind
from models.rules.casework import CaseStage
from models.rules.refusals import Refused
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal.actors import Actor
from portal.queries.borrower_filters import LEAST_DAYS, Filters, Since
from portal.queries.scope import visible_borrowers

PAGE_ROWS = 50
MOST_ROWS = 10_000  # of an export or a print: more is not a list but the register

_LATER = date(9999, 12, 31)  # sorts those who are not overdue after those who are
_SHORTEST_VILLAGE = 2  # one character is a surname
_SHORTEST_CONTRACT = 6  # fewer are an end that many contracts share
_LAST_FOUR = re.compile(r"\d{3}[\dX]", re.ASCII)
_CURSOR = re.compile(r"(\d{4}-\d{2}-\d{2})\.(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class BorrowerRow:
    """One line of a list of borrowers."""

    id: int
    name: str
    masked_id: str
    township: str
    village: str
    state: StandingState | None
    bucket: str
    overdue_total: Decimal | None
    overdue_since: date | None
    days_past_due: int
    data_on: date | None
    stage: CaseStage | None
    last_contact_at: datetime | None
    school: str
    member: str


@dataclass(frozen=True, slots=True)
class BorrowerList:
    """One page of a list: its rows, how many match in all, and where the next page begins ("" for none)."""

    rows: tuple[BorrowerRow, ...]
    total: int
    after: str


def borrower_list(
    session: Session, actor: Actor, today: date, filters: Filters, *, after: str = "", limit: int = PAGE_ROWS
) -> BorrowerList:
    """Return one page of the borrowers the person may see, longest overdue first."""
    conditions = _conditions(actor, today, filters)
    count = session.scalars(_joined(select(func.count(Borrower.id))).where(*conditions)).one()
    place = _place(after)
    if place is not None:
        conditions.append(place)
    rows = _rows(session, conditions, today, limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    return BorrowerList(rows, count, _cursor(rows[-1]) if more else "")


def whole_list(session: Session, actor: Actor, today: date, filters: Filters) -> BorrowerList:
    """Return every borrower of a list, for an export or a print.

    Raises:
        Refused: there are more than fit one file.

    """
    found = borrower_list(session, actor, today, filters, limit=MOST_ROWS)
    if found.after:
        raise Refused(
            "This list has %(count)s borrowers; an export or print takes at most %(most)s. Narrow it with a filter.",
            count=found.total,
            most=MOST_ROWS,
        )
    return found


def matching(actor: Actor, today: date, filters: Filters) -> Select[int]:
    """Select ids of the borrowers a list with these filters holds."""
    return _joined(select(Borrower.id)).where(*_conditions(actor, today, filters))


def search(session: Session, actor: Actor, today: date, text: str) -> BorrowerList:
    """Find borrowers by part of a name, pinyin initials, or the last four of an identity or phone number.

    A whole identity or phone number finds its person too, so do a contract number or its last six characters, the
    serial of a notice or its last six digits, its check code, and a village its people.
    At most one page: type more to narrow it.
    """
    text = " ".join(text.split())[:60]
    if not text:
        return BorrowerList((), 0, "")
    conditions = [*_conditions(actor, today, Filters()), _match(text)]
    rows = _rows(session, conditions, today, PAGE_ROWS + 1)
    return BorrowerList(rows[:PAGE_ROWS], len(rows), "more" if len(rows) > PAGE_ROWS else "")


def _match(text: str) -> ColumnElement[bool]:
    bare = text.replace(" ", "").upper()
    ways: list[ColumnElement[bool]] = [Borrower.name.contains(text, autoescape=True)]
    if " " in text:  # names of two characters are often typed and printed with a space between them
        ways.append(Borrower.name.contains(text.replace(" ", ""), autoescape=True))
    if len(bare) >= _SHORTEST_VILLAGE:
        ways.append(Village.name.contains(bare, autoescape=True))
    if len(bare) >= _SHORTEST_CONTRACT:
        ends_so = func.upper(Loan.contract_no).endswith(bare, autoescape=True)
        ways.append(Borrower.id.in_(select(Loan.borrower_id).where(ends_so)))
        number = Notice.serial.endswith(f"{bare.removesuffix('号')}号", autoescape=True)  # without the office's mark
        on_paper = or_(number, Notice.check_code == verification.normalise(bare))
        ways.append(Borrower.id.in_(select(Notice.borrower_id).where(on_paper)))
    if text.isascii() and text.isalpha():
        ways.append(Borrower.initials.startswith(text.lower(), autoescape=True))
    if _LAST_FOUR.fullmatch(bare):
        ways.append(Borrower.id_last_four_index == id_last_four_index(bare))
        ways.append(_has_point(ContactPoint.last_four_index == contact_last_four_index(bare)))
    elif any(character.isdigit() for character in bare):
        for check, way in ((identity.check_resident_id, _by_id), (identity.check_phone, _by_phone)):
            try:
                ways.append(way(check(bare)))
            except Refused:
                continue  # not a number of this sort
    return or_(*ways)


def _by_id(number: str) -> ColumnElement[bool]:
    return Borrower.id_index == id_index(number)


def _by_phone(number: str) -> ColumnElement[bool]:
    return _has_point(ContactPoint.value_index == contact_index(ContactKind.PHONE, number))


def _has_point(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return Borrower.id.in_(select(ContactPoint.borrower_id).where(condition, ContactPoint.kind == ContactKind.PHONE))


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        query.select_from(Borrower)
        .join(Village, Village.id == Borrower.village_id)
        .outerjoin(BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id)
        .outerjoin(Case, and_(Case.borrower_id == Borrower.id, Case.closed_on.is_(None)))
        .outerjoin(AreaAssignment, and_(AreaAssignment.village_id == Village.id, AreaAssignment.to_on.is_(None)))
        .outerjoin(School, School.id == AreaAssignment.school_id)
    )


def _conditions(actor: Actor, today: date, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Borrower.id.in_(visible_borrowers(actor, today))]
    if filters.area:
        found.append(Village.code.startswith(filters.area, autoescape=True))
    if filters.bucket in LEAST_DAYS:
        found.append(BorrowerStanding.state == StandingState.OVERDUE)
        found.append(BorrowerStanding.overdue_since <= today - timedelta(days=LEAST_DAYS[filters.bucket]))
    elif filters.bucket:
        found.append(BorrowerStanding.bucket == filters.bucket)
    if filters.state is not None:
        found.append(BorrowerStanding.state == filters.state)
    if filters.stage is not None:
        found.append(Case.stage == filters.stage)
    if filters.school:
        found.append(School.code == filters.school)
    if filters.task is not None:
        tasks = select(Task.id).where(Task.borrower_id == Borrower.id, Task.done_at.is_(None), Task.due_on <= today)
        found.append(tasks.exists())
    if filters.since is not None:
        contacts = select(Contact.id).where(Contact.borrower_id == Borrower.id)
        if filters.since is not Since.NEVER:
            last_day = today - timedelta(days=int(filters.since))
            midnight = datetime.combine(last_day + timedelta(days=1), datetime.min.time(), COUNTY_TIME)
            contacts = contacts.where(Contact.at >= midnight)
        found.append(~contacts.exists())
    return found


def _rows(session: Session, conditions: list[ColumnElement[bool]], today: date, limit: int) -> tuple[BorrowerRow, ...]:
    since = BorrowerStanding.overdue_since
    last_contact = (
        select(func.max(Contact.at)).where(Contact.borrower_id == Borrower.id).correlate(Borrower).scalar_subquery()
    )
    query = (
        _joined(
            select(
                Borrower.id,
                Borrower.name,
                Borrower.masked_id,
                Township.name,
                Village.name,
                BorrowerStanding.state,
                BorrowerStanding.bucket,
                BorrowerStanding.overdue_total,
                since,
                BorrowerStanding.data_on,
                Case.stage,
                last_contact,
                School.name,
                GroupSeat.person_name,
            )
        )
        .join(Township, Township.id == Village.township_id)
        .outerjoin(GroupSeat, and_(GroupSeat.id == AreaAssignment.seat_id, GroupSeat.to_on.is_(None)))
        .where(*conditions)
        .order_by(func.coalesce(since, literal(_LATER)), Borrower.id)
        .limit(limit)
    )
    return tuple(
        BorrowerRow(
            id=row[0],
            name=row[1],
            masked_id=row[2],
            township=row[3],
            village=row[4],
            state=row[5],
            bucket=row[6] or "",
            overdue_total=row[7],
            overdue_since=row[8],
            days_past_due=(today - row[8]).days if row[8] else 0,
            data_on=row[9],
            stage=row[10],
            last_contact_at=row[11],
            school=row[12] or "",
            member=row[13] or "",
        )
        for row in session.execute(query)
    )


def _cursor(row: BorrowerRow) -> str:
    return f"{(row.overdue_since or _LATER).isoformat()}.{row.id}"


def _place(after: str) -> ColumnElement[bool] | None:
    found = _CURSOR.fullmatch(after)
    if found is None:
        return None
    try:
        since = date.fromisoformat(found[1])
    except ValueError:
        return None
    key = func.coalesce(BorrowerStanding.overdue_since, literal(_LATER))
    return or_(key > literal(since), and_(key == literal(since), Borrower.id > int(found[2])))
