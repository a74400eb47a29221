"""The signature of an ID token (RFC 7515) and the provider's keys (RFC 7517).

Imported only where a provider is set: joserfc takes 0.2 s that no other start shall pay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from joserfc import jws
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from server.oidc.model import Refused

_MOST_KEYS: Final = 64
_SHORTEST_RSA: Final = 2048  # bits, RFC 7518 §3.3
_LONGEST_TOKEN: Final = 16 * 1024


class UnknownKey(Refused):
    """Signed with a key that was not known yet: the provider may have changed its keys."""


def read_keys(document: Mapping[str, Any]) -> KeySet:
    """Return the keys that can sign; what is no such key is passed over (RFC 7517 §5)."""
    told = document.get("keys")
    if not isinstance(told, list):
        raise Refused("no set of keys")
    found = [key for one in told[:_MOST_KEYS] if (key := _key(one)) is not None]
    if not found:
        raise Refused("no key that can be used")
    return KeySet(found)


def _key(told: object) -> Key | None:
    if not isinstance(told, dict) or told.get("use", "sig") != "sig":
        return None
    try:
        if told.get("kty") == "EC":
            return ECKey.import_key(told)
        key = RSAKey.import_key(told) if told.get("kty") == "RSA" else None
    except (JoseError, ValueError, TypeError, KeyError, SecurityWarning):  # a warning can be raised
        return None
    return key if key and key.public_key.key_size >= _SHORTEST_RSA else None


def signed_claims(token: str, keys: KeySet, algorithms: Sequence[str]) -> dict[str, Any]:
    """Return the claims of a token whose signature is right; raises ``Refused``, ``UnknownKey``."""
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        raise Refused("token that is none")
    try:
        its = jws.deserialize_compact(token, keys, algorithms=list(algorithms))
        claims = json.loads(its.payload)
    except (InvalidKeyIdError, BadSignatureError):  # also where keys have no names
        raise UnknownKey("token with a wrong signature") from None
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise Refused("token with a wrong signature") from None
    if not isinstance(claims, dict):
        raise Refused("token that is none")
    return claims
