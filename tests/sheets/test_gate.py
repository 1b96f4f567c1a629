"""What does not belong in a list never reaches a parser, and what crashes a parser does not reach the portal."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.refusals import Refused
from portal.sheets import gate, reading
from portal.sheets.limits import DEFAULT, Form
from tests import books


def package(**parts: bytes) -> bytes:
    """Rewrite a good workbook with parts added or replaced; ``__`` in a name is a slash."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(books.roster(books.contract(1)))) as good,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        replaced = {name.replace("__", "/"): content for name, content in parts.items()}
        for entry in good.infolist():
            if entry.filename not in replaced:
                made.writestr(entry.filename, good.read(entry))
        for name, content in replaced.items():
            made.writestr(name, content)
    return out.getvalue()


SHEET = "xl__worksheets__sheet1.xml"
_HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def sheet_with(cells: bytes, dimension: bytes = b"") -> bytes:
    return package(**{SHEET: _HEAD + dimension + b"<sheetData>" + cells + b"</sheetData></worksheet>"})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"a letter", "not a spreadsheet"),
        (b"\x00\x01\x02, and \x07 more", "not a spreadsheet"),
        (b"%PDF-1.7 and, then", "This is PDF"),
        (b"\xff\xd8\xff\xe0, then", "This is JPEG"),
        (b"<html><p>no table</p></html>", "cannot be read"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related", "web archive"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "document type"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "cannot be read"),
        (package(xl__externalLinks__externalLink1=b"<a/>"), "links to other workbooks"),
        (package(xl__vbaProject=b"macro"), "macros"),
        (package(**{SHEET: b'<!DOCTYPE x [<!ENTITY a "b">]>' + _HEAD + b"</worksheet>"}), "document type"),
        (package(**{SHEET: b"<worksheet><not closed"}), "cannot be read"),
        (sheet_with(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "reaches beyond"),
        (sheet_with(b'<row r="1"><c r="IW1"><v>1</v></c></row>'), "reaches beyond"),
        (sheet_with(b"", dimension=b'<dimension ref="A1:XFD9"/>'), "reaches beyond"),
        (package(bomb=b"\0" * 30_000_000), "packed far more tightly"),
    ],
)
def test_refused_with_a_sentence_for_a_clerk(content: bytes, words: str) -> None:
    with pytest.raises(Refused) as refusal:
        reading.read(content)
    assert words in str(refusal.value)


def test_a_file_above_the_size_is_refused_unread() -> None:
    with pytest.raises(Refused, match="larger than 20 MB"):
        gate.check(b"PK\x03\x04" + b"\0" * DEFAULT.workbook.max_bytes)


def test_a_reference_cut_by_a_chunk_is_still_seen() -> None:
    for shift in range(40):
        filler = b"<!--" + b"x" * (gate._CHUNK - len(_HEAD) - 60 + shift) + b"-->"
        content = sheet_with(b'<row r="1"><c r="XFD1"><v>1</v></c></row>', dimension=filler)
        content = _stored(content)
        with pytest.raises(Refused, match="reaches beyond"):
            gate.check(content)


@given(
    st.lists(
        st.sampled_from([
            b"<c ", b"<row ", b"<c\t", b"<row\n", b"<x:c ", b"<x:row ", b"<cols", b"<col ", b"<f>", b"<f ", b' t="e"', b"<rows",
            b'r="A1"', b'r="AB1"', b'r="XFD1048576"', b'r="A12345"', b'r="A123456"', b' r="1000000"', b' spans="1:9" ', b">",
            b'<dimension ref="A1:XFD9"/>', b"<x:dimension ", b'ref="A1"', b"xr=", b'"AB"', b" ", b"/",
        ]),
        max_size=40,
    ).map(b"".join)
)  # fmt: skip
def test_the_quick_look_at_a_piece_finds_what_the_patterns_find(seen: bytes) -> None:
    assert gate.count_cells(seen) == len(gate._CELL.findall(seen))
    assert gate.has_odd(seen) is (gate._ODD.search(seen) is not None)
    assert [one.groups() for one in gate.references(seen)] == [
        one.groups() for pattern in (gate._FAR, gate._DIMENSION) for one in pattern.finditer(seen)
    ]


def _stored(content: bytes) -> bytes:
    """Unpack without compression, so that filler does not look like a bomb."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for entry in packed.infolist():
            made.writestr(entry.filename, packed.read(entry))
    return out.getvalue()


def test_a_reader_that_wants_too_much_memory_dies_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the gate a cell at the far corner asks for 512 GiB; the child dies, the portal says a sentence."""
    monkeypatch.setattr(reading.gate, "check", lambda *_: gate.Passed(Form.PACKAGE))
    started = time.monotonic()
    with pytest.raises(Refused, match="cannot be read"):
        reading.read(
            sheet_with(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
        )
    assert time.monotonic() - started < 30


def test_cells_come_through_as_they_are() -> None:
    sheets = reading.read(books.roster(books.contract(1)))
    assert [sheet.name for sheet in sheets] == ["花名册"]
    head, row = sheets[0].rows
    assert head.number == 1
    values = dict(zip(head.cells, row.cells, strict=False))
    assert values["合同编号"] == "HT000001"
    assert values["合同金额"] == 8000
    assert str(values["签订日期"]).startswith("2021-08-20")
    assert values["共同借款人姓名"] is None
