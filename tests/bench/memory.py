"""Memory of a worker over hours of a bad feed: ``python -m tests.bench.memory CLIP``.

The whole path, small and as fast as the machine can; every minute of court time the camera falls
silent for some seconds, the record tells the interruption, and it comes back. Prints one line of
JSON with the resident memory after each tenth of the time; what it had after the first fifth is
the measure of what it has at the end.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from media.assignment import Camera
from media.ladder.threads import Ladder
from media.ladder.video import open_encoders
from media.recording.index import PublicRecording
from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.record import Interruption, Packet, StreamDescription
from media.timeline import Piece, Timeline
from tests.bench.path import FRAME_RATE, ORIGIN_US, TICK_US, Asked, Writer, lay, packets, rungs

MINUTE_US = 60_000_000
SILENT_US = 8_000_000
TICKS_PER_MINUTE = MINUTE_US // TICK_US
SIZE = (320, 180)


def resident_mib() -> float:
    """Return this process' resident memory."""
    gc.collect()
    lines = Path("/proc/self/status").read_text().splitlines()
    line = next(one for one in lines if one.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def send_minute(writer: SpoolWriter, records: list[StreamDescription | Packet], at: int) -> None:
    """Write a minute of a camera that falls silent before it is over."""
    offset_us = at * MINUTE_US
    for one in records:
        if isinstance(one, StreamDescription):
            writer.append(one)
        elif one.court_us < ORIGIN_US + MINUTE_US - SILENT_US:
            court_us = one.court_us + offset_us
            moved = replace(one, court_us=court_us, decode_us=court_us, arrival_us=court_us)
            writer.append(moved)
    writer.append(Interruption(None, ORIGIN_US + offset_us + MINUTE_US - SILENT_US, "stalled"))


def run(asked: Asked, folder: Path) -> list[float]:
    """Return the memory after each tenth of the time."""
    spool, minutes = folder / "spool", round(asked.seconds / 60)
    records = list(packets(asked.clips[0]))
    seen = []
    with Head.create(spool) as head, PublicRecording(folder / "broadcast") as recording:
        spooled = SpoolWriter(spool, "c0", head)
        timeline = Timeline([Piece(0, ORIGIN_US, 0)], TICK_US)
        ladder = Ladder(
            open_encoders(asked.rungs, FRAME_RATE), FRAME_RATE, timeline, {}, {}, Writer(recording)
        )
        for name, track in ladder.tracks.items():
            recording.write_init(name, ladder.version(name), track.init_section())
        path = lay(asked, spool, [Camera("c0", "c0", "testcard:")], ladder)
        ladder.start()
        for minute in range(minutes):
            send_minute(spooled, records, minute)
            for feed in path.feeds:
                if not feed.is_open:
                    feed.open(head, ORIGIN_US)
            path.run(range(minute * TICKS_PER_MINUTE, (minute + 1) * TICKS_PER_MINUTE))
            if (minute + 1) % max(1, minutes // 10) == 0:
                seen.append(round(resident_mib(), 1))
        ladder.finish(minutes * TICKS_PER_MINUTE)
        spooled.close()
    return seen


def main() -> int:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path, help="about a minute with sound")
    parser.add_argument("--minutes", type=int, default=120)
    asked = parser.parse_args()
    made = rungs(SIZE, "ultrafast", 1)
    with tempfile.TemporaryDirectory() as folder:
        seen = run(Asked((asked.clip,), SIZE, made, asked.minutes * 60.0, False), Path(folder))
    warm = seen[len(seen) // 5]
    told = {"minutes": asked.minutes, "resident_mib": seen}
    growth = {"growth_after_warm_up_percent": round((seen[-1] / warm - 1) * 100, 2)}
    sys.stdout.write(json.dumps(told | growth) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
