"""Encryption of personal numbers at rest, and the blind index that finds them again.

Values: AES-256-GCM, random 96-bit nonce, the column's name as associated data, so a value moved to another column
does not open. Index: HMAC-SHA-256 under a key of its own, truncated to 128 bits: equal numbers have equal indexes and
nothing else can be read off. Keys are derived per column from two master keys that never enter the database.

Files: sealed and opened in pieces, so that none is held as a whole. A mark with the version and a random number of the
file come first; each piece has a nonce of its own, and bound to it are the purpose, the file's number, its own place
and whether it is the last: a piece that is missing, moved, of another file, or behind the last does not open.
"""

from __future__ import annotations

import binascii
import hmac
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = "v1"
_NONCE_BYTES = 12
_NONCE_CHARACTERS = 16  # three bytes are four characters, so what follows begins with a character of its own
_URL_SAFE, _STANDARD = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
_INDEX_BYTES = 16
_FILE_MARK = b"\x00sealed2"  # a file from before it began with a random nonce, which is never this
_FILE_NUMBER_BYTES = 16
_PLACE_BYTES = 8
_TAG_BYTES = 16
_MARK_BYTES = 8
FILE_PIECE = 1024 * 1024
"""Bytes of a file that are sealed at once."""


class NotReadable(RuntimeError):
    """A stored value does not open: wrong key, damaged, or moved from another column."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The two master keys of an installation, 32 bytes each."""

    values: bytes
    index: bytes


class _Ring:
    """Keys in use by this process; set once at start."""

    ring: KeyRing | None = None
    ciphers: dict[str, AESGCM]
    index_codes: dict[str, hmac.HMAC]  # each with its key taken in: most of what a short number costs


_held = _Ring()


def use_keys(ring: KeyRing) -> None:
    """Set the keys of this process. Called once at start, by the portal, a command or a test."""
    _held.ring = ring
    _held.ciphers = {}
    _held.index_codes = {}


def encrypt(plain: str, column: str) -> str:
    """Return ``v1.nonce.ciphertext`` for a value of the named column."""
    nonce = os.urandom(_NONCE_BYTES)
    text = _text(nonce + _cipher(column).encrypt(nonce, plain.encode(), column.encode()))
    return f"{_VERSION}.{text[:_NONCE_CHARACTERS]}.{text[_NONCE_CHARACTERS:]}"


def decrypt(stored: str, column: str) -> str:
    """Open a value that ``encrypt`` made for the same column.

    Raises:
        NotReadable: it does not open.

    """
    try:
        version, nonce, sealed = stored.split(".")
        if version != _VERSION:
            raise NotReadable(f"A value of {column} has the unknown version {version!r}.")
        return _cipher(column).decrypt(_bytes(nonce), _bytes(sealed), column.encode()).decode()
    except (ValueError, InvalidTag) as error:
        raise NotReadable(f"A value of {column} does not open with this installation's key.") from error


def seal_file(pieces: Iterable[bytes], purpose: str, master: bytes | None = None) -> Iterator[bytes]:
    """Yield a file's content sealed, to be written one after the other; the purpose is bound in like a column's name.

    Args:
        pieces: the content, cut anywhere.
        purpose: what the file is kept for.
        master: another key than this installation's for values, 32 bytes.

    """
    cipher = _file_cipher(purpose, master)
    number = os.urandom(_FILE_NUMBER_BYTES)
    yield _FILE_MARK + number
    place = 0
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) > FILE_PIECE:  # the last piece is known only at the end
            yield _seal_piece(bytes(held[:FILE_PIECE]), cipher, _bound(purpose, number, place, is_last=False))
            del held[:FILE_PIECE]
            place += 1
    yield _seal_piece(bytes(held), cipher, _bound(purpose, number, place, is_last=True))


def open_file(stream: BinaryIO, purpose: str, master: bytes | None = None) -> Iterator[bytes]:
    """Yield the content of what ``seal_file`` made for the same purpose, or of a file sealed as a whole before.

    A piece is what was sealed, but only the end says that the file is whole: do not act on the content before it.

    Args:
        stream: the sealed file.
        purpose: what it is kept for.
        master: the key it was sealed with, when it was another; none of these was sealed as a whole.

    Raises:
        NotReadable: it does not open, or does not go on as it should.

    """
    head = stream.read(len(_FILE_MARK) + _FILE_NUMBER_BYTES)
    cipher = _file_cipher(purpose, master)
    if not head.startswith(_FILE_MARK):
        if master is not None:
            raise NotReadable(f"A file of {purpose} does not begin as it should.")
        yield _open_piece(head + stream.read(), cipher, purpose, purpose.encode())
        return
    number = head[len(_FILE_MARK) :]
    sealed_size = _NONCE_BYTES + FILE_PIECE + _TAG_BYTES
    place = 0
    piece = stream.read(sealed_size)
    while True:
        behind = stream.read(sealed_size)
        yield _open_piece(piece, cipher, purpose, _bound(purpose, number, place, is_last=not behind))
        if not behind:
            return
        piece = behind
        place += 1


def _bound(purpose: str, number: bytes, place: int, *, is_last: bool) -> bytes:
    """Return what is bound to a piece: all but the purpose is of fixed length, so no two are the same by chance."""
    return number + place.to_bytes(_PLACE_BYTES, "big") + bytes([is_last]) + purpose.encode()


def _file_cipher(purpose: str, master: bytes | None) -> AESGCM:
    return _cipher(purpose) if master is None else AESGCM(_derive(master, purpose))


def _seal_piece(plain: bytes, cipher: AESGCM, bound: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, bound)


def _open_piece(sealed: bytes, cipher: AESGCM, purpose: str, bound: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound)
    except (ValueError, InvalidTag) as error:
        raise NotReadable(f"A file of {purpose} does not open with this installation's key.") from error


def key_mark(master: bytes, purpose: str) -> str:
    """Return 64 bits (hex) by which a key is recognised and that say nothing of it."""
    return _derive(master, f"mark of {purpose}")[:_MARK_BYTES].hex()


def data_keys_mark() -> str:
    """Return the mark of both keys of this process together."""
    return key_mark(_keys().values + _keys().index, "data keys")


def blind_index(plain: str, column: str) -> str:
    """Return the 128-bit index (hex) under which a number of the named column can be found again."""
    if column not in _held.index_codes:
        _held.index_codes[column] = hmac.new(_derive(_keys().index, column), digestmod="sha256")
    code = _held.index_codes[column].copy()
    code.update(plain.encode())
    return code.hexdigest()[: 2 * _INDEX_BYTES]


def _cipher(column: str) -> AESGCM:
    if column not in getattr(_held, "ciphers", {}):
        _held.ciphers[column] = AESGCM(_derive(_keys().values, column))
    return _held.ciphers[column]


def _keys() -> KeyRing:
    if _held.ring is None:
        raise NotReadable("No keys are set: call use_keys first.")
    return _held.ring


def _derive(master: bytes, column: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=column.encode()).derive(master)


def _text(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).rstrip(b"=").translate(_URL_SAFE).decode()


def _bytes(text: str) -> bytes:
    return binascii.a2b_base64(text.encode().translate(_STANDARD) + b"=" * (-len(text) % 4))
