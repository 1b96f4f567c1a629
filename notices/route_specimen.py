"""Learns where everything stands on a route sheet from a specimen, which is laid out once in the life of a process.

The specimen has a high row and low ones, and goes over a page.
"""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import pairwise

import pikepdf

from notices import drawn, layout
from notices.cutting import FormUnusable
from notices.drawn import Drawn, Text
from notices.route_forms import HeadForm, PageForm, RouteForm, RowForm, TableForm
from notices.route_sheets import RouteLine, RouteSection, RouteSheet
from notices.typefaces import BuiltFace

_MM = 96 / 25.4
_DOOR_WIDE = 46 * _MM  # the column for whom and where (working.css)
_BOTTOM = (297 - 13) * _MM  # where pages end for what flows (paper.css)
_SERIAL_WIDE = 100 * _MM  # at the foot of pages (paper.css)
_HINT_LEADING = 1.4  # of the line under a table (paper.css)

_TALL = 40  # paragraphs of the high row: more than the boxes need, less than a page
_LOW = 6  # rows, to fill the page and begin another
_COLUMNS = 5
_CODE = "27-00001-1"
_URL = "https://example.cn/check/AAAA-AAAA-AAAA"
_NAME, _DETAIL, _SERIAL, _VILLAGE = "名" * 20, "址", "编", "村" * 30
_KEPT = 4


@lru_cache(maxsize=_KEPT)
def form_of(faces: tuple[BuiltFace, ...], is_demo: bool, reprint: bool) -> RouteForm:  # noqa: FBT001 - parts of a key
    """Return where everything stands on sheets that bear the same marks.

    Args:
        faces: the built faces.
        is_demo: whether they bear the mark of a demonstration.
        reprint: whether they bear that of a reprint.

    Raises:
        FormUnusable: the specimen is laid out otherwise than is known here.

    """
    specimen = _specimen(is_demo=is_demo)
    pdf = layout.lay_out(layout.filled(specimen, reprint=reprint), serial=_SERIAL, kind=specimen.KIND)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        pages = [drawn.read(page, faces) for page in document.pages]
    try:
        one, two = pages
        return _Measured(specimen, one, two, faces).form
    except (ValueError, IndexError) as error:  # more or fewer of something than the specimen has
        raise FormUnusable("the specimen of a route sheet looks otherwise") from error


def _specimen(*, is_demo: bool) -> RouteSheet:
    tall = RouteLine(
        order=1, name=_NAME, address=_DETAIL, serial=_DETAIL, level=_DETAIL, short_code=_CODE, check_url=_URL,
        others=(_DETAIL,) * (_TALL - 3),
    )  # fmt: skip
    low = replace(tall, name=_NAME[0], others=())
    return RouteSheet(
        serial=_SERIAL,
        issued_on=date(2000, 1, 1),
        issuing_unit="",
        sections=(RouteSection(village=_VILLAGE, school="校" * 10, member="员", lines=(tall, *[low] * _LOW)),),
        wording_version="",
        is_demo=is_demo,
    )


class _Measured:
    """Takes the measure of a specimen's two pages."""

    def __init__(self, specimen: RouteSheet, one: Drawn, two: Drawn, faces: tuple[BuiltFace, ...]) -> None:
        """Measure.

        Raises:
            ValueError: something stands elsewhere.
            IndexError: something is not there.

        """
        self._one, self._two, self._faces = one, two, faces
        if [len(page.down) for page in (one, two)] != [_COLUMNS + 1] * 2:
            raise ValueError("columns")
        self.form = RouteForm(faces, self._page(), self._head(specimen), self._table(), self._row(), *self._hint())

    def _page(self) -> PageForm:
        outside = [text for text in self._one.texts if text.turned or not self._top < text.y < _BOTTOM]
        *marks, serial, count = outside
        if serial.words != _SERIAL or {text.words for text in marks} - {text.words for text in self._two.texts}:
            raise ValueError("margins")
        return PageForm(
            box=self._one.box,
            begin=self._one.begin,
            bottom=_BOTTOM,
            right=count.x + self.wide(count),
            marks=tuple(marks),
            serial=serial,
            serial_right=serial.x + _SERIAL_WIDE,
            count=count,
        )

    @property
    def _top(self) -> float:
        """Where what flows begins: over it stands at most the mark of a page."""
        return self._two.across[0] - self._one.stroke

    def _head(self, specimen: RouteSheet) -> HeadForm:
        table = self._one.across[0]
        title, serial, *about = self._between(self._one, self._top, table)
        pitch, *none = [next_.y - text.y for text, next_ in pairwise(about) if next_.y != text.y]
        if none or (title.words, serial.words, about[0].words) != (specimen.KIND, _SERIAL, _VILLAGE):
            raise ValueError("head")
        grounds = tuple(ground for ground in self._one.grounds if ground.y < table)
        return HeadForm(title, serial, grounds, about[0], pitch, table - pitch)

    def _table(self) -> TableForm:
        two = self._two
        later, under, *_rows = two.across
        texts = tuple(replace(text, y=text.y - later) for text in self._between(two, later, under))
        if len(texts) != _COLUMNS:
            raise ValueError("head of the table")
        return TableForm(
            later, tuple(two.down), two.overhang, two.stroke, under - later, texts, tuple(two.grounds)
        )  # fmt: skip

    def _row(self) -> RowForm:
        one = self._one
        begin, end, low_end = one.across[1:4]
        tall = self._between(one, begin, end)
        names = [text for text in tall if text.words.startswith(_NAME[0])]
        details = [text for text in tall if text.words.endswith(_DETAIL)]
        if len(names) != 2 or len(details) != _TALL:  # noqa: PLR2004 - lines of the name
            raise ValueError("tall row")
        middle = (end + low_end) / 2
        # Texts stand to the millionth, lines to the hundredth: heights are taken from the numbers of three rows.
        first, second, third = [text.y for text in self._between(one, begin, _BOTTOM) if text.words == "1"][:3]
        low_high = third - second
        tall_high = 2 * (second - first) - low_high
        order, code, _name, *low = [replace(text, y=text.y - middle) for text in self._between(one, end, low_end)]
        if (order.words, code.words) != ("1", _CODE):
            raise ValueError("low row")
        name_pitch, detail_pitch = names[1].y - names[0].y, details[1].y - details[0].y
        return RowForm(
            low=low_high,
            order=order,
            code=code,
            picture=replace(one.pictures[1], y=one.pictures[1].y - middle),
            boxes=tuple(text for text in low if text.words != _DETAIL),
            name=replace(names[0], y=names[0].y - begin),
            name_pitch=name_pitch,
            detail=replace(details[0], y=details[0].y - names[1].y),
            detail_pitch=detail_pitch,
            door=tall_high - name_pitch - (_TALL - 1) * detail_pitch,
            door_wide=_DOOR_WIDE,
        )

    def _hint(self) -> tuple[Text, float]:
        end = self._two.across[-1]
        (hint,) = self._between(self._two, end, _BOTTOM)
        face = self._faces[hint.face].descriptor
        ascent, descent = (face[name] * hint.size / 1000 for name in ("Ascent", "Descent"))
        below = (hint.size * _HINT_LEADING - (ascent - descent)) / 2 - descent  # half of the leading, and the descent
        return replace(hint, y=hint.y - end), hint.y + below - end

    def _between(self, page: Drawn, top: float, bottom: float) -> list[Text]:
        return [text for text in page.texts if not text.turned and top < text.y < bottom]

    def wide(self, text: Text) -> float:
        """Return how wide a text is."""
        glyphs = [self._faces[text.face].glyph(one) for one in text.words]
        return sum(glyph.advance for glyph in glyphs if glyph is not None) * text.size / 1000
