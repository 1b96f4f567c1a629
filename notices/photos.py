"""Photos that prove something: re-encoded from their pixels, so that nothing else in the file survives."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import NoReturn

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from models.rules.refusals import Refused

MAX_PIXELS = 40_000_000
LONGEST_SIDE = 2_000
QUALITY = 82
_FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """A JPEG without any metadata.

    Attributes:
        jpeg: the file, sides at most 2,000 pixels, upright.
        sha256: of ``jpeg``, lower-case hexadecimal.
        width: in pixels.
        height: in pixels.

    """

    jpeg: bytes
    sha256: str
    width: int
    height: int


def clean_photo(data: bytes) -> CleanPhoto:
    """Re-encode an uploaded photo: place, device, comments and anything appended to the file are left behind.

    Raises:
        Refused: not a JPEG, PNG or WebP picture, damaged, or more than 40 million pixels.

    """
    pixels = _read(data)
    # Pasting into a new picture leaves behind the comment that Pillow would otherwise carry over.
    plain = Image.new("RGB", pixels.size, "white")
    plain.paste(pixels, mask=pixels.getchannel("A") if pixels.mode == "RGBA" else None)
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=QUALITY)
    jpeg = out.getvalue()
    return CleanPhoto(jpeg, hashlib.sha256(jpeg).hexdigest(), plain.width, plain.height)


def _read(data: bytes) -> Image.Image:
    """Decode to upright pixels, RGB or RGBA, at most 2,000 a side."""
    # WeasyPrint allows cut-off pictures for the whole process; as proof, half a photo is none.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    _refuse_size()
                upright = ImageOps.exif_transpose(picture)
                see_through = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
                pixels = upright.convert("RGBA" if see_through else "RGB")
    except UnidentifiedImageError:
        raise Refused("This is not a photo we can read. Choose a JPEG, PNG or WebP picture.") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        _refuse_size()
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, MemoryError):
        raise Refused("The photo is damaged. Take it again, or save it again as JPEG.") from None
    pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return pixels


def _refuse_size() -> NoReturn:
    raise Refused("The photo has more than 40 million pixels. Take it again with a smaller picture size.")
