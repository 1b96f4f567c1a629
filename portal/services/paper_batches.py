"""Making reminders or co-borrowers' notices together: who is taken, who drops out, and the job that does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.database import Database
from models.papers import PaperBatch, PaperBatchItem
from models.rules.jobs import JobKind
from models.rules.papers import PaperKind
from models.rules.refusals import Refused
from portal.actors import Act
from portal.queries import notice_batches, paper_batches
from portal.queries.notice_batches import Place
from portal.services import jobs, paper_issuing, paper_previews
from portal.services.drop_outs import for_a_person, write_reason
from portal.services.notice_drafts import Terms
from portal.services.paper_issuing import Refusals
from portal.services.paper_previews import Judged, Preview
from portal.services.paper_words import Target


def create_reminders(session: Session, *, act: Act, where: Place, terms: Terms) -> PaperBatch:
    """Write down who is due for a reminder in a place, within what the actor may see, and ask for the job.

    Those who drop out already are kept with the reason; every other is checked again when its turn comes.

    Raises:
        Refused: nobody in the place is due for a reminder.

    """
    found = paper_previews.reminders(session, act=act, filters=where.filters, fresh_days=terms.fresh_days)
    if not found.ready:
        raise Refused("Nobody in “%(place)s” is due for a reminder now.", place=where.name)
    batch = PaperBatch(kind=PaperKind.REMINDER, title=where.name[:120], narrowed=where.filters.address)
    return _create(session, act, batch, found)


def create_for_co_borrowers(session: Session, *, act: Act, notice_batch_id: int, terms: Terms) -> PaperBatch:
    """Write down which co-borrowers the open notices of a batch name who have no paper yet, and ask for the job.

    Raises:
        NotVisible: there is no such batch, or nobody in it is the actor's to see.
        Refused: nobody is left who would get one.

    """
    of = notice_batches.batch(session, act.person, act.today, notice_batch_id)
    found = paper_previews.co_borrowers(session, act=act, notice_batch_id=notice_batch_id, fresh_days=terms.fresh_days)
    if not found.ready:
        raise Refused("No co-borrower of this batch is left who would get a notice.")
    batch = PaperBatch(kind=PaperKind.CO_BORROWER, title=of.title, notice_batch_id=notice_batch_id, narrowed={})
    return _create(session, act, batch, found)


def issue_items(
    database: Database, *, act: Act, batch_id: int, positions: Sequence[int], terms: Terms
) -> dict[int, Refused]:
    """Make papers of a batch, or drop people with the reason; doing it again changes nothing.

    Args:
        database: three short transactions at most are opened in it; papers are made outside of them.
        act: who issues.
        batch_id: the batch.
        positions: in it, some hundreds at most.
        terms: see ``Terms``.

    Returns:
        The reason, by position, of those who dropped out, now or before.

    """
    refused: Refusals = {}
    with database.write() as session:
        kind, waiting, reasons = _open_items(session, batch_id, positions)
        places = {target: (batch_id, position) for target, position in waiting.items()}
        try:
            with session.begin_nested():
                found = paper_issuing.reserve(
                    session, act=act, kind=kind, targets=list(waiting), terms=terms, places=places
                )
        except Refused as refusal:  # of all of them
            found = paper_issuing.Reserved((), dict.fromkeys(waiting, refusal))
        refused |= found.refused
        _write_reasons(session, batch_id, waiting, refused)
    issued = paper_issuing.complete(database, act=act, kind=kind, drafts=found.drafts)
    if issued.refused:
        with database.write() as session:
            _write_reasons(session, batch_id, waiting, issued.refused)
    return reasons | {waiting[target]: for_a_person(why) for target, why in (refused | issued.refused).items()}


def go_on(session: Session, *, act: Act, batch_id: int) -> None:
    """Ask for the rest of a batch whose job was stopped: the same batch, in a new task, each person checked again.

    Raises:
        NotVisible: there is no such batch, or its job is another's.
        Refused: it was not stopped, or nobody waits in it any more.

    """
    waiting = len(paper_batches.waiting(session, batch_id))
    jobs.go_on(session, act=act, key=paper_batches.job_key(batch_id), total=waiting)
    if not waiting:
        raise Refused("Nobody waits in this batch any more.")
    act.record(session, "paper-batch:resumed", subject=f"paper-batch/{batch_id}", waiting=waiting)


def finish_batch(session: Session, *, act: Act, batch_id: int) -> None:
    """Write down that every paper of a batch had its turn."""
    batch = session.scalars(select(PaperBatch).where(PaperBatch.id == batch_id).with_for_update()).one()
    if batch.finished_at is None:
        batch.finished_at = act.at
        act.record(session, "paper-batch:finished", subject=f"paper-batch/{batch.id}", paper=batch.kind.value)


def _create(session: Session, act: Act, batch: PaperBatch, found: Preview) -> PaperBatch:
    batch.created_at, batch.created_by_id, batch.as_of = act.at, act.person.user_id, act.today
    session.add(batch)
    session.flush()
    session.execute(
        insert(PaperBatchItem), [_item(batch.id, position, one) for position, one in enumerate(found.judged, 1)]
    )
    ready = len(found.ready)
    act.record(
        session,
        "paper-batch:created",
        subject=f"paper-batch/{batch.id}",
        paper=batch.kind.value,
        ready=ready,
        dropped=len(found.judged) - ready,
    )
    jobs.ask(
        session,
        act=act,
        kind=JobKind.PAPER_BATCH,
        key=paper_batches.job_key(batch.id),
        title=batch.title,
        arguments={"batch_id": batch.id},
        total=ready,
    )
    return batch


def _item(batch_id: int, position: int, one: Judged) -> dict[str, Any]:
    item = PaperBatchItem(dropped_reason="", dropped_values={})
    if one.refusal is not None:
        write_reason(item, one.refusal)
    return {
        "batch_id": batch_id,
        "position": position,
        "borrower_id": one.target.borrower_id,
        "notice_id": one.target.notice_id,
        "place": one.target.place,
        "dropped_reason": item.dropped_reason,
        "dropped_values": item.dropped_values,
    }


def _open_items(
    session: Session, batch_id: int, positions: Sequence[int]
) -> tuple[PaperKind, dict[Target, int], dict[int, Refused]]:
    """Return the kind, those who wait still with their positions, in order, and why others dropped out before."""
    kind = session.scalars(select(PaperBatch.kind).where(PaperBatch.id == batch_id)).one()
    waiting: dict[Target, int] = {}
    reasons: dict[int, Refused] = {}
    for item in session.scalars(
        select(PaperBatchItem)
        .where(PaperBatchItem.batch_id == batch_id, PaperBatchItem.position.in_(positions))
        .order_by(PaperBatchItem.position)
    ):
        if item.dropped_reason:
            reasons[item.position] = Refused(item.dropped_reason, **item.dropped_values)
        elif item.paper_id is None:
            waiting[Target(item.borrower_id, item.notice_id, item.place)] = item.position
    return kind, waiting, reasons


def _write_reasons(session: Session, batch_id: int, positions: dict[Target, int], refused: Refusals) -> None:
    why = {positions[target]: refusal for target, refusal in refused.items()}
    for item in session.scalars(
        select(PaperBatchItem)
        .where(PaperBatchItem.batch_id == batch_id, PaperBatchItem.position.in_(why))
        .order_by(PaperBatchItem.position)
        .with_for_update()
        .execution_options(populate_existing=True)
    ):
        if item.paper_id is None:
            write_reason(item, for_a_person(why[item.position]))
