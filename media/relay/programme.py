"""A broadcast at the relay: one connection to its worker, all its viewers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from media.errors import MalformedMessage
from media.messages import (
    Cut,
    CutDone,
    Frame,
    KeyframeWanted,
    Message,
    Rendition,
    StreamInfo,
    Subscribe,
)
from media.relay.agenda import Agenda
from media.relay.fanout import Fanout
from media.relay.link import Kind, Link, Negotiated
from media.relay.media_clock import MediaClock
from media.relay.pacing import TURN_SECONDS
from media.relay.seat import Seat
from media.relay.stream import Stream
from media.sockets import DirectStream, connect_directly

FIRST_INFO_SECONDS = 3.0
RECONNECT_SECONDS = 0.05
KEYFRAME_SECONDS = 1.0
SOUND_SECONDS = 0.022
"""A sound waits so long for the next one, to leave with it; a worker gives two at each tick."""
SOUNDS_TOGETHER = 2
PICTURE_SECONDS = 0.02
"""Two sounds wait so long for a picture that is about to come, a first one as long for both."""
_BOTH_SECONDS = SOUND_SECONDS + PICTURE_SECONDS
_UPKEEP_SECONDS = 0.1
_RUNG_SECONDS = 0.5
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Totals:
    """What has happened at a programme; only grows.

    ``sent_*`` and ``dropped_packets`` are of viewers who have left; those who are here are told by
    ``Seat.figures``. ``stale_frames`` came with a time that had gone by; ``malformed`` are control
    packets, ``ignored`` what a viewer said or asked for too often.
    """

    joined: int = 0
    left: int = 0
    frames: int = 0
    stale_frames: int = 0
    cuts: int = 0
    keyframes_asked: int = 0
    sent_packets: int = 0
    sent_bytes: int = 0
    dropped_packets: int = 0
    nacks: int = 0
    retransmitted: int = 0
    malformed: int = 0
    ignored: int = 0


class Programme:
    """The renditions of one broadcast and the viewers who get them. For one event loop."""

    def __init__(self, broadcast: str, worker_socket: str, fanout: Fanout) -> None:
        self.broadcast = broadcast
        self.clock = MediaClock()
        self.totals = Totals()
        self.seats: set[Seat] = set()
        self.agenda = Agenda()
        self.on_due: Callable[[bytes], None] | None = None
        self.on_sent: Callable[[], None] | None = None
        """Called when a picture has been sent, some thirty times a second."""
        self._socket = worker_socket
        self._fanout = fanout
        self._loop = asyncio.get_running_loop()
        self._connection: DirectStream | None = None
        self._streams: dict[str, Stream] = {}
        self._videos: list[Stream] = []
        self._known = asyncio.Event()
        self._asked: dict[str, float] = {}
        self._owed: set[str] = set()
        self._lines_told = 0
        self._look_at = 0.0
        self._turn: asyncio.TimerHandle | None = None
        self._sounds: asyncio.TimerHandle | None = None
        self._sounds_due = 0.0
        self._tasks = [
            asyncio.create_task(self._run(), name=f"programme-{broadcast}"),
            asyncio.create_task(self._keep_up(), name=f"upkeep-{broadcast}"),
        ]

    async def kinds(self) -> frozenset[Kind]:
        """Return what can be had; waits a moment for the worker; empty: nothing is on the air."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_INFO_SECONDS):
                await self._known.wait()
        return frozenset(stream.rendition.kind for stream in self._streams.values())

    def renditions(self) -> Sequence[Rendition]:
        """Return what can be had, as the worker told it."""
        return [stream.rendition for stream in self._streams.values()]

    @property
    def court_us(self) -> int | None:
        """The court time of the newest frame that viewers were sent; None before the first."""
        return self.clock.newest_court_us

    def join(self, link: Link, media: Sequence[Negotiated], now: float) -> Seat:
        """Give a viewer whose keys are known its seat; its picture begins at once if it can.

        ``now`` is the event loop's time, here and everywhere.
        """
        seat = Seat(self, link, media, now)
        self.seats.add(seat)
        self.totals.joined += 1
        seat.report(now)
        self.look_soon()
        self._begin(seat, now)
        self._see_to(now)
        if seat.beginning.is_far:
            self._loop.call_later(seat.beginning.pause, self._repeat_start, seat)
        return seat

    def _repeat_start(self, seat: Seat) -> None:
        now = self._loop.time()
        if seat.repeat_start(now):
            self._loop.call_later(seat.beginning.pause, self._repeat_start, seat)
        self._see_to(now)

    def _begin(self, seat: Seat, now: float) -> None:
        """Start what does not run; a viewer begins with the best picture."""
        for lane in seat.lanes:
            if lane.wanted is not None and lane.wanted in self._streams.values():
                continue
            fitting = [
                stream
                for stream in self._streams.values()
                if stream.rendition.kind == lane.media.kind
            ]
            if fitting:
                lane.begin(max(fitting, key=lambda stream: stream.rendition.height), now)

    def left(self, seat: Seat) -> None:
        """Count a viewer out (called by its seat)."""
        if seat not in self.seats:
            return
        self.seats.discard(seat)
        figures, totals = seat.figures(self._loop.time()), self.totals
        totals.left += 1
        totals.sent_packets += figures.sent_packets
        totals.sent_bytes += figures.sent_bytes
        totals.dropped_packets += figures.dropped_packets
        totals.nacks += figures.nacks
        totals.retransmitted += figures.retransmitted
        totals.malformed += seat.malformed
        totals.ignored += seat.ignored

    def look_soon(self) -> None:
        """Let the next upkeep go over all seats."""
        self._look_at = 0.0

    async def close(self) -> None:
        """Let go of viewers and worker."""
        for seat in list(self.seats):
            seat.leave()
        for handle in (self._turn, self._sounds):
            if handle is not None:
                handle.cancel()
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def want_keyframe(self, stream: Stream, now: float) -> None:
        """Ask the worker for a key frame, once a second at most for each rendition."""
        name = stream.rendition.id
        if now - self._asked.get(name, now - KEYFRAME_SECONDS) < KEYFRAME_SECONDS:
            self._owed.add(name)
            return
        self._owed.discard(name)
        if self._connection is not None:
            self._asked[name] = now
            self.totals.keyframes_asked += 1
            self._connection.send(KeyframeWanted(name))

    async def _run(self) -> None:
        while True:
            try:
                self._connection = await connect_directly(self._socket, self._hear)
            except (OSError, TimeoutError):
                await asyncio.sleep(RECONNECT_SECONDS)
                continue
            try:
                self._connection.send(Subscribe("frames"))
                self.clock.restart()
                await self._connection.ended()
            except MalformedMessage:
                _log.warning("the worker of %s said something malformed", self.broadcast)
            finally:
                connection, self._connection = self._connection, None
                for stream in self._streams.values():
                    stream.history.forget_start()  # a cut would not reach us
                connection.close()
            await asyncio.sleep(RECONNECT_SECONDS)

    def _hear(self, message: Message) -> None:
        now = self._loop.time()
        match message:
            case Frame():
                self._take(message, now)
            case Cut():
                self.totals.cuts += 1
                for stream in self._streams.values():
                    stream.cut(message.from_us, message.to_us)
                self.agenda.cut(message.from_us, message.to_us)
                self._see_to(now)
                if self._connection is not None:
                    self._connection.send(CutDone(message.epoch))
            case StreamInfo():
                self._learn(message, now)
            case _:
                pass

    def _learn(self, info: StreamInfo, now: float) -> None:
        """Know the renditions; those that are what they were go on."""
        shared = {rendition.id: rendition for rendition in info.renditions if rendition.shared}
        known = {
            name: stream
            for name, stream in self._streams.items()
            if shared.get(name) == stream.rendition
        }
        self._streams = {
            name: known.get(name) or Stream(rendition, self._fanout)
            for name, rendition in shared.items()
        }
        videos = [stream for stream in self._streams.values() if stream.is_video]
        self._videos = sorted(videos, key=lambda stream: stream.rendition.height)
        for seat in list(self.seats):
            self._begin(seat, now)
        self._known.set()

    def _take(self, frame: Frame, now: float) -> None:
        stream = self._streams.get(frame.rendition)
        if stream is None:
            return
        self.totals.frames += 1
        timestamp = self.clock.take(frame.pts, stream.rendition.timescale, frame.court_us, now)
        if not stream.is_video:
            if stream.take_sound(frame, timestamp, now):
                self._hold(stream, now)
            else:
                self.totals.stale_frames += 1
        elif stream.take(frame, timestamp, now, self._companions(stream)):
            self._forget_sounds_due()
            self._see_to(now)
            self._tell_due(frame.court_us)
            if self.on_sent is not None:
                self.on_sent()
        else:
            self.totals.stale_frames += 1

    def _companions(self, video: Stream) -> list[Stream]:
        """Return the streams whose sounds leave with a picture: with the one of most viewers."""
        if len(video.live) < max(len(each.live) for each in self._videos):
            return []
        return [stream for stream in self._streams.values() if not stream.is_video]

    def _hold(self, stream: Stream, now: float) -> None:
        """Let a sound wait for the next one, and for a picture if one is about to come."""
        longest = PICTURE_SECONDS if stream.held >= SOUNDS_TOGETHER else _BOTH_SECONDS
        if any(each.is_expected(now, longest) for each in self._videos):
            pause = longest
        elif stream.held >= SOUNDS_TOGETHER:
            self._release_sounds(now)
            return
        else:
            pause = SOUND_SECONDS
        if stream.held <= SOUNDS_TOGETHER:
            self._sounds_due = now + pause
        if self._sounds is None:
            self._sounds = self._loop.call_at(self._sounds_due, self._on_sounds_due)

    def _forget_sounds_due(self) -> None:
        """Wake up for no sound that a picture has taken along."""
        if self._sounds is not None and not any(each.held for each in self._streams.values()):
            self._sounds.cancel()
            self._sounds = None

    def _on_sounds_due(self) -> None:
        """Send what no picture has taken along."""
        self._sounds, now = None, self._loop.time()
        if not any(each.held for each in self._streams.values()):
            return
        if now >= self._sounds_due:
            self._release_sounds(now)
        else:
            self._sounds = self._loop.call_at(self._sounds_due, self._on_sounds_due)

    def _release_sounds(self, now: float) -> None:
        for stream in self._streams.values():
            if not stream.is_video:
                stream.release_sounds(now)

    def post(self, court_us: int, text: bytes) -> None:
        """Let a post go out with the picture of its court time; at once if that has gone."""
        self.agenda.add(court_us, text)
        if self.court_us is not None:
            self._tell_due(self.court_us)

    def _tell_due(self, court_us: int) -> None:
        for text in self.agenda.due(court_us):
            if self.on_due is not None:
                self.on_due(text)

    def _see_to(self, now: float) -> None:
        """Let who is behind catch up, and go on a turn later if something is left to do."""
        is_left = [stream.catch_up(now) for stream in self._videos]
        if any(is_left) and self._turn is None:
            self._turn = self._loop.call_later(TURN_SECONDS, self._on_turn)

    def _on_turn(self) -> None:
        self._turn = None
        for stream in self._videos:
            stream.release()
        self._see_to(self._loop.time())

    def _report(self, now: float) -> None:
        """See to the seats to which something is due; not to all of them each time."""
        if self._lines_told != self.clock.lines:
            self._lines_told = self.clock.lines
            for seat in self.seats:
                seat.tell_anew(now)
        elif now < self._look_at:
            return
        due = [seat for seat in self.seats if seat.next_report <= now or seat.beginning.is_owed]
        for seat in due:
            seat.catch_up_on_wishes(now)
            if now >= seat.next_report:
                seat.report(now)
        is_owed = any(seat.beginning.is_owed for seat in self.seats)
        self._look_at = (
            0.0 if is_owed else min((one.next_report for one in self.seats), default=now)
        )

    async def _keep_up(self) -> None:
        """Send reports, move viewers between rungs, ask for key frames."""
        next_rungs = 0.0
        while True:
            await asyncio.sleep(_UPKEEP_SECONDS)
            now = self._loop.time()
            self._report(now)
            if now >= next_rungs and len(self._videos) > 1:
                next_rungs = now + _RUNG_SECONDS
                rates = [stream.bit_rate(now) for stream in self._videos]
                for seat in list(self.seats):
                    seat.consider_rung(self._videos, rates, now)
                self._see_to(now)
            for stream in self._videos:
                if stream.wants_keyframe or stream.rendition.id in self._owed:
                    self.want_keyframe(stream, now)
