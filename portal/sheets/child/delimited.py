"""Text between separators: its encoding and its separator found, read line by line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from portal.sheets.child.given import Given
from portal.sheets.child.protocol import Out, Stop, Trouble

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 64 * 1024
_LONGEST_CHARACTER = 4  # bytes, in any of the encodings
_SAMPLE_LINES = 60
_LIKELY = ("utf-8", "gb18030")
_SEPARATORS = (",", "\t", ";", "|")
_FEWEST_ZEROS = 8
_LONGEST_CELL = 32_767  # no spreadsheet program holds more; behind it lies a quotation mark that was never closed
_FEW_FAULTS, _FAULTS_IN = 20, 1_000
_SEPARATOR_LINE = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_QUOTED_START = b'="'
_QUOTED_TEXT = re.compile(r'="(.*)"', re.DOTALL)


def read(given: Given, out: Out, max_rows: int, max_columns: int) -> None:
    """Write the rows of a text file.

    Raises:
        Stop: nobody can say how it is encoded, a quotation mark is not closed, or it is too large.

    """
    seen = _look_over(given)
    lines = io.TextIOWrapper(given.opened(), encoding=seen.encoding, errors="replace", newline="")
    told = _SEPARATOR_LINE.match(seen.sample)
    if told:
        lines.readline()
    separator = told[1] if told else separator_of(seen.sample)
    out.sheet("", encoding=seen.encoding.removesuffix("-sig"), separator=separator)
    csv.field_size_limit(_LONGEST_CELL)
    found = 0
    for number, row in _rows(lines, separator, 2 if told else 1):
        if not any(row):
            continue
        found += 1
        if len(row) > max_columns:
            row = _without_tail(row)  # noqa: PLW2901  # the same row, its empty tail cut
        if found > max_rows or len(row) > max_columns:
            raise Stop(Trouble.TOO_LARGE, number)
        if seen.has_quoted_text:
            row = [_shown(cell) for cell in row]  # noqa: PLW2901  # the same row as it is shown
        out.text_row(number, row, is_clean=seen.is_clean)
        if out.is_enough:
            return


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a text file is as a whole.

    Attributes:
        encoding: how it is encoded.
        sample: its first characters.
        is_clean: it holds no control characters but tabs and line ends.
        has_quoted_text: it may hold cells written ``="…"``.

    """

    encoding: str
    sample: str
    is_clean: bool
    has_quoted_text: bool


def _look_over(given: Given) -> _Seen:
    """Go through the file to tell what it is.

    Raises:
        Stop: nobody can say how it is encoded.

    """
    start = b""
    has_control = has_quoted_text = False
    tail = b""
    for piece in given.pieces():
        start += piece[: _LONGEST_CHARACTER * _SAMPLE + len(codecs.BOM_UTF8) - len(start)]
        has_control = has_control or _CONTROL.search(piece) is not None
        has_quoted_text = has_quoted_text or _QUOTED_START in tail + piece
        tail = piece[-1:]
    encoding = encoding_of(given, start)
    is_clean = not encoding.startswith("utf-16") and not has_control
    sample = start.decode(encoding, "replace")[:_SAMPLE]
    return _Seen(encoding, sample, is_clean, has_quoted_text or not is_clean)


def encoding_of(given: Given, start: bytes) -> str:
    """Return how text is encoded: as its mark says, UTF-8, UTF-16 without a mark, or GB 18030, which holds GBK.

    Args:
        given: the file, gone through as often as needed.
        start: its first bytes.

    Raises:
        Stop: none fits.

    """
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    if wide := wide_encoding(start[:_SAMPLE]):
        return wide
    for name in _LIKELY:
        if _fits(given, name):
            return name
    faults = {name: _faults(given, name) for name in _LIKELY}
    name = min(faults, key=lambda one: faults[one])
    if faults[name] > max(_FEW_FAULTS, given.size // _FAULTS_IN):
        raise Stop(Trouble.ENCODING)
    return name  # a few damaged characters: they come out as the sign for it, and their rows are named


def wide_encoding(sample: bytes) -> str | None:
    """Tell UTF-16 without a mark by the zero bytes beside figures, separators and line ends, always on one side."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) < max(_FEWEST_ZEROS, len(sample) // 20) or min(even, odd) * 200 > len(sample):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _fits(given: Given, encoding: str) -> bool:
    """Say whether all of it can be decoded."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in given.pieces():
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _faults(given: Given, encoding: str) -> int:
    """Count what cannot be decoded of a file that does not fit."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    count = sum(decoder.decode(piece).count("\ufffd") for piece in given.pieces())
    return count + decoder.decode(b"", final=True).count("\ufffd") or 1


def separator_of(sample: str) -> str:
    """Return the separator that cuts the most lines into the same number of cells; the comma where none does."""
    lines = [line for line in sample.splitlines()[:_SAMPLE_LINES] if line.strip()]
    best, best_score = _SEPARATORS[0], 0.0
    for separator in _SEPARATORS:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=separator))
        except csv.Error:
            continue
        width, times = max(widths.items(), key=lambda one: (one[0] > 1, one[1] * one[0]))
        score = times * (width - 1) / max(1, len(lines))
        if score > best_score:
            best, best_score = separator, score
    return best


def _rows(lines: io.TextIOWrapper, separator: str, first: int) -> Iterator[tuple[int, list[str]]]:
    number = first - 1
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=separator), start=first):
            yield number, row
    except csv.Error:
        raise Stop(Trouble.QUOTES, number + 1) from None


def _without_tail(row: list[str]) -> list[str]:
    while row and not row[-1].strip():
        row = row[:-1]
    return row


def _shown(cell: str) -> str:
    """Return ``="0123"`` as what it shows: that is how text is kept text on its way through a spreadsheet program."""
    found = _QUOTED_TEXT.fullmatch(cell.strip()) if '="' in cell else None
    return found[1].replace('""', '"') if found else cell
