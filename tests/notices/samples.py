"""Fictional content for paper: made by keyword, honest defaults, no shared world."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from models.rules.notices import NoticeLevel
from notices.content import CoBorrowerLine, ContractLine, NoticeContent
from notices.first_wording import CHANNELS, HARDSHIP_REASONS, NEXT_STEPS, RELIEF_OPTIONS
from notices.letters import EscalationContent, ReplySlipContent, TriedLine
from notices.wording import FIRST_VERSION


def a_contract(place: int = 0, **changes: Any) -> ContractLine:
    principal, interest, penalty = Decimal("1454.55"), Decimal("448.00"), Decimal(f"{12 + place}.40")
    facts: dict[str, Any] = {
        "contract_no": f"990100{2018 + place}0000{4321 + place}",
        "signed_on": date(2018 + place, 8, 16),
        "amount": Decimal("16000.00"),
        "balance": Decimal("14545.45"),
        "overdue_principal": principal,
        "overdue_interest": interest,
        "penalty": penalty,
        "overdue_total": principal + interest + penalty,
        "due_on": date(2026, 12, 20),
    }
    return ContractLine(**(facts | changes))


def a_notice(*, contracts: int = 3, **changes: Any) -> NoticeContent:
    lines = changes.pop("lines", tuple(a_contract(place) for place in range(contracts)))
    facts: dict[str, Any] = {
        "serial": "云岭助催〔2027〕000123号",
        "check_code": "A7KM-3XQ9-RD6T",
        "check_url": "https://portal.example.cn/check/A7KM-3XQ9-RD6T",
        "level": NoticeLevel.FIRST,
        "issued_on": date(2027, 1, 8),
        "lender_name": "国家开发银行云岭分行",
        "issuing_unit": "云岭区学生资助管理中心",
        "authority": "本中心受贷款银行委托，按双方合作协议办理贷后管理工作。",
        "school_name": "云岭区柳溪中心学校",
        "borrower_name": "周晓禾",
        "masked_id": "990102********0023",
        "co_borrowers": (CoBorrowerLine(name="周大田", relation="父亲"),),
        "village": "柳溪镇上湾村",
        "address_lines": ("云岭区柳溪镇", "上湾村三组18号"),
        "contracts": lines,
        "total": sum((line.overdue_total for line in lines), Decimal("0.00")),
        "data_on": date(2027, 1, 5),
        "pay_by": date(2027, 2, 20),
        "channels": CHANNELS,
        "next_steps": NEXT_STEPS,
        "relief_options": RELIEF_OPTIONS,
        "landline": "0990-5550123",
        "wording_version": FIRST_VERSION,
        "is_demo": False,
    }
    return NoticeContent(**(facts | changes))


def a_letter(**changes: Any) -> EscalationContent:
    facts: dict[str, Any] = {
        "serial": "云岭助函〔2027〕000007号",
        "issued_on": date(2027, 3, 8),
        "addressee": "柳溪镇人民政府",
        "school_name": "云岭区柳溪中心学校",
        "issuing_unit": "云岭区学生资助管理中心",
        "borrower_name": "周晓禾",
        "village": "柳溪镇上湾村",
        "facts": ("该生毕业后外出，原登记的电话已停用，家中无人。",),
        "tried": (
            TriedLine(on=date(2027, 1, 12), what="拨打登记电话", outcome="停机"),
            TriedLine(on=date(2027, 1, 20), what="两人入户走访", outcome="家中无人，邻居不知去向"),
            TriedLine(on=date(2027, 2, 3), what="邮寄通知", outcome="退回"),
        ),
        "ask": "请协助了解该生或其父母现在的联系方式，并请其与区学生资助管理中心联系。",
        "reply_by": date(2027, 3, 19),
        "contact_name": "林老师",
        "landline": "0990-5550177",
        "wording_version": FIRST_VERSION,
        "is_demo": False,
    }
    return EscalationContent(**(facts | changes))


def a_slip(**changes: Any) -> ReplySlipContent:
    facts: dict[str, Any] = {
        "serial": "云岭助核〔2027〕000003号",
        "check_code": "A7KM-3XQ9-RD6T",
        "check_url": "https://portal.example.cn/check/A7KM-3XQ9-RD6T",
        "issued_on": date(2027, 4, 6),
        "issuing_unit": "云岭区学生资助管理中心",
        "school_name": "云岭区柳溪中心学校",
        "borrower_name": "周晓禾",
        "masked_id": "990102********0023",
        "grounds": (
            "2027年1月20日、2月10日两次送达通知书，均由本人签收，至今没有归还。",
            "2027年3月2日通话中表示有能力归还但不准备归还。",
        ),
        "answer_by": date(2027, 4, 21),
        "ways_to_answer": ("当面：云岭区学生资助管理中心办公室", "来电：0990-5550123", "邮寄下方回复单"),
        "hardship_reasons": HARDSHIP_REASONS,
        "relief_options": RELIEF_OPTIONS,
        "landline": "0990-5550123",
        "wording_version": FIRST_VERSION,
        "is_demo": False,
    }
    return ReplySlipContent(**(facts | changes))
