from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

import openpyxl
import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, update

from models.database import Database
from models.events import Event
from models.limitation import LimitationInterruption
from models.loans import Loan, Repayment
from models.rules.calendar import add_years
from tests.conftest import NOW, sign_in
from tests.services.test_limitation import TODAY, ends_in, mature, notice
from tests.world import World


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def deputy(client: FlaskClient, world: World) -> FlaskClient:
    client.post("/language", data={"language": "en"})
    return sign_in(client, "deputy")


@pytest.fixture
def loan(database: Database, world: World) -> int:
    with database.write() as session:
        return mature(session, world, "overdue", ends_in(20))


def text(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def told(**changes: str) -> dict[str, str]:
    return {
        "kind": "acknowledgement",
        "on": "2026-11-20",
        "proof": "binder 2026-3",
        "is_proven": "y",
        "submit_key": "key",
        **changes,
    }


def test_the_list_says_how_long_and_what_mends_it(deputy: FlaskClient, world: World, loan: int) -> None:
    page = text(deputy, "/limitation")
    assert "20 days left" in page
    assert "Issue a notice and serve it" in page
    assert f'href="/limitation/{loan}"' in page
    assert "甲一鸣" in page
    assert "1 contract becomes too old to claim within 180 days" in text(deputy, "/")
    assert "No claim is too old" in text(deputy, "/limitation?which=over")
    assert "Nothing ends here" in text(deputy, "/limitation?area=990101102")
    assert "20 days left" in text(deputy, "/limitation?days=nonsense&area=%27&after=x")


def test_nothing_to_watch_says_what_brings_contracts_here(deputy: FlaskClient) -> None:
    assert "No claim becomes too old soon" in text(deputy, "/limitation")
    assert "too old to claim" not in text(deputy, "/")


def test_the_list_links_the_notice_to_serve(deputy: FlaskClient, database: Database, world: World, loan: int) -> None:
    with database.write() as session:
        number = notice(session, world, "overdue", TODAY, None)
    page = text(deputy, "/limitation")
    assert "Serve the notice that is already issued" in page
    assert f'href="/notices/{number}"' in page


def test_write_down_then_take_back(deputy: FlaskClient, database: Database, loan: int) -> None:
    address = f"/limitation/{loan}"
    answer = deputy.post(f"{address}/interruptions", data=told())
    assert (answer.status_code, answer.location) == (303, address)
    deputy.post(f"{address}/interruptions", data=told())  # the same form twice is done once
    page = text(deputy, address)
    assert add_years(TODAY, 3).replace(day=20).isoformat() in page
    assert "binder 2026-3" in page
    with database.reader() as session:
        (kept,) = session.scalars(select(LimitationInterruption.id)).all()
    assert text(deputy, "/limitation").count("甲一鸣") == 0
    assert "no longer count" in text(deputy, f"{address}/interruptions/{kept}/void")
    empty = deputy.post(f"{address}/interruptions/{kept}/void", data={"reason": ""})
    assert empty.status_code == 422
    answer = deputy.post(f"{address}/interruptions/{kept}/void", data={"reason": "wrong person"})
    assert answer.status_code == 303
    assert "taken back：wrong person" in text(deputy, address)
    again = deputy.post(f"{address}/interruptions/{kept}/void", data={"reason": "again"})
    assert again.status_code == 422


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"on": "2026-11-24"}, "lies in the future"),
        ({"on": "2016-08-31"}, "signed on 2016-09-01"),
        ({"proof": ""}, "Say what proves it"),
        ({"kind": "wish"}, "Not a valid choice"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    deputy: FlaskClient, loan: int, changes: dict[str, str], words: str
) -> None:
    answer = deputy.post(f"/limitation/{loan}/interruptions", data=told(**changes))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert words in page
    assert changes.get("on", "2026-11-20") in page


def test_a_member_reads_and_does_not_write(client: FlaskClient, loan: int) -> None:
    client.post("/language", data={"language": "en"})
    sign_in(client, "member")
    assert "Write it down" not in text(client, f"/limitation/{loan}")
    assert client.post(f"/limitation/{loan}/interruptions", data=told()).status_code == 403


def test_other_peoples_contracts_look_missing(deputy: FlaskClient, world: World) -> None:
    foreign = world.loans["foreign/1"].id
    assert deputy.get(f"/limitation/{foreign}").status_code == 404
    assert deputy.post(f"/limitation/{foreign}/interruptions", data=told()).status_code == 404
    assert deputy.get(f"/limitation/{foreign}/interruptions/1/void").status_code == 404


def test_the_workbook_holds_the_list(deputy: FlaskClient, database: Database, loan: int) -> None:
    answer = deputy.post("/limitation/export?days=90")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    rows = [row for row in sheet.iter_rows(values_only=True) if row[1] == 20]
    assert [row[3] for row in rows] == ["甲一鸣"]
    assert sheet["A2"].value == "Contracts whose claim becomes too old within 90 days"
    with database.reader() as session:
        facts = session.scalars(select(Event.facts).where(Event.tag == "limitation:exported")).one()
    assert facts == {"rows": 1, "filters": {"days": "90"}}


def test_the_contract_tells_its_history(deputy: FlaskClient, database: Database, world: World, loan: int) -> None:
    page = text(deputy, f"/limitation/{loan}")
    assert "Nothing since the last due day." in page
    with database.write() as session:
        session.execute(update(Loan).where(Loan.id == loan).values(matures_on=ends_in(-10)))
        for day in ("2020-12-20", "2024-01-02"):
            session.add(
                Repayment(loan_id=loan, paid_on=TODAY.fromisoformat(day), amount=1, bank_reference=day),
            )
    page = text(deputy, f"/limitation/{loan}")
    assert "1 payment or demand before the last due day has no effect" in page
    assert "payment received" in page
    assert "2027-01-02" in page
