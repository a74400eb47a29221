"""ICE servers for viewers and publishers in closed networks, as ``Link`` headers [pure].

RFC 9725 §4.6 and draft-ietf-wish-whep-03 say how they are told. Credentials hold for a time and are
made from a secret that only we and the TURN server know (draft-uberti-behave-turn-rest-00, coturn's
``use-auth-secret``), so that nothing has to be registered anywhere.
"""

from __future__ import annotations

import base64
import hmac
import re
from typing import Final

# coturn looks at the time again whenever an allocation is refreshed, every ten minutes at most:
# who begins to watch in the morning must not be cut off before the court closes.
CREDENTIAL_SECONDS: Final = 12 * 3600
_URL: Final = re.compile(r"(?P<scheme>stuns?|turns?):[^\s,<>\"\\]{1,255}")


def read_urls(text: str) -> tuple[str, ...]:
    """Return the URLs of a setting (RFC 7064, RFC 7065), separated by spaces or commas.

    Raises ``ValueError`` for what is none.
    """
    urls = tuple(text.replace(",", " ").split())
    for url in urls:
        if not url.isascii() or not url.isprintable() or not _URL.fullmatch(url):
            raise ValueError("an address begins with stun:, stuns:, turn: or turns:")
    return urls


def needs_credentials(url: str) -> bool:
    """Tell whether a server asks who comes: TURN does, STUN does not."""
    return url.startswith("turn")


def credentials(secret: str, expires_at: int, nonce: str) -> tuple[str, str]:
    """Return user name and password that hold until ``expires_at`` (Unix seconds)."""
    username = f"{expires_at}:{nonce}"
    digest = hmac.digest(secret.encode(), username.encode(), "sha1")  # as the draft has it
    return username, base64.b64encode(digest).decode()


def links(urls: tuple[str, ...], secret: str, now: float, nonce: str) -> list[str]:
    """Return a ``Link`` header for each server; ``now`` in Unix seconds, ``nonce`` for one answer.

    All servers of an answer get the same credentials: they are one viewer's.
    """
    username, credential = credentials(secret, int(now) + CREDENTIAL_SECONDS, nonce)
    its = f'; username="{username}"; credential="{credential}"; credential-type="password"'
    return [f'<{url}>; rel="ice-server"{its if needs_credentials(url) else ""}' for url in urls]
