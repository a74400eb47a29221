"""Real encoders in their threads: the grid holds whatever the load makes the ladder give up."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import av
import numpy as np
import pytest

from media.direction import Direction
from media.gate import Gate, OrderRecord
from media.ladder.plan import Rung
from media.ladder.stations import PARTS_PER_SEGMENT, TICKS_PER_PART
from media.ladder.threads import Ladder
from media.ladder.video import open_encoders
from media.marks import Mask, SoundMark, Templates
from media.messages import Frame, Part
from media.release import PICTURES_IN_USE, CameraView, Composer, ReleasedFrame
from media.timeline import Piece, Timeline

pytestmark = pytest.mark.media
TICK_US = 40_000
TICKS_PER_SEGMENT = TICKS_PER_PART * PARTS_PER_SEGMENT
CELLS = 16
SIZE = (320, 192)
TWO = (
    Rung("v192", 320, 192, "veryfast", 2_000_000, shared=False),
    Rung("v96", 160, 96, "veryfast", 900_000, shared=True),
)


class Numbered:
    """Makes pictures that bear a number in black and white cells, and slates that bear none."""

    def __init__(self, size: tuple[int, int], *, noise: bool = False) -> None:
        self.number = 0
        self._size, self._noise = size, noise
        self._random = np.random.default_rng(1)
        width, height = size
        self._canvases = [np.full((height * 3 // 2, width), 128, np.uint8) for _ in range(9)]

    @property
    def cameras(self) -> tuple[str, ...]:
        return ("a",)

    def arrange(self, layout: str, cameras: Sequence[str]) -> None:
        """Nothing to arrange."""

    def mask(self, camera: str, masks: Sequence[Mask]) -> None:
        """Nothing to hide."""

    def direct(self, marks: Sequence[SoundMark]) -> None:
        """Nothing to mute."""

    def compose(self, pictures: object, court_us: int) -> np.ndarray:
        del pictures
        self.number = court_us // TICK_US
        return self._draw(self.number)

    def picture(self, kind: str, court_us: int) -> np.ndarray:
        del kind, court_us
        return self._draw((1 << CELLS) - 1)

    def _draw(self, number: int) -> np.ndarray:
        width, height = self._size
        canvas = self._canvases[number % PICTURES_IN_USE]
        if self._noise:
            canvas[:height] = self._random.integers(30, 220, (height, width), np.uint8)
        for cell in range(CELLS):
            left = cell * width // CELLS
            bright = number >> cell & 1
            canvas[: height // 3, left : left + width // CELLS] = 220 if bright else 30
        return canvas

    def mix(self, from_us: int, samples: int, until_us: int) -> np.ndarray:
        del from_us, until_us
        return np.zeros((2, samples), np.float32)

    def reset(self) -> None:
        """Nothing to forget."""


@dataclass
class Collector:
    """Takes what the ladder makes."""

    wants_frames: bool = False
    parts: list[Part] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    problems: list[BaseException] = field(default_factory=list)

    def part(self, part: Part) -> None:
        self.parts.append(part)

    def frame(self, frame: Frame) -> None:
        assert self.wants_frames, "nobody listens"
        self.frames.append(frame)

    def failed(self, problem: BaseException) -> None:
        self.problems.append(problem)


@dataclass
class Room:
    """A ladder with what feeds it."""

    rungs: tuple[Rung, ...] = TWO
    size: tuple[int, int] = SIZE
    noise: bool = False
    tick: int = 0

    def __post_init__(self) -> None:
        self.sink = Collector()
        timeline = Timeline([Piece(0, 0, 0)], TICK_US)
        self.ladder = Ladder(open_encoders(self.rungs, 25), 25, timeline, {}, {}, self.sink)
        self.maker = Numbered(self.size, noise=self.noise)
        self.gate = Gate()
        self.gate.add(OrderRecord(1, "start", -1_000_000, "1", "test"), -TICK_US)
        direction = Direction("single", ["a"], Templates({}))
        self.composer = Composer(self.gate, direction, self.maker, self.maker, self.maker, TICK_US)
        self.ladder.start()

    def order(self, number: int, name: str) -> None:
        self.gate.add(OrderRecord(number, name, self.tick * TICK_US, str(number), "test"), 0)

    def encode(self, ticks: int = 1, *, repeat: bool = False) -> None:
        for _ in range(ticks):
            self.ladder.encode(self.release(repeat=repeat))

    def release(self, *, repeat: bool = False) -> ReleasedFrame:
        court_us = self.tick * TICK_US
        views = {"a": CameraView(av.VideoFrame(2, 2), court_us, lost=False)}
        released = self.composer.compose(
            self.tick, court_us, self.gate.verdict(court_us), views, repeat=repeat
        )
        self.tick += 1
        return released

    def finish(self) -> None:
        self.ladder.finish(self.tick)
        assert self.sink.problems == []

    def shown(self, rendition: str) -> list[int]:
        """Return the number in the picture that is seen at each tick; -1: the slate."""
        seen: dict[int, int] = {}
        with av.open(io.BytesIO(self.made(rendition)), "r") as file:
            for frame in file.decode(video=0):
                assert frame.pts is not None
                seen[frame.pts // 3600] = read(frame.to_ndarray(format="gray"))
        numbers, at = [], -1
        for tick in range(self.tick):
            at = seen.get(tick, at)
            numbers.append(at)
        return numbers

    def keys(self, rendition: str) -> list[int]:
        """Return the ticks at which a decoder can begin."""
        with av.open(io.BytesIO(self.made(rendition)), "r") as file:
            packets = [one for one in file.demux(video=0) if one.pts is not None]
        return [(one.pts or 0) // 3600 for one in packets if one.is_keyframe]

    def made(self, rendition: str) -> bytes:
        """Return all of a rendition as one file."""
        init = self.ladder.tracks[rendition].init_section()
        return init + b"".join(one.payload for one in self.sink.parts if one.rendition == rendition)

    def check_grid(self) -> None:
        """Each part of each rendition has the same length, whatever is in it."""
        for rendition in ("audio", *(rung.id for rung in self.rungs)):
            length = 15 * 1024 if rendition == "audio" else TICKS_PER_PART * 3600
            parts = [one for one in self.sink.parts if one.rendition == rendition]
            assert len(parts) == self.tick // TICKS_PER_PART
            for number, part in enumerate(parts):
                assert (part.msn, part.part) == divmod(number, PARTS_PER_SEGMENT)
                assert (part.media_time, part.duration) == (number * length, length)
                assert part.independent or part.part


def read(luma: np.ndarray) -> int:
    height = luma.shape[0]
    row = luma[height // 12 : height // 4].mean(axis=0).reshape(CELLS, -1).mean(axis=1)
    number = sum(1 << cell for cell in range(CELLS) if row[cell] > 125)
    return -1 if number == (1 << CELLS) - 1 else number


def test_each_tick_has_its_picture() -> None:
    room = Room()
    room.encode(TICKS_PER_SEGMENT + TICKS_PER_PART)
    room.finish()
    room.check_grid()
    for rung in TWO:
        assert room.shown(rung.id) == list(range(room.tick))


def test_a_repeated_picture_lasts_longer_in_every_rung() -> None:
    room = Room()
    for tick in range(2 * TICKS_PER_PART):
        room.encode(repeat=tick % 2 == 1)
    room.finish()
    room.check_grid()
    for rung in TWO:
        assert room.shown(rung.id) == [tick // 2 * 2 for tick in range(room.tick)]


def test_half_the_pictures_of_a_rung_and_another_preset_keep_grid_and_parameter_sets() -> None:
    room = Room()
    sets = [one.track.parameter_sets for one in room.ladder.videos]
    room.encode(TICKS_PER_PART)
    top, small = room.ladder.videos
    small.ease(Rung("v96", 160, 96, "ultrafast", 900_000, shared=True), 2)
    top.ease(Rung("v192", 320, 192, "superfast", 2_000_000, shared=False), 1)
    room.encode(2 * TICKS_PER_SEGMENT - TICKS_PER_PART)
    room.finish()
    room.check_grid()
    assert room.shown("v192") == list(range(room.tick))
    halved = [tick if tick < TICKS_PER_PART else tick // 2 * 2 for tick in range(room.tick)]
    assert room.shown("v96") == halved
    assert [one.track.parameter_sets for one in room.ladder.videos] == sets
    assert [one.speed for one in room.ladder.videos] == ["superfast", "ultrafast"]


def test_another_preset_begins_with_a_segment() -> None:
    room = Room()
    top, speeds = room.ladder.videos[0], []
    room.encode(TICKS_PER_PART)
    top.ease(Rung("v192", 320, 192, "superfast", 2_000_000, shared=False), 1)
    for ticks in (TICKS_PER_SEGMENT - TICKS_PER_PART, 1):
        room.encode(ticks)
        top.put(lambda: speeds.append(top.speed))
    room.finish()
    assert speeds == ["veryfast", "superfast"]


def test_what_would_need_another_init_section_is_not_taken_up() -> None:
    room = Room()
    top = room.ladder.videos[0]
    room.encode(TICKS_PER_PART)
    top.ease(Rung("v192", 160, 96, "superfast", 2_000_000, shared=False), 1)
    room.encode(TICKS_PER_SEGMENT)
    room.finish()
    assert top.speed == "veryfast"
    assert room.shown("v192") == list(range(room.tick))


def test_a_shared_rung_has_a_key_frame_soon_after_one_is_wanted_and_one_a_second_at_most() -> None:
    room = Room()
    room.sink.wants_frames = True
    room.encode(10)
    for _ in range(80):
        for name in ("v192", "v96", "v1"):
            room.ladder.want_keyframe(name)
        room.encode()
    room.finish()
    asked = [one.pts // 3600 for one in room.sink.frames if one.rendition == "v96" and one.keyframe]
    assert asked == [0, 25, TICKS_PER_SEGMENT, TICKS_PER_SEGMENT + 25]
    assert {one.rendition for one in room.sink.frames} == {"v96", "opus"}


def test_an_edge_of_the_gate_is_shown_at_its_tick_whatever_was_given_up() -> None:
    room = Room()
    for one, rung in zip(room.ladder.videos, TWO, strict=True):
        one.ease(rung, 4)
    room.encode(13)
    room.order(2, "recess")
    room.encode(3)
    room.finish()
    room.check_grid()
    for rung in TWO:
        assert room.shown(rung.id) == [0] * 4 + [4] * 4 + [8] * 4 + [12] + [-1] * 3
        assert room.keys(rung.id) == [0, 13]  # nobody needs what was before it


def test_pictures_wait_for_a_slow_encoder_unharmed() -> None:
    """The encoder of the largest rung reads the composed picture itself: none may be overtaken."""
    room = Room()
    top = room.ladder.videos[0]
    held = threading.Event()

    def hold() -> None:
        held.wait(30)

    top.put(hold)
    feeder = threading.Thread(target=room.encode, args=(2 * TICKS_PER_PART,))
    feeder.start()
    while room.tick < PICTURES_IN_USE - 1:
        time.sleep(0.001)
    held.set()
    feeder.join()
    room.finish()
    assert room.shown("v192") == list(range(room.tick))


def test_encoders_that_are_too_slow_do_less_until_they_keep_up_and_more_again_later() -> None:
    """The clock runs thirty times too fast for them."""
    noise = (
        Rung("v720", 1280, 720, "superfast", 9_000_000, shared=False),
        Rung("v360", 640, 360, "superfast", 4_000_000, shared=True),
    )
    room = Room(noise, (1280, 720), noise=True)
    sets = [one.track.parameter_sets for one in room.ladder.videos]
    began = time.monotonic()

    def now_s() -> float:
        return (time.monotonic() - began) * 30

    rates = []
    while room.ladder.fares.picture_rates["v720"] == 25 or room.tick % TICKS_PER_SEGMENT:
        room.encode()
        room.ladder.watch(now_s(), round((now_s() - room.tick / 25) * 1e6))
        rates.append(tuple(room.ladder.fares.picture_rates.values()))
    room.encode(TICKS_PER_SEGMENT)
    assert [one for one, after in pairwise(rates) if one != after][:2] == [(25, 25), (25, 12.5)]
    assert [one.speed for one in room.ladder.videos] == ["ultrafast", "ultrafast"]
    made_up_s = now_s()
    while (fares := room.ladder.fares).eased:
        made_up_s += 1
        room.ladder.watch(made_up_s, 0)
    assert fares.picture_rates == {"v720": 25, "v360": 25}
    room.encode(TICKS_PER_PART)
    room.finish()
    room.check_grid()
    assert [one.track.parameter_sets for one in room.ladder.videos] == sets
    assert [one.speed for one in room.ladder.videos] == ["superfast", "superfast"]
