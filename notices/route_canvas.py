"""Pages drawn with the pieces of a form, and written as a file with its structure."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from notices import structure
from notices.drawn import BLACK, UPRIGHT, Ground, Picture, Text
from notices.objects import picture
from notices.pdf_file import PdfFile
from notices.qr import QrCode, encode
from notices.refusals import DoesNotFit
from notices.route_forms import RouteForm
from notices.stamp import FONT_OBJECTS
from notices.structure import Element
from notices.subsets import Subset, stream


class Canvas:
    """Pages as they are drawn.

    Attributes:
        root: the structure of what they say.
        headings: pages that begin a section, counted from 0.

    """

    def __init__(self, form: RouteForm) -> None:
        """Begin with no page."""
        self.form = form
        self.root = Element(b"Document")
        self.headings: list[int] = []
        self._pages: list[Page] = []
        self._subsets = {number: Subset(face) for number, face in enumerate(form.faces)}
        self._known: set[tuple[int, str]] = set()

    def new_page(self) -> Page:
        """Begin a page."""
        page = Page(self, len(self._pages))
        self._pages.append(page)
        return page

    def finish(self, serial: str) -> None:
        """Write what each page bears, now that their number is known.

        Raises:
            DoesNotFit: the serial is too long for it.

        """
        foot = self.form.page
        for place, page in enumerate(self._pages, start=1):
            count = f"第 {place} 页 共 {len(self._pages)} 页"
            x = foot.right - self.wide(foot.count, count)
            if foot.serial.x + self.wide(foot.serial, serial) > foot.serial_right:
                raise DoesNotFit("a serial")
            for mark in foot.marks:
                page.text(mark)
            page.text(foot.serial, serial)
            page.text(foot.count, count, x=x)

    def subset(self, face: int, words: str) -> Subset:
        """Return a face's subset, with what these words need.

        Raises:
            DoesNotFit: the face lacks a character.

        """
        found = self._subsets[face]
        if (face, words) not in self._known:
            found.add(set(words))
            self._known.add((face, words))
        return found

    def wide(self, style: Text, words: str) -> float:
        """Return how wide words are in the style of a text.

        Raises:
            DoesNotFit: the face lacks a character.

        """
        return self.subset(style.face, words).width(words) * style.size / 1000 + len(words) * style.spacing

    def written(self, *, title: str) -> bytes:
        """Return the pages as a file, with this title, which holds no personal data."""
        out = io.BytesIO()
        file = PdfFile(out)
        numbers = file.numbers(len(self._pages))
        fonts = {face: file.numbers(FONT_OBJECTS) for face, subset in self._subsets.items() if subset.codes}
        font = b"".join(b"/W%d %d 0 R" % (face, own[0]) for face, own in fonts.items())
        for page, number in zip(self._pages, numbers, strict=True):
            codes = b"".join(b"/Q%d %d 0 R" % (place, file.put(picture(code))) for place, code in enumerate(page.codes))
            named = b"/MediaBox%s/StructParents %d/Resources<</Font<<%s>>/XObject<<%s>>>>" % (
                self.form.page.box, page.place, font, codes,
            )  # fmt: skip
            file.page(named, file.put(stream(b"", zlib.compress(page.content()))), number)
        for face, own in fonts.items():
            for number, body in zip(own, self._subsets[face].objects(own), strict=True):
                file.put(body, number)
        file.finish(title, root=structure.write(file, self.root, numbers))
        return out.getvalue()


@dataclass(slots=True)
class Page:
    """One page: grounds under lines under texts under pictures.

    Attributes:
        canvas: that it belongs to.
        place: counted from 0.
        codes: its square codes.

    """

    canvas: Canvas
    place: int
    codes: list[QrCode] = field(default_factory=list)
    _marks: int = 0
    _turned: list[bytes] = field(default_factory=list)
    _grounds: list[bytes] = field(default_factory=list)
    _lines: list[bytes] = field(default_factory=list)
    _texts: list[bytes] = field(default_factory=list)
    _pictures: list[bytes] = field(default_factory=list)

    def text(
        self,
        style: Text,
        words: str = "",
        *,
        x: float | None = None,
        y: float | None = None,
        is_centred: bool = False,
        into: Element | None = None,
    ) -> None:
        """Write a text.

        Args:
            style: the text as the form has it.
            words: what it says here, when not the same.
            x: where it begins, when not there.
            y: its baseline, when not there.
            is_centred: around the middle of the form's text, instead of from its beginning.
            into: the element that it is content of; none for what is not read out.

        Raises:
            DoesNotFit: the face lacks a character.

        """
        words = words or style.words
        shown = self.canvas.subset(style.face, words).shown(words)
        if is_centred:
            x = style.x + (self.canvas.wide(style, style.words) - self.canvas.wide(style, words)) / 2
        spacing = (b"%.4f Tc\n" % style.spacing, b"0 Tc\n") if style.spacing else (b"", b"")
        drawn = b"BT\n1 0 0 -1 %.3f %.3f Tm\n/W%d %.6g Tf\n%s%s Tj\n%sET\n" % (
            style.x if x is None else x, style.y if y is None else y, style.face, style.size, spacing[0], shown,
            spacing[1],
        )  # fmt: skip
        if style.colour != BLACK:
            drawn = b"%s rg\n%s%s rg\n" % (style.colour, drawn, BLACK)
        if style.turned != UPRIGHT:
            drawn = b"q\n%s cm\n%sQ\n" % (style.turned, drawn)
        (self._texts if style.turned == UPRIGHT else self._turned).append(self._held(b"Span", drawn, into))

    def ground(self, ground: Ground, *, down: float = 0.0) -> None:
        """Fill a shape of the form, so much further down."""
        drawn = b"q\n1 0 0 1 0 %.3f cm\n%sQ\n" % (down, ground.steps) if down else ground.steps
        self._grounds.append(self._held(b"", drawn, None))

    def grid(self, edges: Sequence[float]) -> None:
        """Draw the lines of a table between these edges of its rows."""
        table = self.canvas.form.table
        left, right = table.columns[0] - table.overhang, table.columns[-1] + table.overhang
        top, bottom = edges[0] - table.overhang, edges[-1] + table.overhang
        steps = [b"q\n0 0 0 RG\n%.6g w\n" % table.stroke]
        steps += [b"%.2f %.2f m\n%.2f %.2f l\n" % (left, y, right, y) for y in edges]
        steps += [b"%.2f %.2f m\n%.2f %.2f l\n" % (x, top, x, bottom) for x in table.columns]
        self._lines.append(self._held(b"", b"".join((*steps, b"S\nQ\n")), None))

    def picture(self, form: Picture, address: str, says: str, *, down: float, into: Element) -> None:
        """Draw the square code of an address.

        Args:
            form: where it stands in the form.
            address: what it holds.
            says: what a reader who does not see it is told.
            down: how far below that it stands here.
            into: the element that holds it.

        """
        x, y, side = form.x, form.y + down, form.side
        box = (x, y + side, x + side, y)
        figure = into.add(
            b"Figure",
            b"/Alt<feff%s>/A<</O/Layout/BBox[%s]>>"
            % (says.encode("utf-16-be").hex().encode(), self.canvas.form.page.in_points(box)),
        )
        drawn = b"q\n%.3f 0 0 %.3f %.3f %.3f cm\n/Q%d Do\nQ\n" % (side, -side, x, y + side, len(self.codes))
        self.codes.append(encode(address))
        self._pictures.append(self._held(b"Figure", drawn, figure))

    def content(self) -> bytes:
        """Return what the page draws."""
        ink = [b"%s rg\n" % BLACK]
        parts = (self._turned, self._grounds, self._lines, ink, self._texts, self._pictures)
        return b"".join((self.canvas.form.page.begin, *(step for part in parts for step in part)))

    def _held(self, kind: bytes, drawn: bytes, into: Element | None) -> bytes:
        """Mark content for the structure, or as no content."""
        if into is None:
            return b"/Artifact BMC\n%sEMC\n" % drawn
        mark = self._marks
        self._marks += 1
        into.page = self.place
        into.marked.append(mark)
        return b"/%s <</MCID %d>> BDC\n%sEMC\n" % (kind, mark, drawn)
