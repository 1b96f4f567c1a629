"""Handovers: opened with the assignment of a village, accepted by who receives it, ended when the village goes on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.handovers import Handover
from models.organisation import AreaAssignment, Village
from models.rules.handovers import (
    ACCEPT_WORKING_DAYS,
    HandoverState,
    HandoverStep,
    check_paper,
    check_receiver,
    checked_remarks,
)
from models.rules.refusals import NotVisible
from models.rules.workflows import HANDOVER
from portal.actors import Act
from portal.queries.handover_kits import has_people, kit
from portal.queries.handovers import HandoverRow, sees
from portal.queries.handovers import handover as seen
from portal.queries.notice_facts import working_days


def follow(session: Session, *, act: Act, given: AreaAssignment) -> Handover | None:
    """End what was still open of a village that goes on, and open the handover to who looks after it from now on.

    None is opened where nobody has borrowed, or where the school has still to name somebody: there is nothing to read,
    or nobody to read it. It opens once somebody is named, and tells who looked after the village last.

    Args:
        session: a writing session; the village's assignment is locked or new in it.
        act: by whom and when.
        given: the new assignment, written and with its id.

    """
    still_open = session.scalars(
        select(Handover)
        .where(Handover.village_id == given.village_id, Handover.state == HandoverState.OPEN)
        .with_for_update()
    ).one_or_none()
    if still_open is not None:
        still_open.state = HANDOVER.take(still_open.state, HandoverStep.END, None)  # type: ignore[assignment]  # its own enum
        still_open.ended_at = act.at
        session.flush()  # one open row per village: the old one ends before the new one opens
        _record(session, act, still_open)
    if given.seat_id is None or not has_people(session, given.village_id):
        return None
    found = Handover(
        village_id=given.village_id,
        assignment_id=given.id,
        from_assignment_id=session.scalar(
            select(AreaAssignment.id)
            .where(
                AreaAssignment.village_id == given.village_id,
                AreaAssignment.id != given.id,
                AreaAssignment.seat_id.is_not(None),
            )
            .order_by(AreaAssignment.id.desc())
            .limit(1)
        ),
        state=HANDOVER.start,
        opened_at=act.at,
        opened_by_id=act.user_id,
        accept_by=working_days(session).add(act.today, ACCEPT_WORKING_DAYS),
        summary=kit(session, given.village_id, act.today).counts.to_json(),
    )
    session.add(found)
    session.flush()
    _record(session, act, found, due_on=found.accept_by.isoformat(), **found.summary)
    return found


def accept(session: Session, *, act: Act, handover_id: int, remarks: str = "") -> Handover:
    """Accept a handover, as the member who receives the village.

    Args:
        session: a writing session.
        act: who accepts.
        handover_id: which.
        remarks: what the receiver asks or wants to have said; may be empty.

    Raises:
        NotVisible: there is none, or its village is not this person's to see.
        Refused: somebody else receives it, it does not wait for this, or the remarks are too long.

    """
    found, row = _to_change(session, act, handover_id)
    state = HANDOVER.take(found.state, HandoverStep.ACCEPT, act.role)
    check_receiver(actor_id=act.person.user_id, receiver_id=row.receiver_id)
    return _accepted(session, act, found, state, remarks, on_paper=False)


def accept_on_paper(session: Session, *, act: Act, handover_id: int, remarks: str = "") -> Handover:
    """Say, as a head of the school or the aid centre, that the copy signed by a receiver without account was seen.

    Raises:
        NotVisible: there is none, or its village is not this person's to see.
        Refused: the receiver has an account, it does not wait for this, or the remarks are too long.

    """
    found, row = _to_change(session, act, handover_id)
    state = HANDOVER.take(found.state, HandoverStep.ACCEPT_ON_PAPER, act.role)
    check_paper(receiver_id=row.receiver_id)
    return _accepted(session, act, found, state, remarks, on_paper=True)


def record_print(session: Session, *, act: Act, handover_id: int, people: int) -> None:
    """Record that the sheet of a handover was fetched: it names people."""
    act.record(session, "handover:printed", subject=f"handover/{handover_id}", people=people)


def _to_change(session: Session, act: Act, handover_id: int) -> tuple[Handover, HandoverRow]:
    found = session.scalars(
        select(Handover).where(Handover.id == handover_id, sees(act.person)).with_for_update()
    ).one_or_none()
    if found is None:
        raise NotVisible
    return found, seen(session, act.person, handover_id)


def _accepted(session: Session, act: Act, found: Handover, state: object, remarks: str, *, on_paper: bool) -> Handover:
    found.remarks = checked_remarks(remarks)
    found.state = state  # type: ignore[assignment]  # its own enum
    found.accepted_at, found.accepted_by_id, found.on_paper = act.at, act.person.user_id, on_paper
    session.flush()
    _record(session, act, found, on_paper=on_paper, has_remarks=bool(found.remarks))
    return found


def _record(
    session: Session,
    act: Act,
    found: Handover,
    **facts: Any,  # noqa: ANN401  # whatever JSON can hold
) -> None:
    tag = "opened" if found.state is HandoverState.OPEN else found.state.value
    area = session.get_one(Village, found.village_id).name
    act.record(session, f"handover:{tag}", subject=f"handover/{found.id}", area=area, **facts)
