"""A provider that answers with what it should not."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from server.errors import Unavailable
from server.oidc import provider as asking
from server.oidc.model import Refused
from server.oidc.provider import Client, ProviderClient

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def huge(request: web.Request) -> web.StreamResponse:
    """Answer without an end."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" " * 65536)


async def packed(_: web.Request) -> web.StreamResponse:
    """Answer with little that unpacks to much."""
    response = web.Response(body=b" " * 8_000_000, content_type="application/json")
    response.enable_compression(web.ContentCoding.gzip)
    return response


async def elsewhere(_: web.Request) -> web.StreamResponse:
    """Send to another machine."""
    raise web.HTTPFound("http://169.254.169.254/latest/meta-data")


async def deep(_: web.Request) -> web.StreamResponse:
    """Answer with brackets."""
    return web.Response(text="[" * 100_000)


async def a_list(_: web.Request) -> web.StreamResponse:
    """Answer with JSON that is no object."""
    return web.json_response([1])


async def an_error(_: web.Request) -> web.StreamResponse:
    """Answer that there is nothing."""
    raise web.HTTPNotFound


async def broken(_: web.Request) -> web.StreamResponse:
    """Answer that it is ill."""
    raise web.HTTPBadGateway


async def asked(answer: Answer) -> None:
    """Ask a provider that answers so what it is."""
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", answer)
    async with TestServer(app) as server:
        issuer = f"http://127.0.0.1:{server.port}"
        client = ProviderClient(Client(issuer, "tingbo", f"{issuer}/back", "secret"))
        try:
            await client.metadata()
        finally:
            await client.close()


@pytest.mark.parametrize("answer", [huge, packed, elsewhere, deep, a_list, an_error])
async def test_an_answer_that_is_none_is_refused(answer: Answer) -> None:
    with pytest.raises(Refused):
        await asked(answer)


async def test_a_provider_that_is_ill_is_away() -> None:
    with pytest.raises(Unavailable):
        await asked(broken)


async def test_a_provider_that_hangs_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PATIENCE_S", 0.2)

    async def hang(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.05)

    with pytest.raises(Unavailable):
        await asked(hang)


def test_the_secret_is_not_told() -> None:
    assert "s3cret" not in repr(Client("https://id.example", "tingbo", "b", "s3cret"))
