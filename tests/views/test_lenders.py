"""Pages of lenders' profiles: read by schools, kept by the centre."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from config import Settings
from models.database import Database
from models.events import Event
from models.loans import Lender
from models.rules.interest import DayCount
from tests.conftest import sign_in, work_off
from tests.world import World

SAME = {
    "name": "演示开发银行",
    "day_count": "hybrid_360",
    "penalty_percent": "130",
    "first": "penalty",
    "second": "interest",
    "third": "principal",
    "settlement_day": "20",
    "unsettled_month": "11",
    "posting_days": "15",
    "tolerance": "1.00",
    "official_channels": "演示渠道",
}
UNION = {
    **SAME,
    "name": "示范农村信用合作联社",
    "code": "RCU",
    "day_count": "act_365",
    "first": "principal",
    "third": "penalty",
    "settlement_day": "31",
    "unsettled_month": "0",
}


def test_a_profile_is_explained_with_the_worked_example(client: FlaskClient, world: World, time_is: None) -> None:
    sign_in(client, "deputy")
    assert f"/lenders/{world.lender.id}" in client.get("/lenders").get_data(as_text=True)
    page = client.get(f"/lenders/{world.lender.id}").get_data(as_text=True)
    # 48,000 at 2.80 %: 111 days and a full year, hybrid and days over 360, as the sources work it out.
    assert page.count("¥414.40") == 2
    assert "¥1,344.00" in page
    assert "¥1,362.67" in page
    assert "2026-12-20" in page  # paid on 23 November: not settled before
    assert "2027-01-04" in page
    assert "/edit" not in page  # a deputy reads
    assert client.get(f"/lenders/{world.lender.id}/edit").status_code == 403


def test_a_lender_is_added(client: FlaskClient, database: Database, time_is: None) -> None:
    sign_in(client, "centre")
    answer = client.post("/lenders/new", data=UNION)
    assert answer.status_code == 303
    assert "2026-11-30" in client.get(answer.location).get_data(as_text=True)  # settled on the last day of any month
    with database.reader() as session:
        row = session.scalars(select(Lender).where(Lender.code == "RCU")).one()
    assert (row.day_count, row.allocation, row.unsettled_month) == (
        DayCount.ACT_365,
        "principal,interest,penalty",
        None,
    )
    again = client.post("/lenders/new", data=UNION)
    assert again.status_code == 422
    assert "示范农村信用合作联社" in again.get_data(as_text=True)  # nothing typed is lost


def test_what_moves_figures_is_shown_before_a_job_keeps_it(
    client: FlaskClient, database: Database, settings: Settings, world: World, time_is: None
) -> None:
    sign_in(client, "centre")
    url = f"/lenders/{world.lender.id}/edit"
    assert 'value="130"' in client.get(url).get_data(as_text=True)
    sent = {**SAME, "penalty_percent": "150"}
    page = client.post(url, data=sent).get_data(as_text=True)
    assert re.search(r'notice-line-warning"[^>]*>\s*[^<]*\b9\b', page)  # borrowers with a contract not paid off
    with database.reader() as session:
        assert session.get_one(Lender, world.lender.id).penalty_percent == 130
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', page)
    assert seen
    assert client.post(url, data={**sent, "seen": seen.group(1)}).location == "/jobs/1"
    work_off(database, settings)
    with database.reader() as session:
        assert session.get_one(Lender, world.lender.id).penalty_percent == 150
        assert session.scalar(select(func.count()).where(Event.tag == "lender:changed")) == 1


def test_what_moves_nothing_is_kept_at_once(
    client: FlaskClient, database: Database, world: World, time_is: None
) -> None:
    sign_in(client, "centre")
    sent = {**SAME, "official_channels": "演示柜台"}
    assert client.post(f"/lenders/{world.lender.id}/edit", data=sent).status_code == 303
    with database.reader() as session:
        assert session.get_one(Lender, world.lender.id).official_channels == "演示柜台"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"second": "penalty"}, "third"),
        ({"third": "fee"}, "third"),
        ({"penalty_percent": "30"}, "penalty_percent"),
        ({"penalty_percent": "much"}, "penalty_percent"),
        ({"settlement_day": "32"}, "settlement_day"),
        ({"unsettled_month": "13"}, "unsettled_month"),
        ({"posting_days": "-1"}, "posting_days"),
        ({"tolerance": "-1"}, "tolerance"),
        ({"tolerance": "NaN"}, "tolerance"),
        ({"tolerance": "0.001"}, "name"),
        ({"day_count": "lunar"}, "day_count"),
        ({"name": ""}, "name"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    client: FlaskClient, database: Database, world: World, time_is: None, wrong: dict[str, str], field: str
) -> None:
    sign_in(client, "centre")
    for url, sent in ((f"/lenders/{world.lender.id}/edit", SAME), ("/lenders/new", UNION)):
        data = {**sent, **wrong}
        answer = client.post(url, data=data)
        if answer.status_code == 200:  # its consequence was shown first
            seen = re.search(r'name="seen"[^>]*value="([^"]*)"', answer.get_data(as_text=True))
            assert seen
            answer = client.post(url, data={**data, "seen": seen.group(1)})
        assert answer.status_code == 422, url
        assert f'id="{field}-error"' in answer.get_data(as_text=True), url
    with database.reader() as session:
        assert session.scalar(select(func.count()).select_from(Lender)) == 1
        assert session.get_one(Lender, world.lender.id).penalty_percent == 130
