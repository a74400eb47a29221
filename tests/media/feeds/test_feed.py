"""A feed's life: connecting, recording, losing, waiting; with a source that acts on command."""

from __future__ import annotations

import queue
import threading
import time

import pytest

from media.errors import FeedLost, FeedUnavailable, SpoolFull
from media.feeds import health, issues
from media.feeds.arrival import Arrived, Item, Notice, Reception
from media.feeds.feed import Backoff, Feed
from media.feeds.timestamps import Timing
from media.spool.record import Interruption, Packet, Record, Stream, StreamDescription

VIDEO = StreamDescription("video", "h264", b"sps", 640, 360, 0, 0)
AUDIO = StreamDescription("audio", "aac", b"asc", 0, 0, 48_000, 2)
SOON_S = 30


def now_us() -> int:
    return time.monotonic_ns() // 1000 + 10**15


class Camera:
    """A camera played by the test: gives what it is given, fails when it is told."""

    def __init__(self) -> None:
        self.described = [VIDEO, AUDIO]
        self.refusal: Exception | None = None
        self.items: queue.Queue[list[Item] | Exception] = queue.Queue()
        self.opened = threading.Semaphore(0)

    def open(self) -> list[StreamDescription]:
        self.opened.release()
        if self.refusal is not None:
            raise self.refusal
        return self.described

    def read(self) -> list[Item]:
        try:
            found = self.items.get(timeout=0.05)
        except queue.Empty:
            return []
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        pass


class Log:
    """Keeps records; full on command."""

    def __init__(self) -> None:
        self.records: queue.Queue[Record] = queue.Queue()
        self.is_full = False

    def append(self, record: Record) -> None:
        if self.is_full:
            raise SpoolFull("full")
        self.records.put(record)

    def next(self) -> Record:
        return self.records.get(timeout=SOON_S)


def arrived(stream: Stream, pts_us: int, at_us: int, *, lawful: bool = True) -> Arrived:
    timing = Timing(stream, pts_us, pts_us, 40_000, at_us, is_shared=True)
    return Arrived(timing, at_us, keyframe=True, is_lawful=lawful, payload=b"x")


def started(camera: Camera, log: Log, room: threading.Event | None = None) -> Feed:
    free = room or threading.Event()
    if room is None:
        free.set()
    feed = Feed("judge", camera, lambda: log, now_us, free.is_set)
    feed.start()
    return feed


def wait_for(feed: Feed, state: str, issue: str = "") -> None:
    deadline = time.monotonic() + SOON_S
    while (feed.report().state, feed.report().issue) != (state, issue):
        assert time.monotonic() < deadline, feed.report()
        time.sleep(0.005)


def test_the_first_packets_get_the_time_of_their_capture() -> None:
    camera, log = Camera(), Log()
    feed = started(camera, log)
    camera.opened.acquire(timeout=SOON_S)
    begun = now_us()
    backlog: list[Item] = [arrived("video", n * 40_000, begun) for n in range(25)]
    camera.items.put(backlog)
    camera.items.put([arrived("video", 24 * 40_000 + 400_000, begun + 400_000)])
    assert [log.next(), log.next()] == [VIDEO, AUDIO]
    found = [log.next() for _ in range(26)]
    courts = [known.court_us for known in found if isinstance(known, Packet)]
    assert courts == [*(begun - (24 - n) * 40_000 for n in range(25)), begun + 400_000]
    assert feed.stop(SOON_S)
    assert feed.report().state == "stopped"


def test_a_feed_that_listens_says_so_and_hears_at_once_who_comes() -> None:
    camera, log = Camera(), Log()
    camera.refusal = FeedUnavailable(issues.NOBODY_PUSHES)
    feed = started(camera, log)
    wait_for(feed, "connecting", issues.NOBODY_PUSHES)
    assert feed.report().next_attempt_us == 0
    camera.refusal = None
    wait_for(feed, "receiving")
    camera.items.put([Notice(issues.SECOND_PUBLISHER)])
    wait_for(feed, "receiving", issues.SECOND_PUBLISHER)
    feed.stop(SOON_S)


def test_what_is_held_when_the_recorder_ends_is_written() -> None:
    camera, log = Camera(), Log()
    feed = started(camera, log)
    camera.opened.acquire(timeout=SOON_S)
    camera.items.put([arrived("video", 0, now_us())])
    while not camera.items.empty():
        time.sleep(0.001)
    assert feed.stop(SOON_S)
    assert [type(log.next()) for _ in range(3)][2] is Packet


def test_a_lost_camera_is_asked_again_and_the_loss_is_in_the_record() -> None:
    camera, log = Camera(), Log()
    feed = started(camera, log)
    wait_for(feed, "receiving")
    camera.refusal = FeedUnavailable(issues.REFUSED)
    camera.items.put(FeedLost(issues.STALLED))
    wait_for(feed, "waiting", issues.REFUSED)
    assert feed.report().next_attempt_us > 0
    camera.refusal = None
    wait_for(feed, "receiving")
    assert feed.report().reconnects == 1
    records = [log.next() for _ in range(5)]
    interruption = records[2]
    assert isinstance(interruption, Interruption)
    assert (interruption.stream, interruption.reason) == (None, issues.STALLED)
    feed.stop(SOON_S)


def test_an_error_nobody_thought_of_ends_nothing_and_tells_no_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    camera, log = Camera(), Log()
    feed = started(camera, log)
    wait_for(feed, "receiving")
    camera.items.put(ZeroDivisionError("rtsp://user:secret@host/"))
    wait_for(feed, "waiting", issues.FAILED)
    wait_for(feed, "receiving")
    feed.stop(SOON_S)
    assert "rtsp://host/" in caplog.text
    assert "secret" not in caplog.text


def test_a_source_that_cannot_be_closed_is_opened_again() -> None:
    class Stubborn(Camera):
        def close(self) -> None:
            raise OSError("the library will not let go")

    camera, log = Stubborn(), Log()
    feed = started(camera, log)
    wait_for(feed, "receiving")
    camera.items.put(FeedLost(issues.STALLED))
    wait_for(feed, "waiting", issues.STALLED)
    wait_for(feed, "receiving")
    kinds = [type(log.next()) for _ in range(3)]
    assert kinds == [StreamDescription, StreamDescription, Interruption]
    feed.stop(SOON_S)


def test_without_room_nothing_is_begun() -> None:
    camera, log, room = Camera(), Log(), threading.Event()
    feed = started(camera, log, room)
    wait_for(feed, "waiting", issues.DISK_FULL)
    assert not camera.opened.acquire(blocking=False)
    room.set()
    wait_for(feed, "receiving")
    log.is_full = True
    camera.items.put([arrived("video", 0, now_us() + 10**6)])
    wait_for(feed, "waiting", issues.DISK_FULL)
    feed.stop(SOON_S)


def test_passing_troubles_are_told() -> None:
    camera, log = Camera(), Log()
    camera.described = [AUDIO]
    feed = started(camera, log)
    wait_for(feed, "receiving", issues.NO_VIDEO)
    camera.items.put([VIDEO])
    wait_for(feed, "receiving")
    camera.items.put([StreamDescription("video", "h264", b"other", 1280, 720, 0, 0)])
    wait_for(feed, "receiving", issues.CHANGED)
    camera.items.put(
        [arrived("video", n * 40_000, now_us() + n * 40_000, lawful=False) for n in range(40)]
    )
    wait_for(feed, "receiving", issues.GARBAGE)
    feed.stop(SOON_S)


@pytest.mark.parametrize("described", [[], [AUDIO]])
def test_a_picture_that_cannot_be_taken_is_not_told_as_missing(
    described: list[StreamDescription],
) -> None:
    camera, log = Camera(), Log()
    camera.described = described
    feed = started(camera, log)
    camera.items.put([Notice(issues.UNSUPPORTED)])
    wait_for(feed, "receiving", issues.UNSUPPORTED)
    feed.stop(SOON_S)


def test_a_jump_is_told_and_noted() -> None:
    camera, log = Camera(), Log()
    feed = started(camera, log)
    wait_for(feed, "receiving")
    at = now_us() + 1_000_000
    camera.items.put([arrived("video", 0, at), arrived("video", 3_600_000_000, at + 40_000)])
    wait_for(feed, "receiving", issues.TIMESTAMPS)
    records = [log.next() for _ in range(5)]
    assert [type(known) for known in records[2:]] == [Packet, Interruption, Packet]
    feed.stop(SOON_S)


def test_loss_is_told_before_the_jumps_that_it_makes() -> None:
    camera, log = Camera(), Log()
    feed = started(camera, log)
    wait_for(feed, "receiving")
    at = now_us() + 1_000_000
    camera.items.put([arrived("video", 0, at), arrived("video", 3_600_000_000, at + 40_000)])
    wait_for(feed, "receiving", issues.TIMESTAMPS)
    camera.items.put([Reception("video", expected=200, lost=10)])
    wait_for(feed, "receiving", issues.LOSSY)
    feed.stop(SOON_S)


def test_waits_double_up_to_eight_seconds() -> None:
    backoff = Backoff()
    waits = [backoff.next() for _ in range(7)]
    for wait, most in zip(waits, [0.5, 1, 2, 4, 8, 8, 8], strict=True):
        assert most * 0.75 <= wait <= most
    backoff.reset()
    assert backoff.next() <= 0.5


def test_a_camera_that_refuses_the_password_is_asked_seldom() -> None:
    backoff = Backoff()
    waits = [backoff.next(issues.UNAUTHORISED) for _ in range(6)]
    for wait, most in zip(waits, [8, 16, 32, 64, 128, 128], strict=True):
        assert most * 0.75 <= wait <= most
    assert backoff.next(issues.CLOSED) <= 8


def test_sound_that_stops_is_not_told_as_a_camera_that_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "STALL_US", 200_000)
    camera, log = Camera(), Log()
    feed = started(camera, log)
    wait_for(feed, "receiving", issues.STALLED)
    begun = now_us()
    items = [arrived("video", n * 40_000, begun + n * 40_000) for n in range(100)]
    camera.items.put(list(items))
    wait_for(feed, "receiving", issues.SOUND_STALLED)
    feed.stop(SOON_S)


def test_garbage_for_long_has_the_camera_asked_anew() -> None:
    camera, log = Camera(), Log()
    feed = started(camera, log)
    camera.opened.acquire(timeout=SOON_S)
    begun = now_us()
    camera.items.put(
        [arrived("video", n * 40_000, begun + n * 40_000, lawful=False) for n in range(300)]
    )
    assert camera.opened.acquire(timeout=SOON_S)
    feed.stop(SOON_S)
    found = [log.next() for _ in range(log.records.qsize())]
    assert [one.reason for one in found if isinstance(one, Interruption)] == [issues.GARBAGE]
