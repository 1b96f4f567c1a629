"""Where what came in is kept: sealed, named by its hash, in two copies apart."""

from __future__ import annotations

import os
from pathlib import Path

from models.crypto import decrypt_bytes, encrypt_bytes

_PURPOSE = "imports.file"
FOLDERS = ("imports", "imports-second")


def keep(data_dir: Path, sha256: str, content: bytes) -> None:
    """Write both copies, each complete or not at all; a file that is there already is the same file."""
    for folder in FOLDERS:
        place = data_dir / folder
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = place / sha256
        if target.exists():
            continue
        draft = place / f".{sha256}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(encrypt_bytes(content, _PURPOSE))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)


def open_kept(data_dir: Path, sha256: str) -> bytes:
    """Return the content of a kept file, from the second copy where the first is gone.

    Raises:
        FileNotFoundError: neither copy is there.

    """
    for folder in FOLDERS:
        path = data_dir / folder / sha256
        if path.exists():
            return decrypt_bytes(path.read_bytes(), _PURPOSE)
    raise FileNotFoundError(f"no copy of the import {sha256[:12]} is there")
