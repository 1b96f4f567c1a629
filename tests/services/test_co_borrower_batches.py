"""Co-borrowers' notices made together, for the open notices of a batch."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.borrowers import CoBorrower
from models.database import Database
from models.notices import Notice, NoticeBatch
from models.papers import PaperBatch
from models.rules.refusals import NotVisible, Refused
from notices import kinds
from portal.queries import notice_batches as notice_batch_reads
from portal.services import notice_batches, notices, paper_batches, paper_previews, papers
from tests.paper_batches import EVERYWHERE, TERMS, do, issued, items, shorten_paper, whole
from tests.world import World


@pytest.fixture
def quick_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_paper(monkeypatch)


def _notices(database: Database, world: World) -> NoticeBatch:
    """A batch of notices to everybody in arrears, issued."""
    act = world.act("centre")
    with database.write() as session:
        batch = notice_batches.create_batch(session, act=act, where=EVERYWHERE, terms=TERMS)
        ids = notice_batch_reads.waiting(session, batch.id)
    assert notice_batches.issue_items(database, act=act, batch_id=batch.id, borrower_ids=ids, terms=TERMS) == {}
    return batch


def _ask_for_co_borrowers(database: Database, world: World, of: NoticeBatch, by: str = "centre") -> PaperBatch:
    with database.write() as session:
        return paper_batches.create_for_co_borrowers(session, act=world.act(by), notice_batch_id=of.id, terms=TERMS)


def test_every_co_borrower_of_a_batch_gets_one(database: Database, world: World, quick_paper: None) -> None:
    with database.write() as session:
        who = world.borrowers["colleague"]
        session.add(
            CoBorrower(borrower_id=who.id, name="丙母", relation="母亲", id_number="x", id_index="y", masked_id="z")
        )
    of = _notices(database, world)
    with database.write() as session:
        notice = session.scalars(select(Notice).where(Notice.borrower_id == world.borrowers["overdue"].id)).one()
        one = papers.issue_to_co_borrower(session, act=world.act("member"), notice_id=notice.id, place=0, terms=TERMS)
        found = paper_previews.co_borrowers(session, act=world.act("centre"), notice_batch_id=of.id, fresh_days=35)
    assert [(each.candidate.name, bool(each.refusal)) for each in found.judged] == [
        ("甲父", True), ("甲父", False), ("丙父", False), ("丙母", False), ("丁父", False), ("戊父", False),
    ]  # fmt: skip
    assert [one.serial in str(each.refusal) for each in found.judged if each.refusal] == [True]
    batch = _ask_for_co_borrowers(database, world, of)
    with database.write() as session:  # one is called back while the job waits
        gone = session.scalars(select(Notice).where(Notice.borrower_id == world.borrowers["nobody"].id)).one()
        notices.call_back(session, act=world.act("centre"), notice_id=gone.id, reason="试")
    reasons = do(database, world, batch)
    assert ["called back" in str(why) for why in reasons.values()] == [True]
    said = [kinds.read(row.kind, row.content) for row in issued(database)]
    assert sorted(each.co_borrower_name for each in said) == ["丁父", "丙母", "丙父", "甲父", "甲父"]
    with pytest.raises(Refused, match="No co-borrower"):
        _ask_for_co_borrowers(database, world, of)
    with pytest.raises(NotVisible):
        _ask_for_co_borrowers(database, world, NoticeBatch(id=999))
    whole(database)


def test_a_school_asks_for_its_own_co_borrowers_only(database: Database, world: World, quick_paper: None) -> None:
    of = _notices(database, world)
    batch = _ask_for_co_borrowers(database, world, of, by="leader_b")
    assert [item.borrower_id for item in items(database, batch)] == [world.borrowers["foreign"].id]
