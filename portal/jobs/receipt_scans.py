"""The job that reads a bundle of scanned receipts, a page a part; a page read twice is filed once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from models.scans import ScanFile
from portal.jobs.plans import Chunk, Outcome, Plan, Run, failure
from portal.services import scans


def chunks(run: Run) -> Sequence[Chunk]:
    """List the pages."""
    with run.database.reader() as session:
        files = session.execute(
            select(ScanFile.position, ScanFile.pages)
            .where(ScanFile.bundle_id == run.arguments["bundle_id"])
            .order_by(ScanFile.position)
        ).all()
    return [{"file": position, "page": page} for position, count in files for page in range(1, count + 1)]


def work(run: Run, chunk: Chunk) -> Outcome:
    """Read one page; one that a person has to look at counts as not done."""
    trouble = scans.read_page(
        run.database,
        act=run.act,
        bundle_id=run.arguments["bundle_id"],
        position=chunk["file"],
        number=chunk["page"],
    )
    return Outcome(1) if trouble is None else Outcome(0, (failure(f"{chunk['file']}-{chunk['page']}"),))


def finish(run: Run) -> str:
    """Let go of the files; the bundle's page shows what is left to a person."""
    bundle_id = run.arguments["bundle_id"]
    with run.database.write() as session:
        scans.finish(session, act=run.act, bundle_id=bundle_id)
    return f"/notices/scans/{bundle_id}"


PLAN = Plan(chunks=chunks, work=work, finish=finish)
