"""A viewer that is aiortc's: ``python -m tests.services.aiortc_viewer URL SECONDS``, by WHEP.

A program of its own, so that what it decodes delays nobody who measures. aiortc puts packets in
order and asks again for what is missing, but plays nothing in time: a picture is shown as soon as
it is decoded. A line of JSON says what came, as GStreamer's viewer does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from typing import Any

import aiohttp
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, VideoFrame

from media.own_addresses import gather_on
from tests.story import clock_strip

LOUD = 1000  # of 32,767


class Viewer:
    """One session."""

    def __init__(self) -> None:
        self.pictures: list[tuple[float, int | None]] = []
        self.heard_ms: float | None = None
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._tasks: list[asyncio.Task[None]] = []

    async def watch(self, url: str, seconds: float) -> dict[str, Any]:
        """Watch so long from the answer on; return what there was."""
        connection = self._connection
        connection.on("track", self._on_track)
        for kind in ("video", "audio"):
            connection.addTransceiver(kind, direction="recvonly")
        await connection.setLocalDescription(await connection.createOffer())
        body, headers = connection.localDescription.sdp, {"Content-Type": "application/sdp"}
        async with (
            aiohttp.ClientSession() as client,
            client.post(url, data=body, headers=headers) as response,
        ):
            answer = await response.text()
        answered_ms = time.time() * 1000
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await asyncio.sleep(seconds)
        for task in self._tasks:
            task.cancel()
        await connection.close()
        told: dict[str, Any] = {"answered_ms": answered_ms, "heard_ms": self.heard_ms}
        return told | {"pictures": self.pictures}

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self._take(track)))

    async def _take(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if isinstance(frame, VideoFrame):
                    self.pictures.append((time.time() * 1000, _number(frame)))
                elif isinstance(frame, AudioFrame) and self.heard_ms is None:
                    loudest = int(np.abs(frame.to_ndarray().astype(np.int32)).max())
                    self.heard_ms = time.time() * 1000 if loudest > LOUD else None


def _number(frame: VideoFrame) -> int | None:
    plane = frame.planes[0]
    luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:, : frame.width]
    return clock_strip.read(luma[: frame.height])


def main() -> None:
    """Watch what the command line names."""
    gather_on(["127.0.0.1"])
    told = asyncio.run(Viewer().watch(sys.argv[1], float(sys.argv[2])))
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
