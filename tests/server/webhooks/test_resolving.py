import socket
from collections.abc import AsyncIterator

import pytest

from server.destinations import read_networks
from server.webhooks import resolving
from server.webhooks.resolving import AddressRefused, Resolver

HERE = read_networks("127.0.0.0/8 ::1")


@pytest.fixture
async def resolver() -> AsyncIterator[Resolver]:
    one = Resolver(HERE)
    yield one
    await one.close()


async def test_the_connection_is_opened_to_what_was_judged(resolver: Resolver) -> None:
    found = await resolver.resolve("localhost", 443, socket.AF_UNSPEC)
    assert found
    for one in found:
        assert one["host"] in ("127.0.0.1", "::1")
        assert (one["hostname"], one["port"]) == ("localhost", 443)


async def test_a_name_with_one_foul_address_is_refused(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [(socket.AF_INET, "8.8.8.8"), (socket.AF_INET, "10.0.0.1")]
    monkeypatch.setattr(resolving, "_ask", lambda *_: both)
    with pytest.raises(AddressRefused):
        await resolver.resolve("two-faced.example", 443)


async def test_what_is_no_name_leads_nowhere(resolver: Resolver) -> None:
    for name in ("a..b", "x" * 70, "例" * 70):
        with pytest.raises(OSError):  # noqa: PT011
            await resolver.resolve(name, 443)
