"""The child process that parses a file: started within bounds, fed, listened to, and ended whatever happens."""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import portal
from models.rules.refusals import Refused
from portal.sheets import gate
from portal.sheets.child.protocol import Trouble
from portal.sheets.limits import Form, Limits
from portal.sheets.sources import Source

_ROOT = str(Path(portal.__file__).parent.parent)
_START = (
    "import sys; sys.path.append(sys.argv[1]); from portal.sheets.child.main import main; sys.exit(main(sys.argv[2]))"
)
_PIPE = 256 * 1024
_MILLISECONDS = 1_000


def lines(source: Source, passed: gate.Passed, limits: Limits, first: int = 0) -> Iterator[bytes]:
    """Let a child read the file, and hand out what it writes.

    Raises:
        Refused: it cannot be read, or takes too long or too much.
        Exception: what going through the source raised.

    """
    bounds = limits.of(passed.form)
    arguments = {
        "form": passed.form.value,
        "size": source.size,
        "first": first,
        "closer": passed.looks_closer,
        "memory": limits.memory_bytes,
        "cpu": limits.cpu_seconds,
        "rows": bounds.max_rows,
        "columns": bounds.max_columns,
    }
    with subprocess.Popen(  # noqa: S603  # our own interpreter and our own code
        [sys.executable, "-I", "-c", _START, _ROOT, json.dumps(arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
    ) as child:
        feeder = _Feeder(child, source)
        feeder.start()
        try:
            for line in _cut(_pieces(child, limits.wall_seconds)):
                if line.startswith(b'{"trouble"'):
                    told = json.loads(line)
                    raise _refusal(Trouble(told["trouble"]), told["row"], limits, passed.form)
                yield line
        finally:
            child.kill()
            feeder.join()
    if child.returncode:
        raise feeder.failure or _refusal(Trouble.UNREADABLE, 0, limits, passed.form)


class _Feeder(threading.Thread):
    """Gives the child the file from its start, again and again, until it ends: see ``child.given``."""

    def __init__(self, child: subprocess.Popen[bytes], source: Source) -> None:
        super().__init__(name="list-feeder", daemon=True)
        if child.stdin is None:
            raise LookupError("the child has a pipe")
        self.failure: Exception | None = None
        self._into = child.stdin
        self._source = source

    def run(self) -> None:
        """Feed."""
        try:
            while True:
                for piece in self._source.pieces():
                    rest = memoryview(piece)
                    while rest:
                        rest = rest[self._into.write(rest[:_PIPE]) :]
        except BrokenPipeError:  # it has seen enough, or died; how, its code says
            pass
        except Exception as failure:  # noqa: BLE001  # whoever reads the lines is told of it
            self.failure = failure
        finally:
            with contextlib.suppress(BrokenPipeError):
                self._into.close()


def _pieces(child: subprocess.Popen[bytes], seconds: float) -> Iterator[bytes]:
    """Hand out what the child writes; only the time spent waiting for it counts.

    Raises:
        Refused: it takes too long.

    """
    if child.stdout is None:
        raise LookupError("the child has a pipe")
    waiting = select.poll()
    waiting.register(child.stdout, select.POLLIN | select.POLLHUP)
    while True:
        started = time.monotonic()
        if not waiting.poll(max(0, seconds) * _MILLISECONDS):
            raise Refused("The file takes too long to read: split the list, or save it again as .xlsx.")
        piece = child.stdout.read(_PIPE)
        seconds -= time.monotonic() - started
        if not piece:
            child.wait()
            return
        yield piece


def _cut(pieces: Iterator[bytes]) -> Iterator[bytes]:
    tail = b""
    for piece in pieces:
        *lines, tail = (tail + piece).split(b"\n")
        yield from lines
    if tail:
        yield tail


def _refusal(trouble: Trouble, row: int, limits: Limits, form: Form) -> Refused:
    if trouble is Trouble.PASSWORD:
        return Refused("The workbook is protected by a password: save it without one and send it again.")
    if trouble is Trouble.TOO_LARGE:
        return gate.too_large(limits.of(form))
    if trouble is Trouble.ENCODING:
        return Refused(
            "The characters of this text file cannot be told: save it in your spreadsheet program as .xlsx, "
            "or as CSV in UTF-8."
        )
    if trouble is Trouble.QUOTES:
        return Refused(
            "In line %(row)s a quotation mark is opened and not closed, so the rows behind it cannot be told apart: "
            "remove it, or save the list as .xlsx.",
            row=row,
        )
    return Refused(
        "The file cannot be read as a spreadsheet: open it in your spreadsheet program, "
        "save it as .xlsx and send it again."
    )
