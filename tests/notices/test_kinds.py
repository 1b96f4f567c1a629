"""Each kind of paper as it comes out: golden words, one shape, nothing lost with the longest content, large print."""

from __future__ import annotations

import io
import os
import subprocess
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pdfplumber
import pikepdf
import pytest

from models.rules.papers import PaperKind
from notices import kinds, layout
from notices.first_wording import FIRST
from notices.frozen import Paper
from notices.information import DueLine
from notices.refusals import NoticeNotRendered
from notices.specimens import specimen
from notices.statements import PlanLine
from notices.wording_checks import FORBIDDEN
from tests.notices.samples import a_contract, a_notice
from tests.notices.test_layout import FACES, GOLDEN, MM, pages, words_in_order, words_run_together

DAY = date(2027, 1, 8)
NEW = sorted(set(PaperKind) - {PaperKind.NOTICE, PaperKind.ESCALATION, PaperKind.REPLY_SLIP})
SEVEN = tuple(a_contract(place, due_on=date(2026, 12, 20)) for place in range(7))
LONG = {
    "borrower_name": "阿卜杜热合曼·买买提吐尔逊·阿卜杜克热木江",
    "co_borrower_name": "买买提吐尔逊·阿卜杜克热木江",
    "issuing_unit": "云岭区教育和体育局学生资助管理中心（挂靠区教育事业发展服务中心）",
    "school_name": "云岭区柳溪镇九年一贯制寄宿中心学校（含上湾教学点）",
    "lender_name": "国家开发银行云岭分行、云岭区农村信用合作联社",
    "contracts": SEVEN,
}
DUE = tuple(
    DueLine(
        contract_no=f"99010020180000432{place}",
        lender_name="云岭区农村信用合作联社",
        due_on=date(2027, 12, 20),
        principal=Decimal("1454.55"),
        interest=Decimal("448.00"),
    )
    for place in range(7)
)


def paper(kind: PaperKind, **changes: Any) -> Paper:
    return replace(specimen(kind, FIRST[kind], DAY), is_demo=False, **changes)


def longest(kind: PaperKind) -> Paper:
    made = paper(kind)
    changes = {name: value for name, value in LONG.items() if hasattr(made, name)}
    if "contracts" in changes:
        changes["total"] = sum((line.overdue_total for line in SEVEN), Decimal(0))
    if kind in {PaperKind.REMINDER, PaperKind.THANKS}:
        changes["lines"] = DUE
    if kind is PaperKind.REMINDER:
        changes["due_on"] = date(2027, 12, 20)
    if kind is PaperKind.SUMMARY:
        line = replace(made.lines[0], village="云岭区柳溪镇上湾行政村第三村民小组", overdue_yuan=Decimal("999999.99"))
        changes |= {"lines": (line,) * 30, "total": _sum(line, 30)}
    if kind is PaperKind.PROMISE:
        changes["plan"] = tuple(
            PlanLine(by=date(2027, 3 + place, 20), amount=Decimal("1234567.89")) for place in range(4)
        )
    return replace(made, **changes)


def _sum(line: Any, times: int) -> Any:
    names = ("borrowers", "overdue", "overdue_yuan", "contacted", "issued", "served", "promised", "repaid_yuan")
    return replace(line, village="合计", **{name: getattr(line, name) * times for name in names})


@cache
def made(kind: PaperKind, *, long: bool = False, large: bool = False) -> bytes:
    return layout.render(longest(kind) if long else paper(kind), large=large)


@pytest.mark.parametrize("kind", NEW)
def test_words_stand_in_reading_order(kind: PaperKind) -> None:
    text = words_in_order(made(kind))
    golden = GOLDEN / f"{kind}.txt"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", NEW)
def test_one_tagged_page_with_a_title_free_of_personal_data(kind: PaperKind) -> None:
    with pikepdf.open(io.BytesIO(made(kind))) as document:
        assert len(document.pages) == 1
        assert str(document.Root.Lang) == "zh-CN"
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.docinfo["/Title"]) == paper(kind).title
        told = "".join(str(value) for value in document.docinfo.values())
        elements = [
            item
            for item in document.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/StructElem"
        ]
    assert "样小明" not in told
    assert [item.S for item in elements].count("/H1") == 1
    assert all(str(item.Alt) for item in elements if item.S == "/Figure")


@pytest.mark.parametrize("kind", PaperKind)
def test_content_survives_json_exactly(kind: PaperKind) -> None:
    said = paper(kind)
    again = kinds.read(kind, said.to_json())
    assert again == said
    assert again.to_json() == said.to_json()


@pytest.mark.parametrize("kind", NEW)
@pytest.mark.parametrize("shape", ["shortest", "longest", "large"])
def test_nothing_stands_outside_the_margins_and_only_in_our_faces(kind: PaperKind, shape: str) -> None:
    pdf = made(kind, long=shape == "longest", large=shape == "large")
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        for page in document.pages:
            for word in page.extract_words():
                assert word["x0"] >= 22 * MM - 1, word["text"]
                assert word["x1"] <= 190 * MM + 1, word["text"]
                assert 4 * MM <= word["top"] < word["bottom"] <= 293 * MM, word["text"]
    rows = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode().splitlines()
    assert {row.split()[0].partition("+")[2] for row in rows[2:]} <= FACES
    assert all(row.split()[-5:-2] == ["yes", "yes", "yes"] for row in rows[2:])


@pytest.mark.parametrize("kind", NEW)
def test_the_longest_content_loses_no_word(kind: PaperKind) -> None:
    said, text = longest(kind), words_run_together(made(kind, long=True))
    for name in ("borrower_name", "co_borrower_name", "issuing_unit"):
        if name in said.__dataclass_fields__:
            assert getattr(said, name) in text, name
    for line in getattr(said, "contracts", ()):
        assert line.contract_no in text
    for page in range(1, pages(made(kind, long=True)) + 1):
        assert f"第{page}页共{pages(made(kind, long=True))}页" in text


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("kind", PaperKind)
def test_no_seal_stands_on_a_page_without_words_of_the_paper(kind: PaperKind, large: bool) -> None:
    with pdfplumber.open(io.BytesIO(layout.laid_out(longest(kind), large=large))) as document:
        sealed = [page.extract_text() for page in document.pages if "（盖章）" in page.extract_text()]
    assert len(sealed) == (0 if kind in {PaperKind.ACKNOWLEDGEMENT, PaperKind.PROMISE} else 1)  # signed, not sealed
    assert not any(text.startswith(("核验码", "学校联系人", "固定电话")) for text in sealed)


@pytest.mark.parametrize("kind", [PaperKind.NOTICE, PaperKind.CO_BORROWER])
def test_the_code_of_a_receipt_stands_clear_of_its_table(kind: PaperKind) -> None:
    with pdfplumber.open(io.BytesIO(layout.laid_out(paper(kind)))) as document:
        (page,) = document.pages
        code = max(page.images, key=lambda one: one["top"])
        below = [line["top"] for line in page.lines if line["top"] > code["top"]]
    assert code["bottom"] <= min(below)


@pytest.mark.parametrize("kind", NEW)
def test_no_word_threatens(kind: PaperKind) -> None:
    text = words_run_together(made(kind))
    assert [word for word in FORBIDDEN if word in text] == []


@pytest.mark.parametrize("kind", [kind for kind in PaperKind if kind is not PaperKind.SUMMARY])
def test_large_print_is_large(kind: PaperKind) -> None:
    """A summary is for an office and keeps its table."""
    pdf = made(kind, large=True)
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        sizes = [
            one["size"]
            for page in document.pages
            for one in page.chars
            if one["bottom"] < 284 * MM and one["text"].strip()  # the line at the foot of a page is small on purpose
        ]
    assert min(sizes) >= 12.9
    assert sorted(sizes)[len(sizes) // 2] >= 14


@pytest.mark.parametrize(
    ("kind", "field", "changes"),
    [
        (PaperKind.CO_BORROWER, "total", {"total": Decimal(1)}),
        (PaperKind.CO_BORROWER, "pay_by", {"pay_by": DAY}),
        (PaperKind.CO_BORROWER, "next_steps", {"next_steps": ()}),
        (PaperKind.CO_BORROWER, "co_borrower_name", {"co_borrower_name": ""}),
        (PaperKind.CO_BORROWER, "masked_id", {"masked_id": "990000199901010000"}),
        (PaperKind.REMINDER, "due_on", {"due_on": DAY, "lines": (replace(DUE[0], due_on=DAY),)}),
        (PaperKind.REMINDER, "lines", {"lines": DUE}),
        (PaperKind.REMINDER, "relief_options", {"relief_options": ()}),
        (PaperKind.THANKS, "lines", {"lines": (replace(DUE[0], due_on=date(2026, 12, 20)),)}),
        (PaperKind.THANKS, "lines[0]", {"lines": (replace(DUE[0], interest=Decimal(-1)),)}),
        (PaperKind.PROMISE, "plan", {"plan": (PlanLine(by=date(2026, 1, 1), amount=Decimal(1)),)}),
        (PaperKind.ACKNOWLEDGEMENT, "contracts", {"contracts": ()}),
        (PaperKind.RELIEF_INFORMATION, "materials[0]", {"materials": ("见 https://example.cn",)}),
        (PaperKind.LEAFLET, "fraud", {"fraud": ()}),
        (PaperKind.SUMMARY, "lines", {"lines": ()}),
        (PaperKind.SUMMARY, "from_on", {"from_on": date(2027, 1, 9)}),
        (PaperKind.LEAFLET, "landline", {"landline": "13800138000"}),
        (PaperKind.THANKS, "wording", {"wording": a_notice().wording}),
    ],
)  # fmt: skip
def test_what_must_not_be_printed_names_the_field(kind: PaperKind, field: str, changes: dict[str, object]) -> None:
    with pytest.raises(NoticeNotRendered) as refused:
        paper(kind, **changes).check()
    assert refused.value.field == field


def test_sums_that_do_not_add_up_are_named() -> None:
    said = paper(PaperKind.SUMMARY)
    with pytest.raises(NoticeNotRendered) as refused:
        replace(said, total=replace(said.total, served=7)).check()
    assert refused.value.field == "total.served"
