"""One job, part by part: what is counted, what is named, and what a replay does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from config import Settings
from models.database import Database
from models.jobs import Job
from models.rules.jobs import JobKind, JobState
from models.rules.refusals import Refused
from portal.actors import Act
from portal.jobs.durable import JsonSerializer, workflow_id
from portal.jobs.plans import Chunk, Outcome, Plan, Run, failure
from portal.jobs.runner import Runner
from portal.services import jobs

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
Work = Callable[[Run, Chunk], Outcome | None]


def _runner(database: Database, settings: Settings, work: Work, *, parts: int = 3, **rest: Any) -> Runner:
    def chunks(_run: Run) -> list[Chunk]:
        return [{"number": number, "items": 2, "name": f"No. {number}"} for number in range(1, parts + 1)]

    plan = Plan(**{"chunks": chunks, "work": work, "finish": lambda _run: "/notices", **rest})
    return Runner(database, settings, {JobKind.IMPORT: plan}, lambda: NOW)


def _ask(database: Database) -> None:
    with database.write() as session:
        jobs.ask(session, act=Act(None, NOW), kind=JobKind.IMPORT, key="import:1", title="", arguments={"file": 7})


def _job(database: Database) -> Job:
    with database.reader() as session:
        return session.scalars(select(Job)).one()


def test_a_job_is_done_part_by_part(database: Database, settings: Settings) -> None:
    _ask(database)
    seen = []
    _runner(database, settings, lambda run, chunk: seen.append((run.arguments["file"], chunk["number"]))).drive(
        "import:1", 1
    )
    found = _job(database)
    assert seen == [(7, 1), (7, 2), (7, 3)]
    assert (found.state, found.total, found.done, found.failed) == (JobState.DONE, 6, 6, 0)
    assert (found.result_url, found.message) == ("/notices", "")


def test_what_fails_is_counted_and_named_and_the_rest_goes_on(
    database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def work(_run: Run, chunk: Chunk) -> Outcome | None:
        match chunk["number"]:
            case 1:
                raise ValueError("李四 510000199001010011")  # a fault's text may quote a row
            case 2:
                raise Refused("The list is too old.")
            case _:
                return Outcome(1, (failure("No. 9", Refused("Paid %(yuan)s meanwhile.", yuan=9)),))

    _ask(database)
    _runner(database, settings, work).drive("import:1", 1)
    found = _job(database)
    assert (found.state, found.done, found.failed) == (JobState.DONE, 1, 5)
    assert found.failures == [
        {"name": "No. 1"},
        {"name": "No. 1"},
        {"name": "No. 2", "reason": "The list is too old.", "values": {}},
        {"name": "No. 2", "reason": "The list is too old.", "values": {}},
        {"name": "No. 9", "reason": "Paid %(yuan)s meanwhile.", "values": {"yuan": "9"}},
    ]
    assert "510000" not in str(found.failures) + caplog.text
    assert "ValueError at test_runner.py" in caplog.text


@pytest.mark.parametrize("broken", ["chunks", "finish"])
def test_a_plan_that_breaks_ends_its_job(database: Database, settings: Settings, broken: str) -> None:
    def breaks(_run: Run) -> Any:
        raise Refused("The list is too old.")

    _ask(database)
    _runner(database, settings, lambda _run, _chunk: None, **{broken: breaks}).drive("import:1", 1)
    found = _job(database)
    assert (found.state, found.failures, found.finished_at) == (
        JobState.FAILED,
        [{"name": "", "reason": "The list is too old.", "values": {}}],
        NOW,
    )


def test_a_kind_without_a_plan_fails_instead_of_waiting_forever(database: Database, settings: Settings) -> None:
    _ask(database)
    Runner(database, settings, {}, lambda: NOW).drive("import:1", 1)
    assert _job(database).state is JobState.FAILED


def test_an_old_asking_and_an_ended_job_do_nothing(database: Database, settings: Settings) -> None:
    _ask(database)
    seen: list[int] = []
    runner = _runner(database, settings, lambda _run, chunk: seen.append(chunk["number"]))
    runner.drive("import:1", 2)
    assert (_job(database).state, seen) == (JobState.WAITING, [])
    runner.drive("import:1", 1)
    runner.drive("import:1", 1)
    assert seen == [1, 2, 3]
    runner.drive("import:unknown", 1)


def test_a_cancel_between_two_parts_stops_the_job(database: Database, settings: Settings) -> None:
    def work(_run: Run, chunk: Chunk) -> None:
        if chunk["number"] == 2:
            with database.write() as session:
                session.scalars(select(Job)).one().cancel_asked = True

    _ask(database)
    _runner(database, settings, work).drive("import:1", 1)
    found = _job(database)
    assert (found.state, found.done, found.result_url) == (JobState.CANCELLED, 4, "")


def test_a_cancel_replayed_after_a_crash_leaves_the_next_asking_alone(database: Database, settings: Settings) -> None:
    def work(_run: Run, _chunk: Chunk) -> None:
        with database.write() as session:
            session.scalars(select(Job)).one().cancel_asked = True

    def step(name: str, do: Callable[..., Any], *given: Any) -> Any:
        answer = do(*given)
        if name == "cancel":  # written down, but the machine stops before its checkpoint is; meanwhile:
            _ask(database)
            do(*given)
        return answer

    _ask(database)
    _runner(database, settings, work).drive("import:1", 1, step)
    assert (_job(database).state, _job(database).attempt) == (JobState.WAITING, 2)


@pytest.mark.parametrize("stops_after", range(5))
def test_a_replay_takes_what_was_done_from_its_checkpoints(
    database: Database, settings: Settings, stops_after: int
) -> None:
    class MachineStops(BaseException):
        pass

    _ask(database)
    seen: list[int] = []
    runner = _runner(database, settings, lambda _run, chunk: seen.append(chunk["number"]))
    kept: list[str] = []

    def durable(limit: int) -> Callable[..., Any]:
        calls = iter(range(100))

        def step(_name: str, function: Callable[..., Any], *arguments: Any) -> Any:
            number = next(calls)
            if number >= len(kept):
                if number >= limit:
                    raise MachineStops
                kept.append(JsonSerializer().serialize(function(*arguments)))
            return JsonSerializer().deserialize(kept[number])

        return step

    with pytest.raises(MachineStops):
        runner.drive("import:1", 1, durable(stops_after))
    assert _job(database).state is not JobState.DONE
    runner.drive("import:1", 1, durable(100))
    found = _job(database)
    assert (found.state, found.done, seen) == (JobState.DONE, 6, [1, 2, 3])


def test_checkpoints_hold_json_and_no_text_of_faults() -> None:
    serializer = JsonSerializer()
    assert serializer.deserialize(serializer.serialize({"args": ("nightly:2026-12-21", 1), "kwargs": {}})) == {
        "args": ["nightly:2026-12-21", 1],
        "kwargs": {},
    }
    kept = serializer.serialize(ValueError("李四"))
    assert "李四" not in kept
    assert str(serializer.deserialize(kept)) == "ValueError"
    with pytest.raises(TypeError):
        serializer.serialize(object())


def test_each_asking_has_its_own_workflow() -> None:
    assert workflow_id("nightly:2026-12-21", 1) == "nightly:2026-12-21"
    assert workflow_id("import:1", 2) == "import:1~2"
