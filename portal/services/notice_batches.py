"""Issuing notices together: who is taken, who drops out, and the job that does it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database
from models.events import Entry
from models.jobs import Job
from models.notices import Notice, NoticeBatch, NoticeBatchItem
from models.rules.jobs import UNFINISHED, JobKind
from models.rules.refusals import Refused
from models.rules.workflows import NOTICE, NoticeStep
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.notice_batches import Place, job_key, recallable, waiting
from portal.queries.scope import borrowers_to_change
from portal.services import jobs, notice_issuing
from portal.services.drop_outs import for_a_person, write_reason
from portal.services.notice_checks import Refusals
from portal.services.notice_drafts import Terms
from portal.services.notice_previews import preview


def create_batch(session: Session, *, act: Act, where: Place, terms: Terms) -> NoticeBatch:
    """Write down who is due in a place, within what the actor may see, and ask for the job that issues them.

    Those who drop out already are kept with the reason; every other is checked again when its turn comes.

    Raises:
        Refused: nobody in the place is due for a notice.

    """
    judged = preview(session, act=act, where=where, fresh_days=terms.fresh_days).judged
    ready = sum(one.refusal is None for one in judged)
    if not ready:
        raise Refused("Nobody in “%(place)s” is due for a notice now.", place=where.name)
    batch = NoticeBatch(
        title=where.name[:120],
        area_code=where.filters.area,
        narrowed=where.address,
        created_at=act.at,
        created_by_id=act.person.user_id,
        as_of=act.today,
    )
    session.add(batch)
    session.flush()
    for position, one in enumerate(judged, 1):
        item = NoticeBatchItem(batch_id=batch.id, borrower_id=one.dossier.borrower_id, position=position)
        if one.refusal is not None:
            write_reason(item, one.refusal)
        session.add(item)
    session.flush()
    act.record(
        session,
        "notice-batch:created",
        subject=f"notice-batch/{batch.id}",
        ready=ready,
        dropped=len(judged) - ready,
    )
    jobs.ask(
        session,
        act=act,
        kind=JobKind.NOTICE_BATCH,
        key=job_key(batch.id),
        title=batch.title,
        arguments={"batch_id": batch.id},
        total=ready,
    )
    return batch


def issue_items(
    database: Database, *, act: Act, batch_id: int, borrower_ids: Sequence[int], terms: Terms
) -> dict[int, Refused]:
    """Issue to borrowers of a batch, or drop them with the reason; doing it again changes nothing.

    Args:
        database: three short transactions at most are opened in it; papers are made outside of them.
        act: who issues.
        batch_id: the batch.
        borrower_ids: some hundreds of it at most.
        terms: see ``Terms``.

    Returns:
        The reason, by borrower, of those who dropped out, now or before.

    """
    refused: Refusals = {}
    try:
        with database.write() as session:
            open_ids, reasons = _open_items(session, batch_id, borrower_ids)
            found = notice_issuing.reserve(session, act=act, borrower_ids=open_ids, terms=terms, batch_id=batch_id)
            refused |= found.refused
            _write_reasons(session, batch_id, refused)
        issued = notice_issuing.complete(database, act=act, drafts=found.drafts)
        late = issued.refused
    except Refused as refusal:  # of all of them
        late = dict.fromkeys(open_ids, refusal)
    if late:
        with database.write() as session:
            _write_reasons(session, batch_id, late)
    return reasons | {borrower_id: for_a_person(one) for borrower_id, one in (refused | late).items()}


def _open_items(session: Session, batch_id: int, borrower_ids: Sequence[int]) -> tuple[list[int], dict[int, Refused]]:
    """Return those of a batch who wait still, in the order asked for, and why others dropped out before."""
    rows = {
        item.borrower_id: item
        for item in session.scalars(
            select(NoticeBatchItem).where(
                NoticeBatchItem.batch_id == batch_id, NoticeBatchItem.borrower_id.in_(borrower_ids)
            )
        )
    }
    reasons = {
        borrower_id: Refused(item.dropped_reason, **item.dropped_values)
        for borrower_id, item in rows.items()
        if item.notice_id is None and item.dropped_reason
    }
    return [one for one in borrower_ids if one in rows and rows[one].notice_id is None and one not in reasons], reasons


def _write_reasons(session: Session, batch_id: int, refused: Refusals) -> None:
    for item in session.scalars(
        select(NoticeBatchItem)
        .where(NoticeBatchItem.batch_id == batch_id, NoticeBatchItem.borrower_id.in_(refused))
        .order_by(NoticeBatchItem.borrower_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ):
        if item.notice_id is None:
            write_reason(item, for_a_person(refused[item.borrower_id]))


def go_on(session: Session, *, act: Act, batch_id: int) -> None:
    """Ask for the rest of a batch whose job was stopped: the same batch, in a new task, each person checked again.

    Raises:
        NotVisible: there is no such batch, or its job is another's.
        Refused: it was not stopped, or nobody waits in it any more.

    """
    count = len(waiting(session, batch_id))
    jobs.go_on(session, act=act, key=job_key(batch_id), total=count)
    if not count:
        raise Refused("Nobody waits in this batch any more.")
    act.record(session, "notice-batch:resumed", subject=f"notice-batch/{batch_id}", waiting=count)


def call_back(session: Session, *, act: Act, batch_id: int, reason: str) -> int:
    """Call back all notices of a batch that nobody has served: the batch was a mistake.

    Returns:
        How many.

    Raises:
        Refused: no reason is given, notices are still being made, or none is left to call back.

    """
    reason = reason.strip()
    if not reason:
        raise Refused("Say why the notices are called back.")
    state = session.scalars(select(Job.state).where(Job.key == job_key(batch_id))).one_or_none()
    if state in UNFINISHED:
        raise Refused("The notices of this batch are still being made: wait until that has ended, or stop it first.")
    called: list[Entry] = []
    for piece in chunks(recallable(session, act.person, act.today, batch_id).borrower_ids):
        seen = borrowers_to_change(session, act.person, act.today, piece)
        for notice in session.scalars(
            select(Notice)
            .where(Notice.batch_id == batch_id, Notice.borrower_id.in_(seen))
            .order_by(Notice.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ):
            if (notice.state, NoticeStep.CALL_BACK) in NOTICE.moves:  # served meanwhile, it stays
                notice.state = NOTICE.take(notice.state, NoticeStep.CALL_BACK, act.role)  # type: ignore[assignment]  # its own enum
                notice.called_back_reason = reason[:200]
                told = {"serial": notice.serial, "reason": notice.called_back_reason}
                called.append(Entry(notice.borrower_id, f"notice/{notice.id}", told))
    if not called:
        raise Refused("Every notice of this batch is served or called back already.")
    act.record_many(session, "notice:called_back", called)
    return len(called)


def finish_batch(session: Session, *, act: Act, batch_id: int) -> None:
    """Write down that every borrower of a batch had their turn."""
    batch = session.scalars(select(NoticeBatch).where(NoticeBatch.id == batch_id).with_for_update()).one()
    if batch.finished_at is None:
        batch.finished_at = act.at
        act.record(session, "notice-batch:finished", subject=f"notice-batch/{batch.id}")
