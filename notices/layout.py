"""Lays paper out as PDF. The only module that imports WeasyPrint.

Paper is rendered strictly: an unknown name in a form, a character the face lacks, an address other than ``data:``
or a picture that does not load fails that paper by name instead of leaving something out.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Self

import pikepdf
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from models.rules.money import shown
from notices import cutting, qr, slimming, tags, typefaces, wording, words
from notices.cutting import FormUnusable
from notices.faces import check_characters
from notices.frozen import Paper
from notices.qr import QrCode
from notices.refusals import DoesNotFit, NoticeNotRendered
from notices.stamp import Form
from notices.typefaces import BuiltFace

_FORMS_KEPT = 128  # about 150 KB each
_ANY_ADDRESS = "https://example.cn/check/AAAA-AAAA-AAAA"  # its picture gives way to each paper's own
_MARKED = """
.slot { text-align: justify !important; text-align-last: justify !important; }
@page { @bottom-left { text-align: justify !important; text-align-last: justify !important; } }
"""
"""Spreads the two marks of a place to its edges."""

_log = logging.getLogger(__name__)

FORMS = Path(__file__).resolve().parent.parent / "templates" / "paper"
STYLE = "paper.css"
_WATERMARKS = {(False, False): "", (True, False): "演示数据", (False, True): "补打", (True, True): "演示数据 补打"}

# Pango's font map is not safe to share between threads, and layout holds the interpreter's lock anyway.
_press = Lock()


def render(paper: Paper, *, reprint: bool = False, large: bool = False) -> bytes:
    """Make one paper: A4, tagged (PDF/UA-1 declared), fonts embedded, equal content giving equal bytes.

    A paper of a kind that goes out by the batch (``words.KINDS``) is stamped into its form, laid out once, where our
    own faces are built and its words fit; everything else is laid out. Nobody who holds the paper can tell.

    Args:
        paper: of any kind.
        reprint: mark every page as 补打.
        large: set it in large print, for who reads with difficulty.

    Raises:
        NoticeNotRendered: names the field, or the form, at fault.

    """
    paper.check()
    if words.has_form(paper) and not large:
        try:
            return stamped(paper, reprint=reprint)
        except DoesNotFit:
            pass
    return laid_out(paper, reprint=reprint, large=large)


def stamped(paper: Paper, *, reprint: bool = False) -> bytes:
    """Make a paper of a kind that has forms by writing its words into its form; the content was checked.

    Raises:
        DoesNotFit: the words do not fit their places, or our own faces are not built.

    """
    said = words.words(paper)
    form = form_of(paper, reprint=reprint)
    if form is None:
        raise DoesNotFit("no form")
    return form.stamp(said, title=paper.title, qr=qr.encode(check_url(paper)))


def check_url(paper: Paper) -> str:
    """Return the address that a paper's code leads to; empty for a kind that bears none."""
    return getattr(paper, "check_url", "")


def form_of(paper: Paper, *, reprint: bool = False) -> Form | None:
    """Return the form a paper is stamped into, laid out once in the life of a process; none when there is none."""
    return _form(words.frame(paper), typefaces.built(), reprint)


def laid_out(paper: Paper, *, reprint: bool = False, large: bool = False) -> bytes:
    """Make a paper by laying it out whole; the content was checked.

    Raises:
        NoticeNotRendered: names the character that would print as an empty box, or the form at fault.

    """
    check_characters(paper)
    return lay_out(filled(paper, reprint=reprint, large=large), serial=paper.serial, kind=paper.KIND)


def filled(paper: Paper, *, reprint: bool = False, large: bool = False) -> str:
    """Return a paper's form with its words in it, as HTML."""
    mark = _WATERMARKS[paper.is_demo, reprint]
    address = check_url(paper)
    code = qr.encode(address) if address else None
    if words.has_form(paper):
        return _filled(
            words.frame(paper), words.words(paper), _as_it_is, title=paper.title, mark=mark, code=code, large=large
        )
    form = _forms().get_template(paper.TEMPLATE)
    return form.render(
        paper=paper,
        text=wording.filled(getattr(paper, "wording", ()), paper),  # cover and route sheets have none
        said=words.of_other(paper),
        put=_as_it_is,
        title=paper.title,
        mark=mark,
        qr=code.data_address() if code else "",
        large=large,
    )


@lru_cache(maxsize=_FORMS_KEPT)
def _form(frame: words.Frame, faces: tuple[BuiltFace, ...], reprint: bool) -> Form | None:  # noqa: FBT001 - part of a key
    """Lay a form out with marks for words and cut it; none when it cannot be."""
    if not faces:
        return None
    try:
        marks = cutting.marks(frame.count - frame.letters, frame.letters, forbidden_in=frame.shared)
        shared = frame.for_form(marks)
        mark = _WATERMARKS[shared.is_demo, reprint]
        title = f"{shared.KIND} {marks[0]}"
        html = _filled(frame, marks, cutting.marked, title=title, mark=mark, code=qr.encode(_ANY_ADDRESS))
        pdf = lay_out(html, serial="", kind=shared.KIND, extra=_MARKED)
        return Form(pdf, faces, words=frame.count - frame.letters, letters=frame.letters)
    except (FormUnusable, NoticeNotRendered) as error:
        _log.warning("A form is laid out for each paper: %s", error)
        return None


def _filled(
    frame: words.Frame,
    said: Sequence[str],
    put: Callable[..., str],
    *,
    title: str,
    mark: str,
    code: QrCode | None,
    large: bool = False,
) -> str:
    shared = frame.for_form(said)
    form = _forms().get_template(frame.content.TEMPLATE)
    return form.render(
        paper=shared,
        text=wording.filled(shared.wording, shared),
        said=frame.words_for_form(said),
        put=put,
        title=title,
        mark=mark,
        qr=code.data_address() if code else "",
        large=large,
    )


def fill(template: str, *, paper: Paper, **values: object) -> str:
    """Return a form that goes with a paper and takes no passages, as HTML."""
    return _forms().get_template(template).render(paper=paper, mark=_WATERMARKS[paper.is_demo, False], **values)


def _as_it_is(word: str, _edge: str = "start") -> str:
    return word


def lay_out(html: str, *, serial: str, kind: str, style: str = STYLE, extra: str = "") -> bytes:
    """Turn a filled form into PDF without fetching anything.

    Args:
        html: the form.
        serial: of the paper, for who is told that it was not made.
        kind: of paper, for the log.
        style: name of its style sheet, over which those in the form itself prevail.
        extra: style sheet that has the last word.

    Raises:
        NoticeNotRendered: the form asks for an address other than ``data:``, or a picture does not load.

    """
    fetcher = _OnlyPictures(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)
    with _press, _Faults() as faults:
        try:
            pdf = HTML(string=html, url_fetcher=fetcher).write_pdf(
                stylesheets=[_style(style), *([CSS(string=extra)] if extra else [])],
                font_config=_font_configuration(typefaces.built()),
                pdf_variant="pdf/ua-1",
                presentational_hints=False,
                uncompressed_pdf=True,  # what stays of it is packed once it is finished
            )
        except FatalURLFetchingError as error:  # a BaseException: it would pass every `except Exception`
            raise NoticeNotRendered(
                "%(serial)s was not made: its form asks for a file from elsewhere.", serial=serial
            ) from error
    if faults.messages:
        raise NoticeNotRendered("%(serial)s was not made: a part of its form could not be printed.", serial=serial)
    return _finished(bytes(pdf), kind)


def _finished(pdf: bytes, kind: str) -> bytes:
    """Add to a file what layout left out, and take out what nobody reads; equal files give equal files."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        tags.add_scopes(document)
        slimming.slim(document, typefaces.built(), kind=kind)
        document.save(
            out,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return out.getvalue()


class _OnlyPictures(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Hands out our own pictures and nothing else: data of another kind would be left out without a word."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if not url.startswith(qr.ADDRESS_BEGINS):
            raise FatalURLFetchingError(url[:80])
        return super().fetch(url, headers)


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
def _style(name: str) -> CSS:
    """Read a style sheet once in the life of a process: reading it anew took a tenth of each paper's time."""
    return CSS(filename=FORMS / name)


@lru_cache(maxsize=1)
def _font_configuration(faces: tuple[BuiltFace, ...]) -> FontConfiguration:
    """One for the process: a new one for each paper grows memory without end."""
    configuration = FontConfiguration()
    for face in faces:
        weight = "bold" if face.postscript_name.endswith("Bold") else "normal"
        source = f'font-family: "{face.family}"; font-weight: {weight}; src: url({face.path.as_uri()})'
        CSS(
            string=f"@font-face {{ {source} }}",
            url_fetcher=URLFetcher(allowed_protocols=("file",), fail_on_errors=True),
            font_config=configuration,
        )
    return configuration


@cache
def _forms() -> Environment:
    forms = Environment(
        loader=FileSystemLoader(FORMS),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    forms.filters["yuan"] = shown
    forms.filters["day"] = wording.day
    forms.filters["level"] = wording.LEVELS.__getitem__
    return forms
