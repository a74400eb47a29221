"""The composing thread: ticks by its own clock and never stops.

Tick ``k`` shows court time ``origin + k * tick`` and is composed when that moment, the delay and a
short wait for what comes late (``media.worker.lateness``) have passed on the court clock. What was
missed while no worker ran is composed late, if it was short: the record has it. Where more was
missed, it is filled with slate until the new worker has taken up the cameras, much faster than real
time. A worker that is held up itself loses nothing: it goes on where it was with what had arrived
for each tick, lets pictures last longer (``media.worker.pace``), and is late until it has caught
up; the grid is never lost. Later than half a minute it gives up; the next one tells a gap.

Another delay or a longer wait begins where a segment begins: court time steps there
(``media.timeline``).
"""

from __future__ import annotations

import logging
import resource
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from media.errors import WorkerTooLate
from media.gate import Gate, Verdict
from media.ladder.stations import PARTS_PER_SEGMENT, TICKS_PER_PART
from media.ladder.threads import Ladder
from media.marks import Arrangement
from media.messages import StreamEnd, Thumbnail, WorkerStatus
from media.program.layout import places
from media.release import CameraView, Composer, ReleasedFrame
from media.timeline import Timeline
from media.worker.airing import Airing
from media.worker.cameras import CameraFeed
from media.worker.clock import SpoolClock
from media.worker.desk import Desk, Moment
from media.worker.desk import Teller as OrderTeller
from media.worker.gauge import Gauge
from media.worker.lateness import LOOK_AHEAD_US, Lateness
from media.worker.memory import Memory
from media.worker.pace import Pace

_POLL_S = 0.008
_TAKE_UP_WITHIN_US = 10_000_000
"""A camera whose pictures since its last key frame take longer to decode is shown late."""
_SHORT_TICKS, _TAKE_UP_AT_ONCE_S = 40, 0.5
"""What a spare worker misses; and how long decoding from the key frame before may take then."""
_GIVE_UP_AFTER_US = 30_000_000
_MOST_BATCHES = 8
_ENDED_SLATE_S = 3
_TICKS_PER_SEGMENT = TICKS_PER_PART * PARTS_PER_SEGMENT
_log = logging.getLogger(__name__)


class Teller(OrderTeller, Protocol):
    """Who passes messages on (``media.worker.publisher``)."""

    def failed(self, problem: BaseException) -> None:
        """End the worker with an error."""

    def finished(self) -> None:
        """End the worker: the last message has been told."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a tick passes through, from orders and cameras to encoders."""

    desk: Desk
    gate: Gate
    composer: Composer
    feeds: Sequence[CameraFeed]
    gauge: Gauge
    ladder: Ladder


class Conductor(threading.Thread):
    """Runs a broadcast from its first missing tick until its end, or until ``stop``."""

    def __init__(
        self, broadcast: str, memory: Memory, clock: SpoolClock, line: Line, teller: Teller
    ) -> None:
        super().__init__(name="conductor", daemon=True)
        self._broadcast = broadcast
        self._timeline = memory.timeline
        self._tick_us = self._timeline.tick_us
        self._clock = clock
        self._desk = line.desk
        self._gate = line.gate
        self._composer = line.composer
        self._feeds = line.feeds
        self._ladder = line.ladder
        self._teller = teller
        self._stopping = threading.Event()
        self._segment_start = 0
        self._look_at_tick = 0
        self._taking_up = True  # until the cameras are read up to now, ticks are filled
        self._take_up_until_us: int | None = None
        self._airing = Airing(self._tick_us)
        self._gauge = line.gauge
        self._lateness = Lateness()
        self._pace = Pace(self._tick_us, TICKS_PER_PART)
        self._attended: tuple[Arrangement | None, Arrangement | None] = None, None
        self._epoch = -1
        self._repeated = 0
        self._filled = 0
        self._ended_at: int | None = None
        self.ended = False

    @property
    def timeline(self) -> Timeline:
        """Which court time each tick shows, as far as it is known now."""
        return self._timeline

    def missing(self) -> int:
        """Return how many ticks are due that the recording does not have."""
        late_us = self._clock.now_us() - self.due_us(self._ladder.next_tick)
        return max(0, late_us // self._tick_us)

    def stop(self) -> None:
        """Ask for a clean stop at the next border of parts."""
        self._stopping.set()

    def due_us(self, tick: int) -> int:
        """Return the court time at which a tick is composed."""
        return self._timeline.due_us(tick)

    def court_us(self, tick: int) -> int:
        """Return the court time a tick shows."""
        return self._timeline.court_us(tick)

    def run(self) -> None:
        try:
            self._conduct()
            self._teller.finished()
        except BaseException as problem:  # noqa: BLE001  (told to the worker, which ends)
            self._teller.failed(problem)

    def _conduct(self) -> None:
        self._desk.begin(self._timeline)
        tick = self._ladder.next_tick
        top = self._ladder.videos[0]
        self._segment_start = top.first_tick - top.segmenter.position.part * TICKS_PER_PART
        if tick > 0 and self.missing() <= _SHORT_TICKS:
            self._take_up_at_once(tick)
        while not self._is_over(tick):
            now_us = self._clock.now_us()
            late_us = now_us - self.due_us(tick)
            if late_us < 0:
                if self._taking_up:
                    self._take_up(tick, now_us)
                self._read_cameras(tick, now_us, 1)
                wait_us = self.due_us(tick) - self._clock.now_us()
                if wait_us > 0:
                    self._wait(wait_us / 1e6)
                continue
            if (tick - self._segment_start) % _TICKS_PER_SEGMENT == 0:
                self._change_delay(tick, now_us)
            self._tick(tick, now_us, late_us)
            tick += 1
        self._ladder.finish(tick)
        if self.ended:
            self._teller.tell(self._airing.over(tick))
            self._teller.tell(StreamEnd(self._broadcast))

    def _take_up_at_once(self, tick: int) -> None:
        """Decode up to the first tick that was missed, so that it is shown and not filled."""
        due_us, began = self.due_us(tick), time.monotonic()
        more = True
        while more and time.monotonic() < began + _TAKE_UP_AT_ONCE_S:
            more = self._decode_a_little(tick, due_us)
        self._taking_up = more

    def _take_up(self, tick: int, now_us: int) -> None:
        """Take up the cameras by and by, while nothing is due."""
        if self._take_up_until_us is None:
            self._take_up_until_us = now_us + _TAKE_UP_WITHIN_US
        more = self._decode_a_little(tick, now_us)
        self._taking_up = more and now_us < self._take_up_until_us

    def _decode_a_little(self, tick: int, now_us: int) -> bool:
        """Open the cameras and decode some of what they have sent; whether more may wait."""
        self._open_cameras(tick, now_us)
        more = self._read_cameras(tick, now_us, 1)
        self._views(self.court_us(tick))  # lets go of what is too old to be shown
        return more

    def _is_over(self, tick: int) -> bool:
        if self._stopping.is_set() and tick % TICKS_PER_PART == 0:
            return True
        if self._ended_at is None:
            return False
        shown = tick - self._ended_at
        whole = (tick - self._segment_start) % _TICKS_PER_SEGMENT == 0
        self.ended = whole and shown * self._tick_us >= _ENDED_SLATE_S * 1_000_000
        return self.ended

    def _wait(self, seconds: float) -> None:
        if self._stopping.is_set():
            time.sleep(min(seconds, _POLL_S))
        else:
            self._stopping.wait(min(seconds, _POLL_S))

    def _tick(self, tick: int, now_us: int, late_us: int) -> None:
        court_us = self.court_us(tick)
        self._desk.read(self._moment(tick, now_us), self._timeline, self._teller)
        verdict = self._gate.verdict(court_us)
        if self._taking_up:
            released = self._composer.fill(tick, court_us, verdict, repeat=True)
            self._filled += 1
        else:
            released = self._compose(tick, verdict, late_us)
            self._ladder.watch(time.monotonic(), late_us)
        edge = released.epoch != self._epoch
        self._epoch = released.epoch
        for change in self._airing.take(released):
            self._teller.tell(change)
        jpeg = self._ladder.encode(released, still=self._pace.still(tick, edge=edge))
        if jpeg is not None:
            self._teller.tell(Thumbnail(court_us, released.epoch, jpeg))
        for measured in self._gauge.take(released):
            self._teller.tell(measured)
        if tick * self._tick_us % 1_000_000 < self._tick_us:
            self._teller.tell(self._status(released, late_us))
            self._judge_lateness(tick)
        if self._ended_at is None and self._gate.is_ended(court_us):
            self._ended_at = tick

    def _moment(self, tick: int, now_us: int) -> Moment:
        return Moment(tick, self.court_us(tick), self.due_us(tick), now_us)

    def _change_delay(self, tick: int, now_us: int) -> None:
        """Let another delay begin, where one was ordered or was about to begin before a crash.

        Else a longer wait, where a camera needs one.
        """
        before_us = self.court_us(tick)
        moment = self._moment(tick, now_us)
        self._timeline = self._desk.delayed(moment, self._timeline, self._teller)
        if not self._timeline.begins(tick) and tick > self._timeline.pieces[-1].first_tick:
            wait_us = self._lateness.wait_us(self._timeline.piece(tick))
            self._timeline = self._desk.waiting(moment, self._timeline, wait_us)
        if not self._timeline.begins(tick):
            return
        self._ladder.step(tick, self._timeline)
        self._judge_lateness(tick)
        if self.court_us(tick) > before_us + LOOK_AHEAD_US:
            for feed in self._feeds:  # what lies between is not read at all
                feed.close()
            self._look_at_tick = tick
            self._taking_up, self._take_up_until_us = True, None

    def _judge_lateness(self, tick: int) -> None:
        """See who comes too late for what is waited now."""
        late = {feed.id: feed.late_us for feed in self._feeds}
        piece, court_us = self._timeline.piece(tick), self.court_us(tick)
        self._gauge.late(self._lateness.look(late, piece, court_us))

    def _compose(self, tick: int, verdict: Verdict, late_us: int) -> ReleasedFrame:
        if late_us > _GIVE_UP_AFTER_US:
            raise WorkerTooLate(f"{late_us / 1e6:.0f} s behind")
        due_us = self.due_us(tick)
        self._open_cameras(tick, due_us)
        self._read_cameras(tick, due_us, _MOST_BATCHES)
        court_us = self.court_us(tick)
        repeat = self._pace.repeats(tick, late_us)
        released = self._composer.compose(
            tick,
            court_us,
            verdict,
            self._views(court_us),
            speaker=self._gauge.speaker(court_us),
            repeat=repeat,
        )
        self._repeated += repeat and released.repeated
        self._attend()
        return released

    def _attend(self) -> None:
        """Decode the cameras that are shown or are to be shown, and let the others wait."""
        wanted = self._composer.wanted
        if wanted is None or (wanted, self._composer.arranged) == self._attended:
            return
        self._attended = wanted, self._composer.arranged
        room = len(places(wanted.layout, len(wanted.cameras)))
        needed = {*wanted.cameras[:room], *self._composer.placed}
        for feed in self._feeds:
            feed.attend(attended=feed.id in needed)

    def _views(self, court_us: int) -> dict[str, CameraView]:
        return {feed.id: feed.view(court_us, self._tick_us // 2) for feed in self._feeds}

    def _open_cameras(self, tick: int, now_us: int) -> None:
        """Open what is not open yet or could not be read, once a second."""
        head = self._clock.head
        if head is None or tick < self._look_at_tick:
            return
        self._look_at_tick = tick + 1_000_000 // self._tick_us
        piece = self._timeline.piece(tick)
        for feed in self._feeds:
            if not feed.is_open:
                feed.open(head, now_us - piece.delay_us - piece.wait_us)

    def _read_cameras(self, tick: int, now_us: int, batches: int) -> bool:
        """Decode what had arrived for a tick that is composed at ``now_us``, within bounds.

        Tell whether more may wait.
        """
        delay_us = self._timeline.piece(tick).delay_us
        until_us = now_us - delay_us + min(delay_us, LOOK_AHEAD_US)
        waiting = [_advance(feed, until_us, batches) for feed in self._feeds]
        return any(waiting)

    def _status(self, released: ReleasedFrame, late_us: int) -> WorkerStatus:
        used = resource.getrusage(resource.RUSAGE_SELF)
        levels, fares = self._gauge.levels, self._ladder.fares
        placed = self._composer.placed
        arranged = self._composer.arranged
        return WorkerStatus(
            air=released.air,
            court_us=self._clock.now_us(),
            air_us=released.court_us,
            tick=released.tick,
            lateness_ms=late_us / 1000,
            repeated=self._repeated,
            skipped=self._filled,
            cpu_seconds=used.ru_utime + used.ru_stime,
            cameras={
                feed.id: feed.state(released.court_us, placed=feed.id in placed)
                for feed in self._feeds
            },
            peak_dbfs=levels.peak_dbfs,
            loudness_lufs=levels.momentary_lufs,
            dropped={feed.id: feed.dropped for feed in self._feeds},
            delay_ms=self._timeline.piece(released.tick).delay_us // 1000,
            layout=arranged.layout if arranged else "",
            first_camera=placed[0] if placed else "",
            eased=fares.eased,
            picture_rates=fares.picture_rates,
            busy=fares.busy,
        )


def _advance(feed: CameraFeed, until_us: int, batches: int) -> bool:
    return all(feed.advance(until_us) for _ in range(batches))
