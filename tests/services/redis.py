"""A real Redis."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.services.program import free_port, listens, own_folder, running
from tests.tools import require_tool


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """Start one Redis for the whole run, without persistence; the value is its address."""
    program = require_tool("redis-server")
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with (
        own_folder() as folder,
        running([program, *options], folder=folder, ready=lambda: listens(port)),
    ):
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """Address of an empty Redis."""
    client = require_tool("redis-server").with_name("redis-cli")
    subprocess.run([client, "-u", redis_server, "flushall"], check=True, capture_output=True)
    return redis_server
