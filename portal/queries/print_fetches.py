"""How often a batch's files for printing were fetched, when and by whom: read from the events.

A fetch is what counts: whether a download broke off, or the paper jammed, nobody here can know. So a file fetched again
is marked as a reprint, though the first may never have come out; a second paper without the mark would be worse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.events import Event
from models.rules.sentences import N_

PRINTED_MEANWHILE = N_("A paper of this file was printed at the same moment. Fetch the file again.")


@dataclass(frozen=True, slots=True)
class Fetches:
    """How often one file was fetched, and who did so last."""

    times: int
    last_at: datetime
    last_by: str


def fetches(session: Session, noun: str, batch_id: int) -> dict[int, Fetches]:
    """Return the fetches of a batch's files, by the number of the file; a file never fetched is left out.

    Args:
        session: a reading session.
        noun: ``notice-batch`` or ``paper-batch``.
        batch_id: a batch that the reader may see.

    """
    rows = session.execute(
        select(Event.at, Event.actor_name, Event.facts)
        .where(Event.tag == f"{noun}:printed", Event.subject == f"{noun}/{batch_id}")
        .order_by(Event.id)
    )
    found: dict[int, Fetches] = {}
    for at, name, facts in rows:
        part = facts.get("part")  # events before there was a number of the file have none
        if part is not None:
            before = found[part].times if part in found else 0
            found[part] = Fetches(before + 1, at, name)
    return found
