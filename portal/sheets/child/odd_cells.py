"""Cells of a packed workbook that hold no value: a formula nobody computed, or one that came out as an error.

The reader shows both as blank, so the parts are looked at once more where the gate saw that there is something to find.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from posixpath import join, normpath
from typing import IO
from xml.etree import ElementTree as ET

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_CONTENT = "content.xml"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_LETTERS = 26
_MOST = 100_000
UNCOMPUTED = "="
"""How a formula without a value is written."""

Odd = dict[tuple[int, int], str]
"""What is found, by row number and column number from 0."""


def find(content: bytes) -> dict[str, Odd]:
    """Return the odd cells of a packed workbook by the name of its sheet; none where its parts cannot be told."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = set(package.namelist())
        if _CONTENT in names:
            with package.open(_CONTENT) as stream:
                return _open_document(stream)
        if _WORKBOOK not in names or _RELATIONS not in names:
            return {}
        targets = {
            one.get("Id", ""): normpath(join("xl", one.get("Target", ""))).removeprefix("/")
            for one in ET.fromstring(package.read(_RELATIONS))  # noqa: S314  # the gate let no document type through
        }
        found: dict[str, Odd] = {}
        for sheet in ET.fromstring(package.read(_WORKBOOK)).iter():  # noqa: S314  # the same
            if sheet.tag not in {f"{_MAIN}sheet", f"{_STRICT}sheet"}:
                continue
            part = targets.get(sheet.get(_RELATION) or sheet.get(_STRICT_RELATION) or "", "")
            if part in names:
                with package.open(part) as stream:
                    found[sheet.get("name", "")] = dict(_odd(stream))
        return found


def _odd(stream: IO[bytes]) -> Iterator[tuple[tuple[int, int], str]]:
    count = 0
    for _, element in ET.iterparse(stream, ("end",)):  # noqa: S314  # the same
        kind = element.tag.rpartition("}")[2]
        if kind == "c":
            value = next((one.text for one in element if one.tag.endswith("}v")), None)
            is_formula = any(one.tag.endswith("}f") for one in element)
            place = _PLACE.fullmatch(element.get("r", ""))
            if place and (element.get("t") == "e" or (is_formula and not value)):
                count += 1
                if count > _MOST:
                    return
                yield (int(place[2]), _column(place[1])), (value or "#") if element.get("t") == "e" else UNCOMPUTED
        if kind == "row":
            element.clear()


def _open_document(stream: IO[bytes]) -> dict[str, Odd]:
    """Return the formulas without a value of an .ods; its errors are text already."""
    found: dict[str, Odd] = {}
    odd: Odd = {}
    row = column = 0
    for event, element in ET.iterparse(stream, ("start", "end")):  # noqa: S314  # the same
        if event == "start" and element.tag == f"{_TABLE}table":
            odd, row = found.setdefault(element.get(f"{_TABLE}name", ""), {}), 0
        elif event == "start" and element.tag == f"{_TABLE}table-row":
            row, column = row + 1, 0
        elif event == "end" and element.tag in {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}:
            has_value = element.get(f"{_OFFICE}value-type") or len(element)
            if element.get(f"{_TABLE}formula") and not has_value and len(odd) < _MOST:
                odd[row, column] = UNCOMPUTED
            column += int(element.get(f"{_TABLE}number-columns-repeated", "1"))
        elif event == "end" and element.tag == f"{_TABLE}table-row":
            row += int(element.get(f"{_TABLE}number-rows-repeated", "1")) - 1
            element.clear()
    return found


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number - 1
