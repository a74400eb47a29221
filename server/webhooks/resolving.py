"""Finds the network addresses of an endpoint's name, and hands on only those that may be told.

The connection is opened to the very addresses that were judged: a name that leads elsewhere when it
is asked again (DNS rebinding) gains nothing. It asks from threads of its own, because a name server
that does not answer must not hold up those in which orders are written.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

from server.destinations import Network, may_reach

_THREADS = 16


class AddressRefused(OSError):
    """A name leads to nothing that may be told."""


class Resolver(AbstractResolver):
    """Resolves for the sender of webhooks; ``permitted`` are private networks that are told."""

    def __init__(self, permitted: Sequence[Network]) -> None:
        self._permitted = permitted
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="webhook-names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name; raises ``AddressRefused`` if one must not be opened."""
        asked = asyncio.get_running_loop().run_in_executor(self._threads, _ask, host, port, family)
        try:
            found = await asked
        except (UnicodeError, ValueError) as problem:  # no name at all
            raise AddressRefused(host) from problem
        if not all(may_reach(one, self._permitted) for _, one in found):
            raise AddressRefused(host)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=its,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for its, address in found
        ]

    async def close(self) -> None:
        """Let go of the threads; a question that was not answered is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _ask(host: str, port: int, family: int) -> list[tuple[int, str]]:
    found = socket.getaddrinfo(
        host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
    return [(its, str(address[0])) for its, _, _, _, address in found]
