"""What layout leaves out of a file's structure: which cells a header of a table speaks for (PDF/UA-1, 7.5)."""

from __future__ import annotations

import io

import pikepdf

_COLUMN, _ROW = pikepdf.Name.Column, pikepdf.Name.Row


def with_scopes(pdf: bytes) -> bytes:
    """Return a laid-out file whose header cells name their scope; equal files give equal files.

    A header in the head of a table speaks for its column, one in its body for its row: our forms have no others.
    """
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for element in document.objects:
            if isinstance(element, pikepdf.Dictionary) and element.get("/S") == "/TH":
                attributes = pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=_scope(element))
                element.A = _joined(element.get("/A"), attributes)
        document.save(
            out,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return out.getvalue()


def _scope(header: pikepdf.Object) -> pikepdf.Name:
    row = header.P
    return _COLUMN if row.P.S == "/THead" else _ROW


def _joined(before: pikepdf.Object | None, attributes: pikepdf.Dictionary) -> pikepdf.Object:
    """Put attributes behind those a header has already, such as how many columns it spans."""
    if before is None:
        return attributes
    if isinstance(before, pikepdf.Array):
        return pikepdf.Array([*before, attributes])
    return pikepdf.Array([before, attributes])
