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
from portal.services import jobs, notice_batches
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


def test_a_batch_stopped_in_its_midst_goes_on_with_the_rest(press: Press) -> None:
    press.ask(_PEOPLE)
    press.start()
    wait(press.issued, "a first part")
    act = press.world.act("centre")
    with press.database.write() as session:
        jobs.ask_cancel(session, act=act, job_id=press.job().id)
    wait(press.is_over, "the stop")
    assert press.job().state is JobState.CANCELLED
    press.hold_together()
    before = press.issued()
    assert 0 < before < _PEOPLE - 1
    with press.database.write() as session:
        notice_batches.go_on(session, act=act, batch_id=press.batch_id)
    wait(lambda: press.issued() > before or press.is_over(), "a part of the rest")
    press.kill()
    press.hold_together()
    press.start()
    wait(press.is_over, "the end of the batch")
    press.be_complete(_PEOPLE, in_last_task=_PEOPLE - before)
