"""What layout leaves out of a file's structure: which cells a header of a table speaks for (PDF/UA-1, 7.5)."""

from __future__ import annotations

import pikepdf

_COLUMN, _ROW = pikepdf.Name.Column, pikepdf.Name.Row


def add_scopes(document: pikepdf.Pdf) -> None:
    """Name the scope of a laid-out file's header cells.

    A header in the head of a table speaks for its column, one in its body for its row: our forms have no others.
    """
    for element in document.objects:
        if isinstance(element, pikepdf.Dictionary) and element.get("/S") == "/TH":
            attributes = pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=_scope(element))
            element.A = _joined(element.get("/A"), attributes)


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
