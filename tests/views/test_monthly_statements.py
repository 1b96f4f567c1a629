"""The monthly statement as deputy and aid centre meet it."""

from __future__ import annotations

import re

import pytest
import time_machine
from flask.testing import FlaskClient

from tests.conftest import sign_in
from tests.world import World

EN = {"Accept-Language": "en"}
DECEMBER = "2026-12-02T02:00:00+00:00"


@pytest.fixture(autouse=True)
def _december() -> object:
    with time_machine.travel(DECEMBER, tick=False):
        yield


def page(client: FlaskClient, place: str) -> str:
    answer = client.get(place, headers=EN)
    assert answer.status_code == 200, place
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def as_(client: FlaskClient, who: str) -> FlaskClient:
    client.post("/sign-out")
    return sign_in(client, who)


def test_from_the_months_to_the_closed_and_printed_statement(client: FlaskClient, world: World) -> None:
    school = world.schools["S01"].id
    month = f"/monthly-statements/{world.lender.id}/2026-11"
    as_(client, "deputy")
    assert "1 monthly statement waits for your signature" in page(client, "/")
    assert "2026-11" in page(client, "/monthly-statements")
    draft = page(client, f"{month}/{school}")
    assert "Sign these figures" in draft
    assert "甲**" in draft
    digest = re.search(r'name="sha256"[^>]*value="([0-9a-f]{64})"', draft) or re.search(
        r'value="([0-9a-f]{64})"', draft
    )
    assert digest
    answer = client.post(f"{month}/{school}", data={"sha256": digest[1]})
    assert answer.status_code == 303
    place = answer.headers["Location"]
    assert "signed, waits for the aid centre" in page(client, place)
    assert "monthly statement" not in page(client, "/")
    assert client.post(f"{place}/confirm").status_code == 403
    as_(client, "centre")
    assert "1 monthly statement is to be countersigned" in page(client, "/")
    overview = page(client, month)
    assert "villages of no school" in overview
    assert "In total" in overview
    answer = client.post(f"{place}/return", data={"reason": ""}, headers=EN)
    assert answer.status_code == 422
    assert "Say in a few words why." in answer.get_data(as_text=True)
    assert client.post(f"{place}/confirm").status_code == 303
    assert "countersigned and closed" in page(client, place)
    assert "monthly statement" not in page(client, "/")
    assert client.post(f"{place}/confirm").status_code == 409
    paper = client.get(f"{place}/print", headers=EN).get_data(as_text=True)
    assert 'lang="zh-Hans"' in paper  # the paper is in the language of the office, whoever prints it
    assert "副组长甲" in paper
    assert "中心甲" in paper


def test_what_changed_meanwhile_is_refused_in_words(client: FlaskClient, world: World) -> None:
    as_(client, "deputy")
    place = f"/monthly-statements/{world.lender.id}/2026-11/{world.schools['S01'].id}"
    answer = client.post(place, data={"sha256": "0" * 64}, headers=EN)
    assert answer.status_code == 409
    assert "read them again" in answer.get_data(as_text=True)


@pytest.mark.parametrize("month", ["2026-13", "2026", "2025-01", "x"])
def test_a_month_that_is_none_looks_missing(client: FlaskClient, world: World, month: str) -> None:
    as_(client, "centre")
    for place in (month, f"{month}/{world.schools['S01'].id}"):
        assert client.get(f"/monthly-statements/{world.lender.id}/{place}").status_code == 404


def test_another_schools_statement_looks_missing(client: FlaskClient, world: World) -> None:
    as_(client, "deputy_b")
    month = f"/monthly-statements/{world.lender.id}/2026-11"
    assert client.get(f"{month}/{world.schools['S01'].id}").status_code == 404
    assert client.get(f"{month}/0").status_code == 404
    assert world.schools["S01"].name not in page(client, month)


def test_a_month_is_to_be_signed_when_it_is_over_and_again_when_it_came_back(client: FlaskClient, world: World) -> None:
    with time_machine.travel("2026-11-29T02:00:00+00:00", tick=False):
        as_(client, "deputy")
        assert "monthly statement" not in page(client, "/")
    as_(client, "deputy")
    place = f"/monthly-statements/{world.lender.id}/2026-11/{world.schools['S01'].id}"
    digest = re.search(r'value="([0-9a-f]{64})"', page(client, place))
    assert digest
    signed = client.post(place, data={"sha256": digest[1]}).headers["Location"]
    as_(client, "centre")
    assert client.post(f"{signed}/return", data={"reason": "金额有误"}).status_code == 303
    assert "monthly statement" not in page(client, "/")
    as_(client, "deputy")
    assert "1 monthly statement waits for your signature" in page(client, "/")
