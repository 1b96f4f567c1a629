"""Where everything stands on a route sheet: the pieces of it, as a specimen had them (``route_specimen``).

What stands in a row is centred cell by cell, so it is kept by its way from the middle; how high a row is follows from
the lines of its door. Lengths are in layout's units, downwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from notices.drawn import Ground, Picture, Text
from notices.typefaces import BuiltFace


@dataclass(frozen=True, slots=True)
class PageForm:
    """What each page bears.

    Attributes:
        box: its size, as a PDF writes it.
        begin: what its content begins with.
        bottom: where it ends for what flows.
        right: where its lines end.
        marks: the watermark and the line at its top.
        serial: at its foot.
        serial_right: where it must end.
        count: at its foot, ending at the right edge.

    """

    box: bytes
    begin: bytes
    bottom: float
    right: float
    marks: tuple[Text, ...]
    serial: Text
    serial_right: float
    count: Text

    def in_points(self, box: tuple[float, float, float, float]) -> bytes:
        """Return a box as a PDF counts: points from the left lower corner."""
        scale, _b, _c, _d, _e, _f = map(float, self.begin.split(b"\n")[1].split()[:6])
        high = float(self.box.strip(b"[]").split()[3])
        left, bottom, right, top = box
        return b"%.2f %.2f %.2f %.2f" % (left * scale, high - bottom * scale, right * scale, high - top * scale)


@dataclass(frozen=True, slots=True)
class HeadForm:
    """What stands over a table.

    Attributes:
        title: the heading.
        serial: centred.
        grounds: the line under it.
        about: the first piece of what is said of the village.
        pitch: from one line of that to the next.
        table: where the table begins under one such line.

    """

    title: Text
    serial: Text
    grounds: tuple[Ground, ...]
    about: Text
    pitch: float
    table: float


@dataclass(frozen=True, slots=True)
class TableForm:
    """A table without its rows.

    Attributes:
        later: where it begins on a page to which it goes on.
        columns: where vertical lines stand.
        overhang: how far they reach beyond the outer horizontal ones.
        stroke: width of all lines.
        height: of the table's head.
        texts: of its head, from where the table begins.
        grounds: of its head, as on a page to which the table goes on.

    """

    later: float
    columns: tuple[float, ...]
    overhang: float
    stroke: float
    height: float
    texts: tuple[Text, ...]
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class RowForm:
    """A row; a door has lines for its name, and lines for details under it.

    Attributes:
        low: height of a row whose door needs no more.
        order: its number, centred in the first column; from the middle of the row, as the next three.
        code: the short code, centred in the second column.
        picture: the square code.
        boxes: the lines of boxes.
        name: first line of a name, from where the door begins.
        name_pitch: from one line of a name to the next.
        detail: first of the details, from the last line of the name.
        detail_pitch: from one such line to the next.
        door: height of a door with one line of each.
        door_wide: room for its lines.

    """

    low: float
    order: Text
    code: Text
    picture: Picture
    boxes: tuple[Text, ...]
    name: Text
    name_pitch: float
    detail: Text
    detail_pitch: float
    door: float
    door_wide: float

    def door_high(self, names: int, details: int) -> float:
        """Return how high a door with so many lines is."""
        return self.door + (names - 1) * self.name_pitch + (details - 1) * self.detail_pitch

    def height(self, names: int, details: int) -> float:
        """Return how high its row is."""
        return max(self.low, self.door_high(names, details))


@dataclass(frozen=True, slots=True)
class RouteForm:
    """Where everything stands on a route sheet.

    Attributes:
        faces: the built faces.
        page: what each page bears.
        head: what stands over a table.
        table: a table without its rows.
        row: a row.
        hint: the line under a table, from where the table ends.
        hint_high: the room it needs from there.

    """

    faces: tuple[BuiltFace, ...]
    page: PageForm
    head: HeadForm
    table: TableForm
    row: RowForm
    hint: Text
    hint_high: float
