"""Deputy and leader: villages nobody looks after, notices for a whole village, what waits for a signature, help from outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from config import Settings
from models.database import Database
from models.escalations import Escalation
from models.jobs import Job
from models.notices import NoticeBatchItem
from models.organisation import AreaAssignment
from models.rules.contacts import Reached
from models.rules.suspicion_gates import Thresholds
from models.rules.workflows import EscalationState, SuspicionState
from models.suspicions import Suspicion
from portal.jobs.registry import PLANS
from portal.jobs.runner import Runner
from portal.services import areas, suspicions
from tests import efforts
from tests.browser.visitor import Visitor
from tests.world import NAMES, World

pytestmark = pytest.mark.browser


def _work(database: Database, settings: Settings) -> None:
    """Do the jobs that were asked for, as a worker would."""
    runner = Runner(database, settings, PLANS, lambda: datetime.now(UTC))
    with database.reader() as session:
        asked = [(job.key, job.attempt) for job in session.scalars(select(Job))]
    for key, attempt in asked:
        runner.drive(key, attempt)


def test_deputy_gives_a_village_to_somebody_and_issues_notices_for_it(
    visit: Callable[[], Visitor], world: World, database: Database, settings: Settings
) -> None:
    village = world.villages["石桥"]
    with database.write() as session:  # the centre leaves it to the school to name somebody
        areas.assign_village(
            session, act=world.act("centre"), village_code=village.code, school_id=world.schools["S01"].id, seat_id=None
        )
    deputy = visit()
    page = deputy.page
    deputy.sign_in("deputy")
    deputy.follow(".to-do a[href='/areas']")
    deputy.follow(f"a[href='/areas/{village.code[:9]}']")
    deputy.follow(f"table a[href='/areas/{village.code}']")
    deputy.fill(keeper=f"{world.schools['S01'].id}-{world.seats['member2'].id}")
    deputy.press(f"/areas/{village.code}/keeper")
    expect(deputy.main).to_contain_text(world.users["member2"].name)
    with database.reader() as session:
        keepers = session.scalars(
            select(AreaAssignment.seat_id).where(
                AreaAssignment.village_id == village.id, AreaAssignment.to_on.is_(None)
            )
        ).all()
    assert keepers == [world.seats["member2"].id]

    # All who are due in the village: first who, then the job.
    deputy.follow(f"a[href='/notices/batches/new?area={village.code}']")
    expect(deputy.main).to_contain_text(NAMES["nobody"])
    deputy.send()
    batch_id = deputy.number()
    expect(deputy.main.locator("progress")).to_have_count(1)
    deputy.follow("a[href^='/jobs/']")
    _work(database, settings)
    page.goto(f"/notices/batches/{batch_id}")
    deputy.look()
    expect(deputy.main.locator("progress")).to_have_count(0)
    assert deputy.download("a[href*='/print.pdf']").startswith(b"%PDF-")
    with database.reader() as session:
        items = session.scalars(select(NoticeBatchItem)).all()
    assert [(item.borrower_id, item.notice_id is not None) for item in items] == [(world.borrowers["nobody"].id, True)]

    # The papers are on the list of notices, and the deputy reads the bank's lists without being able to bring one.
    deputy.go("/notices")
    expect(deputy.main.locator("tbody tr")).to_have_count(1)
    deputy.go("/imports")
    assert page.locator("a[href='/imports/new']").count() == 0


def test_leader_signs_a_suspicion_and_asks_a_township_for_help(
    visit: Callable[[], Visitor], world: World, database: Database
) -> None:
    with database.write() as session:
        efforts.contacts(session, world)
        efforts.receipt(session, world)
        efforts.contacts(session, world, "colleague", reached=Reached.NOBODY)
        suspicion_id = suspicions.propose(
            session,
            act=world.act("member"),
            borrower_id=world.borrowers["overdue"].id,
            answers=efforts.ANSWERS,
            grounds=efforts.GROUNDS,
            thresholds=Thresholds(),
        ).id
    leader = visit()
    page = leader.page
    leader.sign_in("leader")
    leader.follow(".to-do a[href='/suspicions?state=proposed']")
    leader.follow(f"a[href='/suspicions/{suspicion_id}']")
    leader.press(f"/suspicions/{suspicion_id}/sign")
    expect(page.locator(f"form[action='/suspicions/{suspicion_id}/sign']")).to_have_count(0)
    assert leader.download("a[href$='/slip.pdf']").startswith(b"%PDF-")
    with database.reader() as session:
        report = session.get_one(Suspicion, suspicion_id)
    assert (report.state, report.signed_by_id) == (SuspicionState.SIGNED, world.users["leader"].id)

    # Another person cannot be found: the township is asked where they live.
    leader.go("/areas")
    leader.follow(f"a[href='/areas/{world.villages['南坡'].code[:9]}']")
    leader.follow(f"table a[href='/areas/{world.villages['南坡'].code}']")
    leader.follow(f"a[href='/borrowers/{world.borrowers['colleague'].id}']")
    leader.follow("a[href$='/escalations/new']")
    leader.fill(body="township", help_asked="locate", request="欠款1171元，请问住处。")
    leader.send()  # an amount: refused, and what was written stays
    expect(page.locator(".error-summary li")).not_to_have_count(0)
    assert page.locator("textarea[name=request]").input_value() == "欠款1171元，请问住处。"
    leader.fill(request="请到村里问一下现在的住处。", working_days="5")
    leader.send()
    expect(page).to_have_url(re.compile(r"/escalations/\d+$"))
    assert leader.download("a[href$='/letter.pdf']").startswith(b"%PDF-")
    with database.reader() as session:
        sent = session.get_one(Escalation, leader.number())
    assert (sent.state, sent.borrower_id) == (EscalationState.SENT, world.borrowers["colleague"].id)
    assert leader.refused == [422]
    leader.go("/escalations")
    expect(leader.main).to_contain_text(NAMES["colleague"])
    leader.go("/target")
