"""The court's public keys, as a stranger trusts them: files got from the court itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from media.proof.ed25519 import fingerprint, is_signature, raw_key
from media.proof.signed import SignedLine


class TrustedKeys:
    """Public keys by fingerprint; judges signatures with the standard library alone."""

    def __init__(self, raw_keys: Sequence[bytes]) -> None:
        self._keys = {fingerprint(key): key for key in raw_keys}

    @classmethod
    def read(cls, paths: Sequence[Path]) -> TrustedKeys:
        """Return the keys in PEM files; raises ``OSError`` or ``ValueError``."""
        return cls([raw_key(path.read_bytes()) for path in paths])

    @property
    def fingerprints(self) -> list[str]:
        """The keys' fingerprints."""
        return sorted(self._keys)

    def __bool__(self) -> bool:
        """Whether there is any key."""
        return bool(self._keys)

    def have_signed(self, signed: SignedLine, message: bytes) -> bool:
        """Tell whether a signature over a message is by one of these keys."""
        key = self._keys.get(signed.fingerprint)
        return key is not None and is_signature(key, signed.signature, message)
