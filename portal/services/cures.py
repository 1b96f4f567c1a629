"""A borrower's arrears are cured: what was under way against them ends, whoever started it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.casework import Case
from models.escalations import Escalation
from models.events import Entry
from models.notices import Notice
from models.rules.workflows import (
    ESCALATION,
    NOTICE,
    SUSPICION,
    EscalationStep,
    NoticeStep,
    SuspicionStep,
    Workflow,
)
from models.suspicions import Suspicion
from portal.actors import Act
from portal.pieces import chunks
from portal.services import promises

# What a cure ends: the table, its state machine, and the step only the portal itself takes.
_ENDED: tuple[tuple[type[Notice | Suspicion | Escalation], Workflow, StrEnum], ...] = (
    (Notice, NOTICE, NoticeStep.PAID),
    (Suspicion, SUSPICION, SuspicionStep.PAID),
    (Escalation, ESCALATION, EscalationStep.PAID),
)
_CURED = "no longer overdue"


def count_ending(session: Session, borrower_ids: Collection[int]) -> dict[str, int]:
    """Count what a cure of these borrowers would end, by the name of its workflow; nothing is written."""
    found: dict[str, int] = {}
    for table, workflow, step in _ENDED:
        states = _ending(workflow, step)
        found[workflow.name] = sum(
            session.scalars(
                select(func.count()).select_from(table).where(table.borrower_id.in_(piece), table.state.in_(states))
            ).one()
            for piece in chunks(sorted(borrower_ids))
        )
    return found


def end_for_cured(session: Session, *, act: Act, borrower_ids: Collection[int]) -> None:
    """Close the cases of borrowers who are no longer overdue; call back notices, withdraw suspicions and requests.

    Their promises are closed too: kept, or no longer needed.

    Args:
        session: a writing session; the caller has just found these borrowers cured.
        act: the payment, list or night that cured them.
        borrower_ids: whose matters end.

    """
    promises.end_for_cured(session, act=act, borrower_ids=borrower_ids)
    ours = Act(None, act.at)  # the portal ends these, whoever posted the payment
    cases = session.scalars(
        select(Case).where(Case.borrower_id.in_(borrower_ids), Case.closed_on.is_(None)).with_for_update()
    ).all()
    for case in cases:
        case.closed_on = act.today
    because = {"reason": _CURED}
    if cases:
        ours.record_many(session, "case:closed", (Entry(one.borrower_id, f"case/{one.id}", because) for one in cases))
    for table, workflow, step in _ENDED:
        states = _ending(workflow, step)
        rows: Iterable[Notice | Suspicion | Escalation] = session.scalars(
            select(table).where(table.borrower_id.in_(borrower_ids), table.state.in_(states)).with_for_update()
        )
        ended: dict[str, list[Entry]] = defaultdict(list)
        for row in rows:
            row.state = workflow.take(row.state, step, None)  # type: ignore[assignment]  # its own table's states
            if isinstance(row, Notice):
                row.called_back_reason = _CURED
            if isinstance(row, Suspicion):
                row.ended_on = act.today
            tag = f"{workflow.name}:{row.state.value}"
            ended[tag].append(Entry(row.borrower_id, f"{workflow.name}/{row.id}", because))
        for tag, entries in ended.items():
            ours.record_many(session, tag, entries)


def _ending(workflow: Workflow, step: StrEnum) -> list[StrEnum]:
    """Return the states a cure ends."""
    return [state for state in workflow.states if (state, step) in workflow.moves]
