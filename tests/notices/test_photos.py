"""Photos: only pixels survive."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib

import pytest
from PIL import Image

from models.rules.refusals import Refused
from notices.photos import clean_photo


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (400, 300), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 120 if mode == "L" else "teal").save(out, kind, **options)
    return out.getvalue()


def a_png_claiming(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_becomes_a_plain_jpeg(kind: str) -> None:
    photo = clean_photo(a_picture(kind))
    with Image.open(io.BytesIO(photo.jpeg)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (photo.width, photo.height)) == ("JPEG", (400, 300))
    assert photo.sha256 == hashlib.sha256(photo.jpeg).hexdigest()


def test_place_device_comment_and_tail_are_gone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif.get_ifd(0x8825)[1] = "N"
    dirty = a_picture(exif=exif, comment=b"SECRETCOMMENT", icc_profile=b"SECRETPROFILE") + b"<?php SECRETTAIL"
    for secret in (b"SECRETMAKER", b"SECRETCOMMENT", b"SECRETPROFILE", b"SECRETTAIL"):
        assert secret in dirty
    clean = clean_photo(dirty).jpeg
    assert b"SECRET" not in clean
    with Image.open(io.BytesIO(clean)) as picture:
        assert not picture.getexif()
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_it_stands_upright_and_is_made_smaller() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = clean_photo(a_picture(size=(3000, 1500), exif=exif))
    assert (photo.width, photo.height) == (1000, 2000)


def test_what_is_see_through_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(clean_photo(out.getvalue()).jpeg)) as picture:
        assert picture.getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize(("width", "height"), [(8_000, 5_001), (10_000, 10_000), (40_000, 40_000)])
def test_too_many_pixels_are_refused_before_decoding(width: int, height: int) -> None:
    with pytest.raises(Refused, match="40 million"):
        clean_photo(a_png_claiming(width, height))


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7", a_picture("GIF"), a_picture("BMP"), b"<svg xmlns='http://www.w3.org/2000/svg'/>"])  # fmt: skip
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(Refused, match="not a photo"):
        clean_photo(data)


def test_a_damaged_photo_is_refused() -> None:
    noise = Image.effect_noise((600, 600), 80)
    out = io.BytesIO()
    noise.save(out, "JPEG")
    with pytest.raises(Refused, match="damaged"):
        clean_photo(out.getvalue()[:4000])


def test_grey_photos_are_read() -> None:
    assert clean_photo(a_picture(mode="L")).width == 400
