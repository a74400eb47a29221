"""Asks the provider: who it is, its keys, and what a code is worth.

The provider is another's machine. Each question has 5 s, its answer at most 256 KiB and no
redirections, and eight are asked at once; what it tells of itself is asked again every hour, and
its keys when a token names one that is not among them, at most every 10 s.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

import aiohttp
import structlog

from server.errors import Unavailable
from server.oidc.model import Provider, Refused, read_metadata

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

_log = structlog.stdlib.get_logger(__name__)
PATIENCE_S: Final = 5.0
_CONNECT_S: Final = 3.0
_MOST_BYTES: Final = 256 * 1024
_AT_ONCE: Final = 8
_METADATA_S: Final = 3600.0
KEYS_AGAIN_S: Final = 10.0
_DISCOVERY: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Client:
    """As whom we are known to the provider; without a secret PKCE alone guards the code.

    ``back`` is the page of ours to which it sends the browser, ``label`` how pages call it, and
    ``name_claim`` the claim that tells a person's sign-in name (empty: none does).
    """

    issuer: str
    id: str
    back: str
    secret: str = field(default="", repr=False)
    label: str = ""
    name_claim: str = ""


class ProviderClient:
    """Talks to one provider; made where an event loop runs, and to be closed."""

    def __init__(self, client: Client, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic = monotonic
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=PATIENCE_S, connect=_CONNECT_S),
            connector=aiohttp.TCPConnector(limit=_AT_ONCE),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._provider: tuple[float, Provider] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def metadata(self) -> Provider:
        """Return what the provider tells of itself; raises ``Unavailable``, ``Refused``."""
        now = self._monotonic()
        if self._provider is not None and now - self._provider[0] < _METADATA_S:
            return self._provider[1]
        issuer = self._client.issuer
        document = await self._ask("GET", issuer.rstrip("/") + _DISCOVERY)
        provider = read_metadata(document, issuer)
        if self._provider is None or self._provider[1].jwks_uri != provider.jwks_uri:
            self._keys = None
        self._provider = now, provider
        return provider

    async def exchange(self, code: str, verifier: str) -> str:
        """Return the ID token for a code (Core §3.1.3); raises ``Unavailable``, ``Refused``."""
        provider, its = await self.metadata(), self._client
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": its.back,
            "code_verifier": verifier,
        }
        headers = {}
        if its.secret and provider.with_header:
            # Both are form-encoded first (RFC 6749 §2.3.1).
            pair = quote_plus(its.id), quote_plus(its.secret)
            headers["Authorization"] = aiohttp.encode_basic_auth(*pair)
        else:
            form |= {"client_id": its.id} | ({"client_secret": its.secret} if its.secret else {})
        answer = await self._ask("POST", provider.token_endpoint, form, headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Refused("no token")
        return token

    async def claims(self, token: str) -> dict[str, Any]:
        """Return what a token claims whose signature is right; raises ``Unavailable``, ``Refused``.

        A key that is not known may be new: the keys are asked for again, at most every 10 s.
        """
        from server.oidc.tokens import UnknownKey, signed_claims  # noqa: PLC0415  (0.2 s)

        provider = await self.metadata()
        asked_at, keys = self._keys or (await self._ask_keys(provider))
        try:
            return signed_claims(token, keys, provider.algorithms)
        except UnknownKey:
            if self._monotonic() - asked_at < KEYS_AGAIN_S:
                raise
        _, keys = await self._ask_keys(provider)
        return signed_claims(token, keys, provider.algorithms)

    async def _ask_keys(self, provider: Provider) -> tuple[float, KeySet]:
        from server.oidc.tokens import read_keys  # noqa: PLC0415

        now = self._monotonic()
        found = self._keys = now, read_keys(await self._ask("GET", provider.jwks_uri))
        return found

    async def _ask(
        self,
        method: str,
        address: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        try:
            async with self._session.request(
                method,
                address,
                data=form,
                headers={"Accept": "application/json", **(headers or {})},
                allow_redirects=False,
            ) as response:
                if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise _away()
                body = await _bounded(response)
                if response.status != HTTPStatus.OK:
                    raise Refused(f"answer {response.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            _log.warning("provider does not answer", problem=type(problem).__name__)
            raise _away() from None
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            raise Refused("answer that is no JSON") from None
        if not isinstance(document, dict):
            raise Refused("answer that is no object")
        return document


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(16 * 1024):
        body += chunk
        if len(body) > _MOST_BYTES:
            raise Refused("answer that is too long")
    return bytes(body)


def _away() -> Unavailable:
    return Unavailable(
        "The provider does not answer. Sign in with name and password, or try again later."
    )
