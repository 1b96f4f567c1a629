"""Subsets put together by hand are the font files they claim to be."""

from __future__ import annotations

import io

import pytest
from fontTools.ttLib import TTFont

from notices import typefaces
from notices.subsets import Subset

FEW = "周晓禾1,020.55元（、）g"
MANY = "".join(map(chr, range(0x4E00, 0x4E00 + 1_500)))  # more outlines than halved places of two bytes reach


def opened(subset: Subset) -> TTFont:
    return TTFont(io.BytesIO(subset.truetype()))


@pytest.mark.parametrize("face", [0, 1, 2])
@pytest.mark.parametrize(("text", "places"), [(FEW, 0), (MANY, 1)])
def test_a_subset_holds_the_outlines_and_advances_of_its_face(face: int, text: str, places: int) -> None:
    built = typefaces.built()[face]
    made = opened(subset := Subset(built, text))
    assert made["head"].indexToLocFormat == places
    with TTFont(built.path, lazy=True) as whole:
        assert made["head"].unitsPerEm == whole["head"].unitsPerEm
        names, glyphs = whole.getBestCmap(), made.getGlyphOrder()
        for character in set(text[:40]):
            mine, theirs = glyphs[subset.codes[ord(character)]], names[ord(character)]
            assert made["hmtx"][mine] == whole["hmtx"][theirs]
            assert made["glyf"][mine] == whole["glyf"][theirs]


def test_sums_are_as_the_format_wants_them() -> None:
    data = Subset(typefaces.built()[0], FEW).truetype()
    font = TTFont(io.BytesIO(data), checkChecksums=2)  # raises where a table's sum is wrong
    assert {tag: bool(font.reader[tag]) for tag in font.reader.keys()} == dict.fromkeys(  # noqa: SIM118 - no mapping
        ("glyf", "head", "hhea", "hmtx", "loca", "maxp"), True
    )
    assert typefaces.checksum(data + bytes(-len(data) % 4)) == 0xB1B0AFBA


def test_widths_are_told_in_thousandths_and_full_squares_behind_the_last_not_at_all() -> None:
    face = typefaces.built()[1]
    subset = Subset(face, "1周大")
    assert [subset.width(one) for one in "1周大"] == [556, 1000, 1000]
    assert subset.widths() == [face.notdef.advance, 556]
    assert face.notdef.advance == 1000
    assert Subset(face, "周").widths() == []
