"""Stamped reminders and co-borrowers' notices are the laid-out ones, the name in the midst of a passage included."""

from __future__ import annotations

import io
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from models.rules.papers import PaperKind
from notices import cutting, layout, words
from notices.first_wording import FIRST
from notices.frozen import Paper
from notices.refusals import DoesNotFit
from notices.wording import Passage
from tests.notices.samples import a_contract
from tests.notices.test_kinds import DUE, longest, paper
from tests.notices.test_stamp import MM, letters, tags, text

REMINDER, CO_BORROWER = PaperKind.REMINDER, PaperKind.CO_BORROWER
BIG = Decimal("199999.99")
TWICE = {"opening": "{学校}告知：与借款学生{借款学生}共同签订的合同有逾期款项，{借款学生}没有归还。{授权依据}"}


def reworded(kind: PaperKind, changes: dict[str, str]) -> tuple[Passage, ...]:
    return tuple(replace(one, text=changes.get(one.name, one.text)) for one in FIRST[kind].passages(kind))


PAPERS: dict[str, Paper] = {
    "reminder": paper(REMINDER),
    "reminder, second, marked": replace(paper(REMINDER, round=2), is_demo=True),
    "reminder of seven": longest(REMINDER),
    "reminder of two lenders": paper(REMINDER, due_on=DUE[0].due_on, lines=(replace(DUE[0], lender_name="样张银行"), DUE[1])),
    "reminder from a school": paper(REMINDER, wording=reworded(REMINDER, {"opening": "{学校}提醒：贷款将于{应还日期}到期。"})),
    "co-borrower": paper(CO_BORROWER),
    "co-borrower of seven, long names": longest(CO_BORROWER),
    "co-borrower, two characters": paper(CO_BORROWER, borrower_name="丁一", relation=""),
    "co-borrower, rare characters": paper(CO_BORROWER, borrower_name="周䶮㛃𬱖", co_borrower_name="周𬱖"),
    "co-borrower, name across lines": paper(CO_BORROWER, borrower_name="买买提吐尔逊阿卜杜克热木江" * 2),
    "co-borrower, name across lines with a dot": paper(CO_BORROWER, borrower_name="买买提吐尔逊·阿卜杜克热木江·" + "热合曼" * 6),
    "co-borrower, Latin name": paper(CO_BORROWER, borrower_name="Ли·Wei伟<b>&"),
    "co-borrower, named twice": paper(CO_BORROWER, wording=reworded(CO_BORROWER, TWICE)),
    "co-borrower, large figures": paper(
        CO_BORROWER,
        contracts=(a_contract(amount=BIG, overdue_principal=BIG, overdue_interest=Decimal(0), penalty=Decimal(0), overdue_total=BIG, signed_on=None),),
        total=BIG,
    ),
}  # fmt: skip


@cache
def pair(name: str, *, reprint: bool = False) -> tuple[bytes, bytes]:
    return layout.laid_out(PAPERS[name], reprint=reprint), layout.stamped(PAPERS[name], reprint=reprint)


@pytest.mark.parametrize("name", PAPERS)
def test_the_same_words_places_and_tags(name: str) -> None:
    laid, stamped = pair(name)
    assert text(stamped) == text(laid)
    assert tags(stamped) == tags(laid)
    assert [one[:5] for one in letters(stamped)] == [one[:5] for one in letters(laid)]
    for here, there in zip(letters(stamped), letters(laid), strict=True):
        for mine, theirs in zip(here[5:], there[5:], strict=True):
            assert abs(mine - theirs) <= 0.3 * MM, (here, there)


@pytest.mark.parametrize("name", ["reminder", "co-borrower"])
def test_a_reprint_is_marked_alike(name: str) -> None:
    laid, stamped = pair(name, reprint=True)
    assert text(stamped) == text(laid)
    assert "补打" in text(stamped).replace("\n", "")


@pytest.mark.parametrize("name", PAPERS)
def test_what_is_made_is_the_stamped_one_and_whole(name: str) -> None:
    pdf = layout.render(PAPERS[name])
    assert pdf == pair(name)[1]
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert not document.check_pdf_syntax()
        assert str(document.docinfo["/Title"]) == PAPERS[name].title


TOO_MUCH = {
    "a wide name": paper(REMINDER, borrower_name="阿卜杜热合曼·买买提吐尔逊" * 4),
    "a character our faces leave to the system's": paper(CO_BORROWER, co_borrower_name="한글"),
    "such a character in a passage": paper(CO_BORROWER, borrower_name="周한글"),
    "blanks in a passage, stretched with their line": paper(CO_BORROWER, borrower_name="Ли Wei 伟"),
    "a passage with a keeper of places": paper(CO_BORROWER, authority="㐀镇与本中心有协议。"),
    "a wide number": paper(CO_BORROWER, contracts=(a_contract(contract_no="云岭学贷字第990100-2018-0001-ABCDEFGH号"),), total=a_contract().overdue_total),
}  # fmt: skip


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_does_not_fit_is_laid_out(name: str) -> None:
    with pytest.raises(DoesNotFit):
        layout.stamped(TOO_MUCH[name])
    assert layout.render(TOO_MUCH[name]) == layout.laid_out(TOO_MUCH[name])


@pytest.mark.parametrize("kind", [REMINDER, CO_BORROWER])
def test_large_print_is_laid_out(kind: PaperKind) -> None:
    assert layout.render(paper(kind), large=True) == layout.laid_out(paper(kind), large=True)


NAMES = st.text(alphabet="周晓禾大田欧阳娜阿·尔䶮㛃A1", min_size=1, max_size=40)


@given(NAMES, NAMES.filter(lambda name: len(name) < 9))
@settings(max_examples=12)
def test_whatever_is_stamped_reads_as_if_laid_out(borrower: str, other: str) -> None:
    said = paper(CO_BORROWER, borrower_name=borrower, co_borrower_name=other)
    assert text(layout.stamped(said)) == text(layout.laid_out(said))


CHANGED: dict[str, Any] = {
    "lender_name": "另一家银行", "issuing_unit": "另一中心", "authority": "另一句。", "landline": "0990-5559999",
    "issued_on": date(2027, 1, 9), "data_on": date(2027, 1, 6), "pay_by": date(2027, 2, 21), "due_on": date(2027, 2, 21),
    "is_demo": True, "round": 2, "channels": ("甲",), "next_steps": ("乙",), "relief_options": ("丙",),
    "wording_version": "x", "wording": (), "serial": "X", "check_code": "X", "borrower_name": "张三丰", "co_borrower_name": "X",
    "relation": "母亲", "notice_serial": "X", "contracts": (), "lines": (), "total": Decimal(1),
}  # fmt: skip
NOT_PRINTED = {REMINDER: {"school_name"}, CO_BORROWER: {"masked_id"}}


@pytest.mark.parametrize("kind", [REMINDER, CO_BORROWER])
def test_the_frame_and_the_words_are_the_whole_paper(kind: PaperKind) -> None:
    """A field that neither changes the frame nor a word would be printed wrong from the second paper on."""
    one = paper(kind)
    changed = CHANGED | {"school_name": "X", "masked_id": "X"}
    for name in {field.name for field in fields(type(one))} - {"check_url"} - NOT_PRINTED[kind]:  # type: ignore[arg-type]
        other = replace(one, **{name: changed[name]})
        assert (words.frame(one), words.words(one)) != (words.frame(other), words.words(other)), name


def test_a_passage_takes_what_it_names_into_the_frame_and_nothing_else_varies_there() -> None:
    one = paper(CO_BORROWER)
    assert words.frame(one) == words.frame(replace(one, school_name="另一所学校", borrower_name="张三丰"))
    assert words.frame(one) != words.frame(replace(one, borrower_name="张三"))  # the lines would break elsewhere
    said = paper(CO_BORROWER, wording=reworded(CO_BORROWER, TWICE))
    assert words.frame(said) != words.frame(replace(said, school_name="另一所学校"))
    shared = words.frame(said).for_form(words.words(said))
    assert (shared.school_name, shared.borrower_name) == (said.school_name, said.borrower_name)  # type: ignore[attr-defined]
    for name in words.KINDS[type(said)].varying - {"school_name", "borrower_name"}:
        with pytest.raises(UndefinedError):
            layout._forms().from_string("{{ paper." + name + " }}").render(paper=shared)


def test_a_keeper_of_places_stands_nowhere_else() -> None:
    assert len(cutting.marks(3, 2, forbidden_in=("甲",))) == 5
    cutting.marks(3, 0, forbidden_in=("㐀",))
    with pytest.raises(cutting.FormUnusable, match="keeps a place"):
        cutting.marks(3, 2, forbidden_in=(("甲", ("乙㐁",)),))
