"""Programs that tests start but the project does not install: found, or a reason to skip."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

# Debian's package for each program, and where it lives when it is not on the search path.
PACKAGES = {
    "cc": "gcc",
    "chromium": "chromium",
    "cvlc": "vlc-bin vlc-plugin-base",
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "firefox-esr": "firefox-esr",
    "initdb": "postgresql",
    "nginx": "nginx",
    "node": "nodejs",
    "pg_ctl": "postgresql",
    "postgres": "postgresql",
    "redis-server": "redis-server",
    "turnserver": "coturn",
}
ELSEWHERE = {
    "chromium": ("/usr/bin/chromium-browser", "/usr/bin/google-chrome"),
    "nginx": ("/usr/sbin/nginx",),
}
GSTREAMER_PACKAGES = (
    "gir1.2-gst-plugins-bad-1.0 gstreamer1.0-libav gstreamer1.0-nice gstreamer1.0-plugins-bad "
    "gstreamer1.0-plugins-good python3-gst-1.0"
)
GSTREAMER_ELEMENTS = ("webrtcbin", "nicesrc", "rtph264depay", "avdec_h264", "opusdec")
_HAS_GSTREAMER = """
import sys, gi
for name in ("Gst", "GstApp", "GstSdp", "GstWebRTC"):
    gi.require_version(name, "1.0")
from gi.repository import Gst
Gst.init(None)
sys.exit(not all(map(Gst.ElementFactory.find, sys.argv[1:])))
"""
PION_PACKAGES = "golang-go golang-github-pion-webrtc.v3-dev"
GO = Path("/usr/lib/go/bin/go")
"""Debian's, which goes with its packages of Go sources; another may stand first on the path."""
GO_SOURCES = Path("/usr/share/gocode")
POSTGRESQL = Path("/usr/lib/postgresql")


def require_tool(name: str) -> Path:
    """Return a program's path; without it the test is skipped, or fails where all must be there.

    TINGBO_REQUIRE_TOOLS=1 turns the skip into a failure, so that a green run cannot hide a missing
    installation.
    """
    found = find_tool(name)
    return found or _is_missing(name, PACKAGES.get(name, name))


def require_gstreamer() -> Path:
    """Return a Python that can make GStreamer's WebRTC viewer: the system's, not the project's."""
    python = Path("/usr/bin/python3")
    probe = [str(python), "-c", _HAS_GSTREAMER, *GSTREAMER_ELEMENTS]
    is_there = python.exists() and not subprocess.run(probe, check=False).returncode
    return python if is_there else _is_missing("GStreamer", GSTREAMER_PACKAGES)


def require_pion() -> Path:
    """Return a Go that can build what imports pion, without fetching anything."""
    is_there = GO.exists() and (GO_SOURCES / "src/github.com/pion/webrtc").is_dir()
    return GO if is_there else _is_missing("pion", PION_PACKAGES)


def _is_missing(name: str, packages: str) -> NoReturn:
    reason = f"{name} is missing (apt install {packages})"
    if os.environ.get("TINGBO_REQUIRE_TOOLS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def find_tool(name: str) -> Path | None:
    """Return a program's path, or nothing."""
    if PACKAGES.get(name) == "postgresql":
        # Debian keeps the servers of all versions side by side, off the search path.
        versions = sorted(POSTGRESQL.glob(f"*/bin/{name}"), key=_postgresql_version)
        return versions[-1] if versions else None
    found = shutil.which(name)
    if found:
        return Path(found)
    return next((Path(place) for place in ELSEWHERE.get(name, ()) if Path(place).exists()), None)


def _postgresql_version(program: Path) -> float:
    try:
        return float(program.parent.parent.name)
    except ValueError:
        return 0.0
