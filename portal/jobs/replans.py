"""The job that keeps new terms and plans anew what follows them: one part, one transaction, all or nothing."""

from __future__ import annotations

from models.rules.imports import Phase
from models.rules.permissions import Permission
from models.rules.refusals import Refused
from portal.jobs.plans import Chunk, Outcome, Plan, Run
from portal.jobs.progress import Board, JobWatch
from portal.services import term_changes

_SPANS = {Phase.WRITE: (0, 50), Phase.STANDINGS: (50, 99)}


def chunks(run: Run) -> list[Chunk]:
    """List the one part."""
    return [{"items": term_changes.PARTS, "name": run.key}]


def work(run: Run, chunk: Chunk) -> Outcome | None:  # noqa: ARG001  # a plan's signature
    """Do it, unless it was done and the machine stopped before that was written down."""
    board = Board(run.database, run.settings.data_dir, run.job_id, run.key)
    if run.act.actor is None or not run.act.actor.may(Permission.TERMS_MANAGE):
        raise Refused("Whoever asked for this may no longer change terms.")
    try:
        with run.database.write() as session:
            if not term_changes.is_done(session, run.arguments):
                watch = JobWatch(board, _SPANS)
                term_changes.do(session, act=run.act, arguments=run.arguments, watch=watch)
    finally:
        board.wipe()
    return None


def finish(run: Run) -> str:
    """Lead back to the terms."""
    return f"/lenders/{run.arguments['lender_id']}" if "lender_id" in run.arguments else "/interest-rates"


PLAN = Plan(chunks=chunks, work=work, finish=finish)
