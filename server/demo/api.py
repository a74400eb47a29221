"""The demonstration's way into the service: its HTTP API, as any program uses it."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

TIMEOUT = aiohttp.ClientTimeout(total=20)


class Refused(Exception):
    """The service said no; ``status`` is the HTTP status."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(f"{what}: {status}")
        self.status = status


class Api:
    """Calls of ``/api/v1`` with a token."""

    def __init__(self, session: aiohttp.ClientSession, base: str, token: str) -> None:
        self._session = session
        self._base = base
        self._headers = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, **query: str) -> Any:  # noqa: ANN401  (JSON)
        """Return what lies at a path."""
        return await self._call("GET", path, params=query)

    async def post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
        """Send something new."""
        return await self._call("POST", path, json=body)

    async def patch(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
        """Change something."""
        return await self._call("PATCH", path, json=body)

    async def delete(self, path: str) -> None:
        """Take something away."""
        await self._call("DELETE", path)

    async def _call(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401
        url = f"{self._base}{path}"
        async with self._session.request(
            method, url, headers=self._headers, timeout=TIMEOUT, **options
        ) as answer:
            if answer.status >= 400:  # noqa: PLR2004
                raise Refused(answer.status, f"{method} {path} {(await answer.text())[:300]}")
            return await answer.json() if answer.status != 204 else None  # noqa: PLR2004

    async def when_back(self, method: str, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
        """Call again while the server is away (it may be restarting), for up to 20 s."""
        for _ in range(40):
            try:
                return await self._call(method, path, json=body)
            except (aiohttp.ClientConnectionError, TimeoutError):
                await asyncio.sleep(0.5)
        raise Refused(503, f"{method} {path}")
