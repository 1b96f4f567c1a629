"""What we hold, loaded once, so that comparing thousands of rows asks the database nothing more."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower, CoBorrower, ContactPoint
from models.loans import Lender, Loan, Relief, ReliefCorrection
from models.organisation import Township, Village
from models.rules.facts import ReliefKind, ReliefScope
from models.rules.refusals import Refused
from portal.pieces import chunks
from portal.services.imports.bulk import insert_tuples

T = TypeVar("T")
PIECE = 4_000
"""Rows of a list that are worked on at a time."""
_NEAR = 0.4
_ENDINGS = re.compile(r"(?:村民委员会|居民委员会|村委会|居委会|街道办事处|街道|社区|村|镇|乡)$")
_LIKELY_THE_SAME = 0.75


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
class Places:
    """Villages by name."""

    villages: dict[tuple[str, str], int] = field(default_factory=dict)  # (township, village) -> id
    by_village: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    townships: set[str] = field(default_factory=set)
    labels: dict[int, str] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session) -> Places:
        """Load all villages."""
        found = cls()
        rows = session.execute(
            select(Village.id, Village.name, Township.name).join(Township, Township.id == Village.township_id)
        )
        for village_id, village, township in rows:
            found.villages[township, village] = village_id
            found.by_village.setdefault(village, []).append((township, village_id))
            found.labels[village_id] = f"{township}{village}"
        found.townships = set(session.scalars(select(Township.name)))
        return found

    def village(self, township: str, village: str) -> int:
        """Return a village's id.

        Raises:
            Refused: we hold no such village; the nearest names are suggested.

        """
        exact = self.villages.get((township, village))
        if exact is not None:
            return exact
        alike = {
            village_id
            for (place, name), village_id in self.villages.items()
            if _stem(place) == _stem(township) and _stem(name) == _stem(village)
        }
        if len(alike) == 1:  # 柳湾 is 柳湾村, unless there is a 柳湾社区 too
            return alike.pop()
        if township and township not in self.townships:
            near = _nearest(township, self.townships)
            if near:
                raise Refused(
                    "There is no township “%(township)s” in the district; “%(near)s” is the nearest name.",
                    township=township,
                    near=near,
                )
            raise Refused("There is no township “%(township)s” in the district.", township=township)
        if not township and len(self.by_village.get(village, ())) == 1:
            return self.by_village[village][0][1]
        mine = [name for place, name in self.villages if not township or place == township]
        near = _nearest(village, mine)
        if near:
            raise Refused(
                "There is no village “%(village)s” in %(township)s; “%(near)s” is the nearest name.",
                village=village,
                township=township or "—",
                near=near,
            )
        elsewhere = [place for place, _ in self.by_village.get(village, ())]
        if elsewhere:
            raise Refused(
                "There is no village “%(village)s” in %(township)s; there is one in %(elsewhere)s.",
                village=village,
                township=township,
                elsewhere="、".join(elsewhere),
            )
        raise Refused(
            "There is no village “%(village)s” in %(township)s: correct the name, or import the organisation first.",
            village=village,
            township=township or "—",
        )


def _stem(name: str) -> str:
    """Return a place's name without its kind; a name that is nothing else stays."""
    return _ENDINGS.sub("", name) or name


def _nearest(name: str, names: Iterable[str]) -> str | None:
    by_stem = {_stem(one): one for one in names}
    near = difflib.get_close_matches(_stem(name), by_stem, 1, _NEAR)
    return by_stem[near[0]] if near else None


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

    @classmethod
    def around(
        cls,
        session: Session,
        *,
        contracts: Collection[str],
        people: Collection[str] = (),
        with_ways: bool = False,
    ) -> Holdings:
        """Load what some rows of a list are compared with, and nothing else: a list is gone through in pieces.

        Args:
            session: any session.
            contracts: numbers of contracts, of any lender.
            people: indices of identity numbers.
            with_ways: ways to reach them and reliefs, too.

        """
        lenders: dict[str, int] = {
            name: lender_id for lender_id, name in session.execute(select(Lender.id, Lender.name))
        }
        found = cls(lenders, {}, {}, {}, {}, set(), defaultdict(list), defaultdict(list))
        for numbers in chunks(contracts):
            found._add_loans(session, numbers)
        owners = {loan.borrower_id for loan in found.loans.values()}
        for indices in chunks(people):
            found._add_people(session, Borrower.id_index.in_(indices))
        for ids in chunks(owners - set(found.by_id)):
            found._add_people(session, Borrower.id.in_(ids))
        if with_ways:
            for ids in chunks(found.by_id):
                found._add_ways(session, ids)
            for ids in chunks([loan.id for loan in found.loans.values()]):
                found._add_deferrals(session, ids)
        return found

    def _add_loans(self, session: Session, numbers: Sequence[str]) -> None:
        rows = session.execute(
            select(*(getattr(Loan, name) for name in HeldLoan.__slots__)).where(
                Loan.lender_id.in_(self.lenders.values()), Loan.contract_no.in_(numbers)
            )
        )
        for row in rows:
            loan = HeldLoan(*row)
            self.loans[loan.lender_id, loan.contract_no] = loan
            self.contracts[loan.contract_no].append(loan)

    def _add_people(self, session: Session, which: ColumnElement[bool]) -> None:
        for row in session.execute(select(*(getattr(Borrower, name) for name in HeldBorrower.__slots__)).where(which)):
            person = HeldBorrower(*row)
            self.borrowers[person.id_index] = self.by_id[person.id] = person

    def _add_ways(self, session: Session, ids: Sequence[int]) -> None:
        for co_id, borrower_id, index in session.execute(
            select(CoBorrower.id, CoBorrower.borrower_id, CoBorrower.id_index).where(CoBorrower.borrower_id.in_(ids))
        ):
            self.co_borrowers[borrower_id, index] = co_id
        points = select(ContactPoint.borrower_id, ContactPoint.kind, ContactPoint.value_index)
        for borrower_id, kind, index in session.execute(points.where(ContactPoint.borrower_id.in_(ids))):
            self.contacts.add((borrower_id, kind.value, index))

    def _add_deferrals(self, session: Session, ids: Sequence[int]) -> None:
        corrected = ReliefCorrection
        rows = session.execute(  # one for each correction, the newest last
            select(Relief.id, Relief.loan_id, Relief.to_on, corrected.id, corrected.to_on, corrected.is_void)
            .outerjoin(corrected, corrected.relief_id == Relief.id)
            .where(Relief.kind == ReliefKind.DEFERRAL, Relief.scope == ReliefScope.PRINCIPAL, Relief.loan_id.in_(ids))
            .order_by(Relief.from_on, Relief.id, corrected.id)
        )
        for relief_id, loan_id, to_on, correction_id, corrected_to_on, is_void in {
            row[0]: row for row in rows
        }.values():
            if not is_void:
                self.deferrals[loan_id].append((relief_id, to_on if correction_id is None else corrected_to_on))

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
