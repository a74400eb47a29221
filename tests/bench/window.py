"""What a whole hearing's playlist costs: ``python -m tests.bench.window --hours 9``.

Fills an origin with so many hours of two renditions and tells, in a line of JSON, the sizes of the
whole playlist and of its delta update, how long a new version of each takes (written and
compressed), and the memory that a rendition has taken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from media.hls.origin import Origin
from media.hls.reply import PlaylistReply
from tests.media.hls.parts_by_hand import PARTS, info, part

NAMES = ("v360", "audio")
SEGMENT_S = 1.92
VERSIONS = 60


async def measure(hours: float) -> dict[str, float]:
    """Fill the window, then publish and read some versions."""
    with tempfile.TemporaryDirectory() as folder:
        origin = Origin(Path(folder), window_seconds=None)
        origin.apply(info(*NAMES))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        number = int(hours * 3600 / SEGMENT_S) * PARTS
        for count in range(number):
            for name in NAMES:
                origin.apply(part(count, rendition=name))
        whole = await origin.playlist("v360", {})
        _ = whole.gzipped
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        spent = {"": 0.0, "YES": 0.0}
        shown: dict[str, PlaylistReply] = {}
        for count in range(number, number + VERSIONS):
            for name in NAMES:
                origin.apply(part(count, rendition=name))
            for skip in spent:
                started = time.perf_counter()
                shown[skip] = await origin.playlist("v360", {"_HLS_skip": skip} if skip else {})
                _ = shown[skip].gzipped
                spent[skip] += time.perf_counter() - started
    return {
        "hours": hours,
        "segments": number // PARTS,
        "whole_bytes": len(shown[""].body),
        "whole_gzipped": len(shown[""].gzipped),
        "delta_bytes": len(shown["YES"].body),
        "delta_gzipped": len(shown["YES"].gzipped),
        "whole_ms": round(1000 * spent[""] / VERSIONS, 2),
        "delta_ms": round(1000 * spent["YES"] / VERSIONS, 2),
        "mib_per_rendition": round((after - before) / 1024 / len(NAMES), 1),
    }


def main() -> None:
    """Print a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=9.0)
    sys.stdout.write(json.dumps(asyncio.run(measure(parser.parse_args().hours))) + "\n")


if __name__ == "__main__":
    main()
