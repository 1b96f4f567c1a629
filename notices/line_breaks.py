"""Where the lines of a door's texts break: layout is asked, for all texts of a sheet at once.

The rules for it fill a standard (UAX 14), so they stay layout's: a page of nothing but paragraphs, as wide as the
column, costs a tenth of as many rows of a table.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import pikepdf

from notices import drawn, layout
from notices.cutting import FormUnusable
from notices.frozen import Paper
from notices.typefaces import BuiltFace

_FORM = "lines.html"


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph of a door; a name is set larger."""

    text: str
    is_name: bool = False


def broken(asked: Sequence[Words], *, paper: Paper, faces: Sequence[BuiltFace]) -> Mapping[Words, tuple[str, ...]]:
    """Return the lines of paragraphs, as they stand in the column of a route sheet for whom and where.

    Args:
        asked: the paragraphs.
        paper: the sheet they are for.
        faces: the built faces.

    Raises:
        FormUnusable: a text is set in another face.
        NoticeNotRendered: as layout does.

    """
    if not asked:
        return {}
    html = layout.fill(_FORM, paper=paper, paragraphs=asked)
    pdf = layout.lay_out(html, serial=paper.serial, kind=paper.KIND)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        texts = [text for page in document.pages for text in drawn.read(page, faces).texts]
    lines = iter(["".join(text.words for text in line) for _y, line in groupby(texts, lambda text: text.y)])
    return {words: _own(words, lines) for words in asked}


def _own(words: Words, lines: Iterator[str]) -> tuple[str, ...]:
    """Take the lines of one paragraph."""
    own: list[str] = []
    while _bare("".join(own)) != _bare(words.text):
        line = next(lines, "")
        if not line:
            raise FormUnusable("a line was not found again")
        own.append(line)
    return tuple(own)


def _bare(text: str) -> str:
    """Leave out blanks: layout drops some of those at which a line breaks."""
    return "".join(text.split())
