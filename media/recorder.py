"""The recorder's process: the cameras of a courtroom into its spool, whatever happens behind it.

``python -m media.recorder ASSIGNMENT.json``. Feeds run in threads; the event loop beats the court
clock's heartbeat, watches the room on the disk and tells subscribers how the cameras fare. Whoever
subscribes to "status" hears ``FeedStatus`` per camera on change and once a second, and
``RecorderStatus`` once a second. Publishers come to it too (``FeedOffer``), after the service has
checked their keys.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from pathlib import Path

from media.assignment import Camera, RecorderAssignment, load
from media.feeds import issues
from media.feeds.doors import Doors
from media.feeds.feed import Feed, Log, Report
from media.feeds.sources import source_for
from media.following import Following
from media.machine_clock import machine_clock
from media.messages import FeedStatus, RecorderStatus, Subscribe
from media.own_addresses import gather_on
from media.process import die_with_parent, until_stopped
from media.session_messages import CloseSession, FeedOffer
from media.sockets import MessageStream, serve
from media.spool.custody import Custody
from media.spool.head import BEAT_SECONDS, Head
from media.spool.keys import place_store
from media.spool.log import SpoolWriter
from media.spool.mirror import SecondStore
from media.spool.places import CLOSED_KEYS, KEYS
from media.spool.signature import CourtKey
from media.wire import encode

_log = logging.getLogger(__name__)

# A recorder that starts again within this time goes on with a recording; later it begins one.
CONTINUED_US = 300_000_000
FEED_STOP_SECONDS = 0.7
SECOND_STORE_SECONDS = 0.7  # what is left is copied when the record is filed
KEYS_LOOKED_AT_SECONDS = 5.0
_MOST_NAMED = 5
_BEATS_PER_STATUS = round(1 / BEAT_SECONDS)


class Room:
    """Whether the disk has room: new recordings need ``keep_free``, running ones a quarter of it.

    The rest is what a hearing that is already being recorded may still use, with the alarm on.
    """

    def __init__(self, keep_free: int, *, is_continuing: bool) -> None:
        self._keep_free = keep_free
        self._is_recording = is_continuing
        self.free = 0

    def update(self, free: int) -> None:
        """Take the number of free bytes of the spool's disk."""
        self.free = free
        self._is_recording = free >= self._keep_free or (
            self._is_recording and free >= self._keep_free // 4
        )

    def has_room(self) -> bool:
        """Whether records are taken; asked by the feeds from their threads."""
        return self._is_recording

    @property
    def issue(self) -> str:
        """``disk_full`` as soon as nothing new would be begun, else empty."""
        return issues.DISK_FULL if self.free < self._keep_free else ""


def status_of(camera: str, report: Report, now_us: int) -> FeedStatus:
    """Return a feed's report as it is told to the server."""
    video = next((known for known in report.descriptions if known.stream == "video"), None)
    audio = next((known for known in report.descriptions if known.stream == "audio"), None)
    figures = report.figures
    is_live = report.state == "receiving"
    wait_us = max(report.next_attempt_us - now_us, 0) if report.next_attempt_us else 0
    return FeedStatus(
        camera=camera,
        state=report.state,
        issue=report.issue,
        next_attempt_s=round(wait_us / 1_000_000, 1),
        video_codec=video.codec if video else "",
        width=video.width if video else 0,
        height=video.height if video else 0,
        frame_rate=figures.frame_rate if is_live else 0.0,
        key_frame_distance_s=figures.key_frame_distance_s if is_live else 0.0,
        bit_rate=figures.bit_rate if is_live else 0,
        audio_codec=audio.codec if audio else "",
        sample_rate=audio.sample_rate if audio else 0,
        channels=audio.channels if audio else 0,
        last_packet_age_s=figures.last_packet_age_s,
        reconnects=report.reconnects,
        loss_percent=figures.loss_percent if is_live else 0.0,
        jitter_ms=figures.jitter_ms if is_live else 0.0,
        drift_ppm=figures.drift_ppm if is_live else 0.0,
    )


class Recorder:
    """The feeds of a courtroom, their logs and those who want to know of them."""

    def __init__(self, assignment: RecorderAssignment) -> None:
        self._assignment = assignment
        self._spool = Path(assignment.spool)
        before_us = _last_beat_us(self._spool)
        self._head = Head.create(self._spool)
        is_continuing = 0 <= self._head.now_us() - before_us < CONTINUED_US
        self._room = Room(assignment.keep_free_bytes, is_continuing=is_continuing)
        followed = Path(assignment.followed) if assignment.followed else None
        self._following = Following(followed, self._head.now_us)
        self._writers: dict[str, SpoolWriter] = {}
        self._doors = Doors()
        self._feeds = {camera.id: self._feed(camera) for camera in assignment.cameras}
        self._told: dict[str, tuple[str, str, tuple[object, ...]]] = {}
        self._subscribers: set[MessageStream] = set()
        self._second: SecondStore | None = None
        self._keys_lost = False

    def _place_keys(self) -> None:
        """Have the keys lie where they shall; raises ``SpoolLocked``."""
        places = {KEYS: self._assignment.keys, CLOSED_KEYS: self._assignment.closed_keys}
        for name, place in places.items():
            if place:
                place_store(self._spool, name, Path(place))

    def _feed(self, camera: Camera) -> Feed:
        assignment = self._assignment

        def open_log() -> Log:
            self._place_keys()
            court_key = assignment.court_key
            writer = SpoolWriter(
                self._spool,
                camera.id,
                self._head,
                court_key=CourtKey.at(Path(court_key)) if court_key else None,
            )
            self._writers[camera.id] = writer
            return writer

        source = source_for(camera.url, self._head.now_us)
        self._doors.add(camera.id, source)
        return Feed(
            camera.id,
            source,
            open_log,
            self._head.now_us,
            self._room.has_room,
            lambda: self._following.left_out,
        )

    async def on_connect(self, stream: MessageStream) -> None:
        """Keep a connection for as long as the peer does."""
        try:
            async for message in stream:
                if isinstance(message, Subscribe) and message.want == "status":
                    self._tell_all([stream])
                    self._subscribers.add(stream)
                elif isinstance(message, FeedOffer):
                    gather_on(message.addresses)
                    stream.send(await self._doors.answer(message))
                elif isinstance(message, CloseSession):
                    self._doors.end(message.session)
        finally:
            self._subscribers.discard(stream)

    def _tell_all(self, to: list[MessageStream]) -> None:
        now_us = self._head.now_us()
        for camera, feed in self._feeds.items():
            _send(to, encode(status_of(camera, feed.report(), now_us)))
        _send(to, encode(self._status(now_us)))

    def _status(self, now_us: int) -> RecorderStatus:
        clock = machine_clock(self._head.now_us())
        return RecorderStatus(
            courtroom=self._assignment.courtroom,
            court_us=now_us,
            recording=self._room.has_room(),
            issue=self._issue(),
            free_bytes=self._room.free,
            written_bytes=sum(writer.written_bytes for writer in list(self._writers.values())),
            clock_off_us=clock.off_us,
            clock_kept=clock.is_kept,
        )

    def _issue(self) -> str:
        if self._room.issue:
            return self._room.issue
        if self._keys_lost:
            return issues.KEYS_LOST
        is_late = self._second is not None and self._second.is_late
        return issues.SECOND_STORE if is_late else ""

    def _tell_changes(self) -> None:
        now_us = self._head.now_us()
        for camera, feed in self._feeds.items():
            report = feed.report()
            known = (report.state, report.issue, report.descriptions)
            if self._told.get(camera) != known:
                self._told[camera] = known
                _send(self._subscribers, encode(status_of(camera, report, now_us)))

    def _look_at_disk(self) -> None:
        try:
            disk = os.statvfs(self._spool)
        except OSError:
            _log.exception("the spool's disk does not answer")
            self._room.update(0)
            return
        self._room.update(disk.f_bavail * disk.f_frsize)

    async def _look_after_keys(self) -> None:
        """See again and again that what is recorded can be read; until cancelled."""
        custody = Custody(self._spool)
        while True:
            missing = await asyncio.to_thread(custody.missing)
            if missing and not self._keys_lost:
                _log.error("keys of the record are lost: %s", ", ".join(missing[:_MOST_NAMED]))
            self._keys_lost = bool(missing)
            await asyncio.sleep(KEYS_LOOKED_AT_SECONDS)

    async def run(self, stop: asyncio.Event) -> None:
        """Record until told to stop, then leave everything on the disk."""
        self._look_at_disk()
        self._following.look()  # before the first picture: it may start in a recess
        if self._assignment.second_spool:
            self._second = SecondStore(self._spool, Path(self._assignment.second_spool))
        for feed in self._feeds.values():
            feed.start()
        custody = asyncio.create_task(self._look_after_keys())
        beats = 0
        following = time.monotonic()
        while not stop.is_set():
            self._head.beat()
            self._following.look()
            if beats % _BEATS_PER_STATUS == 0:
                self._look_at_disk()
                self._tell_all(list(self._subscribers))
            self._tell_changes()
            beats += 1
            following = max(following + BEAT_SECONDS, time.monotonic() - BEAT_SECONDS)
            try:
                async with asyncio.timeout(max(following - time.monotonic(), 0.001)):
                    await stop.wait()
            except TimeoutError:
                continue
        custody.cancel()
        await self._end()

    async def _end(self) -> None:
        """End all feeds at once, then sync and close their logs; within two seconds."""
        feeds = self._feeds.values()
        await self._doors.close()
        ended = (asyncio.to_thread(feed.stop, FEED_STOP_SECONDS) for feed in feeds)
        await asyncio.gather(*ended)
        self._tell_all(list(self._subscribers))
        await asyncio.gather(
            *(asyncio.to_thread(writer.close) for writer in self._writers.values())
        )
        if self._second is not None:
            await asyncio.to_thread(self._second.close, SECOND_STORE_SECONDS)
        self._head.beat()
        _log.info("courtroom %s: the record is closed", self._assignment.courtroom)


def _send(to: list[MessageStream] | set[MessageStream], data: bytes) -> None:
    for stream in list(to):
        stream.send_encoded(data)


def _last_beat_us(spool: Path) -> int:
    try:
        with Head.open(spool) as before:
            return before.heartbeat_us
    except FileNotFoundError:
        return 0


async def run(assignment: RecorderAssignment, stop: asyncio.Event) -> None:
    """Record until told to stop."""
    recorder = Recorder(assignment)
    server = await serve(assignment.socket, recorder.on_connect)
    await recorder.run(stop)
    server.close()


def main() -> None:
    """Run the recorder that the assignment describes."""
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    assignment = load(RecorderAssignment, Path(sys.argv[1]))
    asyncio.run(until_stopped(lambda stop: run(assignment, stop)))
    # a thread that hangs in a library's wait on a dead camera must not hold the process
    logging.shutdown()
    os._exit(0)


if __name__ == "__main__":
    main()
