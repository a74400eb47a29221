"""At which addresses of this machine browsers find it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module


def addresses_of_machine() -> list[str]:
    """Return the addresses that others may reach this machine at; loopback is none of them."""
    found: list[str] = import_module("aioice.ice").get_host_addresses(True, True)  # noqa: FBT003
    return found


def gather_on(addresses: Sequence[str]) -> None:
    """Offer browsers these addresses only (aioice would leave out loopback and take all others)."""
    if not addresses:
        return

    def chosen(use_ipv4: bool, use_ipv6: bool) -> list[str]:  # noqa: FBT001  (aioice's signature)
        return [address for address in addresses if (use_ipv6 if ":" in address else use_ipv4)]

    import_module("aioice.ice").get_host_addresses = chosen  # type: ignore[attr-defined]
