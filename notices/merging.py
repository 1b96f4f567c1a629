"""Finished papers put one after another into one file."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pikepdf

from models.rules.refusals import Refused


def merge(pdfs: Iterable[bytes], *, title: str) -> bytes:
    """Put finished PDFs one after another: pages stay as they are, tags are left to the single files.

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
