"""Which addresses may be told: no way from here into the court's own networks [pure].

A partner's endpoint is an address that somebody outside has chosen and that this server opens
(SSRF). The form is judged when it is entered; each network address that its name leads to is judged
at each attempt (``server.webhooks.resolving``), because names can lead elsewhere a moment later.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import SplitResult, urlsplit

from server.errors import Invalid

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST: Final = 500
_SECURE, _PLAIN = 443, 80
_LEAST_PORT = 1024
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_HOST = re.compile(r"[A-Za-z0-9_.-]{1,253}")
# What older Pythons take for public, and behind which IPv4 addresses lie in another form: IPv4 in
# IPv6, translated (NAT64), 6to4, Teredo. RFC 6890 and IANA's registries of special addresses.
_SPECIAL: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            *("192.0.0.0/24", "192.88.99.0/24", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96"),
            *("64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16", "3fff::/20", "5f00::/16"),
        ),
    )
)


def read_networks(text: str) -> tuple[Network, ...]:
    """Return networks separated by blanks or commas; raises ``ValueError``."""
    return tuple(ipaddress.ip_network(one) for one in text.replace(",", " ").split())


def may_reach(text: str, permitted: Sequence[Network] = ()) -> bool:
    """Tell whether a network address is a stranger's: public, or in a network that is permitted."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    address = inner or address
    if any(address.version == one.version and address in one for one in permitted):
        return True
    return _is_public(address)


def _is_public(address: Address) -> bool:
    if any(address.version == one.version and address in one for one in _SPECIAL):
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def accepted_url(text: str, permitted: Sequence[Network] = (), *, plain: bool = False) -> str:
    """Return an endpoint's address; raises ``Invalid``. ``plain``: http is taken, too."""
    if len(text) > LONGEST or not _PRINTABLE.fullmatch(text):
        raise Invalid("An address of at most 500 plain characters.", field="url")
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise Invalid("This is not an address.", field="url") from None
    if parts.scheme != "https" and not (plain and parts.scheme == "http"):
        raise Invalid("The address must begin with https://.", field="url")
    if parts.username is not None or parts.password is not None or "#" in text:
        raise Invalid("An address without password and without #.", field="url")
    if port is not None and port < _LEAST_PORT and port not in (_SECURE, _PLAIN):
        raise Invalid("This port is not a web server's.", field="url")
    _must_be_elsewhere(parts, host, permitted)
    return text


def literal_of(host: str) -> str | None:
    """Return the network address that a host's name is itself; None for a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def _must_be_elsewhere(parts: SplitResult, host: str, permitted: Sequence[Network]) -> None:
    if "\\" in parts.netloc or not host:
        raise Invalid("This is not an address.", field="url")
    literal = literal_of(host)
    if literal is None and not _HOST.fullmatch(host):
        raise Invalid("This is not an address.", field="url")
    last = host.rstrip(".").rpartition(".")[2]
    is_number = literal is None and (last.isdigit() or last.lower().startswith("0x"))
    if is_number or (literal is not None and not may_reach(literal, permitted)):
        raise Invalid("This address leads into a network that is not told.", field="url")
