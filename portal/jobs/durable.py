"""Jobs that survive a machine that stops: DBOS Transact keeps a checkpoint after every step.

The checkpoints live in a SQLite file of their own or in the schema ``dbos`` of PostgreSQL. A workflow's id is the
job's natural key, so starting it twice is once. A web process only puts jobs on the queue (``Outbox``); a worker
executes them (``Engine``).
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig, Serializer
from sqlalchemy import make_url, select

from config import Settings
from models.database import Database
from models.jobs import Job
from models.rules.jobs import UNFINISHED, JobKind
from portal.jobs.runner import Runner

# Raise this only when the steps of ``Runner.drive`` change: a worker executes only workflows of its own version, so
# raising it with every release would strand what was under way.
STEPS_VERSION = "1"

APPLICATION = "repayment-portal"
WORKFLOW = "job"
QUEUE = "jobs"
NIGHT_QUEUE = "nights"  # one at a time, in the order they were asked for
_SCHEMA = "dbos"
_AT_ONCE = 2
_ENDED_BADLY = ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


class JsonSerializer(Serializer):
    """Checkpoints as JSON: legible, and opening one never executes anything, as unpickling would."""

    def serialize(self, data: Any) -> str:  # noqa: ANN401  # whatever JSON can hold
        """Write a step's arguments, its answer or its fault."""
        return json.dumps(data, ensure_ascii=False, default=_fault)

    def deserialize(self, serialized_data: str) -> Any:  # noqa: ANN401  # the same
        """Read it back."""
        data = json.loads(serialized_data)
        return RuntimeError(data["fault"]) if isinstance(data, dict) and set(data) == {"fault"} else data

    def name(self) -> str:
        """Name the format in each row."""
        return "portal_json"


def _fault(value: object) -> dict[str, str]:
    if isinstance(value, BaseException):
        return {"fault": type(value).__name__}  # its text may quote a row
    raise TypeError(f"{type(value).__name__} is not JSON")


def workflow_id(key: str, attempt: int) -> str:
    """Return the id of one asking: the natural key, numbered when it is asked again after a failure."""
    return key if attempt == 1 else f"{key}~{attempt}"


class Outbox:
    """Carries jobs that were asked for onto the queue. Any number of processes may do so at the same time."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._url = settings.jobs_database_url
        self._client: DBOSClient | None = None

    def carry(self) -> int:
        """Put every job that is not finished on the queue; one that is there already stays as it is.

        Running ones are included: when the checkpoints were lost, they begin anew.

        Returns:
            How many jobs are unfinished.

        Raises:
            Exception: the checkpoints' database cannot be reached, or no worker has ever made it.

        """
        with self._database.reader() as session:
            asked = session.execute(
                select(Job.key, Job.attempt, Job.kind).where(Job.state.in_(UNFINISHED)).order_by(Job.id)
            ).all()
        for key, attempt, kind in asked:
            self._connected().enqueue(
                {
                    "workflow_name": WORKFLOW,
                    "workflow_id": workflow_id(key, attempt),
                    "queue_name": NIGHT_QUEUE if kind is JobKind.NIGHTLY else QUEUE,
                    "app_version": STEPS_VERSION,
                },
                key,
                attempt,
            )
        return len(asked)

    def stranded(self) -> list[str]:
        """Return keys of unfinished jobs whose workflow ended without saying so in the task centre."""
        with self._database.reader() as session:
            asked = {
                workflow_id(key, attempt): key
                for key, attempt in session.execute(select(Job.key, Job.attempt).where(Job.state.in_(UNFINISHED)))
            }
        if not asked:
            return []
        ended = self._connected().list_workflows(
            workflow_ids=list(asked), status=[*_ENDED_BADLY, "SUCCESS"], load_input=False, load_output=False
        )
        return [asked[workflow.workflow_id] for workflow in ended]

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.destroy()
            self._client = None

    def _connected(self) -> DBOSClient:
        if self._client is None:
            self._client = DBOSClient(
                system_database_url=self._url,
                dbos_system_schema=_SCHEMA,
                serializer=JsonSerializer(),
                system_database_pool_size=1,
                application_name=APPLICATION,
                retry_connection_errors=False,
            )
        return self._client


class Engine:
    """Executes jobs in this process until it is stopped."""

    def __init__(self, settings: Settings, runner: Runner, name: str) -> None:
        _prepare(settings.jobs_database_url)
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": settings.jobs_database_url,
            "dbos_system_schema": _SCHEMA,
            "application_version": STEPS_VERSION,
            "executor_id": name,
            "serializer": JsonSerializer(),
            "log_level": "WARNING",
            "enable_otlp": False,
        }
        DBOS(config=config)

        @DBOS.workflow(name=WORKFLOW)
        def do_job(key: str, attempt: int) -> None:
            runner.drive(key, attempt, _durable)

        self._workflow = do_job

    def start(self) -> None:
        """Begin to execute; what this worker left unfinished goes on where it stopped."""
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=_AT_ONCE, polling_interval_sec=0.5, on_conflict="always_update")
        DBOS.register_queue(NIGHT_QUEUE, global_concurrency=1, polling_interval_sec=0.5, on_conflict="always_update")

    def take_over(self, names: list[str]) -> None:
        """Make what silent workers left unfinished go on here, or at whichever worker is free first."""
        DBOS._recover_pending_workflows(names)  # noqa: SLF001  # what DBOS's own admin endpoint calls; no public name

    def stop(self, seconds: int = 20) -> None:
        """Stop, giving the jobs under way a moment; what does not end goes on at the next start."""
        DBOS.destroy(workflow_completion_timeout_sec=seconds)


def _durable(name: str, function: Any, /, *arguments: Any) -> Any:  # noqa: ANN401  # any function of JSON to JSON
    return DBOS.run_step({"name": name}, function, *arguments)


def _prepare(url: str) -> None:
    """Let readers of the checkpoints' file go on while somebody writes."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite" and parts.database:
        with closing(sqlite3.connect(parts.database, timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
