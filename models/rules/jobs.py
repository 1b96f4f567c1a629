"""Words for work that takes longer than a page, and how its state moves."""

from __future__ import annotations

from enum import StrEnum

from models.rules.workflows import Move, Workflow


class JobKind(StrEnum):
    """The kinds of job."""

    NIGHTLY = "nightly"
    NOTICE_BATCH = "notice_batch"
    PAPER_BATCH = "paper_batch"
    IMPORT = "import"
    RECONCILIATION = "reconciliation"
    RECEIPT_SCANS = "receipt_scans"
    EVIDENCE_FILE = "evidence_file"
    REPLAN = "replan"


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobStep(StrEnum):
    """What can happen to a job."""

    START = "start"
    FINISH = "finish"
    FAIL = "fail"
    CANCEL = "cancel"
    ASK_AGAIN = "ask_again"


# Only the portal moves a job: a person asks for it, or asks it to stop, and the worker does.
JOB = Workflow(
    "job",
    JobState.WAITING,
    {
        (JobState.WAITING, JobStep.START): Move(JobState.RUNNING, None),
        (JobState.WAITING, JobStep.CANCEL): Move(JobState.CANCELLED, None),
        (JobState.WAITING, JobStep.FAIL): Move(JobState.FAILED, None),
        (JobState.RUNNING, JobStep.FINISH): Move(JobState.DONE, None),
        (JobState.RUNNING, JobStep.FAIL): Move(JobState.FAILED, None),
        (JobState.RUNNING, JobStep.CANCEL): Move(JobState.CANCELLED, None),
        (JobState.FAILED, JobStep.ASK_AGAIN): Move(JobState.WAITING, None),
        (JobState.CANCELLED, JobStep.ASK_AGAIN): Move(JobState.WAITING, None),
    },
)

UNFINISHED = (JobState.WAITING, JobState.RUNNING)

STOPPED = (JobState.FAILED, JobState.CANCELLED)
"""States from which a job may be asked for again."""
