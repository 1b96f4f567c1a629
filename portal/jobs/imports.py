"""The jobs of an import: compare a list with what we hold, apply it, take it back.

Each is one part whose effect is one transaction: a machine that stops at any moment leaves all of it or nothing,
and the part is done again. A part done before its checkpoint was written finds the list as it left it and does nothing.
"""

from __future__ import annotations

from models.imports import ImportBatch
from models.rules.imports import ImportKind, ImportState, ImportStep, Phase
from models.rules.permissions import Permission
from models.rules.refusals import Refused
from portal.jobs.plans import Chunk, Outcome, Plan, Run, failure
from portal.jobs.progress import Board, JobWatch
from portal.services.imports import applying, comparing, originals, staging, store, undoing
from portal.services.imports.asking import PARTS
from portal.sheets.limits import Limits

_SPANS: dict[ImportStep, dict[Phase, tuple[int, int]]] = {
    ImportStep.COMPARE: {Phase.READ: (0, 30), Phase.CHECK: (30, 70), Phase.WRITE: (70, 99)},
    ImportStep.APPLY: {Phase.WRITE: (0, 50), Phase.STANDINGS: (50, 99)},
    ImportStep.UNDO: {Phase.WRITE: (0, 50), Phase.STANDINGS: (50, 99)},
}


def chunks(run: Run) -> list[Chunk]:
    """List the one part."""
    return [{"items": PARTS, "name": run.arguments["step"]}]


def work(run: Run, chunk: Chunk) -> Outcome | None:  # noqa: ARG001  # a plan's signature
    """Do the step; a refusal is written beside the list, in words for who looks at it."""
    batch_id, step = run.arguments["batch_id"], ImportStep(run.arguments["step"])
    board = Board(run.database, run.settings.data_dir, run.job_id, run.key)
    try:
        _check_may(run)
        if not _is_done(run, batch_id, step):
            _do(run, batch_id, step, JobWatch(board, _SPANS[step]))
    except Refused as refusal:
        with run.database.write() as session:
            staging.refuse(session, batch_id=batch_id, refusal=refusal)
        return Outcome(0, (failure("", refusal),))
    finally:
        board.wipe()
    return None


def finish(run: Run) -> str:
    """Lead back to the list."""
    return f"/imports/{run.arguments['batch_id']}"


def _check_may(run: Run) -> None:
    if run.act.actor is not None and not run.act.actor.may(Permission.IMPORTS_RUN):
        raise Refused("Whoever asked for this may no longer import lists.")


def _is_done(run: Run, batch_id: int, step: ImportStep) -> bool:
    with run.database.reader() as session:
        batch = session.get_one(ImportBatch, batch_id)
        if step is ImportStep.APPLY:
            return batch.state is ImportState.APPLIED
        return step is ImportStep.UNDO and batch.undone_at is not None


def _do(run: Run, batch_id: int, step: ImportStep, watch: JobWatch) -> None:
    data_dir, copy_dir = run.settings.data_dir, run.settings.copy_dir
    if step is ImportStep.COMPARE:
        with run.database.reader() as session:
            kind = session.get_one(ImportBatch, batch_id).kind
        with run.database.writer() if kind is ImportKind.ORGANISATION else run.database.reader() as session:
            found = comparing.compare(
                session,
                act=run.act,
                batch_id=batch_id,
                data_dir=data_dir,
                copy_dir=copy_dir,
                watch=watch,
                limits=Limits.from_settings(run.settings),
            )
            session.rollback()
        with run.database.write() as session:
            staging.put(session, act=run.act, batch_id=batch_id, found=found, watch=watch)
        return
    with run.database.write() as session:
        if step is ImportStep.UNDO:
            undoing.undo(session, act=run.act, batch_id=batch_id, watch=watch)
            return
        applying.apply(session, act=run.act, batch_id=batch_id, data_dir=data_dir, copy_dir=copy_dir, watch=watch)
    originals.remove(run.database, store.Places.from_settings(run.settings))


PLAN = Plan(chunks=chunks, work=work, finish=finish)
