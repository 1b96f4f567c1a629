"""A character beyond our faces is printed in a fallback face where one is installed, by layout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from notices import faces
from tests.conftest import TYPEFACES

RARE = "𪚥"
_PRINT = f"""
import sys
from pathlib import Path
from notices import layout, typefaces
from tests.notices.samples import a_notice
typefaces.use(Path({str(TYPEFACES)!r}))
sys.stdout.buffer.write(layout.render(a_notice(borrower_name="周{RARE}")))
"""


def a_face(path: Path) -> None:
    """Write a face of one character: a box."""
    pen = TTGlyphPen(None)
    for place, corner in enumerate(((100, 0), (100, 800), (900, 800), (900, 0))):
        (pen.lineTo if place else pen.moveTo)(corner)
    pen.closePath()
    box = pen.glyph()
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([".notdef", "rare"])
    made.setupCharacterMap({ord(RARE): "rare"})
    made.setupGlyf({".notdef": box, "rare": box})
    made.setupHorizontalMetrics({".notdef": (1000, 100), "rare": (1000, 100)})
    made.setupHorizontalHeader(ascent=880, descent=-120)
    made.setupNameTable({"familyName": faces.FALLBACKS[1], "styleName": "Regular", "psName": faces.FALLBACKS[1]})
    made.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    made.setupPost()
    made.save(path)


def test_a_fallback_face_prints_what_ours_lack(tmp_path: Path) -> None:
    a_face(tmp_path / "fallback.ttf")
    settings = tmp_path / "fonts.conf"
    settings.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{tmp_path}</dir>'
        f"<cachedir>{tmp_path}/cache</cachedir></fontconfig>",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-c", _PRINT],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "FONTCONFIG_FILE": str(settings)},
    )
    text = subprocess.run(["pdftotext", "-raw", "-", "-"], input=done.stdout, capture_output=True, check=True).stdout
    fonts = subprocess.run(["pdffonts", "-"], input=done.stdout, capture_output=True, check=True).stdout.decode()
    assert f"周{RARE}" in text.decode().replace("\n", "")
    row = next(line.split() for line in fonts.splitlines() if faces.FALLBACKS[1] in line)
    assert row[-5:-2] == ["yes", "yes", "yes"]  # embedded, subset, with a map to Unicode
