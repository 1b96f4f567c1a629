"""What a laid-out page draws, read back: texts, lines, grounds and pictures, each with its place.

A form that is put together from pieces (``route_forms``) learns here where layout set them. Read are files of our own
alone, set in built faces and made small (``slimming``); whatever else is found makes the form unusable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from notices.cutting import FormUnusable, characters, codes
from notices.typefaces import BuiltFace

UPRIGHT = b""
BLACK = b"0 0 0"
_BASE = 2  # a page begins with this many transformations: to the top edge, to layout's units
_CLOSE = 0.05  # units: places that differ by less are the same


@dataclass(frozen=True, slots=True)
class Text:
    """Words on one line.

    Attributes:
        words: as a reader extracts them.
        face: the face's number in ``FACES``.
        size: of the type, in the page's units.
        x: where they begin, in the page's units.
        y: of the baseline, downwards.
        spacing: between two characters, in the page's units.
        colour: red, green and blue as a PDF writes them.
        turned: the matrix in which they stand, or ``UPRIGHT``.

    """

    words: str
    face: int
    size: float
    x: float
    y: float
    spacing: float = 0.0
    colour: bytes = BLACK
    turned: bytes = UPRIGHT


@dataclass(frozen=True, slots=True)
class Ground:
    """A filled shape, as the steps that draw it.

    Attributes:
        steps: of the content.
        y: where its path begins.

    """

    steps: bytes
    y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A square picture: its left upper corner and its side."""

    x: float
    y: float
    side: float


@dataclass(slots=True)
class Drawn:
    """What one page draws, each kind in the order drawn.

    Attributes:
        box: the page's, as a PDF writes it.
        begin: the transformations to the page's units.
        texts: with ink.
        grounds: filled shapes.
        across: where horizontal lines stand, from the top.
        down: where vertical lines stand, from the left.
        overhang: how far vertical lines reach beyond the outer horizontal ones.
        stroke: width of all lines.
        pictures: all square.

    """

    box: bytes
    begin: bytes = b""
    texts: list[Text] = field(default_factory=list)
    grounds: list[Ground] = field(default_factory=list)
    across: list[float] = field(default_factory=list)
    down: list[float] = field(default_factory=list)
    overhang: float = 0.0
    stroke: float = 0.0
    pictures: list[Picture] = field(default_factory=list)


def read(page: pikepdf.Page, faces: Sequence[BuiltFace]) -> Drawn:
    """Read what one page draws.

    Raises:
        FormUnusable: something is drawn otherwise than layout does, or in another face.

    """
    return _Reader(page, faces).drawn


class _Reader:
    """Walks through one page's content."""

    def __init__(self, page: pikepdf.Page, faces: Sequence[BuiltFace]) -> None:
        resources: Any = page.Resources
        if any(value != 1 for state in resources.ExtGState.values() for value in state.values()):
            raise FormUnusable("something lets light through")
        names = {face.postscript_name: number for number, face in enumerate(faces)}
        fonts = resources.get("/Font", {}).items()
        self._fonts: Mapping[str, int] = {
            name: names.get(str(font.BaseFont).partition("+")[2], -1) for name, font in fonts
        }
        self._told = {name: characters(font) for name, font in fonts if self._fonts[name] >= 0}
        self._faces = faces
        self._at = pikepdf.Matrix()
        self._colour = BLACK
        self._kept: list[tuple[pikepdf.Matrix, bytes]] = []
        self.drawn = Drawn(page.MediaBox.unparse())
        steps = iter(pikepdf.parse_content_stream(page))
        self._begin(steps)
        for step in steps:
            self._take(step, steps)

    def _begin(self, steps: Iterator[Any]) -> None:
        found = []
        for step in steps:
            if str(step.operator) == "cm":
                found.append(step)
            if len(found) == _BASE:
                break
        self.drawn.begin = pikepdf.unparse_content_stream(found) + b"\n"

    def _take(self, step: Any, steps: Iterator[Any]) -> None:  # noqa: ANN401 - an instruction of pikepdf
        match str(step.operator):
            case "q":
                self._kept.append((self._at, self._colour))
            case "Q":
                # The last closes what stood between the first transformations.
                self._at, self._colour = self._kept.pop() if self._kept else (self._at, self._colour)
            case "cm":
                self._at = pikepdf.Matrix(*map(float, step.operands)) @ self._at
            case "rg":
                self._colour = b" ".join(str(one).encode() for one in step.operands)
            case "BT":
                self._read_text(_until("ET", steps))
            case "BMC":
                self._read_artifact(_until("EMC", steps))
            case "Do":
                a, _b, _c, d, e, f = self._at.shorthand
                self.drawn.pictures.append(Picture(e, f + d, a))

    def _read_text(self, steps: list[Any]) -> None:
        at: list[float] = []
        font, size = "", 0.0
        shown: list[int] = []
        shifts: list[float] = []
        for operands, operator in steps:
            match str(operator):
                case "Tm":
                    at = [float(one) for one in operands]
                case "Tf":
                    font, size = str(operands[0]), float(operands[1])
                case "TJ":
                    for piece in operands[0]:
                        if isinstance(piece, pikepdf.String):
                            shown += codes(piece)
                        else:
                            shifts.append(float(piece))
        if not shown:
            return
        told = self._told.get(font, {})
        if any(code not in told for code in shown):
            raise FormUnusable("a text is set in another face")
        turned = UPRIGHT if self._at == pikepdf.Matrix() else self._at.encode()
        spacing = -sum(shifts) / len(shifts) * size / 1000 if shifts else 0.0
        words = "".join(told[code] for code in shown)
        self.drawn.texts.append(
            Text(words, self._fonts[font], size, at[4], at[5], spacing, self._colour, turned)
        )  # fmt: skip

    def _read_artifact(self, steps: list[Any]) -> None:
        if any(str(step.operator) == "S" for step in steps):
            self._read_lines(steps)
            return
        drawn = [step for step in steps if str(step.operator) != "gs"]
        y = next(float(step.operands[1]) for step in steps if str(step.operator) in {"m", "re"})
        self.drawn.grounds.append(Ground(pikepdf.unparse_content_stream(drawn) + b"\n", y))

    def _read_lines(self, steps: list[Any]) -> None:
        across: set[float] = set()
        down: dict[float, float] = {}
        x = y = 0.0
        for operands, operator in steps:
            match str(operator):
                case "w":
                    self.drawn.stroke = float(operands[0])
                case "m":
                    x, y = map(float, operands)
                case "l":
                    to_x, to_y = map(float, operands)
                    if abs(to_y - y) < _CLOSE:
                        across.add(y)
                    elif abs(to_x - x) < _CLOSE:
                        down[x] = min(y, to_y)
                    else:
                        raise FormUnusable("a line slants")
        self.drawn.across, self.drawn.down = sorted(across), sorted(down)
        self.drawn.overhang = self.drawn.across[0] - min(down.values())


def _until(end: str, steps: Iterator[Any]) -> list[Any]:
    found: list[Any] = []
    for step in steps:
        if str(step.operator) == end:
            return found
        found.append(step)
    raise FormUnusable("a page ends in the midst")
