"""Rows of the organisation workbook: seats of leadership groups, and who looks after which village."""

from __future__ import annotations

from datetime import date
from typing import Any

from models.accounts import User
from models.organisation import (
    AreaAssignment,
    GroupSeat,
    LeadershipGroup,
    School,
)
from models.rules import cells, figures, identity
from models.rules.imports import RowOutcome
from models.rules.organisation import Seat
from models.rules.refusals import Refused
from portal.services import handovers
from portal.services.imports.organisation_rows import NAME, Result, State, named
from portal.services.imports.rows import RowCheck, change
from portal.sheets.organisation_columns import ASSIGNMENTS, SEATS

_SEATS = {
    "组长": Seat.LEADER,
    "副组长": Seat.DEPUTY,
    "成员": Seat.MEMBER,
    "组员": Seat.MEMBER,
    "leader": Seat.LEADER,
    "deputy": Seat.DEPUTY,
    "member": Seat.MEMBER,
}


def put_seat(state: State, check: RowCheck) -> Result | None:
    """Put a seat of a leadership group; ``None`` when it is rejected."""
    school = named(state.schools, check, "school")
    name = check.words("person_name", 40)
    seat = check.need("seat", _seat_of)
    from_on = check.take("from_on", figures.day) or state.act.today
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


def put_assignment(state: State, check: RowCheck) -> Result | None:
    """Put who looks after a village; ``None`` when it is rejected."""
    school = named(state.schools, check, "school")
    village_id = check.need(
        "village", lambda cell: state.places.village(cells.text(check.row["township"]), cells.text(cell))
    )
    from_on = check.take("from_on", figures.day) or state.act.today
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
    handovers.follow(state.session, act=state.act, given=new)
    return (RowOutcome.CHANGED, changes) if changes else (RowOutcome.NEW, [])


def _seat_of(cell: object) -> Seat:
    seat = _SEATS.get(cells.text(cell).lower())
    if seat is None:
        raise Refused("The seat is one of 组长, 副组长, 成员.")
    return seat


def _user(state: State, check: RowCheck, school: School | None) -> User | None:
    """Return the account a seat belongs to; an account that is not there yet is no fault of the list."""
    username = check.take_words("username", NAME).lower()
    user = state.users.get(username)
    if user and school and user.school_id != school.id:
        check.refuse("username", Refused("This account belongs to another school."))
        return None
    return user


def _seat_named(state: State, school: School, name: str) -> GroupSeat:
    group = state.groups.get(school.id)
    seat = state.seats.get((group.id, name)) if group else None
    if seat is None:
        raise Refused("The school's leadership group has no such member: add the person to the sheet “领导小组”.")
    return seat


def _close_seat(state: State, seat: GroupSeat, on: date) -> None:
    seat.to_on = max(seat.from_on, on)
    state.seats.pop((seat.group_id, seat.person_name), None)
    state.session.flush()
