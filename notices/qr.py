"""The QR code of a paper, as dots: error correction M, with the quiet zone of four modules that readers need."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

import zxingcpp
from PIL import Image

QUIET_ZONE = 4  # modules (ISO/IEC 18004)


ADDRESS_BEGINS = "data:image/png;base64,"
"""How the address of each picture of ours begins; layout fetches no other."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A square of modules, quiet zone included.

    Attributes:
        side: modules along one side.
        rows: one bit a module, rows padded to whole bytes, 1 is white: as PDF and PIL hold grey of one bit.

    """

    side: int
    rows: bytes

    def data_address(self) -> str:
        """Write the code as a PNG in a ``data:`` address."""
        out = io.BytesIO()
        # Eight bits: WeasyPrint would turn one bit into three colours.
        Image.frombytes("1", (self.side, self.side), self.rows).convert("L").save(out, "PNG")
        return f"{ADDRESS_BEGINS}{base64.b64encode(out.getvalue()).decode('ascii')}"


def encode(address: str) -> QrCode:
    """Encode an address."""
    code = zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=True)
    side = image.shape[0]
    dots = Image.frombytes("L", (side, side), memoryview(image).tobytes())
    return QrCode(side, dots.convert("1", dither=Image.Dither.NONE).tobytes())
