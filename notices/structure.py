"""The structure of a file that readers of the screen follow: elements and what they hold (ISO 32000-1, 14.7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from notices.pdf_file import PdfFile


@dataclass(slots=True, eq=False)
class Element:
    """An element.

    Attributes:
        kind: its standard type.
        more: further entries, as a PDF writes them.
        children: elements in it.
        marked: what it holds of a page's content, by the marks of that page.
        page: which page that is, counted from 0.

    """

    kind: bytes
    more: bytes = b""
    children: list[Element] = field(default_factory=list)
    marked: list[int] = field(default_factory=list)
    page: int = 0

    def add(self, kind: bytes, more: bytes = b"") -> Element:
        """Put an element behind the others in this one."""
        child = Element(kind, more)
        self.children.append(child)
        return child

    def all(self) -> Iterator[Element]:
        """Return this one and all in it, in the order read."""
        yield self
        for child in self.children:
            yield from child.all()


def write(file: PdfFile, root: Element, pages: Sequence[int]) -> bytes:
    """Write the structure into a file; returns the entries by which the document's root names it.

    Args:
        file: in which the pages are, each with its number from 0 as ``StructParents``.
        root: the element that holds all.
        pages: objects of the pages.

    """
    elements = list(root.all())
    tree = file.numbers()[0]
    numbers = dict(zip(elements, file.numbers(len(elements)), strict=True))
    parents: list[dict[int, int]] = [{} for _ in pages]
    above = {child: numbers[element] for element in elements for child in element.children}
    for element, number in numbers.items():
        kids = [b"%d" % mark for mark in element.marked] + [b"%d 0 R" % numbers[child] for child in element.children]
        on = b"/Pg %d 0 R" % pages[element.page] if element.marked else b""
        file.put(
            b"<</Type/StructElem/S/%s/P %d 0 R%s%s/K[%s]>>"
            % (element.kind, above.get(element, tree), on, element.more, b" ".join(kids)),
            number,
        )
        for mark in element.marked:
            parents[element.page][mark] = number
    listed = b"".join(
        b"%d[%s]" % (page, b" ".join(b"%d 0 R" % marks[mark] for mark in range(len(marks))))
        for page, marks in enumerate(parents)
    )
    file.put(
        b"<</Type/StructTreeRoot/K %d 0 R/ParentTree<</Nums[%s]>>/ParentTreeNextKey %d>>"
        % (numbers[root], listed, len(pages)),
        tree,
    )
    return b"/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R" % tree
