"""The composing thread: ticks by its own clock and never stops.

Tick ``k`` shows court time ``origin + k * tick`` and is composed when that moment, the delay and a
short wait for jitter have passed on the court clock. What was missed while no worker ran is filled
with slate faster than real time. A worker that is held up itself loses nothing: it goes on where
it was with what had arrived for each tick, lets every other picture last longer, and is late until
it has caught up; the grid is never lost. Later than half a minute it gives up; the next one tells a gap.
"""

from __future__ import annotations

import logging
import resource
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from media.errors import OrderLogUnreadable, WorkerTooLate
from media.gate import RULES, Gate, OrderRecord, Verdict
from media.ladder.stations import PARTS_PER_SEGMENT, TICKS_PER_PART
from media.ladder.threads import Ladder
from media.messages import Cut, Message, OrderForce, StreamEnd, Thumbnail, WorkerStatus
from media.orders import ForceLog, OrderReader
from media.program.meters import Meter
from media.release import CameraView, Composer, ReleasedFrame
from media.worker.cameras import CameraFeed
from media.worker.clock import SpoolClock
from media.worker.memory import Memory

JITTER_US = 120_000
_LOOK_AHEAD_US = 1_000_000
"""With a delay, what comes late may come this much late and is shown all the same."""
_POLL_S = 0.008
_REPEAT_AFTER_TICKS = 3
_NOT_MISSING_US = 300_000
_GIVE_UP_AFTER_US = 30_000_000
_MOST_BATCHES = 8
_STILL_EVERY_TICKS = 50
_ENDED_SLATE_S = 3
_TICKS_PER_SEGMENT = TICKS_PER_PART * PARTS_PER_SEGMENT
_log = logging.getLogger(__name__)


class Teller(Protocol):
    """Who passes messages on (``media.worker.publisher``)."""

    def tell(self, message: Message) -> None:
        """Publish a message."""

    def order_taken(self, record: OrderRecord, force: OrderForce) -> None:
        """Journal an order's force, then publish it."""

    def failed(self, problem: BaseException) -> None:
        """End the worker with an error."""

    def finished(self) -> None:
        """End the worker: the last message has been told."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a tick passes through, from orders and cameras to encoders.

    ``placed`` are the cameras that have a place in the picture.
    """

    placed: Sequence[str]
    orders: OrderReader
    forces: ForceLog
    gate: Gate
    composer: Composer
    feeds: Sequence[CameraFeed]
    ladder: Ladder


class Conductor(threading.Thread):
    """Runs a broadcast from its first missing tick until its end, or until ``stop``."""

    def __init__(
        self, broadcast: str, memory: Memory, clock: SpoolClock, line: Line, teller: Teller
    ) -> None:
        super().__init__(name="conductor", daemon=True)
        self._broadcast = broadcast
        self._origin_us = memory.origin_us
        self._tick_us = 1_000_000 // memory.frame_rate
        self._delay_us = memory.delay_ms * 1000
        self._look_ahead_us = min(self._delay_us, _LOOK_AHEAD_US)
        self._clock = clock
        self._orders = line.orders
        self._forces = line.forces
        self._gate = line.gate
        self._composer = line.composer
        self._feeds = line.feeds
        self._placed = frozenset(line.placed)
        self._ladder = line.ladder
        self._teller = teller
        self._stopping = threading.Event()
        self._look_at_tick = 0
        self._began_us = 0  # what was due before is missing: nobody composed it
        self._log_readable = True
        self._meter = Meter()
        self._epoch = -1
        self._repeated = 0
        self._filled = 0
        self._ended_at: int | None = None
        self.ended = False

    def missing(self) -> int:
        """Return how many ticks are due that the recording does not have."""
        late_us = self._clock.now_us() - self.due_us(self._ladder.next_tick)
        return max(0, late_us // self._tick_us)

    def stop(self) -> None:
        """Ask for a clean stop at the next border of parts."""
        self._stopping.set()

    def due_us(self, tick: int) -> int:
        """Return the court time at which a tick is composed."""
        return self.court_us(tick) + self._delay_us + JITTER_US

    def court_us(self, tick: int) -> int:
        """Return the court time a tick shows."""
        return self._origin_us + tick * self._tick_us

    def run(self) -> None:
        try:
            self._conduct()
            self._teller.finished()
        except BaseException as problem:  # noqa: BLE001  (told to the worker, which ends)
            self._teller.failed(problem)

    def _conduct(self) -> None:
        self._began_us = self._clock.now_us() - _NOT_MISSING_US
        tick = self._ladder.next_tick
        top = self._ladder.videos[0]
        segment_start = top.first_tick - top.segmenter.position.part * TICKS_PER_PART
        while not self._is_over(tick, segment_start):
            now_us = self._clock.now_us()
            late_us = now_us - self.due_us(tick)
            if late_us < 0:
                self._read_cameras(now_us, 1)
                wait_us = self.due_us(tick) - self._clock.now_us()
                if wait_us > 0:
                    self._wait(wait_us / 1e6)
                continue
            self._tick(tick, now_us, late_us)
            tick += 1
        self._ladder.finish(tick)
        if self.ended:
            self._teller.tell(StreamEnd(self._broadcast))

    def _is_over(self, tick: int, segment_start: int) -> bool:
        if self._stopping.is_set() and tick % TICKS_PER_PART == 0:
            return True
        if self._ended_at is None:
            return False
        shown = tick - self._ended_at
        whole = (tick - segment_start) % _TICKS_PER_SEGMENT == 0
        self.ended = whole and shown * self._tick_us >= _ENDED_SLATE_S * 1_000_000
        return self.ended

    def _wait(self, seconds: float) -> None:
        if self._stopping.is_set():
            time.sleep(min(seconds, _POLL_S))
        else:
            self._stopping.wait(min(seconds, _POLL_S))

    def _tick(self, tick: int, now_us: int, late_us: int) -> None:
        court_us = self.court_us(tick)
        self._read_orders(court_us, now_us)
        verdict = self._gate.verdict(court_us)
        if self.due_us(tick) < self._began_us:
            released = self._composer.fill(tick, court_us, verdict, repeat=tick % 2 == 1)
            self._filled += 1
        else:
            released = self._compose(tick, verdict, late_us)
            self._ladder.watch(time.monotonic(), late_us)
        edge = released.epoch != self._epoch
        self._epoch = released.epoch
        jpeg = self._ladder.encode(released, still=edge or tick % _STILL_EVERY_TICKS == 0)
        if jpeg is not None:
            self._teller.tell(Thumbnail(court_us, released.epoch, jpeg))
        self._meter.push(released.sound)
        if tick * self._tick_us % 1_000_000 < self._tick_us:
            self._teller.tell(self._status(released, late_us))
        if self._ended_at is None and self._gate.is_ended(court_us):
            self._ended_at = tick

    def _compose(self, tick: int, verdict: Verdict, late_us: int) -> ReleasedFrame:
        if late_us > _GIVE_UP_AFTER_US:
            raise WorkerTooLate(f"{late_us / 1e6:.0f} s behind")
        due_us = self.due_us(tick)
        self._open_cameras(tick, due_us)
        self._read_cameras(due_us, _MOST_BATCHES)
        court_us = self.court_us(tick)
        repeat = late_us > _REPEAT_AFTER_TICKS * self._tick_us and tick % 2 == 1
        released = self._composer.compose(
            tick, court_us, verdict, self._views(court_us), repeat=repeat
        )
        self._repeated += released.repeated
        return released

    def _views(self, court_us: int) -> dict[str, CameraView]:
        return {feed.id: feed.view(court_us, self._tick_us // 2) for feed in self._feeds}

    def _open_cameras(self, tick: int, now_us: int) -> None:
        """Open what is not open yet or could not be read, once a second."""
        head = self._clock.head
        if head is None or tick < self._look_at_tick:
            return
        self._look_at_tick = tick + 1_000_000 // self._tick_us
        for feed in self._feeds:
            if not feed.is_open:
                feed.open(head, now_us - self._delay_us - JITTER_US)

    def _read_cameras(self, now_us: int, batches: int) -> None:
        """Decode what had arrived for a tick that is composed at ``now_us``, within bounds."""
        until_us = now_us - self._delay_us + self._look_ahead_us
        for feed in self._feeds:
            for _ in range(batches):
                if not feed.advance(until_us):
                    break

    def _read_orders(self, next_tick_us: int, now_us: int) -> None:
        try:
            records = self._orders.poll()
        except OrderLogUnreadable as problem:
            if self._log_readable:
                _log.error("the gate is closed: %s", problem)
            self._log_readable = False
            self._gate.unreadable(next_tick_us)
            return
        if not self._log_readable:
            _log.warning("the log of orders can be read again")
            self._log_readable = True
        self._gate.readable(next_tick_us)
        for record in records:
            force_us = self._gate.add(record, next_tick_us)
            if record.sequence not in self._forces:
                self._tell_force(record, force_us, next_tick_us, now_us)

    def _tell_force(
        self, record: OrderRecord, force_us: int, next_tick_us: int, now_us: int
    ) -> None:
        air_us = max(now_us, force_us + self._delay_us + JITTER_US)
        force = OrderForce(record.sequence, record.order, force_us, air_us)
        if RULES[record.order].cut:
            epoch = self._gate.verdict(next_tick_us).epoch
            self._teller.tell(Cut(epoch, force_us, max(force_us, record.court_us)))
        self._teller.order_taken(record, force)
        _log.info("order %d (%s) has force", record.sequence, record.order)

    def _status(self, released: ReleasedFrame, late_us: int) -> WorkerStatus:
        used = resource.getrusage(resource.RUSAGE_SELF)
        levels, fares = self._meter.levels, self._ladder.fares
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
                feed.id: feed.state(released.court_us, placed=feed.id in self._placed)
                for feed in self._feeds
            },
            peak_dbfs=levels.peak_dbfs,
            loudness_lufs=levels.momentary_lufs,
            dropped={feed.id: feed.dropped for feed in self._feeds},
            eased=fares.eased,
            picture_rates=fares.picture_rates,
            busy=fares.busy,
        )
