"""Papers to look at before any is issued: as they would be printed, each page marked, without a number or a code."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import ClassVar

import pikepdf

from notices import layout, merging
from notices.content import NoticeContent
from notices.frozen import Paper

TITLE = "催收通知书样张"
_CODE = "样张-不得-送达"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMark(Paper):
    """A page with nothing on it but the mark, to be laid under others."""

    KIND: ClassVar[str] = "样张 不得送达"
    TEMPLATE: ClassVar[str] = "sample_mark.html"

    serial: str = ""
    issued_on: date
    issuing_unit: str = ""
    wording_version: str = ""
    is_demo: bool = False


def samples(papers: Sequence[NoticeContent], *, check_url: str) -> bytes:
    """Return a file of sample notices, to be looked at and served on nobody.

    Args:
        papers: what the notices would say.
        check_url: where the square code of a sample leads: no number and no code stand for a paper that is none.

    Raises:
        Refused: there is nothing to print, or a paper cannot be made; the sentence says why.

    """
    shown = [
        replace(one, serial=f"样张第{place}份", check_code=_CODE, check_url=check_url)
        for place, one in enumerate(papers, 1)
    ]
    merged = merging.merge((layout.render(one) for one in shown), title=TITLE)
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(merged)) as document, pikepdf.open(io.BytesIO(_mark(shown[0].issued_on))) as mark:
        for page in document.pages:
            page.add_underlay(mark.pages[0], None)
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


@lru_cache(maxsize=1)
def _mark(day: date) -> bytes:
    return layout.laid_out(SampleMark(issued_on=day))
