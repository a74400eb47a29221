"""The court's signature: an Ed25519 key, made at the first start, that never leaves the machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from media.errors import SpoolLocked
from media.spool.keys import write_once
from media.spool.places import KEYS

NAME = "court.pem"
_FINGERPRINT = 32  # hexadecimal digits: 128 bits


def fingerprint_of(key: Ed25519PublicKey) -> str:
    """Return the first half of SHA-256 of the raw public key, as it is read out and compared."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:_FINGERPRINT]


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """Return the public key in a PEM file; raises ``ValueError`` if there is none of this kind."""
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 public key")  # noqa: TRY004
    return key


def is_signed(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether a signature is this key's over this message."""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


class CourtKey:
    """The private key; signs what the recorder and the end of a broadcast have to say."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.fingerprint = fingerprint_of(key.public_key())

    @classmethod
    def at(cls, path: Path) -> CourtKey:
        """Return the key that lies at a place, made there if there is none (mode 0600).

        Raises ``SpoolLocked`` if it cannot be read or made.
        """
        try:
            if not path.exists():
                _make(path)
            key = serialization.load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError, TypeError) as problem:
            raise SpoolLocked("the court's signing key cannot be read or made") from problem
        if not isinstance(key, Ed25519PrivateKey):
            raise SpoolLocked("the court's signing key is of another kind")
        return cls(key)

    @classmethod
    def of_spool(cls, directory: Path) -> CourtKey:
        """Return the key of a spool that no service was told another one for."""
        return cls.at(directory / KEYS / NAME)

    @property
    def public_pem(self) -> bytes:
        """The public key, to be given to everybody."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, message: bytes) -> bytes:
        """Return the signature over a message, 64 bytes."""
        return self._key.sign(message)


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_once(path, pem)
