"""Makes working papers: cover sheets are laid out, route sheets put together from pieces where that prints the same."""

from __future__ import annotations

import io
import logging

import pikepdf
from pikepdf.models.metadata import PdfMetadata

from notices import layout, route_pages, route_specimen, typefaces
from notices.cutting import FormUnusable
from notices.frozen import Paper
from notices.refusals import DoesNotFit
from notices.route_sheets import CoverSheet, RouteSheet

_log = logging.getLogger(__name__)

PdfMetadata.register_xml_namespace("http://www.aiim.org/pdfua/ns/id/", "pdfuaid")


def render(paper: RouteSheet | CoverSheet, *, reprint: bool = False) -> bytes:
    """Make a working paper, marked on each page when it goes with papers that were printed before.

    Raises:
        NoticeNotRendered: as layout does.

    """
    if isinstance(paper, RouteSheet):
        try:
            return composed(paper, reprint=reprint)
        except DoesNotFit:
            pass
        except FormUnusable as error:
            _log.warning("Route sheets are laid out whole: %s", error)
    return laid_out(paper, reprint=reprint)


def laid_out(paper: Paper, *, reprint: bool = False) -> bytes:
    """Lay a working paper out whole.

    Raises:
        NoticeNotRendered: as layout does.

    """
    return layout.lay_out(layout.filled(paper, reprint=reprint), serial=paper.serial, kind=paper.KIND)


def composed(paper: RouteSheet, *, reprint: bool = False) -> bytes:
    """Put a route sheet together from pieces.

    Raises:
        DoesNotFit: something is too large for its place, or the built faces lack a character, or are not built.
        FormUnusable: layout works otherwise than is known here.
        NoticeNotRendered: as layout does.

    """
    faces = typefaces.built()
    if not faces:
        raise DoesNotFit("no built faces")
    form = route_specimen.form_of(faces, paper.is_demo, reprint)
    canvas = route_pages.compose(paper, form)
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(canvas.written(title=paper.title))) as document:
        document.docinfo["/Author"] = paper.issuing_unit
        document.docinfo["/CreationDate"] = f"D:{paper.issued_on:%Y%m%d}000000Z"
        with document.open_metadata(set_pikepdf_as_editor=False) as told:
            told["dc:title"] = paper.title
            told["dc:creator"] = [paper.issuing_unit]
            told["xmp:CreateDate"] = paper.issued_on.isoformat()
            told["pdfuaid:part"] = "1"
        with document.open_outline() as outline:
            outline.root.extend(pikepdf.OutlineItem(paper.KIND, page) for page in canvas.headings)
        document.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
