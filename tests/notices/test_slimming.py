"""A laid-out file made small shows and says what it did before."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import pikepdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from PIL import ImageChops

from models.rules.papers import PaperKind
from notices import layout, slimming, typefaces
from notices.first_wording import FIRST
from notices.specimens import specimen
from notices.strokes import joined
from notices.typefaces import BuiltFace
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
    assert len(pdf) < 72_500  # as layout left it, 100,000


@pytest.mark.parametrize("large", [False, True])
def test_nothing_moves_and_nothing_is_said_otherwise(large: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = a_notice(contracts=2)
    slim = layout.laid_out(paper, large=large)
    assert slim == layout.laid_out(paper, large=large)
    monkeypatch.setattr(slimming, "slim", lambda _document, _faces, **_named: None)
    plain = layout.laid_out(paper, large=large)
    assert len(plain) > len(slim) + 5_000
    (said, seen), (said_before, seen_before) = _looks(slim), _looks(plain)
    assert said == said_before
    for now, before in zip(seen, seen_before, strict=True):
        # An edge may shade a little otherwise; where sides of a table met, a dot was too light.
        assert sum(ImageChops.subtract(now, before).histogram()[48:]) == 0
        assert sum(ImageChops.subtract(before, now).histogram()[48:]) < 20


def _as_another_would(document: pikepdf.Pdf, operator: str) -> None:
    """Draw one step with an operator that layout does not use, or uses otherwise."""
    page: Any = document.pages[0]
    content = page.Contents.read_bytes()
    match operator:
        case "Tj":
            content = content.replace(b"TJ\n", b"TJ\n() Tj\n", 1)
        case "TJ":
            content = content.replace(b"] TJ\n", b"(x)] TJ\n", 1)
        case "Do":
            page.Resources.XObject["/Drawn"] = document.make_stream(b"", Subtype=pikepdf.Name.Form)
        case "scn":
            page.Resources.Pattern = pikepdf.Dictionary({"/P": document.make_stream(b"")})
        case "gs":
            page.Resources.ExtGState["/Soft"] = pikepdf.Dictionary(SMask=pikepdf.Dictionary())
        case _:
            content = content.replace(b"BT\n", f"{operator}\nBT\n".encode(), 1)
    page.Contents = document.make_stream(content)


@pytest.mark.parametrize("operator", ["Tj", "TJ", "Do", "scn", "gs", "BI"])
def test_a_file_drawn_otherwise_stays_as_it_is_and_the_log_names_the_operator(
    operator: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slim, kept = slimming.slim, []

    def meddled(document: pikepdf.Pdf, faces: Sequence[BuiltFace], *, kind: str) -> None:
        _as_another_would(document, operator)
        before = document.pages[0].Contents.read_bytes(), len(document.objects)
        slim(document, faces, kind=kind)
        kept.append((document.pages[0].Contents.read_bytes(), len(document.objects)) == before)

    monkeypatch.setattr(slimming, "slim", meddled)
    paper = a_notice()
    layout.laid_out(paper)
    assert kept == [True]
    (told,) = [record for record in caplog.records if record.name == "notices.slimming"]
    assert told.levelname == "WARNING"
    assert paper.KIND in told.getMessage()
    assert told.getMessage().endswith(f" {operator}")
    for personal in (paper.borrower_name, paper.serial, "周大田", "上湾村", "990102"):
        assert personal not in told.getMessage()


def test_a_file_made_small_is_not_made_small_again(caplog: pytest.LogCaptureFixture) -> None:
    """Its text is in other codes than those of the faces now: doing it again would set other characters."""
    with pikepdf.open(io.BytesIO(layout.laid_out(a_notice()))) as document:
        before = document.pages[0].Contents.read_bytes()
        slimming.slim(document, typefaces.built(), kind="通知书")
        assert document.pages[0].Contents.read_bytes() == before
    assert caplog.messages == ["A paper keeps the large fonts of its layout (通知书): unknown use of the operator TJ"]


def test_no_kind_of_paper_is_drawn_in_a_way_unknown(caplog: pytest.LogCaptureFixture) -> None:
    for kind in PaperKind:
        layout.laid_out(specimen(kind, FIRST[kind], date(2027, 1, 8)))
    assert [record for record in caplog.records if record.name == "notices.slimming"] == []


def test_sides_that_meet_become_one_line_and_nothing_else_does() -> None:
    def side(x: float, y: float, to_x: float, to_y: float, *, opaque: str = "1.0", width: str = "0.5") -> bytes:
        return (
            f"/Artifact\nBMC\nq\nq\n/A{opaque} gs\n0 0 0 RG\n{width} w\n{x} {y} m\n{to_x} {to_y} l\nS\nQ\nQ\nEMC\n"
        ).encode()

    def drawn(*steps: bytes) -> list[list[str]]:
        return re.findall(r"(.+) (.+) m\n(.+) (.+) l", joined(b"".join(steps)).decode())

    assert drawn(side(0, 5, 10.004, 5), side(9.996, 5, 20, 5)) == [("0", "5", "20", "5")]
    assert drawn(side(5, 20, 5, 10), side(5, 0, 5, 10)) == [("5", "0", "5", "20")]
    assert len(drawn(side(0, 5, 10, 5), side(10.1, 5, 20, 5))) == 2  # a gap
    assert len(drawn(side(0, 5, 10, 5), side(0, 6, 10, 6))) == 2  # beside one another
    assert len(drawn(side(0, 5, 10, 5), b"0 0 1 rg\n", side(10, 5, 20, 5))) == 2  # something between
    assert len(drawn(side(0, 5, 10, 5), side(10, 5, 20, 5, width="2"))) == 2
    assert drawn(side(0, 0, 3, 4), side(3, 4, 6, 8)) == [("0", "0", "3", "4"), ("3", "4", "6", "8")]
    clear = side(0, 5, 10, 5, opaque="0.5") * 2
    assert joined(clear) == clear


def test_grounds_drawn_alike_are_drawn_at_once_and_without_their_clips() -> None:
    def ground(x: int, grey: str) -> bytes:
        box = f"{x} 0 10 5 re\n"
        return f"q\n{box}W\nn\n/Artifact\nBMC\nq\n/a1.0 gs\n{grey} {grey} {grey} rg\n{box}W\nn\n{box}f\nQ\nEMC\nQ\n".encode()

    begin = b"/Artifact\nBMC\nq\n/a1.0 gs\n%s rg\n"
    assert joined(ground(0, "0.9") + ground(10, "0.9") + ground(20, "0.8")) == (
        begin % b"0.9 0.9 0.9" + b"0 0 10 5 re\n10 0 10 5 re\nf\nQ\nEMC\n"
        + begin % b"0.8 0.8 0.8" + b"20 0 10 5 re\nf\nQ\nEMC\n"
    )  # fmt: skip
    other = ground(0, "0.9").replace(b"0 0 10 5 re\nf", b"0 0 11 5 re\nf")  # its clip takes something away
    assert joined(other) == other
