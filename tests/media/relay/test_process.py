"""Viewers get the program's encoded frames by WebRTC; who asks for nonsense gets a clear no."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import av
import numpy as np
import pytest
from aiortc import RTCSessionDescription

from media.messages import (
    Cut,
    CutDone,
    Frame,
    KeyframeWanted,
    Rendition,
    StreamInfo,
    Subscribe,
)
from media.relay.native import fanout
from media.relay.port import Port
from media.relay.process import Relay
from media.session_messages import (
    Answer,
    Change,
    Changed,
    CloseSession,
    Offer,
    Posted,
    SessionStatus,
)
from media.sockets import MessageStream, connect, serve
from tests.media.relay.connecting import take, viewer
from tests.media.relay.lossy import bad_line

pytestmark = [
    pytest.mark.media,
    # aioice's transports close one turn of the loop after the connection, often after the test.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
_T = TypeVar("_T")

VIDEO = Rendition(
    "v360", "video", "avc1.42c01e", 90000, 1, 1, width=64, height=48, frame_rate=25, shared=True
)
SOUND = Rendition("opus", "audio", "opus", 48000, 1, 1, channels=2, shared=True, packaged=False)
PRIVATE = Rendition("v720", "video", "avc1.64001f", 90000, 1, 1, width=1280, height=720)


@dataclass
class FakeWorker:
    """Speaks as a worker does: grey pictures, one a tick, each second one a key frame on demand."""

    asked: list[KeyframeWanted] = field(default_factory=list)
    cuts_done: asyncio.Queue[CutDone] = field(default_factory=asyncio.Queue)
    streams: list[MessageStream] = field(default_factory=list)
    force_key: bool = True
    tick: int = 0

    async def on_connect(self, stream: MessageStream) -> None:
        async for message in stream:
            if isinstance(message, Subscribe):
                stream.send(StreamInfo("b1", (PRIVATE, VIDEO, SOUND), 320, 6, 2, 0))
                self.streams.append(stream)
            elif isinstance(message, KeyframeWanted):
                self.asked.append(message)
                self.force_key = True
            elif isinstance(message, CutDone):
                self.cuts_done.put_nowait(message)

    async def play(self) -> None:
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuv420p"
        encoder.time_base = Fraction(1, 90000)
        encoder.framerate = Fraction(25)
        encoder.options = {"tune": "zerolatency", "preset": "ultrafast", "profile": "baseline"}
        silence = bytes([0xFC, 0xFF, 0xFE])  # an Opus packet of silence (RFC 6716 §3.1)
        while True:
            tick = self.tick
            picture = av.VideoFrame.from_ndarray(np.full((72, 64), 200, np.uint8), format="yuv420p")
            picture.pts = tick * 3600
            picture.time_base = encoder.time_base
            forced, self.force_key = self.force_key, False
            picture.pict_type = av.video.frame.PictureType.I if forced else 0
            for packet in encoder.encode(picture):
                self._tell(Frame("v360", tick * 3600, tick * 40_000, forced, 0, bytes(packet)))
            self._tell(Frame("opus", tick * 1920, tick * 40_000, True, 0, silence))
            self.tick += 1
            await asyncio.sleep(0.04)

    def _tell(self, frame: Frame) -> None:
        for stream in self.streams:
            stream.send(frame)


@dataclass
class Room:
    """A worker, a relay and a server's connection to it."""

    worker: FakeWorker
    worker_socket: str
    server: MessageStream

    async def offer(self, sdp: str, session: str = "s1") -> Answer:
        self.server.send(Offer(session, "b1", self.worker_socket, sdp))
        return await self.hear(Answer)

    async def hear(self, kind: type[_T]) -> _T:
        async with asyncio.timeout(30):
            async for message in self.server:
                if isinstance(message, kind):
                    return message
        raise AssertionError("the relay went away")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    port = Port(["127.0.0.1"])
    await port.open()
    worker, relay = FakeWorker(), Relay(port, fanout(), max_viewers=2)
    at_worker = await serve(tmp_path / "w.sock", worker.on_connect)
    at_relay = await serve(tmp_path / "r.sock", relay.on_connect)
    tasks = [asyncio.create_task(worker.play()), asyncio.create_task(relay.report())]
    server = await connect(tmp_path / "r.sock")
    yield Room(worker, str(tmp_path / "w.sock"), server)
    for task in tasks:
        task.cancel()
    await server.close()
    await relay.close()
    await port.close()
    at_worker.close()
    at_relay.close()


async def test_a_viewer_sees_the_picture_and_hears_the_sound(room: Room) -> None:
    async with viewer("video", "audio") as (connection, tracks):
        answer = await room.offer(connection.localDescription.sdp)
        assert answer.status == 201
        assert "H264" in answer.sdp
        assert "VP8" not in answer.sdp
        assert answer.sdp.count("a=rtcp-mux-only") == 2
        await connection.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        by_kind = {track.kind: track for track in tracks}
        async with asyncio.timeout(30):
            picture = await by_kind["video"].recv()
            sound = await by_kind["audio"].recv()
        assert isinstance(picture, av.VideoFrame)
        assert abs(int(picture.to_ndarray()[:48].mean()) - 200) < 3
        assert isinstance(sound, av.AudioFrame)
        assert room.worker.asked[0] == KeyframeWanted("v360")
        status = (await room.hear(SessionStatus)).sessions[0]
        assert (status.session, status.state) == ("s1", "connected")
        room.server.send(CloseSession("s1"))
        while status.state != "closed":
            status = (await room.hear(SessionStatus)).sessions[0]
        assert status.sent_bytes > 0


async def test_a_cut_is_confirmed_when_what_waited_is_gone(room: Room) -> None:
    async with viewer("video") as (connection, _):
        assert (await room.offer(connection.localDescription.sdp)).status == 201
        room.worker.streams[0].send(Cut(3, 0, 10**9))
        async with asyncio.timeout(30):
            assert await room.worker.cuts_done.get() == CutDone(3)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda _: "", 400),
        (lambda _: "v=0\r\nm=video", 400),
        (lambda sdp: sdp + "x" * 70_000, 400),
        (lambda sdp: sdp.replace("a=recvonly", "a=sendonly"), 422),
        (lambda sdp: sdp.replace("a=recvonly", "a=inactive"), 422),
        (lambda sdp: sdp.replace("H264/90000", "VP9/90000"), 422),
        (lambda sdp: sdp.replace("a=group:BUNDLE", "a=group:FID"), 422),
        (lambda sdp: sdp.replace("a=ice-ufrag", "a=no-ufrag"), 400),
    ],
    ids=[
        "empty",
        "no lines",
        "too large",
        "sends",
        "inactive",
        "no H264",
        "no bundle",
        "no credentials",
    ],
)
async def test_an_offer_that_cannot_be_answered_is_refused_with_its_status(
    room: Room, change: Callable[[str], str], status: int
) -> None:
    async with viewer("video", "audio") as (connection, _):
        answer = await room.offer(change(connection.localDescription.sdp))
        assert (answer.status, answer.sdp) == (status, "")
        assert answer.reason


async def test_no_more_viewers_than_there_is_room_for(room: Room) -> None:
    async with viewer("video") as (connection, _):
        offer = connection.localDescription.sdp
        assert [(await room.offer(offer, f"s{number}")).status for number in range(3)] == [
            201,
            201,
            503,
        ]


async def test_nothing_on_the_air_is_a_conflict(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.relay.programme.FIRST_INFO_SECONDS", 0.05)
    async with viewer("video") as (connection, _):
        room.server.send(Offer("s1", "other", "/nowhere.sock", connection.localDescription.sdp))
        assert (await room.hear(Answer)).status == 409


async def test_a_change_of_a_session_that_is_not_there_is_answered_so(room: Room) -> None:
    room.server.send(Change("nobody", "a=end-of-candidates", "*"))
    assert await room.hear(Changed) == Changed("nobody", 404)


async def test_a_session_is_changed_under_the_tag_of_its_answer(room: Room) -> None:
    async with viewer("video") as (connection, _):
        answer = await room.offer(connection.localDescription.sdp)
        room.server.send(Change("s1", "a=end-of-candidates", answer.etag))
        assert await room.hear(Changed) == Changed("s1", 204)


async def test_viewers_who_never_connect_take_a_bounded_place(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.relay.process.MOST_HALF_OPEN", 1)
    async with viewer("video") as (connection, _):
        offer = connection.localDescription.sdp
        assert (await room.offer(offer, "s1")).status == 201
        assert (await room.offer(offer, "s2")).status == 503
        room.server.send(CloseSession("s1"))
        assert (await room.hear(SessionStatus)).sessions[0].state == "closed"
        assert (await room.offer(offer, "s3")).status == 201


async def test_a_server_that_comes_back_hears_of_the_sessions_that_went_on(
    room: Room, tmp_path: Path
) -> None:
    async with viewer("video") as (connection, _):
        assert (await room.offer(connection.localDescription.sdp)).status == 201
        again = await connect(tmp_path / "r.sock")
        async with asyncio.timeout(30):
            async for message in again:
                assert isinstance(message, SessionStatus)
                assert [told.session for told in message.sessions] == ["s1"]
                assert "refused connections" in message.counted
                break
        await again.close()


async def test_a_post_comes_on_the_data_channel_with_its_picture_and_never_if_it_was_cut(
    room: Room,
) -> None:
    async with viewer("video", data="report") as (connection, _):
        heard: asyncio.Queue[str] = asyncio.Queue()
        assert connection.sctp is not None
        answer = await room.offer(connection.localDescription.sdp)
        await take(connection, answer.sdp)
        async with asyncio.timeout(30):
            while not (channels := list(connection.sctp._data_channels.values())):
                await asyncio.sleep(0.01)
            channels[0].on("message", heard.put_nowait)
            while channels[0].readyState != "open":
                await asyncio.sleep(0.01)
            later = room.worker.tick + 1_000
            room.server.send(Posted("b1", later * 40_000, b"cut"))
            room.server.send(Posted("b1", (later + 1) * 40_000, b"kept"))
            room.server.send(Posted("other", 0, b"foreign"))
            room.server.send(Posted("b1", 0, b"past"))
            assert await heard.get() == "past"
            room.worker.streams[0].send(Cut(3, later * 40_000, later * 40_000 + 1))
            assert await room.worker.cuts_done.get() == CutDone(3)
            assert heard.empty()
            room.worker.tick = later
            assert await heard.get() == "kept"


async def test_a_line_that_loses_and_delays_costs_repeats_and_no_pictures(room: Room) -> None:
    async with viewer("video") as (connection, tracks):
        offer = re.sub(r"a=candidate.*\r\n", "", connection.localDescription.sdp)  # no way around
        answer = await room.offer(offer)
        relay = int(re.findall(r"a=candidate:hu4 .* 127.0.0.1 (\d+) typ", answer.sdp)[0])
        async with bad_line(("127.0.0.1", relay), loss=0.1) as (line, (_, port)):
            udp = re.sub(r"a=candidate:ht4.*\r\n", "", answer.sdp)
            await take(connection, udp.replace(f" {relay} typ", f" {port} typ"))
            began: tuple[int, int] | None = None
            behind = 0
            async with asyncio.timeout(60):
                # What is shown goes on as what is sent does: repeats fill the gaps.
                while line.lost < 8 or began is None or behind >= 25:
                    picture = await tracks[0].recv()
                    assert isinstance(picture, av.VideoFrame)
                    number = round((picture.time or 0) * 25)
                    began = began or (number, room.worker.tick)
                    behind = room.worker.tick - began[1] - (number - began[0])
            while True:
                told = (await room.hear(SessionStatus)).sessions
                if told and told[0].nacked:
                    break
            assert told[0].retransmitted > 0
