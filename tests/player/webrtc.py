"""A page that watches by WHEP with nothing of ours in it: what any browser makes of the answer."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.services.relay import Relayed, Stage, frames, relaying
from tests.story.clock_camera import FRAME_RATE, SHORT_FRAMES, make_clip
from tests.story.clock_strip import READ_IN_PAGE
from tests.story.waiting import until_true
from tests.tools import require_tool

LISTENS_EVERY_MS = 20
Run = Callable[..., Awaitable[Any]]
"""Runs a JavaScript function with arguments in a browser's page."""

# Resolves when the first picture is shown. Notes when each picture is shown and what its clock
# says, and when the tone is first heard. ``steps`` tells after how many milliseconds from the
# answer on the states were reached: ICE's and the whole connection's (keys agreed).
WATCH = f"""
async (...kinds) => {{
  const peer = new RTCPeerConnection({{ bundlePolicy: "max-bundle" }});
  const media = document.createElement("video");
  media.srcObject = new MediaStream();
  document.body.append(media);
  peer.ontrack = (event) => media.srcObject.addTrack(event.track);
  for (const kind of kinds) peer.addTransceiver(kind, {{ direction: "recvonly" }});
  await peer.setLocalDescription();
  const headers = {{ "Content-Type": "application/sdp" }};
  const body = peer.localDescription.sdp;
  const answer = await fetch("/whep", {{ method: "POST", headers, body }});
  const words = await answer.text();
  if (answer.status !== 201) return {{ status: answer.status, words }};
  const now = () => performance.timeOrigin + performance.now();
  const steps = {{}};
  const seen = {{ answered_ms: now(), pictures: [], heard_ms: null, steps }};
  globalThis.watched = {{ peer, media, seen }};
  const note = (name) => {{ steps[name] ??= Math.round(now() - seen.answered_ms); }};
  peer.oniceconnectionstatechange = () => note(`ice ${{peer.iceConnectionState}}`);
  peer.onconnectionstatechange = () => note(peer.connectionState);
  const listen = async () => {{
    for (const one of (await peer.getStats()).values())
      if (one.type === "inbound-rtp" && one.kind === "audio" && one.totalAudioEnergy > 0)
        seen.heard_ms ??= now();
    if (seen.heard_ms === null) setTimeout(listen, {LISTENS_EVERY_MS});
  }};
  if (kinds.includes("audio")) listen();
  const shown = new Promise((resolve) => {{
    const look = () => {{
      seen.pictures.push([now(), ({READ_IN_PAGE})(media)]);
      media.requestVideoFrameCallback(look);
      resolve();
    }};
    media.requestVideoFrameCallback(look);
  }});
  await peer.setRemoteDescription({{ type: "answer", sdp: words }});
  await media.play();
  if (kinds.includes("video")) await shown;
  return {{ status: answer.status, words: "" }};
}}
"""
SEEN = "() => watched.seen"
_READ = f"""
async () => {{
  const found = {{ number: ({READ_IN_PAGE})(watched.media), width: watched.media.videoWidth,
    position: watched.media.currentTime }};
  for (const one of (await watched.peer.getStats()).values()) {{
    if (one.type !== "inbound-rtp") continue;
    if (one.kind === "audio") {{
      found.energy = one.totalAudioEnergy ?? 0;
      found.heard_s = one.totalSamplesDuration ?? 0;
    }} else {{
      found.pictures = one.framesDecoded;
      found.freezes = one.freezeCount;
      found.frozen_s = one.totalFreezesDuration;
      found.lost = one.packetsLost;
      found.nacks = one.nackCount;
    }}
  }}
  return found;
}}
"""


@dataclass(frozen=True)
class Reading:
    """What a page shows and has heard; ``number`` is read in the picture."""

    number: int | None = None
    width: int = 0
    position: float = 0.0
    energy: float = 0.0
    heard_s: float = 0.0
    pictures: int = 0
    freezes: int = 0
    frozen_s: float = 0.0
    lost: int = 0
    nacks: int = 0


def running_in(page: Page) -> Run:
    """Run functions in a page of Playwright's."""

    async def run(function: str, *arguments: object) -> object:
        return await page.evaluate(f"given => ({function})(...given)", list(arguments))

    return run


async def reading(run: Run) -> Reading:
    """Return what the page shows now."""
    return Reading(**await run(_READ))


def late(stage: Stage, number: int) -> int:
    """Return how many pictures the shown one is behind the one that was sent last."""
    return (stage.shown - 1 - number) % SHORT_FRAMES


async def shows(run: Run, stage: Stage, seconds: float) -> Reading:
    """Watch until the picture's clock has gone on by so much; return what was read at the end.

    The clock is read in the picture, so that what is decoded wrongly or shown twice does not count.
    """
    first: int | None = None

    async def gone_on() -> Reading | None:
        nonlocal first
        now = await reading(run)
        if now.number is None:
            return None
        at = stage.shown - late(stage, now.number)
        first = at if first is None else first
        return now if at - first >= seconds * FRAME_RATE else None

    return await until_true(gone_on, f"{seconds} s of the clock in the picture", within=120)


async def is_heard(run: Run) -> Reading:
    """Wait until the tone has come out of the decoder."""

    async def heard() -> Reading | None:
        now = await reading(run)
        return now if now.energy > 0 else None

    return await until_true(heard, "the camera's tone")


def make_show(folder: Path) -> Path:
    """Make the clock camera's clip with Opus, as the service sends it."""
    ffmpeg = str(require_tool("ffmpeg"))
    picture, clip = make_clip(folder / "clock.mp4", frames=SHORT_FRAMES), folder / "show.mp4"
    copied = [ffmpeg, "-v", "error", "-i", str(picture), "-c:v", "copy", "-c:a", "libopus"]
    subprocess.run([*copied, "-t", str(SHORT_FRAMES / FRAME_RATE), clip], check=True, timeout=60)
    return clip


@asynccontextmanager
async def showing(folder: Path, clip: Path) -> AsyncIterator[Relayed]:
    """Have a relay that sends the clock as long as the block lasts."""
    stage = Stage(frames(clip), SHORT_FRAMES / FRAME_RATE)
    async with relaying(folder, stage) as relayed:
        yield relayed
