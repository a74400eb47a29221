"""What the court's record costs: to append, to read, to check, and its seal on the disk.

``python -m tests.bench.record [--packets N] [--size BYTES]``. A camera of 25 pictures a second is
written as fast as it goes; figures are microseconds of processor time a packet (all threads, but
not the disk's) and megabytes a second of the checker.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.reader import SpoolReader
from media.spool.record import Packet, StreamDescription

FOREVER = 1 << 62
PICTURE_US = 40_000
HOUR_US = 3_600_000_000


def write(directory: Path, count: int, size: int) -> tuple[float, float]:
    """Write packets; return CPU of the feed's thread and of the process, in µs a packet."""
    payload = os.urandom(size)
    with Head.create(directory) as head:
        begin_us = head.now_us()
        writer = SpoolWriter(directory, "camera", head)
        writer.append(StreamDescription("video", "h264", b"\0" * 40, 1920, 1080, 0, 0))
        thread, process = time.thread_time(), time.process_time()
        for number in range(count):
            at = begin_us + number * PICTURE_US
            writer.append(Packet("video", at, at, at, PICTURE_US, number % 50 == 0, payload))
        thread = time.thread_time() - thread
        writer.close()
        process = time.process_time() - process
    return thread / count * 1e6, process / count * 1e6


def read(directory: Path) -> float:
    """Read everything; return µs a packet."""
    begun, count = time.process_time(), 0
    with SpoolReader(directory, "camera") as reader:
        while records := reader.read(FOREVER):
            count += len(records)
    return (time.process_time() - begun) / count * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What the court's record costs.")
    parser.add_argument("--packets", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        feed_us, all_us = write(directory, asked.packets, asked.size)
        told = (
            f"append {feed_us:.1f} µs (all threads {all_us:.1f} µs), read {read(directory):.1f} µs"
        )
        sys.stdout.write(f"{asked.size} bytes a packet: {told} a packet\n")
        folder = directory / "camera"
        spans_us = asked.packets * PICTURE_US
        for suffix in ("seal", "keys", "spool"):
            size = sum(path.stat().st_size for path in folder.glob(f"*.{suffix}"))
            sys.stdout.write(f".{suffix}: {size * HOUR_US / spans_us / 1e6:.3f} MB an hour\n")
        if (directory / "record.pub").exists():
            from media.spool.verify import verify  # noqa: PLC0415  (an older tree has none)

            begun = time.perf_counter()
            result = verify(directory, [])
            seconds = time.perf_counter() - begun
            size = result["cameras"][0]["bytes"] / 1e6
            sys.stdout.write(f"verify: ok {result['ok']}, {size / seconds:.0f} MB/s\n")


if __name__ == "__main__":
    main()
