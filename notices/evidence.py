"""The evidence file of a borrower as one PDF: index, chain of events, then every paper and picture, pages counted."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

import pikepdf
from PIL import Image

from notices import layout, merging, wording
from notices.frozen import Paper
from notices.route_sheets import printable

_DOTS_PER_INCH = 150
_A4 = (1240, 1754)  # pixels at that density
_MARGIN = 90
_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One paper or picture of the file: a PDF as stored, or a JPEG.

    Attributes:
        title: what it is, for the index.
        on: its day.
        sha256: of the stored original.
        body: the original.

    """

    title: str
    on: date
    sha256: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexLine:
    """One line of the index."""

    number: int
    title: str
    on: date
    sha256: str
    first_page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """One link of the chain of events."""

    at: str
    what: str
    who: str
    facts: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceIndex(Paper):
    """Front of the file: whom it is about, who had it made and why, the index, the chain of events."""

    KIND: ClassVar[str] = "送达与催收证据卷"
    TEMPLATE: ClassVar[str] = "evidence.html"

    serial: str
    issued_on: date
    issuing_unit: str
    borrower_name: str
    masked_id: str
    village: str
    made_by: str
    reason: str
    kept: str
    lines: tuple[IndexLine, ...]
    events: tuple[EventLine, ...]
    wording_version: str
    is_demo: bool


def assemble(front: EvidenceIndex, exhibits: Sequence[Exhibit]) -> tuple[bytes, int]:
    """Put the file together; return it with its number of pages.

    The front is laid out twice: how long it is decides on which page each exhibit begins.
    """
    bodies = [one.body if one.body.startswith(b"%PDF-") else _as_page(one.body) for one in exhibits]
    counts = [_pages(body) for body in bodies]
    draft = _front(front, exhibits, counts, 0)
    first = _front(front, exhibits, counts, _pages(draft))
    total = _pages(first) + sum(counts)
    return _numbered(merging.merge([first, *bodies], title=front.title), total, front.serial), total


def _front(front: EvidenceIndex, exhibits: Sequence[Exhibit], counts: Sequence[int], before: int) -> bytes:
    lines = []
    page = before + 1
    for number, (one, count) in enumerate(zip(exhibits, counts, strict=True), start=1):
        lines.append(
            IndexLine(
                number=number,
                title=printable(one.title),
                on=one.on,
                sha256=one.sha256,
                first_page=page,
                pages=count,
            )
        )
        page += count
    return layout.lay_out(layout.filled(replace(front, lines=tuple(lines))), serial=front.serial, kind=front.KIND)


def _numbered(pdf: bytes, total: int, serial: str) -> bytes:
    """Write "page x of y" of the whole file above every page; each paper keeps its own numbers below."""
    pages = layout.lay_out(
        layout.filled(_Numbers.of(total, serial)), serial=serial, kind=_Numbers.KIND, style="evidence_numbers.css"
    )
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as whole, pikepdf.open(io.BytesIO(pages)) as numbers:
        for page, number in zip(whole.pages, numbers.pages, strict=True):
            page.add_overlay(number, pikepdf.Rectangle(page.mediabox))
        whole.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers(Paper):
    """As many empty pages as the file has, each with its number."""

    KIND: ClassVar[str] = "证据卷页码"
    TEMPLATE: ClassVar[str] = "evidence_numbers.html"

    serial: str
    total: int
    wording_version: str
    is_demo: bool = False

    @classmethod
    def of(cls, total: int, serial: str) -> _Numbers:
        return cls(serial=serial, total=total, wording_version=wording.FIRST_VERSION)


def _as_page(jpeg: bytes) -> bytes:
    """Put a picture onto a page."""
    page = Image.new("RGB", _A4, "white")
    with Image.open(io.BytesIO(jpeg)) as picture:
        fitted = picture.convert("RGB")
        fitted.thumbnail((_A4[0] - 2 * _MARGIN, _A4[1] - 2 * _MARGIN))
        page.paste(fitted, ((_A4[0] - fitted.width) // 2, _MARGIN))
    out = io.BytesIO()
    page.save(out, "PDF", resolution=_DOTS_PER_INCH, quality=_QUALITY)
    return out.getvalue()


def _pages(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)
