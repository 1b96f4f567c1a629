"""Cuts the pages of a form at its marks: what stands between them is kept, the marks become places for words.

A form is laid out with marks (glyphs without width or ink, ``typefaces``) instead of words: two for each place, at
its left and its right edge.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import pikepdf

from notices.typefaces import FIRST_MARK, MARKS, BuiltFace

_TEXT_BEGINS, _TEXT_ENDS = pikepdf.Operator("BT"), pikepdf.Operator("ET")


class Edge(IntEnum):
    """Where in its place a word stands."""

    START = 0
    CENTRE = 1
    END = 2


_EDGES = range(MARKS - len(Edge), MARKS)


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


def marks(count: int) -> list[str]:
    """Return the marks for so many words.

    Raises:
        FormUnusable: more words than there are marks.

    """
    if count > _EDGES.start:
        raise FormUnusable("too many words")
    return [chr(FIRST_MARK + number) for number in range(count)]


def marked(mark: str, edge: str = "start") -> str:
    """Return what a form prints at a place instead of its word."""
    return f"{mark} {chr(FIRST_MARK + _EDGES[Edge[edge.upper()]])}"


def cut(page: pikepdf.Page, faces: Sequence[BuiltFace]) -> Parts:
    """Cut what one page draws at its marks.

    Args:
        page: of a form laid out with marks.
        faces: the built faces it was set in.

    Raises:
        FormUnusable: a mark stands where no word can be written.

    """
    return _Cutter(page, faces).parts


class _Cutter:
    """Walks through one page's content."""

    def __init__(self, page: pikepdf.Page, faces: Sequence[BuiltFace]) -> None:
        self._faces = faces
        names = {face.postscript_name: number for number, face in enumerate(faces)}
        fonts: Any = page.Resources.get("/Font", {})
        self._fonts = {name: names.get(str(font.BaseFont).partition("+")[2], -1) for name, font in fonts.items()}
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
                place = self._place(text)
                if place is None:
                    kept += text
                else:
                    done += [pikepdf.unparse_content_stream(kept) + b"\n", place]
                    kept = []
                text = None
        self.parts: Parts = (*done, pikepdf.unparse_content_stream(kept))

    def _place(self, text: Sequence[Any]) -> Place | None:
        """Return the place that a text object marks, or nothing when it is a text like any other."""
        run = _Run()
        for operands, operator in text:
            match str(operator):
                case "Tm":
                    run.x, run.baseline = float(operands[4]), str(operands[5]).encode()
                case "Tf":
                    run.face, run.size = self._fonts[str(operands[0])], float(operands[1])
                case "TJ" if run.face >= 0:
                    run.walk(operands[0], self._faces[run.face])
        if not run.marks:
            return None
        if run.others or len(run.marks) != 2 or run.marks[0][0] in _EDGES or run.marks[1][0] not in _EDGES:  # noqa: PLR2004 - two edges
            raise FormUnusable("a place shares its line with other text")
        (word, left), (edge, right) = run.marks
        return Place(word, run.face, run.size, left, right, Edge(edge - _EDGES.start), run.baseline)


@dataclass(slots=True)
class _Run:
    """Walks along the glyphs of a text object."""

    face: int = -1
    size: float = 0.0
    x: float = 0.0
    baseline: bytes = b""
    marks: list[tuple[int, float]] = field(default_factory=list)
    others: int = 0

    def walk(self, pieces: Iterable[Any], face: BuiltFace) -> None:
        """Follow one array of strings and shifts, noting where marks stand."""
        for piece in pieces:
            if not isinstance(piece, pikepdf.String):
                self.x -= float(piece) * self.size / 1000
                continue
            codes = bytes(piece)
            for number in struct.unpack(f">{len(codes) // 2}H", codes):
                mark = face.mark_of(number)
                if mark is not None:
                    self.marks.append((mark, self.x))
                elif number != face.blank:
                    self.others += 1
                self.x += face.advance_of(number) * self.size / 1000


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
