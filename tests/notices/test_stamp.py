"""Stamped notices are the laid-out ones: words, places, order, tags; and what does not fit is laid out."""

from __future__ import annotations

import io
import subprocess
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pdfplumber
import pikepdf
import pytest
import zxingcpp
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError
from PIL import Image

from models.rules.notices import NoticeLevel
from notices import cutting, layout, stamp, typefaces, words
from notices.content import CoBorrowerLine, NoticeContent
from notices.refusals import DoesNotFit
from tests.notices.samples import a_contract, a_notice

MM = 72 / 25.4
BIG = Decimal("199999.99")
TWO = (CoBorrowerLine(name="周大田", relation="父亲"), CoBorrowerLine(name="古丽巴哈尔·买买提", relation="母亲"))
PAPERS = {
    "shortest": a_notice(contracts=1, borrower_name="丁一", co_borrowers=(), address_lines=(), village="上湾村", school_name="村小"),
    "three": a_notice(contracts=3),
    "four": a_notice(contracts=4, level=NoticeLevel.SECOND),
    "seven": a_notice(contracts=7, level=NoticeLevel.FINAL, co_borrowers=TWO),
    "twelve": a_notice(contracts=12, is_demo=True),
    "long": a_notice(
        contracts=2,
        borrower_name="阿卜杜热合曼·买买提吐尔逊",
        co_borrowers=(CoBorrowerLine(name="买买提吐尔逊·阿卜杜热", relation="父亲"),),
        address_lines=("云岭区柳溪镇上湾行政村第三村民小组", "水库移民安置点18号院2单元"),
        school_name="云岭区柳溪镇九年一贯制寄宿中心学校（含上湾教学点）",
    ),
    "rare": a_notice(borrower_name="周䶮", co_borrowers=(CoBorrowerLine(name="周𬱖㛃", relation="父亲"),)),
    "large figures": a_notice(
        lines=(
            a_contract(amount=BIG, overdue_principal=BIG, overdue_interest=Decimal(0), penalty=Decimal(0), overdue_total=BIG, signed_on=None),
            a_contract(1),
        )
    ),
    "typed": a_notice(school_name="<b>{{7*7}}</b> & (第2)校", masked_id="*"),
}  # fmt: skip


@cache
def pair(name: str, *, reprint: bool = False) -> tuple[bytes, bytes]:
    return layout.laid_out(PAPERS[name], reprint=reprint), layout.stamped(PAPERS[name], reprint=reprint)


def text(pdf: bytes) -> str:
    return subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def letters(pdf: bytes) -> list[tuple[Any, ...]]:
    """What is drawn, in the order drawn: page, character, face, place in the tags; then where and how large."""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return [
            (page.page_number, one["text"], one["fontname"].partition("+")[2], one["mcid"], one["tag"], one["x0"], one["doctop"], one["size"])
            for page in document.pages
            for one in page.chars
        ]  # fmt: skip


def tags(pdf: bytes) -> list[Any]:
    """The structure tree, each element with its attributes and its pieces of content."""

    def told(one: Any, root: Any) -> Any:
        if isinstance(one, int):
            return one
        if isinstance(one, pikepdf.Array):
            return [told(kid, root) for kid in one]
        if one.get("/Type") == "/MCR":
            return ("MCR", int(one.MCID))
        named = {
            name: str(value) for name, value in one.items() if name in {"/S", "/Alt", "/Lang", "/T", "/ActualText"}
        }
        attributes = one.get("/A")
        named["/A"] = attributes.unparse(resolved=True) if attributes is not None else b""
        return (sorted(named.items()), told(one.K, root) if "/K" in one else None)

    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root.StructTreeRoot
        return [told(root.K, root), len(document.pages), str(document.Root.Lang)]


def fonts(pdf: bytes) -> list[str]:
    rows = (
        subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode().splitlines()[2:]
    )
    assert all(row.split()[-5:-2] == ["yes", "yes", "yes"] for row in rows)  # embedded, subset, map to Unicode
    return [row.split()[0] for row in rows]


def test_our_faces_are_built() -> None:
    assert [face.family for face in typefaces.built()] == ["Notice Serif", "Notice Sans", "Notice Sans"]


@pytest.mark.parametrize("name", PAPERS)
def test_the_same_words_in_the_same_order(name: str) -> None:
    laid, stamped = pair(name)
    assert text(stamped) == text(laid)


@pytest.mark.parametrize("name", PAPERS)
def test_the_same_places_within_three_tenths_of_a_millimetre(name: str) -> None:
    laid, stamped = (letters(pdf) for pdf in pair(name))
    assert [one[:5] for one in stamped] == [one[:5] for one in laid]
    for here, there in zip(stamped, laid, strict=True):
        for mine, theirs in zip(here[5:], there[5:], strict=True):
            assert abs(mine - theirs) <= 0.3 * MM, (here, there)


@pytest.mark.parametrize("name", PAPERS)
def test_the_same_tags(name: str) -> None:
    laid, stamped = pair(name)
    assert tags(stamped) == tags(laid)


@pytest.mark.parametrize("name", ["three", "seven"])
def test_a_reprint_is_marked_alike(name: str) -> None:
    laid, stamped = pair(name, reprint=True)
    assert text(stamped) == text(laid)
    assert "补打" in text(stamped).replace("\n", "")


@pytest.mark.parametrize("name", PAPERS)
def test_a_stamped_file_is_whole(name: str) -> None:
    with pikepdf.open(io.BytesIO(pair(name)[1])) as document, pikepdf.open(io.BytesIO(pair(name)[0])) as laid:
        assert not document.check_pdf_syntax()
        assert str(document.docinfo["/Title"]) == PAPERS[name].title
        assert dict(document.docinfo.items()) == dict(laid.docinfo.items())
        assert document.Root.Metadata.read_bytes() == laid.Root.Metadata.read_bytes()
        assert document.Root.ViewerPreferences.DisplayDocTitle
        for page in document.pages:
            for font in page.Resources.Font.values():
                descendant = font.DescendantFonts[0]
                assert font.BaseFont == descendant.BaseFont == descendant.FontDescriptor.FontName
                data = descendant.FontDescriptor.FontFile2.read_bytes()
                TTFont(io.BytesIO(data), checkChecksums=2)["glyf"].glyphs  # noqa: B018 - reads or raises


def test_every_subset_has_a_name_of_its_own() -> None:
    one, other = fonts(pair("three")[1]), fonts(layout.stamped(replace(PAPERS["three"], borrower_name="钱二")))
    assert len(set(one)) == len(one) == 5
    # The form's own subsets are one and the same; the words' are not, where a word differs.
    assert 3 <= len(set(one) & set(other)) < 5


def test_the_code_in_the_picture_is_this_notices_own() -> None:
    address = "https://portal.example.cn/check/B8KM-3XQ9-RD6T"
    pdf = layout.stamped(a_notice(check_url=address))
    seen = subprocess.run(["pdftoppm", "-r", "200", "-png", "-"], input=pdf, capture_output=True, check=True).stdout
    assert [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(seen)))] == [address] * 2


def test_no_word_of_another_notice_is_left_in_the_file() -> None:
    pair("three")
    other = layout.stamped(
        a_notice(borrower_name="钱二", serial="云岭助催〔2027〕000999号", masked_id="880102********0001")
    )
    said = text(other)
    assert "周晓禾" not in said
    assert "000123" not in said
    with pikepdf.open(io.BytesIO(other)) as document:
        document.flatten_annotations()
        for one in document.objects:
            data = one.read_bytes() if isinstance(one, pikepdf.Stream) else one.unparse(resolved=True)
            assert b"000123" not in data
            assert "周晓禾".encode("utf-16-be") not in data


def test_rendering_stamps_what_fits_and_equal_content_gives_equal_bytes() -> None:
    for name, paper in PAPERS.items():
        assert layout.render(paper) == pair(name)[1]


TOO_MUCH = {
    "wide name": a_notice(borrower_name="阿卜杜热合曼·买买提吐尔逊·阿卜杜克热木江" * 3),
    "wide number": a_notice(lines=(a_contract(contract_no="云岭学贷字第990100-2018-0001-ABCDEFGH号"),)),
    "wide home": a_notice(address_lines=("云岭区柳溪镇" * 12,)),
    "a character our faces leave to the system's": a_notice(school_name="云岭区한글학교"),
    "blanks": a_notice(borrower_name="周  晓禾"),
    "a blank at the end": a_notice(village="上湾村", address_lines=(), school_name="x", borrower_name="周晓禾 "),
    "an empty word": a_notice(check_code=""),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_does_not_fit_is_laid_out(name: str) -> None:
    with pytest.raises(DoesNotFit):
        layout.stamped(TOO_MUCH[name])
    assert layout.render(TOO_MUCH[name]) == layout.laid_out(TOO_MUCH[name])


def test_without_built_faces_everything_is_laid_out(tmp_path: Path) -> None:
    there = typefaces.folder()
    try:
        typefaces.use(tmp_path)
        assert typefaces.built() == ()
        with pytest.raises(DoesNotFit):
            layout.stamped(a_notice())
        pdf = layout.render(a_notice())
    finally:
        typefaces.use(there)
    assert {name.partition("+")[2] for name in fonts(pdf)} == {
        "Noto-Sans-CJK-SC",
        "Noto-Sans-CJK-SC-Bold",
        "Noto-Serif-CJK-SC",
    }
    # The system's faces kern: lines may break elsewhere, the words are the same.
    assert "".join(text(pdf).split()) == "".join(text(pair("three")[0]).split())


NAMES = st.text(alphabet="周晓禾大田欧阳娜阿·尔䶮㛃A1", min_size=1, max_size=8)
YUAN = st.decimals(min_value="0.01", max_value="99999.99", places=2)


@given(NAMES, st.lists(NAMES, min_size=1, max_size=3), YUAN, YUAN, st.dates(date(2016, 1, 1), date(2026, 12, 1)))
@settings(max_examples=12)
def test_whatever_is_stamped_reads_as_if_laid_out(
    name: str, address: list[str], principal: Decimal, penalty: Decimal, signed_on: date
) -> None:
    line = a_contract(
        overdue_principal=principal,
        penalty=penalty,
        signed_on=signed_on,
        overdue_total=principal + Decimal(448) + penalty,
    )
    paper = a_notice(lines=(line,), borrower_name=name, address_lines=tuple(address))
    assert text(layout.stamped(paper)) == text(layout.laid_out(paper))


@given(st.data())
@settings(max_examples=20)
def test_the_frame_and_the_words_are_the_whole_notice(data: st.DataObject) -> None:
    """A field that neither changes the frame nor a word would be printed wrong from the second notice on."""
    changed = {"lender_name": "另一家银行", "issuing_unit": "另一中心", "authority": "另一句。", "landline": "0990-5559999",
               "issued_on": date(2027, 1, 9), "data_on": date(2027, 1, 6), "pay_by": date(2027, 2, 21), "is_demo": True,
               "level": NoticeLevel.FINAL, "channels": ("甲",), "next_steps": ("乙",), "relief_options": ("丙",),
               "wording_version": "x", "wording": (), "serial": "X", "check_code": "X", "school_name": "X", "borrower_name": "X",
               "masked_id": "X", "co_borrowers": (), "village": "X", "address_lines": (), "contracts": (), "total": Decimal(1)}  # fmt: skip
    assert set(changed) | {"check_url"} == {field.name for field in fields(NoticeContent)}
    name = data.draw(st.sampled_from(sorted(changed)))
    one, other = a_notice(), replace(a_notice(), **{name: changed[name]})
    assert (words.frame(one), words.words(one)) != (words.frame(other), words.words(other))


def test_a_form_cannot_reach_the_words_but_by_their_names() -> None:
    shared = words.frame(a_notice()).for_form()
    for name in words.KINDS[NoticeContent].varying:
        with pytest.raises(UndefinedError):
            layout._forms().from_string("{{ paper." + name + " }}").render(paper=shared)


def _form(html: str, count: int) -> stamp.Form:
    pdf = layout.lay_out(
        f"<html lang='zh-CN'><title>标题</title><style>.m{{font-family:'Notice Serif';text-align:justify;text-align-last:justify}}</style><body>{html}</body></html>",
        serial="",
        kind="通知书",
    )
    return stamp.Form(pdf, typefaces.built(), words=count)


def test_a_form_with_a_mark_beside_other_text_or_without_one_is_not_used() -> None:
    first, second = cutting.marks(2)
    with pytest.raises(cutting.FormUnusable, match="shares"):
        _form(f"<p class=m>前{cutting.marked(first)}</p>", 1)
    with pytest.raises(cutting.FormUnusable, match="shares"):
        _form(f"<p class=m>{first}</p>", 1)
    with pytest.raises(cutting.FormUnusable, match="came out"):
        _form(f"<p class=m>{cutting.marked(first)}</p>", 2)
    with pytest.raises(cutting.FormUnusable, match="picture"):
        _form(f"<p class=m>{cutting.marked(first)}</p><p class=m>{cutting.marked(second)}</p>", 2)
    with pytest.raises(cutting.FormUnusable, match="too many"):
        cutting.marks(typefaces.MARKS)


def test_a_notice_of_very_many_contracts_is_laid_out() -> None:
    many = a_notice(contracts=130)
    with pytest.raises(DoesNotFit):
        layout.stamped(many)


def test_a_stamped_notice_brings_two_faces_of_its_own() -> None:
    with pikepdf.open(io.BytesIO(layout.stamped(a_notice()))) as document:
        fonts: Any = document.pages[0].Resources.Font
        own = {str(font.BaseFont).partition("+")[2] for name, font in fonts.items() if name[2:].isdigit()}
    assert own == {"Notice-Sans", "Notice-Sans-Bold"}  # a third costs a sixth of its time
