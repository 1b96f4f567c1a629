"""Content: exact round trip, and what may not be said on paper."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.notices import NoticeLevel
from notices.content import CoBorrowerLine, ContractLine, NoticeContent
from notices.letters import EscalationContent, ReplySlipContent, TriedLine
from notices.refusals import NoticeNotRendered
from tests.notices.samples import a_contract, a_letter, a_notice, a_slip

WORDS = st.text(max_size=30)
YUAN = st.decimals(min_value=0, max_value=10**10, places=2)
LINES = st.lists(WORDS, max_size=4).map(tuple)
CONTRACTS = st.builds(ContractLine, signed_on=st.none() | st.dates(), contract_no=WORDS, amount=YUAN, balance=YUAN,
                      overdue_principal=YUAN, overdue_interest=YUAN, penalty=YUAN, overdue_total=YUAN, due_on=st.dates())  # fmt: skip


@given(
    st.builds(
        NoticeContent,
        level=st.sampled_from(NoticeLevel),
        co_borrowers=st.lists(st.builds(CoBorrowerLine, name=WORDS, relation=WORDS), max_size=3).map(tuple),
        contracts=st.lists(CONTRACTS, max_size=3).map(tuple),
        total=YUAN,
        address_lines=LINES,
        channels=LINES,
        next_steps=LINES,
        relief_options=LINES,
    )
)
def test_a_notice_survives_json_exactly(content: NoticeContent) -> None:
    text = content.to_json()
    again = NoticeContent.from_json(text)
    assert again == content
    assert again.to_json() == text
    assert str(again.total) == str(content.total)  # 1.50 stays 1.50


@given(st.builds(EscalationContent, facts=LINES, tried=st.lists(st.builds(TriedLine), max_size=3).map(tuple)))
def test_a_letter_survives_json_exactly(content: EscalationContent) -> None:
    assert EscalationContent.from_json(content.to_json()) == content


@given(st.builds(ReplySlipContent, grounds=LINES, ways_to_answer=LINES, hardship_reasons=LINES, relief_options=LINES))
def test_a_slip_survives_json_exactly(content: ReplySlipContent) -> None:
    assert ReplySlipContent.from_json(content.to_json()) == content


@pytest.mark.parametrize(
    "change",
    [
        {"total": "ten"},
        {"total": 10.5},
        {"issued_on": "tomorrow"},
        {"is_demo": "yes"},
        {"level": "fourth"},
        {"contracts": {}},
        {"contracts": [{}]},
        {"borrower_name": None},
        {"surprise": "x"},
    ],
)
def test_json_of_another_shape_is_refused(change: dict[str, object]) -> None:
    record = json.loads(a_notice().to_json()) | change
    with pytest.raises(ValueError):  # noqa: PT011 - the kinds of fault have no class of their own
        NoticeContent.from_json(json.dumps(record))


def test_a_missing_field_is_refused() -> None:
    record = json.loads(a_notice().to_json())
    del record["landline"]
    with pytest.raises(ValueError, match="landline"):
        NoticeContent.from_json(json.dumps(record))
    with pytest.raises(ValueError, match="expected dict"):
        NoticeContent.from_json("[]")


def test_the_surname_and_the_total_in_capitals() -> None:
    assert a_notice(borrower_name="欧阳小满").surname == "欧阳"
    assert a_notice(contracts=1).total_in_capitals == "人民币壹仟玖佰壹拾肆元玖角伍分"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("check_url", {"check_url": "weixin://pay/1"}),
        ("masked_id", {"masked_id": "990102199901010023"}),
        ("landline", {"landline": "13800138000"}),
        ("landline", {"landline": ""}),
        ("channels[1]", {"channels": ("中心POS机", "https://pay.example.cn/1")}),
        ("relief_options[0]", {"relief_options": ("转账至 6222 0212 3456 7890 123",)}),
        ("authority", {"authority": "账号622202123456789012。"}),
        ("channels", {"channels": ()}),
        ("relief_options", {"relief_options": ()}),
        ("contracts", {"contracts": 0}),
        ("total", {"total": Decimal("1.00")}),
        ("total", {"lines": (a_contract(overdue_principal=Decimal(0), overdue_interest=Decimal(0), penalty=Decimal(0), overdue_total=Decimal(0)),)}),
        ("contracts[0].overdue_total", {"lines": (a_contract(penalty=Decimal("0.01")),)}),
        ("contracts[0]", {"lines": (a_contract(balance=Decimal(-1)),)}),
        ("contracts[0]", {"lines": (a_contract(amount=Decimal(10_000_000)),)}),
        ("pay_by", {"pay_by": date(2027, 1, 8)}),
        ("pay_by", {"data_on": date(2027, 1, 9)}),
    ],
)  # fmt: skip
def test_a_notice_that_must_not_be_printed_names_the_field(field: str, changes: dict[str, object]) -> None:
    content = a_notice(**changes)
    with pytest.raises(NoticeNotRendered) as refused:
        content.check()
    assert (refused.value.field, refused.value.serial) == (field, content.serial)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("facts[0]", {"facts": ("该生逾期1,234.50元。",)}),
        ("facts[0]", {"facts": ("欠款三万元。",)}),
        ("ask", {"ask": "请催还 ¥5000"}),
        ("ask", {"ask": "见 https://example.cn/1"}),
        ("ask", {"ask": "  "}),
        ("reply_by", {"reply_by": date(2027, 3, 8)}),
        ("landline", {"landline": "138 0013 8000"}),
        ("tried[0].outcome", {"tried": (TriedLine(on=date(2027, 1, 1), what="电话", outcome="说只有2万元"),)}),
    ],
)
def test_a_letter_names_no_amount(field: str, changes: dict[str, object]) -> None:
    with pytest.raises(NoticeNotRendered) as refused:
        a_letter(**changes).check()
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("grounds", {"grounds": ()}),
        ("ways_to_answer[0]", {"ways_to_answer": ("http://example.cn",)}),
        ("answer_by", {"answer_by": date(2027, 4, 6)}),
        ("masked_id", {"masked_id": ""}),
    ],
)
def test_a_slip_has_grounds_a_way_and_time_to_answer(field: str, changes: dict[str, object]) -> None:
    with pytest.raises(NoticeNotRendered) as refused:
        a_slip(**changes).check()
    assert refused.value.field == field
