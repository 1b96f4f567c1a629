"""A batch of notices on a disk that fills up waits, says so, and goes on when there is room: nothing lost or twice."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database import Database
from models.rules.jobs import JobState
from portal.jobs.runner import NO_ROOM
from tests.conftest import NOW
from tests.jobs.press import Press, wait
from tests.world import build

_PEOPLE = 320
_ROOM = 96 * 1024 * 1024  # all of them with their papers, written ahead and into the database, need about 80 MB
_LEFT = 20 * 1024 * 1024  # room for one part, not for all


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, in memory; CI and the two commands of the README run as root."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_ROOM}", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def press(small_disk: Path, settings: object, sqlite_template: Path, tmp_path: Path) -> Iterator[Press]:
    data = small_disk / "data"
    shutil.copytree(tmp_path / "data", data)  # the keys
    shutil.copy(sqlite_template, data / "portal.sqlite3")
    database = Database(f"sqlite:///{data / 'portal.sqlite3'}")
    with database.write() as session:
        world = build(session, NOW)
    found = Press(database, world, data)
    yield found
    found.kill()
    database.engine.dispose()


def _fill(disk: Path) -> Path:
    """Take all room but a little."""
    ballast = disk / "ballast"
    free = shutil.disk_usage(disk).free
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free - _LEFT)
    return ballast


def test_a_full_disk_stops_nothing_for_good(press: Press, small_disk: Path) -> None:
    press.ask(_PEOPLE)
    ballast = _fill(small_disk)
    press.start()
    wait(lambda: press.job().message == NO_ROOM, "that the task centre says what to mend")
    assert press.job().state is JobState.RUNNING
    assert press.issued() < _PEOPLE - 1
    press.hold_together()
    press.kill()  # somebody restarts the machine first
    press.hold_together()
    press.start()
    ballast.unlink()
    wait(press.is_over, "the end of the batch")
    press.be_complete(_PEOPLE)
