"""Paper as it comes out: words in reading order, positions, faces, marks, and what makes it fail."""

from __future__ import annotations

import io
import logging
import os
import subprocess
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pdfplumber
import pikepdf
import pytest
import zxingcpp
from jinja2 import UndefinedError
from PIL import Image

from models.rules.notices import NoticeLevel
from notices import faces, layout
from notices.content import CoBorrowerLine
from notices.faces import Face, FaceMissing
from notices.frozen import Paper
from notices.letters import TriedLine
from notices.refusals import NoticeNotRendered
from tests.notices.samples import a_contract, a_letter, a_notice, a_slip

GOLDEN = Path(__file__).parent / "golden"
MM = 72 / 25.4
A4 = (210 * MM, 297 * MM)
FACES = {"Notice-Sans", "Notice-Sans-Bold", "Notice-Serif"}
PAPERS = {"notice": a_notice, "escalation": a_letter, "reply_slip": a_slip}


@cache
def made(paper: Paper, *, reprint: bool = False) -> bytes:
    return layout.render(paper, reprint=reprint)


def words_in_order(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def words_run_together(pdf: bytes) -> str:
    return "".join(words_in_order(pdf).split())


def pages(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


def seen(pdf: bytes, page: int = 1) -> Image.Image:
    """The page as printed, 200 dots an inch."""
    done = subprocess.run(
        ["pdftoppm", "-r", "200", "-png", "-f", str(page), "-l", str(page), "-"],
        input=pdf, capture_output=True, check=True,
    )  # fmt: skip
    return Image.open(io.BytesIO(done.stdout))


@pytest.mark.parametrize("name", PAPERS)
def test_words_stand_in_reading_order(name: str) -> None:
    text = words_in_order(made(PAPERS[name]()))
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAPERS)
def test_one_a4_page_tagged_with_a_title_free_of_personal_data(name: str) -> None:
    paper = PAPERS[name]()
    with pikepdf.open(io.BytesIO(made(paper))) as document:
        assert len(document.pages) == 1
        assert [float(side) for side in document.pages[0].mediabox[2:]] == pytest.approx(A4, abs=0.5)
        assert str(document.Root.Lang) == "zh-CN"
        assert bool(document.Root.MarkInfo.Marked)
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
        assert str(document.docinfo["/Title"]) == f"{paper.KIND} {paper.serial}"
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            told = str(metadata) + "".join(str(value) for value in document.docinfo.values())
    for personal in (paper.borrower_name, "990102", "1454", "上湾村"):
        assert personal not in told


@pytest.mark.parametrize("name", PAPERS)
def test_every_picture_has_words_and_every_heading_is_one(name: str) -> None:
    with pikepdf.open(io.BytesIO(made(PAPERS[name]()))) as document:
        kinds = [item.get("/S") for item in document.objects if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/StructElem"]  # fmt: skip
        figures = [item for item in document.objects if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure"]  # fmt: skip
    assert kinds.count("/H1") == 1
    assert {"/H2", "/Table", "/TH", "/TD"} <= set(kinds)
    assert len(figures) == {"escalation": 0, "notice": 2}.get(name, 1)  # a notice bears its code on the receipt too
    assert all("二维码" in str(figure.Alt) for figure in figures)


@pytest.mark.parametrize("paper", [a_notice(contracts=12, is_demo=True), a_letter(is_demo=True), a_slip(is_demo=True)])
def test_only_our_faces_and_all_embedded(paper: Paper) -> None:
    done = subprocess.run(["pdffonts", "-"], input=made(paper, reprint=True), capture_output=True, check=True)
    rows = [line.split() for line in done.stdout.decode().splitlines()[2:]]
    assert {row[0].partition("+")[2] for row in rows} == FACES
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in rows)  # embedded, subset, with a map to Unicode


@pytest.mark.parametrize(("contracts", "expected"), [(1, 1), (4, 1), (7, 2), (12, 2), (60, 3)])
def test_pages_by_number_of_contracts(contracts: int, expected: int) -> None:
    pdf = made(a_notice(contracts=contracts))
    assert pages(pdf) == expected
    text = words_run_together(pdf)
    for place in range(contracts):
        assert text.count(a_contract(place).contract_no) == 1
    for page in range(1, expected + 1):
        assert f"第{page}页共{expected}页" in text
    assert text.count("送达回证") == 1


LONGEST = a_notice(
    lines=tuple(
        a_contract(
            place,
            contract_no=f"云岭学贷字第990100-2018-{place:04d}-ABCDEFGHIJKLMNOP号",
            signed_on=None,
            amount=Decimal("9999999.99"),
            balance=Decimal("9999999.99"),
            overdue_principal=Decimal("3333333.32"),
            overdue_interest=Decimal("3333333.32"),
            penalty=Decimal("3333333.33"),
            overdue_total=Decimal("9999999.97"),
        )
        for place in range(3)
    ),
    borrower_name="阿卜杜热合曼·买买提吐尔逊·阿卜杜克热木江",
    co_borrowers=(CoBorrowerLine(name="买买提吐尔逊·阿卜杜克热木江", relation="父亲"), CoBorrowerLine(name="古丽巴哈尔", relation="母亲")),
    address_lines=("云岭区柳溪镇" * 5, "上湾村三组18号" * 5),
    issuing_unit="云岭区教育和体育局学生资助管理中心（挂靠区教育事业发展服务中心）",
    school_name="云岭区柳溪镇九年一贯制寄宿中心学校（含上湾教学点）",
)  # fmt: skip


@pytest.mark.parametrize(
    "paper",
    [a_notice(contracts=1), a_notice(contracts=4), a_notice(contracts=12), LONGEST, a_notice(is_demo=True), a_letter(), a_slip()],
    ids=["one", "four", "twelve", "longest", "demo", "letter", "slip"],
)  # fmt: skip
def test_nothing_stands_outside_the_margins(paper: Paper) -> None:
    with pdfplumber.open(io.BytesIO(made(paper))) as document:
        for page in document.pages:
            for word in page.extract_words():
                assert word["x0"] >= 22 * MM - 1, word["text"]
                assert word["x1"] <= 190 * MM + 1, word["text"]
                assert word["top"] >= 4 * MM, word["text"]
                assert word["bottom"] <= 293 * MM, word["text"]


def test_the_longest_notice_loses_no_word() -> None:
    text = words_run_together(made(LONGEST))
    for words in (LONGEST.borrower_name, *(line.contract_no for line in LONGEST.contracts), *LONGEST.address_lines):
        assert words in text
    assert text.count("9,999,999.97") == 3
    assert LONGEST.total_in_capitals == "人民币贰仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角壹分"
    assert LONGEST.total_in_capitals in text


def test_amounts_stand_right_aligned_in_their_columns() -> None:
    lines = (
        a_contract(0),
        a_contract(1, amount=Decimal("6000.00"), penalty=Decimal("110.40"), overdue_total=Decimal("2012.95")),
    )
    with pdfplumber.open(io.BytesIO(made(a_notice(lines=lines)))) as document:
        words = document.pages[0].extract_words()
    by_text = {word["text"]: word["x1"] for word in words}
    for first, second in (("16,000.00", "6,000.00"), ("12.40", "110.40"), ("1,914.95", "2,012.95")):
        assert abs(by_text[first] - by_text[second]) <= 0.2 * MM


def test_the_total_stands_in_figures_and_in_capitals() -> None:
    text = words_run_together(made(a_notice(contracts=3)))
    assert "人民币伍仟柒佰肆拾柒元捌角伍分" in text
    assert "¥5,747.85" in text


@pytest.mark.parametrize("paper", [a_notice(), a_slip()], ids=["notice", "slip"])
def test_the_qr_code_holds_the_check_page_and_nothing_else(paper: Paper) -> None:
    codes = zxingcpp.read_barcodes(seen(made(paper)))
    assert {code.text for code in codes} == {"https://portal.example.cn/check/A7KM-3XQ9-RD6T"}


def test_a_notice_holds_no_link_to_follow() -> None:
    with pikepdf.open(io.BytesIO(made(a_notice()))) as document:
        assert all("/Annots" not in page.obj for page in document.pages)
    assert "http" not in words_in_order(made(a_notice()))


def test_marks_of_a_reprint_and_of_a_demonstration() -> None:
    def marks(*, demo: bool, reprint: bool) -> tuple[int, int]:
        text = words_run_together(made(a_notice(contracts=12, is_demo=demo), reprint=reprint))
        return text.count("演示数据"), text.count("补打")

    assert marks(demo=False, reprint=False) == (0, 0)
    assert marks(demo=True, reprint=False)[1] == 0
    assert marks(demo=True, reprint=False)[0] >= 2  # on both pages
    assert marks(demo=False, reprint=True)[0] == 0
    assert marks(demo=False, reprint=True)[1] >= 2
    assert min(marks(demo=True, reprint=True)) >= 2


@pytest.mark.parametrize(("level", "heading"), [(NoticeLevel.SECOND, "第二次"), (NoticeLevel.FINAL, "最后一次")])
def test_the_heading_names_the_level(level: NoticeLevel, heading: str) -> None:
    assert f"催收通知书（{heading}）" in words_run_together(made(a_notice(level=level)))


def test_no_word_threatens() -> None:
    text = words_run_together(made(a_notice())) + words_run_together(made(a_slip()))
    for word in ("公安", "法院", "老赖", "失信", "拘留", "黑名单", "恶意", "严惩", "曝光", "单位通报"):
        assert word not in text


def test_what_is_typed_is_printed_and_not_obeyed() -> None:
    typed = "<img src=http://example.cn/x.png>{{7*7}}"
    assert typed.replace(" ", "") in words_run_together(made(a_notice(school_name=typed)))


def test_equal_content_gives_equal_bytes() -> None:
    assert layout.render(a_notice()) == layout.render(a_notice())


@pytest.mark.parametrize("rare", ["䶮", "𬱖", "㛃", "𰻝"])
def test_rare_characters_of_names_are_printed(rare: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "weasyprint"):
        pdf = layout.render(a_notice(borrower_name=f"周{rare}"))
    assert not caplog.records
    assert f"周{rare}" in words_run_together(pdf)


@pytest.mark.parametrize(
    ("paper", "field", "character"),
    [
        (a_notice(borrower_name="周𪚥"), "borrower_name", "𪚥"),
        (a_notice(co_borrowers=(CoBorrowerLine(name="周😀", relation="父亲"),)), "co_borrowers[0].name", "😀"),
        (a_notice(address_lines=("一组", "二\n组")), "address_lines[1]", "\n"),
        (a_letter(tried=(TriedLine(on=date(2027, 1, 1), what="☎\ufe0f", outcome="无"),)), "tried[0].what", "\ufe0f"),
    ],
)
def test_a_missing_glyph_fails_by_name(paper: Paper, field: str, character: str) -> None:
    with pytest.raises(NoticeNotRendered) as refused:
        layout.render(paper)
    assert refused.value.field == field
    assert refused.value.values["character"] == character
    assert refused.value.values["code_point"] == f"U+{ord(character):04X}"


def test_the_forms_themselves_use_no_character_the_faces_lack() -> None:
    known = faces.printable()
    for form in (Path(layout.__file__).parent.parent / "templates" / "paper").iterdir():
        assert {mark for mark in form.read_text(encoding="utf-8") if ord(mark) not in known} <= {"\n"}


def test_a_face_that_is_not_installed_is_named() -> None:
    with pytest.raises(FaceMissing, match="No Such Face"):
        faces.file_of(Face("No Such Face", "regular"))


HOSTILE = {
    "http picture": '<img src="http://127.0.0.1:9/x.png" alt="x">',
    "https picture": '<img src="https://127.0.0.1:9/x.png" alt="x">',
    "file picture": '<img src="file:///etc/hostname" alt="x">',
    "import": "<style>@import url(http://127.0.0.1:9/x.css);</style>",
    "file import": "<style>@import 'file:///etc/hostname';</style>",
    "stylesheet": '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
    "background": "<p style=\"background: url('ftp://127.0.0.1/x.png')\">x</p>",
    "face": "<style>@font-face{font-family:x;src:url(http://127.0.0.1:9/x.ttf)} p{font-family:x}</style><p>x</p>",
    "attachment": '<link rel="attachment" href="file:///etc/hostname">',
    "svg in svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/hostname" width="9" height="9"/></svg>',
    "relative": '<img src="x.png" alt="x">',
    "network path": '<img src="//127.0.0.1:9/x.png" alt="x">',
    "windows share": '<img src="\\\\127.0.0.1\\share\\x.png" alt="x">',
    "data of another kind": '<img src="data:text/html,%3Cb%3Ex%3C/b%3E" alt="x">',
    "script": '<img src="javascript:1" alt="x">',
    "damaged picture": '<img src="data:image/png;base64,AAAA" alt="x">',
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE)
def test_nothing_is_fetched(html: str) -> None:
    with pytest.raises(NoticeNotRendered) as refused:
        layout.lay_out(
            f"<html lang='zh-CN'><title>x</title><body>{html}</body></html>", serial="X〔2027〕1号", kind="x"
        )
    assert refused.value.serial == "X〔2027〕1号"
    assert isinstance(refused.value, Exception)  # WeasyPrint's own is not: it would pass every handler


def test_a_form_that_names_an_unknown_thing_fails() -> None:
    with pytest.raises(UndefinedError):
        layout._forms().from_string("{{ paper.no_such_field }}").render(paper=a_notice())


def test_a_wording_of_another_kind_fails() -> None:
    with pytest.raises(NoticeNotRendered) as refused:
        layout.render(a_notice(wording=a_letter().wording))
    assert refused.value.field == "wording"
