"""A little room on the disk, held back for the day it is full: enough to write down that it is."""

from __future__ import annotations

import os
from pathlib import Path

_BYTES = 4 * 1024 * 1024


def hold(folder: Path) -> None:
    """Hold the room back, where there is any."""
    reserve = _reserve(folder)
    if reserve.exists():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with reserve.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, _BYTES)
    except OSError:
        reserve.unlink(missing_ok=True)


def release(folder: Path) -> None:
    """Give the room free."""
    _reserve(folder).unlink(missing_ok=True)


def _reserve(folder: Path) -> Path:
    return folder / "reserve"
