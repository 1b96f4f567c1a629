"""Scans of receipts: how many pages a file has, one page as a clean picture, and the square codes on it.

A PDF is opened by a child process with bounds on memory and time (``notices/scan_reader.py``); whatever it
draws, and every photo, is re-encoded from its pixels like any other photo (``notices/photos.py``).
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import zxingcpp
from PIL import Image

from models.rules import verification
from models.rules.refusals import Refused
from models.rules.scans import MOST_PAGES
from models.rules.sentences import N_
from notices import scan_reader
from notices.photos import CleanPhoto, clean_photo

MAX_BYTES = 20 * 1024 * 1024
WALL_SECONDS = 60

_READER = Path(scan_reader.__file__)
_PDF = b"%PDF-"
_ADDRESS = re.compile(r"https?://\S+/check/([0-9A-Z-]{12,20})", re.IGNORECASE)
_UNREADABLE = N_("The file cannot be read: scan it again as PDF, or send photos as JPEG, PNG or WebP.")


def pages(content: bytes) -> int:
    """Count the pages of a PDF or a photo.

    Raises:
        Refused: too large, neither a PDF nor a photo, protected, damaged, or too many pages.

    """
    if len(content) > MAX_BYTES:
        raise Refused("The file is larger than 20 MB: scan in grey at 200 dots per inch, or in several bundles.")
    if not content.startswith(_PDF):
        clean_photo(content)  # refuses what is no photo
        return 1
    count = int(_child(content, "count"))
    if count < 1:
        raise Refused(_UNREADABLE)
    if count > MOST_PAGES:
        raise Refused("The file has %(count)s pages; a bundle holds at most %(most)s.", count=count, most=MOST_PAGES)
    return count


def read(content: bytes, number: int) -> tuple[CleanPhoto, tuple[str, ...]]:
    """Return one page, counted from 1, as a clean picture, and the check codes on it, each once.

    The codes are looked for before the picture is made smaller: on the receipt they are fourteen millimetres wide.

    Raises:
        Refused: it cannot be read.

    """
    drawn = _child(content, str(number - 1)) if content.startswith(_PDF) else content
    picture = clean_photo(drawn)
    with Image.open(io.BytesIO(drawn)) as image:
        found = zxingcpp.read_barcodes(image.convert("L"))
    named = (_ADDRESS.fullmatch(one.text.strip()) for one in found)
    codes = (verification.normalise(match[1]) for match in named if match and verification.is_well_formed(match[1]))
    return picture, tuple(dict.fromkeys(codes))


def _child(content: bytes, what: str) -> bytes:
    try:
        child = subprocess.run(  # noqa: S603  # our own interpreter and our own file
            [sys.executable, "-I", str(_READER), what],
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(_UNREADABLE) from error
    if child.returncode == scan_reader.PASSWORD:
        raise Refused("The PDF is protected by a password: save it without one and send it again.")
    if child.returncode != 0:
        raise Refused(_UNREADABLE)
    return child.stdout
