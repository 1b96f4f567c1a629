"""The roster of contracts written down: people, ways to reach them, contracts, plans, deferrals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.orm import Session

from models.borrowers import (
    Borrower,
    CoBorrower,
    ContactPoint,
    contact_index,
    contact_last_four_index,
    id_index,
    id_last_four_index,
)
from models.imports import ImportBatch
from models.loans import Instalment, Lender, Loan, RatePeriod, Relief, ReliefCorrection
from models.rules import identity
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.facts import ReliefKind, ReliefScope
from models.rules.imports import Phase
from portal.actors import Act
from portal.queries.import_images import TOUCHED
from portal.queries.loan_facts import reliefs_in_force
from portal.services.imports.holdings import Holdings, chunks, insert_all
from portal.services.imports.lenders import lender_named
from portal.services.imports.roster import loan_differences, person_differences
from portal.services.imports.roster_plans import write_plans
from portal.services.imports.roster_rows import RosterRow
from portal.services.imports.trail import Trail, last_id
from portal.services.imports.watching import UNWATCHED, Watch

_MASKED = 40
_PLANS = 10_000  # contracts between two looks
_LOOKS = 10
_ADDED_TO = (Lender, Borrower, CoBorrower, ContactPoint, Loan)
_OF_A_PERSON = ("school_name", "college", "graduation_year", "village_id", "address")
_TERMS = frozenset({
    "signed_on", "principal", "rate_percent", "subsidy_ends_on", "graduation_year", "grace_years", "matures_on",
})  # fmt: skip


def apply(
    session: Session, *, act: Act, batch: ImportBatch, rows: Sequence[RosterRow], watch: Watch = UNWATCHED
) -> set[int]:
    """Write the rows of a roster; a row that changes nothing writes nothing.

    Returns:
        Ids of the borrowers whose facts changed.

    """
    trail = Trail(session, batch.id)
    last = {table: last_id(session, table) for table in _ADDED_TO}
    _make_lenders(session, rows)
    holdings = Holdings.load(session, with_people=False)
    _make_borrowers(session, holdings, rows)
    holdings = Holdings.load(session, with_people=True)
    watch.at(Phase.WRITE, 0, _LOOKS)
    seen = _change_borrowers(session, trail, holdings, rows)
    seen |= _make_ways(session, act, holdings, rows)
    watch.at(Phase.WRITE, 1, _LOOKS)
    touched, planned = _write_loans(session, trail, holdings, rows)
    for number, piece in enumerate(chunks(planned, _PLANS)):
        watch.at(Phase.WRITE, len(rows) + number * _PLANS, 2 * len(rows))
        write_plans(session, act, piece)
    touched |= _write_deferrals(session, act, batch, rows)
    for table in _ADDED_TO:
        trail.new_since(table, last[table])
    trail.ids(TOUCHED, seen | touched)
    return touched


def _make_lenders(session: Session, rows: Sequence[RosterRow]) -> None:
    known = set(session.scalars(select(Lender.name)))
    codes = set(session.scalars(select(Lender.code)))
    for name in dict.fromkeys(row.lender for row in rows):
        if name in known:
            continue
        session.add(lender_named(name, codes))
    session.flush()


def _make_borrowers(session: Session, holdings: Holdings, rows: Sequence[RosterRow]) -> None:
    new: dict[str, dict[str, Any]] = {}
    for row in rows:
        index = id_index(row.id_number)
        if index in holdings.borrowers or (index in new and not row.leads):
            continue
        new[index] = {
            "name": row.name,
            "initials": identity.initials(row.name),
            "id_number": row.id_number,
            "id_index": index,
            "id_last_four_index": id_last_four_index(identity.last_four(row.id_number)),
            "masked_id": identity.masked_id(row.id_number),
            "village_id": row.village_id,
            "address": row.address or None,
            "school_name": row.school_name,
            "college": row.college,
            "graduation_year": row.graduation_year,
        }
    insert_all(session, Borrower, list(new.values()))


def _change_borrowers(session: Session, trail: Trail, holdings: Holdings, rows: Sequence[RosterRow]) -> set[int]:
    """Bring what the list says of people up to date; returns whom it changed."""
    changed: dict[int, dict[str, Any]] = {}
    for row in rows:
        if not row.leads:
            continue
        person = holdings.borrowers[id_index(row.id_number)]
        differences = {name: new for name, _, new in person_differences(person, row)}
        if differences:
            changed[person.id] = {f"new_{name}": getattr(person, name) for name in _OF_A_PERSON} | {
                "person_id": person.id,
                **{f"new_{name}": new for name, new in differences.items()},
            }
    if changed:
        trail.rows(Borrower, Borrower.id, changed, _OF_A_PERSON)
        people = cast("Table", Borrower.__table__)
        statement = (
            update(people)
            .where(people.c.id == bindparam("person_id"))
            .values({name: bindparam(f"new_{name}") for name in _OF_A_PERSON} | {"version": people.c.version + 1})
        )
        session.execute(statement, list(changed.values()))
    return set(changed)


def _make_ways(session: Session, act: Act, holdings: Holdings, rows: Sequence[RosterRow]) -> set[int]:
    """Add co-borrowers and numbers beside what we hold; nothing a member corrected is touched. Returns whose."""
    co_new: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        if not row.co_id_number:
            continue
        key = (holdings.borrowers[id_index(row.id_number)].id, id_index(row.co_id_number))
        if key not in holdings.co_borrowers:
            co_new[key] = {
                "borrower_id": key[0],
                "name": row.co_name,
                "relation": row.relation,
                "id_number": row.co_id_number,
                "id_index": key[1],
                "masked_id": identity.masked_id(row.co_id_number),
            }
    insert_all(session, CoBorrower, list(co_new.values()))
    co_ids = {
        (borrower_id, index): co_id
        for co_id, borrower_id, index in session.execute(
            select(CoBorrower.id, CoBorrower.borrower_id, CoBorrower.id_index)
        )
    }
    points: dict[tuple[int, str, str], dict[str, Any]] = {}
    for row in rows:
        borrower = holdings.borrowers[id_index(row.id_number)]
        co_id = co_ids.get((borrower.id, id_index(row.co_id_number))) if row.co_id_number else None
        found: list[tuple[ContactOwner, int | None, str]] = [
            (ContactOwner.BORROWER, None, number) for number in row.phones
        ]
        found += [(ContactOwner.CO_BORROWER, co_id, number) for number in row.co_phones]
        for owner, owner_id, number in found:
            index = contact_index(ContactKind.PHONE, number)
            key3 = (borrower.id, ContactKind.PHONE.value, index)
            if key3 not in holdings.contacts and key3 not in points:
                points[key3] = {
                    "borrower_id": borrower.id,
                    "co_borrower_id": owner_id,
                    "owner": owner,
                    "kind": ContactKind.PHONE,
                    "value": number,
                    "value_index": index,
                    "last_four_index": contact_last_four_index(identity.last_four(number)),
                    "masked": identity.masked_phone(number)[:_MASKED],
                    "source": ContactSource.BANK,
                    "added_on": act.today,
                }
    insert_all(session, ContactPoint, list(points.values()))
    return {borrower_id for borrower_id, _ in co_new} | {borrower_id for borrower_id, _, _ in points}


def _write_loans(
    session: Session, trail: Trail, holdings: Holdings, rows: Sequence[RosterRow]
) -> tuple[set[int], list[RosterRow]]:
    """Write the contracts; returns whom they touch, and those whose plan is to be written."""
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    planned: list[RosterRow] = []
    replanned: list[int] = []
    touched: set[int] = set()
    for row in rows:
        borrower_id = holdings.borrowers[id_index(row.id_number)].id
        values = _loan_values(row, borrower_id, holdings.lenders[row.lender])
        loan = holdings.loans.get((values["lender_id"], row.contract_no))
        if loan is None:
            new.append(values)
            planned.append(row)
            touched.add(borrower_id)
            continue
        differences = {name for _, name, _, _ in loan_differences(loan, row)}
        if not differences:
            continue
        settled_on = row.settled_on if "settled_on" in differences else loan.settled_on
        changed.append(values | {"settled_on": settled_on, "loan_id": loan.id})
        touched.add(borrower_id)
        if differences & _TERMS:
            planned.append(row)
            replanned.append(loan.id)
    insert_all(session, Loan, new)
    if changed:
        trail.rows(Loan, Loan.id, [one["loan_id"] for one in changed])
        trail.ids("#replanned", replanned)
        trail.rows(Instalment, Instalment.loan_id, replanned)
        trail.rows(RatePeriod, RatePeriod.loan_id, replanned)
        columns = [name for name in changed[0] if name != "loan_id"]
        statement = (
            update(Loan.__table__)  # type: ignore[arg-type]  # a mapped class's table is a Table
            .where(Loan.__table__.c.id == bindparam("loan_id"))
            .values({name: bindparam(f"new_{name}") for name in columns})
        )
        session.execute(
            statement,
            [{"loan_id": one["loan_id"]} | {f"new_{name}": one[name] for name in columns} for one in changed],
        )
    for piece in chunks(replanned):
        session.execute(
            delete(Instalment).where(Instalment.loan_id.in_(piece)).execution_options(synchronize_session=False)
        )
    return touched, planned


def _loan_values(row: RosterRow, borrower_id: int, lender_id: int) -> dict[str, Any]:
    return {
        "borrower_id": borrower_id,
        "lender_id": lender_id,
        "contract_no": row.contract_no,
        "signed_on": row.signed_on,
        "principal": row.principal,
        "balance": row.balance,
        "rate_percent": row.rate_percent,
        "subsidy_ends_on": row.subsidy_ends_on,
        "graduation_year": row.graduation_year,
        "grace_years": row.grace_years,
        "matures_on": row.matures_on,
        "settled_on": row.settled_on,
    }


def _write_deferrals(session: Session, act: Act, batch: ImportBatch, rows: Sequence[RosterRow]) -> set[int]:
    """Put off the principal of contracts the bank defers: from the year it falls due in until the named day.

    One that runs and ends on another day by now is corrected by a fact that names it.
    """
    wanted = [row for row in rows if row.deferred_until]
    if not wanted:
        return set()
    holdings = Holdings.load(session, with_people=True)
    touched: set[int] = set()
    new: list[dict[str, Any]] = []
    corrected: dict[int, tuple[int, date, date]] = {}
    for row in wanted:
        until = row.deferred_until
        loan = holdings.loans[holdings.lenders[row.lender], row.contract_no]
        held = holdings.deferrals.get(loan.id, [])
        if until is None or until in [to_on for _, to_on in held]:
            continue
        touched.add(loan.borrower_id)
        running = [relief_id for relief_id, to_on in held if to_on is None or to_on >= act.today]
        listed_on = batch.data_on or act.today
        from_on = date(min(listed_on.year, until.year - 1), 1, 1)
        if running:
            corrected[running[-1]] = (loan.id, from_on, until)
            continue
        new.append(
            {
                "loan_id": loan.id,
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
