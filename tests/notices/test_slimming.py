"""A laid-out file made small shows and says what it did before."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from PIL import ImageChops

from notices import layout, slimming, typefaces
from tests.notices.samples import a_notice

DOTS = 200 / 72  # a scanner's 200 dpi


def _fonts(pdf: bytes) -> dict[str, Any]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return {
            str(font.BaseFont).partition("+")[2]: (
                font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes(),
                font.ToUnicode.read_bytes(),
            )
            for page in document.pages
            for font in page.Resources.Font.values()
        }


def _looks(pdf: bytes) -> tuple[list[str], list[Any]]:
    with pypdfium2.PdfDocument(pdf) as document:
        return (
            [page.get_textpage().get_text_bounded() for page in document],
            [page.render(scale=DOTS, grayscale=True).to_pil() for page in document],
        )


def test_fonts_hold_what_is_shown_and_no_more() -> None:
    pdf = layout.laid_out(a_notice(contracts=4))
    faces = _fonts(pdf)
    assert set(faces) == {face.postscript_name for face in typefaces.built()}
    for data, unicode in faces.values():
        font = TTFont(io.BytesIO(data))
        assert set(font.reader.keys()) == {"glyf", "head", "hhea", "hmtx", "loca", "maxp"}
        assert font["maxp"].numGlyphs < 400
        assert unicode.count(b"<") > font["maxp"].numGlyphs
    assert len(pdf) < 80_000  # 77 KB; as layout left it, 102 KB


@pytest.mark.parametrize("large", [False, True])
def test_nothing_moves_and_nothing_is_said_otherwise(large: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = a_notice(contracts=2)
    slim = layout.laid_out(paper, large=large)
    assert slim == layout.laid_out(paper, large=large)
    monkeypatch.setattr(slimming, "slim", lambda _document, _faces: None)
    plain = layout.laid_out(paper, large=large)
    assert len(plain) > len(slim) + 5_000
    (said, seen), (said_before, seen_before) = _looks(slim), _looks(plain)
    assert said == said_before
    for now, before in zip(seen, seen_before, strict=True):
        assert sum(ImageChops.difference(now, before).histogram()[48:]) == 0  # an edge may shade a little otherwise


def test_a_file_written_otherwise_stays_as_it_is() -> None:
    pdf = layout.laid_out(a_notice())
    with pikepdf.open(io.BytesIO(pdf)) as document:
        content = document.pages[0].Contents.read_bytes()
        document.pages[0].Contents = document.make_stream(content.replace(b"TJ\n", b"TJ\n() Tj\n"))
        before = document.pages[0].Contents.read_bytes()
        slimming.slim(document, typefaces.built())
        assert document.pages[0].Contents.read_bytes() == before
    # Its text is in other codes than those of the faces now: slimming it again would set other characters.
    with pikepdf.open(io.BytesIO(pdf)) as document:
        slimming.slim(document, typefaces.built())
        assert document.pages[0].Contents.read_bytes() == content
