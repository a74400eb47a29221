"""How long a start takes to the first answered request: ``python -m tests.bench.starts``.

Starts ``scripts/run`` as a person does, asks the portal until it answers, and stops it; the stop
counts until the last of its processes is gone. Run it in a clean clone with an empty home directory
for the first start, and again for the second. With ``--demo`` each start goes on until two
hearings are on the air, so that the next one takes them up.
"""

from __future__ import annotations

import argparse
import http.client
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.processes import look

ROOT = Path(__file__).parents[2]
LONGEST_S = 900.0


def answered(port: int) -> bool:
    """Tell whether the portal answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def start(data: Path, options: list[str], *, to_the_air: bool) -> tuple[float, float]:
    """Return seconds to the first answer, and seconds to stop again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(ROOT / "scripts" / "run"), "--port", str(port), "--data", str(data), *options]
    began = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        while not answered(port):
            if process.poll() is not None or time.monotonic() - began > LONGEST_S:
                raise RuntimeError("the service did not start")
            time.sleep(0.01)
        took = time.monotonic() - began
        if to_the_air and process.stdout is not None:
            process.stdout.readline()  # told when all is ready
    finally:
        stopping = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait()
        while look(data):
            time.sleep(0.01)
    return took, time.monotonic() - stopping


def main() -> int:
    """Print one line of JSON for each start."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=2)
    parser.add_argument("--demo", action="store_true", help="with two hearings on the air")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        for number in range(1, asked.times + 1):
            options = ["--demo", "--json"] if asked.demo else []
            took, stopped = start(Path(data), options, to_the_air=asked.demo)
            line = {"start": number, "answered_s": round(took, 2), "stopped_s": round(stopped, 2)}
            sys.stdout.write(json.dumps(line) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
