"""Killed at whatever moment, a backup is there as a whole or not at all, and the older ones are untouched.

``HYPOTHESIS_PROFILE=thorough`` kills more often.
"""

from __future__ import annotations

import os
import random
import signal
import time
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from config import COUNTY_TIME, Settings
from models.database import Database
from models.rules.backups import kept
from portal.queries import backups as queries
from portal.services.backups import checking
from tests.backups import Home, home, in_a_child
from tests.conftest import NOW

_KILLS = 60 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 12
_STEPS = (
    (os, "open"), (os, "fsync"), (Path, "rename"), (Path, "replace"), (Path, "unlink"), (Path, "mkdir"), (os, "rmdir")
)  # fmt: skip


@pytest.fixture
def place(database: Database, settings: Settings, tmp_path: Path) -> Home:
    return home(database, settings, tmp_path)


class Ever:
    """Backups that were ever seen whole: the rule over all of them says which must be there still."""

    def __init__(self, place: Home) -> None:
        self._place = place
        self._moments: dict[str, datetime] = {}

    def look(self) -> set[str]:
        """Open everything there is with all its lists; return the names."""
        place, found = self._place, self._place.listed()
        for one in found:
            assert one.fault is None, (one.name, one.fault)
            assert one.manifest is not None
            if one.name not in self._moments:
                assert checking.whole(place.database, place.settings, place.folder, one.manifest, place.key) == ()
                self._moments[one.name] = one.manifest.made_at.astimezone(COUNTY_TIME)
        names = {one.name for one in found}
        assert set(kept(self._moments)) <= names
        return names

    def newest(self) -> datetime:
        return max(self._moments.values())


def test_killed_at_any_moment_the_older_ones_are_whole(place: Home) -> None:
    place.fill(20)
    began = time.monotonic()
    place.make(NOW - timedelta(days=1))
    takes = time.monotonic() - began
    ever = Ever(place)
    ever.look()
    chance = random.Random(20261127)  # moments, no secrets
    cut_off = 0
    for _ in range(_KILLS):
        after = ever.newest()

        def night_after_night(after: datetime = after) -> None:
            for hour in count(9, 9):
                place.make(after + timedelta(hours=hour))

        place.database.engine.dispose()
        child = in_a_child(night_after_night)
        time.sleep(takes * chance.uniform(0.1, 2.5))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        cut_off += any(path.name.endswith(".draft") for path in place.folder.iterdir())
        ever.look()
    assert cut_off, "every kill came between two backups"
    place.make(ever.newest() + timedelta(hours=9))
    names = ever.look()
    rest = {path.name for path in place.folder.iterdir()} - names
    assert rest == {".lock", queries.FILES}, "what was left was not cleared away"
    assert not (place.settings.data_dir / "drafts").exists()


def test_killed_before_each_step_the_older_ones_are_whole(place: Home) -> None:
    """One after the other of all steps that change what lies on the disk, until a run comes through."""
    if not place.database.is_sqlite:
        return  # the steps are the same
    place.fill(20)
    for day in range(9):  # so that there is one to let go
        place.make(NOW - timedelta(days=30 - day))
    ever = Ever(place)
    first = ever.look()
    killed = 0
    for step in count(1):
        place.database.engine.dispose()
        child = in_a_child(lambda step=step: _dies_before(step, place, NOW + timedelta(days=1)))
        _, status = os.waitpid(child, 0)
        ever.look()
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            break
        killed += 1
    assert killed > 20
    last = ever.look()
    assert last - first
    assert first - last


def _dies_before(step: int, place: Home, at: datetime) -> None:
    left = step

    def counted(whole: object) -> object:
        def one(*given: object, **more: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return whole(*given, **more)  # type: ignore[operator]  # a function

        return one

    for where, name in _STEPS:
        setattr(where, name, counted(getattr(where, name)))
    place.make(at)
