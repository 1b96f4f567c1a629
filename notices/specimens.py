"""Fictional content of each kind, to look at a wording on a real page before anybody approves it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from models.rules.notices import NoticeLevel
from models.rules.papers import PaperKind
from notices.content import CoBorrowerLine, ContractLine
from notices.frozen import Paper
from notices.information import DueLine
from notices.kinds import CONTENT, lists
from notices.letters import TriedLine
from notices.statements import PlanLine
from notices.summaries import VillageLine
from notices.wording import Version

_CODE = "A7KM-3XQ9-RD6T"


def specimen(kind: PaperKind, version: Version, today: date) -> Paper:
    """Return a paper of nobody, in this wording, marked as a demonstration."""
    line = _contract(today)
    facts: dict[str, Any] = {
        "serial": f"样张〔{today.year}〕000001号",
        "check_code": _CODE,
        "check_url": f"https://example.cn/check/{_CODE}",
        "level": NoticeLevel.FIRST,
        "round": 1,
        "issued_on": today,
        "from_on": today - timedelta(days=30),
        "data_on": today - timedelta(days=7),
        "pay_by": today + timedelta(days=14),
        "due_on": today + timedelta(days=50),
        "answer_by": today + timedelta(days=14),
        "reply_by": today + timedelta(days=14),
        "lender_name": "样张银行",
        "issuing_unit": "样张区学生资助管理中心",
        "authority": "本通知受贷款银行委托，依据贷款银行与本中心的合作协议制发。",
        "school_name": "样张区中心学校",
        "borrower_name": "样小明",
        "masked_id": "990000********0000",
        "co_borrowers": (CoBorrowerLine(name="样大明", relation="父亲"),),
        "co_borrower_name": "样大明",
        "relation": "父亲",
        "notice_serial": f"样张助催〔{today.year}〕000001号",
        "village": "样张镇样张村",
        "address_lines": ("样张镇样张村一组1号",),
        "contracts": (line,),
        "total": line.overdue_total,
        "landline": "0000-0000000",
        "addressee": "样张镇人民政府",
        "facts": ("该生毕业后外出，原登记的电话已停用。",),
        "tried": (TriedLine(on=today - timedelta(days=3), what="拨打电话", outcome="没有联系上"),),
        "ask": "请协助了解该生现在的联系方式。",
        "contact_name": "样老师",
        "grounds": ("某年某月某日通话中表示有能力归还但不准备归还。",),
        "ways_to_answer": ("当面：样张区学生资助管理中心", "来电：0000-0000000"),
        "lines": _due(today) if kind is not PaperKind.SUMMARY else (_village("样张镇样张村"),),
        "is_demo": True,
        "wording": version.passages(kind),
        "wording_version": version.name,
    }
    if kind is PaperKind.SUMMARY:
        facts["total"] = _village("合计")
    facts["plan"] = (PlanLine(by=today + timedelta(days=30), amount=Decimal("500.00")),)
    return CONTENT[kind](**_only_known(kind, facts | lists(kind, version)))


def _only_known(kind: PaperKind, facts: Mapping[str, Any]) -> dict[str, Any]:
    known = CONTENT[kind].__dataclass_fields__  # type: ignore[attr-defined]  # every kind is a dataclass
    return {name: value for name, value in facts.items() if name in known}


def _contract(today: date) -> ContractLine:
    return ContractLine(
        contract_no="990000201800000001",
        signed_on=date(2018, 9, 1),
        amount=Decimal("8000.00"),
        balance=Decimal("7000.00"),
        overdue_principal=Decimal("1000.00"),
        overdue_interest=Decimal("140.00"),
        penalty=Decimal("3.50"),
        overdue_total=Decimal("1143.50"),
        due_on=today - timedelta(days=30),
    )


def _due(today: date) -> tuple[DueLine, ...]:
    return (
        DueLine(
            contract_no="990000201800000001",
            lender_name="样张银行",
            due_on=today + timedelta(days=50),
            principal=Decimal("1000.00"),
            interest=Decimal("140.00"),
        ),
    )


def _village(name: str) -> VillageLine:
    return VillageLine(
        village=name,
        borrowers=20,
        overdue=2,
        overdue_yuan=Decimal("2287.00"),
        contacted=2,
        issued=2,
        served=1,
        promised=1,
        repaid_yuan=Decimal("1143.50"),
    )
