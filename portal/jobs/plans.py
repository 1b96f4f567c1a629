"""What a kind of job consists of: parts, the work of one part, and what comes at the end.

A noun adds a job with one module and one row in ``portal/jobs/registry.py``::

    PLAN = Plan(chunks=chunks, work=work, finish=finish)

Each call gets a ``Run`` and opens its own transactions with ``run.database.write()``. A part may be done twice if
the machine stops between its commit and the checkpoint, so ``work`` must be idempotent by a key of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config import Settings
from models.database import Database
from models.rules.refusals import Refused, packed
from portal.actors import Act

Chunk = dict[str, Any]
"""One part's arguments, in what JSON can hold: ids and dates, never personal data.

``items``: how many things it holds, 1 when not given (the progress bar counts them).
``name``: what to call it when it fails, e.g. a serial; its number when not given.
"""

Failure = dict[str, Any]
"""What could not be done, in what JSON can hold: ``name``, and ``reason`` and ``values`` where it was refused."""


def failure(name: object, refusal: Refused | None = None) -> Failure:
    """Say what could not be done; the sentence is translated when it is read.

    Args:
        name: a serial or a number, no personal data; empty when it is the whole job.
        refusal: why, where the portal itself said no.

    """
    return {"name": str(name)} | (packed(refusal) if refusal else {})


@dataclass(frozen=True, slots=True)
class Run:
    """One job as its plan sees it.

    Attributes:
        database: for ``run.database.reader()`` and ``run.database.write()``.
        settings: of this installation.
        job_id: the row in the task centre.
        key: its natural name.
        arguments: what ``ask`` was given.
        act: the person who asked (``None``: the portal itself), at the present moment.

    """

    database: Database
    settings: Settings
    job_id: int
    key: str
    arguments: Mapping[str, Any]
    act: Act


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one part.

    Attributes:
        done: items done.
        failed: one for each item that could not be done.

    """

    done: int
    failed: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """How a kind of job is done.

    Attributes:
        chunks: list the parts; called once, its answer is kept.
        work: do one part, in its own transaction, idempotent by key. ``None`` means all its items are done. What it
            raises fails that part by name, and the rest goes on.
        finish: called once at the end, also when some items failed, not when cancelled; its answer, if any, is the
            address of the result (a path of this portal).

    """

    chunks: Callable[[Run], Sequence[Chunk]]
    work: Callable[[Run, Chunk], Outcome | None]
    finish: Callable[[Run], str | None] = lambda _run: None
