"""Whom and what a list names: contracts by number, borrowers by identity number, only those that it names."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.borrowers import Borrower, id_index
from models.loans import Lender, Loan
from models.rules.refusals import Refused
from portal.pieces import chunks

_LIKELY_THE_SAME = 0.75


@dataclass(frozen=True, slots=True)
class NamedLoan:
    """A contract a list names."""

    id: int
    borrower_id: int
    lender_id: int
    contract_no: str
    signed_on: date
    settled_on: date | None


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A borrower a list names, or whose contract it names."""

    id: int
    name: str
    id_index: str


@dataclass(slots=True)
class Named:
    """What a list names, loaded once."""

    lenders: dict[str, int] = field(default_factory=dict)
    loans: dict[str, list[NamedLoan]] = field(default_factory=lambda: defaultdict(list))
    people: dict[int, NamedPerson] = field(default_factory=dict)
    by_index: dict[str, NamedPerson] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session, contract_nos: Iterable[str], id_numbers: Iterable[str] = ()) -> Named:
        """Load the contracts of these numbers, their borrowers, and the borrowers of these identity numbers."""
        found = cls(lenders={name: lender_id for lender_id, name in session.execute(select(Lender.id, Lender.name))})
        for piece in chunks(sorted(set(contract_nos))):
            rows = session.execute(
                select(Loan.id, Loan.borrower_id, Loan.lender_id, Loan.contract_no, Loan.signed_on, Loan.settled_on)
                .where(Loan.contract_no.in_(piece))
                .order_by(Loan.id)
            )
            for row in rows:
                found.loans[row.contract_no].append(NamedLoan(*row))
        owners = {loan.borrower_id for loans in found.loans.values() for loan in loans}
        columns = select(Borrower.id, Borrower.name, Borrower.id_index)
        for ids in chunks(sorted(owners)):
            found._take(session.execute(columns.where(Borrower.id.in_(ids))))
        for indexes in chunks(sorted({id_index(number) for number in id_numbers})):
            found._take(session.execute(columns.where(Borrower.id_index.in_(indexes))))
        return found

    def loan(self, contract_no: str, lender: str) -> NamedLoan:
        """Return the contract a row names; ``lender`` may be blank.

        Raises:
            Refused: we hold none, or two lenders have one of that number, or the lender is a typing mistake.

        """
        found = list(self.loans.get(contract_no, ()))
        if lender:
            lender_id = self._lender(lender)
            found = [loan for loan in found if loan.lender_id == lender_id]
        if not found:
            raise Refused("We hold no contract of this number: import the roster that has it first.")
        if len(found) > 1:
            raise Refused("Two lenders have a contract of this number: add the column “贷款银行”.")
        return found[0]

    def person(self, id_number: str) -> NamedPerson:
        """Return the borrower of an identity number.

        Raises:
            Refused: there is none.

        """
        found = self.by_index.get(id_index(id_number))
        if found is None:
            raise Refused("We hold no borrower of this identity number: import the roster that has the contract first.")
        return found

    def _lender(self, name: str) -> int:
        if name in self.lenders:
            return self.lenders[name]
        near = difflib.get_close_matches(name, self.lenders, 1, _LIKELY_THE_SAME)
        if near:
            raise Refused(
                "“%(name)s” is not a lender we know; “%(near)s” is: write one name for one lender.",
                name=name,
                near=near[0],
            )
        raise Refused("We hold no contract of “%(lender)s”: import its roster first.", lender=name)

    def _take(self, rows: Iterable[tuple[int, str, str]]) -> None:
        for row in rows:
            person = NamedPerson(*row)
            self.people[person.id] = person
            self.by_index[person.id_index] = person
