"""A player that is no browser: blocking reloads, each part once, one decoder from end to end.

Whatever the service does meanwhile, it never asks for the multivariant playlist again, never begins
anew and expects part after part on one timeline; what breaks that is told in ``wrong``.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urljoin

import av
import httpx
import numpy as np

from tests.bench.freshness import Listed, parts_of
from tests.story import clock_strip
from tests.story.decoded import variants
from tests.story.waiting import until_true

PARTS_PER_SEGMENT = 6
_AGAIN_S = 0.1
_MAP = re.compile(r'#EXT-X-MAP:.*?URI="([^"]+)"')


class Follower:
    """Follows one rendition of video; ``number`` is what the newest picture's strip says."""

    def __init__(self, client: httpx.AsyncClient, playlist: str) -> None:
        self.number: int | None = None
        self.newest = (-1, -1)
        self.wrong: list[str] = []
        self._client, self._playlist = client, playlist
        self._init, self._init_at = b"", ""
        self._decoder: av.VideoCodecContext | None = None
        self._next_pts: int | None = None

    async def room_is_seen(self, *, there: bool = True) -> None:
        """Wait until the room's own picture has come, or another one instead."""

        async def seen() -> bool:
            return self.newest >= (0, 0) and (self.number is not None) is there

        await until_true(seen, "the room's picture" if there else "the slate")

    async def goes_on(self, parts: int = PARTS_PER_SEGMENT) -> None:
        """Wait until so many more parts have come."""
        msn, part = self.newest
        goal = divmod(msn * PARTS_PER_SEGMENT + part + parts, PARTS_PER_SEGMENT)

        async def come() -> bool:
            return self.newest >= goal

        await until_true(come, f"part {goal}", told=self.newest)

    async def ends_segment(self) -> None:
        """Wait for the last part of a segment: now the key frame of the next one is made."""
        seen = self.newest

        async def ended() -> bool:
            return self.newest > seen and self.newest[1] == PARTS_PER_SEGMENT - 1

        await until_true(ended, "the end of a segment")

    async def follow(self) -> None:
        """Follow until cancelled."""
        query = ""
        while True:
            text = await self._patiently(self._playlist + query)
            self._look_at(text)
            init = _MAP.findall(text)[-1]
            if init != self._init_at:
                if self._init:
                    self.wrong.append(f"another init section: {init}")
                self._init_at = init
                self._init = await self._bytes(urljoin(self._playlist, init))
            parts = parts_of(text)
            await self._make_up(text, parts)
            for one in parts:
                if (one.msn, one.part) > self.newest:
                    await self._take(one)
            msn, part = self.newest
            query = f"?_HLS_msn={msn}&_HLS_part={part + 1}"

    def _look_at(self, text: str) -> None:
        for tag in ("#EXT-X-DISCONTINUITY\n", "#EXT-X-GAP", "#EXT-X-ENDLIST"):
            if tag in text:
                self.wrong.append(f"{tag.strip()} after {self.newest}")

    async def _make_up(self, playlist: str, parts: list[Listed]) -> None:
        """Take as a whole what was missed while no server answered: old segments list no parts."""
        if not parts or self.newest < (0, 0):
            return
        for msn, uri in _whole_segments(playlist).items():
            if self.newest < (msn, PARTS_PER_SEGMENT - 1) and msn < parts[0].msn:
                await self._take(Listed(msn, PARTS_PER_SEGMENT - 1, uri, 0.0), is_whole=True)

    async def _take(self, one: Listed, *, is_whole: bool = False) -> None:
        before = self.newest
        follows = one.msn * PARTS_PER_SEGMENT + one.part == (
            before[0] * PARTS_PER_SEGMENT + before[1] + 1
        )
        if before >= (0, 0) and not (follows or is_whole):
            self.wrong.append(f"{one.msn}.{one.part} came after {before}")
        data = await self._bytes(urljoin(self._playlist, one.uri))
        at = one.msn, one.part
        await asyncio.to_thread(self._decode, self._init + data, at, is_whole=is_whole)
        self.newest = one.msn, one.part

    def _decode(self, data: bytes, at: tuple[int, int], *, is_whole: bool) -> None:
        with av.open(io.BytesIO(data), "r") as container:
            stream = container.streams.video[0]
            for packet in container.demux(stream):
                if packet.pts is None or (is_whole and packet.pts < (self._next_pts or 0)):
                    continue
                if self._next_pts not in (None, packet.pts):
                    self.wrong.append(f"{at} begins at {packet.pts} instead of {self._next_pts}")
                self._next_pts = packet.pts + (packet.duration or 0)
                if self._decoder is None:
                    if not packet.is_keyframe:
                        continue
                    self._decoder = av.CodecContext.create("h264", "r")
                    self._decoder.extradata = stream.codec_context.extradata
                    self._decoder.thread_count = 1
                for frame in self._decoder.decode(packet):
                    self.number = clock_strip.read(_luma(frame))

    async def _bytes(self, url: str) -> bytes:
        return (await self._asked(url)).content

    async def _patiently(self, url: str) -> str:
        return (await self._asked(url)).text

    async def _asked(self, url: str) -> httpx.Response:
        """Ask until there is an answer: a server may be away, and just back."""
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = await self._client.get(url)
                if answer.status_code in (200, 206):
                    return answer
                if answer.status_code not in (404, 503):
                    self.wrong.append(f"{answer.status_code} for {url}")
            await asyncio.sleep(_AGAIN_S)


def _whole_segments(playlist: str) -> dict[int, str]:
    """Return the addresses of a playlist's whole segments by their numbers."""
    lines = playlist.splitlines()
    first = next(line for line in lines if line.startswith("#EXT-X-MEDIA-SEQUENCE:"))
    uris = [line for line in lines if line and not line.startswith("#")]
    return dict(enumerate(uris, int(first.partition(":")[2])))


def _luma(frame: av.VideoFrame) -> np.ndarray:
    plane = frame.planes[0]
    rows = np.frombuffer(bytes(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width]


@asynccontextmanager
async def following(client: httpx.AsyncClient, master: str) -> AsyncIterator[Follower]:
    """Follow a live stream as long as the block lasts; nothing may have been wrong at its end."""

    async def found() -> str | None:
        answer = await client.get(master)
        return variants(answer.text, str(answer.url)).get("v360")

    follower = Follower(client, await until_true(found, "the stream"))
    task = asyncio.create_task(follower.follow())
    try:
        yield follower
        assert not task.done(), task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert not follower.wrong, follower.wrong[:9]
