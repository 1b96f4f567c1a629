"""Sealed values open again and nowhere else; the index of a number is HMAC-SHA-256 under the column's own key."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import crypto


@pytest.fixture(scope="module", autouse=True)
def _keys() -> None:
    crypto.use_keys(crypto.KeyRing(values=b"v" * 32, index=b"i" * 32))


@given(st.text())
def test_the_index_is_the_one_of_the_standard(plain: str) -> None:
    key = crypto._derive(b"i" * 32, "borrowers.id_number")
    expected = hmac.digest(key, plain.encode(), "sha256")[:16].hex()
    assert crypto.blind_index(plain, "borrowers.id_number") == expected
    assert crypto.blind_index(plain, "contact_points.value") != expected


@given(st.text())
def test_what_is_sealed_opens_for_its_column_alone(plain: str) -> None:
    sealed = crypto.encrypt(plain, "borrowers.address")
    version, nonce, rest = sealed.split(".")
    assert (version, len(crypto._bytes(nonce)), len(crypto._bytes(rest))) == ("v1", 12, len(plain.encode()) + 16)
    assert crypto.decrypt(sealed, "borrowers.address") == plain
    with pytest.raises(crypto.NotReadable):
        crypto.decrypt(sealed, "borrowers.id_number")
