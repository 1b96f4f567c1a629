"""The child process that opens a scan: a PDF or a photo on standard input, one page as PNG on standard output.

Run by file name in an isolated interpreter; it bounds its own memory and processor time before it reads a byte,
and knows nothing of the portal. With ``count`` as argument it prints how many pages there are; with a number it
writes that page, counted from 0.
"""

from __future__ import annotations

import io
import resource
import sys

import pypdfium2  # type: ignore[import-untyped]  # has no types of its own
from PIL import Image

MEMORY_BYTES = 1024**3
CPU_SECONDS = 30
UNREADABLE = 4
PASSWORD = 3
DOTS_PER_INCH = 300
LONGEST_SIDE = 3_600  # pixels: A4 at 300 dots per inch
_POINTS = 72


def main() -> int:
    """Count the pages of standard input, or draw one."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        document = pypdfium2.PdfDocument(content)
        if sys.argv[1] == "count":
            sys.stdout.write(str(len(document)))
            return 0
        picture = _drawn(document[int(sys.argv[1])])
    except pypdfium2.PdfiumError as fault:
        return PASSWORD if "assword" in str(fault) else UNREADABLE
    except Exception:  # noqa: BLE001  # whatever is wrong with the file, the parent says one sentence
        return UNREADABLE
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    sys.stdout.buffer.write(out.getvalue())
    return 0


def _drawn(page: pypdfium2.PdfPage) -> Image.Image:
    longest = max(page.get_size())
    scale = min(DOTS_PER_INCH / _POINTS, LONGEST_SIDE / longest)
    drawn: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    return drawn


if __name__ == "__main__":
    sys.exit(main())
