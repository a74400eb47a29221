"""Finds out where the service can listen before it starts."""

from __future__ import annotations

import socket


class CannotStart(Exception):
    """Why the service cannot start, in one sentence for whoever typed the command."""


def free_port(host: str, port: int) -> int:
    """Return the port, or any free one for 0; raises ``CannotStart`` if it is taken.

    Chosen here and not by the server, which must come back at the same address after a crash.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise CannotStart(
                f"{host}:{port} cannot be listened on ({problem.strerror}); "
                "choose another with --host and --port."
            ) from problem
        return int(probe.getsockname()[1])
