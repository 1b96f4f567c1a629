"""Subsets of built faces put together by hand: a few table copies instead of a subsetter's run for each paper."""

from __future__ import annotations

import hashlib
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable
from itertools import accumulate

from notices.refusals import DoesNotFit
from notices.typefaces import BuiltFace, checksum

_TABLES = (b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp")  # in the order of their tags
_WHOLE = 0xFFFFFFFF
_MAGIC = 0xB1B0AFBA
_MOST_IN_HALVES = 1 << 17  # bytes of outlines whose places, halved, two bytes hold (OpenType, loca)
_DEFAULT_WIDTH = 1000  # what a PDF takes for each width it is not told (ISO 32000-1, table 117, DW)
_BLOCK = 100  # entries of one bfrange block at most
_ROW = 64  # codes of one entry, which must not differ in their first byte
_LEVEL = 6


class Subset:
    """The characters of one paper, or one file for printing, in one face.

    Attributes:
        face: the built face.
        codes: translates a text to the codes by which the PDF shows it.

    """

    def __init__(self, face: BuiltFace, characters: Iterable[str] = ()) -> None:
        """Take the characters.

        Raises:
            DoesNotFit: the face lacks one.

        """
        self.face = face
        self.codes: dict[int, int] = {}
        self._characters: list[str] = []
        self._glyphs = [face.notdef]
        self._advances: dict[str, int] = {}
        self.add(characters)

    def add(self, characters: Iterable[str]) -> None:
        """Take more characters; codes given out already stay.

        Raises:
            DoesNotFit: the face lacks one; then none is taken.

        """
        new = sorted(character for character in characters if character not in self._advances)
        glyphs = []
        for character in new:
            glyph = self.face.glyph(character)
            if glyph is None:
                raise DoesNotFit(f"U+{ord(character):04X}")
            glyphs.append(glyph)
        for character, glyph in zip(new, glyphs, strict=True):
            self._characters.append(character)
            self.codes[ord(character)] = len(self._characters)
            self._advances[character] = glyph.advance
        self._glyphs += glyphs

    def width(self, text: str) -> int:
        """Return the width of a text in thousandths of its size."""
        return sum(map(self._advances.__getitem__, text))

    def shown(self, text: str) -> bytes:
        """Return a text as a PDF string."""
        return b"<%s>" % text.translate(self.codes).encode("utf-16-be").hex().encode()

    def objects(self, numbers: range, *, level: int = _LEVEL) -> list[bytes]:
        """Return the five PDF objects of the font, to be given these numbers.

        The first is the one that pages refer to.

        Args:
            numbers: of the objects.
            level: how hard to deflate the outlines; a few characters gain 2 % between the least and the most.

        """
        _font, descendant, descriptor, unicode, file = numbers
        data = self.truetype()
        packed = zlib.compress(data, level)
        name = f"{tag(data)}+{self.face.postscript_name}".encode()
        box = self.face.descriptor
        widths = " ".join(map(str, self.widths()))
        return [
            b"<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
            % (name, descendant, unicode),
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            b"/Supplement 0>>/CIDToGIDMap/Identity/W[0[%s]]/FontDescriptor %d 0 R>>"
            % (name, widths.encode(), descriptor),
            b"<</Type/FontDescriptor/FontName/%s/Flags %d/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d"
            b"/CapHeight %d/StemV 80/FontFile2 %d 0 R>>"
            % (
                name, self.face.flags, box["xMin"], box["yMin"], box["xMax"], box["yMax"], box["Ascent"],
                box["Descent"], box["CapHeight"], file,
            ),
            stream(b"", zlib.compress(self.to_unicode(), 1)),
            stream(b"/Length1 %d" % len(data), packed),
        ]  # fmt: skip

    def widths(self) -> list[int]:
        """Return the advances of the glyphs in the order of the codes, from 0 to the last that is no full square."""
        found = [glyph.advance for glyph in self._glyphs]
        while found and found[-1] == _DEFAULT_WIDTH:
            found.pop()
        return found

    def to_unicode(self) -> bytes:
        """Return the table by which readers turn codes into text."""
        texts = [glyph.unicode for glyph in self._glyphs]
        rows = [(start, texts[start : start + _ROW]) for start in range(0, len(texts), _ROW)]
        ranges = [f"<{start:04x}><{start + len(row) - 1:04x}>[{''.join(row)}]" for start, row in rows]
        blocks = [ranges[start : start + _BLOCK] for start in range(0, len(ranges), _BLOCK)]
        body = "\n".join(f"{len(block)} beginbfrange\n" + "\n".join(block) + "\nendbfrange" for block in blocks)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{body}\n"
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
        ).encode()

    def truetype(self) -> bytes:
        """Return the font file: outlines and what a PDF needs to find them."""
        glyphs = self._glyphs
        count = len(glyphs)
        outlines = b"".join([glyph.outline for glyph in glyphs])
        halves = len(outlines) < _MOST_IN_HALVES
        places = array("H" if halves else "I", accumulate((len(one.outline) >> halves for one in glyphs), initial=0))
        if sys.byteorder == "little":
            places.byteswap()
        face = self.face
        tables = [
            outlines,
            face.head[:8] + bytes(4) + face.head[12:50] + struct.pack(">h", not halves) + face.head[52:],
            face.hhea[:34] + struct.pack(">H", count),
            b"".join([glyph.metrics for glyph in glyphs]),
            places.tobytes(),
            face.maxp[:4] + struct.pack(">H", count) + face.maxp[6:],
        ]
        lengths = [len(table) for table in tables]
        tables = [table + bytes(-len(table) % 4) for table in tables]
        # Outlines are most of the file: their sums were taken when they were read.
        sums = [sum(glyph.checksum for glyph in glyphs) & _WHOLE, *map(checksum, tables[1:])]
        at = 12 + 16 * len(tables)
        directory = [struct.pack(">IHHHH", 0x00010000, len(tables), 64, 2, 32)]
        for name, table, total, length in zip(_TABLES, tables, sums, lengths, strict=True):
            directory.append(struct.pack(">4sIII", name, total, at, length))
            at += len(table)
        begin = b"".join(directory)
        head = tables[1]
        adjustment = struct.pack(">I", (_MAGIC - checksum(begin) - sum(sums)) & _WHOLE)
        tables[1] = head[:8] + adjustment + head[12:]
        return b"".join((begin, *tables))


def tag(data: bytes) -> str:
    """Return the six letters that tell one subset from another (ISO 32000-1, 9.6.4)."""
    number = int.from_bytes(hashlib.sha256(data).digest()[:8])
    letters = []
    for _ in range(6):
        number, letter = divmod(number, 26)
        letters.append(chr(65 + letter))
    return "".join(letters)


def stream(entries: bytes, packed: bytes) -> bytes:
    """Write a PDF stream whose data were deflated already."""
    return b"<<%s/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (entries, len(packed), packed)
