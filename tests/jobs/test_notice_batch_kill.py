"""A batch of notices whose worker is killed again and again ends complete, nothing twice. Real worker, real paper.

``HYPOTHESIS_PROFILE=thorough`` kills more often.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import pytest

from config import Settings
from models.database import Database
from models.rules.jobs import JobState
from tests.jobs.press import Press, wait
from tests.world import World

_PEOPLE = 420  # five parts
_KILLS = 20 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 3


@pytest.fixture
def press(settings: Settings, database: Database, world: World) -> Iterator[Press]:
    found = Press(database, world, settings.data_dir)
    yield found
    found.kill()


def test_killed_at_any_moment_every_notice_is_there_once(press: Press) -> None:
    chance = random.Random(20261126)  # moments, no secrets
    press.ask(_PEOPLE)
    landed = 0
    for _ in range(_KILLS):
        before = press.issued()
        press.start()
        wait(lambda before=before: press.issued() > before or press.is_over(), "a further part")
        time.sleep(chance.uniform(0, 0.4))
        press.kill()
        landed += press.job().state is JobState.RUNNING
        press.hold_together()
    assert landed, "every kill came too late"
    press.start()
    wait(press.is_over, "the end of the batch")
    press.be_complete(_PEOPLE)
