"""Encryption of personal numbers at rest, and the blind index that finds them again.

Values: AES-256-GCM, random 96-bit nonce, the column's name as associated data, so a value moved to another column
does not open. Index: HMAC-SHA-256 under a key of its own, truncated to 128 bits: equal numbers have equal indexes and
nothing else can be read off. Keys are derived per column from two master keys that never enter the database.
"""

from __future__ import annotations

import binascii
import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = "v1"
_NONCE_BYTES = 12
_NONCE_CHARACTERS = 16  # three bytes are four characters, so what follows begins with a character of its own
_URL_SAFE, _STANDARD = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
_INDEX_BYTES = 16


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


def encrypt_bytes(plain: bytes, purpose: str) -> bytes:
    """Return nonce and ciphertext of a file's content; the purpose is bound into it like a column's name."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(purpose).encrypt(nonce, plain, purpose.encode())


def decrypt_bytes(stored: bytes, purpose: str) -> bytes:
    """Open what ``encrypt_bytes`` made for the same purpose.

    Raises:
        NotReadable: it does not open.

    """
    try:
        return _cipher(purpose).decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], purpose.encode())
    except (ValueError, InvalidTag) as error:
        raise NotReadable(f"A file of {purpose} does not open with this installation's key.") from error


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
