"""Files for printing: many papers in one PDF, each page as in its own file, written as they come.

A paper stamped into a form that is the same today is stamped again: its fonts are those of the whole file, so a page
costs a few kilobytes instead of a whole set of type. Every other paper (laid out, of an older form, a cover sheet)
is copied from its own file, and what two copies share is kept once. Tags are left to the single files.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pikepdf

from models.rules.refusals import Refused
from notices import layout
from notices.frozen import Paper
from notices.objects import picture, tag_fonts
from notices.pdf_file import PdfFile
from notices.qr import encode
from notices.refusals import DoesNotFit
from notices.stamp import FONT_OBJECTS, Form
from notices.subsets import Subset, stream
from notices.words import has_form, words

MAX_PAPERS = 200
"""Papers in one file for printing: what a small office's printer swallows."""

_TITLE = "合并打印文件"


@dataclass(frozen=True, slots=True)
class Bound:
    """A paper of a file.

    Attributes:
        said: what it says, or nothing when it is only to be copied.
        pdf: its own file.
        is_reprint: whether that is marked as a reprint.

    """

    said: Paper | None
    pdf: bytes
    is_reprint: bool = False


_INHERITED = ("/MediaBox", "/Resources", "/Rotate", "/CropBox")


def write(papers: Iterable[Bound], path: Path, *, title: str = _TITLE) -> int:
    """Write papers into one file, in the order given; returns the number of pages.

    Args:
        papers: those of the file.
        path: where to write; what is there is written over.
        title: of the file, without personal data.

    Raises:
        Refused: none, or more than ``MAX_PAPERS``; nothing is left at the path then.

    """
    try:
        with path.open("wb") as out:
            file = _PrintFile(out)
            for paper in papers:
                file.add(paper)
            file.end(title)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return len(file.pages)


class _PrintFile(PdfFile):
    """A file for printing as it is written."""

    def __init__(self, out: BinaryIO) -> None:
        super().__init__(out)
        self._papers = 0
        self._kept: dict[bytes, int] = {}  # what was copied, by its hash
        self._forms: dict[Form, list[tuple[bytes, bytes]]] = {}
        self._subsets: dict[int, Subset] = {}
        self._fonts: dict[int, range] = {}

    def add(self, paper: Bound) -> None:
        """Add one paper: stamped where that prints the same, else copied.

        Raises:
            Refused: the file is full.

        """
        self._papers += 1
        if self._papers > MAX_PAPERS:
            raise _wrong_count()
        said = paper.said
        if said is None or not (has_form(said) and self._stamp(said, paper.pdf, paper.is_reprint)):
            self._copy(paper.pdf)

    def _stamp(self, said: Paper, pdf: bytes, is_reprint: bool) -> bool:  # noqa: FBT001 - see ``Bound``
        """Stamp a paper, unless its own file is of another form or its words do not fit; says whether it did."""
        form = layout.form_of(said, reprint=is_reprint)
        if form is None or not form.is_beginning_of(pdf):
            return False
        spoken = words(said)
        try:
            form.add_to(self._subsets, spoken)
            drawn = [page.packed(spoken, self._subsets) for page in form.pages]
        except DoesNotFit:
            return False
        for face in self._subsets:
            if face not in self._fonts:
                self._fonts[face] = self.numbers(FONT_OBJECTS)
        if form not in self._forms:
            self._forms[form] = self._resources(pdf)
        code = self.put(picture(encode(layout.check_url(said))))
        for content, (before, behind) in zip(drawn, self._forms[form], strict=True):
            self.page(b"%s%d 0 R%s" % (before, code, behind), self.put(stream(b"", content)))
        return True

    def _copy(self, pdf: bytes) -> None:
        """Take over all pages of a finished file."""
        with pikepdf.open(io.BytesIO(pdf)) as single:
            copied: dict[tuple[int, int], int] = {}
            for page in single.pages:
                tag_fonts(page)
                shown = page.obj
                # Contents may be several streams, which count as one.
                content = self.put(stream(b"", zlib.compress(b"\n".join(_contents(shown)))))
                named = b"".join(
                    b"%s %s" % (name.encode(), self._plain(value, copied))
                    for name in _INHERITED
                    if (value := _inherited(shown, name)) is not None
                )
                self.page(named, content)

    def end(self, title: str) -> None:
        """Write the fonts and what closes the file.

        Raises:
            Refused: no paper was added.

        """
        if not self._papers:
            raise _wrong_count()
        for face, numbers in self._fonts.items():
            for number, body in zip(numbers, self._subsets[face].objects(numbers), strict=True):
                self.put(body, number)
        self.finish(title)

    def _resources(self, pdf: bytes) -> list[tuple[bytes, bytes]]:
        """Copy once what the pages of a form share; returns each page's entries before and behind the QR code."""
        found = []
        with pikepdf.open(io.BytesIO(pdf)) as sample:
            copied: dict[tuple[int, int], int] = {}
            for page in sample.pages:
                resources: Any = page.Resources
                own = {f"/W{face}" for face in self._fonts}
                fonts = {name: font for name, font in resources.get("/Font", {}).items() if name not in own}
                shared = {name: self._plain(font, copied) for name, font in fonts.items()}
                shared |= {f"/W{face}": b"%d 0 R" % numbers[0] for face, numbers in self._fonts.items()}
                font = self.put(b"<<%s>>" % b"".join(b"%s %s" % (key.encode(), at) for key, at in shared.items()))
                rest = b"".join(
                    b"%s %s" % (name.encode(), self._plain(value, copied))
                    for name, value in resources.items()
                    if name not in {"/Font", "/XObject"}
                )
                box = self._plain(_inherited(page.obj, "/MediaBox"), copied)
                begin = b"/MediaBox %s/Resources<</Font %d 0 R%s" % (box, font, rest)
                names = [name.encode() for name in resources.get("/XObject", {})]
                found.append((begin + b"/XObject<<" + b"".join(b"%s " % name for name in names), b">>>>"))
        return found

    def _plain(
        self,
        one: Any,  # noqa: ANN401 - a value of a PDF
        copied: dict[tuple[int, int], int],
    ) -> bytes:
        """Write down a value of another file, what it refers to copied into this one."""
        if not isinstance(one, pikepdf.Object):
            return pikepdf.Array([one]).unparse()[1:-1]  # a number or a truth value
        if one.is_indirect:
            if one.objgen not in copied:
                copied[one.objgen] = self._copied(one, copied)
            return b"%d 0 R" % copied[one.objgen]
        return self._direct(one, copied)

    def _copied(self, one: pikepdf.Object, copied: dict[tuple[int, int], int]) -> int:
        if isinstance(one, pikepdf.Stream):
            named = self._entries(one, copied, {"/Length"})
            data = one.read_raw_bytes()
            body = b"<<%s/Length %d>>stream\n%s\nendstream" % (named, len(data), data)
        else:
            body = self._direct(one, copied)
        digest = hashlib.sha256(body).digest()
        if digest not in self._kept:
            self._kept[digest] = self.put(body)
        return self._kept[digest]

    def _direct(self, one: pikepdf.Object, copied: dict[tuple[int, int], int]) -> bytes:
        if isinstance(one, pikepdf.Dictionary):
            return b"<<%s>>" % self._entries(one, copied, set())
        if isinstance(one, pikepdf.Array):
            return b"[%s]" % b" ".join(self._plain(item, copied) for item in one)
        return bytes(one.unparse(resolved=True))

    def _entries(self, one: pikepdf.Object, copied: dict[tuple[int, int], int], left_out: set[str]) -> bytes:
        return b"".join(
            b"%s %s" % (name.encode(), self._plain(value, copied))
            for name, value in one.items()
            if name not in left_out
        )


def _wrong_count() -> Refused:
    return Refused("A file for printing holds 1 to %(most)s papers.", most=MAX_PAPERS)


def _inherited(page: Any, name: str) -> Any:  # noqa: ANN401 - a value of a PDF
    """Return an entry of a page, or of the nodes above it."""
    at = page
    for _ in range(50):
        if name in at:
            return at[name]
        if "/Parent" not in at:
            return None
        at = at.Parent
    return None


def _contents(page: pikepdf.Object) -> list[bytes]:
    contents = page.get("/Contents")
    if contents is None:
        return []
    return [part.read_bytes() for part in (contents if isinstance(contents, pikepdf.Array) else [contents])]
