"""A real provider of identities (OpenID Connect), at which everybody is whom they say."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.services.program import free_port, listens, own_folder, running

NAME_CLAIM = "preferred_username"
PEOPLE = {"sub-ada": "ada", "sub-ada-too": "ada", "sub-nobody": "nobody"}
SESSIONS = {"sub-first": "session-1", "sub-second": "session-2"}  # whose tokens name one
PROGRAM = Path(__file__).with_name("oidc_program.py")


@contextmanager
def provider_on(port: int, *options: str) -> Iterator[str]:
    """Run a provider with keys of its own; the value is its issuer."""
    people = [
        word
        for subject, name in PEOPLE.items()
        for word in ("--user-claims", json.dumps({"sub": subject, NAME_CLAIM: name}))
    ]
    for subject, session in SESSIONS.items():
        people += ("--user-claims", json.dumps({"sub": subject, "sid": session}))
    command = [sys.executable, str(PROGRAM), "--port", str(port), *people, *options]
    with own_folder() as folder, running(command, folder=folder, ready=lambda: listens(port)):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def oidc_provider() -> Iterator[str]:
    """Start one provider for the whole run; the value is its issuer."""
    with provider_on(free_port()) as issuer:
        yield issuer


async def let_in(address: str, subject: str) -> str:
    """Say at the provider who one is; return the address to which it sends the browser back."""
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(address, data={"sub": subject}, allow_redirects=False) as response,
    ):
        assert response.status == 302, await response.text()
        return response.headers["Location"]


async def signed(issuer: str, claims: dict[str, Any]) -> str:
    """Return claims as the provider signs them."""
    async with (
        aiohttp.ClientSession() as asking,
        asking.post(f"{issuer}/sign", json=claims) as response,
    ):
        assert response.status == 200, await response.text()
        return await response.text()
