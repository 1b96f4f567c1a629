"""Centre, township, administrator, auditor, and whoever holds a notice in the hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from config import Settings
from models.accounts import User
from models.database import Database
from models.escalations import Escalation
from models.events import Event
from models.loans import ArrearsList
from models.rules.contacts import Reached
from models.rules.escalations import Help
from models.rules.organisation import Body
from models.rules.permissions import Role
from models.rules.suspicion_gates import Thresholds
from models.rules.workflows import EscalationState, SuspicionState
from models.suspicions import Suspicion
from portal.services import escalations, notices, suspicion_decisions, suspicions
from portal.services.escalations import Ask
from portal.services.notices import Terms
from tests import books, efforts
from tests.browser.visitor import Visitor
from tests.conftest import work_off
from tests.world import NAMES, PASSWORD, World, moment

pytestmark = pytest.mark.browser

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _reported(database: Database, world: World) -> int:
    """Have a report proposed, signed and answered by the person."""
    with database.write() as session:
        efforts.contacts(session, world)
        efforts.receipt(session, world)
        report = suspicions.propose(
            session,
            act=world.act("member"),
            borrower_id=world.borrowers["overdue"].id,
            answers=efforts.ANSWERS,
            grounds=efforts.GROUNDS,
            thresholds=Thresholds(),
        )
        suspicions.sign(
            session,
            act=world.act("leader"),
            suspicion_id=report.id,
            thresholds=Thresholds(),
            public_url="http://127.0.0.1:8000",
        )
        suspicion_decisions.record_reply(
            session,
            act=world.act("member"),
            suspicion_id=report.id,
            replied_on=date(2026, 11, 23),
            text="本人不同意，但未说明理由。",
        )
        return report.id


def test_centre_decides_a_suspicion_and_brings_in_the_banks_list(
    visit: Callable[[], Visitor], world: World, database: Database, settings: Settings
) -> None:
    suspicion_id = _reported(database, world)
    centre = visit()
    page = centre.page
    centre.sign_in("centre")
    centre.follow(".to-do a[href='/suspicions?state=signed']")
    centre.follow(f"a[href='/suspicions/{suspicion_id}']")
    centre.follow("a[href$='/decide']")
    centre.fill(step="uphold", reason="两次核实，有能力而拒绝，理由成立。")
    centre.send()
    expect(centre.main).to_contain_text("两次核实，有能力而拒绝，理由成立。")
    with database.reader() as session:
        report = session.get_one(Suspicion, suspicion_id)
    assert (report.state, report.decided_by_id) == (SuspicionState.UPHELD, world.users["centre"].id)

    # The target before, the bank's newer list, the target after.
    centre.go("/target")
    expect(page.locator("figure.chart svg")).to_be_visible()
    before = centre.main.locator("dl.facts").inner_text()
    assert "5 / " in before  # five of the seven with anything due
    centre.go("/imports")
    centre.follow("a[href='/imports/new']")
    page.locator("main [name=kind][value=arrears]").check()
    page.locator("main [name=file]").set_input_files(
        {"name": "bank.xlsx", "mimeType": _XLSX, "buffer": b"not a spreadsheet"}
    )
    centre.send("form[enctype]")
    expect(page.locator(".error-summary")).to_be_focused()
    assert centre.refused == [422]
    lines = [
        books.overdue(1, 合同编号=f"DEMO-{who}-1", 贷款银行=world.lender.name, 逾期本金=1000, 逾期利息=140)
        | {"逾期起始日": date(2025, 12, 20), "逾期合计": 1140}
        for who in ("overdue", "foreign", "no-such-contract")
    ]
    page.locator("main [name=kind][value=arrears]").check()
    page.locator("main [name=file]").set_input_files(
        {"name": "bank.xlsx", "mimeType": _XLSX, "buffer": books.arrears(*lines)}
    )
    centre.send("form[enctype]")
    batch_id = centre.number()
    work_off(database, settings)
    centre.wait_out()
    with database.reader() as session:
        assert session.scalars(select(ArrearsList.data_on)).all() == [date(2026, 11, 1)]  # nothing yet
    centre.follow("nav.tabs a[href*='show=rejected']")
    expect(centre.main).to_contain_text("DEMO-no-such-contract-1")
    assert centre.download("form[action$='/wrong-rows'] button").startswith(b"PK")
    centre.fill(is_so=True)  # most contracts of the list in use are not on this one
    centre.press(f"/imports/{batch_id}/apply")
    work_off(database, settings)
    centre.wait_out()
    with database.reader() as session:
        assert date(2026, 11, 20) in session.scalars(select(ArrearsList.data_on)).all()
    centre.go("/target")
    after = centre.main.locator("dl.facts").inner_text()
    assert after != before
    assert "2 / " in after
    assert centre.download("a[href*='/target']:is([href*='xlsx'], [href*='export'])").startswith(b"PK")


def test_township_answers_a_request_without_learning_what_is_owed(
    visit: Callable[[], Visitor], world: World, database: Database
) -> None:
    with database.write() as session:
        efforts.contacts(session, world, reached=Reached.NOBODY)
        escalation_id = escalations.send(
            session,
            act=world.act("leader"),
            borrower_id=world.borrowers["overdue"].id,
            ask=Ask(body=Body.TOWNSHIP, help_asked=Help.LOCATE, request="请到村里问一下现在的住处。"),
        ).id
    official = visit()
    page = official.page

    def nothing_of_money() -> None:
        said = page.content()
        assert "¥" not in said
        assert "￥" not in said
        assert "1,171.50" not in said
        assert "1,140" not in said

    official.sign_in("township")
    nothing_of_money()
    official.follow(f".to-do a[href='/escalations/{escalation_id}']")
    expect(official.main).to_contain_text(NAMES["overdue"])
    nothing_of_money()
    official.press("/accept")
    official.follow("a[href$='/report']")
    official.fill(text="已到村里核实：本人在外务工，家人转告其与资助中心联系。")
    official.send()
    nothing_of_money()
    official.press("/close")
    nothing_of_money()
    assert official.main.get_by_text(NAMES["overdue"]).count() == 0
    with database.reader() as session:
        request = session.get_one(Escalation, escalation_id)
    assert (request.state, request.answered_by_id) == (EscalationState.CLOSED, world.users["township"].id)
    page.goto(f"/escalations/{escalation_id}")  # closed: it is out of sight
    assert official.refused == [404]
    nothing_of_money()


def test_administrator_adds_an_account_whose_person_must_choose_a_password(
    visit: Callable[[], Visitor], world: World, database: Database
) -> None:
    admin = visit()
    admin.sign_in("admin")
    admin.go("/backups")
    expect(admin.main).to_contain_text("目前不制作备份")
    admin.go("/users")
    admin.follow("a.btn-primary[href='/users/new']")
    admin.fill(name="新成员", username="new.member", role="member", school=str(world.schools["S02"].id))
    admin.send()
    first = admin.main.locator(".once").inner_text().strip()
    assert len(first) >= 12
    admin.follow("a[href='/users']")
    expect(admin.main).to_contain_text("new.member")
    assert admin.page.get_by_text(first).count() == 0

    newcomer = visit()
    page = newcomer.page
    newcomer.sign_in("new.member", first)
    expect(page).to_have_url(re.compile("/account"))
    page.goto("/borrowers")
    expect(page).to_have_url(re.compile("/account"))  # nothing else opens yet
    newcomer.fill(current=first, new="a long sentence of my own", again="a long sentence of my own")
    newcomer.send("form[action$='/account']")
    newcomer.go("/areas")
    with database.reader() as session:
        user = session.scalars(select(User).where(User.username == "new.member")).one()
    assert (user.role, user.must_change_password, user.school_id) == (Role.MEMBER, False, world.schools["S02"].id)

    # The administrator reads no borrowers, and stopping an account ends its session at once.
    admin.follow(f"a[href='/users/{user.id}']")
    admin.press(f"/users/{user.id}/stop")
    page.goto("/areas")
    expect(page).to_have_url(re.compile("/sign-in"))
    assert admin.page.locator("a[href='/areas']").count() == 0


def test_auditor_reads_and_filters_what_happened(
    visit: Callable[[], Visitor], world: World, database: Database
) -> None:
    _reported(database, world)
    auditor = visit()
    page = auditor.page
    auditor.sign_in("auditor")
    auditor.follow("a.btn-primary[href='/events']")
    with database.reader() as session:
        of_leader = session.scalars(select(Event.id).where(Event.actor_id == world.users["leader"].id)).all()
        everything = session.scalars(select(Event.id)).all()
    assert 0 < len(of_leader) < len(everything)
    auditor.fill(actor=str(world.users["leader"].id))
    auditor.search()
    expect(auditor.main.locator("tbody tr")).to_have_count(len(of_leader))
    auditor.fill(tag="suspicion:signed")
    auditor.search()
    expect(auditor.main.locator("tbody tr")).to_have_count(1)
    assert auditor.download("form[action*='/events/'] button").startswith(b"PK")
    auditor.follow(".chips li:first-child a.chip")
    expect(auditor.main.locator("tbody tr")).to_have_count(len(of_leader))
    for secret in (world.id_numbers["overdue"], world.phones["overdue"], NAMES["overdue"]):
        assert secret not in page.content()
    page.goto("/borrowers")
    assert auditor.refused == [403]


def test_whoever_holds_a_notice_checks_it_without_an_account(
    visit: Callable[[], Visitor], world: World, database: Database
) -> None:
    with database.write() as session:
        draft = notices.reserve(
            session,
            act=world.act("member", moment("2026-11-23 09:00")),
            borrower_id=world.borrowers["overdue"].id,
            terms=Terms("http://127.0.0.1:8000", 35),
        )
    notice = notices.complete(database, act=world.act("member", moment("2026-11-23 09:00")), draft=draft)
    somebody = visit()
    page = somebody.page
    page.goto(f"/check/{notice.check_code}")  # what the square code on the paper opens
    somebody.look()
    said = somebody.main.inner_text()
    assert world.district.centre_landline in said
    assert "甲" in said
    for hidden in (NAMES["overdue"], "¥", "1,171.50", world.phones["overdue"], "东湾"):
        assert hidden not in said
    page.goto("/check")
    somebody.look()
    somebody.fill(code="AAAA-BBBB-CCCC")
    somebody.search()
    expect(page).to_have_url(re.compile("AAAA-?BBBB-?CCCC"))
    assert "甲" not in somebody.main.inner_text()


def test_the_door_says_nothing_of_who_exists(visit: Callable[[], Visitor], world: World) -> None:
    stranger = visit()
    page = stranger.page
    said = []
    for name in ("member", "nobody-of-this-name"):
        page.goto("/sign-in")
        stranger.fill(username=name, password="wrong-" + PASSWORD)
        stranger.send()
        said.append(stranger.main.locator(".error-summary, .notice-line, [role=alert]").first.inner_text())
    assert said[0] == said[1]
