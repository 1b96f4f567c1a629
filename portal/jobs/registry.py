"""Which plan does which kind of job. A noun adds a row; see ``portal/jobs/plans.py`` for what a plan is."""

from __future__ import annotations

from collections.abc import Mapping

from models.rules.jobs import JobKind
from portal.jobs import (
    evidence_files,
    imports,
    nightly,
    notice_batches,
    paper_batches,
    receipt_scans,
    reconciliations,
    replans,
)
from portal.jobs.plans import Plan

PLANS: Mapping[JobKind, Plan] = {
    JobKind.NIGHTLY: nightly.PLAN,
    JobKind.NOTICE_BATCH: notice_batches.PLAN,
    JobKind.PAPER_BATCH: paper_batches.PLAN,
    JobKind.IMPORT: imports.PLAN,
    JobKind.RECONCILIATION: reconciliations.PLAN,
    JobKind.REPLAN: replans.PLAN,
    JobKind.RECEIPT_SCANS: receipt_scans.PLAN,
    JobKind.EVIDENCE_FILE: evidence_files.PLAN,
}
