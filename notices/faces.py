"""The type faces paper is set in, and whether they can print a character.

A missing glyph prints an empty box but still extracts as text, so nothing after layout would notice it: the face's
own character map is asked before.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache

from fontTools.ttLib import TTCollection, TTFont

from notices.frozen import Paper, texts
from notices.refusals import NoticeNotRendered


@dataclass(frozen=True, slots=True)
class Face:
    """A family and a weight, as fontconfig names them."""

    family: str
    weight: str


FACES = (
    Face("Noto Serif CJK SC", "regular"),
    Face("Noto Sans CJK SC", "regular"),
    Face("Noto Sans CJK SC", "bold"),
)
"""Body; tables; headings. The style sheet names no other."""

FALLBACKS = ("HanaMinA", "HanaMinB")
"""Families for characters beyond ``FACES``, where installed (Debian: fonts-hanazono); last in the style sheet."""

_FC_MATCH_SECONDS = 30


class FaceMissing(RuntimeError):
    """A face is not installed: no paper can be made on this machine (Debian: fonts-noto-cjk, fontconfig)."""


@cache
def printable() -> frozenset[int]:
    """Code points that every face, or a fallback, can print; read once per process."""
    maps = [_character_map(face) for face in FACES]
    return frozenset.intersection(*maps).union(*(_fallback_map(family) for family in FALLBACKS))


def check_characters(paper: Paper) -> None:
    """Refuse content with a character that would print as an empty box.

    Raises:
        NoticeNotRendered: names the field and the character.
        FaceMissing: the faces are not installed.

    """
    known = printable()
    for field, text in texts(paper):
        for character in text:
            if ord(character) not in known:
                raise NoticeNotRendered(
                    "%(serial)s was not made: the type face lacks “%(character)s” (%(code_point)s) of “%(field)s”.",
                    serial=paper.serial,
                    field=field,
                    character=character,
                    code_point=f"U+{ord(character):04X}",
                )


def _character_map(face: Face) -> frozenset[int]:
    path = file_of(face)
    with TTCollection(path, lazy=True) as collection:
        for font in collection.fonts:
            if font["name"].getBestFamilyName() == face.family:
                return frozenset(font.getBestCmap())
    message = f"{path} holds no {face.family}"
    raise FaceMissing(message)


def _fallback_map(family: str) -> frozenset[int]:
    try:
        path = file_of(Face(family, "regular"))
    except FaceMissing:
        return frozenset()
    with TTFont(path, lazy=True, fontNumber=0) as font:
        return frozenset(font.getBestCmap())


def file_of(face: Face) -> str:
    """Ask fontconfig, as Pango will, so that the file checked is the file printed with."""
    fc_match = shutil.which("fc-match")
    if fc_match is None:
        raise FaceMissing("fc-match is not installed")
    answer = subprocess.run(  # noqa: S603 - a fixed command with names from FACES
        [fc_match, "--format=%{file}\n%{family}", f"{face.family}:{face.weight}"],
        capture_output=True,
        check=True,
        text=True,
        timeout=_FC_MATCH_SECONDS,
    ).stdout
    path, _, families = answer.partition("\n")
    if face.family not in families.split(","):
        message = f"{face.family} is not installed"
        raise FaceMissing(message)
    return path
