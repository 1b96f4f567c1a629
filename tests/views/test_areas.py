from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask.testing import FlaskClient

from tests.conftest import NOW, sign_in
from tests.world import World


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(client: FlaskClient, world: World) -> FlaskClient:
    client.post("/language", data={"language": "en"})
    return client


def test_from_the_district_down_to_the_people(browser: FlaskClient, world: World) -> None:
    sign_in(browser, "centre")
    district = browser.get("/areas").get_data(as_text=True)
    township = world.townships["河口乡"].code
    assert f'href="/areas/{township}"' in district
    assert "1 without anybody" in district
    villages = browser.get(f"/areas/{township}").get_data(as_text=True)
    village = world.villages["石桥"].code
    assert f'href="/areas/{village}"' in villages
    assert "nobody" in villages
    people = browser.get(f"/areas/{village}").get_data(as_text=True)
    assert f'href="/borrowers/{world.borrowers["nobody"].id}"' in people
    for page in (district, villages, people):
        assert page.count("<h1>") == 1
        assert 'data-label="' in page


def test_give_a_village(browser: FlaskClient, world: World) -> None:
    sign_in(browser, "leader")
    url = f"/areas/{world.villages['东湾'].code}"
    school = world.schools["S01"].id
    assert "Give the village" in browser.get(url).get_data(as_text=True)
    answer = browser.post(f"{url}/keeper", data={"keeper": f"{school}-{world.seats['member2'].id}"})
    assert answer.status_code == 303
    page = browser.get(url).get_data(as_text=True)
    assert "成员乙（山前镇中心学校）" in page
    assert "2026-09-01 – 2026-11-23：成员甲" in page
    other = world.schools["S02"].id
    assert browser.post(f"{url}/keeper", data={"keeper": f"{other}-"}).status_code == 422
    same = browser.post(f"{url}/keeper", data={"keeper": f"{school}-{world.seats['member2'].id}"})
    assert same.status_code == 422
    assert "already" in same.get_data(as_text=True)


def test_out_of_reach(browser: FlaskClient, world: World) -> None:
    sign_in(browser, "deputy")
    for code in (world.villages["北坪"].code, world.villages["石桥"].code, world.townships["河口乡"].code, "zz"):
        assert browser.get(f"/areas/{code}").status_code == 404
        assert browser.post(f"/areas/{code}/keeper", data={"keeper": "1-"}).status_code == 404


def test_a_member_gives_no_village(browser: FlaskClient, world: World) -> None:
    sign_in(browser, "member")
    url = f"/areas/{world.villages['东湾'].code}"
    assert "Give the village" not in browser.get(url).get_data(as_text=True)
    assert browser.post(f"{url}/keeper", data={"keeper": "1-"}).status_code == 403


def test_giving_a_village_is_within_reach_above_its_people(browser: FlaskClient, world: World) -> None:
    """The form stands below fifty people: on a phone that is twelve screens down."""
    url = f"/areas/{world.villages['东湾'].code}"
    sign_in(browser, "leader")
    page = browser.get(url).get_data(as_text=True)
    assert page.index('href="#assign-title"') < page.index("<table") < page.index('id="assign-title"')
    browser.post("/sign-out")
    sign_in(browser, "member")
    assert "#assign-title" not in browser.get(url).get_data(as_text=True)
