"""Issuing a piece at a time, many at once: numbers, who drops out, what is recorded. On SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Thread

import pytest
from sqlalchemy import func, select

from models.casework import Case
from models.database import Database
from models.events import Event
from models.loans import Repayment
from models.notices import Notice, NoticeBatch, NoticeBatchItem, NoticeNumber
from models.rules.casework import CaseStage
from models.rules.notices import NumberState
from models.rules.refusals import NotVisible, Refused
from models.rules.workflows import NoticeState
from models.standings import BorrowerStanding
from notices import layout
from notices.content import NoticeContent
from notices.refusals import NoticeNotRendered
from portal.queries.borrower_filters import Filters
from portal.queries.notice_batches import Place, candidates
from portal.services import fsck, notice_batches, notice_issuing, standings
from portal.services.notice_drafts import Terms
from portal.services.notice_issuing import Made
from tests.arrears import FEW, people_in_arrears
from tests.world import World

TERMS = Terms("https://loans.example", 35)
AT_ONCE = 50
EACH = 3


@pytest.fixture
def quick_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where paper is not the question, a short stand-in; the people of one house number cannot be printed."""

    def render(said: NoticeContent, **_: object) -> bytes:
        if any("组7号" in line for line in said.address_lines):
            raise NoticeNotRendered("%(serial)s was not made: no face for it.", serial=said.serial)
        return f"%PDF {said.to_json()}".encode()

    monkeypatch.setattr(layout, "render", render)


def _people(database: Database, world: World, count: int) -> list[int]:
    with database.write() as session:
        _few, code = people_in_arrears(session, world, FEW + count, most_contracts=2)
        found = candidates(
            session,
            world.actor("centre"),
            world.act(None).today,
            Place(Filters(area=code), None, "后湾村"),
        )
        return [one.borrower_id for one in found]


def _batch(database: Database, world: World, ids: Sequence[int]) -> int:
    act = world.act("centre")
    with database.write() as session:
        batch = NoticeBatch(title="后湾村", created_at=act.at, created_by_id=act.person.user_id, as_of=act.today)
        session.add(batch)
        session.flush()
        session.add_all(
            NoticeBatchItem(batch_id=batch.id, borrower_id=one, position=place) for place, one in enumerate(ids, 1)
        )
        return batch.id


def _whole(database: Database, world: World) -> None:
    with database.reader() as session:
        found = fsck.check(session, world.act(None).today)
    assert [one for its in found.values() for one in its] == []


def test_fifty_batches_at_once_leave_no_gap_that_nobody_can_explain(
    database: Database, world: World, quick_paper: None
) -> None:
    ids = _people(database, world, AT_ONCE * EACH)
    # Everybody is in one batch, and the first of each batch in the one before as well.
    groups = [[*ids[start : start + EACH], ids[(start + EACH) % len(ids)]] for start in range(0, len(ids), EACH)]
    batches = [_batch(database, world, group) for group in groups]
    url = database.engine.url.render_as_string(hide_password=False)
    databases = [Database(url) for _ in range(10)]

    def one(place: int) -> dict[int, Refused]:
        return notice_batches.issue_items(
            databases[place % 10],
            act=world.act("centre"),
            batch_id=batches[place],
            borrower_ids=groups[place],
            terms=TERMS,
        )

    with ThreadPoolExecutor(AT_ONCE) as pool:
        reasons = list(pool.map(one, range(AT_ONCE)))
    for other in databases:
        other.engine.dispose()
    with database.reader() as session:
        numbers = session.execute(select(NoticeNumber.number, NoticeNumber.state, NoticeNumber.void_reason)).all()
        rows = session.execute(select(Notice.borrower_id, Notice.serial, Notice.number)).all()
        items = session.execute(select(NoticeBatchItem.notice_id, NoticeBatchItem.dropped_reason)).all()
    assert sorted(row.number for row in numbers) == list(range(1, len(numbers) + 1))
    used = {row.number for row in numbers if row.state is NumberState.USED}
    void = [row.void_reason for row in numbers if row.state is NumberState.VOID]
    assert len(used) + len(void) == len(numbers)
    assert void
    assert all(void)
    assert used == {row.number for row in rows}
    assert len({row.serial for row in rows}) == len({row.borrower_id for row in rows}) == len(rows)
    assert all((one.notice_id is None) == bool(one.dropped_reason) for one in items)
    unprintable = {who for its in reasons for who, why in its.items() if "no face" in str(why)}
    assert {row.borrower_id for row in rows} == set(ids) - unprintable
    _whole(database, world)


def test_in_one_piece_each_gets_their_own_answer(database: Database, world: World, quick_paper: None) -> None:
    act, ids = world.act("member"), {who: world.borrowers[who].id for who in world.borrowers}
    asked = ["overdue_long", "colleague", "current", "overdue", "paid_after_list"]
    with database.write() as session:
        found = notice_issuing.reserve(session, act=act, borrower_ids=[ids[who] for who in asked], terms=TERMS)
    assert [(one.borrower_id, one.number) for one in found.drafts] == [(ids["overdue_long"], 1), (ids["overdue"], 2)]
    assert isinstance(found.refused[ids["colleague"]], NotVisible)
    assert {who for who in asked if ids[who] in found.refused} == {"colleague", "current", "paid_after_list"}
    with database.write() as session:  # one of the two pays while the papers are made
        session.add(
            Repayment(
                loan_id=world.loans["overdue/1"].id,
                paid_on=date(2026, 11, 22),
                amount=Decimal("1171.50"),
                bank_reference="all",
            )
        )
        standings.recompute(session, act=world.act(None), borrower_ids=[ids["overdue"]])
    issued = notice_issuing.complete(database, act=act, drafts=found.drafts)
    assert [one.borrower_id for one in issued.notices] == [ids["overdue_long"]]
    assert "Nothing is overdue any more" in str(issued.refused[ids["overdue"]])
    with database.reader() as session:
        numbers = session.execute(select(NoticeNumber.number, NoticeNumber.void_reason)).all()
        tags = session.scalars(select(Event.tag).where(Event.tag.startswith("notice:")).order_by(Event.id)).all()
        stage = session.scalars(select(Case.stage).where(Case.borrower_id == ids["overdue_long"])).one()
    assert [(number, bool(reason)) for number, reason in sorted(numbers)] == [(1, False), (2, True)]
    assert tags == ["notice:issued", "notice:number_void"]
    assert stage is CaseStage.NOTICE_ISSUED
    _whole(database, world)


def test_a_kept_standing_that_is_late_is_brought_up_to_the_day(
    database: Database, world: World, quick_paper: None
) -> None:
    who = world.borrowers["overdue"].id
    with database.write() as session:
        session.get_one(BorrowerStanding, who).bucket = "1-30"
        session.execute(Case.__table__.delete().where(Case.borrower_id == who))
    with database.write() as session:
        notice_issuing.reserve(session, act=world.act("member"), borrower_ids=[who], terms=TERMS)
    _whole(database, world)


def test_a_payment_booked_while_the_notice_is_issued_calls_it_back(
    database: Database, world: World, quick_paper: None
) -> None:
    """Two writers at the same moment: the second waits, and sees what the first did."""
    act, who = world.act("member"), world.borrowers["overdue"].id

    def pay() -> None:
        with database.write() as session:
            session.add(
                Repayment(
                    loan_id=world.loans["overdue/1"].id,
                    paid_on=date(2026, 11, 22),
                    amount=Decimal("1171.50"),
                    bank_reference="all",
                )
            )
            standings.recompute(session, act=world.act(None), borrower_ids=[who])

    with database.write() as session:
        draft = notice_issuing.reserve(session, act=act, borrower_ids=[who], terms=TERMS).drafts[0]
    with database.write() as session:
        notice_issuing.store(session, act=act, made=[Made(draft, b"%PDF")])
        payment = Thread(target=pay)
        payment.start()
        payment.join(0.5)
        assert payment.is_alive(), "the payment did not wait"
    payment.join(20)
    with database.reader() as session:
        assert session.scalars(select(Notice.state)).all() == [NoticeState.CALLED_BACK]
        assert session.scalar(select(func.count()).select_from(Notice)) == 1
    _whole(database, world)
