"""How many relays there are, what they are called, and what each is told [pure].

The launcher reads this before anything that takes time is imported: standard library only.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.places import Places

MOST_RELAYS = 32
LARGEST_PORT = 65535
MOST_VIEWERS, VIEWERS = 5_000, 500
"""Of one relay: what may be set, and what holds if nothing is. Some 500 fill a core."""
_PREFIX = "relay"
# Recorders, workers and the server need most of a machine; a relay carries hundreds on its core.
_CORES_PER_RELAY = 4


def relay_count(wanted: int, cores: int) -> int:
    """Return how many relays run: as set, or (0) one for every four cores of the machine."""
    return wanted or max(1, min(cores // _CORES_PER_RELAY, MOST_RELAYS))


def relay_name(index: int) -> str:
    """Return the name of a relay's process and socket; the first one is 0."""
    return f"{_PREFIX}-{index}"


def is_relay(name: str) -> bool:
    """Tell whether a process is a relay, also one of an earlier version's only relay."""
    head, dash, number = name.partition("-")
    return head == _PREFIX and (not dash or number.isdecimal())


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """What is set of all relays.

    ``addresses`` of this machine are offered to viewers (none: all it has), ``public_addresses``
    besides: those of a router that passes on to this machine. ``port`` is the first relay's, each
    further one has the next; 0: the system chooses. ``viewers`` is how many each takes at most.
    """

    count: int
    addresses: tuple[str, ...] = ()
    public_addresses: tuple[str, ...] = ()
    port: int = 0
    viewers: int = VIEWERS

    @classmethod
    def from_env(cls, environ: Mapping[str, str], host: str, cores: int) -> RelaySettings:
        """Read the settings of a service that listens at ``host`` on so many cores.

        Raises ``ValueError`` that names the one that is wrong.
        """
        count = relay_count(_number(environ, "TINGBO_RELAYS", MOST_RELAYS), cores)
        port = _number(environ, "TINGBO_WEBRTC_PORT", LARGEST_PORT)
        if port and port + count - 1 > LARGEST_PORT:
            raise ValueError(
                f"TINGBO_WEBRTC_PORT: {count} relays need {count} ports from {port} on"
            )
        return cls(
            count,
            offered_addresses(host, environ.get("TINGBO_WHEP_ADDRESSES", "")),
            addresses_in(environ.get("TINGBO_WEBRTC_PUBLIC_ADDRESSES", "")),
            port,
            _number(environ, "TINGBO_RELAY_VIEWERS", MOST_VIEWERS, 1, VIEWERS),
        )

    def assignments(self, places: Places) -> dict[str, dict[str, Any]]:
        """Return what each relay is told (``media.RelayAssignment`` as plain data), by name."""
        return {
            relay_name(index): {
                "socket": str(places.socket(relay_name(index))),
                "addresses": list(self.addresses),
                "public_addresses": list(self.public_addresses),
                "port": self.port + index if self.port else 0,
                "max_viewers": self.viewers,
            }
            for index in range(self.count)
        }


def offered_addresses(host: str, addresses: str) -> tuple[str, ...]:
    """Return at which addresses a service that listens at ``host`` offers WebRTC; none: all.

    ``addresses`` are those that are set (``TINGBO_WHEP_ADDRESSES``). Without any, a service that
    serves this machine only is found at loopback only.
    """
    if chosen := addresses_in(addresses):
        return chosen
    if host == "localhost":
        return ("127.0.0.1",)
    try:
        return (host,) if ipaddress.ip_address(host).is_loopback else ()
    except ValueError:
        return ()


def addresses_in(text: str) -> tuple[str, ...]:
    """Return the addresses of a setting: separated by spaces or commas."""
    return tuple(text.replace(",", " ").split())


def _number(
    environ: Mapping[str, str], name: str, most: int, least: int = 0, usual: int = 0
) -> int:
    text = environ.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() else -1
    if text and not least <= number <= most:
        raise ValueError(f"{name}: {text!r} is not a number from {least} to {most}")
    return number if text else usual
