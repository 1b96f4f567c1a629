"""What a roster says of deferrals written down: new ones, and running ones that end on another day by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.loans import Relief, ReliefCorrection
from models.rules.facts import ReliefKind, ReliefScope
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.loan_facts import reliefs_in_force
from portal.services.imports.holdings import Holdings, insert_all
from portal.services.imports.roster_rows import RosterRow


def write_deferrals(
    session: Session,
    act: Act,
    batch: ImportBatch,
    *,
    holdings: Holdings,
    rows: Sequence[RosterRow],
    people: Mapping[str, int],
    ids: Mapping[tuple[int, str], int],
) -> set[int]:
    """Put off the principal of contracts the bank defers: from the year it falls due in until the named day.

    One that runs and ends on another day by now is corrected by a fact that names it.

    Args:
        session: a writing session.
        act: who applies the list.
        batch: the list.
        holdings: what we held of these rows.
        rows: some of the list.
        people: identity number to borrower.
        ids: (lender, contract number) to contract.

    Returns:
        The borrowers whose standing may change by it.

    """
    touched: set[int] = set()
    new: list[dict[str, Any]] = []
    corrected: dict[int, tuple[int, date, date]] = {}
    for row in rows:
        until = row.deferred_until
        if until is None:
            continue
        loan_id = ids[holdings.lenders[row.lender], row.contract_no]
        held = holdings.deferrals.get(loan_id, [])
        if until in [to_on for _, to_on in held]:
            continue
        touched.add(people[row.id_number])
        running = [relief_id for relief_id, to_on in held if to_on is None or to_on >= act.today]
        listed_on = batch.data_on or act.today
        from_on = date(min(listed_on.year, until.year - 1), 1, 1)
        if running:
            corrected[running[-1]] = (loan_id, from_on, until)
            continue
        new.append(
            {
                "loan_id": loan_id,
                "kind": ReliefKind.DEFERRAL,
                "scope": ReliefScope.PRINCIPAL,
                "from_on": from_on,
                "to_on": until,
                "reason": "",
                "import_batch_id": batch.id,
                "recorded_at": act.at,
                "by_id": act.user_id,
            }
        )
    insert_all(session, Relief, new)
    _correct_deferrals(session, act, batch, corrected)
    return touched


def _correct_deferrals(
    session: Session, act: Act, batch: ImportBatch, corrected: Mapping[int, tuple[int, date, date]]
) -> None:
    """Write what deferrals should have said; ``corrected`` is relief -> (contract, first day if need be, last day)."""
    held: dict[int, date] = {}
    for piece in chunks({loan_id for loan_id, _, _ in corrected.values()}):
        for reliefs in reliefs_in_force(session, piece).values():
            held |= {relief_id: fact.from_on for relief_id, fact in reliefs}
    rows = [
        {
            "relief_id": relief_id,
            "from_on": held[relief_id] if held[relief_id] < until else from_on,
            "to_on": until,
            "is_void": False,
            "reason": "",
            "import_batch_id": batch.id,
            "recorded_at": act.at,
            "by_id": act.user_id,
        }
        for relief_id, (_, from_on, until) in corrected.items()
    ]
    insert_all(session, ReliefCorrection, rows)
