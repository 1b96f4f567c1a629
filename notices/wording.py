"""Wording: the passages a form takes from a version kept by the centre, with placeholders from a fixed list.

A placeholder is a name in braces, ``{还款期限}``, and stands for one field of the paper; there is nothing else to
write, no condition and no loop. A paper keeps its passages as they stood, with its own fields beside them, so what it
says never changes. Which placeholders a kind knows and which passages it cannot do without is in ``KINDS``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

from models.rules.notices import NoticeLevel
from models.rules.papers import PaperKind, PassageName

FIRST_VERSION = "2026-1"
"""The version that comes with the portal (``first_wording``)."""

LEVELS = {NoticeLevel.FIRST: "第一次", NoticeLevel.SECOND: "第二次", NoticeLevel.FINAL: "最后一次"}
"""How a notice's heading names its level."""

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_JOINED = "；"


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage of a paper's wording: its name, and its text with placeholders."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line, printed in one face; its own words are in a passage that other papers share."""

    text: str
    strong: bool = False
    own: bool = False


Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """What a placeholder stands for: a field of the paper; dates that bind the reader are printed strong.

    What differs between the papers of a batch is the paper's own.
    """

    field: str
    strong: bool = False
    own: bool = False


SLOTS: dict[str, Slot] = {
    "贷款银行": Slot("lender_name"),
    "资助中心": Slot("issuing_unit"),
    "学校": Slot("school_name"),
    "借款学生": Slot("borrower_name", own=True),
    "固定电话": Slot("landline"),
    "签发日期": Slot("issued_on"),
    "数据日期": Slot("data_on"),
    "还款期限": Slot("pay_by", strong=True),
    "应还日期": Slot("due_on", strong=True),
    "答复期限": Slot("answer_by", strong=True),
    "回复期限": Slot("reply_by", strong=True),
    "答复方式": Slot("ways_to_answer"),
    "授权依据": Slot("authority"),
    "还款渠道": Slot("channels"),
    "帮扶政策": Slot("relief_options"),
    "后果提示": Slot("next_steps"),
    "统计起始日期": Slot("from_on"),
}
"""All placeholders there are."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What one passage must be.

    Attributes:
        name: the passage.
        needs: placeholders it cannot do without.
        says: groups of words; of each group one must occur.
        is_list: one item a line, without placeholders.

    """

    name: PassageName
    needs: tuple[str, ...] = ()
    says: tuple[tuple[str, ...], ...] = ()
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """What the wording of one kind of paper consists of.

    Attributes:
        slots: placeholders its passages may use.
        rules: its passages, in the order printed; none may be empty.

    """

    slots: tuple[str, ...]
    rules: tuple[Rule, ...]

    def rule(self, name: str) -> Rule | None:
        """Return the rule of a passage by its name, or nothing."""
        return next((rule for rule in self.rules if rule.name.value == name), None)


_P = PassageName
_OBJECTION = Rule(_P.OBJECTION, says=(("异议", "疑问"), ("当面", "来电", "电话", "书面")))
_RELIEF = (Rule(_P.RELIEF, needs=("帮扶政策",)), Rule(_P.RELIEF_OPTIONS, is_list=True))
_CHANNELS = (
    Rule(_P.CHANNELS, needs=("还款渠道",), says=(("不收现金",), ("密码",))),
    Rule(_P.CHANNEL_LIST, is_list=True),
)
_NEXT_STEPS = (Rule(_P.CONSEQUENCES, needs=("后果提示",)), Rule(_P.NEXT_STEPS, is_list=True))
_REQUEST = Rule(_P.REQUEST, needs=("还款期限",), says=(("归还", "偿还"),))
_OFFICE = ("资助中心", "固定电话", "签发日期")
_DEBT = ("贷款银行", "数据日期", "还款渠道", "帮扶政策")
_DEMAND = (
    Rule(_P.OPENING),
    Rule(_P.AMOUNTS),
    _REQUEST,
    *_CHANNELS,
    *_RELIEF,
    *_NEXT_STEPS,
    _OBJECTION,
    Rule(_P.RECEIPT),
)
_SAYS_FREE_WILL = Rule(_P.VOLUNTARY, says=(("自愿",), ("异议",)))

KINDS: dict[PaperKind, Kind] = {
    PaperKind.NOTICE: Kind(
        (*_OFFICE, *_DEBT, "还款期限", "授权依据", "后果提示"),
        _DEMAND,
    ),
    PaperKind.CO_BORROWER: Kind(
        (*_OFFICE, *_DEBT, "学校", "借款学生", "还款期限", "授权依据", "后果提示"),
        _DEMAND,
    ),
    PaperKind.REMINDER: Kind(
        (*_OFFICE, "学校", "贷款银行", "还款渠道", "帮扶政策", "应还日期"),
        (Rule(_P.OPENING, needs=("应还日期",)), Rule(_P.AMOUNTS), *_CHANNELS, *_RELIEF, _OBJECTION),
    ),
    PaperKind.RELIEF_INFORMATION: Kind(
        (*_OFFICE, "学校", "帮扶政策"),
        (
            Rule(_P.OPENING),
            Rule(_P.RELIEF_OPTIONS, is_list=True),
            Rule(_P.MATERIALS, is_list=True),
            Rule(_P.HOW_TO_APPLY, needs=("固定电话",)),
            _OBJECTION,
        ),
    ),
    PaperKind.ACKNOWLEDGEMENT: Kind(
        (*_OFFICE, *_DEBT, "学校"),
        (Rule(_P.STATEMENT, says=(("确认",),)), _SAYS_FREE_WILL, *_CHANNELS, *_RELIEF, _OBJECTION),
    ),
    PaperKind.PROMISE: Kind(
        (*_OFFICE, *_DEBT, "学校"),
        (Rule(_P.STATEMENT, says=(("归还", "偿还"),)), _SAYS_FREE_WILL, *_CHANNELS, *_RELIEF, _OBJECTION),
    ),
    PaperKind.THANKS: Kind(
        (*_OFFICE, "学校", "数据日期", "还款渠道"),
        (Rule(_P.OPENING), Rule(_P.NEXT_DUE), Rule(_P.SETTLED), *_CHANNELS, _OBJECTION),
    ),
    PaperKind.ESCALATION: Kind(
        ("资助中心", "固定电话", "学校", "回复期限"),
        (
            Rule(_P.OPENING),
            Rule(_P.UNTRIED),
            Rule(_P.REPLY, needs=("回复期限",)),
            Rule(_P.PRIVACY, says=(("不公开",), ("不向本人以外",))),
        ),
    ),
    PaperKind.REPLY_SLIP: Kind(
        ("资助中心", "固定电话", "学校", "答复期限", "答复方式", "帮扶政策"),
        (
            Rule(_P.OPENING),
            Rule(_P.RIGHTS, needs=("答复期限", "答复方式")),
            *_RELIEF,
            Rule(_P.HARDSHIP_REASONS, is_list=True),
            Rule(_P.RECEIPT),
        ),
    ),
    PaperKind.LEAFLET: Kind(
        _OFFICE,
        (
            Rule(_P.OPENING),
            Rule(_P.PLAN, is_list=True),
            Rule(_P.POLICY, is_list=True),
            Rule(_P.CHANNEL_LIST, is_list=True),
            Rule(_P.RELIEF_OPTIONS, is_list=True),
            Rule(_P.FRAUD, is_list=True),
            _OBJECTION,
        ),
    ),
    PaperKind.SUMMARY: Kind(
        ("资助中心", "学校", "签发日期", "统计起始日期"),
        (Rule(_P.OPENING, needs=("统计起始日期",)), Rule(_P.NOTES, is_list=True)),
    ),
}
"""Every kind's placeholders and passages."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a kind's wording.

    Attributes:
        name: printed in the archive's list and kept with each paper.
        texts: passage by name; lists have one item a line.

    """

    name: str
    texts: Mapping[str, str]

    def lines(self, name: PassageName) -> tuple[str, ...]:
        """Return the items of a list."""
        return tuple(line.strip() for line in self.texts[name].splitlines() if line.strip())

    def passages(self, kind: PaperKind) -> tuple[Passage, ...]:
        """Return the passages of the kind that are no lists, in the order of its rules; lists are fields of a paper."""
        return tuple(Passage(rule.name.value, self.texts[rule.name]) for rule in KINDS[kind].rules if not rule.is_list)


def filled(passages: Sequence[Passage], paper: Any) -> SimpleNamespace:  # noqa: ANN401 - a paper, or what a form may see of it
    """Return the passages by name, each as runs of text, placeholders filled from the paper's fields.

    Raises:
        AttributeError: the paper has no field for a placeholder: ``wording_checks`` refuses such a wording.

    """
    return SimpleNamespace(**{passage.name: _line(passage.text, paper) for passage in passages})


def fields_named(passages: Sequence[Passage]) -> frozenset[str]:
    """Return the fields of a paper that placeholders of these passages stand for."""
    return frozenset(SLOTS[name].field for passage in passages for name in PLACEHOLDER.findall(passage.text))


def _line(text: str, paper: Any) -> Line:  # noqa: ANN401 - as above
    runs: list[Run] = []
    at = 0
    for found in PLACEHOLDER.finditer(text):
        slot = SLOTS[found[1]]
        value = shown(getattr(paper, slot.field))
        if slot.strong or slot.own:
            runs += [Run(text[at : found.start()]), Run(value, slot.strong, slot.own)]
        else:
            runs.append(Run(text[at : found.start()] + value))
        at = found.end()
    runs.append(Run(text[at:]))
    return _joined(runs)


def _joined(runs: Sequence[Run]) -> Line:
    """Put neighbours of one face together and leave out empty ones: fewer pieces, and no empty element on paper."""
    found: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        if found and (found[-1].strong, found[-1].own) == (run.strong, run.own):
            found[-1] = Run(found[-1].text + run.text, run.strong, run.own)
        else:
            found.append(run)
    return tuple(found)


def shown(value: object) -> str:
    """Return a field as a passage prints it: days in words, lists joined."""
    if isinstance(value, date):
        return day(value)
    if isinstance(value, tuple):
        return _JOINED.join(str(item) for item in value)
    return str(value)


def day(value: date) -> str:
    """Write a day as legal paper does."""
    return f"{value.year}年{value.month}月{value.day}日"
