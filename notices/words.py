"""What differs between two notices of one form, as the words printed: one source for layout and stamp.

A notice falls into a frame (everything a batch shares: the lender, the dates, the sentences, how many contracts) and
words (what only this borrower has). A form prints words by name and can reach nothing else of what varies, so two
notices with one frame differ by their words alone. A field new to the content belongs to the frame until it is named
here: forgetting one costs speed, never a wrong paper.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import SimpleNamespace

from models.rules.money import shown
from notices.addressed import Indebted
from notices.content import ContractLine, NoticeContent

_VARYING = frozenset(
    {
        "serial", "check_code", "check_url", "school_name", "borrower_name", "masked_id", "co_borrowers", "village",
        "address_lines", "contracts", "total",
    }
)  # fmt: skip
_SHARED = tuple(field.name for field in fields(NoticeContent) if field.name not in _VARYING)

HEAD = ("serial", "to", "who", "home", "name", "school", "code", "capitals", "total")
"""Names of the words a notice has once."""

CELLS = (
    "contract_no", "signed_on", "amount", "balance", "due_on", "overdue_principal", "overdue_interest", "penalty",
    "overdue_total",
)  # fmt: skip
"""Names of the words of each contract, in the order printed."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What notices of one form share.

    Attributes:
        shared: values of the content's fields that are no words, in their order.
        contracts: how many contracts the table lists.
        is_small: whether its figures need smaller type.

    """

    shared: tuple[object, ...]
    contracts: int
    is_small: bool

    def for_form(self) -> SimpleNamespace:
        """Return what a form may ask of ``paper``: what is shared, and none of the words."""
        named = dict(zip(_SHARED, self.shared, strict=True))
        return SimpleNamespace(**named, KIND=NoticeContent.KIND, has_long_figures=self.is_small)


def frame(paper: NoticeContent) -> Frame:
    """Return the frame of a notice."""
    return Frame(tuple(getattr(paper, name) for name in _SHARED), len(paper.contracts), paper.has_long_figures)


def words(paper: NoticeContent) -> tuple[str, ...]:
    """Return the words of a notice: those of ``HEAD``, then those of ``CELLS`` for each contract."""
    people = "、".join(
        [
            f"{paper.borrower_name}（借款人）",
            *(f"{person.name}（共同借款人，{person.relation}）" for person in paper.co_borrowers),
        ]
    )
    home = f"{''.join(paper.address_lines)}（{paper.village}）" if paper.address_lines else paper.village
    said = [
        paper.serial,
        f"{people}：",
        f"借款人身份证号：{paper.masked_id}",
        f"住址：{home}",
        paper.borrower_name,
        f"送达单位：{paper.school_name}。",
        paper.check_code,
        paper.total_in_capitals,
        f"¥{shown(paper.total)}",
    ]
    for line in paper.contracts:
        said += _cells(line)
    return tuple(said)


def for_form(said: tuple[str, ...]) -> SimpleNamespace:
    """Return words by the names forms use: those of ``HEAD``, and ``contracts`` with those of ``CELLS`` each."""
    rows = (said[start : start + len(CELLS)] for start in range(len(HEAD), len(said), len(CELLS)))
    return SimpleNamespace(
        **dict(zip(HEAD, said, strict=False)),
        contracts=[SimpleNamespace(**dict(zip(CELLS, row, strict=True))) for row in rows],
    )


def arrears(paper: Indebted) -> SimpleNamespace:
    """Return the words of another paper's table of contracts, by the names the table uses."""
    return SimpleNamespace(
        contracts=[SimpleNamespace(**dict(zip(CELLS, _cells(line), strict=True))) for line in paper.contracts],
        capitals=paper.total_in_capitals,
        total=f"¥{shown(paper.total)}",
    )


def _cells(line: ContractLine) -> tuple[str, ...]:
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
