"""One row of a list of contact details: whose it is, and the numbers and addresses in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.borrowers import contact_index
from models.rules import cells
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.refusals import Refused
from portal.services import contact_points
from portal.services.imports.naming import Named, NamedPerson
from portal.services.imports.rows import RowCheck
from portal.sheets.more_columns import CONTACTS
from portal.sheets.tables import TableRow

CONTRACT, NAME = 40, 60
_OWNERS: dict[Any, tuple[str, ...]] = {
    ContactOwner.BORROWER: ("本人", "借款学生", "学生", "借款人"),
    ContactOwner.CO_BORROWER: ("共同借款人", "共借人"),
    ContactOwner.RELATIVE: (
        "亲属", "家长", "家属", "父亲", "母亲", "父母", "配偶", "兄弟", "姐妹", "祖父", "祖母",
        "监护人",
    ),
    ContactOwner.OTHER: ("其他", "同学", "朋友", "邻居"),
}  # fmt: skip
_SOURCES: dict[Any, tuple[str, ...]] = {
    ContactSource.BANK: ("银行", "贷款银行", "国家开发银行", "银行系统"),
    ContactSource.SCHOOL_FILE: ("学校", "学校档案", "高中", "高校"),
    ContactSource.VILLAGE: ("村", "村委会", "居委会", "村(居)委会"),
}
_KINDS = (
    ("phone", ContactKind.PHONE),
    ("address", ContactKind.ADDRESS),
    ("wechat", ContactKind.WECHAT),
    ("qq", ContactKind.QQ),
    ("email", ContactKind.EMAIL),
)


@dataclass(frozen=True, slots=True)
class Way:
    """One number or address of a list."""

    key: str
    kind: ContactKind
    value: str

    @property
    def index(self) -> str:
        """How it is found again."""
        return contact_index(self.kind, self.value)

    @property
    def shown(self) -> str:
        """What a page shows of it."""
        return contact_points.masked(self.kind, self.value)


@dataclass(frozen=True, slots=True)
class ContactLine:
    """What a row adds to one borrower."""

    borrower_id: int
    owner: ContactOwner
    source: ContactSource
    ways: tuple[Way, ...]

    @classmethod
    def from_content(cls, clean: dict[str, Any]) -> ContactLine:
        """Return a line from what was staged."""
        ways = tuple(Way(key, ContactKind(kind), value) for key, kind, value in clean["ways"])
        return cls(clean["borrower_id"], ContactOwner(clean["owner"]), ContactSource(clean["source"]), ways)

    def content(self) -> dict[str, Any]:
        """Return the line as it is staged."""
        return {
            "borrower_id": self.borrower_id,
            "owner": self.owner.value,
            "source": self.source.value,
            "ways": [[way.key, way.kind.value, way.value] for way in self.ways],
        }


def read(row: TableRow, named: Named) -> tuple[RowCheck, ContactLine | None]:
    """Read one row: what is wrong with it, and what it says if all of it can be read."""
    check = RowCheck(row, CONTACTS)
    person = _person(check, row, named)
    name = check.words("name", NAME)
    if person is not None and name and name != person.name:
        check.refuse("name", Refused("The borrower of this number has another name: check both."))
    owner = check.take("owner", lambda cell: _meant(_OWNERS, cell)) or ContactOwner.BORROWER
    source = check.take("source", lambda cell: _meant(_SOURCES, cell)) or ContactSource.BANK
    ways: list[Way] = []
    for key, kind in _KINDS:
        ways += check.take(key, lambda cell, key=key, kind=kind: ways_of(key, kind, cell)) or ()  # type: ignore[misc]
    if not ways and not check.is_rejected:
        check.refuse("phone", Refused("The row names no number and no address: fill one in."))
    if person is None or check.is_rejected:
        return check, None
    return check, ContactLine(person.id, owner, source, tuple(dict.fromkeys(ways)))


def _person(check: RowCheck, row: TableRow, named: Named) -> NamedPerson | None:
    if not row.has("id_number") and not row.has("contract_no"):
        check.refuse("id_number", Refused("Give the identity number or a contract number: a name is not enough."))
        return None
    person: NamedPerson | None = None
    if row.has("id_number"):
        person = check.need("id_number", lambda cell: named.person(cells.resident_id(cell)))
    if row.has("contract_no"):
        loan = check.need("contract_no", lambda cell: named.loan(cells.text(cell), ""))
        if loan is not None:
            owner = named.people[loan.borrower_id]
            if person is not None and person.id != owner.id:
                check.refuse("id_number", Refused("The contract belongs to another identity number: check both."))
            return owner
    return person


def ways_of(key: str, kind: ContactKind, cell: object) -> tuple[Way, ...]:
    """Return the numbers or the address in a cell; raises as the cleaning of its kind does."""
    if kind is ContactKind.PHONE:
        return tuple(Way(key, kind, number) for number in cells.phones(cell))
    return (Way(key, kind, contact_points.clean(kind, cells.text(cell))),)


def _meant(words: dict[Any, tuple[str, ...]], cell: object) -> Any:  # noqa: ANN401  # the table's own enum
    written = cells.text(cell)
    found = next((meant for meant, names in words.items() if written in names), None)
    if found is None:
        raise Refused("Write one of %(words)s.", words="、".join(names[0] for names in words.values()))
    return found
