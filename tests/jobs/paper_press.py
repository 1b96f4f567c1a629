"""A batch of reminders and the worker that issues it, as a process that can be killed; and what must hold in the end."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.jobs import Job
from models.loans import ArrearsList, Lender, Loan
from models.papers import IssuedPaper, PaperBatch, PaperBatchItem, PaperNumber
from models.rules.interest import DayCount
from models.rules.jobs import JobState
from models.rules.notices import NumberState
from models.rules.papers import PaperKind
from notices import kinds
from portal import current
from portal.actors import Act
from portal.queries.borrower_filters import Filters
from portal.queries.notice_batches import Place
from portal.queries.paper_batches import job_key
from portal.services import fsck, paper_batches, standings
from portal.services.notice_drafts import Terms
from tests.jobs.press import Press, wait
from tests.plans import plan_of
from tests.world import resident_id

_FRESH_DAYS = 100_000
_RARE = "\U00031350"  # a character no installed face can print
_RULES = ("storage", "events", "papers", "serials", "paper batches", "states", "jobs")  # the others are of a fixed day
_FIRST = 10_000  # ids below belong to the small district itself


class PaperPress(Press):
    """An installation with one batch of reminders. The worker reads the real clock, so what falls due does too."""

    def ask(self, count: int) -> None:
        """Ask for reminders to so many people, one of whom nobody can print."""
        act = self.act()
        village = self.world.villages["石桥"]
        with self.database.write() as session:
            lender = Lender(
                code="coming",
                name="演示银行",
                day_count=DayCount.HYBRID_360,
                tolerance=Decimal(1),
                official_channels="",
            )
            session.add(lender)
            session.flush()
            day = act.today - timedelta(days=5)
            session.add(ArrearsList(lender_id=lender.id, data_on=day, applied_at=act.at))
            ids = range(_FIRST, _FIRST + count)
            session.execute(insert(Borrower), [_person(who, village.id) for who in ids])
            plan_id = plan_of(session, [(act.today + timedelta(days=30), 700, 140)])
            session.execute(insert(Loan), [_loan(who, lender.id, plan_id, act.today) for who in ids])
            standings.recompute(session, act=act, borrower_ids=ids)
            self.batch_id = paper_batches.create_reminders(
                session,
                act=act,
                where=Place(Filters(area=village.code), None, village.name),
                terms=Terms("http://127.0.0.1:8000", _FRESH_DAYS),
            ).id
            session.get_one(Borrower, ids[-1]).name = f"己{_RARE}"

    def act(self) -> Act:
        return Act(self.world.actor("centre"), current.now())

    def go_on(self, session: Session) -> None:
        paper_batches.go_on(session, act=self.act(), batch_id=self.batch_id)

    def wait_for_work(self, turn: int) -> None:
        """Wait for a further part, or, two times of three, until papers are being made."""
        if turn % 3 == 1:
            super().wait_for_work(turn)
        else:
            wait(lambda: self.reserved() or self.is_over(), "papers being made")

    def issued(self) -> int:
        with self.database.reader() as session:
            return session.scalars(select(func.count()).select_from(IssuedPaper)).one()

    def reserved(self) -> int:
        """How many numbers are taken and their papers not stored yet."""
        with self.database.reader() as session:
            reserved = select(func.count()).where(PaperNumber.state == NumberState.RESERVED)
            return session.scalars(reserved).one()

    def job(self) -> Job:
        with self.database.reader() as session:
            return session.scalars(select(Job).where(Job.key == job_key(self.batch_id))).one()

    def hold_together(self) -> None:
        """Whatever stopped where: no rule of the data is broken, and no number is missing."""
        with self.database.reader() as session:
            found = {name: list(fsck.RULES[name](session, current.now().date())) for name in _RULES}
            numbers = sorted(session.scalars(select(PaperNumber.number)))
        assert [one for its in found.values() for one in its] == []
        assert numbers == list(range(1, len(numbers) + 1))

    def be_complete(self, count: int, in_last_task: int = 0) -> None:
        """Everybody has one reminder, but the one who cannot; every file is the one its paper was issued with."""
        self.hold_together()
        with self.database.reader() as session:
            items = session.scalars(select(PaperBatchItem).where(PaperBatchItem.paper_id.is_not(None))).all()
            dropped = session.scalars(
                select(PaperBatchItem.dropped_reason).where(PaperBatchItem.borrower_id >= _FIRST)
            ).all()
            rows = session.scalars(select(IssuedPaper).order_by(IssuedPaper.number)).all()
            numbers = {row.number: (row.state, row.void_reason) for row in session.scalars(select(PaperNumber))}
            assert session.get_one(PaperBatch, self.batch_id).finished_at is not None
        assert ["type face" in why or "was not made" in why for why in dropped if why] == [True]
        assert len(rows) == len(items) == count - 1
        assert len({row.borrower_id for row in rows}) == len({row.serial for row in rows}) == len(rows)
        assert {item.paper_id for item in items} == {row.id for row in rows}
        assert all(hashlib.sha256(row.pdf).hexdigest() == row.sha256 for row in rows)
        assert all(kinds.read(PaperKind.REMINDER, row.content).serial == row.serial for row in rows)
        assert {row.number for row in rows} == {n for n, (state, _) in numbers.items() if state is NumberState.USED}
        assert all(state is NumberState.USED or (state is NumberState.VOID and why) for state, why in numbers.values())
        ended = self.job()
        assert (ended.state, ended.done, ended.failed) == (JobState.DONE, (in_last_task or count) - 1, 1)
        assert ended.result_url == f"/papers/batches/{self.batch_id}"


def _person(who: int, village_id: int) -> dict[str, object]:
    id_number = resident_id(who % 1000)
    return {
        "id": who,
        "name": f"己大{'甲乙丙丁戊'[who % 5]}",
        "initials": "x",
        "id_number": id_number,
        "id_index": f"kill{who}",
        "id_last_four_index": "x",
        "masked_id": f"{id_number[:6]}********{id_number[-4:]}",
        "village_id": village_id,
        "address": f"{who % 9 + 1}组{who % 200 + 1}号",
    }


def _loan(who: int, lender_id: int, plan_id: int | None, today: date) -> dict[str, object]:
    return {
        "id": who,
        "borrower_id": who,
        "lender_id": lender_id,
        "contract_no": f"9900{who}",
        "signed_on": date(2016, 9, 1),
        "principal": Decimal(8000),
        "balance": Decimal(7000),
        "rate_percent": Decimal("2.8"),
        "subsidy_ends_on": date(2020, 8, 31),
        "graduation_year": 2020,
        "grace_years": 3,
        "matures_on": today + timedelta(days=3000),
        "plan_id": plan_id,
    }
