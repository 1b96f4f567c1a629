"""Makes a laid-out file small: its fonts are written anew as those of the stamp, and its text in their codes.

Layout keeps the glyph numbers of the whole face: each font of a paper then carries tables for tens of thousands of
glyphs that are not there, and tables that a PDF never reads. The subsets written by hand hold the characters of the
paper and nothing else. What is drawn, where, and what a reader extracts stays the same.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import pikepdf

from notices.subsets import Subset, tag
from notices.typefaces import BuiltFace

_PAIR = re.compile(rb"<([0-9a-f]{4})> <([0-9a-f]+)>")
_SELECT, _SHOW = pikepdf.Operator("Tf"), pikepdf.Operator("TJ")
_DRAWN = frozenset(map(pikepdf.Operator, ("re", "m", "l", "c")))
_OTHER_SHOWS = frozenset(map(pikepdf.Operator, ("Tj", "'", '"')))
_LEVEL = 9


class _Unknown(Exception):
    """A file is written in a way that this room does not know: it stays as it is."""


def slim(document: pikepdf.Pdf, faces: Sequence[BuiltFace]) -> None:
    """Write the fonts of a laid-out file anew that are set in built faces; others stay as they are.

    Lines that hold marks of a form keep their codes, and marks come into no subset: the form is cut at them.
    """
    try:
        fonts = _fonts(document, faces)
        pages = [(page, pikepdf.parse_content_stream(page)) for page in document.pages]
        for page, steps in pages:
            for step, font in _followed(page, steps, fonts):
                if font is not None:
                    font.use(step.operands[0])
    except _Unknown:
        return
    for page, steps in pages:
        content = pikepdf.unparse_content_stream([_rewritten(*one) for one in _followed(page, steps, fonts)])
        page.obj.Contents = document.make_stream(zlib.compress(content, _LEVEL), Filter=pikepdf.Name.FlateDecode)
    for font in fonts.values():
        font.write(document)


class _Font:
    """One font of the file: what its codes say, and which of them are shown."""

    def __init__(self, font: Any, face: BuiltFace) -> None:  # noqa: ANN401 - a value of a PDF
        self._font = font
        self._face = face
        self._said = {
            int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
            for code, text in _PAIR.findall(font.ToUnicode.read_bytes())
        }
        self._subset: Subset | None = None
        self._used: set[int] = set()

    def use(self, pieces: Iterable[Any]) -> None:
        """Note which characters an array of strings and shifts shows.

        Raises:
            _Unknown: a glyph does not stand for one character.

        """
        shown = {number for piece in pieces if isinstance(piece, pikepdf.String) for number in _numbers(piece)}
        new = {number for number in shown - self._used if self._face.mark_of(number) is None}
        if any(self._face.number(self._said.get(number, "")) != number for number in new):
            raise _Unknown
        self._used |= new

    @property
    def subset(self) -> Subset:
        """What was used, once all is known."""
        if self._subset is None:
            self._subset = Subset(self._face, {self._said[number] for number in self._used})
        return self._subset

    def shown(self, pieces: Iterable[Any]) -> list[Any]:
        """Return an array of strings and shifts in the subset's codes, strings joined where nothing shifts them."""
        out: list[Any] = []
        joined = b""
        for piece in pieces:
            if isinstance(piece, pikepdf.String):
                numbers = _numbers(piece)
                if any(self._face.mark_of(number) is not None for number in numbers):
                    return list(pieces)
                joined += b"".join(self.subset.codes[ord(self._said[number])].to_bytes(2) for number in numbers)
            elif piece != 0:
                out += [pikepdf.String(joined), piece] if joined else [piece]
                joined = b""
        return [*out, pikepdf.String(joined)] if joined else out

    def write(self, document: pikepdf.Pdf) -> None:
        """Put the subset in the place of the font that layout embedded."""
        data = self.subset.truetype()
        font, descendant = self._font, self._font.DescendantFonts[0]
        descriptor = descendant.FontDescriptor
        name = pikepdf.Name(f"/{tag(data)}+{self._face.postscript_name}")
        font.BaseFont = descendant.BaseFont = descriptor.FontName = name
        descendant.W = pikepdf.Array([0, pikepdf.Array(self.subset.widths())])
        descriptor.FontFile2 = _packed(document, data, Length1=len(data))
        font.ToUnicode = _packed(document, self.subset.to_unicode())


def _packed(document: pikepdf.Pdf, data: bytes, **entries: int) -> pikepdf.Object:
    return document.make_stream(zlib.compress(data, _LEVEL), Filter=pikepdf.Name.FlateDecode, **entries)


def _fonts(document: pikepdf.Pdf, faces: Sequence[BuiltFace]) -> dict[tuple[int, int], _Font]:
    """Return the fonts that are set in built faces, by their numbers in the file.

    Raises:
        _Unknown: something other than a page draws text.

    """
    by_name = {face.postscript_name: face for face in faces}
    found: dict[tuple[int, int], _Font] = {}
    for page in document.pages:
        resources: Any = page.Resources
        if any(picture.get("/Subtype") != "/Image" for picture in resources.get("/XObject", {}).values()):
            raise _Unknown
        for font in resources.get("/Font", {}).values():
            face = by_name.get(str(font.BaseFont).partition("+")[2])
            if face is not None and font.objgen not in found:
                found[font.objgen] = _Font(font, face)
    return found


def _followed(
    page: pikepdf.Page, steps: Iterable[Any], fonts: dict[tuple[int, int], _Font]
) -> Iterator[tuple[Any, _Font | None]]:
    """Follow what a page draws; with each step that shows text goes its font, if that is to be written anew.

    Raises:
        _Unknown: text is shown in a way that layout does not have.

    """
    resources: Any = page.Resources
    named = {name: fonts.get(font.objgen) for name, font in resources.get("/Font", {}).items()}
    selected: _Font | None = None
    for step in steps:
        operator = step.operator
        if operator == _SELECT:
            selected = named[str(step.operands[0])]
        if selected is not None and operator in _OTHER_SHOWS:
            raise _Unknown
        yield step, selected if operator == _SHOW else None


def _rewritten(step: Any, font: _Font | None) -> Any:  # noqa: ANN401 - a step of drawing
    """Return a step of drawing, text in the subset's codes, lines to the hundredth of a unit: 0.003 mm."""
    if font is not None:
        return [pikepdf.Array(font.shown(step.operands[0]))], _SHOW
    operator = step.operator
    # Steps that stay are handed on: thousands of copies set the collector of garbage going for every paper.
    return ([_rounded(number) for number in step.operands], operator) if operator in _DRAWN else step


def _rounded(number: Any) -> Any:  # noqa: ANN401 - a number of a PDF
    return round(number, 2) if isinstance(number, Decimal) else number


def _numbers(codes: pikepdf.String) -> tuple[int, ...]:
    data = bytes(codes)
    return struct.unpack(f">{len(data) // 2}H", data)
