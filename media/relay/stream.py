"""One rendition as it goes to viewers: its history, its live crowd, and who is about to join it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from media.feeds.packetise import h264_payloads
from media.messages import Frame, Rendition
from media.relay.fanout import Fanout, Load
from media.relay.history import History
from media.relay.pacing import slices
from media.relay.packed import MAX_PAYLOAD, MOST_SOUNDS, Packed
from media.relay.target import Crowd

_USUAL_FRAME_RATE = 25
_RATE_SECONDS = 2.0
_LEAST_SEEN = 0.25  # else the first key frame would pass for half a second of the stream
_LATE_SECONDS = 0.02  # a picture that late may not come at all
_MOST_PENDING = 64  # slices; a frame that large is not paced any more


class Follower(Protocol):
    """Who has not joined the live crowd."""

    def begin_at_key(self, now: float) -> None:
        """Begin with the frame that has just been taken."""

    def catch_up(self, now: float) -> None:
        """Send what may be sent now."""


class Stream:
    """Packs each frame once and releases it to the crowd in slices.

    ``released`` is the number up to which packets have gone to the live crowd, ``released_stamp``
    the timestamp of the last of them. ``behind`` are those who catch up.
    """

    def __init__(self, rendition: Rendition, fanout: Fanout) -> None:
        self.rendition = rendition
        self.fanout = fanout
        self.history = History()
        self.live = Crowd()
        self.behind: set[Follower] = set()
        self.newest: Packed | None = None
        self.released = 0
        self.released_stamp: int | None = None
        rate = rendition.frame_rate or _USUAL_FRAME_RATE
        self.ticks = max(1, round(rendition.timescale / rate))  # between two frames at least
        self._pending: deque[tuple[Packed, tuple[int, int]]] = deque()
        self._arrived = 0.0
        self._began = 0.0
        self._sounds: list[tuple[Frame, int]] = []
        self._bits = 0.0  # of the last seconds, older ones counting less
        self._waiting: dict[Follower, bool] = {}

    @property
    def is_video(self) -> bool:
        """Whether this is a picture."""
        return self.rendition.kind == "video"

    @property
    def is_between_frames(self) -> bool:
        """Whether all that has come has been released: the next packet begins a frame."""
        return not self._pending

    @property
    def wants_keyframe(self) -> bool:
        """Whether somebody waits for one who has nothing to show until then."""
        return any(self._waiting.values())

    def bit_rate(self, now: float) -> float:
        """Return the bit rate of the last seconds, in bit/s."""
        seen = 1 - math.exp(-max(now - self._began, 0.0) / _RATE_SECONDS)
        return self._bits_within(now) / _RATE_SECONDS / max(seen, _LEAST_SEEN)

    def _bits_within(self, now: float) -> float:
        return self._bits * math.exp(-max(now - self._arrived, 0.0) / _RATE_SECONDS)

    def clock(self, now: float) -> int:
        """Return the timestamp that a frame made now would have."""
        if self.newest is None:
            return 0
        passed = max(now - self._arrived, 0.0)
        return self.newest.timestamp + int(passed * self.rendition.timescale)

    def wait(self, follower: Follower, *, is_urgent: bool) -> None:
        """Let somebody begin with the next key frame; ``is_urgent``: one has to be asked for."""
        self._waiting[follower] = is_urgent

    def forget(self, follower: Follower) -> None:
        """Let somebody wait no more."""
        self._waiting.pop(follower, None)

    def catch_up(self, now: float) -> bool:
        """Let those who are behind send; return whether something is left to do a turn later."""
        for follower in list(self.behind):
            follower.catch_up(now)
        return bool(self.behind or self._pending)

    def take(self, frame: Frame, timestamp: int, now: float, beside: Sequence[Stream] = ()) -> bool:
        """Pack a picture and begin to release it; False if its time has gone by already.

        Sounds that are held in ``beside`` leave with its first packets.
        """
        if self.newest is not None and timestamp <= self.newest.timestamp:
            return False
        payloads = h264_payloads(frame.payload, MAX_PAYLOAD)
        if not payloads:
            return False
        packed = Packed.of(
            payloads,
            first=self.history.next,
            timestamp=timestamp,
            court_us=frame.court_us,
            keyframe=frame.keyframe,
            is_video=True,
        )
        self._keep(packed, now)
        is_first = not self._pending
        self._pending.extend((packed, places) for places in slices(packed.count))
        if packed.keyframe:
            self._begin(now)  # who begins with it must not get its first slice as one of the crowd
        if is_first:
            self.release([load for stream in beside for load in stream.pack_sounds(now)])
        while len(self._pending) > _MOST_PENDING:
            self.release()
        return True

    def take_sound(self, frame: Frame, timestamp: int, now: float) -> bool:
        """Hold a sound until ``release_sounds``; False if its time has gone by already.

        Sounds that follow each other leave in one piece: a message costs more than its bytes.
        """
        newest = self.newest.last_timestamp if self.newest is not None else timestamp - 1
        if self._sounds:
            newest = self._sounds[-1][1]
        if timestamp <= newest or not 0 < len(frame.payload) <= MAX_PAYLOAD:
            return False
        step = self._sounds[1][1] - self._sounds[0][1] if len(self._sounds) > 1 else None
        if len(self._sounds) >= MOST_SOUNDS or step not in {None, timestamp - newest}:
            self.release_sounds(now)
        self._sounds.append((frame, timestamp))
        return True

    @property
    def held(self) -> int:
        """How many sounds are held."""
        return len(self._sounds)

    def is_expected(self, now: float, within: float) -> bool:
        """Whether the next picture should come within so many seconds, for somebody live."""
        wait = self._arrived + self.ticks / self.rendition.timescale - now
        return bool(self.live) and -_LATE_SECONDS < wait <= within

    def release_sounds(self, now: float) -> None:
        """Send the sounds that are held to the crowd."""
        loads = self.pack_sounds(now)
        if loads:
            self.fanout.send(*loads)

    def pack_sounds(self, now: float) -> list[Load]:
        """Return the sounds that are held, to be sent at once."""
        sounds, self._sounds = self._sounds, []
        if not sounds:
            return []
        packed = Packed.of_sounds(
            [frame.payload for frame, _ in sounds],
            first=self.history.next,
            timestamp=sounds[0][1],
            step=sounds[1][1] - sounds[0][1] if len(sounds) > 1 else 0,
            court_us=sounds[0][0].court_us,
        )
        self._keep(packed, now)
        return [self._load(packed, (0, packed.count))]

    def _keep(self, packed: Packed, now: float) -> None:
        self._bits = self._bits_within(now) + len(packed.payloads) * 8
        if self.newest is None:
            self._began = now
        self.newest, self._arrived = packed, now
        self.history.add(packed, now)

    def _begin(self, now: float) -> None:
        waiting, self._waiting = self._waiting, {}
        for follower in waiting:
            follower.begin_at_key(now)

    def release(self, beside: Sequence[Load] = ()) -> None:
        """Send the next slice to the crowd, and with it what else leaves now."""
        if self._pending:
            self.fanout.send(self._load(*self._pending.popleft()), *beside)

    def _load(self, frame: Packed, places: tuple[int, int]) -> Load:
        """Release packets; before they are sent, so that no number is ever used twice."""
        self.released = frame.first + places[1]
        self.released_stamp = frame.timestamp
        return Load(frame, places, frame.timestamp, self.live)

    def cut(self, from_us: int, to_us: int) -> None:
        """Forget what lies in a range of court time; a viewer can start at a key frame only."""
        self._pending = deque(
            waiting for waiting in self._pending if not from_us <= waiting[0].court_us < to_us
        )
        if any(from_us <= sound.court_us < to_us for sound, _ in self._sounds):
            self._sounds.clear()
        self.history.cut(from_us, to_us)
        if not self._pending:
            self.released = self.history.next
