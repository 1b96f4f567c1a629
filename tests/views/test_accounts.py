"""Signing in and out, one's own password and sessions, the language."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from config import Settings
from models.accounts import UserSession
from models.casework import Question
from models.database import Database
from portal.app import create_app
from portal.queries.users import device
from portal.views.accounts import same_site
from tests.conftest import NOW, sign_in
from tests.world import PASSWORD, World

_CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def test_sign_in_leads_to_the_page_that_was_wanted(client: FlaskClient) -> None:
    asked = client.get("/account")
    assert asked.status_code == 303
    assert asked.location == "/sign-in?next=/account"
    answer = client.post("/sign-in", data={"username": " MEMBER ", "password": PASSWORD, "next": "/account"})
    assert answer.location == "/account"


def test_what_was_written_is_shown_when_the_session_ended_meanwhile(
    app: Flask, settings: Settings, world: World, database: Database
) -> None:
    """A teacher opens the form, talks for an hour, writes it down: the notes must not end at the sign-in page."""
    client = app.test_client()
    note = "说下月初发工资，先还一半。\n电话改由其姐转告。"
    url = f"/borrowers/{world.borrowers['overdue'].id}/questions/new"
    with time_machine.travel(NOW, tick=False) as clock:
        app.config["WTF_CSRF_ENABLED"] = False
        sign_in(client, "member")
        app.config["WTF_CSRF_ENABLED"] = True
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(url).get_data(as_text=True))
        assert token is not None
        clock.shift(timedelta(minutes=settings.idle_minutes + 1))
        sent = {"csrf_token": token[1], "text": note, "at": "2026-11-23T10:00", "kind": "co_resident_adult"}
        answer = client.post(url, data=sent)
        elsewhere = client.post(url, data=sent | {"csrf_token": "made up"})  # no page of ours shows a stranger's words
    page = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert all(f"<p>{line}</p>" in page for line in note.splitlines())
    assert "co_resident_adult" not in page
    assert f'href="/sign-in?next={url}"' in page
    assert answer.headers["Cache-Control"] == "no-store"
    assert "发工资" not in elsewhere.get_data(as_text=True)
    with database.reader() as session:
        assert session.scalars(select(Question)).all() == []


@pytest.mark.parametrize("username", ["member", "nobody-of-this-name"])
def test_a_wrong_sign_in_says_the_same_whether_the_account_exists(client: FlaskClient, username: str) -> None:
    answer = client.post("/sign-in", data={"username": username, "password": "wrong-wrong-wrong"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="password-error"' in page
    assert f'value="{username}"' in page
    assert "wrong-wrong-wrong" not in page


def test_after_five_failures_the_right_password_waits_too(client: FlaskClient) -> None:
    for _ in range(5):
        client.post("/sign-in", data={"username": "member", "password": "wrong-wrong-wrong"})
    assert client.post("/sign-in", data={"username": "member", "password": PASSWORD}).status_code == 422
    sign_in(client, "deputy")  # others are not held up


def test_a_session_ends_by_idling_and_by_age(client: FlaskClient, settings: Settings) -> None:
    start = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        sign_in(client, "member")
        clock.shift(timedelta(minutes=settings.idle_minutes - 1))
        assert client.get("/account").status_code == 200
        clock.shift(timedelta(minutes=settings.idle_minutes + 1))
        assert client.get("/account").status_code == 303
        sign_in(client, "member")
        for _ in range(settings.session_hours * 3 + 1):
            clock.shift(timedelta(minutes=20))
            if client.get("/account").status_code == 303:
                break
        else:
            pytest.fail("the session outlived its longest age")


def test_changing_the_password_ends_the_other_sessions(app: Flask, client: FlaskClient) -> None:
    other = app.test_client()
    sign_in(other, "member")
    sign_in(client, "member")
    sent = {"current": PASSWORD, "new": "three rivers meet here", "again": "three rivers meet here"}
    assert client.post("/account", data=sent).status_code == 303
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"current": "not the present one"}, "current-error"),
        ({"new": "short", "again": "short"}, "current-error"),
        ({"again": "something else entirely"}, "again-error"),
    ],
)
def test_a_password_that_does_not_do_is_refused(client: FlaskClient, sent: dict[str, str], field: str) -> None:
    sign_in(client, "member")
    whole = {"current": PASSWORD, "new": "three rivers meet here", "again": "three rivers meet here", **sent}
    answer = client.post("/account", data=whole)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'class="error-summary"' in page
    assert f'id="{field}"' in page
    assert "three rivers" not in page


def test_own_sessions_are_listed_and_the_others_ended(
    app: Flask, client: FlaskClient, database: Database, world: World
) -> None:
    other, stranger = app.test_client(), app.test_client()
    other.post("/sign-in", data={"username": "member", "password": PASSWORD}, headers={"User-Agent": _CHROME})
    sign_in(stranger, "deputy")
    sign_in(client, "member")
    page = client.get("/account").get_data(as_text=True)
    assert "Chrome · Windows" in page
    assert page.count('class="row-title"') == 2  # one's own two, not the deputy's
    assert client.post("/account/sessions").location == "/account"
    assert other.get("/account").status_code == 303
    assert client.get("/account").status_code == 200
    assert stranger.get("/account").status_code == 200
    with database.reader() as session:
        open_rows = session.scalars(
            select(UserSession).where(UserSession.user_id == world.users["member"].id, UserSession.ended_at.is_(None))
        ).all()
    assert len(open_rows) == 1


def test_demo_sign_ins_are_named_in_the_demonstration_only(
    client: FlaskClient, settings: Settings, database: Database
) -> None:
    assert "demo-people" not in client.get("/sign-in").get_data(as_text=True)
    url = database.engine.url.render_as_string(hide_password=False)
    demo = create_app(replace(settings, profile="demo", database_url=url), database)
    page = demo.test_client().get("/sign-in").get_data(as_text=True)
    for username in ("member", "deputy", "leader", "centre", "township", "admin", "auditor"):
        assert f'<span class="serial">{username}</span>' in page
    assert "member2" not in page
    assert settings.demo_password not in page


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (_CHROME, "Chrome · Windows"),
        (_CHROME + " Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile Safari/537.36 MicroMessenger/8.0", "WeChat · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iPhone"),
        ("curl/8.0", ""),
    ],
)
def test_a_device_is_told_in_two_words(user_agent: str, expected: str) -> None:
    assert device(user_agent) == expected


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/account", True),
        ("/account?x=1", True),
        ("//elsewhere.example", False),
        ("/\\elsewhere.example", False),
        ("https://elsewhere.example/account", False),
        ("/no-such-page", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_only_pages_of_the_portal_are_led_on_to(app: Flask, target: str, kept: bool) -> None:
    with app.test_request_context("/"):
        assert same_site(target) == (target if kept else "/")


def test_the_language_is_chosen_and_kept_through_signing_in(client: FlaskClient) -> None:
    client.post("/language", data={"language": "en", "back": "/sign-in"})
    assert '<html lang="en">' in client.get("/sign-in").get_data(as_text=True)
    sign_in(client, "member")
    assert '<html lang="en">' in client.get("/account").get_data(as_text=True)
    client.post("/language", data={"language": "xx"})
    assert '<html lang="en">' in client.get("/account").get_data(as_text=True)
