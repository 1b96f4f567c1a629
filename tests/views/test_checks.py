"""The public check page: genuine, called back, not ours, and nothing more."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from models.database import Database
from models.notices import Notice
from models.restores import Restore
from models.rules import verification
from notices import layout
from portal import current
from portal.services import notices
from portal.services.check_misses import ALLOWED, WINDOW, Misses
from portal.services.notices import Terms
from portal.views import checks
from tests.conftest import NOW, sign_in
from tests.world import World


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_misses", Misses())
    monkeypatch.setattr(current, "now", lambda: NOW)
    monkeypatch.setattr(layout, "render", lambda said, **_: f"%PDF {said.to_json()}".encode())


@pytest.fixture
def notice(database: Database, world: World) -> Notice:
    with database.write() as session:
        return notices.issue(
            session,
            act=world.act("member"),
            borrower_id=world.borrowers["overdue"].id,
            terms=Terms("https://loans.example", 35),
        )


def _strange_code(number: int) -> str:
    return verification.make_code(bytes([number, *range(1, verification.RANDOM_BYTES)]))


def test_a_genuine_code_says_who_issued_it_and_no_more(client: FlaskClient, notice: Notice) -> None:
    typed = notice.check_code.replace("-", " ").lower()
    asked = client.get("/check", query_string={"code": typed})
    assert asked.status_code == 303
    page = client.get(asked.location).get_data(as_text=True)
    for shown in ("演示区学生资助管理中心", "0999-1234567", "2026-11-23", ">甲<"):
        assert shown in page, shown
    for hidden in ("甲一鸣", "一鸣", "1,171", "东湾", notice.serial, "990000", "DEMO-"):
        assert hidden not in page, hidden


def test_whoever_scanned_a_code_rings_the_centre_with_one_tap(client: FlaskClient, notice: Notice) -> None:
    for page in ("/check", f"/check/{notice.check_code}", f"/check/{_strange_code(7)}"):
        assert 'href="tel:0999-1234567"' in client.get(page).get_data(as_text=True), page


def test_called_back_says_so(client: FlaskClient, database: Database, world: World, notice: Notice) -> None:
    genuine = client.get(f"/check/{notice.check_code}").get_data(as_text=True)
    with database.write() as session:
        notices.call_back(session, act=world.act("member"), notice_id=notice.id, reason="私下原因")
    page = client.get(f"/check/{notice.check_code}").get_data(as_text=True)
    assert page != genuine
    assert "私下原因" not in page


def test_every_code_that_is_not_ours_gets_the_same_answer(client: FlaskClient, notice: Notice) -> None:
    wrong = [_strange_code(7), "AAAA-BBBB-CCCC", "x", "<script>", "%00", notice.check_code[:-1] + "#", "9" * 500]
    answers = {
        (answer.status_code, _same(answer.get_data(as_text=True), code))
        for code in wrong
        for answer in [client.get(f"/check/{code}")]
    }
    assert len(answers) == 1
    assert {status for status, _ in answers} == {404}


def _same(page: str, code: str) -> str:
    """Leave out the language form, which names the address itself."""
    return page[page.index("<main") : page.index("</main>")]


def test_guessing_is_slowed_down_for_one_source_only(client: FlaskClient, notice: Notice) -> None:
    for number in range(ALLOWED):
        assert client.get(f"/check/{_strange_code(number)}").status_code == 404
    assert client.get(f"/check/{_strange_code(99)}").status_code == 429
    assert client.get(f"/check/{notice.check_code}").status_code == 429
    other = client.get(f"/check/{notice.check_code}", environ_base={"REMOTE_ADDR": "10.1.1.1"})
    assert other.status_code == 200


def test_genuine_codes_are_never_counted(client: FlaskClient, notice: Notice) -> None:
    for _ in range(ALLOWED + 5):
        assert client.get(f"/check/{notice.check_code}").status_code == 200


def test_the_limit_passes_with_time_and_memory_is_bounded() -> None:
    misses = Misses()
    for number in range(10_050):
        misses.add(f"10.0.{number // 256}.{number % 256}", NOW)
    assert len(misses._by_source) == 10_000
    for _ in range(ALLOWED):
        misses.add("a", NOW)
    assert misses.too_many("a", NOW)
    assert not misses.too_many("a", NOW + WINDOW * 1.1)


def test_the_form_asks_for_a_code(client: FlaskClient) -> None:
    assert client.get("/check").status_code == 200
    assert client.get("/check?code=").status_code == 422
    assert client.get("/check?code=" + "A" * 60).status_code == 422


def test_the_centre_answers_by_telephone_with_the_same_words(client: FlaskClient, notice: Notice) -> None:
    assert client.get("/notices/telephone").status_code == 303  # for people who are signed in
    sign_in(client, "centre")
    genuine = client.post("/notices/telephone", data={"code": notice.check_code.lower().replace("-", " ")})
    page = genuine.get_data(as_text=True)
    for shown in ("演示区学生资助管理中心", "0999-1234567", "2026-11-23", ">甲<"):
        assert shown in page, shown
    for hidden in ("甲一鸣", "1,171", "东湾", notice.serial):
        assert hidden not in page, hidden
    for number in range(ALLOWED + 2):  # nobody who is signed in is slowed down
        strange = client.post("/notices/telephone", data={"code": _strange_code(number)})
        assert strange.status_code == 200
    assert "96110" in strange.get_data(as_text=True)
    assert client.post("/notices/telephone", data={"code": ""}).status_code == 422
    assert "四位一组" in client.post("/notices/telephone", data={"code": "AAAA"}).get_data(as_text=True)


@pytest.fixture
def restored(database: Database) -> Restore:
    """A backup of the 20th was brought back on the 22nd."""
    row = Restore(
        backup="20261120T120000Z",
        made_at=NOW - timedelta(days=3),
        at=NOW - timedelta(days=1),
        year=2026,
        bound=8_000_000,
    )
    with database.write() as session:
        session.add(row)
    return row


@pytest.mark.usefixtures("restored")
def test_after_a_restore_a_code_that_may_be_ours_is_not_called_false(client: FlaskClient) -> None:
    answer = client.get(f"/check/{_strange_code(7)}", headers={"Accept-Language": "en"})
    page = _same(answer.get_data(as_text=True), "")
    assert answer.status_code == 404
    assert "Papers issued from 2026-11-20 to 2026-11-22 may be missing." in page
    assert "by the landline on this page" in page
    assert "0999-1234567" in page
    assert "pay nothing before it has answered" in page
    assert "This code is not ours" not in page
    assert "genuine</" not in page  # nor is it called genuine
    assert len(re.findall(r"<h1[ >]", page)) == 1


def test_a_gap_of_one_day_is_said_as_a_day(client: FlaskClient, database: Database, restored: Restore) -> None:
    with database.write() as session:
        session.get_one(Restore, restored.id).made_at = restored.at
        again = {"backup": restored.backup, "made_at": restored.at, "at": restored.at, "year": 2026, "bound": 8_000_001}
        session.add(Restore(**again))  # twice on one day
    page = client.get(f"/check/{_strange_code(7)}", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert page.count("brought back from a backup on 2026-11-22. Papers issued on that day may be missing.") == 1


@pytest.mark.usefixtures("restored")
def test_after_a_restore_what_was_never_a_code_of_ours_still_is_none(client: FlaskClient) -> None:
    wrong = ["AAAA-BBBB-CCCC", "x", "<script>", "9" * 500, _strange_code(7)[:-1] + "#"]
    answers = {_same(client.get(f"/check/{code}").get_data(as_text=True), code) for code in wrong}
    assert len(answers) == 1
    assert "2026-11-20" not in answers.pop()


@pytest.mark.usefixtures("restored")
def test_after_a_restore_guessing_is_slowed_down_as_before(client: FlaskClient) -> None:
    for number in range(ALLOWED):
        assert client.get(f"/check/{_strange_code(number)}").status_code == 404
    assert client.get(f"/check/{_strange_code(99)}").status_code == 429


@pytest.mark.usefixtures("restored")
def test_after_a_restore_a_genuine_code_is_genuine(client: FlaskClient, notice: Notice) -> None:
    answer = client.get(f"/check/{notice.check_code}")
    assert answer.status_code == 200
    assert "2026-11-20" not in answer.get_data(as_text=True)


@pytest.mark.usefixtures("restored")
def test_after_a_restore_the_centre_is_told_what_to_ask_by_telephone(client: FlaskClient) -> None:
    sign_in(client, "centre")
    page = client.post("/notices/telephone", data={"code": _strange_code(7)}).get_data(as_text=True)
    assert "2026-11-20 至 2026-11-22 制发的文书可能没有记录" in page
    assert "再回电" in page
    assert "四位一组" in client.post("/notices/telephone", data={"code": "AAAA"}).get_data(as_text=True)
