"""ICE over TCP: a viewer behind a wall watches, and who only holds connections is put out."""

from __future__ import annotations

import asyncio
import re
import secrets

import pytest
from playwright.async_api import Page

from media.relay import tcp
from media.session_messages import Posted, SessionFigures, SessionStatus
from tests.media.relay.connecting import listening, sing
from tests.media.relay.handmade import Handmade
from tests.media.relay.test_process import Room, room

__all__ = ["room"]


async def test_a_viewer_that_has_only_tcp_connects_and_hears() -> None:
    async with listening() as room:
        viewer = Handmade()
        connection, owner, answer, media = room.accept(viewer.offer())
        viewer.take_answer(answer)
        reading = await viewer.by_tcp()
        async with asyncio.timeout(30):
            viewer.check()
            assert (await viewer.answers.get()).kind == 0x0101
            session = await viewer.shake_hands()
            await owner.connected.wait()
            assert (connection.way, connection.socket) == ("tcp", None)
            sound = media[1]
            singing = asyncio.create_task(
                sing(connection, sound.codec.payload_type, sound.negotiated.ssrc)
            )
            packet = session.unprotect(await viewer.media.get())
            assert int.from_bytes(packet[8:12], "big") == sound.negotiated.ssrc
            singing.cancel()
            viewer.close()
            await reading
            while connection.socket is not None or room.port.doors._connections:
                await asyncio.sleep(0)
        connection.close()


async def test_a_viewer_that_does_not_read_loses_packets_and_holds_no_memory() -> None:
    async with listening() as room:
        viewer = Handmade()
        connection, owner, answer, _ = room.accept(viewer.offer())
        viewer.take_answer(answer)
        reading = await viewer.by_tcp()
        async with asyncio.timeout(30):
            viewer.check()
            await viewer.shake_hands()
            await owner.connected.wait()
            reading.cancel()
            await asyncio.wait([reading])
        taken = 0
        while connection.send(bytes(1200)) and taken < 100_000:
            taken += 1
        assert taken < 100_000
        (transport,) = (each._transport for each in room.port.doors._connections.values())
        assert transport is not None
        assert transport.get_write_buffer_size() <= tcp.MOST_HELD_BYTES + 1202
        connection.close()
        viewer.close()


async def test_who_says_nothing_signed_is_put_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "STRANGER_SECONDS", 0.05)
    async with listening() as room:
        reader, writer = await asyncio.open_connection("127.0.0.1", room.port.number)
        writer.write(b"\x00\x05hello")
        async with asyncio.timeout(30):
            with pytest.raises(ConnectionError):
                await _to_end(reader)
        writer.close()
        assert room.port.counted == {"strangers": 1}


async def test_a_frame_that_is_too_long_ends_the_connection() -> None:
    async with listening() as room:
        reader, writer = await asyncio.open_connection("127.0.0.1", room.port.number)
        writer.write(b"\xff\xff")
        async with asyncio.timeout(30):
            with pytest.raises(ConnectionError):
                await _to_end(reader)
        writer.close()


async def test_there_is_room_for_so_many_strangers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "MOST_STRANGERS", 2)
    async with listening() as room:
        opened = [await asyncio.open_connection("127.0.0.1", room.port.number) for _ in range(3)]
        async with asyncio.timeout(30):
            while not room.port.doors.refused:
                await asyncio.sleep(0)
        assert len(room.port.doors._connections) == 2
        for _, writer in opened:
            writer.close()


async def _to_end(reader: asyncio.StreamReader) -> None:
    if not await reader.read(100):
        raise ConnectionError


WATCH = """
async () => {
  const peer = new RTCPeerConnection();
  const heard = new Promise((resolve) => {
    peer.createDataChannel("report").onmessage = (event) => resolve(event.data);
  });
  const video = document.createElement("video");
  video.muted = true;
  peer.ontrack = (event) => {
    video.srcObject = new MediaStream([event.track]);
    void video.play();
  };
  peer.addTransceiver("video", { direction: "recvonly" });
  await peer.setLocalDescription();
  const sdp = await window.answerOf(peer.localDescription.sdp);
  await peer.setRemoteDescription({ type: "answer", sdp });
  await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  return [video.videoWidth, await heard];
}
"""


@pytest.mark.browser
@pytest.mark.media
async def test_chromium_watches_and_reads_by_tcp_alone(room: Room, page: Page) -> None:
    async def answer_of(offer: str) -> str:
        answer = await room.offer(offer)
        # The relay would find the browser by UDP at once: neither is told the other's.
        return re.sub(r"a=candidate:\S+ 1 udp .*\r\n", "", answer.sdp)

    async def keep_posting() -> None:
        while True:
            room.server.send(Posted("b1", 0, secrets.token_hex(4).encode()))
            await asyncio.sleep(0.2)

    await page.expose_function("answerOf", answer_of)
    posting = asyncio.create_task(keep_posting())
    async with asyncio.timeout(90):
        width, heard = await page.evaluate(WATCH)
        told: tuple[SessionFigures, ...] = ()
        while not (told and told[0].transport):  # it may be told of before its way is chosen
            told = (await room.hear(SessionStatus)).sessions
    posting.cancel()
    assert (width, len(heard)) == (64, 8)
    assert told[0].transport == "tcp"
