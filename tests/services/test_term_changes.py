"""Terms that plan many contracts anew: asked for as a job, all of it or nothing, and once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from config import Settings
from models.accounts import User
from models.database import Database
from models.events import Event
from models.interest_rates import RateSpread, ReferenceRate
from models.jobs import Job
from models.loans import Lender
from models.rules.imports import ImportKind, Phase
from models.rules.interest import DayCount
from models.rules.interest_rates import DEFAULTS, Spread
from models.rules.jobs import JobState
from models.rules.permissions import Role
from models.rules.refusals import Refused
from portal.actors import Act, Actor
from portal.jobs import replans as job
from portal.jobs.plans import Run
from portal.services import accounts, jobs, term_changes
from portal.services.lenders import LenderTerms
from tests import books
from tests.conftest import work_off
from tests.services.test_imports import Desk
from tests.services.test_interest_rates import AT, CHEAPER, LPR, desk, interest

__all__ = ["desk"]  # a fixture


@pytest.fixture
def act(desk: Desk, database: Database) -> Act:
    """Bring two contracts, and an official who may change terms."""
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1), books.contract(2)))
    with database.write() as session:
        user = accounts.add_user(
            session, act=desk.act, username="clerk", name="演示经办", role=Role.CENTRE, password="village-school-2026",
            must_change_password=False,
        )  # fmt: skip
        return Act(Actor(user.id, user.name, user.role), AT)


def _run(database: Database, settings: Settings, act: Act) -> Run:
    with database.reader() as session:
        asked = session.scalars(select(Job)).one()
    return Run(database, settings, asked.id, asked.key, asked.arguments, act)


def _references(database: Database) -> int:
    with database.reader() as session:
        return session.scalar(select(func.count()).select_from(ReferenceRate)) or 0


def test_nothing_is_seen_before_the_job_has_done_all_of_it(database: Database, settings: Settings, act: Act) -> None:
    before = interest(database, 1)
    with database.write() as session:
        asked = term_changes.ask_rate(session, act=act, row=CHEAPER)
        assert (asked.total, asked.state, asked.title) == (100, JobState.WAITING, "2026-11-20 3.40 %")
    assert (interest(database, 1), _references(database)) == (before, len(DEFAULTS.references))
    work_off(database, settings)
    assert interest(database, 1)[2027] == interest(database, 2)[2027] == Decimal("216.00")
    with database.reader() as session:
        event = session.scalars(select(Event).where(Event.tag == "interest_rate:added")).one()
        assert (event.actor_id, event.facts["contracts"]) == (act.user_id, 2)
        assert session.scalars(select(Job.state)).one() is JobState.DONE


def test_done_a_second_time_it_does_nothing(database: Database, settings: Settings, act: Act) -> None:
    """The machine stops after the commit and before the checkpoint: the part is done again."""
    with database.write() as session:
        term_changes.ask_rate(session, act=act, row=CHEAPER)
    run = _run(database, settings, act)
    for _ in range(2):
        assert job.work(run, job.chunks(run)[0]) is None
    with database.reader() as session:
        assert session.scalar(select(func.count()).where(Event.tag == "interest_rate:added")) == 1
    assert _references(database) == len(DEFAULTS.references) + 1


@pytest.mark.parametrize("phase", [Phase.WRITE, Phase.STANDINGS])
def test_stopped_in_the_middle_it_leaves_nothing(
    database: Database, settings: Settings, act: Act, monkeypatch: pytest.MonkeyPatch, phase: Phase
) -> None:
    before = interest(database, 1)
    with database.write() as session:
        asked = term_changes.ask_rate(session, act=act, row=CHEAPER).key

    def at(_watch: Any, here: Phase, _done: int = 0, _total: int = 0) -> None:
        if here is phase:
            raise jobs.Stopped

    monkeypatch.setattr("portal.jobs.progress.JobWatch.at", at)
    assert work_off(database, settings) == [asked]
    assert (interest(database, 1), _references(database)) == (before, len(DEFAULTS.references))
    with database.reader() as session:
        assert session.scalars(select(Job.state)).one() is JobState.CANCELLED


def test_a_spread_put_right_takes_the_place_of_the_other(database: Database, settings: Settings, act: Act) -> None:
    wrong = next(row for row in DEFAULTS.spreads if row.ends_from == 2025 and row.signed_from.year == 2020)
    right = replace(wrong, spread_pct=Decimal("-1.00"), source="circular")
    with database.write() as session:
        term_changes.ask_rate(session, act=act, row=right, instead_of=wrong)
    work_off(database, settings)
    with database.reader() as session:
        assert session.get_one(RateSpread, (wrong.signed_from, 2025)).spread_percent == Decimal("-1.00")
        assert session.scalar(select(func.count()).select_from(RateSpread)) == len(DEFAULTS.spreads)
        event = session.scalars(select(Event).where(Event.tag == "rate_spread:corrected")).one()
    assert (event.actor_id, event.facts["was_rate"]) == (act.user_id, f"{wrong.spread_pct:f}")


def test_a_lenders_day_count_plans_anew_by_a_job(database: Database, settings: Settings, act: Act) -> None:
    with database.write() as session:
        lender_id = session.scalars(select(Lender.id)).one()
        terms = LenderTerms(books.LENDER, day_count=DayCount.ACT_360)
        term_changes.ask_lender(session, act=act, lender_id=lender_id, terms=terms)
    work_off(database, settings)
    assert interest(database, 1)[2027] == Decimal("227.11")  # 365 days over 360
    with database.reader() as session:
        assert session.scalars(select(Job.result_url)).one() == f"/lenders/{lender_id}"
        assert session.scalar(select(func.count()).where(Event.tag == "lender:changed")) == 1


def test_what_cannot_be_is_refused_when_it_is_asked_for(database: Database, act: Act) -> None:
    wrong = (
        replace(CHEAPER, rate_pct=Decimal(-1)),
        Spread(CHEAPER.from_on, 2027, LPR, Decimal(-99), "x"),
    )
    for row in wrong:
        with pytest.raises(Refused), database.write() as session:
            term_changes.ask_rate(session, act=act, row=row)
    with pytest.raises(Refused), database.write() as session:
        term_changes.ask_lender(session, act=act, lender_id=1, terms=LenderTerms("x", penalty_percent=30))
    with database.reader() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_who_may_no_longer_change_terms_does_not(database: Database, settings: Settings, act: Act) -> None:
    with database.write() as session:
        term_changes.ask_rate(session, act=act, row=CHEAPER)
        session.get_one(User, act.user_id).role = Role.AUDITOR
    work_off(database, settings)
    assert _references(database) == len(DEFAULTS.references)
    with database.reader() as session:
        done = session.scalars(select(Job)).one()
    assert (done.failed, "no longer" in done.failures[0]["reason"]) == (100, True)
