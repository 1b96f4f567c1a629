"""The roster of contracts written down: people, contracts, plans; in pieces, so that no list is held as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from models.borrowers import Borrower, CoBorrower, ContactPoint, id_index, id_last_four_index
from models.imports import ImportBatch
from models.loans import Lender, Loan
from models.rules import identity
from models.rules.imports import Phase
from portal.actors import Act
from portal.queries.import_images import TOUCHED
from portal.services.imports.holdings import HeldLoan, Holdings, insert_all
from portal.services.imports.lenders import lender_named
from portal.services.imports.roster import loan_differences, person_differences
from portal.services.imports.roster_deferrals import write_deferrals
from portal.services.imports.roster_plans import Plans
from portal.services.imports.roster_rows import RosterRow
from portal.services.imports.roster_ways import write_ways
from portal.services.imports.trail import Trail, added, last_id
from portal.services.imports.watching import UNWATCHED, Watch

_ADDED_TO = (Lender, Borrower, CoBorrower, ContactPoint, Loan)
_OF_A_PERSON = ("school_name", "college", "graduation_year", "village_id", "address")
_OF_A_LOAN = tuple(name for name in Loan.__table__.columns.keys() if name != "plan_id")  # noqa: SIM118  # columns
_TERMS = frozenset({
    "signed_on", "principal", "rate_percent", "subsidy_ends_on", "graduation_year", "grace_years", "matures_on",
})  # fmt: skip


def apply(
    session: Session,
    *,
    act: Act,
    batch: ImportBatch,
    pieces: Iterable[Sequence[RosterRow]],
    watch: Watch = UNWATCHED,
) -> set[int]:
    """Write the rows of a roster that were found to bring or change something.

    A row that was found to change nothing is not looked at again: what somebody did to its person since is not undone
    by a list that was confirmed as leaving it alone.

    Args:
        session: a writing session.
        act: who applies it.
        batch: the list.
        pieces: these rows, some thousands at a time.
        watch: told how far it is.

    Returns:
        Ids of the borrowers whose facts changed.

    """
    trail = Trail(session, batch.id)
    last = {table: last_id(session, table) for table in _ADDED_TO}
    codes = set(session.scalars(select(Lender.code)))
    known = set(session.scalars(select(Lender.name)))
    plans: Plans | None = None
    seen: set[int] = set()
    touched: set[int] = set()
    done = 0
    for rows in pieces:
        watch.at(Phase.WRITE, done, batch.new + batch.changed)
        done += len(rows)
        is_new_lender = _make_lenders(session, rows, known, codes)
        if plans is None or is_new_lender:
            plans = Plans(session, act)
        piece = _Piece(session, act, batch, trail, rows)
        piece.write(plans)
        seen |= piece.seen
        touched |= piece.touched
    for table in _ADDED_TO:
        trail.new_since(table, last[table])
    seen |= touched
    trail.ids(TOUCHED, seen)
    return touched


def _make_lenders(session: Session, rows: Sequence[RosterRow], known: set[str], codes: set[str]) -> bool:
    new = [name for name in dict.fromkeys(row.lender for row in rows) if name not in known]
    for name in new:
        session.add(lender_named(name, codes))
    known.update(new)
    session.flush()
    return bool(new)


@dataclass(slots=True)
class _Piece:
    """Some rows of a roster on their way into the tables."""

    session: Session
    act: Act
    batch: ImportBatch
    trail: Trail
    rows: Sequence[RosterRow]
    indices: dict[str, str] = field(default_factory=dict)  # of identity numbers
    people: dict[str, int] = field(default_factory=dict)  # identity number -> borrower
    seen: set[int] = field(default_factory=set)  # people of whom something else than a contract changed
    touched: set[int] = field(default_factory=set)

    def write(self, plans: Plans) -> None:
        """Write all of it."""
        self.indices = {number: id_index(number) for number in dict.fromkeys(row.id_number for row in self.rows)}
        holdings = Holdings.around(
            self.session,
            contracts=[row.contract_no for row in self.rows],
            people=self.indices.values(),
            with_ways=True,
        )
        self._make_borrowers(holdings)
        self._change_borrowers(holdings)
        self.seen |= write_ways(self.session, self.act, holdings, self.rows, self.people)
        self._write_loans(holdings, plans)

    def _make_borrowers(self, holdings: Holdings) -> None:
        """Add people we do not hold, and note who everybody is."""
        new: dict[str, RosterRow] = {}
        for row in self.rows:
            index = self.indices[row.id_number]
            if index not in holdings.borrowers and (index not in new or row.leads):
                new[index] = row
        before = last_id(self.session, Borrower)
        insert_all(self.session, Borrower, [_person(index, row) for index, row in new.items()])
        ids = {index: person.id for index, person in holdings.borrowers.items()}
        if new:
            ids |= dict(map(tuple, added(self.session, Borrower, before, "id_index", "id")))
        self.people = {number: ids[index] for number, index in self.indices.items()}

    def _change_borrowers(self, holdings: Holdings) -> None:
        """Bring what the list says of people up to date."""
        changed: dict[int, dict[str, Any]] = {}
        for row in self.rows:
            person = holdings.borrowers.get(self.indices[row.id_number]) if row.leads else None
            if person is None:
                continue
            differences = {name: new for name, _, new in person_differences(person, row)}
            if differences:
                changed[person.id] = {f"new_{name}": getattr(person, name) for name in _OF_A_PERSON} | {
                    "person_id": person.id,
                    **{f"new_{name}": new for name, new in differences.items()},
                }
        if changed:
            self.trail.rows(Borrower, Borrower.id, changed, _OF_A_PERSON)
            people = cast("Table", Borrower.__table__)
            statement = (
                update(people)
                .where(people.c.id == bindparam("person_id"))
                .values({name: bindparam(f"new_{name}") for name in _OF_A_PERSON} | {"version": people.c.version + 1})
            )
            self.session.execute(statement, list(changed.values()))
        self.seen |= set(changed)

    def _write_loans(self, holdings: Holdings, plans: Plans) -> None:
        """Write the contracts, planned anew where their terms are others now, then what is put off."""
        new: dict[tuple[int, str], RosterRow] = {}
        changed: list[tuple[HeldLoan, RosterRow, set[str]]] = []
        ids: dict[tuple[int, str], int] = {key: loan.id for key, loan in holdings.loans.items()}
        for row in self.rows:
            key = (holdings.lenders[row.lender], row.contract_no)
            loan = holdings.loans.get(key)
            if loan is None:
                new[key] = row
                self.touched.add(self.people[row.id_number])
                continue
            differences = {name for _, name, _, _ in loan_differences(loan, row)}
            if differences:
                changed.append((loan, row, differences))
                self.touched.add(self.people[row.id_number])
        before = last_id(self.session, Loan)
        plan_ids = plans.of(list(new.values()))
        insert_all(
            self.session,
            Loan,
            [
                self._values(row, key[0]) | {"plan_id": plan_id}
                for (key, row), plan_id in zip(new.items(), plan_ids, strict=True)
            ],
        )
        if new:
            for loan_id, lender_id, contract_no in added(self.session, Loan, before, "id", "lender_id", "contract_no"):
                ids[lender_id, contract_no] = loan_id
        self._change_loans(changed, plans)
        self.touched |= write_deferrals(
            self.session, self.act, self.batch, holdings=holdings, rows=self.rows, people=self.people, ids=ids
        )

    def _change_loans(self, changed: Sequence[tuple[HeldLoan, RosterRow, set[str]]], plans: Plans) -> None:
        if not changed:
            return
        replanned = [(loan, row) for loan, row, differences in changed if differences & _TERMS]
        new_plans = plans.of([row for _, row in replanned], [loan.plan_id for loan, _ in replanned])
        plan_ids = {loan.id: plan_id for (loan, _), plan_id in zip(replanned, new_plans, strict=True)}
        values = [
            self._values(row, loan.lender_id)
            | {
                "settled_on": row.settled_on if "settled_on" in differences else loan.settled_on,
                "plan_id": plan_ids.get(loan.id, loan.plan_id),
            }
            for loan, row, differences in changed
        ]
        self.trail.rows(Loan, Loan.id, [loan.id for loan, _, _ in changed], _OF_A_LOAN)
        self.trail.plans([(loan.id, loan.plan_id) for loan, _ in replanned])
        loans = cast("Table", Loan.__table__)
        self.session.execute(
            update(loans)
            .where(loans.c.id == bindparam("loan_id"))
            .values({name: bindparam(f"new_{name}") for name in values[0]}),
            [
                {"loan_id": loan.id} | {f"new_{name}": value for name, value in of_loan.items()}
                for (loan, _, _), of_loan in zip(changed, values, strict=True)
            ],
        )

    def _values(self, row: RosterRow, lender_id: int) -> dict[str, Any]:
        return {
            "borrower_id": self.people[row.id_number],
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


def _person(index: str, row: RosterRow) -> dict[str, Any]:
    return {
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
