"""Objects of a PDF written down as bytes: what papers share is written once and copied from then on."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pikepdf

from notices.qr import QrCode
from notices.subsets import stream, tag

_LEVEL = 6


def picture(qr: QrCode) -> bytes:
    """Write a QR code as an image of a PDF."""
    named = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1/Interpolate false"
        % (qr.side, qr.side)
    )
    return stream(named, zlib.compress(qr.rows, _LEVEL))


def tag_fonts(page: pikepdf.Page) -> None:
    """Name a page's subsets by what they hold: layout names them by face alone."""
    fonts: Any = page.Resources.get("/Font", {})
    for font in fonts.values():
        if "/DescendantFonts" not in font:
            continue
        descendant: Any = font.DescendantFonts[0]
        file = descendant.FontDescriptor.get("/FontFile2") or descendant.FontDescriptor.get("/FontFile3")
        name = f"/{tag(file.read_raw_bytes())}+{str(font.BaseFont).partition('+')[2]}"
        font.BaseFont = descendant.BaseFont = descendant.FontDescriptor.FontName = pikepdf.Name(name)


def shared(document: pikepdf.Pdf) -> tuple[dict[int, pikepdf.Object], int]:
    """Return what the document's root leads to, by number, and the first number of what each paper brings.

    Args:
        document: an empty dictionary stands for each object that a paper brings itself; these come last.

    """
    last = len(document.objects)
    later = {number for number in range(1, last + 1) if document.get_object(number, 0) == pikepdf.Dictionary()}
    first = min(later)
    found: dict[int, pikepdf.Object] = {}
    waiting: list[Any] = [document.Root]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, pikepdf.Object):
            continue
        if one.is_indirect:
            number = one.objgen[0]
            if number in found or number >= first:
                continue
            found[number] = one
        if isinstance(one, pikepdf.Stream | pikepdf.Dictionary):
            waiting += list(one.values())
        elif isinstance(one, pikepdf.Array):
            waiting += list(one)
    return found, first


def written(static: dict[int, pikepdf.Object], first: int) -> tuple[bytes, bytes]:
    """Return the shared objects as the beginning of a file, and their entries of its table.

    Args:
        static: the objects, by number.
        first: the first number of what stands behind them.

    """
    streams = {number: one for number, one in static.items() if isinstance(one, pikepdf.Stream)}
    plain = {number: one for number, one in sorted(static.items()) if number not in streams}
    holder = next(number for number in range(1, first) if number not in static)
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    entries = {0: struct.pack(">BIH", 0, 0, 0xFFFF)}
    for number, one in streams.items():
        entries[number] = struct.pack(">BIH", 1, len(out), 0)
        packed = one.read_raw_bytes() if "/Filter" in one else zlib.compress(one.read_bytes(), 9)
        named = entries_but(one, {"/Length", "/Filter"})
        out += b"%d 0 obj\n%s\nendobj\n" % (number, stream(named, packed))
    heads, bodies, at = [], [], 0
    for place, (number, other) in enumerate(plain.items()):
        body = other.unparse(resolved=True) + b"\n"
        entries[number] = struct.pack(">BIH", 2, holder, place)
        heads.append(b"%d %d " % (number, at))
        bodies.append(body)
        at += len(body)
    head = b"".join(heads)
    entries[holder] = struct.pack(">BIH", 1, len(out), 0)
    packed = zlib.compress(head + b"".join(bodies), 9)
    out += b"%d 0 obj\n%s\nendobj\n" % (
        holder,
        stream(b"/Type/ObjStm/N %d/First %d" % (len(plain), len(head)), packed),
    )
    free = struct.pack(">BIH", 0, 0, 0xFFFF)
    return bytes(out), b"".join(entries.get(number, free) for number in range(first))


def entries_but(one: pikepdf.Object, left_out: set[str]) -> bytes:
    """Write the entries of a dictionary, or of a stream's, without its brackets."""
    kept = pikepdf.Dictionary({name: value for name, value in one.items() if name not in left_out})
    return kept.unparse()[2:-2]
