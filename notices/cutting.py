"""Cuts the pages of a form at its marks: what stands between them is kept, the marks become places for words.

A form is laid out with marks (glyphs without width or ink, ``typefaces``) instead of words: two for each place, at
its left and its right edge. In the midst of a passage a word flows with what others share: there each Han character has
a place of its own, held by a Han character that nobody uses.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum
from itertools import chain, groupby
from typing import Any

import pikepdf

from notices.frozen import texts
from notices.typefaces import FIRST_MARK, MARKS, BuiltFace

_RANGE = re.compile(rb"<([0-9a-f]{4})><[0-9a-f]{4}>\[([<>0-9a-f]+)\]")
_SAID = re.compile(rb"<([0-9a-f]+)>")
_TEXT_BEGINS, _TEXT_ENDS = pikepdf.Operator("BT"), pikepdf.Operator("ET")


class Edge(IntEnum):
    """Where in its place a word stands."""

    START = 0
    CENTRE = 1
    END = 2


_EDGES = range(MARKS - len(Edge), MARKS)
_FIRST_KEEPER = 0x3400  # the rarest of the Han characters, all as wide as the others


class FormUnusable(RuntimeError):
    """A laid-out form cannot be cut: its papers are laid out one by one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a word goes.

    Attributes:
        word: its number.
        face: the face's number in ``FACES``.
        size: of the type, in the page's units.
        left: edge, in the page's units.
        right: the other.
        edge: where between them the word stands.
        baseline: as PDF writes it.

    """

    word: int
    face: int
    size: float
    left: float
    right: float
    edge: Edge
    baseline: bytes


Parts = tuple[bytes | Place, ...]
"""What a page draws, with places between."""


def marks(words: int, letters: int = 0, *, forbidden_in: object = ()) -> list[str]:
    """Return what stands in a form for so many words, and for so many letters in the midst of its passages.

    Args:
        words: that have places of their own.
        letters: Han characters of a word that flows.
        forbidden_in: what else the form prints: a character that keeps a place must not stand there by itself.

    Raises:
        FormUnusable: more words than there are marks, or a keeper stands elsewhere.

    """
    if words > _EDGES.start:
        raise FormUnusable("too many words")
    keepers = _keepers(letters)
    if letters and any(keeper in text for _path, text in texts(forbidden_in) for keeper in keepers):
        raise FormUnusable("a passage holds a character that keeps a place")
    return [*(chr(FIRST_MARK + number) for number in range(words)), *keepers]


def _keepers(letters: int) -> list[str]:
    return [chr(_FIRST_KEEPER + number) for number in range(letters)]


def marked(mark: str, edge: str = "start") -> str:
    """Return what a form prints at a place instead of its word."""
    return f"{mark} {chr(FIRST_MARK + _EDGES[Edge[edge.upper()]])}"


def cut(page: pikepdf.Page, faces: Sequence[BuiltFace], words: int, letters: int) -> Parts:
    """Cut what one page draws at its marks.

    Args:
        page: of a form laid out with marks.
        faces: the built faces it was set in.
        words: how many marks it may have.
        letters: how many Han characters keep places in its passages; their numbers follow those of the words.

    Raises:
        FormUnusable: a mark stands where no word can be written.

    """
    return _Cutter(page, faces, words, letters).parts


class _Cutter:
    """Walks through one page's content."""

    def __init__(self, page: pikepdf.Page, faces: Sequence[BuiltFace], words: int, letters: int) -> None:
        names = {face.postscript_name: number for number, face in enumerate(faces)}
        fonts: Any = page.Resources.get("/Font", {})
        self._faces = faces
        self._fonts = {name: names.get(str(font.BaseFont).partition("+")[2], -1) for name, font in fonts.items()}
        self._told = {name: characters(font) for name, font in fonts.items() if letters and self._fonts[name] >= 0}
        self._words = {keeper: words + number for number, keeper in enumerate(_keepers(letters))}
        done: list[bytes | Place] = []
        kept: list[Any] = []
        text: list[Any] | None = None
        for instruction in pikepdf.parse_content_stream(page):
            if instruction.operator == _TEXT_BEGINS:
                text = []
            if text is None:
                kept.append(instruction)
                continue
            text.append(instruction)
            if instruction.operator == _TEXT_ENDS:
                for part in self._parts(text):
                    if isinstance(part, Place):
                        done += [pikepdf.unparse_content_stream(kept) + b"\n", part]
                        kept = []
                    else:
                        kept += part
                text = None
        self.parts: Parts = (*done, pikepdf.unparse_content_stream(kept))

    def _parts(self, text: list[Any]) -> list[Place | list[Any]]:
        """Return the places that a text object holds, and the text between them as objects of its own."""
        run = _Run.of(text, self._fonts)
        if run.face < 0:
            return [text]
        face = self._faces[run.face]
        run.walk(face.advance_of)
        found = [(mark, x) for glyph, x in run.glyphs if (mark := face.mark_of(glyph)) is not None]
        if not found:
            return self._between_keepers(text)
        others = any(face.mark_of(glyph) is None and glyph != face.blank for glyph, _x in run.glyphs)
        if others or len(found) != 2 or found[0][0] in _EDGES or found[1][0] not in _EDGES:  # noqa: PLR2004 - two edges
            raise FormUnusable("a place shares its line with other text")
        (word, left), (edge, right) = found
        return [run.place(word, left, right, Edge(edge - _EDGES.start))]

    def _between_keepers(self, text: list[Any]) -> list[Place | list[Any]]:
        """Cut a text object without marks at its keepers; its codes are those of the file's own small fonts."""
        run = _Run.of(text, self._fonts)
        told = self._told.get(run.font, {})
        kept = {code: self._words[said] for code, said in told.items() if said in self._words}

        def advance(code: int) -> int:
            glyph = self._faces[run.face].glyph(told[code])
            if glyph is None:
                raise FormUnusable("a font says what its face does not have")
            return glyph.advance

        if not kept or not any(code in kept for code in run.codes()):
            return [text]
        if any(not isinstance(piece, pikepdf.String) for piece in run.pieces):
            raise FormUnusable("a word in a passage is spaced out")
        run.walk(advance)
        parts: list[Place | list[Any]] = []
        for is_kept, stretch in groupby(run.glyphs, lambda one: one[0] in kept):
            if is_kept:
                parts += [run.letter(kept[code], x, advance(code)) for code, x in stretch]
            else:
                parts.append(_shown_alone(text, list(stretch)))
        return parts


@dataclass(slots=True)
class _Run:
    """A text object: its font, where it begins, and its glyphs by their codes, each with where it stands."""

    font: str = ""
    face: int = -1
    size: float = 0.0
    x: float = 0.0
    baseline: bytes = b""
    pieces: list[Any] = field(default_factory=list)
    glyphs: list[tuple[int, float]] = field(default_factory=list)

    @classmethod
    def of(cls, text: Sequence[Any], fonts: Mapping[str, int]) -> _Run:
        run = cls()
        for operands, operator in text:
            match str(operator):
                case "Tm":
                    run.x, run.baseline = float(operands[4]), str(operands[5]).encode()
                case "Tf":
                    run.font, run.size = str(operands[0]), float(operands[1])
                    run.face = fonts[run.font]
                case "TJ":
                    run.pieces.extend(operands[0])
        return run

    def walk(self, advance: Callable[[int], float]) -> None:
        """Follow the strings and shifts.

        Args:
            advance: of a glyph by its code, in thousandths of the size.

        """
        for piece in self.pieces:
            if not isinstance(piece, pikepdf.String):
                self.x -= float(piece) * self.size / 1000
                continue
            for code in codes(piece):
                self.glyphs.append((code, self.x))
                self.x += advance(code) * self.size / 1000

    def codes(self) -> Iterator[int]:
        """Return the codes of the glyphs."""
        return chain.from_iterable(codes(piece) for piece in self.pieces if isinstance(piece, pikepdf.String))

    def place(self, word: int, left: float, right: float, edge: Edge) -> Place:
        """Return a place on this line."""
        return Place(word, self.face, self.size, left, right, edge, self.baseline)

    def letter(self, word: int, left: float, advance: float) -> Place:
        """Return the place of one letter on this line."""
        return self.place(word, left, left + advance * self.size / 1000, Edge.START)


def codes(piece: pikepdf.String) -> tuple[int, ...]:
    """Return the codes of a string that a PDF shows in a font of two bytes a code."""
    data = bytes(piece)
    return struct.unpack(f">{len(data) // 2}H", data)


def _shown_alone(text: Sequence[Any], glyphs: Sequence[tuple[int, float]]) -> list[Any]:
    """Return a text object with these neighbours of its glyphs alone, where they stood."""
    codes = pikepdf.String(struct.pack(f">{len(glyphs)}H", *(code for code, _x in glyphs)))
    out: list[Any] = []
    for operands, operator in text:
        match str(operator):
            case "Tm":
                at = [*operands[:4], Decimal(f"{glyphs[0][1]:.3f}"), operands[5]]
                out.append(pikepdf.ContentStreamInstruction(at, operator))
            case "TJ":
                out.append(pikepdf.ContentStreamInstruction([pikepdf.Array([codes])], operator))
            case _:
                out.append((operands, operator))
    return out


def characters(font: Any) -> dict[int, str]:  # noqa: ANN401 - a value of a PDF
    """Return what the codes of one of our small fonts say (``subsets``)."""
    return {
        int(first, 16) + place: bytes.fromhex(said.decode()).decode("utf-16-be")
        for first, row in _RANGE.findall(font.ToUnicode.read_bytes())
        for place, said in enumerate(_SAID.findall(row))
    }


def no_marks_left(static: dict[int, pikepdf.Object]) -> None:
    """Refuse a form whose marks would stay visible to readers, for example in a bookmark.

    Args:
        static: what papers of the form share, by number.

    Raises:
        FormUnusable: there is one.

    """
    for one in static.values():
        if isinstance(one, pikepdf.Dictionary):
            for value in one.values():
                if isinstance(value, pikepdf.String) and any(
                    FIRST_MARK <= ord(character) < FIRST_MARK + MARKS for character in str(value)
                ):
                    raise FormUnusable("a mark stands outside the page")
