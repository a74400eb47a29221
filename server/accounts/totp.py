"""One-time passwords by time, as authenticator apps make them: RFC 4226 and RFC 6238 [pure]."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from urllib.parse import quote

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20  # as long as the hash, RFC 4226 §4 R6
_DRIFT = 1  # steps that a clock may be off, either way (RFC 6238 §6)
_CODE = re.compile(r"[0-9]{6}")


def hotp(secret: bytes, counter: int, digits: int = DIGITS) -> str:
    """Return the code of a counter (RFC 4226 §5.3)."""
    mac = hmac.digest(secret, counter.to_bytes(8), hashlib.sha1)
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}}"


def step_at(unix_s: float) -> int:
    """Return the number of the time step (RFC 6238 §4.2)."""
    return int(unix_s // STEP_S)


def is_code(text: str) -> bool:
    """Tell whether this looks like a code of an authenticator app."""
    return _CODE.fullmatch(text) is not None


def matching_step(secret: bytes, code: str, unix_s: float) -> int | None:
    """Return the time step whose code this is, within a minute's drift; None if it is none.

    Whoever accepts it must accept no step that is not later ever after (RFC 6238 §5.2). All steps
    are compared whichever fits, so that the time taken tells nothing.
    """
    now, found = step_at(unix_s), None
    for step in range(max(now - _DRIFT, 0), now + _DRIFT + 1):
        if hmac.compare_digest(hotp(secret, step).encode(), code.encode(errors="replace")):
            found = step
    return found


def secret_text(secret: bytes) -> str:
    """Return the secret as it is typed into an app: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def otpauth_uri(secret: bytes, name: str, issuer: str) -> str:
    """Return the address that apps take (Key URI Format of Google Authenticator)."""
    label = f"{quote(issuer, safe='')}:{quote(name, safe='')}"
    parameters = f"secret={secret_text(secret)}&issuer={quote(issuer, safe='')}"
    return f"otpauth://totp/{label}?{parameters}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
