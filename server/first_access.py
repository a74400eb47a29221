"""What the machine's owner needs to get in: addresses, a token for the scripts, the first password.

Written to ``run/access.json`` (for this user only) each time the server starts to listen; the
scripts find the API there. The one-time password is in it only until the launcher has shown it.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from aiohttp import web

from server.accounts.service import ACCOUNTS, ADMINISTRATOR, AccountService

TOKEN_LABEL = "scripts of this machine"  # noqa: S105


async def write_access(app: web.Application, path: Path, url: str, *, keep_password: bool) -> None:
    """Make sure there is an administrator, and note how to reach the service.

    ``keep_password``: the first password need not be changed (a demonstration).
    """
    accounts = app[ACCOUNTS]
    password = await accounts.ensure_administrator(must_change=not keep_password)
    administrator = await accounts.find(ADMINISTRATOR)
    token = await _token_of_before(accounts, path)
    if token is None and administrator is not None:
        token = await accounts.issue_token(administrator.id, TOKEN_LABEL)
    access = {
        "portal": f"{url}/",
        "console": f"{url}/console",
        "api": f"{url}/api/v1",
        "user": ADMINISTRATOR,
        "password": password,
        "token": token,
    }
    await asyncio.to_thread(write_private, path, access)


async def _token_of_before(accounts: AccountService, path: Path) -> str | None:
    """Return the token that is in use, if a server ran before: its holders must not lose it."""
    try:
        token = json.loads(await asyncio.to_thread(path.read_text, encoding="utf-8"))["token"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return token if token and await accounts.recognise(token) else None


def write_private(path: Path, document: dict[str, Any]) -> None:
    """Write JSON whole, readable by this user only."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file)
    half.replace(path)
