"""An import as jobs: compared without a lock, applied all at once, stopped without a trace, mended and sent again."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select, update

from config import Settings
from models.database import Database
from models.imports import ImportBatch
from models.jobs import Job
from models.loans import Loan, Statement
from models.rules.imports import ImportKind, ImportState, ImportStep, Phase
from models.rules.jobs import JobState
from models.rules.refusals import Refused, StaleData, unpacked
from portal.jobs.progress import Board
from portal.services import jobs
from portal.services.imports import applying, asking, comparing, mending, originals, staging, store
from portal.services.imports.watching import Watch
from portal.sheets.sources import source_of
from tests import books
from tests.conftest import work_off
from tests.services.test_imports import WAITING_ROOM, Desk, desk, fingerprint, roster_desk

__all__ = ["desk", "roster_desk"]  # fixtures

QUIET = WAITING_ROOM | {"jobs"}


class Office:
    """A desk whose lists are worked on by jobs."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self.desk = desk
        self.settings = settings

    def bring(self, kind: ImportKind, content: bytes, **other: Any) -> int:
        with self.desk.database.write() as session:
            batch_id = staging.register(
                session, act=self.desk.act, kind=kind, file_name="a.xlsx", content=content,
                data_dir=self.desk.data_dir, **other,
            ).id  # fmt: skip
            asking.ask(session, act=self.desk.act, batch_id=batch_id, step=ImportStep.COMPARE)
        self.work()
        return batch_id

    def ask(self, batch_id: int, step: ImportStep) -> None:
        with self.desk.database.write() as session:
            batch = session.get_one(ImportBatch, batch_id)
            if step is ImportStep.APPLY and applying.asks(batch):  # the clerk ticks that it is so
                applying.agree_gone(session, act=self.desk.act, batch_id=batch_id, gone=batch.vanished)
            asking.ask(session, act=self.desk.act, batch_id=batch_id, step=step)

    def confirm(self, batch_id: int) -> None:
        self.ask(batch_id, ImportStep.APPLY)
        self.work()

    def work(self) -> list[str]:
        return work_off(self.desk.database, self.settings)

    def loans(self) -> int:
        return int(self.desk.one(select(func.count()).select_from(Loan)))


@pytest.fixture
def office(desk: Desk, settings: Settings) -> Office:
    return Office(desk, settings)


def roster(*numbers: int) -> bytes:
    return books.roster(*(books.contract(number) for number in numbers))


def test_a_list_is_compared_and_applied_by_jobs(office: Office) -> None:
    batch_id = office.bring(ImportKind.ROSTER, roster(1, 2))
    assert office.desk.counts(batch_id) == (2, 2, 0, 0, 0)
    assert office.loans() == 0
    office.confirm(batch_id)
    assert office.loans() == 2
    assert office.desk.batch(batch_id).state is ImportState.APPLIED
    with office.desk.database.reader() as session:
        found = [(job.key, job.state, job.done, job.total) for job in session.scalars(select(Job).order_by(Job.id))]
    assert found == [
        (f"import:{batch_id}:compare:1", JobState.DONE, 100, 100),
        (f"import:{batch_id}:apply:2", JobState.DONE, 100, 100),
    ]


def test_an_organisation_goes_the_same_way(database: Database, settings: Settings) -> None:
    office = Office(Desk(database, settings.data_dir), settings)
    before = fingerprint(database, without=QUIET)
    batch_id = office.bring(ImportKind.ORGANISATION, books.organisation())
    assert office.desk.counts(batch_id) == (12, 12, 0, 0, 0)
    assert fingerprint(database, without=QUIET) == before
    office.confirm(batch_id)
    assert office.desk.batch(batch_id).state is ImportState.APPLIED


def test_a_part_done_twice_does_nothing_twice(office: Office) -> None:
    batch_id = office.bring(ImportKind.ROSTER, roster(1))
    office.confirm(batch_id)
    before = fingerprint(office.desk.database, without=QUIET)
    with office.desk.database.write() as session:  # the machine stopped between the commit and the checkpoint
        session.execute(update(Job).where(Job.key.like("%:apply:%")).values(state=JobState.WAITING))
    assert len(office.work()) == 1
    assert fingerprint(office.desk.database, without=QUIET) == before
    batch = office.desk.batch(batch_id)
    assert (batch.state, batch.refusal) == (ImportState.APPLIED, "")


def test_copies_written_before_and_gone_since_are_written_again(office: Office) -> None:
    content, places = roster(1), store.Places.of(office.desk.data_dir)
    sha256 = store.hash_of(content)
    store.keep(places, sha256, content)
    store.destroy(places, sha256)  # as another list of the same file has it
    batch_id = office.bring(ImportKind.ROSTER, content, kept_as=sha256)
    assert office.desk.counts(batch_id) == (1, 1, 0, 0, 0)
    assert list(store.faults(places, sha256)) == []


def test_copies_that_nothing_names_in_the_end_go_again(office: Office) -> None:
    content, places = roster(1), store.Places.of(office.desk.data_dir)
    office.bring(ImportKind.ROSTER, content)
    other = roster(1, 2)

    def cut_off(sent: bytes) -> None:
        with originals.arriving(office.desk.database, places, source_of(sent)) as sha256:
            assert store.are_there(places, sha256)
            raise RuntimeError

    for sent, stays in ((other, False), (content, True)):  # an import names the latter
        with pytest.raises(RuntimeError):
            cut_off(sent)
        assert store.are_there(places, store.hash_of(sent)) is stays


def test_a_list_compared_while_another_was_applied_is_compared_anew(office: Office) -> None:
    first = office.bring(ImportKind.ROSTER, roster(1))
    with office.desk.database.write() as session:
        second = staging.register(
            session, act=office.desk.act, kind=ImportKind.ROSTER, file_name="b.xlsx", content=roster(1, 2),
            data_dir=office.desk.data_dir,
        ).id  # fmt: skip
    with office.desk.database.reader() as session:
        found = comparing.compare(session, act=office.desk.act, batch_id=second, data_dir=office.desk.data_dir)
    office.confirm(first)  # applied after the other was compared, and before it is put down
    with office.desk.database.write() as session:
        staging.put(session, act=office.desk.act, batch_id=second, found=found)
    with pytest.raises(StaleData):
        office.ask(second, ImportStep.APPLY)
    office.ask(second, ImportStep.COMPARE)
    office.work()
    assert office.desk.counts(second) == (2, 1, 0, 1, 0)
    office.confirm(second)
    assert office.loans() == 2


def test_what_becomes_stale_while_it_waits_for_a_worker_says_so(office: Office) -> None:
    first, second = office.bring(ImportKind.ROSTER, roster(1)), office.bring(ImportKind.ROSTER, roster(2))
    office.ask(first, ImportStep.APPLY)
    office.ask(second, ImportStep.APPLY)
    office.work()
    batch = office.desk.batch(second)
    assert batch.state is ImportState.STAGED
    assert "compare it again" in str(unpacked(batch.refusal, batch.refusal_values))
    assert office.loans() == 1


def test_a_list_that_cannot_be_used_says_why(office: Office) -> None:
    before = fingerprint(office.desk.database, without=QUIET)
    batch_id = office.bring(ImportKind.ROSTER, books.roster(books.contract(1), without=("合同金额",)))
    batch = office.desk.batch(batch_id)
    assert batch.state is ImportState.UNREADABLE
    assert "“合同金额” is missing" in str(unpacked(batch.refusal, batch.refusal_values))
    assert fingerprint(office.desk.database, without=QUIET) == before
    with pytest.raises(Refused):
        office.ask(batch_id, ImportStep.COMPARE)


@pytest.mark.parametrize("phase", [Phase.WRITE, Phase.STANDINGS])
def test_stopped_in_the_middle_nothing_stays(office: Office, phase: Phase, monkeypatch: pytest.MonkeyPatch) -> None:
    batch_id = office.bring(ImportKind.ROSTER, roster(1, 2, 3))
    office.ask(batch_id, ImportStep.APPLY)
    before = fingerprint(office.desk.database, without=QUIET)
    plain = Board.tell

    def told(board: Board, done: int) -> None:
        plain(board, done)

    monkeypatch.setattr("portal.jobs.progress._EVERY", -1)
    monkeypatch.setattr(Board, "tell", told)
    looks: list[Phase] = []
    monkeypatch.setattr("portal.jobs.progress.JobWatch.at", _stopping(office, phase, looks))
    office.work()
    assert looks[-1] is phase
    assert fingerprint(office.desk.database, without=QUIET) == before
    with office.desk.database.reader() as session:
        assert session.scalars(select(Job.state).order_by(Job.id.desc())).first() is JobState.CANCELLED
    monkeypatch.undo()
    office.confirm(batch_id)
    assert office.loans() == 3


def _stopping(office: Office, when: Phase, looks: list[Phase]) -> Callable[..., None]:
    def at(watch: Any, phase: Phase, done: int = 0, total: int = 0) -> None:
        looks.append(phase)
        board = watch._board  # the test stands in for the person who presses the button
        board.tell(len(looks))
        if phase is when:
            if office.desk.database.is_sqlite:  # nobody else can write now
                board._stop.touch()
            else:
                with office.desk.database.write() as session:
                    session.execute(update(Job).values(cancel_asked=True))
        if board.is_stopped():
            raise jobs.Stopped

    return at


def test_a_watch_that_watches_nothing_hands_everything_on() -> None:
    assert list(Watch().over(Phase.CHECK, list(range(5)), every=2)) == [0, 1, 2, 3, 4]


def test_figures_of_a_running_job_reach_the_page(database: Database, settings: Settings) -> None:
    board = Board(database, settings.data_dir, 1, "import:1:apply:1")
    if not database.is_sqlite:
        return  # there the row itself is told
    board.tell(40)
    assert (settings.data_dir / "progress" / "1.done").read_text() == "40"
    board.wipe()
    board.wipe()
    assert not (settings.data_dir / "progress" / "1.done").exists()


def test_mended_rows_of_an_arrears_list_stand_beside_the_others(roster_desk: Desk) -> None:
    content = books.arrears(books.overdue(1), books.overdue(2), books.overdue(3, 逾期合计=5))
    batch = roster_desk.load(ImportKind.ARREARS, content)
    assert (batch.rejected, batch.new) == (1, 2)
    headings = list(books.ARREARS_HEADINGS)
    row = books.overdue(3)
    written = ["" if row.get(one) is None else str(row[one]) for one in headings]
    book = mending.error_book(batch.id, batch.data_on, [mending.WrongSheet("逾期清单", headings, [(written, "第4行")])])
    assert openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]["A1"].value.endswith(f"第{batch.id}号）")
    again = roster_desk.bring(ImportKind.ARREARS, book)
    mended = roster_desk.batch(again)
    assert (mended.new, mended.vanished, mended.rejected, mended.facts["mends"]) == (1, 0, 0, batch.id)
    roster_desk.confirm(again)
    assert roster_desk.one(select(func.count()).select_from(Statement)) == 3
    other = mending.error_book(999, date(2026, 11, 20), [mending.WrongSheet("逾期清单", headings, [(written, "")])])
    with pytest.raises(Refused, match="not the list in use"):
        roster_desk.bring(ImportKind.ARREARS, other)


def test_the_reason_is_not_given_back_twice() -> None:
    sheet = mending.WrongSheet("a/b", ("甲", "错误原因"), [(("=1", "old"), "new")])
    found = openpyxl.load_workbook(io.BytesIO(mending.error_book(3, None, [sheet]))).worksheets[0]
    rows = [[cell.value for cell in row] for row in found.iter_rows(min_row=3)]
    assert rows == [["甲", "错误原因"], ["=1", "new"]]
    assert found["A4"].data_type == "s"


def test_a_strict_list_with_a_wrong_row_is_not_applied(office: Office) -> None:
    content = books.roster(books.contract(1), books.contract(2, 合同金额=-1))
    batch_id = office.bring(ImportKind.ROSTER, content, is_strict=True)
    with pytest.raises(Refused, match="to go in whole"):
        office.ask(batch_id, ImportStep.APPLY)
    with office.desk.database.reader() as session:
        assert session.get_one(ImportBatch, batch_id).rejected == 1
