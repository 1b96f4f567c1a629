"""What differs between two papers of one form, as the words printed: one source for layout and stamp.

A paper that goes out by the batch falls into a frame (everything a batch shares: the lender, the dates, the sentences,
how many lines its table has) and words (what only this paper has). A form prints words by name and can reach nothing
else of what varies, so two papers with one frame differ by their words alone. A field new to a content belongs to the
frame until it is named here: forgetting one costs speed, never a wrong paper.

What a passage names flows with the passage's other words and belongs to the frame. Only the borrower's name would make
a frame of nearly everybody: there a frame knows how the name is built, and each of its characters is a word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from models.rules.money import shown
from models.rules.papers import PaperKind
from notices.addressed import CoBorrowerContent, Indebted
from notices.content import ContractLine, NoticeContent
from notices.frozen import Paper
from notices.information import DueLine, ReminderContent, ThanksContent
from notices.wording import Passage, fields_named

CELLS = (
    "contract_no", "signed_on", "amount", "balance", "due_on", "overdue_principal", "overdue_interest", "penalty",
    "overdue_total",
)  # fmt: skip
"""Names of the words of each contract in arrears, in the order printed."""

_DUE_CELLS = ("contract_no", "due_on", "principal", "interest", "total")
_NAME = "borrower_name"
_ANY_HAN = "一"
"""Stands in a frame for each Han character of a name. All are one em wide, and a line may break around any of them."""

_HAN = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0x20000, 0x32400))
_WORDINGS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Kind:
    """What varies on the papers of one kind.

    Attributes:
        content: the kind.
        varying: fields of the content that are words, or are made into words.
        head: names of the words a paper has once, the serial first.
        table: the field with the lines of its table, and its name in a form.
        cells: names of the words of each line, in the order printed.
        said: makes the words of ``head``.
        cells_of: makes the words of ``cells``.
        told: what papers of one form share besides, because it shapes the form, by name.

    """

    content: type[Paper]
    varying: frozenset[str]
    head: tuple[str, ...]
    table: str
    cells: tuple[str, ...]
    said: Callable[[Any], tuple[str, ...]]
    cells_of: Callable[[Any], tuple[str, ...]]
    told: Callable[[Any], tuple[tuple[str, object], ...]]


@dataclass(frozen=True, slots=True)
class Frame:
    """What papers of one form share.

    Attributes:
        content: their kind.
        shared: what a form may ask of ``paper``, by name, without any word.
        lines: how many lines the table has.
        name: how the borrower's name is built where passages name the borrower; else empty.

    """

    content: type[Paper]
    shared: tuple[tuple[str, object], ...]
    lines: int
    name: str

    @property
    def letters(self) -> int:
        """How many characters of the borrower's name are words, the last of all."""
        return self.name.count(_ANY_HAN)

    @property
    def count(self) -> int:
        """How many words a paper has."""
        kind = KINDS[self.content]
        return len(kind.head) + self.lines * len(kind.cells) + self.letters

    def for_form(self, said: Sequence[str] = ()) -> SimpleNamespace:
        """Return what a form may ask of ``paper``: what is shared, and the name that passages hold, from its words."""
        named = dict(self.shared)
        if self.name:
            letters = iter(said[len(said) - self.letters :])
            named[_NAME] = "".join(next(letters) if one == _ANY_HAN else one for one in self.name)
        return SimpleNamespace(**named, KIND=self.content.KIND)

    def words_for_form(self, said: Sequence[str]) -> SimpleNamespace:
        """Return words by the names forms use: those of ``head``, and the table's lines with those of ``cells``."""
        kind = KINDS[self.content]
        first, size = len(kind.head), len(kind.cells)
        rows = [said[first + size * line : first + size * (line + 1)] for line in range(self.lines)]
        return SimpleNamespace(**dict(zip(kind.head, said, strict=False)), **{kind.table: _named(kind.cells, rows)})


def has_form(paper: Paper) -> bool:
    """Say whether papers of this kind are stamped into forms."""
    return type(paper) in KINDS


def frame(paper: Paper) -> Frame:
    """Return the frame of a paper that has one."""
    kind = KINDS[type(paper)]
    names, has_name = _shared(kind.content.CODE, paper.wording)
    shared = (*((name, getattr(paper, name)) for name in names), *kind.told(paper))
    name = _built(getattr(paper, _NAME)) if has_name else ""
    return Frame(kind.content, shared, len(getattr(paper, kind.table)), name)


def words(paper: Paper) -> tuple[str, ...]:
    """Return the words of a paper that has a frame: head, table line by line, letters of the name in its passages."""
    kind = KINDS[type(paper)]
    said = list(kind.said(paper))
    for line in getattr(paper, kind.table):
        said += kind.cells_of(line)
    if _shared(kind.content.CODE, paper.wording)[1]:
        said += [one for one in getattr(paper, _NAME) if _is_han(one)]
    return tuple(said)


def of_other(paper: Paper) -> SimpleNamespace:
    """Return words of a paper that has no frame, by the names that forms share with papers that have one."""
    said = SimpleNamespace(
        serial=paper.serial, to=f"{getattr(paper, 'to', '')}：", code=getattr(paper, "check_code", "")
    )
    if isinstance(paper, Indebted):
        said.contracts = _named(CELLS, [_contract(line) for line in paper.contracts])
        said.capitals, said.total = paper.total_in_capitals, f"¥{shown(paper.total)}"
    if isinstance(paper, ThanksContent):
        said.lines = _named(_DUE_CELLS, [_due(line) for line in paper.lines])
    return said


@lru_cache(maxsize=_WORDINGS_KEPT)
def _shared(code: PaperKind, wording: tuple[Passage, ...]) -> tuple[tuple[str, ...], bool]:
    """Return the fields that belong to the frame, in their order, and whether a passage names the borrower."""
    named = fields_named(wording)
    kind = next(kind for kind in KINDS.values() if kind.content.CODE is code)
    varying = kind.varying - (named - {_NAME})
    all_fields = fields(kind.content)  # type: ignore[arg-type]  # every kind is a dataclass
    return tuple(field.name for field in all_fields if field.name not in varying), _NAME in named


def _is_han(character: str) -> bool:
    return any(ord(character) in block for block in _HAN)


def _built(name: str) -> str:
    return "".join(_ANY_HAN if _is_han(one) else one for one in name)


def _named(cells: tuple[str, ...], rows: Sequence[Sequence[str]]) -> list[SimpleNamespace]:
    return [SimpleNamespace(**dict(zip(cells, row, strict=True))) for row in rows]


def _notice(paper: NoticeContent) -> tuple[str, ...]:
    people = "、".join(
        [
            f"{paper.borrower_name}（借款人）",
            *(f"{person.name}（共同借款人，{person.relation}）" for person in paper.co_borrowers),
        ]
    )
    home = f"{''.join(paper.address_lines)}（{paper.village}）" if paper.address_lines else paper.village
    return (
        paper.serial,
        f"{people}：",
        f"借款人身份证号：{paper.masked_id}",
        f"住址：{home}",
        paper.borrower_name,
        f"送达单位：{paper.school_name}。",
        paper.check_code,
        paper.total_in_capitals,
        f"¥{shown(paper.total)}",
    )


def _co_borrower(paper: CoBorrowerContent) -> tuple[str, ...]:
    return (
        paper.serial,
        f"{paper.to}：",
        f"上述款项与致借款学生的通知书（编号：{paper.notice_serial}）为同一笔款项。",
        paper.co_borrower_name,
        f"送达单位：{paper.school_name}。",
        paper.check_code,
        paper.total_in_capitals,
        f"¥{shown(paper.total)}",
    )


def _reminder(paper: ReminderContent) -> tuple[str, ...]:
    return (
        paper.serial,
        f"{paper.to}：",
        f"合计：{paper.total_in_capitals}（¥{shown(paper.total)}）。",
        paper.check_code,
    )


def _contract(line: ContractLine) -> tuple[str, ...]:
    return (
        line.contract_no,
        line.signed_on.isoformat() if line.signed_on else "见合同",
        shown(line.amount),
        shown(line.balance),
        line.due_on.isoformat(),
        shown(line.overdue_principal),
        shown(line.overdue_interest),
        shown(line.penalty),
        shown(line.overdue_total),
    )


def _due(line: DueLine) -> tuple[str, ...]:
    return (
        line.contract_no,
        line.due_on.isoformat(),
        shown(line.principal),
        shown(line.interest),
        shown(line.total),
    )


def _figures(paper: NoticeContent | CoBorrowerContent) -> tuple[tuple[str, object], ...]:
    return (("has_long_figures", paper.has_long_figures),)


_ONE_PAPER = frozenset({"serial", "check_code", "check_url", "school_name", _NAME, "masked_id"})
_ARREARS = _ONE_PAPER | {"contracts", "total"}
KINDS: dict[type[Paper], Kind] = {
    kind.content: kind
    for kind in (
        Kind(
            NoticeContent,
            _ARREARS | {"co_borrowers", "village", "address_lines"},
            ("serial", "to", "who", "home", "name", "school", "code", "capitals", "total"),
            "contracts",
            CELLS,
            _notice,
            _contract,
            _figures,
        ),
        Kind(
            CoBorrowerContent,
            _ARREARS | {"co_borrower_name", "relation", "notice_serial"},
            ("serial", "to", "same", "name", "school", "code", "capitals", "total"),
            "contracts",
            CELLS,
            _co_borrower,
            _contract,
            _figures,
        ),
        Kind(
            ReminderContent,
            _ONE_PAPER | {"lines"},
            ("serial", "to", "sum", "code"),
            "lines",
            _DUE_CELLS,
            _reminder,
            _due,
            lambda paper: (("lenders", paper.lenders),),
        ),
    )
}
"""The kinds of paper that go out by the batch."""
