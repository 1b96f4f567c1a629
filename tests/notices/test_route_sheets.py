"""A route sheet put together from pieces is the laid-out one: words, places, pages, and what a reader is told."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pdfplumber
import pikepdf
import pypdfium2
import pytest
import zxingcpp
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageChops

from notices import line_breaks, route_specimen, typefaces, working_papers
from notices.cutting import FormUnusable, characters
from notices.line_breaks import Words
from notices.refusals import DoesNotFit
from notices.route_sheets import CoverSheet, RouteLine, RouteSection, RouteSheet

CLOSE = 0.05  # points: 0.02 mm
BESIDES = {"/Span", "/NonStruct"}
"""Kinds of elements that tell a reader nothing."""
OTHER = "共同借款人周大田　云岭助共〔2027〕000123号　核验码 A7KM-3XQ9-RD6T"
LONG_NAME = "买买提吐尔逊·阿卜杜克热木江·热合曼·吐尔洪"


def a_line(order: int = 1, **changes: Any) -> RouteLine:
    facts: dict[str, Any] = {
        "order": order,
        "name": "周晓禾",
        "address": f"云岭区柳溪镇上湾村三组李家院子{order}号",
        "serial": f"云岭助催〔2027〕{order:06d}号",
        "level": "第一次催收",
        "short_code": f"27-{order:05d}-7",
        "check_url": f"https://portal.example.cn/check/A7KM-3XQ9-{order:04d}",
    }
    return RouteLine(**(facts | changes))


def a_section(count: int = 1, *, lines: tuple[RouteLine, ...] = (), **changes: Any) -> RouteSection:
    facts: dict[str, Any] = {"village": "柳溪镇上湾村", "school": "云岭区柳溪中心学校", "member": "林老师"}
    return RouteSection(**(facts | changes), lines=lines or tuple(a_line(order) for order in range(1, count + 1)))


def a_sheet(*sections: RouteSection, is_demo: bool = False) -> RouteSheet:
    return RouteSheet(
        serial="第3批 第1份文件",
        issued_on=date(2027, 1, 8),
        issuing_unit="云岭区学生资助管理中心",
        sections=sections or (a_section(2),),
        wording_version="1",
        is_demo=is_demo,
    )


def _edge(first: int, count: int) -> RouteSection:
    """Return a section whose first door is so many lines high: its last rows come near the end of a page."""
    low = tuple(a_line(order, address="云") for order in range(2, count + 1))
    return a_section(lines=(a_line(others=("云",) * first), *low))


SHEETS = {
    "two doors": a_sheet(),
    "demonstration": a_sheet(is_demo=True),
    "two villages, one of three pages": a_sheet(a_section(3), a_section(21, village="北坪镇大石桥村")),
    "rare characters": a_sheet(a_section(lines=(a_line(name="周䶮㛃𬱖", address="云岭区𬱖家湾"),))),
    "names and addresses over lines": a_sheet(
        a_section(
            lines=(
                a_line(name=LONG_NAME, address="云岭区柳溪镇（老供销社旁）G310国道“大院”3-2-501室、Unit 12B，门朝东。" * 2),
                a_line(2, name="Ли·Wei伟<b>&", address="云岭区  柳溪镇\n三组"),
                a_line(3, address=""),
            )
        )
    ),
    "co-borrowers at the door": a_sheet(a_section(lines=tuple(a_line(n, others=(OTHER,) * n) for n in range(1, 7)))),
    "what stands over a table": a_sheet(
        *(
            a_section(village="柳" * (place % 31 + 1), school="校" * (place * 7 % 23), member="员" * (place * 5 % 11))
            for place in range(40)
        )
    ),
    "ends of pages": a_sheet(*(_edge(first, count) for first in range(0, 17, 2) for count in (7, 8))),
}  # fmt: skip


@cache
def pair(name: str, *, reprint: bool = False) -> tuple[bytes, bytes]:
    sheet = SHEETS[name]
    return working_papers.laid_out(sheet, reprint=reprint), working_papers.composed(sheet, reprint=reprint)


def letters(pdf: bytes) -> list[tuple[Any, ...]]:
    """What is drawn with ink, in the order drawn: page, character, face, colour; then where and how large."""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return [
            (page.page_number, one["text"], one["fontname"].partition("+")[2], one["non_stroking_color"], one["x0"], one["top"], one["size"])
            for page in document.pages
            for one in page.chars
            if one["text"].strip()
        ]  # fmt: skip


def assert_the_same(laid: bytes, composed: bytes) -> None:
    here, there = letters(composed), letters(laid)
    assert [one[:4] for one in here] == [one[:4] for one in there]
    for mine, theirs in zip(here, there, strict=True):
        assert max(abs(a - b) for a, b in zip(mine[4:], theirs[4:], strict=True)) <= CLOSE, (mine, theirs)


def elements(pdf: bytes) -> Iterator[tuple[str, pikepdf.Dictionary]]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        waiting: list[Any] = [document.Root.StructTreeRoot.K]
        while waiting:
            one = waiting.pop()
            if isinstance(one, pikepdf.Array):
                waiting += reversed(list(one))
            elif isinstance(one, pikepdf.Dictionary) and "/S" in one:
                yield str(one.S), one
                waiting.append(one.get("/K"))


@pytest.mark.parametrize("name", SHEETS)
def test_the_same_words_in_the_same_places(name: str) -> None:
    assert_the_same(*pair(name))


def test_the_line_under_a_table_is_never_alone_on_a_page() -> None:
    for pdf in pair("ends of pages"):
        with pypdfium2.PdfDocument(pdf) as document:
            assert all("本人签收" in page.get_textpage().get_text_bounded() for page in document)


@pytest.mark.parametrize("name", ["two doors", "demonstration"])
def test_a_reprint_is_marked_alike(name: str) -> None:
    laid, composed = pair(name, reprint=True)
    assert_the_same(laid, composed)
    assert {"补", "打"} <= {one[1] for one in letters(composed)}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["周晓禾", LONG_NAME, "Ли Wei伟<b>&", "周䶮㛃𬱖"]),
            st.lists(
                st.sampled_from(
                    ["云岭区", "柳溪镇", "3-2-501室", "（老供销社旁）", "Unit 12B", "·", "，", "“大院”", "阿卜杜热西提",
                     "1栋2单元", "#", "A座", "、", "—", "。", "G310国道旁", "  ", "/", "5", "2026", "％", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
                ),
                max_size=14,
            ).map("".join),
            st.integers(0, 5),
        ),
        min_size=1,
        max_size=12,
    )
)  # fmt: skip
@settings(max_examples=12, deadline=None)
def test_lines_break_and_pages_end_where_layout_ends_them(doors: list[tuple[str, str, int]]) -> None:
    lines = tuple(
        a_line(order, name=name, address=address.strip(), others=(OTHER,) * others)
        for order, (name, address, others) in enumerate(doors, start=1)
    )
    sheet = a_sheet(a_section(lines=lines))
    assert_the_same(working_papers.laid_out(sheet), working_papers.composed(sheet))


@pytest.mark.parametrize("name", ["demonstration", "rare characters", "names and addresses over lines"])
def test_the_pages_look_the_same(name: str) -> None:
    looks = []
    for pdf in pair(name):
        with pypdfium2.PdfDocument(pdf) as document:
            looks.append([page.render(scale=200 / 72, grayscale=True).to_pil() for page in document])
    for mine, theirs in zip(*looks, strict=True):
        counts = ImageChops.difference(mine, theirs).histogram()
        assert sum(counts[128:]) / sum(counts) < 0.001  # edges of dots


def test_every_door_shows_its_own_code() -> None:
    name = "two villages, one of three pages"
    expected = [line.check_url for section in SHEETS[name].sections for line in section.lines]
    found: list[str] = []
    with pypdfium2.PdfDocument(pair(name)[1]) as document:
        for page in document:
            codes = zxingcpp.read_barcodes(page.render(scale=200 / 72).to_pil())
            found += [code.text for code in sorted(codes, key=lambda one: one.position.top_left.y)]
    assert found == expected


def test_rare_characters_have_outlines() -> None:
    rare = set("䶮㛃𬱖")
    with pikepdf.open(io.BytesIO(pair("rare characters")[1])) as document:
        for font in document.pages[0].Resources.Font.values():
            codes = {said: code for code, said in characters(font).items()}
            data = font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()
            glyphs = TTFont(io.BytesIO(data))["glyf"]
            for character in rare & set(codes):
                assert glyphs[glyphs.glyphOrder[codes[character]]].numberOfContours > 0
                rare.discard(character)
    assert not rare


@pytest.mark.parametrize("name", ["two doors", "names and addresses over lines"])
def test_a_reader_is_told_the_same_in_the_same_order(name: str) -> None:
    laid, composed = ([kind for kind, _one in elements(pdf) if kind not in BESIDES] for pdf in pair(name))
    assert composed == laid
    assert all(one.A.Scope == "/Column" for kind, one in elements(pair(name)[1]) if kind == "/TH")


def test_a_table_that_goes_on_is_one_table_with_one_head() -> None:
    kinds = [kind for kind, _one in elements(pair("two villages, one of three pages")[1])]
    counts = {kind: kinds.count(kind) for kind in ("/Sect", "/H1", "/Table", "/THead", "/TR", "/Figure")}
    assert counts == {"/Sect": 2, "/H1": 2, "/Table": 2, "/THead": 2, "/TR": 2 + 24, "/Figure": 24}


def test_each_code_has_words_for_who_does_not_see_it() -> None:
    alternatives = [[str(one.Alt) for kind, one in elements(pdf) if kind == "/Figure"] for pdf in pair("two doors")]
    assert (
        alternatives[0]
        == alternatives[1]
        == ["云岭助催〔2027〕000001号的核验二维码", "云岭助催〔2027〕000002号的核验二维码"]
    )


def test_each_mark_of_a_page_belongs_to_one_element() -> None:
    with pikepdf.open(io.BytesIO(pair("two villages, one of three pages")[1])) as document:
        parents = list(document.Root.StructTreeRoot.ParentTree.Nums)
        for number, page in enumerate(document.pages):
            assert page.StructParents == parents[2 * number] == number
            begun = [step for step in pikepdf.parse_content_stream(page) if str(step.operator) == "BDC"]
            marks = [int(step.operands[1].MCID) for step in begun]
            owners = list(parents[2 * number + 1])
            assert sorted(marks) == list(range(len(owners)))
            assert all(mark in list(owners[mark].K) and owners[mark].Pg.objgen == page.obj.objgen for mark in marks)


def test_the_file_is_whole_and_says_what_it_is() -> None:
    laid, composed = pair("demonstration")
    with pikepdf.open(io.BytesIO(laid)) as theirs, pikepdf.open(io.BytesIO(composed)) as mine:
        assert not mine.check_pdf_syntax()
        for name in ("/Title", "/Author"):
            assert mine.docinfo[name] == theirs.docinfo[name]
        assert mine.Root.ViewerPreferences.DisplayDocTitle
        assert mine.Root.MarkInfo.Marked
        assert str(mine.Root.Lang) == str(theirs.Root.Lang)
        with mine.open_metadata() as here, theirs.open_metadata() as there:
            for name in ("dc:title", "dc:creator", "xmp:CreateDate", "pdfuaid:part"):
                assert here[name] == there[name]
        with mine.open_outline() as here, theirs.open_outline() as there:
            assert [one.title for one in here.root] == [one.title for one in there.root]
        for page in mine.pages:
            assert page.MediaBox == theirs.pages[0].MediaBox
            for font in page.Resources.Font.values():
                data = font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()
                TTFont(io.BytesIO(data), checkChecksums=2)["glyf"].glyphs  # noqa: B018 - reads or raises
    assert working_papers.composed(SHEETS["demonstration"]) == composed


TOO_MUCH = {
    "a row higher than a page": a_sheet(a_section(lines=(a_line(others=("云",) * 70),))),
    "a village wider than a line": a_sheet(a_section(village="柳" * 60)),
    "a character our faces leave to the system's": a_sheet(a_section(lines=(a_line(name="한글"),))),
    "no name": a_sheet(a_section(lines=(a_line(name=" "),))),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_does_not_fit_is_laid_out(name: str) -> None:
    with pytest.raises(DoesNotFit):
        working_papers.composed(TOO_MUCH[name])
    assert working_papers.render(TOO_MUCH[name]) == working_papers.laid_out(TOO_MUCH[name])


def test_what_fits_is_put_together() -> None:
    assert working_papers.render(SHEETS["two doors"]) == pair("two doors")[1]


def test_without_built_faces_it_is_laid_out(tmp_path: Path) -> None:
    there = typefaces.folder()
    try:
        typefaces.use(tmp_path)
        with pytest.raises(DoesNotFit):
            working_papers.composed(a_sheet())
        assert working_papers.render(a_sheet()).startswith(b"%PDF-")
    finally:
        typefaces.use(there)


def test_a_form_that_looks_otherwise_is_laid_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def otherwise(*_args: object) -> None:
        raise FormUnusable("the specimen of a route sheet looks otherwise")

    monkeypatch.setattr(route_specimen, "form_of", otherwise)
    assert working_papers.render(a_sheet()) == working_papers.laid_out(a_sheet())
    assert "Route sheets are laid out whole" in caplog.text


def test_layout_is_asked_only_for_what_needs_more_than_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = line_breaks.broken

    def counted(words: Any, **known: Any) -> Any:
        asked.extend(one.text for one in words)
        return real(words, **known)

    monkeypatch.setattr(line_breaks, "broken", counted)
    long = "云岭区柳溪镇上湾村三组李家院子18号"
    working_papers.composed(
        a_sheet(a_section(lines=(a_line(address="云岭区"), a_line(2, address=long), a_line(3, address=long))))
    )
    assert asked == [long]


def test_more_lines_than_a_page_holds_are_found_again() -> None:
    asked = [Words(f"{number}号：{OTHER}") for number in range(500)]
    found = line_breaks.broken(asked, paper=a_sheet(), faces=typefaces.built())
    assert list(found) == asked
    assert {len(lines) for lines in found.values()} == {3}  # 1,500 lines; a page holds some 1,240


def _cover(villages: int) -> CoverSheet:
    return CoverSheet(
        serial="第3批 第1份文件", issued_on=date(2027, 1, 8), issuing_unit="云岭区学生资助管理中心", what="春季", part="第1份",
        papers=2, route_sheets=1, reprints=0, first_serial="一", last_serial="二", fetched_by="林老师",
        villages=tuple(f"柳溪镇上湾{number}村" for number in range(villages)), wording_version="1", is_demo=False,
    )  # fmt: skip


def test_a_cover_sheet_is_laid_out() -> None:
    assert working_papers.render(_cover(3)) == working_papers.laid_out(_cover(3))


def test_a_cover_sheet_of_many_villages_takes_little_more_than_one_of_few() -> None:
    def busy(villages: int) -> float:
        begin = time.process_time()
        working_papers.render(_cover(villages))
        return time.process_time() - begin

    busy(1)
    assert busy(198) < 15 * min(busy(12) for _ in range(3))  # 60 times while the table measured all their names
