"""One camera's feed: connects, records, tells how it fares, and connects again when it is lost.

A feed is a thread of its own. Nothing that goes wrong in it reaches another feed: every error ends
as an issue code, a wait and another attempt.
"""

from __future__ import annotations

import logging
import random
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from media.errors import FeedLost, FeedUnavailable, SpoolDamaged, SpoolFull, SpoolLocked
from media.feeds import issues
from media.feeds.arrival import Arrived, Item, Notice, Reception
from media.feeds.health import Figures, Health
from media.feeds.recess import LeftOut, Sieve, nothing
from media.feeds.timestamps import FeedClock, Observed
from media.spool.record import Interruption, Packet, Record, Stream, StreamDescription

_log = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 8.0
# Many cameras lock out for half an hour who comes with a wrong password five or seven times.
FIRST_REFUSED_SECONDS = 8.0
LONGEST_REFUSED_SECONDS = 128.0
STABLE_US = 10_000_000
# The first packets are often late: buffered by a camera, a relay or a library, or sent in bursts.
# So long after the first one others have shown how late, and all get the time of their capture.
HOLD_US = 350_000
MAX_HELD = 512
TOLD_US = 10_000_000  # how long a passing trouble (changed, timestamps) is told
ROOM_WAIT_SECONDS = 1.0
GARBAGE_US = 10_000_000
MEASURE_US = 1_000_000  # how often the drift of the camera's clock is worked out

State = Literal["connecting", "receiving", "waiting", "stopped"]


class Source(Protocol):
    """A kind of camera. All three belong to the feed's thread; nothing may wait longer than 5 s."""

    def open(self) -> list[StreamDescription]:
        """Connect; return what is sent. Raises ``FeedUnavailable``."""

    def read(self) -> Sequence[Item]:
        """Return what came next, empty if nothing yet. Raises ``FeedLost``."""

    def close(self) -> None:
        """Let go, also after a failed ``open``."""


class Log(Protocol):
    """Where a feed's records go."""

    def append(self, record: Record) -> None:
        """Take a record; raises ``SpoolFull``."""


@dataclass(frozen=True, slots=True)
class Report:
    """How the feed is at a moment."""

    state: State
    issue: str
    next_attempt_us: int  # court time; 0 unless waiting
    descriptions: tuple[StreamDescription, ...]
    figures: Figures
    reconnects: int


class Backoff:
    """Waits that double, with jitter, so that cameras of a house do not return as one."""

    def __init__(self) -> None:
        self._wait = FIRST_WAIT_SECONDS

    def reset(self) -> None:
        """Begin again with the shortest wait."""
        self._wait = FIRST_WAIT_SECONDS

    def next(self, issue: str = "") -> float:
        """Return how many seconds to wait now, after an attempt that ended with this issue."""
        first, longest = FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS
        if issue == issues.UNAUTHORISED:
            first, longest = FIRST_REFUSED_SECONDS, LONGEST_REFUSED_SECONDS
        wait = min(max(self._wait, first), longest)
        self._wait = wait * 2
        return wait * random.uniform(0.75, 1.0)  # noqa: S311 - nothing secret


class Feed:
    """Runs a source in a thread and writes what it gives into the camera's log."""

    def __init__(
        self,
        camera: str,
        source: Source,
        open_log: Callable[[], Log],
        now_us: Callable[[], int],
        has_room: Callable[[], bool],
        left_out: LeftOut = nothing,
    ) -> None:
        self._camera, self._source, self._open_log = camera, source, open_log
        self._now_us, self._has_room = now_us, has_room
        self._sieve = Sieve(left_out)
        self._log: Log | None = None
        self._stop = threading.Event()
        self._is_abandoned = False  # it hangs, and its log is being closed
        self._state: State = "connecting"
        self._issue, self._told_until_us, self._passing = "", 0, ""
        self._notice = ""
        self._next_attempt_us = 0
        self._descriptions: dict[Stream, StreamDescription] = {}
        # what the recorder's loop asks for while packets come
        self._lock = threading.Lock()
        self._health = Health(now_us())
        self._clock = FeedClock()
        self._held: list[tuple[Arrived, Observed] | StreamDescription] = []
        self._hold_until_us: int | None = None
        self._measured_us = self._sane_us = 0
        self._opened = 0
        self._thread = threading.Thread(target=self._run, name=f"feed:{camera}", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Ask the thread to end and wait for it; False if it hangs in a library's wait."""
        self._stop.set()
        self._thread.join(seconds)
        self._is_abandoned = self._thread.is_alive()
        return not self._is_abandoned

    def report(self) -> Report:
        """Return how the feed is now; from any thread."""
        now_us = self._now_us()
        with self._lock:
            return Report(
                self._state,
                self._issue_now(now_us),
                self._next_attempt_us if self._state == "waiting" else 0,
                tuple(self._descriptions.values()),
                self._health.figures(now_us),
                max(self._opened - 1, 0),
            )

    def _issue_now(self, now_us: int) -> str:
        if self._state != "receiving":
            return self._issue
        kinds = set(self._descriptions)
        trouble = self._health.trouble(now_us)
        found = (
            (bool(self._sieve.issue), self._sieve.issue),
            # else it looks as if there were no picture, or as if nothing came
            (self._notice == issues.UNSUPPORTED, issues.UNSUPPORTED),
            (self._health.is_garbage(now_us), issues.GARBAGE),
            (all(self._health.is_stalled(now_us, kind) for kind in kinds), issues.STALLED),
            (self._health.is_stalled(now_us, "video") and "video" in kinds, issues.STALLED),
            (self._health.has_no_key_frames(now_us), issues.NO_KEY_FRAMES),
            # What is lost makes jumps and changes of what is left: it is their cause.
            (trouble == issues.LOSSY, issues.LOSSY),
            (now_us < self._told_until_us, self._passing),
            (self._health.is_stalled(now_us, "audio") and "audio" in kinds, issues.SOUND_STALLED),
            ("video" not in kinds, issues.NO_VIDEO),
        )
        certain = next((code for is_so, code in found if is_so), "")
        return certain or trouble or self._notice

    def _run(self) -> None:
        backoff = Backoff()
        while not self._stop.is_set():
            begun_us, wait = self._now_us(), 0.0
            self._issue = self._attempt()
            if self._stop.is_set():
                break
            if self._issue in issues.LISTENING:
                continue  # it still listens: who comes is heard at once
            if self._issue == issues.DISK_FULL:
                wait = ROOM_WAIT_SECONDS
            else:
                if self._now_us() - begun_us > STABLE_US:
                    backoff.reset()
                wait = backoff.next(self._issue)
            self._next_attempt_us = self._now_us() + round(wait * 1_000_000)
            self._state = "waiting"
            self._stop.wait(wait)
        self._state = "stopped"

    def _attempt(self) -> str:
        """Connect and record until that ends; return the code of what ended it."""
        code = issues.FAILED
        try:
            self._record()
            code = ""
        except FeedUnavailable as problem:
            code = problem.code
            if code != self._issue or code not in issues.LISTENING:
                _log.info("camera %s: %s", self._camera, issues.redact(str(problem)))
        except SpoolFull:
            code = issues.DISK_FULL
        except SpoolLocked:
            code = issues.NO_KEYS
            _log.exception("camera %s: the record's keys cannot be kept", self._camera)
        except SpoolDamaged:
            _log.exception("camera %s: its log cannot be written", self._camera)
        except Exception:  # noqa: BLE001 - one camera's trouble must not end its thread for good
            self._tell_of_failure("the feed failed")
        try:
            self._let_go(code)
        except Exception:  # noqa: BLE001 - as above
            self._tell_of_failure("the feed could not be ended")
        return code

    def _tell_of_failure(self, what: str) -> None:
        """Log the error that is being handled; what a library says may hold a camera's address."""
        trace = issues.redact(traceback.format_exc())
        _log.error("camera %s: %s\n%s", self._camera, what, trace)

    def _let_go(self, code: str) -> None:
        """Close the source, and note the interruption if there was something to interrupt."""
        try:
            self._source.close()
        finally:
            if self._state == "receiving":
                self._interrupted(code)

    def _interrupted(self, code: str) -> None:
        try:
            self._flush()
            if code and self._log is not None:
                self._log.append(Interruption(None, self._now_us(), code))
        except (SpoolFull, FeedLost):
            _log.warning("camera %s: no room to note the interruption", self._camera)

    def _record(self) -> None:
        if not self._has_room():
            raise SpoolFull(self._camera)
        self._state = "connecting"
        if self._log is None:
            self._log = self._open_log()
        described = self._source.open()
        now_us = self._now_us()
        self._opened += 1
        self._clock = FeedClock(self._clock.reached)
        with self._lock:
            self._health = Health(now_us)
            self._descriptions = {}
        self._held, self._hold_until_us, self._measured_us = [], None, 0
        self._told_until_us, self._notice = 0, ""
        self._sane_us = now_us
        self._state = "receiving"
        for description in described:
            self._describe(description)
        while not self._stop.is_set():
            for item in self._source.read():
                self._take(item)
            self._flush_in_time()
            if not self._has_room():
                raise SpoolFull(self._camera)

    def _take(self, item: Item) -> None:
        if isinstance(item, Arrived):
            self._arrived(item)
        elif isinstance(item, StreamDescription):
            self._describe(item)
        elif isinstance(item, Notice):
            self._notice = item.code
        else:
            self._received(item)

    def _received(self, told: Reception) -> None:
        with self._lock:
            self._health.received(told, self._now_us())

    def _arrived(self, item: Arrived) -> None:
        observed = self._clock.observe(item.timing)
        if item.arrival_us >= self._measured_us + MEASURE_US:
            self._measured_us = item.arrival_us
            self._health.drift_ppm = self._clock.drift_ppm
            self._bear_with_garbage(item.arrival_us)
        if self._hold_until_us is None:
            self._hold_until_us = item.arrival_us + HOLD_US
        if item.arrival_us < self._hold_until_us and len(self._held) < MAX_HELD:
            self._held.append((item, observed))
            return
        self._flush()
        self._write(item, observed)

    def _bear_with_garbage(self, now_us: int) -> None:
        """Ask anew what is sent: a camera that was set to another codec may not have said so."""
        if not self._health.is_garbage(now_us):
            self._sane_us = now_us
        elif now_us - self._sane_us > GARBAGE_US:
            raise FeedLost(issues.GARBAGE, "for too long")

    def _flush_in_time(self) -> None:
        """Nothing may be held because nothing follows it."""
        until_us = self._hold_until_us
        if self._held and until_us is not None and self._now_us() >= until_us:
            self._flush()

    def _flush(self) -> None:
        held, self._held = self._held, []
        for item in held:
            if isinstance(item, StreamDescription):
                self._append(item)
            else:
                self._write(*item)

    def _describe(self, description: StreamDescription) -> None:
        before = self._descriptions.get(description.stream)
        with self._lock:
            self._descriptions[description.stream] = description
        if before is not None and before.extradata and before != description:
            self._tell(issues.CHANGED)
            self._flush()
            self._append(Interruption(description.stream, self._now_us(), issues.CHANGED))
        if self._held:
            self._held.append(description)
        else:
            self._append(description)

    def _write(self, item: Arrived, observed: Observed) -> None:
        placed = self._clock.place(observed)
        timing = item.timing
        if observed.has_jumped:
            self._tell(issues.TIMESTAMPS)
            self._append(Interruption(timing.stream, placed.court_us, issues.TIMESTAMPS))
        packet = Packet(
            timing.stream,
            placed.court_us,
            placed.decode_us,
            item.arrival_us,
            timing.duration_us,
            item.keyframe,
            item.payload,
        )
        for record in self._sieve.records(packet):
            self._append(record)
        with self._lock:
            self._health.arrived(item, placed.court_us)

    def _tell(self, code: str) -> None:
        self._passing, self._told_until_us = code, self._now_us() + TOLD_US

    def _append(self, record: Record) -> None:
        if self._log is None or self._is_abandoned:
            raise FeedLost(issues.CLOSED, "the recorder has ended")
        self._log.append(record)
