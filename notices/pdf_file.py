"""A PDF written object by object: what is written is not kept in memory."""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import BinaryIO

from notices.subsets import stream


class PdfFile:
    """A file that grows; its pages are one list.

    Attributes:
        pages: the objects of the pages, by number, in the order added.

    """

    def __init__(self, out: BinaryIO) -> None:
        """Begin a file."""
        self.pages: list[int] = []
        self._out = out
        self._at = 0
        self._places: list[int] = [0]  # of each object, by number; 0: not written
        self._digest = hashlib.sha256()
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        self._tree = self.numbers()[0]

    def numbers(self, count: int = 1) -> range:
        """Set numbers of objects aside."""
        first = len(self._places)
        self._places += [0] * count
        return range(first, first + count)

    def put(self, body: bytes, number: int | None = None) -> int:
        """Write an object; returns its number.

        Args:
            body: of the object.
            number: one that was set aside, or none for the next.

        """
        number = self.numbers()[0] if number is None else number
        self._places[number] = self._at
        self._write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        return number

    def page(self, named: bytes, content: int, number: int | None = None) -> None:
        """Write a page behind the others.

        Args:
            named: its entries but those that tie it into the file.
            content: the object that draws it.
            number: one that was set aside, or none for the next.

        """
        body = b"<</Type/Page/Parent %d 0 R/Contents %d 0 R%s>>" % (self._tree, content, named)
        self.pages.append(self.put(body, number))

    def finish(self, title: str, *, root: bytes = b"") -> None:
        """Write the tree of pages and the table of objects.

        Args:
            title: of the file, without personal data.
            root: further entries of the document's root.

        """
        kids = b" ".join(b"%d 0 R" % number for number in self.pages)
        self.put(b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(self.pages), kids), self._tree)
        catalog = self.put(
            b"<</Type/Catalog/Pages %d 0 R/Lang(zh-CN)/ViewerPreferences<</DisplayDocTitle true>>%s>>"
            % (self._tree, root)
        )
        info = self.put(b"<</Title<feff%s>>>" % title.encode("utf-16-be").hex().encode())
        digest = self._digest.hexdigest()[:32].encode()
        at, number = self._at, self.numbers()[0]
        self._places[number] = at
        entries = [struct.pack(">BIH", 0, 0, 0xFFFF)]
        entries += [struct.pack(">BIH", 1, place, 0) for place in self._places[1:]]
        named = b"/Type/XRef/Size %d/W[1 4 2]/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]" % (
            number + 1, catalog, info, digest, digest,
        )  # fmt: skip
        table = stream(named, zlib.compress(b"".join(entries)))
        self._write(b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number, table, at))

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self._at += len(data)
