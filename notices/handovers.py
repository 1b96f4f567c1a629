"""The sheet of a handover: what is open in a village, person by person, to be read and signed by who receives it.

A working paper like the route sheet: made when it is fetched, not stored, not numbered. It names people and what they
owe, so each page says that it is a copy to work with, and to be destroyed. No number or address stands on it in full.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from models.rules.contact_confidence import Confidence
from models.rules.facts import PauseCause, ReliefKind
from models.rules.handovers import Counts, Risk
from models.rules.money import shown
from models.rules.workflows import EscalationState, NoticeState, SuspicionState
from notices.frozen import Paper
from notices.wording import day

RISKS = {
    Risk.NO_NUMBER: "无有效电话",
    Risk.OUT_OF_TOUCH: "失去联系",
    Risk.MOVED: "据称已搬离",
    Risk.LIMITATION: "诉讼时效将届满",
}
CONFIDENCE = {
    Confidence.WORKS: "可联系",
    Confidence.UNTRIED: "未试过",
    Confidence.FAILED: "最近未接通",
    Confidence.ENDED: "已停用",
}
RELIEFS = {ReliefKind.WAIVER: "免除", ReliefKind.DEFERRAL: "缓还", ReliefKind.PAUSE: "暂停计日"}
CAUSES = {
    PauseCause.CLAIMS_PAID: "称已还款",
    PauseCause.DISPUTE: "有争议",
    PauseCause.HARDSHIP_REVIEW: "困难审核",
    PauseCause.OTHER: "其他原因",
}
SUSPICIONS = {
    SuspicionState.PROPOSED: "待组长签署",
    SuspicionState.RETURNED: "退回补正",
    SuspicionState.SIGNED: "待资助中心审定",
    SuspicionState.UPHELD: "已提交银行",
}
ESCALATIONS = {
    EscalationState.SENT: "待受理",
    EscalationState.ACCEPTED: "已受理",
    EscalationState.RETURNED: "已退回",
    EscalationState.REPORTED: "已反馈，待办结",
}
COUNTED = {
    "borrowers": "借款学生",
    "overdue": "逾期",
    "promises": "未到期承诺",
    "notices": "待送达通知书",
    "questions": "未答复询问",
    "claims": "称已还款待核",
    "pauses": "暂停及将到期减免",
    "suspicions": "疑似恶意欠款",
    "escalations": "提请协助",
    "risks": "有隐性风险",
}
"""What stands over the table, by the field of ``Counts``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverLine:
    """One borrower: money, how they are reached, what is open and what is at risk, in words ready to print."""

    name: str
    money: tuple[str, ...]
    contact: tuple[str, ...]
    matters: tuple[str, ...]
    risks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverSheet(Paper):
    """What is open in one village on a day.

    Attributes:
        serial: village and day: it is not numbered.
        issued_on: the day.
        issuing_unit: the aid centre.
        village: with its township.
        given: who looked after it, with the school; empty for nobody.
        received: who receives it, with the school.
        given_on: the day the village was given.
        accept_by: the day to accept by.
        data_on: data date of the oldest list that the amounts come from.
        totals: what is open, counted.
        lines: the borrowers with something open.
        wording_version: of the house's papers; a working paper takes no passages.
        is_demo: print the demonstration mark.

    """

    KIND: ClassVar[str] = "村（居）工作交接单"
    TEMPLATE: ClassVar[str] = "handover_sheet.html"

    serial: str
    issued_on: date
    issuing_unit: str
    village: str
    given: str
    received: str
    given_on: date
    accept_by: date
    data_on: date | None
    totals: tuple[str, ...]
    lines: tuple[HandoverLine, ...]
    wording_version: str
    is_demo: bool


def totals(counts: Counts) -> tuple[str, ...]:
    """Say what is counted, leaving out what there is none of."""
    held = counts.to_json()
    return tuple(f"{words} {held[name]}" for name, words in COUNTED.items() if held[name] or name == "borrowers")


def money(overdue: Decimal, since: date | None, *, is_estimated: bool) -> tuple[str, ...]:
    """Say what is overdue and since when; nothing when nothing is."""
    if since is None:
        return ("未逾期",)
    return (f"¥{shown(overdue)}" + ("（估算）" if is_estimated else ""), f"{since.isoformat()} 起")


def promise(amount: Decimal, by: date) -> str:
    """Say what was promised."""
    return f"承诺 {by.isoformat()} 前还 ¥{shown(amount)}"


def notice(serial: str, state: NoticeState, issued_on: date) -> str:
    """Say which notice is still to be served."""
    tried = "，送达未成" if state is NoticeState.FAILED else ""
    return f"通知书待送达：{serial}（{issued_on.isoformat()} 制发{tried}）"


def relief(kind: ReliefKind, cause: PauseCause | None, to_on: date | None) -> str:
    """Say which pause or relief is in force."""
    why = f"（{CAUSES[cause]}）" if cause is not None else ""
    return f"{RELIEFS[kind]}{why}" + (f"至 {to_on.isoformat()}" if to_on else "，未定结束日期")


def people(one: str, school: str) -> str:
    """Name somebody with the school."""
    return f"{one or '（未指定）'}　{school}" if school else "（此前无人包联）"


def serial(village: str, on: date) -> str:
    """Return what stands where other papers have their number."""
    return f"{village} {day(on)}"
