"""Words for the codes of jobs."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from models.rules.jobs import JobKind, JobState

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    JobKind: {
        JobKind.NIGHTLY: _l("Nightly work"),
        JobKind.NOTICE_BATCH: _l("Notices issued together"),
        JobKind.PAPER_BATCH: _l("Papers made together"),
        JobKind.IMPORT: _l("Import of a list"),
        JobKind.RECONCILIATION: _l("List held against the ledger"),
        JobKind.RECEIPT_SCANS: _l("Scanned receipts filed"),
        JobKind.EVIDENCE_FILE: _l("Evidence file put together"),
        JobKind.REPLAN: _l("Coming instalments planned anew"),
    },
    JobState: {
        JobState.WAITING: _l("Waiting"),
        JobState.RUNNING: _l("Running"),
        JobState.DONE: _l("Done"),
        JobState.FAILED: _l("Failed"),
        JobState.CANCELLED: _l("Cancelled"),
    },
}
