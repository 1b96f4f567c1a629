"""The job that puts an evidence file together: one part, which a second run leaves as it is."""

from __future__ import annotations

from collections.abc import Sequence

from models.rules.permissions import Permission
from models.rules.refusals import Refused
from portal.jobs.plans import Chunk, Plan, Run
from portal.services import evidence_files


def chunks(run: Run) -> Sequence[Chunk]:
    """One part: a file is whole or not there."""
    return [{"file": run.arguments["file_id"]}]


def work(run: Run, chunk: Chunk) -> None:
    """Make the file.

    Raises:
        Refused: whoever asked may no longer export evidence, or no longer see the borrower.

    """
    if not run.act.person.may(Permission.EVIDENCE_EXPORT):
        raise Refused("Whoever asked for this file may no longer export evidence.")
    evidence_files.make(run.database, act=run.act, file_id=chunk["file"], years=run.settings.records_kept_years)


def finish(run: Run) -> str:
    """Lead to the file's page."""
    return f"/evidence/{run.arguments['file_id']}"


PLAN = Plan(chunks=chunks, work=work, finish=finish)
