"""What a relay adds: ``python -m tests.bench.relay_delay WHEPLOAD --viewers 200`` (as root).

From the moment at which the worker's socket was given an encoded picture to the arrival of its last
packet, the one with the marker bit, at a viewer. Arrivals are the kernel's own times on the
loopback device, of every 32nd port: neither the viewers' program nor this one is measured. Prints a
line of JSON; ``late`` are pictures of which nothing had arrived when the next one was given.
"""

from __future__ import annotations

import argparse
import asyncio
import bisect
import ctypes
import itertools
import json
import os
import socket
import struct
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path

from media.messages import Frame
from tests.bench.relay import LOAD_CORE, SECONDS, SERVER_CORE, Served, load, make_clip
from tests.services.relay import VIDEO, Stage, frames, relaying

_SO_ATTACH_FILTER, _SO_TIMESTAMPNS, _ETH_P_IP = 26, 35, 0x0800
_INCOMING = 0
_SAMPLE = 0x1F
_HEADERS = 28  # of IPv4 and UDP
_LARGEST = 1 << 16
_TIMESPEC = struct.Struct("@ll")


class TimedStage(Stage):
    """Notes when each picture was given to the relay (Unix nanoseconds)."""

    def __init__(self, clip: list[Frame], seconds: float) -> None:
        super().__init__(clip, seconds)
        self.given: list[int] = []

    def note(self, frame: Frame) -> None:
        """Take the time of a picture."""
        if frame.rendition == VIDEO.id:
            self.given.append(time.time_ns())


def _filter(port: int) -> bytes:
    """Return a BPF program: datagrams from ``port`` to every 32nd port, their first 64 bytes."""
    steps = [
        (0x28, 0, 0, 20),  # ldh source port
        (0x15, 0, 4, port),
        (0x28, 0, 0, 22),  # ldh destination port
        (0x54, 0, 0, _SAMPLE),  # and
        (0x15, 0, 1, 0),
        (0x06, 0, 0, 64),  # take
        (0x06, 0, 0, 0),  # leave
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


class Ear(threading.Thread):
    """Hears on the loopback device when datagrams arrive: port, payload type and time of each.

    ``octets`` are those of each payload type.
    """

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.heard: list[tuple[int, int, int]] = []
        self.octets = Counter[int]()
        self.over = False
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_IP))
        code = ctypes.create_string_buffer(_filter(port))
        program = struct.pack("HL", len(code) // 8, ctypes.addressof(code))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.bind(("lo", _ETH_P_IP))
        self._socket.settimeout(0.2)

    def run(self) -> None:
        """Listen until it is over."""
        while not self.over:
            try:
                data, extra, _, address = self._socket.recvmsg(_LARGEST, 64)
            except TimeoutError:
                continue
            if address[2] != _INCOMING or len(data) < _HEADERS + 12 or data[_HEADERS] >> 6 != 2:
                continue
            seconds, nanoseconds = _TIMESPEC.unpack(extra[0][2])
            to, size = struct.unpack_from("!HH", data, 22)
            kind = data[_HEADERS + 1] & 0x7F
            self.octets[kind] += size
            self.heard.append((to, kind, seconds * 1_000_000_000 + nanoseconds))


def delays(
    given: list[int], heard: list[tuple[int, int, int]], video: int
) -> tuple[list[float], int]:
    """Return what was added to each picture and viewer, in ms, and how many came late."""
    last: dict[tuple[int, int], int] = {}
    seen: dict[int, set[int]] = defaultdict(set)
    for to, kind, at in heard:
        picture = bisect.bisect_right(given, at) - 1
        if kind == video and 0 <= picture < len(given) - 1:
            last[to, picture] = at
            seen[to].add(picture)
    late = sum(
        following - picture - 1
        for pictures in seen.values()
        for picture, following in itertools.pairwise(sorted(pictures))
    )
    return sorted((at - given[picture]) / 1e6 for (_, picture), at in last.items()), late


async def run(whepload: Path, viewers: int, seconds: int, folder: Path) -> None:
    """Measure with so many viewers."""
    clip = folder / "clip.mp4"
    make_clip(clip)
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    stage = TimedStage(frames(clip), SECONDS)
    async with relaying(folder, stage, before=("taskset", "-c", SERVER_CORE)) as relayed:
        served = Served("tingbo", relayed.url, relayed.pid)
        ramp = max(5, viewers / 10)
        loading = asyncio.create_task(
            load(whepload, served, viewers, "-ramp", f"{ramp:.0f}s", "-duration", f"{seconds}s")
        )
        await asyncio.sleep(ramp + 3)
        stage.given.clear()
        ear = Ear(relayed.port)
        ear.start()
        await asyncio.sleep(seconds - 4)
        ear.over = True
        seen = await loading
    found, late = delays(stage.given, ear.heard, max(ear.octets, key=lambda kind: ear.octets[kind]))
    parts = {f"p{share}": round(found[len(found) * share // 100], 2) for share in (50, 95, 99)}
    line = {
        "viewers": seen["flowing"],
        "loss_percent": round(seen["loss_pct"], 3),
        "pictures": len(found),
        "late": late,
        "added_ms": parts | {"max": round(found[-1], 2)},
    }
    sys.stdout.write(json.dumps(line) + "\n")


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("whepload", type=Path)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tingbo-delay-") as folder:
        asyncio.run(run(asked.whepload, asked.viewers, asked.seconds, Path(folder)))


if __name__ == "__main__":
    main()
