"""A batch whose worker is killed again and again ends complete, nothing twice. Real worker, real paper.

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
from portal.services import jobs
from tests.jobs.paper_press import PaperPress
from tests.jobs.press import Press, wait
from tests.world import World

_PEOPLE = 420  # five parts
_IS_THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
_KILLS = {Press: 20 if _IS_THOROUGH else 3, PaperPress: 12 if _IS_THOROUGH else 3}
_LAND = {Press: 1, PaperPress: 2}
"""How many kills at least find the batch at work."""


@pytest.fixture(params=[Press, PaperPress], ids=["notices", "reminders"])
def press(request: pytest.FixtureRequest, settings: Settings, database: Database, world: World) -> Iterator[Press]:
    found: Press = request.param(database, world, settings.data_dir)
    yield found
    found.kill()


def test_killed_at_any_moment_every_paper_is_there_once(press: Press) -> None:
    chance = random.Random(20261126)  # moments, no secrets
    press.ask(_PEOPLE)
    landed = 0
    for turn in range(_KILLS[type(press)]):
        press.start()
        press.wait_for_work(turn)
        time.sleep(chance.uniform(0, 0.4))
        press.kill()
        landed += press.job().state is JobState.RUNNING
        press.hold_together()
    assert landed >= _LAND[type(press)], "the kills came too late"
    press.start()
    wait(press.is_over, "the end of the batch")
    press.be_complete(_PEOPLE)


def test_a_batch_stopped_in_its_midst_goes_on_with_the_rest(press: Press) -> None:
    press.ask(_PEOPLE)
    press.start()
    wait(press.issued, "a first part")
    with press.database.write() as session:
        jobs.ask_cancel(session, act=press.act(), job_id=press.job().id)
    wait(press.is_over, "the stop")
    assert press.job().state is JobState.CANCELLED
    press.hold_together()
    before = press.issued()
    assert 0 < before < _PEOPLE - 1
    with press.database.write() as session:
        press.go_on(session)
    wait(lambda: press.issued() > before or press.is_over(), "a part of the rest")
    press.kill()
    press.hold_together()
    press.start()
    wait(press.is_over, "the end of the batch")
    press.be_complete(_PEOPLE, in_last_task=_PEOPLE - before)
