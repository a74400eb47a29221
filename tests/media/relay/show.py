"""A programme without a worker or a clock: frames are told, time is what the test says."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from media.feeds.parameters import annex_b
from media.messages import Frame, Rendition
from media.relay.fanout import Fanout, PythonFanout, can_segment
from media.relay.media_clock import MediaClock
from media.relay.pacing import TURN_SECONDS
from media.relay.seat import Seat
from media.relay.stream import Stream
from tests.media.relay.receiver import Heard

SPS, PPS = b"\x67\x42\xc0\x1eabc", b"\x68\xce\x3c\x80"
FRAME_SECONDS = 0.04
COURT = 1_700_000_000_000_000


def rendition(name: str, height: int) -> Rendition:
    return Rendition(
        name, "video", "avc1.42c01e", 90_000, 1, 1, width=height * 16 // 9, height=height,
        frame_rate=25, shared=True,
    )  # fmt: skip


SOUND = Rendition("opus", "audio", "opus", 48_000, 1, 1, channels=2, shared=True, packaged=False)


class Show:
    """Rungs and sound that go on a frame at a time, the rungs' group of pictures being 2 s."""

    def __init__(self, sizes: dict[int, int] | None = None, fanout: Fanout | None = None) -> None:
        """``sizes``: bytes of a frame by the rung's height; a key frame has eight times as many."""
        self.sizes = sizes or {360: 4_000}
        self.fanout = fanout or PythonFanout(segments=can_segment())
        self.rungs = [
            Stream(rendition(f"v{height}", height), self.fanout) for height in sorted(self.sizes)
        ]
        self.sound = Stream(SOUND, self.fanout)
        self.clock = MediaClock()
        self.now = 100.0
        self.at = 0
        self.asked: list[str] = []
        self.made: dict[str, list[bytes]] = {stream.rendition.id: [] for stream in self.rungs}

    def want_keyframe(self, stream: Stream, now: float) -> None:
        del now
        self.asked.append(stream.rendition.id)

    def consider(self, seat: Seat) -> None:
        rates = [rung.bit_rate(self.now) for rung in self.rungs]
        seat.consider_rung(self.rungs, rates, self.now)

    def look_soon(self) -> None:
        pass

    def left(self, seat: Seat) -> None:
        del seat

    def play(self, frames: int, *, keys: Sequence[int] = (), every: int = 50) -> None:
        """Let so many frames pass; those of ``keys`` and every so many are key frames."""
        for number in range(frames):
            is_key = number in keys or (every > 0 and self.at % every == 0)
            for stream, size in zip(self.rungs, self.sizes.values(), strict=True):
                self._take(stream, size, is_key=is_key)
            for packet in range(2):
                sample = self.at * 1_920 + packet * 960
                court_us = self.court_us + packet * 20_000
                frame = Frame("opus", sample, court_us, True, 0, b"\xfcsound")
                stamp = self.clock.take(sample, 48_000, court_us, self.now)
                self.sound.take_sound(frame, stamp, self.now)
            self.sound.release_sounds(self.now)
            self.at += 1
            self.rest(FRAME_SECONDS)

    @property
    def court_us(self) -> int:
        return COURT + self.at * 40_000

    def _take(self, stream: Stream, size: int, *, is_key: bool) -> None:
        body = secrets.token_bytes(size * 8 if is_key else size).replace(b"\0", b"\1")
        units = [SPS, PPS, b"\x65" + body] if is_key else [b"\x41" + body]
        payload = annex_b(units)
        self.made[stream.rendition.id].append(payload)
        pts = self.at * 3_600
        stamp = self.clock.take(pts, 90_000, self.court_us, self.now)
        frame = Frame(stream.rendition.id, pts, self.court_us, is_key, 0, payload)
        assert stream.take(frame, stamp, self.now)

    def rest(self, seconds: float) -> None:
        """Let time pass, turn by turn."""
        until = self.now + seconds - 1e-9
        while self.now < until:
            for stream in self.rungs:
                stream.catch_up(self.now)
            self.now += TURN_SECONDS
            for stream in self.rungs:
                stream.release()


def of(packets: list[Heard], ssrc: int = 0x1111) -> list[Heard]:
    """Return the packets of one stream, in the order of their numbers."""
    return [one for one in packets if one.ssrc == ssrc]


def numbers(packets: list[Heard]) -> list[int]:
    """Return sequence numbers, counted from the first."""
    return [(one.number - packets[0].number) & 0xFFFF for one in packets]


def stamps(packets: list[Heard]) -> list[int]:
    """Return the timestamp of each frame, counted from the first."""
    found = [(one.timestamp - packets[0].timestamp) & 0xFFFFFFFF for one in packets]
    return [stamp for at, stamp in enumerate(found) if at == 0 or stamp != found[at - 1]]
