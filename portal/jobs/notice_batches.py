"""The job of a batch of notices: a hundred borrowers a part, all of them in the same few short transactions.

A borrower whose notice exists, or who dropped out, is passed over, so a part done twice does nothing twice. A number
reserved when the machine stopped is taken over by the same borrower's next turn. The file for printing is not stored:
it is put together from the stored papers when it is fetched, so whoever paid meanwhile is not in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.rules.permissions import Permission
from models.rules.refusals import Refused
from portal.jobs.plans import Chunk, Outcome, Plan, Run, failure
from portal.pieces import chunks as pieces
from portal.queries.notice_batches import waiting
from portal.services.notice_batches import finish_batch, issue_items
from portal.services.notice_drafts import Terms

_PART = 100  # a third of a second: how long others wait to write, and how much is done anew after a crash


def chunks(run: Run) -> Sequence[Chunk]:
    """List the borrowers still waiting, a part at a time."""
    with run.database.reader() as session:
        ids = waiting(session, run.arguments["batch_id"])
    return [{"borrowers": list(part), "items": len(part)} for part in pieces(ids, _PART)]


def work(run: Run, chunk: Chunk) -> Outcome:
    """Issue one part's notices; who drops out is written down by number, the rest goes on.

    Raises:
        Refused: whoever asked for the batch may no longer issue notices.

    """
    if not run.act.person.may(Permission.NOTICES_ISSUE):
        raise Refused("Whoever asked for this batch may no longer issue notices.")
    reasons = issue_items(
        run.database,
        act=run.act,
        batch_id=run.arguments["batch_id"],
        borrower_ids=chunk["borrowers"],
        terms=Terms.from_settings(run.settings),
    )
    failed = tuple(failure(borrower_id, refusal) for borrower_id, refusal in reasons.items())
    return Outcome(len(chunk["borrowers"]) - len(failed), failed)


def finish(run: Run) -> str:
    """Close the batch; its page offers the file for printing."""
    batch_id = run.arguments["batch_id"]
    with run.database.write() as session:
        finish_batch(session, act=run.act, batch_id=batch_id)
    return f"/notices/batches/{batch_id}"


PLAN = Plan(chunks=chunks, work=work, finish=finish)
