"""What may be the address of a provider of identities: https, or plain on this machine [pure]."""

from __future__ import annotations

from urllib.parse import urlsplit

_LONGEST = 255
_HERE = ("localhost", "127.0.0.1", "::1")


def is_guarded(address: object, *, plain_here: bool = True) -> bool:
    """Tell whether what is sent there can be read by nobody on the way.

    ``plain_here``: without TLS too, as long as it does not leave this machine.
    """
    if not isinstance(address, str) or len(address) > _LONGEST or not address.isprintable():
        return False
    try:
        its = urlsplit(address)
        its.port  # noqa: B018  (raises where it is no number)
    except ValueError:
        return False
    if not its.hostname or its.username is not None or its.fragment or " " in address:
        return False
    return its.scheme == "https" or (plain_here and its.scheme == "http" and its.hostname in _HERE)


def accept_issuer(address: str) -> str:
    """Return an issuer as it is compared (OpenID Connect Discovery §3); raises ``ValueError``."""
    if not is_guarded(address) or urlsplit(address).query:
        raise ValueError("must be an https address without a query")
    return address
