"""The organisation workbook: district, townships, villages, schools, leadership groups, who looks after what, lenders.

Its sheets name each other, so the check writes the rows in order and takes all of it back; what is confirmed is
written by the same code.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts import User
from models.loans import Lender
from models.organisation import (
    AreaAssignment,
    District,
    GroupSeat,
    LeadershipGroup,
    School,
    Township,
    Village,
)
from models.rules import cells, identity
from models.rules.imports import RowOutcome
from models.rules.organisation import Seat
from models.rules.refusals import Refused
from portal.actors import Act
from portal.services.imports.holdings import Places
from portal.services.imports.roster_apply import lender_named
from portal.services.imports.rows import RowCheck, Staged, StagedRow, change, other_rows, repeated
from portal.sheets import tables
from portal.sheets.columns import (
    ASSIGNMENTS,
    DISTRICTS,
    LENDERS,
    ORGANISATION,
    SCHOOLS,
    SEATS,
    TOWNSHIPS,
    VILLAGES,
    Layout,
)
from portal.sheets.reading import Sheet
from portal.sheets.tables import Table, TableRow

_DAY = timedelta(days=1)
_NEAR = 0.5
_NAME = 60
_SEATS = {
    "组长": Seat.LEADER,
    "副组长": Seat.DEPUTY,
    "成员": Seat.MEMBER,
    "组员": Seat.MEMBER,
    "leader": Seat.LEADER,
    "deputy": Seat.DEPUTY,
    "member": Seat.MEMBER,
}
_YES = frozenset({"是", "true", "1", "y", "yes"})
_CODES = {"districts": 6, "townships": 9, "villages": 12}


@dataclass(slots=True)
class _State:
    """What the rows name, ours and the workbook's own."""

    session: Session
    act: Act
    district: District | None
    townships: dict[str, Township]
    schools: dict[str, School]
    users: dict[str, User]
    groups: dict[int, LeadershipGroup]
    seats: dict[tuple[int, str], GroupSeat]
    assignments: dict[int, AreaAssignment]
    lenders: dict[str, Lender]
    places: Places = field(default_factory=Places)

    @classmethod
    def load(cls, session: Session, act: Act) -> _State:
        """Load what is there."""
        return cls(
            session=session,
            act=act,
            district=session.scalars(select(District).limit(1)).one_or_none(),
            townships={one.name: one for one in session.scalars(select(Township))},
            schools={one.name: one for one in session.scalars(select(School))},
            users={one.username: one for one in session.scalars(select(User))},
            groups={
                one.school_id: one
                for one in session.scalars(select(LeadershipGroup).where(LeadershipGroup.ended_on.is_(None)))
            },
            seats={
                (one.group_id, one.person_name): one
                for one in session.scalars(select(GroupSeat).where(GroupSeat.to_on.is_(None)))
            },
            assignments={
                one.village_id: one
                for one in session.scalars(select(AreaAssignment).where(AreaAssignment.to_on.is_(None)))
            },
            lenders={one.name: one for one in session.scalars(select(Lender))},
        )


Result = tuple[RowOutcome, list[dict[str, Any]]]
Put = Callable[[_State, RowCheck], Result | None]


def stage(session: Session, *, act: Act, sheets: tuple[Sheet, ...], data_on: date | None) -> Staged:  # noqa: ARG001  # all kinds are staged alike
    """Check the rows and say what they would change; everything written on the way is taken back.

    Raises:
        Refused: no sheet of the organisation is there, or one lacks a column.

    """
    attempt = session.begin_nested()
    try:
        rows = write(session, act=act, sheets=sheets)
    finally:
        attempt.rollback()
        session.expire_all()
    counts: dict[str, int] = {}
    for row in rows:
        if row.outcome is RowOutcome.NEW:
            counts[row.sheet] = counts.get(row.sheet, 0) + 1
    return Staged(rows, facts={"new_by_sheet": counts})


def write(session: Session, *, act: Act, sheets: tuple[Sheet, ...]) -> list[StagedRow]:
    """Write the rows of the workbook, sheet by sheet, and say what became of each.

    Raises:
        Refused: no sheet of the organisation is there, or one lacks a column.

    """
    found = [(layout, table) for layout in ORGANISATION if (table := tables.find_named(sheets, layout))]
    if not found:
        raise Refused(
            "No sheet of the organisation was found. Name the sheets %(names)s.",
            names="、".join(layout.names[0] for layout in ORGANISATION),
        )
    state = _State.load(session, act)
    rows: list[StagedRow] = []
    for layout, table in found:
        session.flush()
        state.places = Places.load(session)
        rows += _sheet(state, layout, table)
    session.flush()
    return rows


def _sheet(state: _State, layout: Layout, table: Table) -> list[StagedRow]:
    put = _PUTS[layout.names[0]]
    twice = repeated(table, lambda row: "\n".join(_key(layout, row)))
    rows: list[StagedRow] = []
    for row in table.rows:
        check = RowCheck(row, layout)
        label = " ".join(part for part in row.written[:3] if part)[:_NAME]
        if layout is SEATS:
            label = f"{cells.text(row['school'])} {cells.text(row['seat'])}"[:_NAME]
        numbers = twice.get("\n".join(_key(layout, row)))
        if numbers:
            check.refuse(
                layout.key_column,
                Refused("The same stands in row %(rows)s: keep one.", rows=other_rows(numbers, row.number)),
            )
        result = None if check.is_rejected else put(state, check)
        if result is None or check.is_rejected:
            staged = check.rejected(label)
        else:
            staged = StagedRow(row.number, result[0], label, {"clean": {}}, changes=result[1], problems=check.problems)
        staged.sheet = table.sheet[:40]
        rows.append(staged)
    return rows


def _key(layout: Layout, row: TableRow) -> list[str]:
    keys = [layout.key_column]
    if layout is SEATS:
        keys.append("person_name")
    if layout is ASSIGNMENTS:
        keys.append("township")
    return [cells.text(row[key]) for key in keys]


def _district(state: _State, check: RowCheck) -> Result | None:
    code = _code(check, _CODES["districts"])
    name = check.words("name", _NAME)
    centre = check.words("centre_name", 80)
    landline = check.need("centre_landline", cells.phone)
    fictional = cells.text(check.row["is_fictional"]).lower() in _YES
    if state.district and code and state.district.code != code:
        check.refuse(
            "code", Refused("This installation belongs to another district (%(code)s).", code=state.district.code)
        )
    if check.is_rejected:
        return None
    values: dict[str, Any] = {"name": name, "centre_name": centre, "centre_landline": landline}
    if check.row.has("issuing_mark"):
        values["issuing_mark"] = check.take_words("issuing_mark", 20)
    if check.row.has("is_fictional"):
        values["is_fictional"] = fictional
    if state.district:
        return _changed(state.district, values, DISTRICTS)
    state.district = District(code=code, **({"issuing_mark": "资助催", "is_fictional": fictional} | values))
    state.session.add(state.district)
    state.session.flush()
    return RowOutcome.NEW, []


def _township(state: _State, check: RowCheck) -> Result | None:
    code = _code(check, _CODES["townships"])
    name = check.words("name", _NAME)
    if state.district is None:
        check.refuse("code", Refused("There is no district yet: add the sheet “区县”."))
    elif code and not code.startswith(state.district.code):
        check.refuse(
            "code", Refused("The code does not begin with the district's code %(code)s.", code=state.district.code)
        )
    if check.is_rejected or state.district is None:
        return None
    held = state.session.scalars(select(Township).where(Township.code == code)).one_or_none()
    if held:
        result = _changed(held, {"name": name}, TOWNSHIPS)
        state.townships[name] = held
        return result
    state.townships[name] = Township(code=code, name=name, district_id=state.district.id)
    state.session.add(state.townships[name])
    state.session.flush()
    return RowOutcome.NEW, []


def _village(state: _State, check: RowCheck) -> Result | None:
    code = _code(check, _CODES["villages"])
    name = check.words("name", _NAME)
    township = _named(state.townships, check, "township")
    if township and code and not code.startswith(township.code):
        check.refuse("code", Refused("The code does not begin with the township's code %(code)s.", code=township.code))
    if check.is_rejected or township is None:
        return None
    held = state.session.scalars(select(Village).where(Village.code == code)).one_or_none()
    if held:
        return _changed(held, {"name": name}, VILLAGES)
    state.session.add(Village(code=code, name=name, township_id=township.id))
    state.session.flush()
    return RowOutcome.NEW, []


def _school(state: _State, check: RowCheck) -> Result | None:
    code = check.words("code", 20)
    name = check.words("name", 80)
    township = _named(state.townships, check, "township")
    landline = check.take("landline", cells.phone, fatal=False)
    if check.is_rejected or township is None:
        return None
    held = state.session.scalars(select(School).where(School.code == code)).one_or_none()
    if held:
        state.schools[name] = held
        return _changed(held, {"name": name, "landline": landline or held.landline}, SCHOOLS)
    state.schools[name] = School(code=code, name=name, township_id=township.id, landline=landline or "")
    state.session.add(state.schools[name])
    state.session.flush()
    return RowOutcome.NEW, []


def _seat(state: _State, check: RowCheck) -> Result | None:
    school = _named(state.schools, check, "school")
    name = check.words("person_name", 40)
    seat = check.need("seat", _seat_of)
    from_on = check.take("from_on", cells.day) or state.act.today
    user = _user(state, check, school)
    if check.is_rejected or school is None or seat is None:
        return None
    group = state.groups.get(school.id)
    if group is None:
        group = LeadershipGroup(school_id=school.id, started_on=from_on)
        state.session.add(group)
        state.session.flush()
        state.groups[school.id] = group
    held = state.seats.get((group.id, name))
    if held and held.seat is seat:
        if user is None or held.user_id == user.id:
            return RowOutcome.UNCHANGED, []
        held.user_id = user.id
        return RowOutcome.CHANGED, [change(SEATS.heading("username"), None, user.username)]
    changes: list[dict[str, Any]] = []
    if held:
        changes.append(change(SEATS.heading("seat"), held.seat.value, seat.value))
        _close_seat(state, held, from_on)
    if seat is not Seat.MEMBER:
        others = [one for (group_id, _), one in state.seats.items() if group_id == group.id and one.seat is seat]
        for one in others:
            changes.append(
                change(SEATS.heading("person_name"), identity.masked_name(one.person_name), identity.masked_name(name))
            )
            _close_seat(state, one, from_on)
    new = GroupSeat(group_id=group.id, user_id=user.id if user else None, person_name=name, seat=seat, from_on=from_on)
    state.session.add(new)
    state.session.flush()
    state.seats[group.id, name] = new
    return (RowOutcome.CHANGED, changes) if changes else (RowOutcome.NEW, [])


def _assignment(state: _State, check: RowCheck) -> Result | None:
    school = _named(state.schools, check, "school")
    village_id = check.need(
        "village", lambda cell: state.places.village(cells.text(check.row["township"]), cells.text(cell))
    )
    from_on = check.take("from_on", cells.day) or state.act.today
    seat: GroupSeat | None = None
    if school and check.row.has("member"):
        seat = check.need("member", lambda cell: _seat_named(state, school, cells.text(cell)))
    if check.is_rejected or school is None or village_id is None:
        return None
    held = state.assignments.get(village_id)
    seat_id = seat.id if seat else None
    if held and held.school_id == school.id and seat_id in {None, held.seat_id}:
        return RowOutcome.UNCHANGED, []
    new = AreaAssignment(village_id=village_id, school_id=school.id, seat_id=seat_id, from_on=from_on)
    changes: list[dict[str, Any]] = []
    if held:
        if held.school_id != school.id:
            old = state.session.get_one(School, held.school_id)
            changes.append(change(ASSIGNMENTS.heading("school"), old.name, school.name))
        else:
            old_seat = state.session.get(GroupSeat, held.seat_id) if held.seat_id else None
            old_name = identity.masked_name(old_seat.person_name) if old_seat else None
            changes.append(
                change(
                    ASSIGNMENTS.heading("member"), old_name, identity.masked_name(seat.person_name) if seat else None
                )
            )
        held.to_on = max(held.from_on, from_on)
        state.session.flush()
    state.session.add(new)
    state.session.flush()
    state.assignments[village_id] = new
    return (RowOutcome.CHANGED, changes) if changes else (RowOutcome.NEW, [])


def _lender(state: _State, check: RowCheck) -> Result | None:
    name = check.words("name", _NAME)
    channels = check.take_words("official_channels", 300)
    if check.is_rejected:
        return None
    held = state.lenders.get(name)
    if held:
        return _changed(held, {"official_channels": channels or held.official_channels}, LENDERS)
    codes = {one.code for one in state.lenders.values()}
    lender = lender_named(name, codes, check.take_words("code", 20))
    lender.official_channels = channels
    state.session.add(lender)
    state.lenders[name] = lender
    return RowOutcome.NEW, []


_PUTS: dict[str, Put] = {
    DISTRICTS.names[0]: _district,
    TOWNSHIPS.names[0]: _township,
    VILLAGES.names[0]: _village,
    SCHOOLS.names[0]: _school,
    SEATS.names[0]: _seat,
    ASSIGNMENTS.names[0]: _assignment,
    LENDERS.names[0]: _lender,
}


def _code(check: RowCheck, length: int) -> str:
    code = check.words("code", 20).removesuffix(".0")
    if code and (len(code) != length or not code.isdigit()):
        check.refuse("code", Refused("The code has %(length)s digits.", length=length))
    return code


def _named(held: dict[str, Any], check: RowCheck, key: str) -> Any:  # noqa: ANN401  # a row of whichever table is held
    name = check.words(key, 80)
    if not name or name in held:
        return held.get(name)
    near = difflib.get_close_matches(name, held, 1, _NEAR)
    if near:
        check.refuse(key, Refused("There is no “%(name)s”; “%(near)s” is the nearest name.", name=name, near=near[0]))
    else:
        check.refuse(key, Refused("There is no “%(name)s”: add it to its sheet first.", name=name))
    return None


def _seat_of(cell: object) -> Seat:
    seat = _SEATS.get(cells.text(cell).lower())
    if seat is None:
        raise Refused("The seat is one of 组长, 副组长, 成员.")
    return seat


def _user(state: _State, check: RowCheck, school: School | None) -> User | None:
    """Return the account a seat belongs to; an account that is not there yet is no fault of the list."""
    username = check.take_words("username", _NAME).lower()
    user = state.users.get(username)
    if user and school and user.school_id != school.id:
        check.refuse("username", Refused("This account belongs to another school."))
        return None
    return user


def _seat_named(state: _State, school: School, name: str) -> GroupSeat:
    group = state.groups.get(school.id)
    seat = state.seats.get((group.id, name)) if group else None
    if seat is None:
        raise Refused("The school's leadership group has no such member: add the person to the sheet “领导小组”.")
    return seat


def _close_seat(state: _State, seat: GroupSeat, on: date) -> None:
    seat.to_on = max(seat.from_on, on)
    state.seats.pop((seat.group_id, seat.person_name), None)
    state.session.flush()


def _changed(held: Any, values: dict[str, Any], layout: Layout) -> Result:  # noqa: ANN401  # a row of any table
    changes = [
        change(layout.heading(name), getattr(held, name), new)
        for name, new in values.items()
        if getattr(held, name) != new
    ]
    for name, new in values.items():
        setattr(held, name, new)
    return (RowOutcome.CHANGED if changes else RowOutcome.UNCHANGED), changes
