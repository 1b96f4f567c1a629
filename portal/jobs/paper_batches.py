"""The job of a batch of papers: a hundred people a part, all of them in the same few short transactions.

Papers are stamped as notices are, so a part is as large; even where each of them has to be laid out, the bar moves, and
a cancel is heard, every twenty seconds. A paper that exists, or somebody who dropped out, is passed over, so a part
done twice does nothing twice; a number reserved when the machine stopped is taken over at the next turn.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.rules.permissions import Permission
from models.rules.refusals import Refused
from portal.jobs.plans import Chunk, Outcome, Plan, Run, failure
from portal.pieces import chunks as pieces
from portal.queries.paper_batches import waiting
from portal.services.notice_drafts import Terms
from portal.services.paper_batches import finish_batch, issue_items

_PART = 100


def chunks(run: Run) -> Sequence[Chunk]:
    """List the papers still to be made, a part at a time."""
    with run.database.reader() as session:
        positions = waiting(session, run.arguments["batch_id"])
    return [{"positions": list(part), "items": len(part)} for part in pieces(positions, _PART)]


def work(run: Run, chunk: Chunk) -> Outcome:
    """Make one part's papers; who drops out is written down by their place in the batch, the rest goes on.

    Raises:
        Refused: whoever asked for the batch may no longer issue papers.

    """
    if not run.act.person.may(Permission.PAPERS_ISSUE):
        raise Refused("Whoever asked for this batch may no longer issue papers.")
    reasons = issue_items(
        run.database,
        act=run.act,
        batch_id=run.arguments["batch_id"],
        positions=chunk["positions"],
        terms=Terms.from_settings(run.settings),
    )
    failed = tuple(failure(position, refusal) for position, refusal in reasons.items())
    return Outcome(len(chunk["positions"]) - len(failed), failed)


def finish(run: Run) -> str:
    """Close the batch; its page offers the files for printing."""
    batch_id = run.arguments["batch_id"]
    with run.database.write() as session:
        finish_batch(session, act=run.act, batch_id=batch_id)
    return f"/papers/batches/{batch_id}"


PLAN = Plan(chunks=chunks, work=work, finish=finish)
