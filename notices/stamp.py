"""Stamps words into a form that was laid out once: as many papers a second as layout makes in two minutes.

A form is laid out with marks (glyphs without width or ink, ``typefaces``) instead of words: two for each place, at
its left and its right edge. ``Form`` cuts the page's content at the marks; ``stamp`` writes one paper's words
there, each as wide as the sum of its advances and aligned as its form says, with a font subset of its own. The
structure tree, the static fonts and everything else that papers of one form share are copied as they stand. A word
that does not fit raises ``DoesNotFit``, and that paper is laid out.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from html import escape
from typing import Any

import pikepdf

from notices.qr import QrCode
from notices.refusals import DoesNotFit
from notices.subsets import Subset, stream, tag
from notices.typefaces import FIRST_MARK, MARKS, BuiltFace

FONT_OBJECTS = 5
"""Objects that make up one subset in a PDF."""

_LEVEL = 6
_SLACK = 0.01  # points a word may be wider than its place: rounding of layout
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


_WORTH_PACKING = 700  # bytes
_ZLIB_BEGINS = b"\x78\x9c"
_DEFLATE_ENDS = b"\x03\x00"  # an empty last block
Parts = tuple[bytes | Place, ...]


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


class Form:
    """A form laid out with marks, cut and packed, ready for words.

    Attributes:
        pages: what each page draws, cut at its places.

    """

    def __init__(self, pdf: bytes, faces: Sequence[BuiltFace], count: int) -> None:
        """Cut a laid-out form.

        Args:
            pdf: the form, laid out with marks; its only picture is the QR code.
            faces: the built faces it was set in.
            count: how many words it takes.

        Raises:
            FormUnusable: a mark is missing, or stands where no word can be written.

        """
        self._faces = tuple(faces)
        with pikepdf.open(io.BytesIO(pdf)) as document:
            self.pages = tuple(Page(_Cutter(page, self._faces).parts) for page in document.pages)
            places = [place for page in self.pages for place in page.places]
            if {place.word for place in places} != set(range(count)):
                raise FormUnusable("not every mark came out")
            self._by_face = {
                face: sorted({place.word for place in places if place.face == face})
                for face in sorted({place.face for place in places})
            }
            self._pack(document)

    def is_beginning_of(self, pdf: bytes) -> bool:
        """Say whether a stored paper was stamped into this very form: all that its papers share is the same."""
        return pdf.startswith(self._prefix)

    def stamp(self, words: Sequence[str], *, title: str, qr: QrCode) -> bytes:
        """Write one paper.

        Args:
            words: as many as the form takes.
            title: the document's.
            qr: the code in place of the form's picture.

        Raises:
            DoesNotFit: a word is wider than its place, or our faces lack a character.

        """
        subsets = self.subsets([words])
        bodies = [stream(b"", page.packed(words, subsets)) for page in self.pages]
        bodies.append(picture(qr))
        bodies.append(b"<<%s/Title<feff%s>>>" % (self._told, title.encode("utf-16-be").hex().encode()))
        bodies.append(
            b"<</Type/Metadata/Subtype/XML/Length %d>>stream\n%s\nendstream"
            % (len(data := escape(title, quote=False).encode().join(self._metadata)), data)
        )
        number = self._first + len(bodies)
        for subset in subsets.values():
            bodies += subset.objects(range(number, number + FONT_OBJECTS))
            number += FONT_OBJECTS
        return self._file(bodies)

    def add_to(self, subsets: dict[int, Subset], words: Sequence[str]) -> None:
        """Add to subsets that several papers share, by face, what these words need.

        Raises:
            DoesNotFit: a face lacks a character.

        """
        for face, numbers in self._by_face.items():
            if face not in subsets:
                subsets[face] = Subset(self._faces[face])
            subsets[face].add(set().union(*(words[number] for number in numbers)))

    def subsets(self, papers: Sequence[Sequence[str]]) -> dict[int, Subset]:
        """Return for each face what it needs to show the words of these papers.

        Raises:
            DoesNotFit: a face lacks a character.

        """
        return {
            face: Subset(self._faces[face], set().union(*(words[number] for words in papers for number in numbers)))
            for face, numbers in self._by_face.items()
        }

    def _file(self, bodies: Sequence[bytes]) -> bytes:
        parts = [self._prefix]
        at = len(self._prefix)
        entries = [self._entries]
        for number, body in enumerate(bodies, self._first):
            whole = b"%d 0 obj\n%s\nendobj\n" % (number, body)
            parts.append(whole)
            entries.append(struct.pack(">BIH", 1, at, 0))
            at += len(whole)
        number = self._first + len(bodies)
        entries.append(struct.pack(">BIH", 1, at, 0))
        digest = hashlib.sha256(b"".join(parts)).hexdigest()[:32].encode()
        table = zlib.compress(b"".join(entries), 1)
        parts.append(
            b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n"
            % (
                number,
                stream(
                    b"/Type/XRef/Size %d/W[1 4 2]/Root %s/Info %d 0 R/ID[<%s><%s>]"
                    % (number + 1, self._root, self._first + len(self.pages) + 1, digest, digest),
                    table,
                ),
                at,
            )
        )
        return b"".join(parts)

    def _pack(self, document: pikepdf.Pdf) -> None:
        """Write down once what all papers share; what differs gets the numbers behind it."""
        info = document.trailer.Info
        title = str(info.Title)
        metadata = document.Root.Metadata.read_bytes().split(escape(title, quote=False).encode())
        if len(metadata) < 2:  # noqa: PLR2004 - before and after
            raise FormUnusable("the metadata hold no title")
        self._metadata = metadata
        self._told = _entries_but(info, {"/Title"})
        pictures = {
            picture.objgen: picture
            for page in document.pages
            for picture in page.Resources.get("/XObject", {}).values()
        }
        if len(pictures) != 1:
            raise FormUnusable("the QR code is not the only picture")
        for page in document.pages:
            tag_fonts(page)
        _replace_later(document, self._by_face)
        static, self._first = _shared(document)
        self._root = b"%d 0 R" % document.Root.objgen[0]
        _no_marks_left(static)
        self._prefix, self._entries = _written(static, self._first)


def picture(qr: QrCode) -> bytes:
    """Write a QR code as an image of a PDF."""
    named = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1/Interpolate false"
        % (qr.side, qr.side)
    )
    return stream(named, zlib.compress(qr.rows, _LEVEL))


class Page:
    """What one page draws, cut at its places; long stretches without a place are deflated once for all papers."""

    def __init__(self, parts: Parts) -> None:
        self.places = tuple(part for part in parts if isinstance(part, Place))
        self._zones: list[_Stretch | list[bytes | Place]] = []
        for part in parts:
            if isinstance(part, bytes) and len(part) >= _WORTH_PACKING:
                self._zones.append(_Stretch.of(part))
            elif self._zones and isinstance(self._zones[-1], list):
                self._zones[-1].append(part)
            else:
                self._zones.append([part])

    def packed(self, words: Sequence[str], subsets: dict[int, Subset]) -> bytes:
        """Return what the page draws with these words, deflated.

        Raises:
            DoesNotFit: a word is empty, wider than its place, or has blanks that layout would treat in its own way.

        """
        out = [_ZLIB_BEGINS]
        total = 1
        for zone in self._zones:
            if isinstance(zone, _Stretch):
                out.append(zone.packed)
                total = zlib.adler32(zone.plain, total)
            else:
                plain = b"".join([part if isinstance(part, bytes) else _drawn(part, words, subsets) for part in zone])
                out.append(_deflated(plain))
                total = zlib.adler32(plain, total)
        out += (_DEFLATE_ENDS, struct.pack(">I", total))
        return b"".join(out)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What all papers draw alike."""

    plain: bytes
    packed: bytes

    @classmethod
    def of(cls, plain: bytes) -> _Stretch:
        return cls(plain, _deflated(plain, 9))


def _deflated(plain: bytes, level: int = _LEVEL) -> bytes:
    """Deflate a stretch so that others can stand before and behind it (RFC 1951: it ends on a whole byte)."""
    packer = zlib.compressobj(level, wbits=-zlib.MAX_WBITS)
    return packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH)


def _drawn(place: Place, words: Sequence[str], subsets: dict[int, Subset]) -> bytes:
    word = words[place.word]
    if not word or word[0] == " " or word[-1] == " " or "  " in word:
        raise DoesNotFit(f"word {place.word}")
    subset = subsets[place.face]
    spare = place.right - place.left - subset.width(word) * place.size / 1000
    if spare < -_SLACK:
        raise DoesNotFit(f"word {place.word}")
    x = place.left + spare * place.edge / 2
    return b"BT\n1 0 0 -1 %.3f %s Tm\n/W%d %.6g Tf\n%s Tj\nET\n" % (
        x, place.baseline, place.face, place.size, subset.shown(word),
    )  # fmt: skip


class _Cutter:
    """Cuts one page's content at the marks."""

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


def tag_fonts(page: pikepdf.Page) -> None:
    """Name a page's subsets by what they hold: layout names them by face alone."""
    fonts: Any = page.Resources.get("/Font", {})
    for font in fonts.values():
        if "/DescendantFonts" not in font:
            continue
        descendant: Any = font.DescendantFonts[0]
        file = descendant.FontDescriptor.get("/FontFile2") or descendant.FontDescriptor.get("/FontFile3")
        name = f"/{tag(file.read_raw_bytes())}+{str(font.BaseFont).partition('+')[2]}"
        font.BaseFont = descendant.BaseFont = descendant.FontDescriptor.FontName = pikepdf.Name(name)


def _replace_later(document: pikepdf.Pdf, by_face: dict[int, list[int]]) -> None:
    """Point at objects that each paper brings itself; they get the last numbers, in the order of ``stamp``."""
    for page in document.pages:
        page.obj.Contents = document.make_indirect(pikepdf.Dictionary())
    picture = document.make_indirect(pikepdf.Dictionary())
    document.make_indirect(pikepdf.Dictionary())  # the document information, which the trailer names
    document.Root.Metadata = document.make_indirect(pikepdf.Dictionary())
    fonts = {}
    for face in by_face:
        fonts[f"/W{face}"], *_rest = [document.make_indirect(pikepdf.Dictionary()) for _ in range(FONT_OBJECTS)]
    for page in document.pages:
        resources: Any = page.Resources
        for name in resources.get("/XObject", {}):
            resources.XObject[name] = picture
        for name, font in fonts.items():
            resources.Font[name] = font


def _shared(document: pikepdf.Pdf) -> tuple[dict[int, pikepdf.Object], int]:
    """Return what the document's root leads to, by number, and the first number of what each paper brings."""
    last = len(document.objects)
    later = {number for number in range(1, last + 1) if document.get_object(number, 0) == pikepdf.Dictionary()}
    first = min(later)
    found: dict[int, pikepdf.Object] = {}
    waiting: list[Any] = [document.Root]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, pikepdf.Object):
            continue
        if one.is_indirect:
            number = one.objgen[0]
            if number in found or number >= first:
                continue
            found[number] = one
        if isinstance(one, pikepdf.Stream | pikepdf.Dictionary):
            waiting += list(one.values())
        elif isinstance(one, pikepdf.Array):
            waiting += list(one)
    return found, first


def _written(static: dict[int, pikepdf.Object], first: int) -> tuple[bytes, bytes]:
    """Return the shared objects as the beginning of a file, and their entries of its table."""
    streams = {number: one for number, one in static.items() if isinstance(one, pikepdf.Stream)}
    plain = {number: one for number, one in sorted(static.items()) if number not in streams}
    holder = next(number for number in range(1, first) if number not in static)
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    entries = {0: struct.pack(">BIH", 0, 0, 0xFFFF)}
    for number, one in streams.items():
        entries[number] = struct.pack(">BIH", 1, len(out), 0)
        if one.get("/Filter") != "/FlateDecode":
            raise FormUnusable("a stream is not deflated")
        named = _entries_but(one, {"/Length", "/Filter"})
        out += b"%d 0 obj\n%s\nendobj\n" % (number, stream(named, one.read_raw_bytes()))
    heads, bodies, at = [], [], 0
    for place, (number, other) in enumerate(plain.items()):
        body = other.unparse(resolved=True) + b"\n"
        entries[number] = struct.pack(">BIH", 2, holder, place)
        heads.append(b"%d %d " % (number, at))
        bodies.append(body)
        at += len(body)
    head = b"".join(heads)
    entries[holder] = struct.pack(">BIH", 1, len(out), 0)
    packed = zlib.compress(head + b"".join(bodies), 9)
    out += b"%d 0 obj\n%s\nendobj\n" % (
        holder,
        stream(b"/Type/ObjStm/N %d/First %d" % (len(plain), len(head)), packed),
    )
    free = struct.pack(">BIH", 0, 0, 0xFFFF)
    return bytes(out), b"".join(entries.get(number, free) for number in range(first))


def _entries_but(one: pikepdf.Object, left_out: set[str]) -> bytes:
    """Write the entries of a dictionary, or of a stream's, without its brackets."""
    kept = pikepdf.Dictionary({name: value for name, value in one.items() if name not in left_out})
    return kept.unparse()[2:-2]


def _no_marks_left(static: dict[int, pikepdf.Object]) -> None:
    """Refuse a form whose marks would stay visible to readers, for example in a bookmark."""
    for one in static.values():
        if isinstance(one, pikepdf.Dictionary):
            for value in one.values():
                if isinstance(value, pikepdf.String) and any(
                    FIRST_MARK <= ord(character) < FIRST_MARK + MARKS for character in str(value)
                ):
                    raise FormUnusable("a mark stands outside the page")
