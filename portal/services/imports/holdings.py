"""What we hold, loaded once, so that comparing thousands of rows asks the database nothing more."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Select, Table, null, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower, CoBorrower, ContactPoint, contact_index
from models.loans import Lender, Loan, Relief, ReliefCorrection
from models.rules.borrowers import ContactKind
from models.rules.facts import ReliefKind, ReliefScope
from models.rules.refusals import Refused
from portal.pieces import chunks
from portal.queries.among import among
from portal.services.imports.bulk import insert_tuples

T = TypeVar("T")
PIECE = 4_000
"""Rows of a list that are worked on at a time."""
_LIKELY_THE_SAME = 0.75
_LOANS, _BORROWERS = cast("Table", Loan.__table__).c, cast("Table", Borrower.__table__).c


@dataclass(slots=True)  # not frozen: made for each row of a list, and frozen ones take far longer to make
class HeldLoan:
    """A contract we hold."""

    id: int
    borrower_id: int
    lender_id: int
    contract_no: str
    signed_on: date
    principal: Decimal
    balance: Decimal
    rate_percent: Decimal
    subsidy_ends_on: date
    graduation_year: int
    grace_years: int
    matures_on: date
    settled_on: date | None
    plan_id: int | None


@dataclass(slots=True)  # the same
class HeldBorrower:
    """A borrower we hold."""

    id: int
    name: str
    id_index: str
    masked_id: str
    village_id: int
    address: str | None
    school_name: str
    college: str
    graduation_year: int | None
    verified_at: datetime | None


@dataclass(slots=True)
class Holdings:
    """Borrowers, contracts and their ways to be reached, by what a list names them with."""

    lenders: dict[str, int]
    loans: dict[tuple[int, str], HeldLoan]
    borrowers: dict[str, HeldBorrower]  # by id_index
    by_id: dict[int, HeldBorrower]
    co_borrowers: dict[tuple[int, str], int]
    contacts: set[tuple[int, str, str]]  # borrower, kind, value_index
    deferrals: dict[int, list[tuple[int, date | None]]]  # loan -> (relief, until)
    contracts: dict[str, list[HeldLoan]]
    phones: dict[str, str] = field(default_factory=dict)  # indices of numbers that were asked for

    @classmethod
    def around(
        cls,
        session: Session,
        *,
        contracts: Collection[str],
        people: Collection[str] = (),
        with_owners: bool = True,
        with_ways: bool = False,
    ) -> Holdings:
        """Load what some rows of a list are compared with, and nothing else: a list is gone through in pieces.

        Args:
            session: any session.
            contracts: numbers of contracts, of any lender.
            people: indices of identity numbers.
            with_owners: whose the contracts are, too.
            with_ways: ways to reach them, addresses among these, and reliefs, too.

        """
        lenders: dict[str, int] = {
            name: lender_id for lender_id, name in session.execute(select(Lender.id, Lender.name))
        }
        found = cls(lenders, {}, {}, {}, {}, set(), defaultdict(list), defaultdict(list))
        if contracts:
            found._add_loans(session, contracts)
        owners = {loan.borrower_id for loan in found.loans.values()} if with_owners else set()
        if people:
            found._add_people(session, among(_BORROWERS.id_index, people), with_homes=with_ways)
        if others := owners - set(found.by_id):
            found._add_people(session, among(_BORROWERS.id, others), with_homes=with_ways)
        if with_ways and found.by_id:
            found._add_ways(session, found.by_id)
            found._add_deferrals(session, [loan.id for loan in found.loans.values()])
        return found

    def _add_loans(self, session: Session, numbers: Collection[str]) -> None:
        rows = _rows(
            session,
            select(*(_LOANS[name] for name in HeldLoan.__slots__)).where(
                _LOANS.lender_id.in_(self.lenders.values()), among(_LOANS.contract_no, numbers)
            ),
        )
        for row in rows:
            loan = HeldLoan(*row)
            self.loans[loan.lender_id, loan.contract_no] = loan
            self.contracts[loan.contract_no].append(loan)

    def _add_people(self, session: Session, which: ColumnElement[bool], *, with_homes: bool) -> None:
        """Add people; their addresses, each sealed for itself, only where they are asked for."""
        columns = [
            null() if name == "address" and not with_homes else _BORROWERS[name] for name in HeldBorrower.__slots__
        ]
        for row in _rows(session, select(*columns).where(which)):
            person = HeldBorrower(*row)
            self.borrowers[person.id_index] = self.by_id[person.id] = person

    def _add_ways(self, session: Session, ids: Collection[int]) -> None:
        co, point = (cast("Table", table.__table__).c for table in (CoBorrower, ContactPoint))
        for co_id, borrower_id, index in _rows(
            session, select(co.id, co.borrower_id, co.id_index).where(among(co.borrower_id, ids))
        ):
            self.co_borrowers[borrower_id, index] = co_id
        points = select(point.borrower_id, point.kind, point.value_index).where(among(point.borrower_id, ids))
        for borrower_id, kind, index in _rows(session, points):
            self.contacts.add((borrower_id, kind.value, index))

    def _add_deferrals(self, session: Session, ids: Collection[int]) -> None:
        corrected = ReliefCorrection
        rows = session.execute(  # one for each correction, the newest last
            select(Relief.id, Relief.loan_id, Relief.to_on, corrected.id, corrected.to_on, corrected.is_void)
            .outerjoin(corrected, corrected.relief_id == Relief.id)
            .where(
                Relief.kind == ReliefKind.DEFERRAL, Relief.scope == ReliefScope.PRINCIPAL, among(Relief.loan_id, ids)
            )
            .order_by(Relief.from_on, Relief.id, corrected.id)
        )
        for relief_id, loan_id, to_on, correction_id, corrected_to_on, is_void in {
            row[0]: row for row in rows
        }.values():
            if not is_void:
                self.deferrals[loan_id].append((relief_id, to_on if correction_id is None else corrected_to_on))

    def phone_index(self, number: str) -> str:
        """Return the index of a phone number: all contracts of a person name the same, and a parent's every child."""
        found = self.phones.get(number)
        if found is None:
            found = self.phones[number] = contact_index(ContactKind.PHONE, number)
        return found

    def lender(self, name: str) -> int | None:
        """Return a lender's id; ``None`` for one we do not know.

        Raises:
            Refused: the name is so near to one we know that it is a typing mistake.

        """
        if name in self.lenders:
            return self.lenders[name]
        near = difflib.get_close_matches(name, self.lenders, 1, _LIKELY_THE_SAME)
        if near:
            raise Refused(
                "“%(name)s” is not a lender we know; “%(near)s” is: write one name for one lender.",
                name=name,
                near=near[0],
            )
        return None

    def contract(self, contract_no: str, lender_id: int | None) -> HeldLoan:
        """Return the contract a bank's list names.

        Raises:
            Refused: we hold none, or two lenders have one of that number.

        """
        if lender_id is not None:
            loan = self.loans.get((lender_id, contract_no))
            found = [loan] if loan else []
        else:
            found = self.contracts.get(contract_no, [])
        if not found:
            raise Refused("We hold no contract of this number: import the roster that has it first.")
        if len(found) > 1:
            raise Refused("Two lenders have a contract of this number: add the column “贷款银行”.")
        return found[0]


def _rows(session: Session, query: Select[Any]) -> Sequence[Any]:
    """Read the tables' own columns: past the mapper, which looks at each row."""
    session.flush()
    return session.connection().execute(query).all()


def owners(session: Session, loan_ids: Collection[int]) -> set[int]:
    """Return whose some contracts are."""
    found: set[int] = set()
    for piece in chunks(sorted(loan_ids), PIECE):
        found |= set(session.scalars(select(Loan.borrower_id).where(among(Loan.id, piece))))
    return found


def pieces(items: Iterable[T], size: int = PIECE) -> Iterator[list[T]]:
    """Cut what is gone through once into pieces that are held one at a time."""
    source = iter(items)
    while piece := list(islice(source, size)):
        yield piece


def insert_all(session: Session, table: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    """Insert many rows, all with the same columns."""
    if rows:
        names = tuple(rows[0])
        insert_tuples(session, table, names, (tuple([row[name] for name in names]) for row in rows))
