"""Asking for reminders together and making them, in steps as the job does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from sqlalchemy import select

from models.database import Database
from models.papers import IssuedPaper, PaperBatch, PaperBatchItem
from models.rules.refusals import Refused
from notices import layout
from notices.frozen import Paper
from notices.refusals import NoticeNotRendered
from portal.queries import paper_batches as reads
from portal.queries.borrower_filters import Filters
from portal.queries.notice_batches import Place
from portal.services import fsck, paper_batches
from portal.services.notice_drafts import Terms
from tests.world import World, moment

TODAY = date(2026, 11, 23)
TERMS = Terms("https://loans.example", 35)
EVERYWHERE = Place(Filters(), None, "演示区")


def shorten_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where paper is not the question, a short stand-in; the people of one house number cannot be printed."""

    def render(said: Paper, **_: object) -> bytes:
        if getattr(said, "borrower_name", "") == "己零七":
            raise NoticeNotRendered("%(serial)s was not made: no face for it.", serial=said.serial)
        return f"%PDF {said.to_json()}".encode()

    monkeypatch.setattr(layout, "render", render)


def ask(database: Database, world: World, by: str = "centre", where: Place = EVERYWHERE) -> PaperBatch:
    with database.write() as session:
        return paper_batches.create_reminders(session, act=world.act(by), where=where, terms=TERMS)


def do(database: Database, world: World, batch: PaperBatch, by: str = "centre", at: str = "") -> dict[int, Refused]:
    act = world.act(by, moment(at) if at else None)
    with database.reader() as session:
        waiting = reads.waiting(session, batch.id)
    found = paper_batches.issue_items(database, act=act, batch_id=batch.id, positions=waiting, terms=TERMS)
    with database.write() as session:
        paper_batches.finish_batch(session, act=act, batch_id=batch.id)
    return found


def items(database: Database, batch: PaperBatch) -> Sequence[PaperBatchItem]:
    with database.reader() as session:
        return session.scalars(
            select(PaperBatchItem).where(PaperBatchItem.batch_id == batch.id).order_by(PaperBatchItem.position)
        ).all()


def issued(database: Database) -> Sequence[IssuedPaper]:
    with database.reader() as session:
        return session.scalars(select(IssuedPaper).order_by(IssuedPaper.number)).all()


def whole(database: Database) -> None:
    with database.reader() as session:
        found = fsck.check(session, TODAY)
    assert [one for its in found.values() for one in its] == []
