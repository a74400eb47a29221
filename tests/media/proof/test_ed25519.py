"""Signatures are judged as ``cryptography`` judges them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from media.proof.ed25519 import fingerprint, is_signature, raw_key
from media.spool.signature import fingerprint_of


def test_a_signature_is_known_and_no_other() -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key = raw_key(pem)
    assert fingerprint(key) == fingerprint_of(private.public_key())
    signature = private.sign(b"tingbo")
    assert is_signature(key, signature, b"tingbo")
    assert not is_signature(key, signature, b"Tingbo")
    assert not is_signature(key, signature[:-1], b"tingbo")
    assert not is_signature(bytes(31), signature, b"tingbo")
    for at in (0, 31, 32, 63):
        changed = bytearray(signature)
        changed[at] ^= 1
        assert not is_signature(key, bytes(changed), b"tingbo")


def test_that_of_rfc_8032_holds() -> None:
    """§7.1, test 2."""
    key = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert is_signature(key, signature, b"\x72")


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n", b"\xff"])
def test_another_file_is_no_key(pem: bytes) -> None:
    with pytest.raises(ValueError, match=r"key|codec"):
        raw_key(pem)
