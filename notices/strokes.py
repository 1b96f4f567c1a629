"""The lines and grounds of a laid-out page, drawn with fewer steps: the same ink, in half the words.

Layout draws each side of each cell as a stroke of its own, and the ground of each cell through two clips of its very
shape. Here sides that meet become one line, and what is drawn alike one after the other is drawn at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_NUMBER = rb"-?[\d.]+"


def _pattern(steps: bytes) -> re.Pattern[bytes]:
    return re.compile(steps.replace(b"#", _NUMBER))


# Opaque alone: where two strokes or grounds that let light through meet, one shape would be lighter than two.
_SIDE = _pattern(rb"/Artifact\nBMC\nq\nq\n(/A1\.0 gs\n# # # RG\n# w\n)(# # m\n# # l\n)S\nQ\nQ\nEMC\n")
_GROUND = _pattern(rb"q\n(?P<box># # # # re\n)W\nn\n/Artifact\nBMC\nq\n(/a1\.0 gs\n# # # rg\n)"
                   rb"((?P=box))W\nn\n(?P=box)f\nQ\nEMC\nQ\n")  # fmt: skip
_ENDS = _pattern(rb"(#) (#) m\n(#) (#) l\n")
_PATH = _pattern(rb"(?:# )+(?:re|m|l|c)\n")
_LONG = re.compile(rb"-?\d+\.\d{3,}")
_APART = 0.02  # units: what rounding may leave between two sides that meet


def joined(content: bytes) -> bytes:
    """Return what a page draws, its lines and grounds with fewer steps and to the hundredth of a unit: 0.003 mm.

    Args:
        content: one step or operand a line, as layout writes it.

    """
    content = _at_once(content, _SIDE, 1, b"S\n", _lines)
    content = _at_once(content, _GROUND, 2, b"f\n", b"".join)
    return _PATH.sub(lambda path: _LONG.sub(_rounded, path[0]), content)


def _at_once(
    content: bytes, pattern: re.Pattern[bytes], setting: int, ink: bytes, drawn: Callable[[list[bytes]], bytes]
) -> bytes:
    """Draw at once what is drawn with one setting and nothing between; its path is the group behind the setting's."""
    out: list[bytes] = []
    paths: list[bytes] = []
    at, with_ = 0, b""

    def end() -> None:
        if paths:
            out.append(b"/Artifact\nBMC\nq\n%s%s%sQ\nEMC\n" % (with_, drawn(paths), ink))

    for found in pattern.finditer(content):
        if found.start() != at or found[setting] != with_:
            end()
            out.append(content[at : found.start()])
            paths, with_ = [], found[setting]
        paths.append(found[setting + 1])
        at = found.end()
    end()
    return b"".join((*out, content[at:]))


def _lines(sides: list[bytes]) -> bytes:
    """Return a path in which sides on one line that meet or overlap are one; slanting sides stay as they are."""
    across: dict[bytes, list[tuple[float, float]]] = {}
    down: dict[bytes, list[tuple[float, float]]] = {}
    out = []
    for side in sides:
        x, y, to_x, to_y = _ENDS.fullmatch(side).groups()  # type: ignore[union-attr]  # it is a part of the pattern
        if y == to_y:
            across.setdefault(y, []).append(_ordered(x, to_x))
        elif x == to_x:
            down.setdefault(x, []).append(_ordered(y, to_y))
        else:
            out.append(side)
    out += [b"%.6f %s m\n%.6f %s l\n" % (x, y, to_x, y) for y, some in across.items() for x, to_x in _met(some)]
    out += [b"%s %.6f m\n%s %.6f l\n" % (x, y, x, to_y) for x, some in down.items() for y, to_y in _met(some)]
    return b"".join(out)


def _ordered(one: bytes, other: bytes) -> tuple[float, float]:
    first, last = sorted((float(one), float(other)))
    return first, last


def _met(stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for first, last in sorted(stretches):
        if found and first <= found[-1][1] + _APART:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _rounded(number: re.Match[bytes]) -> bytes:
    return (b"%.2f" % float(number[0])).rstrip(b"0").rstrip(b".")
