"""The frame of each page: one heading, words by permission, the data date, nothing inline, labels, errors."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event, text

from models.database import Database
from models.loans import ArrearsList, Statement
from models.rules.permissions import GRANTS, Permission
from portal.queries.freshness import freshness, newest_data_on
from tests.conftest import sign_in
from tests.world import DATA_ON, World

TEMPLATES = Path(__file__).parents[2] / "templates"

OWN = {
    "member": ["/account"],
    "centre": ["/account"],
    "admin": ["/account", "/backups", "/users", "/users/new", "/users/1"],
    "auditor": ["/account", "/events", "/events?tag=never:happened"],
}
PAGES = [(None, "/sign-in"), *((who, url) for who, urls in OWN.items() for url in urls), ("member", "/no-such-page")]


def _text(client: FlaskClient, who: str | None, url: str) -> str:
    if who:
        sign_in(client, who)
    return client.get(url).get_data(as_text=True)


@pytest.mark.parametrize(("who", "url"), PAGES)
def test_every_page_is_in_order(app: Flask, client: FlaskClient, who: str | None, url: str) -> None:
    if who:
        sign_in(client, who)
    app.config["WTF_CSRF_ENABLED"] = True
    page = client.get(url).get_data(as_text=True)
    assert len(re.findall(r"<h1[ >]", page)) == 1
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert '<a class="skip-link" href="#main">' in page
    assert '<main id="main"' in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for named in re.findall(r'(?:for|aria-describedby|aria-labelledby)="([^"]+)"', page):
        assert set(named.split()) <= set(ids)
    inputs = re.findall(r"<(?:input|select|textarea)\s[^>]*>", page)
    labels = set(re.findall(r'<label[^>]*for="([^"]+)"', page))
    for tag in inputs:
        if 'type="hidden"' not in tag:
            found = re.search(r'\sid="([^"]+)"', tag)
            assert found, tag
            assert found.group(1) in labels, tag
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.DOTALL):
        assert 'name="csrf_token"' in form


@pytest.mark.parametrize("username", ["member", "deputy", "leader", "centre", "township", "admin", "auditor"])
def test_navigation_has_at_most_seven_words_all_of_them_open(client: FlaskClient, world: World, username: str) -> None:
    page = _text(client, username, "/account")
    words = re.search(r'<nav class="main-nav".*?</nav>', page, re.DOTALL)
    assert words
    links = re.findall(r'href="([^"]+)"', words.group(0))
    assert 1 <= len(links) <= 7
    bottom = re.search(r'<nav class="bottom-bar".*?</nav>', page, re.DOTALL)
    if len(links) > 1:
        assert bottom
        assert re.findall(r'<a href="([^"]+)"', bottom.group(0)) == links  # a phone reaches the same pages
    may_read_events = Permission.EVENTS_READ in GRANTS[world.users[username].role]
    assert ("/events" in links) == may_read_events


def test_the_word_of_the_present_page_is_marked(client: FlaskClient) -> None:
    page = _text(client, "admin", "/users/new")
    assert re.search(r'<a href="/users" aria-current="page">', page)
    assert not re.search(r'<a href="/" aria-current="page">', page)


@pytest.mark.parametrize(
    ("address", "word"),
    [("/interest-rates", "/target"), ("/lenders", "/target"), ("/limitation", "/areas"), ("/retention", "/imports")],
)
def test_a_page_without_a_word_of_its_own_marks_the_one_it_is_reached_by(
    client: FlaskClient, world: World, address: str, word: str
) -> None:
    page = _text(client, "centre", address)
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', page.partition("<main")[0]) == [word]


def test_the_limitation_watch_is_reached_also_when_nothing_of_it_waits(client: FlaskClient, world: World) -> None:
    sign_in(client, "centre")
    areas = client.get("/areas").get_data(as_text=True)
    assert 'href="/limitation"' in areas
    township = next(iter(world.townships.values())).code
    assert f'href="/limitation?area={township}"' in client.get(f"/areas/{township}").get_data(as_text=True)


def test_the_data_date_is_shown_to_who_works_with_it(client: FlaskClient) -> None:
    with time_machine.travel(datetime(2026, 11, 23, 2, 0, tzinfo=UTC), tick=False):
        page = _text(client, "member", "/account")
        assert DATA_ON.isoformat() in page
        assert "top-bar-data" in page
        assert "<strong>" not in page.partition("top-bar-data")[2].partition("</span>")[0]
        client.post("/sign-out")
        assert "top-bar-data" not in _text(client, "admin", "/account")


def test_old_data_is_marked(client: FlaskClient) -> None:
    with time_machine.travel(datetime(2026, 12, 10, 2, 0, tzinfo=UTC), tick=False):  # 39 days; 35 are fresh
        page = _text(client, "member", "/account")
    assert "<strong>" in page.partition("top-bar-data")[2].partition("top-bar-side")[0]


def test_freshness_before_and_after_the_first_list(database: Database, world: World) -> None:
    with database.reader() as session:
        assert newest_data_on(session) == DATA_ON
        assert freshness(session).district == world.district.name
    with database.write() as session:
        session.execute(delete(Statement))
        session.execute(delete(ArrearsList))
    with database.reader() as session:
        assert newest_data_on(session) is None
        assert not freshness(session).is_stale(DATA_ON, 35)


def test_a_page_about_a_broken_database_is_still_a_page(app: Flask, database: Database) -> None:
    database.engine.dispose()
    with database.writer() as session:
        session.connection().exec_driver_sql("ALTER TABLE arrears_lists RENAME TO gone")
        session.connection().exec_driver_sql("COMMIT")
    answer = app.test_client().get("/no-such-page")
    assert answer.status_code == 404
    assert "<h1>" in answer.get_data(as_text=True)


def test_errors_stand_beside_their_field_and_in_the_summary(client: FlaskClient) -> None:
    sign_in(client, "admin")
    page = client.post("/users/new", data={"role": "member"}).get_data(as_text=True)
    assert '<div class="error-summary" role="alert" tabindex="-1">' in page
    for field in ("name", "username", "school"):
        assert f'<a href="#{field}">' in page
        assert f'id="{field}-error"' in page
    select = re.search(r'<select[^>]*id="school"[^>]*>', page)
    assert select
    assert 'aria-describedby="school-hint school-error"' in select.group(0)
    assert 'aria-invalid="true"' in select.group(0)


def test_what_people_type_is_escaped(client: FlaskClient) -> None:
    sign_in(client, "admin")
    answer = client.post("/users/new", data={"name": '<img src=x onerror="1">', "username": "esc", "role": "auditor"})
    page = answer.get_data(as_text=True)
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_every_icon_of_the_navigation_is_drawn(app: Flask, client: FlaskClient) -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (Path(__file__).parents[2] / "static/icons.svg").read_text()))
    for username in ("deputy", "admin", "auditor"):
        page = _text(app.test_client(), username, "/account")
        used = set(re.findall(r'icons\.svg#([^"]+)"', page))
        assert used
        assert used <= drawn


def test_whoever_meets_a_busy_database_is_told_to_send_it_again(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    """Somebody else holds the one writer's place; the form is not lost in a fault, and nothing of it is written."""
    sign_in(client, "member")
    database.engine.dispose()
    impatient = event.listens_for(database.engine, "connect")
    impatient(lambda connection, _entry: connection.execute("PRAGMA busy_timeout=20"))
    with database.writer() as other:
        other.execute(text("SELECT 1"))  # a writer holds its place from its first statement
        busy = client.post("/sign-out")
    assert busy.status_code == 503
    assert "平台正忙" in busy.get_data(as_text=True)
    assert client.post("/sign-out").status_code == 303


@pytest.mark.parametrize("folder", ["monthly_statements", "reconciliations", "wordings"])
def test_the_pages_of_a_folder_lead_back_by_the_same_first_step(folder: str) -> None:
    first = {}
    for path in (TEMPLATES / folder).glob("*.html"):
        found = re.search(r"breadcrumb\(\[\((_\([^)]*\))", path.read_text(encoding="utf-8"))
        if found:
            first[path.name] = found[1]
    assert len(first) > 2
    assert set(first.values()) == {first["index.html"]}
