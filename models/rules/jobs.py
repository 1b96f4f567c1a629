"""Words for work that takes longer than a page."""

from __future__ import annotations

from enum import StrEnum


class JobKind(StrEnum):
    """The kinds of job."""

    NIGHTLY = "nightly"
    NOTICE_BATCH = "notice_batch"
    IMPORT = "import"


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
