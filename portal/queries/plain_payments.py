"""Whether money that is about to be entered clears what is overdue, where the database can tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.facts import RepaymentFact
from models.rules.money import to_fen
from portal.queries.loan_facts import newest_lists
from portal.queries.plain_contracts import Whose, figures


def overdue_after(
    session: Session, ids: Collection[int], today: date, paid: Mapping[int, Sequence[RepaymentFact]]
) -> dict[int, bool]:
    """Say of borrowers whether anything is overdue once money has come in; who is not plain is left out.

    Args:
        session: any session.
        ids: the borrowers; at most some thousands.
        today: the day to judge for.
        paid: by contract, ordinary repayments that are not entered yet, none of them taken back.

    """
    if not ids:
        return {}
    m = figures(Whose.of(sorted(ids)), today, newest_lists(session, today)).subquery("figures").c
    rows = session.execute(
        select(m.id, m.borrower_id, m.data_on, m.settled_on, m.subsidy_ends_on, m.said, m.needed, m.funds, m.odd)
    )
    found: dict[int, bool] = {}
    unsure: set[int] = set()
    for row in rows:
        new = paid.get(row.id, ())
        since = [one for one in new if row.data_on is None or one.paid_on > row.data_on]
        # What was paid before a list is in its figure; where it says nothing is overdue, it may have been paid ahead.
        if row.odd or any(one.paid_on > today for one in new) or (not row.said and len(since) < len(new)):
            unsure.add(row.borrower_id)
            continue
        is_live = row.settled_on is None and row.subsidy_ends_on < today
        left = row.needed - row.funds - sum(to_fen(one.amount) for one in since)
        found[row.borrower_id] = found.get(row.borrower_id, False) or (is_live and left > 0)
    return {borrower_id: is_overdue for borrower_id, is_overdue in found.items() if borrower_id not in unsure}
