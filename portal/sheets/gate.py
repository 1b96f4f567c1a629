"""What is looked at before a spreadsheet is parsed: a file of 5 KB can make a parser ask for 512 GiB.

Everything here reads the file as a stream of bounded size and refuses with a sentence a clerk can act on.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from models.rules.refusals import Refused
from portal.sheets.child.delimited import wide_encoding
from portal.sheets.limits import DEFAULT, MEGABYTE, Bounds, Form, Limits
from portal.sheets.sources import Source, source_of, start_of, whole

MAX_ENTRIES = 2_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 100

_ZIP = b"PK\x03\x04"
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SMALL_ENTRY = 1024 * 1024  # compresses as well as it likes: it cannot hurt
_CHUNK = 1024 * 1024
_OVERLAP = 64  # a reference cut by the end of a chunk is seen whole in the next
_LOOKED_AT = 64 * 1024
_STRANGERS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "GZIP"),
    (b"{\\rtf", "RTF"),
)
_WIDE_TEXT = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a]")
_SEPARATED = re.compile(rb"[,;\t|]")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<")
_FIRST = 512
_ARCHIVE = re.compile(rb"\s*(?:MIME-Version:|Content-Type: *multipart)", re.IGNORECASE)
_DECLARED = re.compile(rb"<!(?:ENTITY|DOCTYPE[^>]{0,400}\[)", re.IGNORECASE)
_FORMULA = b"table:formula="
_ODD = re.compile(rb'<f[\s>/]|\st="e"')
_CELL = re.compile(rb"<(?:\w+:)?(?:c|row)\s")
_PLAIN_CELLS = (b"<c ", b"<row ")
_RARE_SIGNS = tuple(b":\t\n\r\f\v"[place : place + 1] for place in range(6))
_RARE_CELLS = (b":c", b":row", *(b"<%s%c" % (tag, space) for tag in (b"c", b"row") for space in b"\t\n\r\f\v"))
"""How else a cell may be written: where none of these stands, counting the plain ones is exact, and far faster.

Each holds one of the rare signs, which hardly any piece does and which are sought far faster still.
"""
# Most cells stand in a column of one letter and a row of five figures: only what lies further out is looked at.
_FAR = re.compile(rb'<(?:\w+:)?(?:c|row)\s[^>]{0,200}?\br="([A-Z]{2,3}\d*|[A-Z]?\d{6,})"')
_FAR_REFERENCE = re.compile(rb'r="(?:[A-Z]{2,3}\d*|[A-Z]?\d{6,})"')  # stands wherever the pattern before finds anything
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension\s[^>]{0,200}?\bref="([A-Z]{0,3}\d*)(?::([A-Z]{1,3}\d+))?"')
_PARTS = re.compile(rb"([A-Z]*)(\d*)")
_LETTERS = 26


@dataclass(frozen=True, slots=True)
class Passed:
    """What the gate let through; ``looks_closer``: it holds formulas or errors, so its cells need a second look."""

    form: Form
    looks_closer: bool = False


def check(content: Source | bytes, limits: Limits = DEFAULT) -> Passed:
    """Let a spreadsheet through and say what it is, or say why not.

    Raises:
        Refused: empty, too large, not a spreadsheet, packed to explode, or with parts that do not belong in a list.

    """
    source = source_of(content)
    if not source.size:
        raise Refused("The file is empty: choose the list again.")
    form = _form(start_of(source, _LOOKED_AT))
    most = limits.of(form).max_bytes
    if source.size > most:
        raise Refused(
            "The file is larger than %(most)s MB: split the list, or remove pictures from it.", most=most // MEGABYTE
        )
    if form is Form.PACKAGE:
        return Passed(form, looks_closer=_check_package(whole(source), limits.workbook))
    if form is Form.MARKUP and _DECLARED.search(whole(source)):
        raise _document_type()
    return Passed(form)  # what else may be wrong, the bounds of the reading process catch


def too_large(bounds: Bounds) -> Refused:
    """Return what is said of a sheet that reaches too far."""
    return Refused(
        "The sheet reaches beyond %(rows)s rows or %(columns)s columns: delete the empty rows and columns "
        "behind the list, or split the list.",
        rows=bounds.max_rows,
        columns=bounds.max_columns,
    )


def _form(start: bytes) -> Form:
    if start.startswith(_OLE2):
        return Form.OLD
    if start.startswith(_ZIP):
        return Form.PACKAGE
    for mark, kind in _STRANGERS:
        if start.startswith(mark):
            raise Refused("This is %(kind)s, not a spreadsheet: choose the bank's list as .xlsx or .csv.", kind=kind)
    if _ARCHIVE.match(start):
        raise Refused(
            "This is a web archive with the name of a spreadsheet: "
            "open it in your spreadsheet program and save it as .xlsx."
        )
    if _MARKUP.match(start[:_FIRST].replace(b"\0", b"")):
        return Form.MARKUP
    is_wide = start.startswith(_WIDE_TEXT) or wide_encoding(start) is not None
    if (_CONTROL.search(start) and not is_wide) or not _SEPARATED.search(start):
        raise Refused("This is not a spreadsheet: choose the bank's list as .xlsx, or save it as .xlsx first.")
    return Form.TEXT


def _check_package(content: bytes, bounds: Bounds) -> bool:
    """Check the parts; return whether a sheet holds formulas or errors."""
    is_odd = False
    broken = Refused(
        "The file is damaged and cannot be opened: open it in your spreadsheet program, "
        "save it as .xlsx and send it again."
    )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _check_parts(package.infolist(), len(content))
            for entry in package.infolist():
                if entry.filename.lower().endswith((".xml", ".rels")):
                    is_odd |= _check_xml(package, entry, bounds)
    except Refused:
        raise
    except Exception as error:  # whatever else a crafted package may cause says the same of it
        raise broken from error
    return is_odd


def _check_parts(entries: list[zipfile.ZipInfo], size: int) -> None:
    names = [entry.filename.replace("\\", "/").lower() for entry in entries]
    unpacked = sum(entry.file_size for entry in entries)
    bomb = Refused(
        "The file is packed far more tightly than a list can be: open it in your spreadsheet program, "
        "copy the list into a new workbook and save that."
    )
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED:
        raise bomb
    if unpacked > MAX_RATIO * size and unpacked > _SMALL_ENTRY:
        raise bomb
    if any(
        entry.file_size > _SMALL_ENTRY and entry.file_size > MAX_RATIO * max(1, entry.compress_size)
        for entry in entries
    ):
        raise bomb
    if any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise Refused("The file holds parts outside of itself: copy the list into a new workbook and save that.")
    if any("vbaproject" in name for name in names):
        raise Refused("The workbook holds macros: save it as .xlsx without macros.")
    if any("externallinks/" in name for name in names):
        raise Refused(
            "The workbook has links to other workbooks: copy the list, "
            "paste it as values into a new workbook and save that."
        )
    is_sheet = any(name in {"xl/workbook.xml", "content.xml", "xl/workbook.bin"} for name in names)
    if not is_sheet:
        raise Refused("This is not a spreadsheet: choose the bank's list as .xlsx, or save it as .xlsx first.")


def _check_xml(package: zipfile.ZipFile, entry: zipfile.ZipInfo, bounds: Bounds) -> bool:
    """Read one part as a stream: no document type, and no cell beyond the cap; return whether it holds odd cells."""
    is_sheet = entry.filename.lower().startswith("xl/worksheets/")
    is_document = entry.filename == "content.xml"
    tail = b""
    cells = 0
    is_odd = False
    with package.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            seen = tail + chunk
            if b"<!" in seen and (b"<!DOCTYPE" in seen or b"<!ENTITY" in seen):
                raise _document_type()
            is_odd = is_odd or (is_document and _FORMULA in seen)
            if is_sheet:
                is_odd = is_odd or has_odd(seen)
                cells += count_cells(seen)
                if cells > bounds.max_cells:
                    raise too_large(bounds)
                for found in references(seen):
                    _check_reference(found, bounds)
            tail = seen[-_OVERLAP:]
    return is_odd


def has_odd(seen: bytes) -> bool:
    """Say whether a piece of a sheet holds a formula or an error."""
    return (b"<f" in seen or b't="e"' in seen) and _ODD.search(seen) is not None


def count_cells(seen: bytes) -> int:
    """Count the cells and rows that begin in a piece of a sheet."""
    signs = [sign for sign in _RARE_SIGNS if sign in seen]
    if signs and any(cell in seen for cell in _RARE_CELLS if any(sign in cell for sign in signs)):
        return len(_CELL.findall(seen))
    return sum(map(seen.count, _PLAIN_CELLS))


def references(seen: bytes) -> Iterator[re.Match[bytes]]:
    """Yield what a piece of a sheet says of how far it reaches."""
    if _FAR_REFERENCE.search(seen):
        yield from _FAR.finditer(seen)
    if b"dimension" in seen:
        yield from _DIMENSION.finditer(seen)


def _document_type() -> Refused:
    return Refused(
        "The workbook holds a document type, which no list needs: copy the list into a new workbook and save that."
    )


def _check_reference(found: re.Match[bytes], bounds: Bounds) -> None:
    for reference in found.groups():
        parts = _PARTS.fullmatch(reference or b"")
        if not parts:
            continue
        column = 0
        for letter in parts[1]:
            column = column * _LETTERS + letter - ord("A") + 1
        if column > bounds.max_columns or int(parts[2] or 0) > bounds.max_rows:
            raise too_large(bounds)
