"""What the edge costs: ``python -m tests.bench.edge``.

The whole service serves one broadcast directly and through nginx as it is deployed. One player
each asks for every version and every hinted part at once, on two connections that stay open, and
notes when they have come; told is how much later the one behind the edge (TLS) has them. Both speak
HTTP/1.1: a client for HTTP/2 in Python takes longer than the edge. That HTTP/2 works, and how, is
told by ``tests/player/test_edge.py``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.deploy import certificate
from tests.deploy.configuration import edge_configuration
from tests.services.nginx import prepare
from tests.services.program import free_port, listens, own_folder, running

_EDGE = re.compile(r'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="\.\./\.\./(\w+)/(\d+)\.(\d+)\.m4s"')
Times = dict[tuple[int, int], float]


@contextlib.contextmanager
def nginx(upstream: str, tls: Path) -> Iterator[int]:
    """Run the edge in front of a service; give its port."""
    certificate.make(tls, ["127.0.0.1"])
    port = free_port()
    with own_folder() as folder:
        prepare(folder)
        (folder / "nginx.conf").write_text(edge_configuration(upstream, free_port(), port, tls))
        command: list[str | Path] = ["nginx", "-p", folder, "-c", "nginx.conf", "-e", "error.log"]
        with running([*command, "-g", "daemon off;"], folder=folder, ready=lambda: listens(port)):
            yield port


class Connection:
    """A connection that stays open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int, trust: ssl.SSLContext | None) -> Connection:
        """Connect to a port of this machine, by TLS if there is something to trust."""
        name = "127.0.0.1" if trust else None
        return cls(
            *await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname=name)
        )

    async def get(self, path: str) -> tuple[str, float]:
        """Return a body and when it had come (monotonic)."""
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        if not head.startswith("HTTP/1.1 200"):
            raise RuntimeError(head.splitlines()[0])
        found = re.search(r"(?i)content-length: (\d+)", head)
        body = await self._reader.readexactly(int(found[1]) if found else 0)
        return body.decode(errors="replace"), time.monotonic()

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


async def follow(port: int, trust: ssl.SSLContext | None, parts: int) -> tuple[Times, Times]:
    """Return when each version of a playlist and each hinted part had come."""
    playlists, media = [await Connection.open(port, trust) for _ in range(2)]
    master, _ = await playlists.get("/hls/b1/master.m3u8")
    found = re.search(r"s/[^\"\s]+/v360\.m3u8", master)
    assert found is not None
    address = f"/hls/b1/{found[0]}"
    versions: Times = {}
    pieces: Times = {}
    text, _ = await playlists.get(address)
    for _ in range(parts):
        hint = _EDGE.search(text)
        assert hint is not None
        key = (int(hint[2]), int(hint[3]))
        (text, versions[key]), (_, pieces[key]) = await asyncio.gather(
            playlists.get(f"{address}?_HLS_msn={key[0]}&_HLS_part={key[1]}&_HLS_skip=YES"),
            media.get(f"/hls/b1/v360/{key[0]}.{key[1]}.m4s"),
        )
    playlists.close()
    media.close()
    return versions, pieces


async def measure(direct: int, edge: int, trust: ssl.SSLContext, parts: int) -> dict[str, object]:
    """Follow by both ways at the same time and compare."""
    (near_versions, near_parts), (far_versions, far_parts) = await asyncio.gather(
        follow(direct, None, parts), follow(edge, trust, parts)
    )
    return {
        "reload": added(near_versions, far_versions),
        "part": added(near_parts, far_parts),
    }


def added(near: Times, far: Times) -> dict[str, float]:
    """Return by how many milliseconds the far ones came later."""
    late = sorted(1000 * (far[key] - near[key]) for key in near.keys() & far.keys())
    return {
        "of": len(late),
        "median_ms": round(statistics.median(late), 1),
        "p95_ms": round(late[int(len(late) * 0.95) - 1], 1),
        "max_ms": round(late[-1], 1),
    }


def main() -> None:
    """Start service and edge, measure, print a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=150)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as tls:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.playback", "--serve", folder],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        try:
            assert server.stdout is not None
            base = next(line for line in server.stdout if line.startswith("http://")).strip()
            trust_of = Path(tls)
            with nginx(base.removeprefix("http://"), trust_of) as edge:
                trust = ssl.create_default_context(cafile=str(trust_of / "cert.pem"))
                direct = int(base.rpartition(":")[2])
                told = asyncio.run(measure(direct, edge, trust, asked.parts))
            sys.stdout.write(json.dumps(told) + "\n")
        finally:
            server.kill()
            server.wait(5)


if __name__ == "__main__":
    main()
