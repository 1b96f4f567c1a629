"""May a co-borrower's notice be made, and what would it say: the figures of the borrower's notice, where still true."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from models.rules.refusals import NotVisible, Refused
from models.rules.workflows import NoticeState
from portal.queries.notice_facts import Dossier
from portal.queries.paper_facts import Demand
from portal.services import notice_drafts

_COPIED = (
    "lender_name",
    "contracts",
    "total",
    "data_on",
    "pay_by",
    "channels",
    "next_steps",
    "relief_options",
    "authority",
    "borrower_name",
    "masked_id",
    "school_name",
)


def out_of_turn(demand: Demand, before: str | None, today: date) -> Refused | None:
    """Return why a notice leads to no paper for a co-borrower of it any more, or not again; ``None`` when it may.

    Args:
        demand: the borrower's notice.
        before: serial of the paper this co-borrower got already.
        today: day of issue.

    """
    if demand.state is NoticeState.CALLED_BACK:
        return Refused("The notice is called back: nothing is asked of the co-borrower either.")
    if demand.said.pay_by <= today:
        return Refused("The day to pay by is over: issue the next notice first, then that to the co-borrower.")
    if before is not None:
        return Refused("It was issued before as %(serial)s: print it again from its page.", serial=before)
    return None


def facts(
    demand: Demand, place: int, *, before: str | None, dossier: Dossier, today: date, fresh_days: int
) -> dict[str, Any]:
    """Return the fields of the paper to one co-borrower beyond those of every paper.

    Args:
        demand: the borrower's notice.
        place: which of the co-borrowers it names, from 0.
        before: serial of the paper this co-borrower got already.
        dossier: the borrower as known today.
        today: day of issue.
        fresh_days: how old the bank's data may be, in days.

    Raises:
        NotVisible: the notice names no such co-borrower.
        Refused: it would not be true today, or was issued before.
        StaleData: the bank's figures are missing or out of date.

    """
    said = demand.said
    if not 0 <= place < len(said.co_borrowers):
        raise NotVisible
    refusal = out_of_turn(demand, before, today) or notice_drafts.obstacle(
        replace(dossier, has_open_notice=False), today, fresh_days
    )
    if refusal is None and dossier.total < said.total:
        refusal = Refused("Less is owed by now than the notice says: call it back and issue a new one first.")
    if refusal is not None:
        raise refusal
    person = said.co_borrowers[place]
    return {name: getattr(said, name) for name in _COPIED} | {
        "co_borrower_name": person.name,
        "relation": person.relation,
        "notice_serial": said.serial,
    }
