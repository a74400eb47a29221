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
    """Calls of ``/api/v1`` as somebody."""

    def __init__(self, session: aiohttp.ClientSession, base: str, headers: dict[str, str]) -> None:
        self._session = session
        self._base = base
        self._headers = headers

    @classmethod
    def with_token(cls, session: aiohttp.ClientSession, base: str, token: str) -> Api:
        """Call as whom the token is of."""
        return cls(session, base, {"Authorization": f"Bearer {token}"})

    async def signed_in(self, name: str, password: str) -> Api:
        """Sign in as somebody else; return what calls as they.

        The cookie is handed over by hand: behind TLS a jar would keep it from this plain address.
        """
        body = {"name": name, "password": password}
        url = f"{self._base}/sign-in"
        async with self._session.post(url, json=body, timeout=TIMEOUT) as answer:
            if answer.status >= 400:  # noqa: PLR2004
                raise Refused(answer.status, "sign-in")
            cookie = answer.cookies["tingbo_session"].value
        return Api(self._session, self._base, {"Cookie": f"tingbo_session={cookie}"})

    async def get(self, path: str, **query: str) -> Any:  # noqa: ANN401  (JSON)
        """Return what lies at a path."""
        return await self._call("GET", path, params=query)

    async def post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
        """Send something new."""
        return await self._call("POST", path, json=body)

    async def put(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
        """Put something in the place of what is there."""
        return await self._call("PUT", path, json=body)

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
