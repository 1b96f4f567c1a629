"""What the rows of the organisation workbook name, and how one is compared with what we hold."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
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
)
from models.rules.imports import RowOutcome
from models.rules.refusals import Refused
from portal.actors import Act
from portal.services.imports.rows import RowCheck, change
from portal.services.imports.villages import Places
from portal.sheets.columns import (
    Layout,
)

_NEAR = 0.5
NAME = 60


@dataclass(slots=True)
class State:
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
    def load(cls, session: Session, act: Act) -> State:
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


def code_of(check: RowCheck, length: int) -> str:
    """Return the code of a row; one of another length is refused on its cell."""
    code = check.words("code", 20).removesuffix(".0")
    if code and (len(code) != length or not code.isdigit()):
        check.refuse("code", Refused("The code has %(length)s digits.", length=length))
    return code


def named(held: dict[str, Any], check: RowCheck, key: str) -> Any:  # noqa: ANN401  # a row of whichever table is held
    """Return the row held under the name in a cell; an unknown name is refused with the nearest one."""
    name = check.words(key, 80)
    if not name or name in held:
        return held.get(name)
    near = difflib.get_close_matches(name, held, 1, _NEAR)
    if near:
        check.refuse(key, Refused("There is no “%(name)s”; “%(near)s” is the nearest name.", name=name, near=near[0]))
    else:
        check.refuse(key, Refused("There is no “%(name)s”: add it to its sheet first.", name=name))
    return None


def changed(held: Any, values: dict[str, Any], layout: Layout) -> Result:  # noqa: ANN401  # a row of any table
    """Write new values into a held row and return what changed."""
    changes = [
        change(layout.heading(name), getattr(held, name), new)
        for name, new in values.items()
        if getattr(held, name) != new
    ]
    for name, new in values.items():
        setattr(held, name, new)
    return (RowOutcome.CHANGED if changes else RowOutcome.UNCHANGED), changes
