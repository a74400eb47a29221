"""Staff see a camera's own pictures by WebRTC, undelayed; nothing of it is at a public relay."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiortc import RTCSessionDescription
from av import VideoFrame

from media.assignment import Camera, MonitorAssignment, RecorderAssignment, frames_socket
from media.session_messages import Answer, Offer
from tests.media.processes import SAYS_WITHIN, reach, started
from tests.media.relay.connecting import viewer

pytestmark = [
    pytest.mark.media,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


async def answered(view: Path, offer: Offer) -> Answer:
    stream = await reach(view)
    try:
        stream.send(offer)
        async with asyncio.timeout(SAYS_WITHIN):
            async for message in stream:
                if isinstance(message, Answer):
                    return message
    finally:
        await stream.close()
    raise AssertionError("the view went away")


async def test_staff_watch_a_camera_as_it_is(tmp_path: Path) -> None:
    cameras = (Camera("judge", "", "testcard:?size=640x360"),)
    spool = str(tmp_path / "spool")
    monitor = MonitorAssignment(
        "1", cameras, spool, str(tmp_path / "m"), str(tmp_path / "view"), ("127.0.0.1",)
    )
    recorder = RecorderAssignment("1", cameras, spool, str(tmp_path / "r"), 0)
    async with (
        started("media.monitor", monitor, tmp_path) as watching,
        started("media.recorder", recorder, tmp_path),
        viewer("video") as (connection, tracks),
    ):
        frames = str(frames_socket(monitor.view, "judge"))
        offer = Offer("s1", "room:judge", frames, connection.localDescription.sdp)
        while (answer := await answered(tmp_path / "view", offer)).status == 409:
            pass  # the recorder has not started yet
        assert answer.status == 201, answer.reason
        await connection.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        shown = 0
        async with asyncio.timeout(SAYS_WITHIN):
            while shown < 25:
                picture = await tracks[0].recv()
                assert isinstance(picture, VideoFrame)
                assert (picture.width, picture.height) == (640, 360)
                shown += 1
        await connection.close()
        assert await watching.stop() == 0


async def test_without_a_socket_there_is_no_view(tmp_path: Path) -> None:
    monitor = MonitorAssignment("1", (), str(tmp_path / "spool"), str(tmp_path / "m"))
    async with started("media.monitor", monitor, tmp_path) as watching:
        while not (tmp_path / "m").exists():
            await asyncio.sleep(0.02)
        assert await watching.stop() == 0
        assert {path.name for path in tmp_path.iterdir()} <= {"m", "monitor.json", "monitor.log"}
