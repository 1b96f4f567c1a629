"""Co-borrowers and numbers that a roster names, added beside what we hold; nothing a member corrected is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from models.borrowers import CoBorrower, ContactPoint, contact_last_four_index, id_index
from models.rules import identity
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from portal.actors import Act
from portal.services.imports.holdings import Holdings, insert_all
from portal.services.imports.roster_rows import RosterRow
from portal.services.imports.trail import added, last_id

_MASKED = 40


def write_ways(
    session: Session, act: Act, holdings: Holdings, rows: Sequence[RosterRow], people: Mapping[str, int]
) -> set[int]:
    """Write what is new.

    Args:
        session: a writing session.
        act: who applies the list.
        holdings: what we hold of the people of these rows.
        rows: of the roster.
        people: identity number to borrower.

    Returns:
        Ids of the borrowers who have more ways to be reached now.

    """
    co_indices = {number: id_index(number) for number in {row.co_id_number for row in rows if row.co_id_number}}
    co_ids = _write_co_borrowers(session, holdings, rows, people, co_indices)
    touched = {key[0] for key in set(co_ids) - set(holdings.co_borrowers)}
    points: dict[tuple[int, str, str], dict[str, Any]] = {}
    said: set[tuple[str, ...]] = set()  # the contracts of one person name the same numbers
    today = act.today
    for row in rows:
        if not row.phones and not row.co_phones:
            continue
        here = (row.id_number, row.co_id_number, *row.phones, "", *row.co_phones)
        if here in said:
            continue
        said.add(here)
        borrower_id = people[row.id_number]
        co_id = co_ids[borrower_id, co_indices[row.co_id_number]] if row.co_phones and row.co_id_number else None
        found: list[tuple[ContactOwner, int | None, str]] = [
            *((ContactOwner.BORROWER, None, number) for number in row.phones),
            *((ContactOwner.CO_BORROWER, co_id, number) for number in row.co_phones),
        ]
        for owner, owner_id, number in found:
            index = holdings.phone_index(number)
            key = (borrower_id, ContactKind.PHONE.value, index)
            if key not in holdings.contacts and key not in points:
                points[key] = {
                    "borrower_id": borrower_id,
                    "co_borrower_id": owner_id,
                    "owner": owner,
                    "kind": ContactKind.PHONE,
                    "value": number,
                    "value_index": index,
                    "last_four_index": contact_last_four_index(identity.last_four(number)),
                    "masked": identity.masked_phone(number)[:_MASKED],
                    "source": ContactSource.BANK,
                    "added_on": today,
                }
    insert_all(session, ContactPoint, list(points.values()))
    return touched | {borrower_id for borrower_id, _, _ in points}


def _write_co_borrowers(
    session: Session,
    holdings: Holdings,
    rows: Sequence[RosterRow],
    people: Mapping[str, int],
    indices: Mapping[str, str],
) -> dict[tuple[int, str], int]:
    """Add those we do not hold; returns all of these rows: (borrower, index of the identity number) to id."""
    new: dict[tuple[int, str], RosterRow] = {}
    for row in rows:
        if row.co_id_number:
            key = (people[row.id_number], indices[row.co_id_number])
            if key not in holdings.co_borrowers:
                new[key] = row  # of several the last says the name
    if not new:
        return holdings.co_borrowers
    before = last_id(session, CoBorrower)
    insert_all(
        session,
        CoBorrower,
        [
            {
                "borrower_id": borrower_id,
                "name": row.co_name,
                "relation": row.relation,
                "id_number": row.co_id_number,
                "id_index": index,
                "masked_id": identity.masked_id(row.co_id_number),
            }
            for (borrower_id, index), row in new.items()
        ],
    )
    made = added(session, CoBorrower, before, "id", "borrower_id", "id_index")
    return holdings.co_borrowers | {(borrower_id, index): co_id for co_id, borrower_id, index in made}
