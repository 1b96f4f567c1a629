"""Every route for every role, and other people's rows: generated from the routes themselves."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from models.rules.permissions import GRANTS, Permission, Role
from portal.access import is_static, permission_of
from tests.conftest import sign_in
from tests.world import World

ROLES = {
    "member": Role.MEMBER,
    "deputy": Role.DEPUTY,
    "leader": Role.LEADER,
    "centre": Role.CENTRE,
    "township": Role.TOWNSHIP,
    "admin": Role.ADMIN,
    "auditor": Role.AUDITOR,
}
NOTHING_THERE = "999999"
HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control")


def _rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if not is_static(rule.endpoint)]


def _address(rule: Rule) -> str:
    """Fill a route's places with an id that belongs to nobody."""
    return re.sub(r"<[^>]+>", NOTHING_THERE, rule.rule)


def _method(rule: Rule) -> str:
    return "GET" if "GET" in (rule.methods or ()) else "POST"


def test_signed_out_sees_only_what_is_public(app: Flask, client: FlaskClient, time_is: None) -> None:
    for rule in _rules(app):
        answer = client.open(_address(rule), method=_method(rule))
        if permission_of(app, rule.endpoint) is None:
            assert answer.status_code < 500, rule
        else:
            assert answer.status_code == 303, rule
            assert "/sign-in" in answer.location, rule


@pytest.mark.parametrize("username", ROLES)
def test_each_route_asks_for_its_permission(app: Flask, client: FlaskClient, username: str, time_is: None) -> None:
    sign_in(client, username)
    for rule in _rules(app):
        needed = permission_of(app, rule.endpoint)
        if needed is None or rule.endpoint == "accounts.sign_out":
            continue
        answer = client.open(_address(rule), method=_method(rule))
        if needed not in GRANTS[ROLES[username]]:
            assert answer.status_code == 403, f"{username} {rule} {answer.status_code}"
        else:
            assert answer.status_code < 500, f"{username} {rule} {answer.status_code}"
            assert answer.status_code != 403, f"{username} {rule}"
            if "<" in rule.rule and _method(rule) == "GET":
                assert answer.status_code == 404, f"{username} {rule}: an id of nobody must look missing"
        assert all(name in answer.headers for name in HEADERS), rule


@pytest.mark.parametrize("username", ["member", "member2", "deputy", "leader", "township", "township_b"])
def test_other_peoples_borrowers_look_missing(
    app: Flask, client: FlaskClient, world: World, username: str, time_is: None
) -> None:
    sign_in(client, username)
    foreign = str(world.borrowers["foreign"].id)
    walked = 0
    for rule in _rules(app):
        needed = permission_of(app, rule.endpoint)
        if "borrower_id" not in rule.arguments or needed is None or needed not in GRANTS[world.actor(username).role]:
            continue
        address = re.sub(r"<[^>]*borrower_id>", foreign, rule.rule)
        address = re.sub(r"<[^>]+>", NOTHING_THERE, address)
        for method in sorted({"GET", "POST"} & set(rule.methods or ())):
            answer = client.open(address, method=method, data={} if method == "POST" else None)
            assert answer.status_code == 404, f"{username} {method} {rule} {answer.status_code}"
            walked += 1
    assert walked > 0 or Permission.BORROWERS_READ not in GRANTS[world.actor(username).role]


def test_every_unsafe_route_wants_the_token(app: Flask, world: World, time_is: None) -> None:
    """Without the form's token nothing is done, signed in or not."""
    browser = app.test_client()
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(browser, "centre")
    app.config["WTF_CSRF_ENABLED"] = True
    for rule in _rules(app):
        if "POST" in (rule.methods or ()):
            assert browser.post(_address(rule)).status_code in {400, 403}, rule


def test_an_evil_next_leads_home(client: FlaskClient, time_is: None) -> None:
    for evil in (
        "//evil.example",
        "////evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
    ):
        answer = client.post("/sign-in", data={"username": "member", "password": "village-school-2026", "next": evil})
        assert answer.location == "/", evil
        client.post("/sign-out")
