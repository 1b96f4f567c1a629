"""Reminders made together: who is taken, who drops out, once and no more."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pdfplumber
import pytest
from sqlalchemy import event, select

from models.borrowers import Borrower
from models.database import Database
from models.events import Event
from models.jobs import Job
from models.loans import Relief, Repayment
from models.papers import PaperBatch, PaperNumber
from models.rules.facts import PauseCause, ReliefKind
from models.rules.notices import NumberState
from models.rules.papers import PaperKind
from models.rules.refusals import NotVisible, Refused, StaleData
from portal.queries import paper_batches as reads
from portal.queries import paper_files
from portal.queries.borrower_filters import Filters
from portal.queries.notice_batches import Place
from portal.services import paper_batches, paper_previews, papers, print_runs, standings
from portal.services.drop_outs import by_reason
from tests.crowd import crowd
from tests.paper_batches import TERMS, TODAY, ask, do, issued, items, shorten_paper, whole
from tests.world import World, moment


@pytest.fixture
def quick_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_paper(monkeypatch)


def test_a_preview_names_who_is_due_and_every_exception(database: Database, world: World) -> None:
    with database.write() as session:
        crowd(session, world, 5, "西岭", "current")
        ids = {number: world.borrowers[f"current{number}"].id for number in range(5)}
        act, kind = world.act("member"), PaperKind.REMINDER
        papers.issue_to_borrower(session, act=act, borrower_id=ids[0], kind=kind, terms=TERMS)
        loan = world.loans["current1/1"].id
        session.add(
            Relief(loan_id=loan, kind=ReliefKind.PAUSE, cause=PauseCause.DISPUTE, from_on=TODAY, reason="有异议")
        )
        session.get_one(Borrower, ids[2]).address = None
        session.get_one(Borrower, ids[3]).name = "己\U00030000"
    with database.reader() as session:
        found = paper_previews.reminders(session, act=world.act("centre"), filters=Filters(), fresh_days=35)
        stale = paper_previews.reminders(
            session, act=world.act("centre", moment("2026-12-07 10:00")), filters=Filters(), fresh_days=35
        )
        member = paper_previews.reminders(session, act=world.act("member_b"), filters=Filters(), fresh_days=35)
    why = {one.candidate.borrower_id: str(one.refusal) for one in found.judged if one.refusal}
    assert [one.candidate.name for one in found.ready] == ["甲三思", "乙一凡", "己零四"]
    assert found.rounds == ((1, date(2026, 12, 20), 3),)
    assert found.ready[0].candidate.amount == Decimal("1140.00")
    assert "overdue already" in why[world.borrowers["overdue"].id]
    assert "within 60 days" in why[world.borrowers["studying"].id]
    assert (
        "within 60 days" in why[world.borrowers["deferred"].id]
        or "Nothing falls" in why[world.borrowers["deferred"].id]
    )
    assert "sent already" in why[ids[0]]
    assert "looked into" in why[ids[1]]
    assert "No address" in why[ids[2]]
    assert "U+30000" in why[ids[3]]
    assert world.borrowers["settled"].id not in {one.candidate.borrower_id for one in found.judged}
    assert sum(len(group.people) for group in found.exceptions) == len(found.judged) - 3
    assert {str(one.refusal)[:21] for one in stale.judged if one.candidate.borrower_id == ids[4]} == {
        "No reminder on data o"
    }
    assert {one.candidate.borrower_id for one in member.judged} == {world.borrowers["foreign"].id}


def test_a_reason_is_told_once_with_a_span_or_a_gap_where_it_differs() -> None:
    @dataclass
    class One:
        refusal: Refused | None

    reasons = [
        Refused("Due on %(day)s, within %(days)s.", day=date(2027, 1, 1), days=60),
        Refused("Due on %(day)s, within %(days)s.", day=date(2028, 1, 1), days=60),
        Refused("Due on %(day)s, within %(days)s.", day=date(2027, 1, 1), days=60),
        Refused("No address."),
        None,
    ]
    found = by_reason([One(reason) for reason in reasons])
    assert [(group.sentence[:3], group.values, len(group.people)) for group in found] == [
        ("Due", {"day": "2027-01-01–2028-01-01", "days": 60}, 3),
        ("No ", {}, 1),
    ]
    differing = by_reason([One(Refused("Paid %(sum)s.", sum=one)) for one in (1, 2)])
    assert differing[0].values == {"sum": "…"}


def test_each_is_checked_again_and_doing_it_again_changes_nothing(
    database: Database, world: World, quick_paper: None
) -> None:
    with database.write() as session:
        ids = crowd(session, world, 10, "西岭", "current")
    batch = ask(database, world)
    again = ask(database, world, by="leader")  # somebody else asks before the first is done
    with database.write() as session:  # one falls into dispute, one pays ahead, while the job waits
        loan = world.loans["current1/1"].id
        session.add(
            Relief(loan_id=loan, kind=ReliefKind.PAUSE, cause=PauseCause.DISPUTE, from_on=TODAY, reason="有异议")
        )
        session.add(
            Repayment(
                loan_id=world.loans["current2/1"].id,
                paid_on=date(2026, 11, 22),
                amount=Decimal("1140.00"),
                bank_reference="ahead",
            )
        )
        standings.recompute(session, act=world.act(None), borrower_ids=ids)
    reasons = do(database, world, batch)
    why = sorted(str(refusal) for refusal in reasons.values())
    assert [part in text for part, text in zip(("looked into", "due on 2027-12-20", "no face"), why, strict=True)] == [
        True
    ] * 3
    rows = issued(database)
    assert {row.borrower_id for row in rows} == {
        *ids,
        world.borrowers["current"].id,
        world.borrowers["paid_after_list"].id,
    } - {world.borrowers[f"current{number}"].id for number in (1, 2, 7)}
    by_place = {item.paper_id: item.position for item in items(database, batch) if item.paper_id}
    assert [by_place[row.id] for row in rows] == sorted(by_place.values())  # numbers in the order of the walk
    with database.reader() as session:
        states = session.execute(select(PaperNumber.number, PaperNumber.state, PaperNumber.void_reason)).all()
    assert [(one.number, one.state) for one in states if one.void_reason] == [(8, NumberState.VOID)]
    assert do(database, world, batch) == {}
    positions = [item.position for item in items(database, batch)]
    act = world.act("centre")
    told = paper_batches.issue_items(database, act=act, batch_id=batch.id, positions=positions, terms=TERMS)
    assert {key for key in told if key in reasons} == set(reasons)
    late = do(database, world, again, by="leader")
    assert {"sent already" in str(why) for why in late.values()} >= {True}
    assert len(issued(database)) == len(rows)
    with pytest.raises(Refused, match="Nobody in"):
        ask(database, world, where=Place(Filters(area=world.villages["东湾"].code), None, "东湾村"))
    whole(database)


def test_a_piece_is_read_and_written_in_a_bounded_number_of_statements(
    database: Database, world: World, quick_paper: None
) -> None:
    with database.write() as session:
        crowd(session, world, 40, "西岭", "current")
    batch = ask(database, world)
    with database.reader() as session:
        waiting = reads.waiting(session, batch.id)
    counts = []
    for piece in (waiting[:1], waiting[1:4], waiting[10:40]):  # the tenth cannot be printed
        said: list[str] = []

        def count(_c: object, _k: object, statement: str, *_: object, said: list[str] = said) -> None:
            said.append(statement)

        event.listen(database.engine, "before_cursor_execute", count)
        paper_batches.issue_items(database, act=world.act("centre"), batch_id=batch.id, positions=piece, terms=TERMS)
        event.remove(database.engine, "before_cursor_execute", count)
        counts.append(len(said))
    assert counts[0] > counts[1] == counts[2]  # the first of all begins the year's counter
    assert len(issued(database)) == 1 + 3 + 30


def test_ten_batches_at_once_send_each_reminder_once(database: Database, world: World, quick_paper: None) -> None:
    with database.write() as session:
        crowd(session, world, 30, "西岭", "current")
    batches = [ask(database, world, by="centre" if number % 2 else "leader") for number in range(10)]
    url = database.engine.url.render_as_string(hide_password=False)
    databases = [Database(url) for _ in batches]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda number: do(databases[number], world, batches[number]), range(10)))
    for other in databases:
        other.engine.dispose()
    rows = issued(database)
    assert (
        len({row.borrower_id for row in rows}) == len({row.serial for row in rows}) == len(rows) == 31
    )  # the seventh cannot be printed
    with database.reader() as session:
        numbers = session.execute(select(PaperNumber.number, PaperNumber.state, PaperNumber.void_reason)).all()
    assert sorted(one.number for one in numbers) == list(range(1, len(numbers) + 1))
    assert {one.state for one in numbers} <= {NumberState.USED, NumberState.VOID}
    assert all(one.void_reason for one in numbers if one.state is NumberState.VOID)
    for batch in batches:
        assert all((item.paper_id is None) == bool(item.dropped_reason) for item in items(database, batch))
    whole(database)


def test_the_job_is_asked_for_once_and_recorded(database: Database, world: World, quick_paper: None) -> None:
    batch = ask(database, world, by="leader")
    with database.reader() as session:
        job = session.scalars(select(Job).where(Job.key == reads.job_key(batch.id))).one()
        assert (job.total, job.title) == (2, "演示区")
    do(database, world, batch, by="leader")
    with database.reader() as session:
        tags = session.scalars(select(Event.tag).where(Event.tag.like("paper%")).order_by(Event.id)).all()
        assert session.get_one(PaperBatch, batch.id).finished_at is not None
    assert tags == ["paper-batch:created", "paper:issued", "paper:issued", "paper-batch:finished"]


def test_a_file_for_printing_holds_what_is_true_still(database: Database, world: World) -> None:
    with database.write() as session:
        ids = crowd(session, world, 3, "南坡", "current")
    batch = ask(database, world, by="member2")
    assert do(database, world, batch, by="member2") == {}
    with database.write() as session:
        session.add(
            Repayment(
                loan_id=world.loans["current1/1"].id,
                paid_on=date(2026, 11, 22),
                amount=Decimal("1140.00"),
                bank_reference="ahead",
            )
        )
        standings.recompute(session, act=world.act(None), borrower_ids=ids)
    act = world.act("member2")
    with database.write() as session:
        files = paper_files.files(session, act.person, TODAY, batch.id)
        found = paper_files.sheets(session, act.person, TODAY, batch.id, 1)
        assert [(file.part, file.papers, file.waiting, file.villages) for file in files] == [(1, 2, 0, 1)]
        assert paper_files.sheets(session, act.person, TODAY, batch.id, 2) == ()
        later = date(2026, 12, 20)  # on the day itself it reminds of nothing
        assert paper_files.files(session, act.person, later, batch.id) == ()
        assert paper_files.sheets(session, act.person, TODAY + timedelta(days=366), batch.id, 1) == ()
        papers.record_batch_print(session, act=act, batch_id=batch.id, part=1, found=found)
        with pytest.raises(StaleData, match="same moment"):  # as if it was made before the other was written down
            papers.record_batch_print(session, act=act, batch_id=batch.id, part=1, found=found)
        assert papers.record_print(session, act=act, paper_id=found[0].paper_id)
        assert [one.was_printed for one in paper_files.sheets(session, act.person, TODAY, batch.id, 1)] == [True, True]
        pdf = print_runs.papers_file(
            session, actor=act.person, today=TODAY, found=found, title="演示区", batch_id=batch.id, part=1
        )
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        cover, *pages = [page.extract_text().replace(" ", "") for page in document.pages]
    assert "文书打印清单" in cover
    assert "还款提醒函2份" in cover
    assert "路线单" not in cover
    assert "南坡村2份" in cover
    assert found[0].serial in cover
    assert [name in page for name, page in zip(("己零零", "己零二"), pages, strict=True)] == [True, True]


def test_others_see_no_batch(database: Database, world: World, quick_paper: None) -> None:
    batch = ask(database, world)  # the only person due is looked after by the member
    with database.reader() as session:
        for username, sees in (("member", True), ("centre", True), ("leader", True), ("member2", True)):
            found = [one.row.id for one in reads.batches(session, world.actor(username), TODAY)]
            assert (found == [batch.id]) == sees, username
        rows = reads.items(session, world.actor("member2"), TODAY, batch.id).rows
        assert {one.borrower_id for one in rows} == {world.borrowers["colleague"].id}
        narrow = ask(database, world, where=Place(Filters(area=world.villages["西岭"].code), None, "西岭村"))
        for username in ("member2", "member_b", "leader_b"):
            with pytest.raises(NotVisible):
                reads.batch(session, world.actor(username), TODAY, narrow.id)
        dropped = reads.items(session, world.actor("centre"), TODAY, batch.id, only_dropped=True).rows
        assert all(one.dropped_reason for one in dropped)
