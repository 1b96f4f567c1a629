"""The administrator's accounts: list, adding, first passwords, stopping; and nobody else's business."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models.accounts import User, UserSession
from models.database import Database
from models.events import Event
from models.rules.permissions import Permission, Role, may
from portal.services import accounts
from tests.conftest import sign_in
from tests.world import World

_PASSWORD = re.compile(r'class="serial once">([a-z2-9]{4}(?:-[a-z2-9]{4}){3})<')


def _page(client: FlaskClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_list_is_narrowed_by_what_the_address_says(client: FlaskClient, world: World) -> None:
    sign_in(client, "admin")
    everybody = _page(client, "/users")
    assert all(user.name in everybody for user in world.users.values())
    members = _page(client, f"/users?role=member&school={world.schools['S01'].id}")
    assert world.users["member"].name in members
    assert world.users["member_b"].name not in members  # the other school
    assert world.users["deputy"].name not in members  # the other role
    assert 'class="chip" href="/users?role=member"' in members  # a chip takes one filter away and keeps the other
    assert 'class="chip"' not in _page(client, "/users?role=nonsense")


def test_list_goes_on_page_by_page_and_misses_nobody(client: FlaskClient, database: Database, world: World) -> None:
    with database.write() as session:
        for number in range(120):
            session.add(
                User(
                    username=f"many{number:03d}",
                    name=f"甲{number:03d}",
                    role=Role.AUDITOR,
                    password_hash="x",
                    created_at=world.at,
                )
            )
    sign_in(client, "admin")
    seen: list[str] = []
    url = "/users?role=auditor"
    while url:
        page = _page(client, url)
        seen += re.findall(r'href="/users/(\d+)"', page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        url = found.group(1).replace("&amp;", "&") if found else ""
        assert "many" not in url  # no sign-in names in addresses
    assert len(seen) == len(set(seen)) == 121


def test_new_account_shows_its_password_once_and_it_works(
    client: FlaskClient, database: Database, world: World
) -> None:
    sign_in(client, "admin")
    sent = {"name": "成员丁", "username": "Ding", "role": "member", "school": str(world.schools["S02"].id)}
    answer = client.post("/users/new", data=sent)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    found = _PASSWORD.search(page)
    assert found
    assert answer.headers["Cache-Control"] == "no-store"
    with database.reader() as session:
        user = session.scalars(select(User).where(User.username == "ding")).one()
        facts = [str(event.facts) + event.subject for event in session.scalars(select(Event))]
    assert (user.role, user.school_id, user.township_id) == (Role.MEMBER, world.schools["S02"].id, None)
    assert user.must_change_password
    assert not any(found.group(1) in text for text in facts)
    assert found.group(1) not in _page(client, f"/users/{user.id}")
    client.post("/sign-out")
    signed = client.post("/sign-in", data={"username": "ding", "password": found.group(1)})
    assert signed.status_code == 303
    assert client.get("/").location == "/account"  # nothing else opens before the password is one's own


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"role": "member"}, "school-error"),
        ({"role": "leader"}, "school-error"),
        ({"role": "township"}, "township-error"),
        ({"role": ""}, "role-error"),
        ({"role": "auditor", "username": "a b"}, "username-error"),
        ({"role": "auditor", "username": "MEMBER"}, "username-error"),  # taken
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(
    client: FlaskClient, database: Database, sent: dict[str, str], field: str
) -> None:
    sign_in(client, "admin")
    answer = client.post("/users/new", data={"name": "甲", "username": "fresh", **sent})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}"' in page
    assert 'value="甲"' in page  # nothing typed is lost
    with database.reader() as session:
        assert session.scalar(select(User.id).where(User.name == "甲")) is None


def test_a_place_that_the_role_does_not_have_is_left_aside(
    client: FlaskClient, database: Database, world: World
) -> None:
    sign_in(client, "admin")
    sent = {"name": "丙", "username": "bing", "role": "centre", "school": str(world.schools["S01"].id)}
    assert client.post("/users/new", data=sent).status_code == 200
    with database.reader() as session:
        assert session.scalars(select(User).where(User.username == "bing")).one().school_id is None


def test_reset_ends_sessions_and_gives_a_new_password(client: FlaskClient, database: Database, world: World) -> None:
    member_id = world.users["member"].id
    sign_in(client, "member")
    client.delete_cookie("portal")
    sign_in(client, "admin")
    found = _PASSWORD.search(client.post(f"/users/{member_id}/password").get_data(as_text=True))
    assert found
    with database.reader() as session:
        assert all(
            row.ended_at is not None
            for row in session.scalars(select(UserSession).where(UserSession.user_id == member_id))
        )
    client.delete_cookie("portal")
    assert client.post("/sign-in", data={"username": "member", "password": found.group(1)}).status_code == 303


def test_stop_and_reopen(client: FlaskClient, world: World) -> None:
    member_id = world.users["member"].id
    sign_in(client, "admin")
    assert client.post(f"/users/{member_id}/stop").location == f"/users/{member_id}"
    assert f"/users/{member_id}/reopen" in _page(client, f"/users/{member_id}")
    client.post("/sign-out")
    refused = client.post("/sign-in", data={"username": "member", "password": "village-school-2026"})
    assert refused.status_code == 422
    sign_in(client, "admin")
    client.post(f"/users/{member_id}/reopen")
    client.post("/sign-out")
    sign_in(client, "member")


def test_ones_own_account_is_not_stopped_or_reset(client: FlaskClient, world: World) -> None:
    own_id = world.users["admin"].id
    sign_in(client, "admin")
    assert client.post(f"/users/{own_id}/stop").status_code == 409
    assert client.post(f"/users/{own_id}/password").status_code == 409
    assert f"/users/{own_id}/stop" not in _page(client, f"/users/{own_id}")
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("username", ["member", "deputy", "leader", "centre", "township", "auditor"])
def test_only_who_manages_accounts_gets_in(client: FlaskClient, world: World, username: str) -> None:
    assert not may(world.users[username].role, Permission.USERS_MANAGE)
    sign_in(client, username)
    target = world.users["member2"].id
    assert client.get("/users").status_code == 403
    assert client.get(f"/users/{target}").status_code == 403
    for act in ("password", "stop", "reopen"):
        assert client.post(f"/users/{target}/{act}").status_code == 403


def test_an_account_that_does_not_exist_is_missing(client: FlaskClient) -> None:
    sign_in(client, "admin")
    assert client.get("/users/99999").status_code == 404
    for act in ("password", "stop", "reopen"):
        assert client.post(f"/users/99999/{act}").status_code == 404


def test_first_passwords_pass_the_portals_own_rule() -> None:
    made = {accounts.first_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        accounts.check_strength(password, "admin")


def test_a_misspelt_name_is_corrected_with_a_reason(client: FlaskClient, database: Database, world: World) -> None:
    sign_in(client, "admin")
    client.post("/language", data={"language": "en"})
    user = world.users["member"]
    place = f"/users/{user.id}"
    assert f'href="{place}/name"' in _page(client, place)
    assert client.post(f"{place}/name", data={"name": "成员正", "reason": ""}).status_code == 422
    same = client.post(f"{place}/name", data={"name": user.name, "reason": "写错"})
    assert "has this name already" in same.get_data(as_text=True)
    assert client.post(f"{place}/name", data={"name": " 成员正 ", "reason": "写错一字"}).location == place
    assert "成员正" in _page(client, place)
    own = f"/users/{world.users['admin'].id}"
    assert client.post(f"{own}/name", data={"name": "另一名", "reason": "试"}).status_code == 422
    with database.reader() as session:
        assert session.get_one(User, user.id).name == "成员正"
        event = session.scalars(select(Event).where(Event.tag == "user:renamed")).one()
        assert event.facts == {"name": "成员正", "name_before": user.name, "reason": "写错一字"}
    sign_in(client, "member")
    assert client.get(f"{place}/name").status_code == 403
