from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from models.database import Database
from models.rules.movements import MovementKind
from portal.wordlists.explanations import MOVEMENTS
from tests.conftest import NOW, sign_in
from tests.world import NAMES, World


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def member(client: FlaskClient, world: World) -> FlaskClient:
    client.post("/language", data={"language": "en"})
    return sign_in(client, "member")


def text(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def test_why_so_many_days(member: FlaskClient, world: World) -> None:
    page = text(member, f"/borrowers/{world.borrowers['overdue'].id}/explain")
    assert "Why 338 days and ¥1,171.50?" in page
    assert "The bank's list of 2026-11-01 gives as overdue: principal ¥1,000.00, interest ¥140.00" in page
    assert "From 2025-12-20 (day 0) to 2026-11-23: 338 days." in page
    assert "338 days fall in the range 181–365 days." in page
    assert "¥1,140.00 falls due on 2026-12-20; what is not paid then is overdue from the day after." in page


def test_a_payment_since_the_list_is_split_by_the_order(member: FlaskClient, world: World) -> None:
    page = text(member, f"/loans/{world.loans['paid_after_list/1'].id}/explain")
    assert (
        "2026-11-10: ¥1,171.50, used for penalty ¥31.50, interest ¥140.00, principal ¥1,000.00, paid ahead ¥0.00."
        in page
    )
    assert "penalty → interest → principal" in page
    assert "−¥1,000.00" in page
    assert "Why “up to date”?" in page


@pytest.mark.parametrize("who", NAMES)
def test_every_standing_opens(client: FlaskClient, world: World, who: str) -> None:
    client.post("/language", data={"language": "en"})
    sign_in(client, "centre")
    for address in (f"/borrowers/{world.borrowers[who].id}/explain", f"/loans/{world.loans[f'{who}/1'].id}/explain"):
        page = text(client, address)
        assert "Step 1" in page
        assert "%(" not in page
        assert text(client, f"{address}?as_of=2017-01-01")


def test_a_day_before_the_list_asks_our_own_ledger(member: FlaskClient, world: World) -> None:
    page = text(member, f"/loans/{world.loans['overdue/1'].id}/explain?as_of=2026-01-23")
    assert "There is no list of the bank for this contract on or before 2026-01-23" in page
    assert "Why 34 days and ¥1,140.00?" in page


def test_a_day_that_cannot_be_is_refused_kindly(member: FlaskClient, world: World) -> None:
    address = f"/loans/{world.loans['overdue/1'].id}/explain"
    page = text(member, f"{address}?as_of=2026-11-24", 422)
    assert "What will be on 2026-11-24 nobody knows" in page
    assert "Why 338 days" in page
    assert "This is not a day" in text(member, f"{address}?as_of=yesterday", 422)
    assert "This is not a day" in text(member, f"{address}?as_of=%3Cscript%3E", 422)


def test_other_peoples_look_missing(member: FlaskClient, world: World) -> None:
    assert member.get(f"/loans/{world.loans['foreign/1'].id}/explain").status_code == 404
    assert member.get(f"/borrowers/{world.borrowers['foreign'].id}/explain").status_code == 404


def test_the_name_is_not_in_the_title(member: FlaskClient, world: World) -> None:
    page = member.get(f"/borrowers/{world.borrowers['overdue'].id}/explain").get_data(as_text=True)
    assert NAMES["overdue"] not in page.partition("</title>")[0]


def test_every_entry_has_words() -> None:
    assert set(MOVEMENTS) == set(MovementKind)


def test_the_command_says_the_same_and_names_nobody(app: Flask, database: Database, world: World) -> None:
    run = app.test_cli_runner()
    loan = world.loans["overdue/1"].id
    answer = run.invoke(args=["explain", "--loan", str(loan), "--as-of", "2026-11-23", "--language", "en"])
    assert answer.exit_code == 0, answer.output
    assert "From 2025-12-20 (day 0) to 2026-11-23: 338 days." in answer.output
    assert "the bank's list  1,000.00 140.00 31.50 0.00" in answer.output
    assert NAMES["overdue"] not in answer.output
    assert "DEMO" not in answer.output
    whole = run.invoke(args=["explain", "--borrower", str(world.borrowers["overdue"].id), "--language", "en"])
    assert whole.output == answer.output
    assert run.invoke(args=["explain", "--loan", str(loan)]).exit_code == 0


@pytest.mark.parametrize(
    "wrong",
    [[], ["--loan", "1", "--borrower", "1"], ["--loan", "1", "--as-of", "2026-11-24"], ["--loan", "999999"]],
)
def test_the_command_refuses_what_cannot_be(app: Flask, wrong: list[str]) -> None:
    answer = app.test_cli_runner().invoke(args=["explain", *wrong])
    assert answer.exit_code != 0
    assert "Traceback" not in answer.output
