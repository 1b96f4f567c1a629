"""Makes a laid-out file small: its fonts are written anew as those of the stamp, and its text in their codes.

Layout keeps the glyph numbers of the whole face: each font of a paper then carries tables for tens of thousands of
glyphs that are not there, and tables that a PDF never reads. The subsets written by hand hold the characters of the
paper and nothing else. What is drawn, where, and what a reader extracts stays the same.

Pages are read line by line, as layout writes them: a parser that makes objects of each step takes five times as long.
"""

from __future__ import annotations

import logging
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pikepdf

from notices.strokes import joined
from notices.subsets import Subset, tag
from notices.typefaces import BuiltFace

_PAIR = re.compile(rb"<([0-9a-f]{4})> <([0-9a-f]+)>")
# Possessive: a line that does not match is given up at once, not after trying each way to cut its numbers.
_SHOWN = re.compile(rb"\[((?:<(?:[0-9a-f]{4})*+>|-?[\d.]++(?:e-\d++)?| )*+)\] TJ")
_PIECE = re.compile(rb"<([0-9a-f]*)>|([^< ]+)")
_OPERANDS = re.compile(rb"|/[\w.]+|<<.*>>")
_BESIDE_TEXT = frozenset(
    b"q Q cm gs RG rg G g K k CS cs SC SCN sc scn w J j M d i ri re m l c v y h W W* n f f* F B B* b b* S s sh Do "
    b"BMC BDC EMC MP DP BT ET Tm Td TD T* Tc Tw Tz TL Tr Ts".split()
)
"""Operators whose steps do not depend on a font's codes (ISO 32000-1, annex A)."""
_LEVEL = 9

_log = logging.getLogger(__name__)


class _Unknown(Exception):
    """A file is written in a way that this room does not know, at the operator named: it stays as it is."""


def slim(document: pikepdf.Pdf, faces: Sequence[BuiltFace], *, kind: str) -> None:
    """Write the fonts of a laid-out file anew that are set in built faces; others stay as they are.

    Lines that hold marks of a form keep their codes, and marks come into no subset: the form is cut at them.
    A file drawn otherwise than is known here stays as it is, and one line in the log says so.

    Args:
        document: as layout wrote it.
        faces: the built faces it may be set in.
        kind: of paper, for the log.

    """
    try:
        fonts = _fonts(document, faces)
        pages = [_Drawn(page, fonts) for page in document.pages]
    except _Unknown as operator:
        _log.warning("A paper keeps the large fonts of its layout (%s): unknown use of the operator %s", kind, operator)
        return
    for drawn in pages:
        drawn.write(document)
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
        self._used: set[int] = set()
        self._codes: dict[int, bytes] = {}
        self._subset: Subset | None = None

    def is_marked(self, numbers: set[int]) -> bool:
        """Say whether a mark is among glyphs of the face."""
        return any(self._face.mark_of(number) is not None for number in numbers)

    def use(self, numbers: set[int]) -> None:
        """Note which glyphs of the face are shown.

        Raises:
            _Unknown: a glyph does not stand for one character.

        """
        new = numbers - self._used
        if any(self._face.number(self._said.get(number, "")) != number for number in new):
            raise _Unknown("TJ")
        self._used |= new

    @property
    def subset(self) -> Subset:
        """What was used, once all is known."""
        if self._subset is None:
            self._subset = Subset(self._face, {self._said[number] for number in self._used})
        return self._subset

    @property
    def codes(self) -> Mapping[int, bytes]:
        """The subset's codes by the numbers of the face's glyphs, as a PDF writes them."""
        if not self._codes:
            given = self.subset.codes
            self._codes = {number: b"%04x" % given[ord(self._said[number])] for number in self._used}
        return self._codes

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


class _Text:
    """A step that shows an array of strings and shifts in a font that is to be written anew."""

    def __init__(self, line: bytes, font: _Font) -> None:
        """Read a line.

        Raises:
            _Unknown: it is written otherwise than layout does.

        """
        found = _SHOWN.fullmatch(line)
        if found is None:
            raise _Unknown("TJ")
        self._line = line
        self._font = font
        self._pieces = [float(shift) if shift else _numbers(codes) for codes, shift in _PIECE.findall(found[1])]
        numbers = {number for piece in self._pieces if not isinstance(piece, float) for number in piece}
        self._is_marked = font.is_marked(numbers)
        if not self._is_marked:
            font.use(numbers)

    def written(self) -> bytes:
        """Return the step in the subset's codes, shifts summed up and strings joined where nothing shifts them."""
        if self._is_marked:
            return self._line
        codes = self._font.codes
        out: list[bytes] = []
        shift = 0.0
        for piece in self._pieces:
            if isinstance(piece, float):
                shift += piece
            elif piece:
                out += [_shift(shift), b"<%s>" % b"".join([codes[number] for number in piece])]
                shift = 0.0
        return b"[%s] TJ" % b"".join((*out, _shift(shift))).replace(b"><", b"")


def _numbers(codes: bytes) -> tuple[int, ...]:
    data = bytes.fromhex(codes.decode())
    return struct.unpack(f">{len(data) // 2}H", data)


def _shift(thousandths: float) -> bytes:
    rounded = round(thousandths, 3)
    return b"%g" % rounded if rounded else b""


class _Drawn:
    """What a page draws, step by step."""

    def __init__(self, page: pikepdf.Page, fonts: Mapping[tuple[int, int], _Font]) -> None:
        """Read a page.

        Raises:
            _Unknown: it is drawn in a way that layout does not have.

        """
        self._page = page
        resources: Any = page.Resources
        named = {name.encode(): fonts.get(font.objgen) for name, font in resources.get("/Font", {}).items()}
        self._steps = list(_followed(joined(page.Contents.read_bytes()).split(b"\n"), named))

    def write(self, document: pikepdf.Pdf) -> None:
        """Put it in the place of what layout wrote."""
        lines = [step if isinstance(step, bytes) else step.written() for step in self._steps]
        self._page.obj.Contents = _packed(document, b"\n".join(lines))


def _followed(lines: Iterable[bytes], named: Mapping[bytes, _Font | None]) -> Iterator[bytes | _Text]:
    """Follow what a page draws; texts in fonts that stay are steps like any other.

    Raises:
        _Unknown: text is shown in a way that layout does not have, or a line is no step.

    """
    selected: _Font | None = None
    for line in lines:
        operator = line[line.rfind(b" ") + 1 :]
        if operator == b"TJ" and selected is not None:
            yield _Text(line, selected)
            continue
        if operator == b"Tf":
            selected = named[line[: line.index(b" ")]]
        elif operator not in _BESIDE_TEXT and operator != b"TJ" and not _OPERANDS.fullmatch(line):
            raise _Unknown(operator.decode(errors="replace"))
        yield line


def _fonts(document: pikepdf.Pdf, faces: Sequence[BuiltFace]) -> dict[tuple[int, int], _Font]:
    """Return the fonts that are set in built faces, by their numbers in the file.

    Raises:
        _Unknown: something other than a page may draw text.

    """
    by_name = {face.postscript_name: face for face in faces}
    found: dict[tuple[int, int], _Font] = {}
    for page in document.pages:
        resources: Any = page.Resources
        if any(picture.get("/Subtype") != "/Image" for picture in resources.get("/XObject", {}).values()):
            raise _Unknown("Do")
        if len(resources.get("/Pattern", {})):
            raise _Unknown("scn")
        if any("/SMask" in state for state in resources.get("/ExtGState", {}).values()):
            raise _Unknown("gs")
        for font in resources.get("/Font", {}).values():
            face = by_name.get(str(font.BaseFont).partition("+")[2])
            if face is not None and font.objgen not in found:
                found[font.objgen] = _Font(font, face)
    return found


def _packed(document: pikepdf.Pdf, data: bytes, **entries: int) -> pikepdf.Object:
    return document.make_stream(zlib.compress(data, _LEVEL), Filter=pikepdf.Name.FlateDecode, **entries)
