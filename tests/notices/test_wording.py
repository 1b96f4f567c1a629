"""Wordings: version one passes its own checks and never changes; what may not be said is refused with a sentence."""

from __future__ import annotations

import hashlib
import json

import pytest

from models.rules.papers import PaperKind
from models.rules.refusals import Refused
from notices import layout, wording_checks, words
from notices.content import NoticeContent
from notices.first_wording import FIRST
from notices.frozen import Paper
from notices.kinds import CONTENT
from notices.letters import EscalationContent, ReplySlipContent
from notices.wording import KINDS, PLACEHOLDER, SLOTS, Passage, Run, filled
from tests.notices.samples import a_letter, a_notice, a_slip
from tests.notices.test_layout import words_run_together

VERSION_ONE = "499f50a3644bf88ad1826b491501572e50ca2e7c75130006388b9153fcc7da30"


def texts(kind: PaperKind, **changes: str) -> dict[str, str]:
    return wording_checks.tidied(kind, dict(FIRST[kind].texts) | changes)


def refusal(kind: PaperKind, passage: str, text: str) -> Refused:
    found = wording_checks.faults(kind, texts(kind, **{passage: text}))
    assert set(found) == {passage}
    return found[passage]


@pytest.mark.parametrize("kind", PaperKind)
def test_version_one_may_be_said(kind: PaperKind) -> None:
    assert wording_checks.faults(kind, texts(kind)) == {}
    assert texts(kind) == dict(FIRST[kind].texts)
    assert set(FIRST[kind].texts) == {rule.name for rule in KINDS[kind].rules}


def test_version_one_never_changes() -> None:
    told = json.dumps({kind: dict(sorted(FIRST[kind].texts.items())) for kind in PaperKind}, ensure_ascii=False)
    assert hashlib.sha256(told.encode()).hexdigest() == VERSION_ONE


@pytest.mark.parametrize("kind", PaperKind)
def test_every_placeholder_of_a_kind_is_one_of_the_fixed_list(kind: PaperKind) -> None:
    assert set(KINDS[kind].slots) <= set(SLOTS)
    assert {name for rule in KINDS[kind].rules for name in rule.needs} <= set(KINDS[kind].slots)


@pytest.mark.parametrize(
    ("passage", "text", "sentence"),
    [
        ("relief_options", "", "obligatory"),
        ("objection", " \n ", "obligatory"),
        ("objection", "有异议的，请自行处理。", "must say one of these"),
        ("request", "请于{还款期限}前处理。", "must say one of these"),
        ("request", "请尽快归还。", "placeholder “还款期限” is missing"),
        ("relief", "可以咨询。", "placeholder “帮扶政策” is missing"),
        ("opening", "{贷款银行}的{借款人密码}。", "no placeholder “借款人密码”"),
        ("opening", "{借款学生}：", "no placeholder “借款学生”"),
        ("opening", "{{ 7*7 }}", "brace stands alone"),
        ("opening", "{% for x in y %}", "no placeholder “% for x in y %”"),
        ("opening", "{", "brace stands alone"),
        ("opening", "{}", "no placeholder “”"),
        ("opening", "见 https://example.cn/1", "A link"),
        ("opening", "转入 6222 0212 3456 7890 123", "account number"),
        ("opening", "联系 13800138000", "mobile number"),
        ("opening", "不还款将通知公安机关。", "“公安”"),
        ("opening", "限期还款，否则后果自负。", "“后果自负”"),
        ("opening", "列入失信名单。", "“失信”"),
        ("opening", "周𪚥", "U\\+2A6A5"),
        ("opening", "长" * 501, "At most 500"),
        ("next_steps", "\n".join(f"第{place}项" for place in range(11)), "At most 10 items"),
        ("next_steps", "{贷款银行}报送", "list takes no placeholders"),
    ],
)
def test_what_may_not_be_said_is_refused_by_passage(passage: str, text: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        raise refusal(PaperKind.NOTICE, passage, text)


def test_full_width_braces_and_line_ends_are_tidied() -> None:
    found = wording_checks.tidied(
        PaperKind.NOTICE, {"request": " 请于｛还款期限｝前\r\n归还。 ", "next_steps": "一\r\n\r\n 二 "}
    )
    assert (found["request"], found["next_steps"], found["objection"]) == ("请于{还款期限}前归还。", "一\n二", "")


def test_a_binding_date_is_printed_strong_and_nothing_else() -> None:
    runs = filled((Passage("request", "请{资助中心}于{还款期限}前。"),), a_notice()).request
    assert runs == (Run("请云岭区学生资助管理中心于"), Run("2027年2月20日", strong=True), Run("前。"))


@pytest.mark.parametrize("kind", [PaperKind.NOTICE, PaperKind.ESCALATION, PaperKind.REPLY_SLIP])
def test_papers_without_passages_were_printed_with_version_one(kind: PaperKind) -> None:
    papers: dict[PaperKind, tuple[type[Paper], Paper]] = {
        PaperKind.NOTICE: (NoticeContent, a_notice()),
        PaperKind.ESCALATION: (EscalationContent, a_letter()),
        PaperKind.REPLY_SLIP: (ReplySlipContent, a_slip()),
    }
    shape, paper = papers[kind]
    record = json.loads(paper.to_json())
    del record["wording"]
    assert shape.from_json(json.dumps(record)) == paper


def test_both_paths_print_another_version() -> None:
    texts = dict(FIRST[PaperKind.NOTICE].texts) | {"objection": "有疑问请当面或者书面提出，{资助中心}答复。"}
    other = tuple(
        Passage(rule.name.value, texts[rule.name]) for rule in KINDS[PaperKind.NOTICE].rules if not rule.is_list
    )
    paper = a_notice(wording=other, wording_version="2027-1")
    for make in (layout.laid_out, layout.stamped):
        said = words_run_together(make(paper))
        assert "有疑问请当面或者书面提出，云岭区学生资助管理中心答复。" in said
        assert "会同贷款银行核实" not in said
        assert not PLACEHOLDER.search(said)


def test_a_notice_takes_no_placeholder_that_differs_between_borrowers() -> None:
    """What differs is stamped in places of its own; in a passage it would be everybody's."""
    assert {SLOTS[name].field for name in KINDS[PaperKind.NOTICE].slots} <= {
        name for name, _value in words.frame(a_notice()).shared
    }


@pytest.mark.parametrize("kind", PaperKind)
def test_every_placeholder_of_a_kind_is_a_field_of_its_paper(kind: PaperKind) -> None:
    known = CONTENT[kind].__dataclass_fields__
    assert {SLOTS[name].field for name in KINDS[kind].slots} <= set(known)
