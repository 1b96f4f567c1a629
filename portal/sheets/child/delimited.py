"""Text between separators: its encoding and its separator found, read line by line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from portal.sheets.child.protocol import Out, Stop, Trouble

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PIECE = 1024 * 1024
_SAMPLE = 64 * 1024
_SAMPLE_LINES = 60
_SEPARATORS = (",", "\t", ";", "|")
_FEWEST_ZEROS = 8
_LONGEST_CELL = 32_767  # no spreadsheet program holds more; behind it lies a quotation mark that was never closed
_FEW_FAULTS, _FAULTS_IN = 20, 1_000
_SEPARATOR_LINE = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_QUOTED_START = b'="'
_QUOTED_TEXT = re.compile(r'="(.*)"', re.DOTALL)


def read(content: bytes, out: Out, max_rows: int, max_columns: int) -> None:
    """Write the rows of a text file.

    Raises:
        Stop: nobody can say how it is encoded, a quotation mark is not closed, or it is too large.

    """
    encoding = encoding_of(content)
    lines = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors="replace", newline="")
    sample = lines.read(_SAMPLE)
    lines.seek(0)
    told = _SEPARATOR_LINE.match(sample)
    if told:
        lines.readline()
    separator = told[1] if told else separator_of(sample)
    out.sheet("", encoding=encoding.removesuffix("-sig"), separator=separator)
    csv.field_size_limit(_LONGEST_CELL)
    is_clean = not encoding.startswith("utf-16") and not _CONTROL.search(content)
    has_quoted_text = _QUOTED_START in content or not is_clean
    found = 0
    for number, row in _rows(lines, separator, 2 if told else 1):
        if not any(row):
            continue
        found += 1
        if len(row) > max_columns:
            row = _without_tail(row)  # noqa: PLW2901  # the same row, its empty tail cut
        if found > max_rows or len(row) > max_columns:
            raise Stop(Trouble.TOO_LARGE, number)
        if has_quoted_text:
            row = [_shown(cell) for cell in row]  # noqa: PLW2901  # the same row as it is shown
        out.text_row(number, row, is_clean=is_clean)
        if out.is_enough:
            return


def encoding_of(content: bytes) -> str:
    """Return how text is encoded: as its mark says, UTF-8, UTF-16 without a mark, or GB 18030, which holds GBK.

    Raises:
        Stop: none fits.

    """
    for mark, name in _BOMS:
        if content.startswith(mark):
            return name
    if wide := wide_encoding(content[:_SAMPLE]):
        return wide
    faults = {}
    for name in ("utf-8", "gb18030"):
        faults[name] = _faults(content, name)
        if not faults[name]:
            return name
    name = min(faults, key=lambda one: faults[one])
    if faults[name] > max(_FEW_FAULTS, len(content) // _FAULTS_IN):
        raise Stop(Trouble.ENCODING)
    return name  # a few damaged characters: they come out as the sign for it, and their rows are named


def wide_encoding(sample: bytes) -> str | None:
    """Tell UTF-16 without a mark by the zero bytes beside figures, separators and line ends, always on one side."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) < max(_FEWEST_ZEROS, len(sample) // 20) or min(even, odd) * 200 > len(sample):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _faults(content: bytes, encoding: str) -> int:
    """Count what cannot be decoded."""
    try:
        strict = codecs.getincrementaldecoder(encoding)()
        for piece in _pieces(content):
            strict.decode(piece)
        strict.decode(b"", final=True)
    except UnicodeDecodeError:
        lenient = codecs.getincrementaldecoder(encoding)("replace")
        count = sum(lenient.decode(piece).count("\ufffd") for piece in _pieces(content))
        return count + lenient.decode(b"", final=True).count("\ufffd") or 1
    return 0


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), _PIECE):
        yield content[start : start + _PIECE]


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
