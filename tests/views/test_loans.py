"""The page of one contract, and the acts on it in two steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select

from models.database import Database
from models.loans import ContractChange, Relief, ReliefCorrection, Repayment, Reversal
from models.rules.facts import PauseCause, ReliefKind, RepaymentKind
from models.standings import BorrowerStanding
from tests.conftest import NOW, sign_in
from tests.world import World


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(client: FlaskClient, who: str) -> FlaskClient:
    client.post("/language", data={"language": "en"})
    return sign_in(client, who)


def text(client: FlaskClient, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return str(answer.get_data(as_text=True))


def shown(client: FlaskClient, url: str, data: dict[str, Any]) -> tuple[str, str]:
    answer = client.post(url, data=data | {"step": "show"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200, page
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert found, page
    return page, found[1]


def act(client: FlaskClient, url: str, data: dict[str, Any]) -> str:
    """Do both steps; returns the page that showed what it would do."""
    page, seen = shown(client, url, data)
    answer = client.post(url, data=data | {"step": "do", "seen": seen})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return page


def count(database: Database, table: type) -> int:
    with database.reader() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def overdue(database: Database, world: World, key: str = "overdue") -> Decimal:
    with database.reader() as session:
        return session.get_one(BorrowerStanding, world.borrowers[key].id).overdue_total


WAIVER = {
    "kind": "waiver",
    "scope": "all",
    "cause": "",
    "from_on": "2025-12-01",
    "to_on": "2027-01-01",
    "reason": "减免",
}
PAUSE = {"kind": "pause", "scope": "all", "cause": "claims_paid", "from_on": "2026-11-20", "reason": ""}


def test_the_page_tells_terms_plan_and_money(client: FlaskClient, world: World) -> None:
    page = text(signed_in(client, "member"), f"/loans/{world.loans['overdue/1'].id}")
    for words in ("DEMO-overdue-1", "演示开发银行", "¥8,000.00", "2.8 %", "2029-09-20", "Overdue ¥1,171.50"):
        assert words in page, words
    assert page.count("<h1>") == 1
    row = re.search(r"2025-12-20</th>.*?</tr>", page, re.DOTALL)
    assert row
    assert "overdue" in row[0]
    assert "¥1,140.00" in row[0]
    assert re.search(r"2024-12-20</th>.*?nothing owed", page, re.DOTALL)
    assert "甲一鸣" not in re.findall(r"<title>.*?</title>", page)[0]
    for act_of_others in ("Enter a relief", "Study goes on", "Taken back by the bank?"):
        assert act_of_others not in page


def test_the_borrowers_page_leads_to_each_contract(client: FlaskClient, world: World) -> None:
    page = text(signed_in(client, "member"), f"/borrowers/{world.borrowers['overdue'].id}")
    assert f'href="/loans/{world.loans["overdue/1"].id}"' in page


def test_who_sees_which_acts(client: FlaskClient, world: World) -> None:
    url = f"/loans/{world.loans['overdue/1'].id}"
    page = text(signed_in(client, "deputy"), url)
    assert "Enter a pause" in page
    assert "The lender called it due" not in page
    form = text(client, f"{url}/reliefs/new")
    assert "pause of the count of days" in form
    assert 'value="pause"' in form
    assert 'value="waiver"' not in form
    assert "Covers" not in form
    client.post("/sign-out")
    page = text(signed_in(client, "centre"), url)
    for words in ("Enter a relief", "The lender called it due", "The lender wrote it off", "Study goes on"):
        assert words in page, words


def test_an_act_is_shown_in_numbers_before_it_is_done(client: FlaskClient, database: Database, world: World) -> None:
    signed_in(client, "centre")
    url = f"/loans/{world.loans['overdue/1'].id}"
    page, seen = shown(client, f"{url}/reliefs/new", WAIVER)
    assert "goes from ¥1,171.50 to ¥0.00" in page
    assert "the case is closed" in page
    assert (count(database, Relief), overdue(database, world)) == (1, Decimal("1171.50"))  # the deferral of another
    # What was changed after it was shown is shown again, not done.
    other = WAIVER | {"from_on": "2026-12-01"}
    answer = client.post(f"{url}/reliefs/new", data=other | {"step": "do", "seen": seen})
    assert (answer.status_code, count(database, Relief)) == (200, 1)
    assert "stays ¥1,171.50" in answer.get_data(as_text=True)
    assert client.post(f"{url}/reliefs/new", data=WAIVER | {"step": "do"}).status_code == 200
    assert count(database, Relief) == 1
    answer = client.post(f"{url}/reliefs/new", data=WAIVER | {"step": "do", "seen": seen})
    assert (answer.status_code, answer.location) == (303, url)
    assert (count(database, Relief), overdue(database, world)) == (2, 0)


def test_a_pause_is_entered_corrected_and_taken_back(client: FlaskClient, database: Database, world: World) -> None:
    signed_in(client, "deputy")
    loan = world.loans["overdue/1"]
    url = f"/loans/{loan.id}"
    page = act(client, f"{url}/reliefs/new", PAUSE)
    assert "paused" in page
    with database.reader() as session:
        relief = session.scalars(select(Relief).where(Relief.loan_id == loan.id)).one()
        assert (relief.kind, relief.cause, relief.to_on) == (ReliefKind.PAUSE, PauseCause.CLAIMS_PAID, None)
    act(
        client,
        f"{url}/reliefs/{relief.id}/correct",
        {"from_on": "2026-11-20", "to_on": "2026-11-22", "reason": "名单已更新"},
    )
    page = text(client, url)
    assert "Corrected to 2026-11-20 – 2026-11-22" in page
    assert "says it is paid already" in page
    act(client, f"{url}/reliefs/{relief.id}/void", {"reason": "录错合同"})
    page = text(client, url)
    assert "<del>2026-11-20 – 2026-11-22</del>" in page
    assert f"/reliefs/{relief.id}/correct" not in page
    assert count(database, ReliefCorrection) == 2
    assert client.post(f"{url}/reliefs/{relief.id}/void", data={"reason": "再撤"}).status_code == 422


def test_a_double_click_enters_it_once(client: FlaskClient, database: Database, world: World) -> None:
    signed_in(client, "deputy")
    url = f"/loans/{world.loans['overdue/1'].id}/reliefs/new"
    _page, seen = shown(client, url, PAUSE)
    sent = PAUSE | {"step": "do", "seen": seen, "submit_key": "the-same"}
    first, second = client.post(url, data=sent), client.post(url, data=sent)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert count(database, Relief) == 2


@pytest.mark.parametrize(
    ("where", "data", "sentence"),
    [
        ("reliefs/new", PAUSE | {"to_on": "2026-11-20"}, "A pause must end after the day it starts."),
        ("reliefs/new", PAUSE | {"from_on": "2016-01-01"}, "before the contract was signed"),
        ("reliefs/new", PAUSE | {"to_on": "2300-01-01"}, "too far in the future"),
        ("reliefs/new", PAUSE | {"from_on": "soon"}, "Not a valid date value"),
        ("reliefs/new", PAUSE | {"kind": "gift"}, "Not a valid choice"),
        ("call-due", {"effective_on": "2026-12-01", "reason": "来函"}, "has not come yet"),
        ("study", {"subsidy_ends_on": "2019-08-31", "graduation_year": "2019", "matures_on": "2030-09-20"}, "further"),
        ("study", {"subsidy_ends_on": "2031-08-31", "graduation_year": "9", "matures_on": "2030-09-20"}, "between"),
    ],
)
def test_bad_input_is_told_beside_the_form_and_stored_nowhere(
    client: FlaskClient, database: Database, world: World, where: str, data: dict[str, Any], sentence: str
) -> None:
    signed_in(client, "centre")
    answer = client.post(f"/loans/{world.loans['overdue/1'].id}/{where}", data=data | {"step": "show"})
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert (count(database, Relief), count(database, ContractChange)) == (1, 0)


def test_contract_changes_and_a_payment_taken_back(client: FlaskClient, database: Database, world: World) -> None:
    signed_in(client, "centre")
    loan = world.loans["current/1"]
    url = f"/loans/{loan.id}"
    page = act(client, f"{url}/call-due", {"effective_on": "2026-11-10", "reason": "银行来函"})
    assert "The borrower would be in arrears" in page
    assert "¥3,124.66" in page
    with database.reader() as session:
        change_id = session.scalars(select(ContractChange.id)).one()
        paid = session.scalars(
            select(Repayment.id).where(Repayment.loan_id == loan.id, Repayment.paid_on == date(2025, 12, 20))
        ).one()
    assert "worked out by us" in text(client, url)
    page = act(client, f"{url}/changes/{change_id}/void", {"reason": "来函撤回"})
    assert "from ¥3,124.66 to ¥0.00" in page
    assert "<del>called due as a whole</del>" in text(client, url)
    page = act(client, f"{url}/write-off", {"effective_on": "2026-11-10", "reason": "核销"})
    assert "Nothing changes today" in page
    page = act(client, f"{url}/repayments/{paid}/reverse", {"reversed_on": "2026-11-12", "reason": "冲正"})
    assert "from ¥0.00 to ¥1,140.00" in page
    assert "<del>¥1,140.00</del>" in text(client, url)
    assert count(database, Reversal) == 1
    studying = f"/loans/{world.loans['studying/1'].id}"
    data = {"subsidy_ends_on": "2031-08-31", "graduation_year": "2031", "matures_on": "2040-09-20", "reason": "读研"}
    page = act(client, f"{studying}/study", data)
    assert "2031-12-20" in page
    assert "2034-12-20" in text(client, studying)


def test_each_kind_of_money_is_told_apart(client: FlaskClient, database: Database, world: World) -> None:
    loan = world.loans["current/1"]
    with database.write() as session:
        for place, kind in enumerate(RepaymentKind):
            session.add(
                Repayment(
                    loan_id=loan.id,
                    paid_on=date(2026, 10, 1 + place),
                    amount=Decimal(10),
                    kind=kind,
                    bank_reference=f"K{place}",
                )
            )
    page = text(signed_in(client, "member"), f"/loans/{loan.id}")
    for words in (
        "early repayment",
        "settled on 2026-10-20",
        "compensation by the state",
        "payout of the relief fund",
        "let go by",
    ):
        assert words in page, words


ACTS = ("reliefs/new", "reliefs/{}/correct", "reliefs/{}/void", "call-due", "write-off", "study", "changes/{}/void")


@pytest.mark.parametrize("who", ["member", "deputy", "leader", "member_b", "township"])
def test_other_peoples_contracts_look_missing(client: FlaskClient, world: World, who: str) -> None:
    signed_in(client, who)
    foreign = world.loans["nobody/1"].id if who == "member_b" else world.loans["foreign/1"].id
    if who == "township":
        assert client.get(f"/loans/{foreign}").status_code == 403
        return
    assert client.get(f"/loans/{foreign}").status_code == 404
    for path in ACTS:
        for status in {client.get(f"/loans/{foreign}/{path.format(1)}").status_code}:
            assert status in ({404} if who in {"deputy", "leader"} and path.startswith("reliefs") else {403})


def test_parts_of_another_contract_look_missing(client: FlaskClient, database: Database, world: World) -> None:
    """An id that exists, but under another contract than the address says."""
    signed_in(client, "centre")
    with database.reader() as session:
        relief_id = session.scalars(select(Relief.id)).one()
        paid = session.scalars(select(Repayment.id).where(Repayment.loan_id == world.loans["current/1"].id)).first()
    other = f"/loans/{world.loans['overdue/1'].id}"
    for path in (f"reliefs/{relief_id}/correct", f"reliefs/{relief_id}/void", f"repayments/{paid}/reverse"):
        assert client.get(f"{other}/{path}").status_code == 404
        assert client.post(f"{other}/{path}", data={"reason": "试"}).status_code == 404
    assert client.get("/loans/999999").status_code == 404


def test_who_says_it_is_paid_leads_to_a_pause(client: FlaskClient, world: World) -> None:
    borrower = world.borrowers["overdue"].id
    signed_in(client, "member")
    answer = client.post(
        f"/borrowers/{borrower}/contacts/new",
        data={
            "method": "visit",
            "second_visitor": "村干部",
            "at": "2026-11-22T10:00",
            "reached": "borrower",
            "outcome": "paid_already",
            "point": "",
            "cause": "",
            "next_step": "",
        },
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    asks = f'href="/borrowers/{borrower}/questions/new'
    page = text(client, f"/borrowers/{borrower}")
    assert "Ask the deputy for a pause" in page
    assert asks in page
    client.post("/sign-out")
    page = text(signed_in(client, "deputy"), f"/borrowers/{borrower}")
    address = f"/loans/{world.loans['overdue/1'].id}/reliefs/new?kind=pause&amp;cause=claims_paid"
    assert address in page
    form = text(client, address.replace("&amp;", "&"))
    assert re.search(r'<option selected value="claims_paid"', form)
