"""The portal and its worker as ``make run`` starts them, on a free port of the loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

_ROOT = Path(__file__).parents[2]


@contextmanager
def running(environment: dict[str, str]) -> Iterator[str]:
    """Run portal and worker as ``make run`` does, on a free port; yields the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    processes = [
        subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.DEVNULL)
        for command in (
            [*granian, "--workers", "2", "--blocking-threads", "1", "--no-access-log", "wsgi:app"],
            flask("worker"),
        )
    ]
    try:
        while not _answers(address):
            time.sleep(0.3)
        time.sleep(3)  # the worker comes up as well; nobody clicks in the first second of a portal's life
        yield address
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)


def _answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/healthz", timeout=30) as answer:  # noqa: S310 - our own loopback
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def flask(command: str) -> list[str]:
    """Return the words of a command of the portal."""
    return [sys.executable, "-m", "flask", "--app", "wsgi", command]
