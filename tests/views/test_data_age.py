"""Every page that leads to chasing somebody says how old the bank's data is."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from models.database import Database
from models.loans import ArrearsList
from tests.conftest import sign_in
from tests.world import World

pytestmark = pytest.mark.usefixtures("time_is")


def pages(world: World) -> list[tuple[str, str]]:
    """Return (who, where)."""
    overdue = world.borrowers["overdue"].id
    village = world.villages["东湾"].code
    return [
        ("member", "/"),
        ("member", "/borrowers?state=overdue"),
        ("member", f"/borrowers/{overdue}"),
        ("member", f"/borrowers/{overdue}/contacts/new"),
        ("member", "/notices"),
        ("member", f"/notices/batches/new?area={village}"),
        ("member", "/suspicions"),
        ("member", f"/borrowers/{overdue}/suspicions/new"),
        ("leader", "/escalations"),
        ("leader", f"/borrowers/{overdue}/escalations/new"),
        ("township", "/"),
        ("township", "/escalations"),
        ("centre", "/limitation"),
    ]


def test_each_says_how_old_the_data_is(client: FlaskClient, world: World) -> None:
    signed_in = ""
    for who, where in pages(world):
        if who != signed_in:
            client.post("/sign-out")
            sign_in(client, who)
            signed_in = who
        answer = client.get(where, headers={"Accept-Language": "en"})
        assert answer.status_code == 200, (who, where)
        page = re.sub(r"\s+", " ", answer.get_data(as_text=True))
        assert "演示开发银行: data of 2026-11-01" in page, (who, where)


def test_who_sees_no_borrowers_sees_no_dates(client: FlaskClient, world: World) -> None:
    assert world.lender.id
    for who in ("admin", "auditor"):
        sign_in(client, who)
        assert "data of 2026-11-01" not in client.get("/", headers={"Accept-Language": "en"}).get_data(as_text=True)
        client.post("/sign-out")


def test_too_old_says_what_waits(client: FlaskClient, world: World, database: Database) -> None:
    with database.write() as session:
        session.execute(update(ArrearsList).values(data_on=world.arrears_list.data_on.replace(month=9)))
    sign_in(client, "member")
    page = client.get("/notices", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "Too old: notices and reports wait for a newer list." in page
    assert "lists from 2026-11-04 on" in page  # of the settlement of 20 October
