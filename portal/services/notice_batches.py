"""Issuing notices together: who is taken, who drops out, and the job that does it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database
from models.notices import NoticeBatch, NoticeBatchItem
from models.rules.jobs import JobKind
from models.rules.refusals import NotVisible, Refused
from models.rules.sentences import N_
from portal.actors import Act
from portal.queries.notice_batches import Place, job_key
from portal.services import jobs, notices
from portal.services.notice_previews import preview
from portal.services.notices import Terms

_NOT_YOURS = N_("The person is no longer among those you look after.")


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
            _write_reason(item, one.refusal)
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


def issue_item(database: Database, *, act: Act, batch_id: int, borrower_id: int, terms: Terms) -> str:
    """Issue one borrower of a batch, or drop them with the reason; doing it again changes nothing.

    Returns:
        The reason, as an English sentence, if the borrower dropped out, else nothing.

    """
    with database.reader() as session:
        item = session.get(NoticeBatchItem, (batch_id, borrower_id))
        if item is None or item.notice_id is not None:
            return ""
        if item.dropped_reason:
            return item.dropped_reason % item.dropped_values if item.dropped_values else item.dropped_reason
    try:
        with database.write() as session:
            draft = notices.reserve(session, act=act, borrower_id=borrower_id, terms=terms, batch_id=batch_id)
        notices.complete(database, act=act, draft=draft)
    except NotVisible:
        refusal = Refused(_NOT_YOURS)
    except Refused as error:
        refusal = error
    else:
        return ""
    with database.write() as session:
        item = session.scalars(
            select(NoticeBatchItem)
            .where(NoticeBatchItem.batch_id == batch_id, NoticeBatchItem.borrower_id == borrower_id)
            .with_for_update()
        ).one()
        if item.notice_id is None:
            _write_reason(item, refusal)
    return str(refusal)


def finish_batch(session: Session, *, act: Act, batch_id: int) -> None:
    """Write down that every borrower of a batch had their turn."""
    batch = session.scalars(select(NoticeBatch).where(NoticeBatch.id == batch_id).with_for_update()).one()
    if batch.finished_at is None:
        batch.finished_at = act.at
        act.record(session, "notice-batch:finished", subject=f"notice-batch/{batch.id}")


def _write_reason(item: NoticeBatchItem, refusal: Refused) -> None:
    item.dropped_reason = refusal.sentence[:300]
    item.dropped_values = {name: str(value) for name, value in refusal.values.items()}
