"""What the program that speaks SRT is told, and what is understood of what it says."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from media.feeds import srt_bridge
from media.feeds.address import SrtAddress
from media.feeds.srt_bridge import Bridge, script
from tests.services.program import free_port

ROOT = Path(__file__).parents[3]
SECRET = "it's s3cret\\"  # noqa: S105 - of the test


def test_it_is_told_where_and_how() -> None:
    told = script(SrtAddress(True, "::", 9000, SECRET, "", 200)).splitlines()
    assert told[:2] == ["ffconcat version 1.0", "file 'srt://[::]:9000?mode=listener'"]
    assert "option passphrase 'it'\\''s s3cret\\'" in told
    assert "option latency '200000'" in told
    assert not any("streamid" in line for line in told)
    told = script(SrtAddress(False, "cam", 9000, "", "#!::r=a,m=request", 120)).splitlines()
    assert "file 'srt://cam:9000?mode=caller'" in told
    assert "option streamid '#!::r=a,m=request'" in told


@pytest.mark.media
def test_no_secret_can_be_read_from_outside_and_nobody_is_left_behind() -> None:
    bridge = Bridge(SrtAddress(True, "127.0.0.1", free_port(), "s3cret-s3cret", "", 120))
    process = Path("/proc") / str(bridge._process.pid)
    deadline = time.monotonic() + 60
    while b"concat" not in (process / "cmdline").read_bytes() or (process / "environ").read_bytes():
        assert time.monotonic() < deadline  # nothing tells when one program has become another
        time.sleep(0.02)
    assert b"s3cret" not in (process / "cmdline").read_bytes()
    assert not bridge.wait(time.monotonic())
    bridge.end()
    assert bridge.has_ended
    with pytest.raises(ProcessLookupError):
        os.kill(bridge._process.pid, 0)


def test_a_missing_program_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import sys; sys.modules['imageio_ffmpeg'] = None\n"
         "from media.feeds.srt_bridge import main; main()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "no program that speaks SRT" in started.stderr
    monkeypatch.setattr(srt_bridge, "_ARGUMENTS", ("-no-such-option", "x"))
    bridge = Bridge(SrtAddress(False, "127.0.0.1", 9, "", "", 120))
    assert bridge.wait(time.monotonic() + 60)
    assert bridge.receive(100, time.monotonic()) == b""
    bridge._process.wait(60)
    assert bridge.said() == "no_bridge"
    bridge.end()
