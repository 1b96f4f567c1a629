"""Our type faces built: quadratic outlines on a coarse grid, one style each, with the marks at which forms are cut.

``python -m notices.foundry FOLDER`` builds what is missing and takes about a minute.
"""

from __future__ import annotations

import os
import sys
import tempfile
import unicodedata
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.roundingPen import RoundingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection

from notices.faces import FACES, Face, file_of
from notices.typefaces import FIRST_MARK, MARKS, family_of, file_name, place_of

_MOST_ERROR = 4.0  # of a curve, in thousandths of the size
_UNITS = 250  # to the size: on so coarse a grid the same steps come again, one byte each, and deflate small
_LEFT_OUT = frozenset(
    {"Mn", "Mc", "Me", "Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
)  # needs shaping, or has no place of its own
_LEFT_OUT_BLOCKS = (range(0x0590, 0x1E00), range(0x3130, 0x3190), range(0xA960, 0xA980), range(0xAC00, 0xE000))


def build(under: Path) -> Path:
    """Build what is missing under a folder; two builders at once do no harm.

    Raises:
        FaceMissing: the system's faces are not installed.

    """
    goal = place_of(under)
    if (goal / "ready").exists():
        return goal
    under.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=under, prefix="building-") as work:
        with ProcessPoolExecutor(max_workers=min(len(FACES), os.cpu_count() or 1)) as pool:
            list(pool.map(_build_one, FACES, [Path(work)] * len(FACES)))
        goal.mkdir(exist_ok=True)
        for face in FACES:
            (Path(work) / file_name(face)).replace(goal / file_name(face))
        (goal / "ready").touch()
    return goal


def _build_one(face: Face, work: Path) -> None:
    with TTCollection(file_of(face), lazy=True) as collection:
        source = next(font for font in collection.fonts if font["name"].getBestFamilyName() == face.family)
        cmap = {code: name for code, name in source.getBestCmap().items() if _is_wanted(code)}
        names = [".notdef", *dict.fromkeys(cmap.values())]
        outlines = source.getGlyphSet()
        units: int = source["head"].unitsPerEm
        scale = _UNITS / units

        def scaled(length: float) -> int:
            return round(length * scale)

        glyphs, metrics = {}, {}
        for name in names:
            pen = TTGlyphPen(None)
            on_grid = TransformPen(RoundingPen(pen, round), (scale, 0, 0, scale, 0, 0))
            outlines[name].draw(Cu2QuPen(on_grid, _MOST_ERROR * units / 1000, reverse_direction=True))
            glyphs[name] = pen.glyph()
            metrics[name] = scaled(source["hmtx"][name][0])
        marks = {FIRST_MARK + place: f"mark{place}" for place in range(MARKS)}
        for name in marks.values():
            glyphs[name] = TTGlyphPen(None).glyph()
            metrics[name] = 0
        hhea, os2 = source["hhea"], source["OS/2"]
        made = FontBuilder(_UNITS, isTTF=True)
        made.setupGlyphOrder([*names, *marks.values()])
        made.setupCharacterMap({**cmap, **marks})
        made.setupGlyf(glyphs)
        # All lines stand on the side bearing of their own outline.
        table = made.font["glyf"]
        made.setupHorizontalMetrics(
            {name: (advance, getattr(table[name], "xMin", 0)) for name, advance in metrics.items()}
        )
        made.setupHorizontalHeader(
            ascent=scaled(hhea.ascent), descent=scaled(hhea.descent), lineGap=scaled(hhea.lineGap)
        )
        style = face.weight.capitalize()
        name = family_of(face)
        made.setupNameTable(
            {
                "familyName": name,
                "styleName": style,
                "fullName": f"{name} {style}",
                "psName": f"{name}-{style}".replace(" ", ""),
            }
        )
        made.setupOS2(
            sTypoAscender=scaled(os2.sTypoAscender), sTypoDescender=scaled(os2.sTypoDescender),
            sTypoLineGap=scaled(os2.sTypoLineGap), usWinAscent=scaled(os2.usWinAscent),
            usWinDescent=scaled(os2.usWinDescent), usWeightClass=os2.usWeightClass,
            sCapHeight=scaled(os2.sCapHeight), sxHeight=scaled(os2.sxHeight), fsSelection=os2.fsSelection, fsType=0,
        )  # fmt: skip
        made.setupPost(
            keepGlyphNames=False,
            underlinePosition=scaled(source["post"].underlinePosition),
            underlineThickness=scaled(source["post"].underlineThickness),
        )
        made.font["head"].macStyle = 1 if face.weight == "bold" else 0
        made.font["head"].indexToLocFormat = 1
        made.font["head"].created = made.font["head"].modified = source["head"].modified
        made.font.recalcTimestamp = False
        made.save(work / file_name(face))


def _is_wanted(code: int) -> bool:
    return unicodedata.category(chr(code)) not in _LEFT_OUT and not any(code in block for block in _LEFT_OUT_BLOCKS)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
