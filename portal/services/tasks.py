"""Tasks: what somebody has to do about a borrower by a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from models.casework import Task
from models.events import Entry
from models.rules.casework import THANKS_LAPSE_AFTER, TaskKind
from models.rules.refusals import NotVisible, Refused
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.scope import borrower_to_change


def ask(session: Session, *, act: Act, borrower_id: int, kind: TaskKind, due_on: date, reason: str = "") -> Task:
    """Ask for something to be done; an open task of the same kind keeps the earlier of the two days.

    The caller has found the borrower to be in reach, or is the portal itself.
    """
    task = session.scalars(
        select(Task)
        .where(Task.borrower_id == borrower_id, Task.kind == kind, Task.done_at.is_(None))
        .order_by(Task.id)
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if task is not None:
        task.due_on = min(task.due_on, due_on)
        task.reason = reason or task.reason
        return task
    task = Task(borrower_id=borrower_id, kind=kind, due_on=due_on, reason=reason, created_at=act.at)
    session.add(task)
    session.flush()
    act.record(
        session,
        "task:asked",
        borrower_id=borrower_id,
        subject=f"task/{task.id}",
        task=kind.value,
        due_on=due_on.isoformat(),
    )
    return task


def ask_many(session: Session, *, act: Act, borrower_ids: Collection[int], kind: TaskKind, due_on: date) -> None:
    """Ask for the same about many borrowers, as ``ask`` would one by one."""
    for piece in chunks(sorted(set(borrower_ids))):
        held: dict[int, Task] = {}
        for task in session.scalars(
            select(Task)
            .where(Task.borrower_id.in_(piece), Task.kind == kind, Task.done_at.is_(None))
            .order_by(Task.id)
            .with_for_update()
        ):
            held.setdefault(task.borrower_id, task)
        for task in held.values():
            task.due_on = min(task.due_on, due_on)
        new = [
            {"borrower_id": borrower_id, "kind": kind, "due_on": due_on, "created_at": act.at}
            for borrower_id in piece
            if borrower_id not in held
        ]
        if not new:
            continue
        made = session.execute(insert(Task).returning(Task.borrower_id, Task.id), new).all()
        facts = {"task": kind.value, "due_on": due_on.isoformat()}
        act.record_many(
            session, "task:asked", (Entry(one.borrower_id, f"task/{one.id}", facts) for one in sorted(made))
        )


def finish(session: Session, *, act: Act, task_id: int) -> Task:
    """Mark a task as done.

    Raises:
        NotVisible: no such task, or its borrower is not within this person's reach.
        Refused: it is done already.

    """
    borrower_id = session.scalars(select(Task.borrower_id).where(Task.id == task_id)).one_or_none()
    if borrower_id is None:
        raise NotVisible
    borrower_to_change(session, act.person, act.today, borrower_id)
    task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
    if task.done_at is not None:
        raise Refused("This task is done already.")
    _done(session, act, task)
    return task


def finish_kinds(session: Session, *, act: Act, borrower_id: int, kinds: Collection[TaskKind]) -> None:
    """Mark the open tasks of some kinds as done: what they asked for has just happened."""
    rows = session.scalars(
        select(Task)
        .where(Task.borrower_id == borrower_id, Task.kind.in_(kinds), Task.done_at.is_(None))
        .order_by(Task.id)
        .with_for_update()
    )
    for task in rows.all():
        _done(session, act, task)


def drop_many(session: Session, *, act: Act, task_ids: Collection[int]) -> None:
    """Take those of some tasks away that nobody has done: what they rested on was taken back."""
    for piece in chunks(sorted(task_ids)):
        open_tasks = select(Task.id, Task.borrower_id, Task.kind).where(Task.id.in_(piece), Task.done_at.is_(None))
        found = session.execute(open_tasks.order_by(Task.id).with_for_update()).all()
        ids = [one.id for one in found]
        session.execute(delete(Task).where(Task.id.in_(ids)).execution_options(synchronize_session="fetch"))
        entries = (Entry(one.borrower_id, f"task/{one.id}", {"task": one.kind.value}) for one in found)
        act.record_many(session, "task:dropped", entries)


def lapse_thanks(session: Session, *, act: Act, as_of: date) -> int:
    """Take thanks away that come too late: a list of payments asks for hundreds, and they bury what helps to collect.

    Returns:
        How many.

    """
    late = as_of - timedelta(days=THANKS_LAPSE_AFTER)
    ids = session.scalars(
        select(Task.id).where(Task.kind == TaskKind.THANK, Task.done_at.is_(None), Task.due_on < late)
    ).all()
    drop_many(session, act=act, task_ids=ids)
    return len(ids)


def _done(session: Session, act: Act, task: Task) -> None:
    task.done_at, task.done_by_id = act.at, act.user_id
    act.record(
        session,
        "task:done",
        borrower_id=task.borrower_id,
        subject=f"task/{task.id}",
        task=task.kind.value,
    )
