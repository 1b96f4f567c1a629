"""What the administrator sees of backups: none, one, an old one, one that does not open; and the nightly step."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from config import Settings
from models.database import Database
from models.jobs import Job
from models.rules.jobs import JobState
from portal import current
from portal.actors import Act
from portal.jobs.nightly import ask_for_nights, key
from portal.jobs.registry import PLANS
from portal.jobs.runner import Runner
from portal.queries import backups as queries
from tests.backups import Home, flip, home, hours
from tests.conftest import NOW, sign_in


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as found:
        yield found


@pytest.fixture
def place(app: Flask, database: Database, settings: Settings, tmp_path: Path) -> Home:
    found = home(database, settings, tmp_path)
    app.extensions["portal_settings"] = found.settings
    return found


def _page(client: FlaskClient, url: str = "/backups") -> str:
    sign_in(client, "admin")
    answer = client.get(url, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    assert len(re.findall(r"<h1[ >]", text)) == 1
    return text


def test_that_none_are_made_is_said_plainly(client: FlaskClient) -> None:
    for url in ("/", "/backups"):
        assert "No backups are made" in _page(client, url)
    assert 'href="/backups"' in _page(client, "/users")


def test_before_the_first_and_after_it(client: FlaskClient, place: Home) -> None:
    for url in ("/", "/backups"):
        assert "There is no good backup" in _page(client, url)
    made = place.make(NOW - hours(1))
    page = _page(client)
    assert "The newest good backup is of 2026-11-23 09:00" in page
    assert made.name in page
    assert "newest of its month" in page
    assert "opened again, good" in page
    assert "backup" not in re.sub(r"(?s)<nav.*?</nav>", "", _page(client, "/")).lower()


def test_after_two_days_it_is_old(client: FlaskClient, place: Home, clock: time_machine.Coordinates) -> None:
    place.make(NOW)
    clock.move_to(NOW + timedelta(days=2))
    assert "two days old" not in _page(client)
    clock.move_to(NOW + timedelta(days=2, minutes=1))
    for url in ("/", "/backups"):
        assert "more than two days old" in _page(client, url)


def test_a_faulty_one_does_not_count(client: FlaskClient, place: Home) -> None:
    old, new = place.make(NOW - timedelta(days=1)), place.make(NOW)
    flip(place.folder / new.name / "manifest", 200)
    page = _page(client)
    assert "The newest good backup is of 2026-11-22" in page
    assert f"The manifest of the backup {new.name} is damaged." in page
    (place.folder / old.name / "database").unlink()
    assert "There is no good backup" in _page(client)


def test_a_key_that_is_not_there(client: FlaskClient, place: Home) -> None:
    place.make(NOW)
    place.settings.backup_key_file.unlink()
    for url in ("/", "/backups"):
        assert "no backup can be opened" in _page(client, url)


def test_a_folder_that_cannot_be_read(client: FlaskClient, place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_folder: Path) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(queries, "names", refuses)
    for url in ("/", "/backups"):
        assert "The folder of backups cannot be read." in _page(client, url)


def _night(place: Home, attempt: int = 1) -> Job:
    day = NOW.date()
    with place.database.write() as session:
        ask_for_nights(session, act=Act(None, NOW), until=day)
    Runner(place.database, place.settings, PLANS, current.now).drive(key(day), attempt)
    with place.database.reader() as session:
        return session.query(Job).filter_by(key=key(day)).one()


def test_the_night_makes_one(place: Home) -> None:
    job = _night(place)
    assert (job.state, job.failed) == (JobState.DONE, 0)
    found = place.listed()
    assert [one.fault for one in found] == [None]
    assert found[0].manifest is not None
    assert found[0].manifest.night == NOW.date()


def test_a_night_whose_backup_fails_says_so_and_is_done_otherwise(
    place: Home, client: FlaskClient, tmp_path: Path
) -> None:
    place.make(NOW - timedelta(days=1))
    place.settings.backup_key_file.unlink()
    job = _night(place)
    assert (job.state, job.failed, job.done) == (JobState.DONE, 1, job.total - 1)
    sign_in(client, "admin")
    page = client.get(f"/jobs/{job.id}", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "no backup can be opened" in page


def test_the_command_of_a_night_makes_one(app: Flask, place: Home) -> None:
    for made in (1, 0):
        said = app.test_cli_runner().invoke(args=["nightly", "--as-of", "2026-11-23"])
        assert said.exit_code == 0, said.output
        assert json.loads(said.output)["backup"] == made
    app.extensions["portal_settings"] = replace(place.settings, backup_dir=None)
    said = app.test_cli_runner().invoke(args=["nightly", "--as-of", "2026-11-23"])
    assert "backup" not in json.loads(said.output)
