"""The job that holds a lender's list against our ledger, a range of borrowers a part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from portal.jobs.plans import Chunk, Plan, Run
from portal.services.reconciliations import Range, compare_range, ranges


def chunks(run: Run) -> Sequence[Chunk]:
    """List the ranges, each with the moment of this comparison."""
    with run.database.reader() as session:
        found = ranges(session, run.arguments["arrears_list_id"])
    return [{**asdict(one), "made_at": run.act.at.isoformat()} for one in found]


def work(run: Run, chunk: Chunk) -> None:
    """Compare one range."""
    part = Range(**{name: chunk[name] for name in Range.__dataclass_fields__})
    with run.database.write() as session:
        compare_range(
            session,
            arrears_list_id=run.arguments["arrears_list_id"],
            part=part,
            made_at=datetime.fromisoformat(chunk["made_at"]),
        )


def finish(run: Run) -> str:
    """Record that it was made; its page shows what was found."""
    list_id = run.arguments["arrears_list_id"]
    with run.database.write() as session:
        run.act.record(session, "reconciliation:made", subject=f"reconciliation/{list_id}")
    return f"/reconciliations/{list_id}"


PLAN = Plan(chunks=chunks, work=work, finish=finish)
