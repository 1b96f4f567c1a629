"""What an applied list of the bank means for the work under way: promises, claims of having paid, thanks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models.casework import Promise, Task
from models.imports import ImportBatch
from models.loans import Loan, ReliefCorrection, Repayment, Reversal
from models.rules.casework import PromiseState, TaskKind
from models.rules.imports import ImportKind
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.import_images import kept
from portal.queries.notice_facts import working_days
from portal.services import claims, promises, tasks
from portal.services.imports.trail import Trail, last_id

_KINDS = frozenset({ImportKind.REPAYMENTS, ImportKind.ARREARS})
_PROMISES = "#kept promises"
_TASKS = "#new tasks"


@dataclass(frozen=True, slots=True)
class Before:
    """How things stood with those a list touches before they were judged.

    Attributes:
        overdue: who was overdue, and since which due day.
        promises: promises that were open.
        last_task: the newest task.
        last_correction: the newest correction of a relief.

    """

    overdue: dict[int, date | None]
    promises: frozenset[int]
    last_task: int
    last_correction: int


def before(session: Session, batch: ImportBatch, touched: Collection[int]) -> Before | None:
    """Look at how things stand before a list is judged; ``None`` for a list that says nothing of what is paid."""
    if batch.kind not in _KINDS:
        return None
    overdue = session.execute(
        select(BorrowerStanding.borrower_id, BorrowerStanding.overdue_since).where(
            BorrowerStanding.state == StandingState.OVERDUE
        )
    )
    promised = session.execute(select(Promise.id, Promise.borrower_id).where(Promise.state == PromiseState.OPEN))
    return Before(
        {borrower_id: since for borrower_id, since in overdue if borrower_id in touched},
        frozenset(promise_id for promise_id, borrower_id in promised if borrower_id in touched),
        last_id(session, Task),
        last_id(session, ReliefCorrection),
    )


def follow(session: Session, *, act: Act, batch: ImportBatch, touched: Collection[int], was: Before | None) -> None:
    """Let the work follow: promises that the money keeps, claims it answers, and a word of thanks.

    Who has paid what was overdue, kept a promise or was right in saying so is thanked and told the next due date, by
    the next working day. What was done is counted among the facts of the list.

    Args:
        session: a writing session; standings have followed the list.
        act: who applied it.
        batch: the list.
        touched: ids of the borrowers it touched.
        was: what ``before`` said.

    """
    if was is None:
        return
    if batch.kind is ImportKind.REPAYMENTS:
        promises.judge_received(session, act=act, borrower_ids=touched)
    closed = _closed(session, was.promises)
    keepers = {borrower_id for _, borrower_id, state in closed if state is PromiseState.KEPT}
    answered = claims.answer(session, act=act, batch=batch)
    thanked = _paid(session, was.overdue) | keepers | set(answered.found)
    due_on = working_days(session).add(act.today, 1) if thanked else act.today
    tasks.ask_many(session, act=Act(None, act.at), borrower_ids=thanked, kind=TaskKind.THANK, due_on=due_on)
    session.flush()
    trail = Trail(session, batch.id)
    trail.ids(_PROMISES, (promise_id for promise_id, _, _ in closed))
    trail.ids(_TASKS, session.scalars(select(Task.id).where(Task.id > was.last_task)))
    trail.new_since(ReliefCorrection, was.last_correction)
    batch.facts = batch.facts | {
        "promises_kept": sum(state is PromiseState.KEPT for _, _, state in closed),
        "claims_found": len(answered.found),
        "claims_not_found": len(answered.not_found),
        "thanked": len(thanked),
    }


def take_back(session: Session, *, act: Act, batch: ImportBatch) -> set[int]:
    """Undo that: promises and claims are open again, pauses run on, nobody is thanked for money that was not there.

    Returns:
        Ids of the borrowers whose facts it changed; the caller judges them.

    """
    if batch.kind not in _KINDS:
        return set()
    ours = Act(None, act.at)
    corrections = kept(session, batch.id, f"#new {ReliefCorrection.__tablename__}")
    session.execute(
        delete(ReliefCorrection)
        .where(ReliefCorrection.id.in_(corrections))
        .execution_options(synchronize_session=False)
    )
    for promise in session.scalars(
        select(Promise).where(Promise.id.in_(kept(session, batch.id, _PROMISES))).with_for_update()
    ):
        promise.state, promise.judged_on = PromiseState.OPEN, None
        ours.record(session, "promise:reopened", borrower_id=promise.borrower_id, subject=f"promise/{promise.id}")
    tasks.drop_many(session, act=ours, task_ids=kept(session, batch.id, _TASKS))
    changed = claims.reopen(session, act=act, batch_id=batch.id)
    session.flush()
    return changed


def _closed(session: Session, open_before: Collection[int]) -> list[tuple[int, int, PromiseState]]:
    found: list[tuple[int, int, PromiseState]] = []
    for piece in chunks(sorted(open_before)):
        rows = session.execute(
            select(Promise.id, Promise.borrower_id, Promise.state).where(
                Promise.id.in_(piece), Promise.state != PromiseState.OPEN
            )
        )
        found += [(promise_id, borrower_id, state) for promise_id, borrower_id, state in rows]
    return found


def _paid(session: Session, before: dict[int, date | None]) -> set[int]:
    """Return who was overdue, is so no longer, and paid since the due day that was missed."""
    found: set[int] = set()
    for piece in chunks(sorted(before)):
        rows = session.execute(
            select(BorrowerStanding.borrower_id, func.max(Repayment.paid_on))
            .join(Loan, Loan.borrower_id == BorrowerStanding.borrower_id)
            .join(Repayment, Repayment.loan_id == Loan.id)
            .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
            .where(
                BorrowerStanding.borrower_id.in_(piece),
                BorrowerStanding.state != StandingState.OVERDUE,
                Reversal.repayment_id.is_(None),
            )
            .group_by(BorrowerStanding.borrower_id)
        )
        for borrower_id, paid_on in rows:
            since = before[borrower_id]
            if since is None or paid_on > since:
                found.add(borrower_id)
    return found
