"""A real TURN server."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.services.program import free_port, listens, own_folder, running
from tests.tools import require_tool


@dataclass(frozen=True)
class TurnServer:
    """Where it listens, by UDP and TCP, and the secret that its credentials are made from."""

    port: int
    secret: str

    def url(self, transport: str) -> str:
        """Return its address for ``udp`` or ``tcp``."""
        return f"turn:127.0.0.1:{self.port}?transport={transport}"


@pytest.fixture(scope="session")
def turn_server() -> Iterator[TurnServer]:
    """Start one coturn for the whole run, with passwords made from a secret."""
    program = require_tool("turnserver")
    server = TurnServer(free_port(), "known to both sides")
    with own_folder() as folder:
        options = [
            "-n", "--no-tls", "--no-dtls", "--no-cli", "--no-stdout-log", "--allow-loopback-peers",
            "--use-auth-secret", f"--static-auth-secret={server.secret}", "--realm=court.example",
            "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={server.port}",
            "--relay-threads=1", f"--userdb={folder / 'users'}", f"--pidfile={folder / 'pid'}",
            f"--log-file={folder / 'turn.log'}",
        ]  # fmt: skip
        with running([program, *options], folder=folder, ready=lambda: listens(server.port)):
            yield server
