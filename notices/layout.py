"""Lays paper out as PDF. The only module that imports WeasyPrint.

Paper is rendered strictly: an unknown name in a form, a character the face lacks, an address other than ``data:``
or a picture that does not load fails that paper by name instead of leaving something out.
"""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Self

import pikepdf
import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from models.rules.money import shown
from models.rules.refusals import Refused
from notices import wording
from notices.faces import check_characters
from notices.frozen import Paper
from notices.refusals import NoticeNotRendered

MAX_MERGED = 100
"""Papers in one file for printing: an office printer's memory, and ours."""

_FORMS = Path(__file__).resolve().parent.parent / "templates" / "paper"
_WATERMARKS = {(False, False): "", (True, False): "演示数据", (False, True): "补打", (True, True): "演示数据 补打"}

# Pango's font map is not safe to share between threads, and layout holds the interpreter's lock anyway.
_press = Lock()


def render(paper: Paper, *, reprint: bool = False) -> bytes:
    """Make one paper: A4, tagged (PDF/UA-1 declared), fonts embedded, equal content giving equal bytes.

    Args:
        paper: a notice, a letter asking for help, or a reply slip.
        reprint: mark every page as 补打.

    Raises:
        NoticeNotRendered: names the field, or the form, at fault.

    """
    if paper.wording_version not in wording.KNOWN:
        raise NoticeNotRendered(
            "%(serial)s was not made: there is no wording version like the one in “%(field)s”.",
            serial=paper.serial,
            field="wording_version",
        )
    paper.check()
    check_characters(paper)
    check_url = getattr(paper, "check_url", "")
    html = (
        _forms()
        .get_template(paper.TEMPLATE)
        .render(
            paper=paper,
            mark=_WATERMARKS[paper.is_demo, reprint],
            qr=_qr(check_url) if check_url else "",
        )
    )
    return lay_out(html, serial=paper.serial)


def lay_out(html: str, *, serial: str) -> bytes:
    """Turn a filled form into PDF without fetching anything.

    Raises:
        NoticeNotRendered: the form asks for an address other than ``data:``, or a picture does not load.

    """
    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)
    with _press, _Faults() as faults:
        try:
            pdf = HTML(string=html, url_fetcher=fetcher).write_pdf(
                font_config=_font_configuration(), pdf_variant="pdf/ua-1", presentational_hints=False
            )
        except FatalURLFetchingError as error:  # a BaseException: it would pass every `except Exception`
            raise NoticeNotRendered(
                "%(serial)s was not made: its form asks for a file from elsewhere.", serial=serial
            ) from error
    if faults.messages:
        raise NoticeNotRendered("%(serial)s was not made: a part of its form could not be printed.", serial=serial)
    return bytes(pdf)


def render_merged(papers: Sequence[Paper], *, reprint: bool = False) -> bytes:
    """Make one file for printing, in the order given.

    Raises:
        Refused: none, or more than ``MAX_MERGED``.
        NoticeNotRendered: one of them cannot be made; make them one by one to leave it out.

    """
    if not 1 <= len(papers) <= MAX_MERGED:
        raise Refused("A file for printing holds 1 to %(most)s papers.", most=MAX_MERGED)
    return merge(render(paper, reprint=reprint) for paper in papers)


def merge(pdfs: Iterable[bytes], *, title: str = "合并打印文件") -> bytes:
    """Put finished PDFs one after another for printing; pages stay as they are, tags are left to the single files.

    Args:
        pdfs: finished papers, in the order wanted.
        title: of the file, without personal data.

    Raises:
        Refused: there is nothing to print.

    """
    out = io.BytesIO()
    with pikepdf.new() as merged:
        for pdf in pdfs:
            with pikepdf.open(io.BytesIO(pdf)) as single:
                merged.pages.extend(single.pages)
        if not len(merged.pages):
            raise Refused("There is nothing to print.")
        for page in merged.pages:
            if "/StructParents" in page.obj:  # points into the tree of the single file
                del page.obj["/StructParents"]
        merged.Root.Lang = pikepdf.String("zh-CN")
        merged.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        merged.docinfo["/Title"] = title
        merged.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


class _Faults(logging.Handler):
    """What WeasyPrint only logs: a picture left out, a reference that leads nowhere."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())

    def __enter__(self) -> Self:
        logging.getLogger("weasyprint").addHandler(self)
        return self

    def __exit__(self, *_error: object) -> None:
        logging.getLogger("weasyprint").removeHandler(self)


@cache
def _font_configuration() -> FontConfiguration:
    """One for the process: a new one for each paper grows memory without end."""
    return FontConfiguration()


@cache
def _forms() -> Environment:
    forms = Environment(
        loader=FileSystemLoader(_FORMS),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    forms.filters["yuan"] = shown
    forms.filters["day"] = _day
    return forms


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _qr(address: str) -> str:
    """Write an address as a QR code in an SVG ``data:`` address, with its quiet zone."""
    out = io.BytesIO()
    segno.make_qr(address, error="m").save(out, kind="svg", border=4, xmldecl=False, svgns=True, nl=False)
    return f"data:image/svg+xml;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"
