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
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pikepdf

from notices.cutting import FormUnusable, Parts, Place, cut, no_marks_left
from notices.objects import entries_but, picture, shared, tag_fonts, written
from notices.qr import QrCode
from notices.refusals import DoesNotFit
from notices.subsets import Subset, stream
from notices.typefaces import BuiltFace

FONT_OBJECTS = 5
"""Objects that make up one subset in a PDF."""

_LEVEL = 6
_QUICK = 1  # for the few outlines of one paper: a third quicker than 6, and 0.3 % of the file larger
_SLACK = 0.01  # points a word may be wider than its place: rounding of layout
_WORTH_PACKING = 700  # bytes
_ZLIB_BEGINS = b"\x78\x9c"
_DEFLATE_ENDS = b"\x03\x00"  # an empty last block


class Form:
    """A form laid out with marks, cut and packed, ready for words.

    Attributes:
        pages: what each page draws, cut at its places.

    """

    def __init__(self, pdf: bytes, faces: Sequence[BuiltFace], *, words: int, letters: int = 0) -> None:
        """Cut a laid-out form.

        Args:
            pdf: the form, laid out with marks; its only picture is the QR code.
            faces: the built faces it was set in.
            words: how many words it takes at places of their own.
            letters: how many Han characters it takes in its passages, behind the words.

        Raises:
            FormUnusable: a mark is missing, or stands where no word can be written.

        """
        self._faces = tuple(faces)
        with pikepdf.open(io.BytesIO(pdf)) as document:
            self.pages = tuple(Page(cut(page, self._faces, words, letters)) for page in document.pages)
            places = [place for page in self.pages for place in page.places]
            if {place.word for place in places} != set(range(words + letters)):
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
            words: as many as the form takes, letters last.
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
            bodies += subset.objects(range(number, number + FONT_OBJECTS), level=_QUICK)
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
        parts = []
        at = len(self._prefix)
        entries = []
        for number, body in enumerate(bodies, self._first):
            whole = b"%d 0 obj\n%s\nendobj\n" % (number, body)
            parts.append(whole)
            entries.append(struct.pack(">BIH", 1, at, 0))
            at += len(whole)
        number = self._first + len(bodies)
        entries.append(struct.pack(">BIH", 1, at, 0))
        told = self._begun.copy()
        told.update(b"".join(parts))
        digest = told.hexdigest()[:32].encode()
        tail = b"".join(entries)
        table = b"".join(
            (
                _ZLIB_BEGINS,
                self._entries.packed,
                _deflated(tail, _QUICK),
                _DEFLATE_ENDS,
                struct.pack(">I", zlib.adler32(tail, self._sum)),
            )
        )
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
        return b"".join((self._prefix, *parts))

    def _pack(self, document: pikepdf.Pdf) -> None:
        """Write down once what all papers share; what differs gets the numbers behind it."""
        info = document.trailer.Info
        title = str(info.Title)
        metadata = document.Root.Metadata.read_bytes().split(escape(title, quote=False).encode())
        if len(metadata) < 2:  # noqa: PLR2004 - before and after
            raise FormUnusable("the metadata hold no title")
        self._metadata = metadata
        self._told = entries_but(info, {"/Title"})
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
        static, self._first = shared(document)
        self._root = b"%d 0 R" % document.Root.objgen[0]
        no_marks_left(static)
        self._prefix, entries = written(static, self._first)
        self._entries = _Stretch.of(entries)
        self._sum = zlib.adler32(entries)
        self._begun = hashlib.sha256(self._prefix)


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
