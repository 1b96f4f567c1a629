"""Our own type faces: the system's CJK faces turned into static TrueType, once for a machine.

The collections that systems install hold cubic outlines of every CJK country in one file: a subset of them costs a
paper three times the bytes and a third of its time. The built faces have quadratic outlines, one style each, no
substitution or kerning tables (so a line is as wide as the sum of its advances) and marks without width, at which the
stamp cuts a laid-out form. Until they are built, paper is set in the system's faces.

``foundry`` builds them.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import sys
from array import array
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from fontTools import version as tool_version
from fontTools.ttLib import TTFont

from notices.faces import FACES, Face, file_of

FIRST_MARK = 0xE000
MARKS = 1024
"""Marks of the private use area: without width and ink."""

_RECIPE = "4"  # raise it when ``foundry`` builds a face otherwise


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character's outline.

    Attributes:
        outline: TrueType data padded to four bytes.
        advance: in thousandths of the size.
        metrics: advance and left bearing as TrueType stores them, in the face's units.
        checksum: of the outline, as TrueType counts it.
        unicode: the character as a PDF names it.

    """

    outline: bytes
    advance: int
    metrics: bytes
    checksum: int
    unicode: str


@dataclass(slots=True, eq=False)
class BuiltFace:
    """A built face, its file mapped into memory and its glyphs read when first asked for.

    Attributes:
        family: the name by which style sheets ask for it.
        path: the file.
        glyphs: by character; fills itself.
        head: the ``head`` table, as in the file.
        hhea: the ``hhea`` table.
        maxp: the ``maxp`` table.
        postscript_name: as PDF names the face.
        descriptor: what a PDF says of the face: ascent, descent, box, in thousandths of the size.
        unit: of the face, in thousandths of the size.
        flags: of a PDF font descriptor: symbolic, with or without serifs.

    """

    family: str
    postscript_name: str
    path: Path
    head: bytes
    hhea: bytes
    maxp: bytes
    descriptor: dict[str, int]
    unit: int
    flags: int
    _cmap: dict[int, int]
    _offsets: array[int]
    _advances: array[int]
    _outlines: memoryview
    glyphs: dict[str, Glyph] = field(default_factory=dict)

    def glyph(self, character: str) -> Glyph | None:
        """Return the outline of a character, or nothing when the face lacks it."""
        found = self.glyphs.get(character)
        if found is None:
            place = self._cmap.get(ord(character))
            if place is None or FIRST_MARK <= ord(character) < FIRST_MARK + MARKS:
                return None
            found = self.glyphs[character] = self._glyph_at(place, character)
        return found

    def number(self, character: str) -> int | None:
        """Return a character's glyph of the file by number, or nothing when the face lacks it or it is not just one."""
        return self._cmap.get(ord(character)) if len(character) == 1 else None

    def _glyph_at(self, place: int, character: str) -> Glyph:
        outline = bytes(self._outlines[self._offsets[place] : self._offsets[place + 1]])
        outline += bytes(-len(outline) % 4)
        advance, bearing = self._advances[2 * place : 2 * place + 2]
        metrics = struct.pack(">HH", advance, bearing)
        unicode = f"<{character.encode('utf-16-be').hex()}>"
        return Glyph(outline, advance * self.unit, metrics, checksum(outline), unicode)

    @property
    def notdef(self) -> Glyph:
        """The box that stands for a missing character; each subset begins with it."""
        return self._glyph_at(0, "\0")

    def mark_of(self, glyph_number: int) -> int | None:
        """Return which mark a glyph of the file is: 0 to ``MARKS`` − 1, or none."""
        return glyph_number - self._first_mark if 0 <= glyph_number - self._first_mark < MARKS else None

    def advance_of(self, glyph_number: int) -> int:
        """Return the advance of a glyph of the file, in thousandths of the size."""
        return self._advances[2 * glyph_number] * self.unit

    @property
    def blank(self) -> int:
        """The glyph of a blank, by number."""
        return self._cmap[0x20]

    @property
    def _first_mark(self) -> int:
        return self._cmap[FIRST_MARK]


def checksum(data: bytes) -> int:
    """Add up four-byte words, as TrueType does.

    Args:
        data: a whole number of words.

    """
    numbers = array("I", data)
    if sys.byteorder == "little":
        numbers.byteswap()
    return sum(numbers) & 0xFFFFFFFF


class _Place:
    """Where built faces are looked for in this process."""

    folder: Path | None = None


def use(under: Path | None) -> None:
    """Say where built faces are kept; ``None``: set everything in the system's faces."""
    _Place.folder = under.resolve() if under else None
    _built_in.cache_clear()


def folder() -> Path | None:
    """Return where built faces are kept."""
    return _Place.folder


def built() -> tuple[BuiltFace, ...]:
    """Return the built faces in the order of ``FACES``; empty while they are not there."""
    if _Place.folder is None:
        return ()
    found = place_of(_Place.folder)
    # Asked each time: they may be built, or taken away, while the portal runs.
    return _built_in(found) if (found / "ready").exists() else ()


def place_of(under: Path) -> Path:
    """Return where under a folder the faces stand that are built from today's sources by today's recipe."""
    return under / _signature()


def family_of(face: Face) -> str:
    """Name the built family; not the source's name, so that nobody takes one for the other."""
    return face.family.replace("Noto", "Notice").replace(" CJK SC", "")


def postscript_name(face: Face) -> str:
    """Name the face as PDF and fontconfig do."""
    return f"{family_of(face)}{'-Bold' if face.weight == 'bold' else ''}".replace(" ", "-")


def file_name(face: Face) -> str:
    """Name the file of a built face."""
    return f"{family_of(face)}-{face.weight}.ttf".replace(" ", "-").lower()


@cache
def _signature() -> str:
    """Name what the faces are built from: the same sources and recipe give the same faces."""
    told = [_RECIPE, tool_version]
    for face in FACES:
        path = Path(file_of(face))
        told += [face.family, face.weight, path.name, str(path.stat().st_size), str(path.stat().st_mtime_ns)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


@cache
def _built_in(found: Path) -> tuple[BuiltFace, ...]:
    return tuple(_read(found / file_name(face), face) for face in FACES)


def _read(path: Path, face: Face) -> BuiltFace:
    with path.open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    with TTFont(path, lazy=True) as font:
        entries = font.reader.tables
        tables = {tag: data[entry.offset : entry.offset + entry.length] for tag, entry in entries.items()}
        cmap = font.getBestCmap()
        numbers = {name: number for number, name in enumerate(font.getGlyphOrder())}
        head = font["head"]
        unit = 1000 // head.unitsPerEm
        told = {
            "Ascent": font["hhea"].ascent,
            "Descent": font["hhea"].descent,
            "CapHeight": font["OS/2"].sCapHeight,
            "xMin": head.xMin,
            "yMin": head.yMin,
            "xMax": head.xMax,
            "yMax": head.yMax,
        }
        full = font["hhea"].numberOfHMetrics
    offsets, stored = array("I", bytes(tables["loca"])), array("H", bytes(tables["hmtx"]))
    if sys.byteorder == "little":
        offsets.byteswap()
        stored.byteswap()
    # Trailing glyphs share the last advance and store their bearing alone (OpenType, hmtx).
    advances = stored[: 2 * full]
    for bearing in stored[2 * full :]:
        advances.extend((stored[2 * full - 2], bearing))
    return BuiltFace(
        family=family_of(face),
        postscript_name=postscript_name(face),
        path=path,
        head=bytes(tables["head"]),
        hhea=bytes(tables["hhea"]),
        maxp=bytes(tables["maxp"]),
        descriptor={name: length * unit for name, length in told.items()},
        unit=unit,
        flags=6 if "Serif" in face.family else 4,
        _cmap={code: numbers[name] for code, name in cmap.items()},
        _offsets=offsets,
        _advances=advances,
        _outlines=tables["glyf"],
    )
