"""One attempt: a message to an endpoint by HTTP, with bounds, and how it was answered."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)

from server.destinations import Network, literal_of, may_reach
from server.webhooks.model import Problem
from server.webhooks.resolving import AddressRefused, Resolver
from server.webhooks.retrying import Answer

TIMEOUT: Final = ClientTimeout(total=10, connect=5, sock_connect=5)
_HEADERS: Final = {"Content-Type": "application/json", "User-Agent": "Tingbo-Webhooks/1"}


class Caller:
    """Opens a connection for each message; follows no redirect, reads no answer's body."""

    def __init__(self, permitted: Sequence[Network] = (), timeout: ClientTimeout = TIMEOUT) -> None:
        self._permitted = permitted
        self._session = ClientSession(
            connector=TCPConnector(
                resolver=Resolver(permitted), use_dns_cache=False, force_close=True, limit=0
            ),
            cookie_jar=DummyCookieJar(),
            timeout=timeout,
            auto_decompress=False,
            trust_env=False,
        )

    async def close(self) -> None:
        """Cut what is open."""
        await self._session.close()

    async def call(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a message once."""
        began = time.perf_counter()
        status, problem, retry_after = await self._post(url, headers, body)
        took_ms = round((time.perf_counter() - began) * 1000)
        return Answer(status, problem, took_ms, retry_after)

    async def _post(
        self, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int | None, Problem, str]:
        literal = literal_of(urlsplit(url).hostname or "")
        if literal is not None and not may_reach(literal, self._permitted):
            return None, "address", ""  # the resolver is not asked for these
        try:
            async with self._session.post(
                url, data=body, headers={**_HEADERS, **headers}, allow_redirects=False
            ) as answer:
                # The status says all: what else comes is not read, whatever its length.
                is_taken = 200 <= answer.status < 300  # noqa: PLR2004
                waits = answer.headers.get("Retry-After", "")
                answer.close()
                return answer.status, "" if is_taken else "status", waits
        except TimeoutError:
            return None, "timeout", ""
        except (ClientError, OSError, ValueError) as problem:
            return None, _kind_of(problem), ""


def _kind_of(problem: Exception) -> Problem:
    if isinstance(problem, ClientSSLError):
        return "tls"
    cause = problem.os_error if isinstance(problem, ClientConnectorError) else problem
    if isinstance(cause, AddressRefused):
        return "address"
    return "connection"
