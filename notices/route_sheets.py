"""Working papers of a print run: the cover sheet of a file, and the route sheet of a walk. No amount stands on them.

They are tools, not legal paper: made when they are fetched, not stored, not numbered. A character the faces lack is
printed as 〓, as printers have always done, since the sheet of a whole village must not fail for one name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import ClassVar

from models.rules.notices import NoticeLevel
from models.rules.papers import PaperKind
from models.rules.returns import KEYS, ReturnOutcome
from notices import faces, qr, wording
from notices.frozen import Paper

MISSING = "〓"

OUTCOMES = {
    ReturnOutcome.SIGNED_SELF: "本人签收",
    ReturnOutcome.SIGNED_CO_BORROWER: "共借人签收",
    ReturnOutcome.SIGNED_RELATIVE: "同住家属签收",
    ReturnOutcome.LEFT: "留置",
    ReturnOutcome.REFUSED: "拒收带回",
    ReturnOutcome.MOVED: "已搬离",
    ReturnOutcome.NOBODY_HOME: "家中无人",
    ReturnOutcome.WRONG_PERSON: "查无此人",
    ReturnOutcome.SAYS_PAID: "称已还款",
    ReturnOutcome.CAME_BACK: "邮件退回",
}
"""Short words of the outcomes, as they stand beside the boxes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLine:
    """One door: whom, where, which paper, and the codes by which the return is entered.

    ``others``: papers to the co-borrowers that go to the same door, each with its own code.
    """

    order: int
    name: str
    address: str
    serial: str
    level: str
    short_code: str
    check_url: str
    others: tuple[str, ...] = ()

    @property
    def details(self) -> tuple[str, ...]:
        """What stands under the name, a paragraph each."""
        return (self.address or "住址不详", self.serial, self.level, *(f"□ {other}" for other in self.others))

    @property
    def picture_says(self) -> str:
        """What a reader who does not see the square code is told."""
        return f"{self.serial}的核验二维码"

    @property
    def picture(self) -> str:
        """The square code as a ``data:`` address."""
        return qr.encode(self.check_url).data_address()


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSection:
    """One village and the member who looks after it."""

    village: str
    school: str
    member: str
    lines: tuple[RouteLine, ...]

    @property
    def about(self) -> tuple[str, ...]:
        """What stands over the table; no line breaks within a piece."""
        return (
            self.village,
            f"共 {len(self.lines)} 份",
            f"送达学校：{self.school or '—'}",
            f"包联人：{self.member or '—'}",
            "同行人：＿＿＿＿＿＿",
            "送达日期：＿＿＿＿年＿＿月＿＿日",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSheet(Paper):
    """The order of visits, a box to tick for every outcome, no amounts."""

    KIND: ClassVar[str] = "通知书送达路线单"
    TEMPLATE: ClassVar[str] = "route_sheet.html"

    serial: str
    issued_on: date
    issuing_unit: str
    sections: tuple[RouteSection, ...]
    wording_version: str
    is_demo: bool

    @property
    def boxes(self) -> str:
        """The boxes to tick, two a line; one text, since ten boxes a door would double the time of layout."""
        words = [f"□{key} {OUTCOMES[outcome]}" for key, outcome in KEYS.items()]
        return "\n".join("　".join(pair) for pair in zip(words[::2], words[1::2], strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverSheet(Paper):
    """What a file for printing holds, and who fetched it."""

    KIND: ClassVar[str] = "催收通知书打印清单"
    TEMPLATE: ClassVar[str] = "cover_sheet.html"

    serial: str
    issued_on: date
    issuing_unit: str
    what: str
    part: str
    papers: int
    route_sheets: int
    reprints: int
    first_serial: str
    last_serial: str
    villages: tuple[str, ...]
    fetched_by: str
    wording_version: str
    is_demo: bool
    noun: str = "通知书"


@dataclass(frozen=True, slots=True, kw_only=True)
class PapersCoverSheet(CoverSheet):
    """The cover sheet of a file of papers that are no notices; there are no route sheets in it."""

    KIND: ClassVar[str] = "文书打印清单"


NOUNS = {PaperKind.REMINDER: "还款提醒函", PaperKind.CO_BORROWER: "致共同借款人的通知书"}
"""What a cover sheet calls papers of a kind."""


def level_words(level: NoticeLevel) -> str:
    """Return how a notice's heading names its level."""
    return wording.LEVELS[level]


def sections(lines: Iterable[tuple[tuple[str, str, str], RouteLine]]) -> tuple[RouteSection, ...]:
    """Gather doors, given in the order of the walk with (village, school, member), into sections counted from 1."""
    return tuple(
        RouteSection(
            village=village,
            school=school,
            member=member,
            lines=tuple(replace(line, order=order) for order, (_key, line) in enumerate(group, start=1)),
        )
        for (village, school, member), group in groupby(lines, key=lambda one: one[0])
    )


def printable(text: str) -> str:
    """Return a text with 〓 in place of what the faces lack."""
    known = faces.printable()
    return "".join(sign if ord(sign) in known else MISSING for sign in text)
