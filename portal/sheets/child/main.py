"""Where the reading process starts: it bounds itself before it reads a byte."""

from __future__ import annotations

import json
import resource
import sys

from portal.sheets.child import delimited, markup, workbooks
from portal.sheets.child.given import Given
from portal.sheets.child.protocol import Out, Stop, Trouble

TEXT, MARKUP = "text", "markup"


def main(arguments: str) -> int:
    """Parse standard input; ``arguments`` is JSON: form, size, memory, cpu, rows, columns, first, closer."""
    told = json.loads(arguments)
    resource.setrlimit(resource.RLIMIT_AS, (told["memory"], told["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (told["cpu"], told["cpu"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
    given = Given(sys.stdin.buffer, told["size"])
    out = Out(sys.stdout.buffer, told["first"])
    most = told["rows"], told["columns"]
    try:
        if told["form"] == TEXT:
            delimited.read(given, out, *most)
        elif told["form"] == MARKUP:
            markup.read(given, out, *most)
        else:
            workbooks.read(given.whole(), out, *most, looks_closer=told["closer"])
    except Stop as stop:
        out.trouble(stop)
    except MemoryError:
        out.trouble(Stop(Trouble.TOO_LARGE))
    out.flush()
    return 0
