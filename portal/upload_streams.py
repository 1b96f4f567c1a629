"""What is being sent, while it is looked at: never on the disk as it came, not even in a file without a name.

A long list does not fit into memory, and whoever can read a disk can read what was once written on it. So what is sent
is sealed as it arrives, under a key that only the request knows and that is gone with it.
"""

from __future__ import annotations

import io
import os
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_IN_MEMORY = 1024 * 1024  # bytes; more goes to the disk
_KEY_BYTES = 32
_BLOCK = 16  # bytes for which the cipher counts one


class SealedStream(io.RawIOBase):
    """A file that is written once, from its start to its end, and then read anywhere."""

    def __init__(self) -> None:
        self._cipher_key = AES256(os.urandom(_KEY_BYTES))
        self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed by ``close``
        self._place = self._size = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read from anywhere."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Add to its end.

        Raises:
            io.UnsupportedOperation: it would be written over, for which the same key must not be used.

        """
        if self._place != self._size:
            raise io.UnsupportedOperation("what is sent is written once, from its start to its end")
        plain = bytes(data)
        self._file.seek(self._place)
        self._file.write(self._from_here().update(plain))
        self._place += len(plain)
        self._size = self._place
        return len(plain)

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read from where it stands."""
        view = memoryview(buffer).cast("B")
        self._file.seek(self._place)
        sealed = self._file.read(len(view))
        view[: len(sealed)] = self._from_here().update(sealed)
        self._place += len(sealed)
        return len(sealed)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place, at most to its end."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = min(max(start + offset, 0), self._size)
        return self._place

    def tell(self) -> int:
        """Return the place it stands at."""
        return self._place

    def close(self) -> None:
        """Let it go, and its key with it."""
        self._file.close()
        super().close()

    def _from_here(self) -> CipherContext:
        counter, into = divmod(self._place, _BLOCK)
        cipher = Cipher(self._cipher_key, CTR(counter.to_bytes(_BLOCK))).encryptor()  # the same both ways
        cipher.update(bytes(into))
        return cipher
